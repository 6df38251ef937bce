//! Edits of a policy of which others wrote the rest: our statements come and go by Sid, theirs stay letter for letter.

use iam_policy_kit::json::Text;
use iam_policy_kit::{Change, ParseError, Sid, Statement, Unnamed, Version};

/// What a policy gains and loses.
#[derive(Debug, Clone, Default)]
pub(crate) struct PolicyEdit {
    /// Version of a policy that is made anew.
    pub(crate) version: Option<Version>,
    /// Statements that must be there.
    pub(crate) put: Vec<Statement>,
    /// Sids of statements that must not.
    pub(crate) remove: Vec<Sid>,
    /// Statements without Sid that must not be there.
    pub(crate) replace: Vec<Statement>,
}

/// What becomes of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edited {
    /// It stays.
    Same,
    /// This.
    To(String),
    /// Nothing is left of it.
    Gone,
}

impl Edited {
    /// The new text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::To(text) => Some(text),
            Self::Same | Self::Gone => None,
        }
    }
}

/// A Sid that no policy has: to take out a statement without one, it is given this first.
const MARK: &str = "AthenaDeployGoes";

impl PolicyEdit {
    /// What becomes of a policy; `None` for one that is not there.
    ///
    /// # Errors
    /// Where the text is no policy document.
    pub(crate) fn apply(&self, text: Option<&str>) -> Result<Edited, ParseError> {
        let version = self.version.unwrap_or(Version::V2012).as_str();
        let empty = format!(r#"{{"Version":"{version}","Statement":[]}}"#);
        let mut after = Text::new(text.unwrap_or(&empty))?;
        let mark = Sid::new(MARK).expect("the mark is letters");
        let mut changed = false;
        let mut note = |change: Change| changed |= change != Change::Nothing;
        for statement in &self.replace {
            let marked = statement.clone().with_sid(mark.clone());
            // Put where its like is not there, it comes and goes again.
            if after.put(&marked, Unnamed::Adopt) == Change::Adopted {
                note(Change::Removed);
            }
            after.remove(&mark);
        }
        for sid in &self.remove {
            note(after.remove(sid));
        }
        for statement in &self.put {
            note(after.put(statement, Unnamed::Accept));
        }
        Ok(match (changed, after.is_empty()) {
            (false, _) => Edited::Same,
            (true, true) => Edited::Gone,
            (true, false) => Edited::To(after.to_string()),
        })
    }
}

#[cfg(test)]
mod tests {
    use iam_policy_kit::Document;

    use super::*;

    fn statement(text: &str) -> Statement {
        let text = format!(r#"{{"Statement": {text}}}"#);
        Document::from_json(&text).unwrap().statements.remove(0)
    }

    const OURS: &str =
        r#"{"Sid":"Ours","Effect":"Deny","Principal":"*","Action":"s3:*","Resource":"*"}"#;
    const UNNAMED: &str = r#"{"Effect":"Allow","Principal":{"AWS":"222222222222"},"Action":"s3:GetObject","Resource":"arn:aws:s3:::b/*"}"#;
    const FOREIGN: &str = r#"{"Sid":"Theirs",  "Future": 1}"#;

    #[test]
    fn a_policy_that_holds_everything_stays_whatever_its_spelling() {
        let edit = PolicyEdit {
            put: vec![statement(OURS)],
            ..PolicyEdit::default()
        };
        let spelt = r#"{"Statement":{"Resource":["*"],"Action":["S3:*"],"Principal":{"AWS":"*"},"Effect":"Deny","Sid":"Ours"}}"#;
        assert_eq!(edit.apply(Some(spelt)).unwrap(), Edited::Same);
    }

    #[test]
    fn what_others_wrote_stays_letter_for_letter_also_what_cannot_be_read() {
        let edit = PolicyEdit {
            put: vec![statement(OURS)],
            replace: vec![statement(UNNAMED)],
            ..PolicyEdit::default()
        };
        let before = format!(r#"{{"Version":"2008-10-17","Statement":[{UNNAMED},{FOREIGN}]}}"#);
        let after = format!(r#"{{"Version":"2008-10-17","Statement":[{FOREIGN},{OURS}]}}"#);
        assert_eq!(
            edit.apply(Some(&before)).unwrap(),
            Edited::To(after.clone())
        );
        assert_eq!(edit.apply(Some(&after)).unwrap(), Edited::Same);
    }

    #[test]
    fn a_policy_that_loses_all_is_gone_and_one_that_is_not_there_stays_so() {
        let edit = PolicyEdit {
            remove: vec![Sid::new("Ours").unwrap()],
            replace: vec![statement(UNNAMED)],
            ..PolicyEdit::default()
        };
        let text = format!(r#"{{"Statement":[{OURS},{UNNAMED}]}}"#);
        assert_eq!(edit.apply(Some(&text)).unwrap(), Edited::Gone);
        assert_eq!(edit.apply(None).unwrap(), Edited::Same);
    }

    #[test]
    fn what_is_no_policy_is_an_error_and_not_overwritten() {
        assert!(PolicyEdit::default().apply(Some("not a policy")).is_err());
    }
}
