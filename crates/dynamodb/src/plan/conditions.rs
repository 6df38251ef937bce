//! What the constraints say of each attribute, in `DynamoDB`'s terms.
//!
//! Constraints speak of what a column *shows*, `DynamoDB` compares what an item *stores*. A condition here may let through too
//! much, but every item whose shown value qualifies meets it; whoever reads evaluates the constraints again. So
//!
//! * number columns show nothing for numbers that they cannot hold: where null qualifies, those are let through too, or, for
//!   integers, whose fractions no condition can name, nothing is said;
//! * what shows no point in time is let through where null qualifies: nothing is said there;
//! * a column with several attributes says nothing, unless the preferred one is a key of the table, which every item has;
//! * what is not known to be sayable is not said.

use arrow::datatypes::DataType;
use athena_protocol::predicate::{Domain, Domains, ValueSet};

use super::columns::{Column, Columns};
use super::interval::Interval;
use super::stored::{Shown, Values, intervals, kind_of, stored, with_overflow};
use super::times::Moments;
use super::value::{Kind, Value};
use crate::table::{KeyKind, Table};

/// What is known of one attribute of the items that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// Name of the attribute.
    pub attribute: String,
    /// Type that `values` are of; an item in which the attribute has another one may show any value. `None` where nothing is known
    /// of them.
    pub kind: Option<Kind>,
    /// Whether the attribute belongs to the table's key, so that no item lacks it or has it with another type.
    pub key: bool,
    /// Whether items qualify for which the column shows null. Never set for a key.
    pub null: bool,
    /// Stored values of type `kind` that may qualify.
    pub values: Values,
    /// The values as the engine lists them, if it lists single ones and null does not qualify.
    ///
    /// A hash key is looked up by these. A number that was stored with more fraction digits than its column shows is not found
    /// that way; such a key should be given a column with more of them, or one of type text.
    pub exact: Option<Vec<Value>>,
    /// For a column that shows points in time: where texts lie that may qualify and are no numbers. Then no value of another type
    /// than these two qualifies. `None` if any value of another type may.
    pub texts: Option<Vec<Interval>>,
}

/// What is known of an attribute.
#[derive(Debug, PartialEq, Eq)]
pub enum Known {
    /// Nothing.
    Nothing,
    /// No item can be wanted.
    Impossible,
    /// Something.
    Condition(Condition),
}

/// The conditions that items must meet to be wanted, given what columns show of those; `None` if no item can.
pub fn conditions(table: &Table, columns: &Columns, domains: Domains) -> Option<Vec<Condition>> {
    let mut conditions = Vec::new();
    for (name, domain) in domains {
        let Some(column) = columns.get(&name) else {
            continue;
        };
        match Condition::known(table, column, domain) {
            Known::Nothing => {}
            Known::Impossible => return None,
            Known::Condition(condition) => conditions.push(condition),
        }
    }
    Some(conditions)
}

impl Condition {
    /// What is known of the attribute behind `column` if the column shows a value of `domain`.
    pub fn known(table: &Table, column: &Column, domain: Domain) -> Known {
        let set = domain.into_set();
        let shown = Shown::of(&set);
        if matches!(&shown, Shown::Points(points) if points.is_empty()) && !set.null_allowed() {
            return Known::Impossible;
        }
        match Self::of(table, column, &set, &shown) {
            None => Known::Nothing,
            Some(condition) if condition.values.is_none() && !condition.null => Known::Impossible,
            Some(condition) if condition.values == Values::Any && condition.null => Known::Nothing,
            Some(condition) => Known::Condition(condition),
        }
    }

