//! Plans and splits as versioned JSON, on their way through the engine and back.
//!
//! A plan lies in the schema metadata of the partitions block under [`PLAN_KEY`], a split's work in its properties under
//! [`SPLIT_KEY`]. What comes back is checked as if a stranger had sent it. Splits that the Java connector planned are read too.

mod java;

use std::collections::{BTreeMap, BTreeSet};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::access::{Access, Plan};
use super::aliases::occurring;
use super::filter::{MAX_OPERATORS, MAX_TEXT, operators};
use super::key_condition::{ItemKey, KeyCondition, RangeTest};
use super::order::Top;
use super::splits::MAX_SEGMENTS;
use super::value::Value;
use super::work::{Expressions, SplitWork, Work};
use crate::role::{RoleArn, RoleArnError};

/// The schema metadata key of a plan.
pub const PLAN_KEY: &str = "readPlan";

/// The split property of a split's work.
pub const SPLIT_KEY: &str = "splitWork";

/// Why a plan or split cannot be read. All of these are invalid input; none shows a value.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum HandoffError {
    /// The text is not JSON of the expected shape.
    #[error("{what} is not the expected JSON, line {line}, column {column}")]
    Malformed {
        /// Where the text stands.
        what: &'static str,
        /// Line of the first fault.
        line: usize,
        /// Column of the first fault.
        column: usize,
    },
    /// Another version wrote the text.
    #[error("{what} has version {got}, expected {VERSION}")]
    Version {
        /// Where the text stands.
        what: &'static str,
        /// Its version.
        got: u64,
    },
    /// A property is missing.
    #[error("split has no property `{property}`")]
    Missing {
        /// Its name.
        property: String,
    },
    /// A property does not have the expected form.
    #[error("split property `{property}` is not {expected}")]
    Property {
        /// Its name.
        property: String,
        /// What it should be.
        expected: &'static str,
    },
    /// Segments that do not exist.
    #[error(
        "segments {first} and {count} on of {total}, expected at least one, in a scan of at most {MAX_SEGMENTS}"
    )]
    Segments {
        /// The first segment.
        first: u32,
        /// How many.
        count: u32,
        /// Of how many.
        total: u32,
    },
    /// A placeholder without meaning, a meaning without placeholder, or one that key conditions use.
    #[error(
        "placeholder `{alias}` is malformed, reserved, or does not both occur in an expression and have a meaning"
    )]
    Placeholder {
        /// The placeholder.
        alias: String,
    },
    /// Something is empty that must not be.
    #[error("{what} is empty")]
    Empty {
        /// What it is.
        what: &'static str,
    },
    /// Something is longer than `DynamoDB` permits.
    #[error("{what} has {got} {unit}, at most {limit} are permitted")]
    TooLong {
        /// What it is.
        what: &'static str,
        /// Its length.
        got: usize,
        /// What is counted.
        unit: &'static str,
        /// The most that is permitted.
        limit: usize,
    },
    /// The role is none.
    #[error("the role is {problem}")]
    Role {
        /// What is wrong with it.
        problem: RoleArnError,
    },
    /// A value of type N is no number.
    #[error("a value of type N is not a number")]
    NotANumber,
    /// A key or its condition is of a type that keys do not have, or a condition on the range key does not name it.
    #[error("a key condition does not fit a key")]
    KeyCondition,
}

impl Plan {
    /// The plan as text for [`PLAN_KEY`].
    pub fn to_text(&self) -> String {
        write(self)
    }

    /// Reads and checks the text of [`Plan::to_text`].
    ///
    /// # Errors
    /// If the text is not a plan that could have been made.
    pub fn of_text(text: &str) -> Result<Self, HandoffError> {
        let plan: Self = read("plan", text)?;
        let keys = std::iter::once(&plan.hash_key).chain(&plan.range_key);
        check_source(&plan.table, plan.index.as_ref(), keys)?;
        check_role(plan.role.as_deref())?;
        match &plan.access {
            Access::Nothing => {}
            Access::Scan {
                segments,
                per_split,
            } => check_segments(0, (*per_split).min(*segments), *segments)?,
            Access::Batch {
                hash,
                range,
                keys,
                splits,
            } => {
                check_items(hash, range.as_ref(), keys)?;
                check_splits(*splits)?;
            }
            Access::Query {
                hash,
                range,
                conditions,
                splits,
            } => {
                check_keys(hash, range.as_ref(), conditions)?;
                check_splits(*splits)?;
            }
        }
        check_top(plan.top.as_ref())?;
        check_expressions(&plan.expressions)?;
        Ok(plan)
    }
}

impl SplitWork {
    /// The work as text for [`SPLIT_KEY`].
    pub fn to_text(&self) -> String {
        write(self)
    }

