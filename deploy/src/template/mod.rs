//! The same set-up as a template, for those who deploy that way: nothing is asked of AWS.
//!
//! What depends on the place stays open: account and Region are what they are where the template is deployed, and the names that
//! the Java connector's template has as parameters are parameters here too.

mod observability;
mod cloudformation;
mod terraform;

use iam_policy_kit::Document;
use serde_json::Value;

use crate::stack::Stack;

pub(crate) use cloudformation::{account_a, account_b};
pub(crate) use terraform::configuration;

/// Where the connector's metrics are.
fn namespace(stack: &Stack) -> String {
    let said = stack.settings.variables.get(observability::VARIABLE);
    said.map_or_else(|| observability::NAMESPACE.to_owned(), Clone::clone)
}

/// Names in strings that a template tool fills in.
pub(crate) struct Blanks {
    /// What stands in our documents, and what is put there; earlier ones go before.
    pairs: Vec<(String, String)>,
    /// Wraps a string with blanks.
    wrap: fn(String) -> Value,
}

impl Blanks {
    /// The document with blanks.
    fn in_document(&self, document: &Document) -> Value {
        let value: Value =
            serde_json::from_str(&document.to_json()).expect("a printed document is JSON");
        self.fill(value)
    }

    fn fill(&self, value: Value) -> Value {
        match value {
            Value::String(text) => {
                let mut filled = text.clone();
                for (from, to) in &self.pairs {
                    filled = filled.replace(from, to);
                }
                if filled == text {
                    Value::String(text)
                } else {
                    (self.wrap)(filled)
                }
            }
            Value::Array(values) => values.into_iter().map(|value| self.fill(value)).collect(),
            Value::Object(members) => {
                let members = members.into_iter();
                members
                    .map(|(name, value)| (name, self.fill(value)))
                    .collect()
            }
            other => other,
        }
    }
}