    /// What `set` says of the attribute that feeds `column`, if there is only one that matters.
    fn of(table: &Table, column: &Column, set: &ValueSet, shown: &Shown<'_>) -> Option<Self> {
        let attribute = column.attributes.first()?;
        let key = table.key(attribute);
        if key.is_none() && (column.attributes.len() > 1 || column.any_case) {
            return None;
        }
        let kind = kind_of(&column.data_type)
            .filter(|kind| key.is_none_or(|key| Kind::from(key.kind) == *kind));
        let null = set.null_allowed();
        let shows_time = matches!(
            column.data_type,
            DataType::Date32 | DataType::Date64 | DataType::Timestamp(..)
        );
        let mut texts = None;
        let (mut values, mut exact) = match kind {
            Some(_) if shows_time => {
                let reader = column.times.as_ref();
                match reader.and_then(|reader| Moments::of(reader, shown)) {
                    Some(moments) => {
                        texts = moments.texts.filter(|_| !null);
                        (moments.numbers, None)
                    }
                    None => (Values::Any, None),
                }
            }
            Some(kind) => stored(kind, &column.data_type, set, shown),
            None => (Values::Any, None),
        };
        if null {
            exact = None;
            values = match (&column.data_type, values) {
                (DataType::Decimal128(precision, scale), values) if kind.is_some() => {
                    with_overflow(values, *precision, *scale)
                }
                (_, values) if kind != Some(Kind::N) => values,
                _ => Values::Any,
            };
        }
        if let Some(key) = key.filter(|_| kind.is_some()) {
            if key.kind != KeyKind::N {
                let limit = if key.name == table.keys.hash.name {
                    MAX_HASH_BYTES
                } else {
                    MAX_RANGE_BYTES
                };
                values = key_values(values, limit);
                // Such keys are shown as they are, so null qualifies no item.
                exact = match &values {
                    Values::OneOf(values) => Some(values.clone()),
                    _ => None,
                };
            }
            return (values != Values::Any).then(|| Self {
                attribute: attribute.clone(),
                kind,
                key: true,
                null: false,
                values,
                exact,
                texts: None,
            });
        }
        if let Some(key) = key.filter(|key| shows_time && key.kind == KeyKind::S && !null) {
            let reader = column.times.as_ref()?;
            return Some(Self {
                attribute: key.name.clone(),
                kind: None,
                key: true,
                null: false,
                values: Values::Any,
                exact: None,
                texts: Some(Moments::of(reader, shown)?.texts?),
            });
        }
        // A key of another type than its column's may show anything, but is never absent.
        key.is_none().then(|| Self {
            attribute: attribute.clone(),
            kind,
            key: false,
            null,
            values,
            exact,
            texts,
        })
    }
}

/// The same values of a key attribute, of which none is empty or longer than `limit` bytes; `DynamoDB` refuses to compare others.
fn key_values(values: Values, limit: usize) -> Values {
    match values {
        Values::Any => Values::Any,
        Values::OneOf(mut values) => {
            values.retain(|value| value.is_key(limit));
            Values::OneOf(values)
        }
        Values::Intervals(found) => intervals(
            found
                .into_iter()
                .filter_map(|interval| key_interval(interval, limit))
                .map(Some),
        ),
    }
}

fn key_interval(mut interval: Interval, limit: usize) -> Option<Interval> {
    if let Some(high) = &interval.high
        && !high.value.is_key(limit)
    {
        let point = interval
            .low
            .as_ref()
            .is_some_and(|low| low.value == high.value);
        if high.value.key_bytes() == 0 || point {
            return None;
        }
        interval.high = None;
    }
    if let Some(low) = &mut interval.low
        && !low.value.is_key(limit)
    {
        // What begins like the bound, but is shorter, comes before it.
        match &mut low.value {
            Value::S(text) => text.truncate(text.floor_char_boundary(limit)),
            Value::B(bytes) => bytes.truncate(limit),
            Value::N(_) | Value::Bool(_) => {}
        }
        low.inclusive = true;
        interval.low = interval.low.filter(|low| low.value.is_key(limit));
    }
    Some(interval)
}

/// Bytes that the values of a hash key and of a range key may have.
pub(super) const MAX_HASH_BYTES: usize = 2048;
pub(super) const MAX_RANGE_BYTES: usize = 1024;

#[cfg(test)]
mod tests;
