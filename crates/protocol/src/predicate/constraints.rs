//! `Constraints`: all that a query asks of one table (protocol §4).
//!
//! A value set, an expression or an order of a kind that is not known here does not make a request unanswerable: the engine
//! applies all of them again to the rows it gets. So they are left out, and [`Constraints::not_understood`] says so, because a
//! limit may then no longer be applied. Something known that is malformed is an error.

use super::arrow_type::ArrowType;
use super::expression::Node;
use super::{Expression, Scalar, ValueSet};
use crate::lenient::{self, Integer, NotKnown};
use crate::problem::{problem, shortened};
use crate::version;
use arrow::datatypes::DataType;
use serde::de::IntoDeserializer;
use serde::de::value::Error as NoDirection;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use std::borrow::Cow;
use std::collections::BTreeMap;

/// A conjunction of value sets and expressions, with order, limit, passthrough arguments and query plan.
///
/// Fields that an older version does not carry have their defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", try_from = "Wire")]
pub struct Constraints {
    /// Allowed values by column; a column without entry is unconstrained.
    pub summary: BTreeMap<String, ValueSet>,
    /// Conditions that must all hold (version 4).
    #[serde(skip_serializing_if = "version::before_v4")]
    pub expression: Vec<Expression>,
    /// Wanted order (version 4).
    #[serde(skip_serializing_if = "version::before_v4")]
    pub order_by_clause: Vec<OrderByField>,
    /// Rows wanted at most, -1 for no limit (version 4). See [`Constraints::limit`].
    #[serde(skip_serializing_if = "version::before_v4")]
    pub limit: i64,
    /// Arguments of a passthrough query, empty for an ordinary one (version 5).
    #[serde(skip_serializing_if = "version::before_v5")]
    pub query_passthrough_arguments: BTreeMap<String, String>,
    /// The query as a Substrait plan (version 6).
    #[serde(skip_serializing_if = "version::before_v6")]
    pub query_plan: Option<QueryPlan>,
    /// What was left out of `summary`, `expression` and `orderByClause` on reading, one phrase each, because it is of a kind that
    /// is not known here. Names columns and kinds, never values; not part of the wire.
    #[serde(skip_serializing)]
    pub not_understood: Vec<String>,
}

impl Constraints {
    /// The limit, if there is one and it may be applied: rows cannot be counted while a condition or an order is not understood.
    pub fn limit(&self) -> Option<u64> {
        u64::try_from(self.limit)
            .ok()
            .filter(|_| self.not_understood.is_empty())
    }
}

impl Default for Constraints {
    fn default() -> Self {
        Self {
            summary: BTreeMap::new(),
            expression: Vec::new(),
            order_by_clause: Vec::new(),
            limit: -1,
            query_passthrough_arguments: BTreeMap::new(),
            query_plan: None,
            not_understood: Vec::new(),
        }
    }
}

/// One column of the wanted order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct OrderByField {
    /// Name of the column.
    pub column_name: String,
    /// Direction and place of nulls.
    pub direction: Direction,
}

/// Direction of an order and place of nulls.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Direction {
    /// Ascending, nulls first.
    AscNullsFirst,
    /// Ascending, nulls last.
    AscNullsLast,
    /// Descending, nulls first.
    DescNullsFirst,
    /// Descending, nulls last.
    DescNullsLast,
}

/// A serialized Substrait plan. [`QueryPlan::read`] tells what is in it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryPlan {
    /// Version of Substrait that wrote it.
    pub substrait_version: String,
    /// Base64 of a `substrait.Plan` message.
    pub substrait_plan: String,
}

/// Shows the length of the plan, not the plan: it holds the query's literals.
impl std::fmt::Debug for QueryPlan {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("QueryPlan")
            .field("substrait_version", &self.substrait_version)
            .field("characters", &self.substrait_plan.len())
            .finish_non_exhaustive()
    }
}