    /// Reads and checks the text of [`SplitWork::to_text`].
    ///
    /// # Errors
    /// If the text is not work that could have been planned.
    pub fn of_text(text: &str) -> Result<Self, HandoffError> {
        read("split", text).and_then(Self::checked)
    }

    /// Reads and checks a split's properties: [`SPLIT_KEY`], or those of the Java connector.
    ///
    /// Of Java's split only the place of the items is taken, and neither filter nor range key condition: they can drop rows
    /// that qualify, since their values have lost their types on the way. Reading without them returns the same rows at least.
    ///
    /// # Errors
    /// If the properties are not work that could have been planned.
    pub fn of_properties(properties: &BTreeMap<String, String>) -> Result<Self, HandoffError> {
        match properties.get(SPLIT_KEY) {
            Some(text) => Self::of_text(text),
            None => java::split(properties)?.checked(),
        }
    }

    fn checked(self) -> Result<Self, HandoffError> {
        let keys = self.hash_key.iter().chain(&self.range_key);
        check_source(&self.table, self.index.as_ref(), keys)?;
        check_role(self.role.as_deref())?;
        match &self.work {
            Work::Segments {
                first,
                count,
                total,
            } => check_segments(*first, *count, *total)?,
            Work::Keys {
                hash,
                range,
                conditions,
            } => check_keys(hash, range.as_ref(), conditions)?,
            Work::Items { hash, range, keys } => check_items(hash, range.as_ref(), keys)?,
        }
        check_top(self.top.as_ref())?;
        check_expressions(&self.expressions)?;
        Ok(self)
    }
}

#[derive(Serialize)]
struct Outgoing<'a, T> {
    v: u64,
    body: &'a T,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Incoming<T> {
    #[serde(rename = "v")]
    _version: u64,
    body: T,
}

/// All that is read of a text before its version is known.
#[derive(Deserialize)]
struct Versioned {
    v: u64,
}

fn write<T: Serialize>(body: &T) -> String {
    serde_json::to_string(&Outgoing { v: VERSION, body })
        .expect("plain data with text keys is always JSON")
}

fn read<T: DeserializeOwned>(what: &'static str, text: &str) -> Result<T, HandoffError> {
    // The error's own text can quote values.
    let malformed = |error: serde_json::Error| HandoffError::Malformed {
        what,
        line: error.line(),
        column: error.column(),
    };
    let Versioned { v } = serde_json::from_str(text).map_err(malformed)?;
    if v != VERSION {
        return Err(HandoffError::Version { what, got: v });
    }
    serde_json::from_str(text)
        .map(|incoming: Incoming<T>| incoming.body)
        .map_err(malformed)
}

fn check_source<'a>(
    table: &str,
    index: Option<&String>,
    mut keys: impl Iterator<Item = &'a String>,
) -> Result<(), HandoffError> {
    check_length("name of the table", table.len(), "bytes", MAX_TABLE_NAME)?;
    if let Some(index) = index {
        check_length("name of the index", index.len(), "bytes", MAX_INDEX_NAME)?;
    }
    keys.try_for_each(|name| check_attribute(name))
}

fn check_role(role: Option<&str>) -> Result<(), HandoffError> {
    let role = role.map(RoleArn::new).transpose();
    role.map(drop)
        .map_err(|problem| HandoffError::Role { problem })
}

fn check_attribute(name: &str) -> Result<(), HandoffError> {
    check_length(
        "name of an attribute",
        name.len(),
        "bytes",
        MAX_ATTRIBUTE_NAME,
    )
}

fn check_length(
    what: &'static str,
    got: usize,
    unit: &'static str,
    limit: usize,
) -> Result<(), HandoffError> {
    match got {
        0 => Err(HandoffError::Empty { what }),
        got if got > limit => Err(HandoffError::TooLong {
            what,
            got,
            unit,
            limit,
        }),
        _ => Ok(()),
    }
}

fn check_segments(first: u32, count: u32, total: u32) -> Result<(), HandoffError> {
    let end = first.checked_add(count);
    if count == 0 || total > MAX_SEGMENTS || end.is_none_or(|end| end > total) {
        return Err(HandoffError::Segments {
            first,
            count,
            total,
        });
    }
    Ok(())
}

fn check_keys(
    hash: &str,
    range: Option<&String>,
    conditions: &[KeyCondition],
) -> Result<(), HandoffError> {
    check_key_list(hash, range, conditions.len())?;
    for condition in conditions {
        if condition.range.is_some() && range.is_none() {
            return Err(HandoffError::KeyCondition);
        }
        let range = condition.range.iter().flat_map(RangeTest::values);
        for value in std::iter::once(&condition.hash).chain(range) {
            check_key_value(value)?;
        }
    }
    Ok(())
}

