//! What arrives from DataFusion's planner, and what is made of it.

use super::*;
use arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int32Array, RecordBatch, StringArray,
};
use arrow::datatypes::{Field, SchemaRef};
use arrow::util::display::{ArrayFormatter, FormatOptions};
use async_trait::async_trait;
use athena_protocol::predicate::{Asked, Bound, Constraints, Marker, Range};
use datafusion::catalog::{MemTable, Session, TableProvider};
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, plan_err};
use datafusion::logical_expr::{LogicalPlan, TableProviderFilterPushDown, TableType};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::prelude::{SessionConfig, SessionContext};
use std::sync::Arc;

/// A table that is planned and never read.
#[derive(Debug)]
struct Planned(SchemaRef);

#[async_trait]
impl TableProvider for Planned {
    fn schema(&self) -> SchemaRef {
        self.0.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>> {
        Ok(vec![TableProviderFilterPushDown::Inexact; filters.len()])
    }

    async fn scan(
        &self,
        _state: &dyn Session,
        _projection: Option<&Vec<usize>>,
        _filters: &[Expr],
        _limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        plan_err!("this table is never read")
    }
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("price", DataType::Decimal128(38, 9), true),
        Field::new("n", DataType::Int32, true),
        Field::new("f", DataType::Float64, true),
        Field::new("flag", DataType::Boolean, true),
    ]))
}

fn context() -> SessionContext {
    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.parse_float_as_decimal = true;
    SessionContext::new_with_config(config)
}

/// The conditions that DataFusion hands to a table for a statement's clause.
async fn filters(clause: &str) -> Vec<Expr> {
    filters_in(&planning(), clause).await
}

/// A context in which the table is planned and never read.
fn planning() -> SessionContext {
    let context = context();
    context
        .register_table("t", Arc::new(Planned(schema())))
        .unwrap();
    context
}

async fn filters_in(context: &SessionContext, clause: &str) -> Vec<Expr> {
    let frame = context
        .sql(&format!("select * from t where {clause}"))
        .await
        .unwrap();
    let mut filters = Vec::new();
    let plan = frame.into_optimized_plan().unwrap();
    plan.apply(|node| {
        if let LogicalPlan::TableScan(scan) = node {
            filters.extend(scan.filters.iter().cloned());
        }
        Ok(TreeNodeRecursion::Continue)
    })
    .unwrap();
    filters
}

/// The summary that a statement's clause becomes.
async fn pushed(clause: &str) -> BTreeMap<String, ValueSet> {
    Pushed::of(&filters(clause).await, &schema(), &Offer::default()).summary
}

/// All functions that the `DynamoDB` connector offers.
fn offer() -> Offer {
    Offer::of_functions(&[
        "$and",
        "$or",
        "$not",
        "$is_null",
        "$equal",
        "$not_equal",
        "$less_than",
        "$less_than_or_equal",
        "$greater_than",
        "$greater_than_or_equal",
        "$in",
        "$array",
        "$like_pattern",
        "$is_distinct_from",
    ])
}

/// `[a, b)` and so on, single values bare, `null` where null qualifies.
fn show(set: &ValueSet) -> String {
    let ValueSet::SortedRangeSet {
        ranges,
        null_allowed,
        ..
    } = set
    else {
        panic!("{set:?}")
    };
    let mut parts: Vec<_> = ranges.iter().map(show_range).collect();
    parts.extend(null_allowed.then(|| "null".to_owned()));
    parts.join(" ")
}

fn show_range(range: &Range) -> String {
    let text = |marker: &Marker, unbounded: &str| match &marker.value {
        None => unbounded.to_owned(),
        Some(value) => {
            let column = Scalar::to_array(&marker.data_type, [value]).unwrap();
            let options = FormatOptions::new();
            let text = ArrayFormatter::try_new(&column, &options)
                .unwrap()
                .value(0)
                .to_string();
            if text.contains('.') {
                text.trim_end_matches('0').trim_end_matches('.').to_owned()
            } else {
                text
            }
        }
    };
    if range.single_value().is_some() {
        return text(&range.low, "");
    }
    let open = if range.low.bound == Bound::Exactly {
        '['
    } else {
        '('
    };
    let close = if range.high.bound == Bound::Exactly {
        ']'
    } else {
        ')'
    };
    format!(
        "{open}{}, {}{close}",
        text(&range.low, "-inf"),
        text(&range.high, "inf")
    )
}

#[track_caller]
fn check(clause: &str, expected: &[(&str, &str)]) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .build()
        .unwrap();
    let pushed = runtime.block_on(pushed(clause));
    let shown: Vec<_> = pushed
        .iter()
        .map(|(name, set)| (name.as_str(), show(set)))
        .collect();
    let shown: Vec<_> = shown
        .iter()
        .map(|(name, set)| (*name, set.as_str()))
        .collect();
    assert_eq!(shown, expected, "{clause}");
}

