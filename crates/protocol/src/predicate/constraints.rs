//! `Constraints`: all that a query asks of one table (protocol §4).

use super::{Expression, ValueSet};
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// A conjunction of value sets and expressions, with order, limit, passthrough arguments and query plan.
///
/// Fields that an older version does not carry have their defaults.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Constraints {
    /// Allowed values by column; a column without entry is unconstrained.
    #[serde(default, deserialize_with = "normalised")]
    pub summary: BTreeMap<String, ValueSet>,
    /// Conditions that must all hold (version 4).
    #[serde(default)]
    pub expression: Vec<Expression>,
    /// Wanted order (version 4).
    #[serde(default)]
    pub order_by_clause: Vec<OrderByField>,
    /// Rows wanted at most, -1 for no limit (version 4). See [`Constraints::limit`].
    #[serde(default = "no_limit")]
    pub limit: i64,
    /// Arguments of a passthrough query, empty for an ordinary one (version 5).
    #[serde(default)]
    pub query_passthrough_arguments: BTreeMap<String, String>,
    /// The query as a Substrait plan (version 6).
    #[serde(default)]
    pub query_plan: Option<QueryPlan>,
}

impl Constraints {
    /// The limit, if there is one.
    pub fn limit(&self) -> Option<u64> {
        u64::try_from(self.limit).ok()
    }
}

impl Default for Constraints {
    fn default() -> Self {
        Self {
            summary: BTreeMap::new(),
            expression: Vec::new(),
            order_by_clause: Vec::new(),
            limit: no_limit(),
            query_passthrough_arguments: BTreeMap::new(),
            query_plan: None,
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

/// A serialized Substrait plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct QueryPlan {
    /// Version of Substrait that wrote it.
    pub substrait_version: String,
    /// Base64 of a `substrait.Plan` message.
    pub substrait_plan: String,
}

fn no_limit() -> i64 {
    -1
}

fn normalised<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<BTreeMap<String, ValueSet>, D::Error> {
    let mut summary = BTreeMap::<String, ValueSet>::deserialize(deserializer)?;
    summary.values_mut().for_each(ValueSet::normalise);
    Ok(summary)
}
