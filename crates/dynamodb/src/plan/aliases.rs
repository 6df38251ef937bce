//! Placeholders for attribute names and values, numbered, so that no name collides with another or with a reserved word.

use std::collections::BTreeMap;

use super::value::Value;

/// The placeholders of one request.
#[derive(Debug, Default, Clone)]
pub(super) struct Aliases {
    names: Vec<String>,
    values: Vec<Value>,
}

/// A state to which [`Aliases`] can go back.
#[derive(Debug, Clone, Copy)]
pub(super) struct Mark {
    names: usize,
    values: usize,
}

impl Aliases {
    /// The placeholder of an attribute.
    pub(super) fn name(&mut self, attribute: &str) -> String {
        let place = self
            .names
            .iter()
            .position(|name| name == attribute)
            .unwrap_or_else(|| {
                self.names.push(attribute.to_owned());
                self.names.len() - 1
            });
        format!("#n{place}")
    }

    /// The placeholder of a value.
    pub(super) fn value(&mut self, value: &Value) -> String {
        let place = self
            .values
            .iter()
            .position(|known| known == value)
            .unwrap_or_else(|| {
                self.values.push(value.clone());
                self.values.len() - 1
            });
        format!(":v{place}")
    }

    /// The present state.
    pub(super) fn mark(&self) -> Mark {
        Mark {
            names: self.names.len(),
            values: self.values.len(),
        }
    }

    /// Forgets what came after `mark`: `DynamoDB` refuses placeholders that no expression uses.
    pub(super) fn back_to(&mut self, mark: Mark) {
        self.names.truncate(mark.names);
        self.values.truncate(mark.values);
    }

    /// Bytes of all values.
    pub(super) fn value_bytes(&self) -> usize {
        self.values.iter().map(Value::key_bytes).sum()
    }

    /// Names and values by placeholder.
    pub(super) fn into_maps(self) -> (BTreeMap<String, String>, BTreeMap<String, Value>) {
        let names = self
            .names
            .into_iter()
            .enumerate()
            .map(|(place, name)| (format!("#n{place}"), name));
        let values = self
            .values
            .into_iter()
            .enumerate()
            .map(|(place, value)| (format!(":v{place}"), value));
        (names.collect(), values.collect())
    }
}

/// The placeholders that occur in an expression.
pub(super) fn occurring(expression: &str) -> impl Iterator<Item = &str> {
    expression
        .split(|char: char| !(char.is_ascii_alphanumeric() || matches!(char, '_' | '#' | ':')))
        .filter(|word| word.starts_with(['#', ':']))
}