#[test]
fn keys_are_pushed_as_single_values() {
    check("id = 'C00042'", &[("id", "C00042")]);
    check("'C00042' = id", &[("id", "C00042")]);
    check("id in ('b', 'a')", &[("id", "a b")]);
    check("id in ('e', 'd', 'c', 'b', 'a')", &[("id", "a b c d e")]);
    check("id = 'a' and n = 5", &[("id", "a"), ("n", "5")]);
    check("id = '😀'", &[("id", "😀")]);
}

#[test]
fn numbers_are_pushed_to_decimal_columns_whatever_form_they_have() {
    check("price > 10", &[("price", "(10, inf)")]);
    check("price >= 10.5", &[("price", "[10.5, inf)")]);
    check("price = 0.0000001", &[("price", "0.0000001")]);
    check("price < -3", &[("price", "(-inf, -3)")]);
    check("10 >= price", &[("price", "(-inf, 10]")]);
    check("price between 1 and 2.5", &[("price", "[1, 2.5]")]);
    check(
        "price not between 1 and 2",
        &[("price", "(-inf, 1) (2, inf)")],
    );
    check("n > 3 and n <= 7", &[("n", "(3, 7]")]);
    check("f > cast(2.5 as double)", &[("f", "(2.5, inf)")]);
}

#[test]
fn exclusions_and_nulls_are_pushed() {
    check("n <> 5", &[("n", "(-inf, 5) (5, inf)")]);
    check("n not in (5, 1)", &[("n", "(-inf, 1) (1, 5) (5, inf)")]);
    check("id is null", &[("id", "null")]);
    check("id is not null", &[("id", "(-inf, inf)")]);
    check("n = 1 or n is null", &[("n", "1 null")]);
    check("flag", &[("flag", "true")]);
    check("not flag", &[("flag", "false")]);
    check("flag is true", &[("flag", "true")]);
}

#[test]
fn a_disjunction_keeps_only_what_all_its_sides_say() {
    check("n = 1 or n > 5", &[("n", "1 (5, inf)")]);
    check("n = 1 or id = 'a'", &[]);
    check(
        "(n = 1 and id = 'a') or (n = 2 and id = 'b')",
        &[("id", "a b"), ("n", "1 2")],
    );
    check("(n = 1 and id = 'a') or n = 2", &[("n", "1 2")]);
}

#[test]
fn what_has_no_exact_counterpart_stays_with_the_engine() {
    for clause in [
        "upper(id) = 'A'",
        "id like '%a%'",
        "n + 1 = 5",
        "id > '\u{ff5e}'",
        "id < '😀'",
        "f = cast(0 as double)",
        "n = 99999999999",
        "id = cast(n as varchar)",
    ] {
        check(clause, &[]);
    }
    check("upper(id) = 'A' and n = 5", &[("n", "5")]);
    check("id in ('a', null, 'b', 'c', 'd')", &[]);
}

#[test]
fn long_lists_are_not_sent() {
    let list: Vec<_> = (0..=MAX_RANGES).map(|n| n.to_string()).collect();
    check(&format!("n in ({})", list.join(", ")), &[]);
}

/// Rows with all that is awkward to compare.
fn awkward_rows() -> RecordBatch {
    let ids = ["a", "b", "", "\u{ff5e}", "😀", "null", "a", "C"];
    let ids: StringArray = ids
        .iter()
        .map(|id| (*id != "null").then_some(*id))
        .collect();
    let most = 10_i128.pow(38) - 1;
    let prices = [0, 10_000_000_000, -1, 1, 7, most, 10_500_000_000, 5];
    let prices: Decimal128Array = prices.iter().map(|n| (*n != 7).then_some(*n)).collect();
    let numbers = [5, i32::MAX, i32::MIN, 7, 0, 1, 4, 6];
    let numbers: Int32Array = numbers.iter().map(|n| (*n != 7).then_some(*n)).collect();
    let (before, after) = ([-0.0, 0.0, f64::NAN, 2.5], [f64::INFINITY, 1.0, -7.5]);
    let floats = before
        .map(Some)
        .into_iter()
        .chain([None])
        .chain(after.map(Some));
    let floats: Float64Array = floats.collect();
    let flags: BooleanArray = (0..8)
        .map(|row| (row % 3 != 2).then_some(row % 3 == 0))
        .collect();
    let columns: Vec<ArrayRef> = vec![
        Arc::new(ids),
        Arc::new(prices.with_precision_and_scale(38, 9).unwrap()),
        Arc::new(numbers),
        Arc::new(floats),
        Arc::new(flags),
    ];
    RecordBatch::try_new(schema(), columns).unwrap()
}

