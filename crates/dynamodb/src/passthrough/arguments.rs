//! The arguments of a passthrough query (protocol §5.4).

use super::select::{NotSelect, Select};
use athena_federation::Fault;
use athena_protocol::wire::SourceErrorCode;
use std::collections::BTreeMap;
use std::fmt;

/// The schema that the table function is in.
pub const FUNCTION_SCHEMA: &str = "system";
/// The table function's name.
pub const FUNCTION_NAME: &str = "query";
/// Its one argument, a statement.
pub const ARGUMENT: &str = "QUERY";
/// The argument that names the function, `SYSTEM.QUERY` in any case.
const FUNCTION: &str = "schemaFunctionName";

/// A checked statement.
#[derive(Clone, PartialEq, Eq)]
pub struct Query {
    /// The text, as the engine sent it.
    pub text: String,
    /// What is known of it.
    pub select: Select,
}

impl Query {
    /// Checks the arguments; `None` if there are none, and so no passthrough query.
    ///
    /// # Errors
    /// An `InvalidInput` that says what is expected, or an `OperationNotSupported` for anything but a SELECT.
    pub fn of(arguments: &BTreeMap<String, String>) -> Result<Option<Self>, Fault> {
        if arguments.is_empty() {
            return Ok(None);
        }
        let function = format!("{FUNCTION_SCHEMA}.{FUNCTION_NAME}");
        let named = arguments.get(FUNCTION);
        if !named.is_some_and(|named| named.eq_ignore_ascii_case(&function)) {
            let problem = format!(
                "the passthrough query does not call the function `{function}`: the argument `{FUNCTION}` {}",
                if named.is_some() {
                    "names another one"
                } else {
                    "is missing"
                }
            );
            return Err(Fault::invalid_input(problem).with_hint(usage()));
        }
        let text = arguments.get(ARGUMENT).map(|text| text.trim());
        let Some(text) = text.filter(|text| !text.is_empty()) else {
            let problem = format!(
                "the argument `{ARGUMENT}` of the function `{function}` is missing or empty"
            );
            return Err(Fault::invalid_input(problem).with_hint(usage()));
        };
        let select = Select::of(text).map_err(|NotSelect { word }| {
            let found = word.map_or_else(
                || "it does not begin with a word".to_owned(),
                |word| format!("it begins with {word}"),
            );
            Fault::new(
                SourceErrorCode::OperationNotSupported,
                format!("the statement of a passthrough query must be a SELECT, and {found}"),
            )
            .with_hint(usage())
        })?;
        Ok(Some(Self {
            text: text.to_owned(),
            select,
        }))
    }
}

impl fmt::Debug for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Query")
            .field("select", &self.select)
            .finish_non_exhaustive()
    }
}

fn usage() -> String {
    format!(
        "write SELECT … FROM TABLE(catalog.{FUNCTION_SCHEMA}.{FUNCTION_NAME}({ARGUMENT} => 'SELECT …')), with a PartiQL statement"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(arguments: &[(&str, &str)]) -> Result<Option<Query>, Fault> {
        let arguments = arguments.iter();
        let arguments = arguments.map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Query::of(&arguments.collect())
    }

    #[test]
    fn the_function_and_its_argument_are_named_by_whoever_calls_it() {
        assert_eq!(query(&[]).unwrap(), None);
        let good = query(&[
            (FUNCTION, "system.Query"),
            (ARGUMENT, " SELECT 1 "),
            ("x", ""),
        ]);
        assert_eq!(good.unwrap().unwrap().text, "SELECT 1");
        for (arguments, words) in [
            (
                &[(ARGUMENT, "SELECT 1")][..],
                "`schemaFunctionName` is missing",
            ),
            (
                &[(FUNCTION, "SYSTEM.OTHER"), (ARGUMENT, "SELECT 1")],
                "names another one",
            ),
            (
                &[(FUNCTION, "OTHER.QUERY"), (ARGUMENT, "SELECT 1")],
                "`system.query`",
            ),
            (&[(FUNCTION, "SYSTEM.QUERY")], "`QUERY`"),
            (
                &[(FUNCTION, "SYSTEM.QUERY"), (ARGUMENT, " \n")],
                "missing or empty",
            ),
            (
                &[(FUNCTION, "SYSTEM.QUERY"), ("query", "SELECT 1")],
                "`QUERY`",
            ),
        ] {
            let fault = query(arguments).unwrap_err();
            assert_eq!(fault.code, SourceErrorCode::InvalidInput);
            assert!(fault.message.contains(words), "{fault}");
            assert!(
                fault.to_string().contains("system.query(QUERY => "),
                "{fault}"
            );
        }
    }

    #[test]
    fn the_text_of_a_statement_is_not_shown() {
        let query = query(&[
            (FUNCTION, "SYSTEM.QUERY"),
            (ARGUMENT, "SELECT a FROM t WHERE a = 'secret'"),
        ]);
        assert!(!format!("{query:?}").contains("secret"));
        let fault = self::query(&[
            (FUNCTION, "SYSTEM.QUERY"),
            (ARGUMENT, "DELETE FROM t WHERE a = 'secret'"),
        ]);
        let fault = fault.unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::OperationNotSupported);
        let text = fault.to_string();
        assert!(
            text.contains("DELETE") && !text.contains("secret"),
            "{text}"
        );
    }
}
