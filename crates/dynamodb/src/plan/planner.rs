//! How a plan is made.

use athena_protocol::predicate::Asked;

use super::access::{Access, Plan};
use super::aliases::Aliases;
use super::alternatives::Sayable;
use super::columns::{Columns, attributes};
use super::conditions::conditions;
use super::filter::filter;
use super::index::{Choice, choose, smaller};
use super::key_condition::{item_keys, key_conditions};
use super::options::PlanOptions;
use super::order::Top;
use super::paths::DocumentPath;
use super::splits::{Cut, cut};
use super::work::Expressions;
use crate::table::{Index, Projection, Table};

/// Plans how to read the columns `wanted` (`None`: all) of the items that may be `asked` for.
///
/// Every row that qualifies is read, once; others may be too.
///
/// ```
/// use arrow::datatypes::{DataType, Schema};
/// use athena_dynamodb::plan::{Column, Columns, PlanOptions, plan};
/// use athena_dynamodb::table::{KeyAttribute, KeyKind, Keys, Table};
/// use athena_protocol::predicate::{Asked, Constraints, Scalar, ValueSet};
///
/// let hash = KeyAttribute { name: "Id".to_owned(), kind: KeyKind::S };
/// let keys = Keys { hash, range: None };
/// let table = Table { name: "orders".to_owned(), keys, indexes: Vec::new(), size_bytes: 1 << 40, item_count: 1 << 30, read_units: None };
/// let id = Column { data_type: DataType::Utf8, attributes: vec!["Id".to_owned()], any_case: false, times: None };
/// let columns = Columns::from([("id".to_owned(), id)]);
///
/// let mut constraints = Constraints::default();
/// let ids = ["a7", "b9"].map(|id| Scalar::Utf8(id.to_owned()));
/// constraints.summary.insert("id".to_owned(), ValueSet::of_values(&DataType::Utf8, ids));
/// let asked = Asked::of(&constraints, "orders", &Schema::empty());
/// let plan = plan(&table, &columns, None, &asked, &PlanOptions::default());
/// assert_eq!(plan.describe(), "get 2 items by key, 1 split");
/// ```
pub fn plan(
    table: &Table,
    columns: &Columns,
    wanted: Option<&[String]>,
    asked: &Asked,
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
        held: None,
        only_wanted: false,
        top: None,
        budget: None,
        estimate: None,
        left: asked.not_understood.clone(),
    };
    let conditions = asked
        .predicate
        .domains()
        .and_then(|domains| conditions(table, columns, domains));
    let Some(conditions) = conditions else {
        plan.estimate = plan.estimated(table);
        return plan;
    };
    let choice = choose(table, columns, wanted, &conditions, asked, options);
    let keys = choice.as_ref().map(|choice| choice.keys);
    // DynamoDB refuses a filter on a key of what is queried.
    let is_key = |attribute: &str| {
        keys.is_some_and(|keys| keys.attributes().any(|key| key.name == attribute))
    };
    let granted = |source: Option<&Index>| {
        let of_index = source.and_then(|index| index.read_units);
        of_index.or(table.read_units)
    };
    let source = if let Some(choice) = &choice {
        (plan.access, plan.top) = by_key(table, choice, columns, asked, options);
        choice.index
    } else {
        let index = smaller(table, columns, wanted, &conditions, options);
        let bytes = index.map_or(table.size_bytes, |index| index.size_bytes);
        let Cut {
            segments,
            per_split,
        } = cut(bytes, granted(index), options);
        plan.access = Access::Scan {
            segments,
            per_split,
        };
        index
    };
    plan.index = source.map(|index| index.name.clone());
    plan.only_wanted = asked.predicate.is_known()
        && asked.predicate.tests().iter().all(|test| {
            let column = columns.get(&test.column);
            let attribute = column.and_then(|column| column.attributes.first());
            test.path.is_empty() && attribute.is_some_and(|attribute| is_key(attribute))
        });
    plan.budget = options
        .budget(granted(source))
        .map(|units| units.saturating_mul(1000));
    let attributes = wanted.and_then(|wanted| attributes(columns, wanted));
    if source.is_some_and(|index| index.projection != Projection::All) {
        plan.held.clone_from(&attributes);
    }
    let mut aliases = Aliases::default();
    // BatchGetItem takes no filter.
    if !matches!(plan.access, Access::Batch { .. }) {
        let held = |name: &str| source.is_none_or(|index| index.holds(name, &table.keys));
        let sayable = Sayable {
            table,
            columns,
            attribute: &|name| held(name) && !is_key(name),
        };
        let tested = conditions
            .iter()
            .filter(|condition| !is_key(&condition.attribute));
        plan.expressions.filter =
            filter(tested, asked.predicate.conjuncts(), &sayable, &mut aliases);
    }
    (plan.expressions.names, plan.expressions.values) = aliases.into_maps();
    let paths: Option<Vec<DocumentPath>> =
        attributes.map(|names| names.into_iter().map(DocumentPath::of).collect());
    plan.expressions
        .project(paths.as_deref(), Some(&plan.hash_key));
    plan.estimate = plan.estimated(table);
    plan
}

/// Queries of a key, or all items by their whole keys; and the first rows, if they are all that is wanted.
fn by_key(
    table: &Table,
    choice: &Choice<'_>,
    columns: &Columns,
    asked: &Asked,
    options: &PlanOptions,
) -> (Access, Option<Top>) {
    let splits = |count: usize, share: usize| {
        u32::try_from(count.div_ceil(share))
            .unwrap_or(u32::MAX)
            .min(options.max_query_splits.max(1))
    };
    let top = Top::of(asked, columns, choice.keys).filter(|_| choice.is_one_query());
    let hash = choice.keys.hash.name.clone();
    let range = choice.keys.range.as_ref().map(|key| key.name.clone());
    let whole = choice.index.is_none() && choice.range.is_some() == table.keys.range.is_some();
    let keys = item_keys(&choice.hash, choice.range.as_deref(), options.max_keys)
        .filter(|keys| whole && keys.len() > 1);
    if let Some(keys) = keys {
        let access = Access::Batch {
            hash,
            range,
            splits: splits(keys.len(), KEYS_A_CALL),
            keys,
        };
        return (access, None);
    }
    let conditions = key_conditions(
        &choice.hash,
        choice.range.as_deref(),
        options.max_range_queries,
    );
    let tested = conditions.iter().any(|query| query.range.is_some());
    let access = Access::Query {
        hash,
        range: range.filter(|_| tested),
        splits: splits(conditions.len(), 1),
        conditions,
    };
    (access, top)
}

/// Keys that one `BatchGetItem` takes.
pub const KEYS_A_CALL: usize = 100;

#[cfg(test)]
mod tests;