/// Constraints as they stand on the wire, before it is known what of them is known here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "constraints")]
struct Wire {
    #[serde(default, deserialize_with = "lenient::or_default")]
    summary: BTreeMap<String, Box<RawValue>>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    expression: Vec<Node>,
    #[serde(default, deserialize_with = "lenient::or_default")]
    order_by_clause: Vec<WireOrder>,
    limit: Option<Integer<i128>>,
    #[serde(default, deserialize_with = "lenient::string_map")]
    query_passthrough_arguments: BTreeMap<String, String>,
    query_plan: Option<QueryPlan>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "a column and its direction")]
struct WireOrder {
    column_name: String,
    direction: String,
}

impl TryFrom<Wire> for Constraints {
    type Error = String;

    fn try_from(wire: Wire) -> Result<Self, String> {
        let mut not_understood = Vec::new();
        let mut summary = BTreeMap::new();
        for (column, raw) in wire.summary {
            match value_set(&raw) {
                Ok(Ok(set)) => {
                    summary.insert(column, set);
                }
                Ok(Err(NotKnown(what))) => {
                    let column = shortened(&column);
                    not_understood.push(format!("{what}, in the value set of column `{column}`"));
                }
                Err(error) => {
                    return Err(format!(
                        "the value set of column `{}` is malformed: {}",
                        shortened(&column),
                        problem(&error)
                    ));
                }
            }
        }
        let mut expression = Vec::with_capacity(wire.expression.len());
        for node in wire.expression {
            match node.known() {
                Ok(known) => expression.push(known),
                Err(NotKnown(what)) => not_understood.push(format!("{what}, in an expression")),
            }
        }
        let mut order_by_clause = Vec::with_capacity(wire.order_by_clause.len());
        for WireOrder {
            column_name,
            direction,
        } in wire.order_by_clause
        {
            let known: Result<_, NoDirection> =
                Direction::deserialize(direction.as_str().into_deserializer());
            match known {
                Ok(direction) => order_by_clause.push(OrderByField {
                    column_name,
                    direction,
                }),
                Err(_) => not_understood.push(format!(
                    "the direction `{}`, in the order by column `{}`",
                    shortened(&direction),
                    shortened(&column_name)
                )),
            }
        }
        // A limit that no counter reaches limits nothing, and any number below zero is none.
        let limit = wire.limit.map_or(-1, |limit| limit.0.max(-1));
        Ok(Self {
            summary,
            expression,
            order_by_clause,
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
            query_passthrough_arguments: wire.query_passthrough_arguments,
            query_plan: wire.query_plan,
            not_understood,
        })
    }
}

/// Reads a value set, unless its kind or type is not known here.
fn value_set(raw: &RawValue) -> Result<Result<ValueSet, NotKnown>, serde_json::Error> {
    #[derive(Deserialize)]
    #[serde(expecting = "a value set")]
    struct Kind<'a> {
        #[serde(rename = "@type", borrow)]
        kind: Cow<'a, str>,
    }
    #[derive(Deserialize)]
    struct Typed {
        #[serde(rename = "type")]
        data_type: Option<ArrowType>,
    }
    let Kind { kind } = serde_json::from_str(raw.get())?;
    if !KINDS.contains(&kind.as_ref()) {
        let kind = shortened(&kind);
        return Ok(Err(NotKnown(format!("the kind `{kind}`"))));
    }
    let Typed { data_type } = serde_json::from_str(raw.get())?;
    match data_type.map(|data_type| data_type.0) {
        Some(Err(not_known)) => return Ok(Err(not_known)),
        Some(Ok(data_type)) if !has_values(&data_type) => {
            return Ok(Err(NotKnown(format!("values of type {data_type}"))));
        }
        _ => {}
    }
    let mut set: ValueSet = serde_json::from_str(raw.get())?;
    set.normalise();
    Ok(Ok(set))
}

/// Whether a marker can hold values of this type.
fn has_values(data_type: &DataType) -> bool {
    data_type.is_nested() || Scalar::to_array(data_type, []).is_some()
}

const KINDS: [&str; 3] = ["SortedRangeSet", "EquatableValueSet", "AllOrNoneValueSet"];

#[cfg(test)]
mod tests;
