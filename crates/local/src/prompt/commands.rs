//! What begins with a backslash.

use crate::output::Format;
use std::path::PathBuf;

/// A command of the shell.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Command {
    Quit,
    Help,
    /// All tables.
    Tables,
    /// The columns of a table.
    Describe(String),
    /// Whether the line of figures is shown; turned around if it is not said.
    Timing(Option<bool>),
    /// What the connectors offer.
    Capabilities,
    /// How a statement would be read.
    Explain(String),
    /// The splits of a statement's tables.
    Splits(String),
    /// All rows of a statement into a file.
    Export {
        file: PathBuf,
        format: Format,
        sql: String,
    },
}

impl Command {
    /// Reads a line; the error is a sentence for whoever typed it.
    pub(super) fn parse(line: &str) -> Result<Self, String> {
        let line = line.trim().trim_end_matches(';').trim_end();
        let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let rest = rest.trim();
        let statement = || match rest {
            "" => Err(format!("`{name}` needs a statement behind it")),
            sql => Ok(sql.to_owned()),
        };
        match name {
            "\\q" => Ok(Self::Quit),
            "\\?" | "\\h" => Ok(Self::Help),
            "\\dt" => Ok(Self::Tables),
            "\\d" if rest.is_empty() => Ok(Self::Tables),
            "\\d" => Ok(Self::Describe(rest.to_owned())),
            "\\timing" => match rest {
                "" => Ok(Self::Timing(None)),
                "on" => Ok(Self::Timing(Some(true))),
                "off" => Ok(Self::Timing(Some(false))),
                _ => Err("`\\timing` takes `on`, `off` or nothing".to_owned()),
            },
            "\\capabilities" => Ok(Self::Capabilities),
            "\\explain" => Ok(Self::Explain(statement()?)),
            "\\splits" => Ok(Self::Splits(statement()?)),
            "\\export" => Self::export(rest),
            _ => Err(format!("there is no command `{name}`; `\\?` lists them")),
        }
    }

    fn export(rest: &str) -> Result<Self, String> {
        let quoted = rest
            .strip_prefix('\'')
            .and_then(|rest| rest.split_once('\''));
        let (file, sql) = quoted
            .or_else(|| rest.split_once(char::is_whitespace))
            .ok_or("`\\export` needs a file and a statement behind it")?;
        let (file, sql) = (PathBuf::from(file), sql.trim().to_owned());
        if sql.is_empty() {
            return Err("`\\export` needs a statement behind the file".to_owned());
        }
        let format = Format::of_path(&file).ok_or(
            "`\\export` knows the form by the file's extension: csv, json, ndjson, md, parquet or arrow",
        )?;
        Ok(Self::Export { file, format, sql })
    }
}

/// The names of all commands.
pub(super) const COMMANDS: [&str; 9] = [
    "\\?",
    "\\capabilities",
    "\\d",
    "\\dt",
    "\\explain",
    "\\export",
    "\\q",
    "\\splits",
    "\\timing",
];

pub(super) const HELP: &str = "\x20 select … from orders where …;     rows; names without catalog and schema mean the default ones
  select … from ddb.default.orders; a table by its whole name, also beside tables of other catalogs
  address['city'], lines[1]['sku']  into maps and lists, which count from 1
  … from table(system.query(query => 'select …')) rows of a statement in the source's own language
  explain select …;                 the engine's plan, with splits and what is pushed down

  \\dt                               all tables
  \\d orders                         the columns of a table
  \\explain select …                 how each table would be read, and a picture of it
  \\splits select …                  what each table would be read in
  \\capabilities                     what the connectors offer to do
  \\export file.parquet select …     all rows into a file: csv, json, ndjson, md, parquet or arrow
  \\timing [on|off]                  whether the line of figures is shown
  \\q                                leave; also Ctrl-D. Ctrl-C ends a statement, or what is typed";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_its_name_and_what_stands_behind_it() {
        let parse = |line: &str| Command::parse(line).unwrap();
        assert_eq!(parse("\\q"), Command::Quit);
        assert_eq!(parse(" \\d  "), Command::Tables);
        assert_eq!(parse("\\d a.b.c;"), Command::Describe("a.b.c".to_owned()));
        assert_eq!(parse("\\timing off"), Command::Timing(Some(false)));
        let sql = "select 1".to_owned();
        assert_eq!(parse("\\splits  select 1 ;"), Command::Splits(sql.clone()));
        let export = |file: &str, format| Command::Export {
            file: PathBuf::from(file),
            format,
            sql: sql.clone(),
        };
        assert_eq!(
            parse("\\export a.CSV select 1;"),
            export("a.CSV", Format::Csv)
        );
        let blank = parse("\\export 'a b.parquet' select 1");
        assert_eq!(blank, export("a b.parquet", Format::Parquet));
    }

    #[test]
    fn what_is_no_command_is_told_so() {
        for (line, word) in [
            ("\\x", "no command `\\x`"),
            ("\\explain", "needs a statement"),
            ("\\export a.csv", "needs a file and a statement"),
            ("\\export a.xls select 1", "extension"),
            ("\\timing maybe", "`on`, `off`"),
        ] {
            let complaint = Command::parse(line).unwrap_err();
            assert!(complaint.contains(word), "{line}: {complaint}");
        }
    }

    #[test]
    fn help_and_completion_know_every_command() {
        for command in COMMANDS {
            let is_parsed = !Command::parse(command).is_err_and(|text| text.contains("no command"));
            assert!(is_parsed, "{command}");
            assert!(
                command == "\\?" || HELP.contains(&format!("  {command} ")),
                "{command}"
            );
        }
    }
}
