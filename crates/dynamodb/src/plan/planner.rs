//! How a plan is made.

use athena_protocol::predicate::Constraints;

use super::access::{Access, Plan};
use super::aliases::Aliases;
use super::columns::{Columns, attributes};
use super::conditions::{Condition, conditions};
use super::filter::filter;
use super::index::choose;
use super::key_condition::key_conditions;
use super::options::PlanOptions;
use super::splits::segments;
use super::work::Expressions;
use crate::table::Table;

/// Plans how to read the columns `wanted` (`None`: all) of the items that may meet the constraints' summary.
///
/// Every row that qualifies is read, once; others may be too.
///
/// ```
/// use arrow::datatypes::DataType;
/// use athena_dynamodb::plan::{Column, Columns, PlanOptions, plan};
/// use athena_dynamodb::table::{KeyAttribute, KeyKind, Keys, Table};
/// use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
///
/// let hash = KeyAttribute { name: "Id".to_owned(), kind: KeyKind::S };
/// let keys = Keys { hash, range: None };
/// let table = Table { name: "orders".to_owned(), keys, indexes: Vec::new(), size_bytes: 1 << 40, item_count: 1 << 30 };
/// let id = Column { data_type: DataType::Utf8, attributes: vec!["Id".to_owned()], any_case: false };
/// let columns = Columns::from([("id".to_owned(), id)]);
///
/// let mut constraints = Constraints::default();
/// let ids = ["a7", "b9"].map(|id| Scalar::Utf8(id.to_owned()));
/// constraints.summary.insert("id".to_owned(), ValueSet::of_values(&DataType::Utf8, ids));
/// let plan = plan(&table, &columns, None, &constraints, &PlanOptions::default());
/// assert_eq!(plan.describe(), "query table by hash key, 2 keys, no filter, 2 splits");
/// ```
pub fn plan(
    table: &Table,
    columns: &Columns,
    wanted: Option<&[String]>,
    constraints: &Constraints,
    options: &PlanOptions,
) -> Plan {
    let mut plan = Plan {
        table: table.name.clone(),
        role: None,
        index: None,
        access: Access::Nothing,
        hash_key: table.keys.hash.name.clone(),
        range_key: table.keys.range.as_ref().map(|key| key.name.clone()),
        expressions: Expressions::default(),
        consistent: options.consistent,
    };
    let Some(conditions) = conditions(table, columns, constraints) else {
        return plan;
    };
    let mut aliases = Aliases::default();
    if let Some(choice) = choose(table, columns, wanted, &conditions, options) {
        let queries = key_conditions(
            &choice.hash,
            choice.range.as_deref(),
            options.max_range_queries,
        );
        let tested = queries.iter().any(|query| query.range.is_some());
        // DynamoDB refuses a filter on a key of what is queried.
        let key = |condition: &&Condition| {
            choice
                .keys
                .attributes()
                .any(|key| key.name == condition.attribute)
        };
        plan.expressions.filter = filter(
            conditions.iter().filter(|condition| !key(condition)),
            &mut aliases,
        );
        plan.index = choice.index.map(|index| index.name.clone());
        plan.access = Access::Query {
            hash: choice.keys.hash.name.clone(),
            range: choice
                .keys
                .range
                .as_ref()
                .filter(|_| tested)
                .map(|key| key.name.clone()),
            splits: u32::try_from(queries.len())
                .unwrap_or(u32::MAX)
                .min(options.max_query_splits.max(1)),
            conditions: queries,
        };
    } else {
        plan.expressions.filter = filter(&conditions, &mut aliases);
        plan.access = Access::Scan {
            segments: segments(table, options),
            per_split: options.segments_per_split.max(1),
        };
    }
    (plan.expressions.names, plan.expressions.values) = aliases.into_maps();
    let attributes = wanted.and_then(|wanted| attributes(columns, wanted));
    plan.expressions
        .project(attributes.as_deref(), Some(&plan.hash_key));
    plan
}

#[cfg(test)]
mod tests;
