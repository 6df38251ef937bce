//! The command of a connector.

use std::ffi::OsString;
use std::str::FromStr;

use anyhow::Context as _;

/// First argument that makes this program the connector.
pub(crate) const OWN: &str = "__connector";
/// What `--connector` calls this project's connector.
const SELF: &str = "self";

/// A command, as it was given and in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Command {
    text: String,
    words: Vec<String>,
}

impl Command {
    /// This project's connector.
    pub(crate) fn own() -> Self {
        Self {
            text: SELF.to_owned(),
            words: vec![SELF.to_owned()],
        }
    }

    /// What has to be started.
    ///
    /// # Errors
    /// If this program does not know where it lies.
    pub(crate) fn program(&self) -> anyhow::Result<Program> {
        let (name, args) = if self.words == [SELF] {
            let this = std::env::current_exe().context("cannot tell where this program lies")?;
            (this.into_os_string(), vec![OWN.to_owned()])
        } else {
            (self.words[0].clone().into(), self.words[1..].to_vec())
        };
        Ok(Program {
            label: self.text.clone(),
            name,
            args,
        })
    }
}

impl FromStr for Command {
    type Err = CommandError;

    /// Parts words at blanks; single and double quotes keep blanks together, and nothing else has a meaning.
    fn from_str(text: &str) -> Result<Self, CommandError> {
        let mut words = Vec::new();
        let mut word: Option<String> = None;
        let mut open = None;
        for character in text.chars() {
            match (open, character) {
                (Some(quote), _) if character == quote => open = None,
                (None, '\'' | '"') => {
                    open = Some(character);
                    word.get_or_insert_default();
                }
                (None, _) if character.is_whitespace() => words.extend(word.take()),
                _ => word.get_or_insert_default().push(character),
            }
        }
        if let Some(quote) = open {
            return Err(CommandError::OpenQuote { quote });
        }
        words.extend(word);
        if words.first().is_none_or(String::is_empty) {
            return Err(CommandError::Empty);
        }
        Ok(Self {
            text: text.trim().to_owned(),
            words,
        })
    }
}

/// Why a text is no command.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum CommandError {
    /// There is no program in it.
    #[error("the command is empty")]
    Empty,
    /// A quote is missing.
    #[error("the quote {quote} is never closed")]
    OpenQuote {
        /// Which.
        quote: char,
    },
}

/// A connector that can be started.
#[derive(Clone, Debug)]
pub(crate) struct Program {
    /// What it is called in tables.
    pub(crate) label: String,
    /// Its file, or a name to be looked up.
    pub(crate) name: OsString,
    /// Its arguments.
    pub(crate) args: Vec<String>,
}

#[cfg(test)]
mod tests {
    use super::{Command, CommandError, OWN};

    #[track_caller]
    fn check(text: &str, words: &[&str]) {
        assert_eq!(text.parse::<Command>().unwrap().words, words, "{text}");
    }

    #[test]
    fn words_are_parted_at_blanks_outside_quotes() {
        check("  java  -Xmx2g\tMain ", &["java", "-Xmx2g", "Main"]);
        check(
            r#"'/opt/a b/run' -x="1 '2" """#,
            &["/opt/a b/run", "-x=1 '2", ""],
        );
    }

    #[test]
    fn a_command_needs_a_program_and_closed_quotes() {
        assert_eq!(" ".parse::<Command>(), Err(CommandError::Empty));
        assert_eq!("'' x".parse::<Command>(), Err(CommandError::Empty));
        assert_eq!(
            "run 'x".parse::<Command>(),
            Err(CommandError::OpenQuote { quote: '\'' })
        );
    }

    #[test]
    fn self_is_this_program_with_the_hidden_argument() {
        let program = "self".parse::<Command>().unwrap().program().unwrap();
        assert_eq!(program.name, std::env::current_exe().unwrap());
        assert_eq!(program.args, [OWN]);
        let other = "self -x".parse::<Command>().unwrap().program().unwrap();
        assert_eq!((other.name, other.args), ("self".into(), vec!["-x".into()]));
    }
}
