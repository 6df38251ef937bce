//! Which key to query by: the table's, or that of an index.
//!
//! An index holds only items that have all attributes of its key. It serves a query only if the conditions leave out every item
//! that may be missing: each key attribute belongs to the table's key, or must not be null. That an attribute which is there has
//! the type that the index demands is assumed: `DynamoDB` refuses to write others as long as the index exists, but items from
//! before it was made may be left out of it ("index key violations").

use std::cmp::Reverse;

use athena_protocol::predicate::Asked;

use super::columns::{Column, Columns};
use super::conditions::{Condition, MAX_HASH_BYTES, MAX_RANGE_BYTES};
use super::key_condition::{RangeTest, range_tests};
use super::options::PlanOptions;
use super::order::Top;
use super::value::{Kind, Value};
use crate::table::{Index, KeyAttribute, Keys, Projection, Scope, Table};

/// A key, and what it is queried for.
#[derive(Debug)]
pub struct Choice<'a> {
    /// The index, `None` for the table itself.
    pub index: Option<&'a Index>,
    /// The key of index or table.
    pub keys: &'a Keys,
    /// Values of the hash key, at least one, each once.
    pub hash: Vec<Value>,
    /// Tests of the range key, disjoint; `None` if there is nothing to test.
    pub range: Option<Vec<RangeTest>>,
}

impl Choice<'_> {
    /// Whether one query finds all there is, in the order of the range key.
    pub fn is_one_query(&self) -> bool {
        self.hash.len() == 1 && self.range.as_ref().is_none_or(|tests| tests.len() == 1)
    }
}

/// The best key to query by; `None` if only a scan finds all items.
///
/// The index that the user prefers wins. Else a key that gives the first rows of the wanted order is best, as no more than those are
/// read. A condition on both keys is better than one on the hash key alone, unless the hash key is the table's whole key; then the
/// table is better than an index, an index of whole items better than one of parts, fewer bytes are better than more, and fewer
/// items.
pub fn choose<'a>(
    table: &'a Table,
    columns: &Columns,
    wanted: Option<&[String]>,
    conditions: &[Condition],
    asked: &Asked,
    options: &PlanOptions,
) -> Option<Choice<'a>> {
    let ordered = |choice: &Choice<'_>| {
        choice.is_one_query() && Top::of(asked, columns, choice.keys).is_some()
    };
    let of_table = queried(&table.keys, conditions, options).map(|(hash, range)| {
        let complete = range.is_some() || table.keys.range.is_none();
        let choice = Choice {
            index: None,
            keys: &table.keys,
            hash,
            range,
        };
        let rank = (
            false,
            ordered(&choice),
            complete,
            true,
            true,
            Reverse((0, 0)),
        );
        (rank, choice)
    });
    let of_indexes = table.indexes.iter().filter_map(|index| {
        if !serves(index, table, columns, wanted, conditions, options) {
            return None;
        }
        let (hash, range) = queried(&index.keys, conditions, options)?;
        let whole = index.projection == Projection::All;
        let complete = range.is_some();
        let choice = Choice {
            index: Some(index),
            keys: &index.keys,
            hash,
            range,
        };
        let rank = (
            options.preferred_index.as_ref() == Some(&index.name),
            ordered(&choice),
            complete,
            false,
            whole,
            Reverse((index.size_bytes, index.item_count)),
        );
        Some((rank, choice))
    });
    // The first of equals wins.
    let candidates: Vec<_> = of_table.into_iter().chain(of_indexes).collect();
    candidates
        .into_iter()
        .rev()
        .max_by(|(a, _), (b, _)| a.cmp(b))
        .map(|(_, choice)| choice)
}

/// The index to scan instead of the table: one that holds all that is wanted, in less than half of the bytes.
pub fn smaller<'a>(
    table: &'a Table,
    columns: &Columns,
    wanted: Option<&[String]>,
    conditions: &[Condition],
    options: &PlanOptions,
) -> Option<&'a Index> {
    table
        .indexes
        .iter()
        .filter(|index| {
            // A size of 0 may be one that is not known yet.
            let known = index.size_bytes > 0 && index.item_count > 0;
            known && index.size_bytes <= table.size_bytes / 2
        })
        .filter(|index| serves(index, table, columns, wanted, conditions, options))
        .min_by_key(|index| index.size_bytes)
}

/// Whether the index holds every item that is wanted, and all of it that is needed.
fn serves(
    index: &Index,
    table: &Table,
    columns: &Columns,
    wanted: Option<&[String]>,
    conditions: &[Condition],
    options: &PlanOptions,
) -> bool {
    let current = index.scope == Scope::Local || !options.consistent;
    let mut keys = index.keys.attributes();
    index.active
        && current
        && covers(index, table, columns, wanted, conditions)
        && keys.all(|key| is_present(key, table, conditions))
}

/// What the conditions say of a key, if they give values for its hash.
fn queried(
    keys: &Keys,
    conditions: &[Condition],
    options: &PlanOptions,
) -> Option<(Vec<Value>, Option<Vec<RangeTest>>)> {
    let hash = on(&keys.hash, conditions).find_map(|condition| {
        let values = condition.exact.as_ref()?;
        let bytes: usize = values.iter().map(Value::key_bytes).sum();
        let fit = values.len() <= options.max_keys
            && bytes <= MAX_KEY_BYTES
            && values.iter().all(|value| value.is_key(MAX_HASH_BYTES));
        (fit && !values.is_empty()).then(|| values.clone())
    })?;
    let range = keys.range.as_ref().and_then(|key| {
        on(key, conditions)
            .filter_map(|condition| range_tests(&condition.values))
            .find(|tests| {
                tests
                    .iter()
                    .all(|test| test.values().all(|value| value.is_key(MAX_RANGE_BYTES)))
            })
    });
    Some((hash, range))
}

/// The conditions on a key attribute that only items with it can meet.
fn on<'a>(
    key: &'a KeyAttribute,
    conditions: &'a [Condition],
) -> impl Iterator<Item = &'a Condition> {
    conditions.iter().filter(|condition| {
        condition.attribute == key.name
            && condition.kind == Some(Kind::from(key.kind))
            && !condition.null
    })
}

/// Whether every wanted item has the attribute.
fn is_present(key: &KeyAttribute, table: &Table, conditions: &[Condition]) -> bool {
    table.key(&key.name).is_some()
        || conditions
            .iter()
            .any(|condition| condition.attribute == key.name && !condition.null)
}

/// Whether the index holds all that is read and all that is tested.
fn covers(
    index: &Index,
    table: &Table,
    columns: &Columns,
    wanted: Option<&[String]>,
    conditions: &[Condition],
) -> bool {
    if index.projection == Projection::All {
        return true;
    }
    let held = |attribute: &String| index.holds(attribute, &table.keys);
    let shown = |column: &Column| !column.any_case && column.attributes.iter().all(held);
    wanted.is_some_and(|names| {
        names
            .iter()
            .all(|name| columns.get(name).is_some_and(shown))
    }) && conditions
        .iter()
        .all(|condition| held(&condition.attribute))
}

/// Bytes of all values of a hash key together; they travel in the answer to the engine.
const MAX_KEY_BYTES: usize = 1024 * 1024;

#[cfg(test)]
mod tests;