async fn count(context: &SessionContext, batch: RecordBatch, clause: &str) -> usize {
    let table = MemTable::try_new(schema(), vec![vec![batch]]).unwrap();
    context.deregister_table("t").unwrap();
    context.register_table("t", Arc::new(table)).unwrap();
    let frame = context
        .sql(&format!("select * from t where {clause}"))
        .await
        .unwrap();
    frame.count().await.unwrap()
}

/// The law: whatever the clause, no row that qualifies is outside what is pushed, by sets alone or with expressions; and where the
/// connector may count, none is inside that does not qualify.
#[tokio::test]
async fn no_row_that_qualifies_is_dropped() {
    let batch = awkward_rows();
    let (mut by_sets, mut by_expressions, mut counted) = (0, 0, 0);
    let pairs = CONDITIONS
        .iter()
        .enumerate()
        .flat_map(|(at, a)| CONDITIONS[at..].iter().map(move |b| (a, b)));
    let clauses = pairs.flat_map(|(a, b)| {
        [
            format!("{a} and {b}"),
            format!("{a} or {b}"),
            format!("not ({a} and {b})"),
        ]
    });
    // Making a context takes longer than a question to it.
    let (planning, counting) = (planning(), context());
    for clause in clauses {
        let filters = filters_in(&planning, &clause).await;
        let qualify = count(&counting, batch.clone(), &clause).await;
        for offer in [Offer::default(), offer()] {
            let pushed = Pushed::of(&filters, &schema(), &offer);
            by_sets += usize::from(!pushed.summary.is_empty());
            by_expressions += usize::from(!pushed.expression.is_empty());
            let constraints = Constraints {
                summary: pushed.summary,
                expression: pushed.expression,
                ..Constraints::default()
            };
            let asked = Asked::of(&constraints, "t", &schema());
            let inside = match asked.predicate.matches(&batch) {
                None => batch.clone(),
                Some(mask) => {
                    let mask = BooleanArray::new(mask, None);
                    arrow::compute::filter_record_batch(&batch, &mask).unwrap()
                }
            };
            let rows = inside.num_rows();
            assert_eq!(count(&counting, inside, &clause).await, qualify, "{clause}");
            if pushed.counts {
                counted += 1;
                assert_eq!(rows, qualify, "{clause}");
            }
        }
    }
    assert!(
        by_sets > 800 && by_expressions > 400 && counted > 500,
        "{by_sets} by sets, {by_expressions} by expressions, {counted} counted"
    );
}

#[tokio::test]
async fn nothing_is_called_that_is_not_offered() {
    let all = offer();
    let clause = "(n = 1 or id = 'a') and not (n > 5 and flag) and id like '%a_b' and (n is distinct from 7)";
    let filters = filters(clause).await;
    let pushed = Pushed::of(&filters, &schema(), &all);
    assert!(pushed.expression.len() >= 3, "{:?}", pushed.expression);
    let without = Offer::of_functions(&["$equal", "$and", "$greater_than"]);
    let pushed = Pushed::of(&filters, &schema(), &without);
    assert!(pushed.expression.is_empty() && !pushed.counts);
    // A disjunction is all or nothing, a conjunction keeps what it can.
    let filters = super::tests::filters("n = 1 or (id = 'a' and upper(id) = 'A')").await;
    let pushed = Pushed::of(&filters, &schema(), &all);
    assert!(pushed.expression.len() == 1 && !pushed.counts);
    let filters = super::tests::filters("n = 1 or upper(id) = 'A'").await;
    assert!(Pushed::of(&filters, &schema(), &all).is_empty());
    // A list that would be long is not sent in pieces.
    let list: Vec<_> = (0..=MAX_RANGES).map(|n| n.to_string()).collect();
    let filters = super::tests::filters(&format!("n in ({}) or id = 'a'", list.join(", "))).await;
    assert!(Pushed::of(&filters, &schema(), &all).is_empty());
}

const CONDITIONS: [&str; 29] = [
    "id like 'a%'",
    "id like '%b' or n = 5",
    "(id is distinct from 'a')",
    "(n is not distinct from 4)",
    "(n = 1 or price > 10)",
    "(id, n) = ('a', 5)",
    "id = 'a'",
    "id <> '😀'",
    "id > 'a'",
    "id >= '😀'",
    "id < '\u{ff5e}'",
    "id in ('', 'b', '😀')",
    "id not in ('a', 'b')",
    "id is null",
    "price > 10",
    "price <= 10.5",
    "price <> 0.000000001",
    "price between -1 and 11",
    "n < 5",
    "n <> 5",
    "n not in (1, 5)",
    "n is not null",
    "f > 1",
    "f <= cast(2.5 as double)",
    "f <> cast(2.5 as double)",
    "f = cast(0 as double)",
    "flag",
    "not flag",
    "flag is false",
];
