//! What is said of an error: one sentence, its causes, the end of a lost process's log, and a hint.

use crate::sql::{self, BadCall, Place, UnknownTable, nearest};
use athena_client::{InvokeError, StoreError};
use datafusion::common::SchemaError;
use datafusion::error::DataFusionError;
use std::error::Error as StdError;

/// An error as it is shown.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// What went wrong, in one sentence.
    pub message: String,
    /// Where in the statement.
    pub place: Option<Place>,
    /// Why, each the cause of the one before.
    pub causes: Vec<String>,
    /// The last lines that a lost process wrote.
    pub log: Vec<String>,
    /// What to do about it.
    pub hint: Option<String>,
}

impl From<&sql::Error> for Report {
    fn from(error: &sql::Error) -> Self {
        match error {
            sql::Error::Connector(error) => error.into(),
            sql::Error::Engine { source, place } => Self {
                place: place.clone(),
                ..Self::from(source.as_ref())
            },
            sql::Error::Open { .. } | sql::Error::Writes { .. } => Self::of(error, None),
        }
    }
}

impl From<&athena_client::Error> for Report {
    fn from(error: &athena_client::Error) -> Self {
        Self::of(error, client_hint(error))
    }
}

impl From<&DataFusionError> for Report {
    fn from(error: &DataFusionError) -> Self {
        // Our own errors travel through DataFusion in several coats.
        let mut inner: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = inner {
            if let Some(error) = error.downcast_ref::<athena_client::Error>() {
                return error.into();
            }
            if let Some(error) = error.downcast_ref::<UnknownTable>() {
                return Self::of(error, Some(unknown_table_hint(error)));
            }
            if let Some(error) = error.downcast_ref::<BadCall>() {
                return Self::of(error, bad_call_hint(error));
            }
            inner = error.source();
        }
        let (message, hint) = engine_words(error.find_root());
        Self {
            message,
            place: None,
            causes: Vec::new(),
            log: Vec::new(),
            hint,
        }
    }
}