/// The names of a key, and how many of its values there are.
fn check_key_list(hash: &str, range: Option<&String>, count: usize) -> Result<(), HandoffError> {
    check_attribute(hash)?;
    range.map_or(Ok(()), |name| check_attribute(name))?;
    if count == 0 {
        let what = "list of keys";
        return Err(HandoffError::Empty { what });
    }
    Ok(())
}

fn check_key_value(value: &Value) -> Result<(), HandoffError> {
    if matches!(value, Value::Bool(_)) || value.key_bytes() == 0 {
        return Err(HandoffError::KeyCondition);
    }
    check_value(value)
}

fn check_splits(splits: u32) -> Result<(), HandoffError> {
    if splits == 0 {
        let what = "number of splits";
        return Err(HandoffError::Empty { what });
    }
    Ok(())
}

fn check_items(hash: &str, range: Option<&String>, keys: &[ItemKey]) -> Result<(), HandoffError> {
    check_key_list(hash, range, keys.len())?;
    for key in keys {
        if key.range.is_some() != range.is_some() {
            return Err(HandoffError::KeyCondition);
        }
        for value in std::iter::once(&key.hash).chain(&key.range) {
            check_key_value(value)?;
        }
    }
    Ok(())
}

fn check_top(top: Option<&Top>) -> Result<(), HandoffError> {
    match top {
        Some(top) if top.column.is_empty() => Err(HandoffError::Empty {
            what: "name of the column to order by",
        }),
        _ => Ok(()),
    }
}

fn check_value(value: &Value) -> Result<(), HandoffError> {
    match value {
        Value::N(text) if !is_number(text) => Err(HandoffError::NotANumber),
        _ => Ok(()),
    }
}

fn check_expressions(expressions: &Expressions) -> Result<(), HandoffError> {
    let Expressions {
        filter,
        projection,
        names,
        values,
    } = expressions;
    if let Some(filter) = filter {
        check_length("filter", filter.len(), "bytes", MAX_TEXT)?;
        check_length("filter", operators(filter), "operators", MAX_OPERATORS)?;
    }
    if let Some(projection) = projection {
        check_length("projection", projection.len(), "bytes", MAX_TEXT)?;
    }
    let occur: BTreeSet<&str> = filter
        .iter()
        .chain(projection)
        .flat_map(|text| occurring(text))
        .collect();
    let mean: BTreeSet<&str> = names
        .keys()
        .chain(values.keys())
        .map(String::as_str)
        .collect();
    let is_odd = |alias: &&String, kind: char| {
        let rest = alias.strip_prefix(kind).unwrap_or_default();
        let plain = rest
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
        rest.is_empty() || !plain || RESERVED.contains(&alias.as_str())
    };
    let odd_name = names.keys().find(|alias| is_odd(alias, '#'));
    let odd_value = values.keys().find(|alias| is_odd(alias, ':'));
    let odd = odd_name.or(odd_value).map(String::as_str);
    if let Some(alias) = odd.or_else(|| occur.symmetric_difference(&mean).next().copied()) {
        return Err(HandoffError::Placeholder {
            alias: alias.chars().take(MAX_ALIAS_SHOWN).collect(),
        });
    }
    names.values().try_for_each(|name| check_attribute(name))?;
    values.values().try_for_each(check_value)
}

/// Whether the text spells a number of a length that `DynamoDB` could have sent.
fn is_number(text: &str) -> bool {
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = |text: &str| text.strip_prefix(['-', '+']).unwrap_or(text).to_owned();
    let (number, exponent) = text.split_once(['e', 'E']).unwrap_or((text, "0"));
    let (number, exponent) = (unsigned(number), unsigned(exponent));
    let (whole, fraction) = number.split_once('.').unwrap_or((&number, ""));
    text.len() <= MAX_NUMBER_TEXT
        && digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && digits(&exponent)
        && !exponent.is_empty()
}

/// The version that is written and read.
const VERSION: u64 = 1;

/// The placeholders of key conditions.
const RESERVED: [&str; 5] = ["#h", "#r", ":h", ":r0", ":r1"];

/// Bytes of a table's ARN, of an index's name, of an attribute's name (AWS: service quotas).
const MAX_TABLE_NAME: usize = 1024;
const MAX_INDEX_NAME: usize = 255;
const MAX_ATTRIBUTE_NAME: usize = 65_535;

/// 38 digits, an exponent up to 130 written out, sign and point.
const MAX_NUMBER_TEXT: usize = 200;

/// Enough of a placeholder to find it.
const MAX_ALIAS_SHOWN: usize = 40;

#[cfg(test)]
mod tests;