impl Report {
    /// The error and its causes. A hint of the connector's own is told if there is no other.
    pub fn of(error: &(dyn StdError + 'static), hint: Option<String>) -> Self {
        let (mut causes, mut log, mut hint) = (Vec::new(), Vec::new(), hint);
        let mut source = error.source();
        while let Some(cause) = source {
            let mut text = cause.to_string();
            if let Some(InvokeError::Function { fault, log_tail }) = cause.downcast_ref() {
                // The connector's own hint stands in its message, the only text that the wire has room for.
                if let Some((message, own)) = text
                    .strip_suffix(')')
                    .and_then(|text| text.rsplit_once(" (hint: "))
                {
                    hint = hint.or_else(|| Some(own.to_owned()));
                    text.truncate(message.len());
                }
                if fault.error_type.starts_with("Runtime.") || fault.error_type.is_empty() {
                    // The id of a request to an emulator leads nowhere.
                    if let Some(id) = text.find(BEHIND_ID) {
                        text.drain(..id + BEHIND_ID.len());
                    }
                    log = last_words(log_tail.as_deref().unwrap_or_default());
                }
            }
            if causes.last() != Some(&text) {
                causes.push(text);
            }
            source = cause.source();
        }
        Self {
            message: error.to_string(),
            place: None,
            causes,
            log,
            hint,
        }
    }
}

fn client_hint(error: &athena_client::Error) -> Option<String> {
    let hint = match error {
        athena_client::Error::Invoke { source, .. } => match source {
            InvokeError::Function { fault, .. } if fault.error_type == "Runtime.ExitError" => {
                "the connector's process ended; check the command after `--connector` and its environment"
            }
            InvokeError::Denied { status: 403, .. } => {
                "allow `lambda:InvokeFunction` on it to this caller, and if it is another account's also in the function's own policy"
            }
            InvokeError::Denied { status: 404, .. } => {
                "check its name, `--region` and the account; a function of another account is named by its ARN"
            }
            InvokeError::Unreached { .. } => "check the network, `--region` and `--endpoint-url`",
            InvokeError::TimedOut { .. } => {
                "the query reads too much for one call, or an endpoint does not answer"
            }
            _ => return None,
        },
        athena_client::Error::Fetch {
            source: StoreError::Denied,
            ..
        } => "allow `s3:GetObject` on the spill bucket",
        athena_client::Error::Fetch {
            source: StoreError::NotFound,
            ..
        } => "the bucket may delete objects too early, or the connector writes to another endpoint",
        athena_client::Error::Fetch { .. } => "check the network and `--endpoint-url`",
        _ => return None,
    };
    Some(hint.to_owned())
}

fn unknown_table_hint(error: &UnknownTable) -> String {
    match &error.suggestion {
        Some(name) => format!("did you mean `{name}`? `show tables` lists them all"),
        None => "`show tables` lists them all".to_owned(),
    }
}

fn bad_call_hint(error: &BadCall) -> Option<String> {
    match error {
        BadCall::Unknown {
            offered: Some(name),
            ..
        } => Some(format!(
            "it has `{name}`: write SELECT … FROM TABLE({name}(…))"
        )),
        BadCall::Unknown { offered: None, .. } => {
            Some("it has none, or does not offer it; see its settings".to_owned())
        }
        BadCall::Argument { .. } | BadCall::UnknownArgument { .. } => None,
    }
}

/// DataFusion's error in our manner.
fn engine_words(error: &DataFusionError) -> (String, Option<String>) {
    match error {
        DataFusionError::SQL(error, _) => {
            let text = error.to_string();
            let text = text.strip_prefix("sql parser error: ").unwrap_or(&text);
            (
                format!("this is not SQL: {}", without_place(text)),
                Some("text stands in 'single quotes', names in \"double quotes\"".to_owned()),
            )
        }
        DataFusionError::SchemaError(inner, _) => match inner.as_ref() {
            SchemaError::FieldNotFound {
                field,
                valid_fields,
            } => {
                let valid: Vec<_> = valid_fields
                    .iter()
                    .map(|field| field.name.as_str())
                    .collect();
                (
                    format!("there is no column `{}`", field.name),
                    column_hint(&field.name, &valid),
                )
            }
            other => (sentence(&other.to_string()), None),
        },
        DataFusionError::Plan(text) if text.contains(MEANT) => {
            let (text, meant) = text.split_once(MEANT).unwrap_or((text, ""));
            (sentence(text), Some(format!("did you mean {meant}")))
        }
        DataFusionError::Plan(text) => {
            // A schema or catalog that is not there is not told apart.
            let hint = text
                .starts_with("table '")
                .then(|| "`show tables` lists them all; a name is catalog.schema.table".to_owned());
            (sentence(text), hint)
        }
        DataFusionError::NotImplemented(text) => {
            (format!("not supported: {}", sentence(text)), None)
        }
        other => (sentence(&other.strip_backtrace()), None),
    }
}

/// The parser's words without the place, which is shown.
fn without_place(text: &str) -> &str {
    text.rsplit_once(" at Line: ")
        .map_or(text, |(text, _)| text)
}

/// The column that was probably meant, and those that there are.
fn column_hint(wrong: &str, valid: &[&str]) -> Option<String> {
    let names: Vec<String> = valid.iter().map(|name| (*name).to_owned()).collect();
    let all = (!names.is_empty()).then(|| format!("there are {}", valid.join(", ")));
    match (nearest(wrong, &names), all) {
        (Some(name), _) if names.len() == 1 => Some(format!("did you mean `{name}`?")),
        (Some(name), Some(all)) => Some(format!("did you mean `{name}`? {all}")),
        (_, all) => all,
    }
}

fn sentence(text: &str) -> String {
    let text = text.trim().trim_end_matches('.');
    let mut letters = text.chars();
    // A word such as SQL or NULL keeps its capitals.
    match (letters.next(), letters.next()) {
        (Some(first), Some(second)) if first.is_uppercase() && second.is_lowercase() => first
            .to_lowercase()
            .chain([second])
            .chain(letters)
            .collect(),
        _ => text.to_owned(),
    }
}

/// The last lines of a log that the function itself wrote.
fn last_words(log: &str) -> Vec<String> {
    let own = |line: &&str| {
        !line.trim().is_empty()
            && !["START ", "END ", "REPORT ", "RequestId: "]
                .iter()
                .any(|mark| line.starts_with(mark))
    };
    let lines: Vec<_> = log.lines().filter(own).collect();
    lines[lines.len().saturating_sub(SHOWN_LINES)..]
        .iter()
        .map(|line| (*line).to_owned())
        .collect()
}

/// What DataFusion says before the name of a function that is there.
const MEANT: &str = "\nDid you mean ";
/// What stands in Lambda's messages between the request's id and the reason.
const BEHIND_ID: &str = " Error: ";
const SHOWN_LINES: usize = 8;

#[cfg(test)]
mod tests {
    use super::*;
    use athena_protocol::wire::FaultDocument;

    fn failed(error_type: &str, message: &str, log: &str) -> athena_client::Error {
        let fault = FaultDocument {
            error_message: message.to_owned(),
            error_type: error_type.to_owned(),
            ..FaultDocument::default()
        };
        let source = InvokeError::Function {
            fault,
            log_tail: Some(log.to_owned()),
        };
        athena_client::Error::Invoke {
            operation: "GetSplits",
            source,
        }
    }

    #[test]
    fn a_fault_is_shown_with_the_connectors_own_hint_and_without_its_type() {
        let fault = failed(
            "com.amazonaws.Some",
            "there is no bucket (hint: set `spill_bucket`)",
            "START\nlog line\n",
        );
        let coats = DataFusionError::External(Box::new(fault)).context("a coat");
        let report = Report::from(&coats);
        assert_eq!(report.message, "GetSplits failed");
        assert_eq!(report.causes, ["there is no bucket"]);
        assert_eq!(report.hint.as_deref(), Some("set `spill_bucket`"));
        assert_eq!(report.log, [""; 0]);
    }

    #[test]
    fn a_lost_process_is_shown_with_its_last_words() {
        let log = "START RequestId: 1 Version: $LATEST\nno such class\nRequestId: 1 Error: gone\nEND RequestId: 1\n";
        let report = Report::from(&failed(
            "Runtime.ExitError",
            "RequestId: 1 Error: exit status 1",
            log,
        ));
        assert_eq!(report.causes, ["exit status 1"]);
        assert_eq!(report.log, ["no such class"]);
        assert!(report.hint.unwrap().contains("--connector"));
    }

    #[test]
    fn sentences_begin_small_unless_they_begin_with_an_abbreviation() {
        assert_eq!(sentence("Table not found."), "table not found");
        assert_eq!(sentence("SQL is odd"), "SQL is odd");
        assert_eq!(sentence(""), "");
    }
}
