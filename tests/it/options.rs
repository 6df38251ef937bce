//! What the options of planning do, as DynamoDB sees it; and constraints that are large or name nothing.

use crate::stack::{NewTable, Setup, Stack, key};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use athena_client::Table;
use athena_protocol::block::Block;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;
use tokio::time::Instant;

/// 120 items of some 20 KB, three pages of a scan.
fn items() -> Vec<Value> {
    let items = (0..120).map(|number| {
        json!({
            "id": {"S": format!("i{number:03}")}, "city": {"S": format!("city {}", number % 10)},
            "day": {"S": format!("day {}", number / 10)}, "text": {"S": "x".repeat(20_000)},
        })
    });
    items.collect()
}

async fn with_items(adapt: impl FnOnce(&mut Setup)) -> (Stack, Table) {
    let stack = Stack::with(adapt).await;
    NewTable::named("items", &[key("id", "S")])
        .indexed("first", &[key("city", "S"), key("id", "S")])
        .indexed("second", &[key("city", "S"), key("id", "S")])
        .indexed("by_day", &[key("city", "S"), key("day", "S")])
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("items").await;
    stack.aws.dynamodb.reset();
    (stack, table)
}

fn only<const N: usize>(sets: [(&str, Vec<String>); N]) -> Constraints {
    let sets = sets.map(|(column, values)| {
        let values = values.into_iter().map(Scalar::Utf8);
        (
            column.to_owned(),
            ValueSet::of_values(&DataType::Utf8, values),
        )
    });
    Constraints {
        summary: sets.into(),
        ..Constraints::default()
    }
}

fn city(number: u8) -> (&'static str, Vec<String>) {
    ("city", vec![format!("city {number}")])
}

/// The reads that DynamoDB was asked for: operation, index, and the request itself.
fn reads(stack: &Stack) -> Vec<(String, Option<String>, Value)> {
    let calls = stack.aws.dynamodb.calls().into_iter();
    calls
        .filter(|call| ["Scan", "Query"].contains(&call.operation.as_str()))
        .map(|call| {
            let request = serde_json::from_slice(&call.request).unwrap();
            (call.operation, call.index, request)
        })
        .collect()
}

#[tokio::test]
async fn an_index_that_is_hinted_at_is_queried() {
    for (hint, expected) in [("", "first"), ("other=x, items=second", "second")] {
        let (stack, table) = with_items(|setup| setup.set("index_hints", hint)).await;
        assert_eq!(stack.rows(&table, only([city(7)])).await.len(), 12);
        let reads = reads(&stack);
        assert!(
            reads
                .iter()
                .all(|(_, index, _)| index.as_deref() == Some(expected)),
            "{reads:?}"
        );
    }
}

#[tokio::test]
async fn each_value_of_an_index_range_key_costs_one_query_and_reads_its_items() {
    let (stack, table) = with_items(|_| ()).await;
    let days = ["day 1", "day 5", "never"].map(str::to_owned).to_vec();
    let constraints = only([city(7), ("day", days)]);
    assert_eq!(stack.rows(&table, constraints).await.len(), 2);
    let reads = reads(&stack);
    assert_eq!(reads.len(), 3, "{reads:?}");
    let figures = stack.summaries("ReadRecordsRequest");
    let items: u64 = figures
        .iter()
        .map(|read| read["items"].as_u64().unwrap())
        .sum();
    assert_eq!(items, 2);
}

#[tokio::test]
async fn consistent_reads_go_past_global_indexes() {
    let (stack, table) = with_items(|setup| setup.set("consistent_read", "true")).await;
    assert_eq!(stack.rows(&table, only([city(7)])).await.len(), 12);
    let reads = reads(&stack);
    assert!(!reads.is_empty());
    for (operation, index, request) in reads {
        assert_eq!((operation.as_str(), index), ("Scan", None));
        assert_eq!(request["ConsistentRead"], json!(true));
    }
}

#[tokio::test]
async fn pages_wait_until_those_before_them_are_paid_off() {
    let time = async |units: &str| {
        let (stack, table) = with_items(|setup| setup.set("max_read_capacity_units", units)).await;
        let start = Instant::now();
        assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 120);
        let figures = stack.summaries("ReadRecordsRequest");
        let pages: u64 = figures
            .iter()
            .map(|read| read["pages"].as_u64().unwrap())
            .sum();
        (start.elapsed(), pages)
    };
    // 2.4 MB are some 300 units, of which the last page is not waited for.
    let (paced, pages) = time("60").await;
    assert!(
        pages >= 3 && paced > Duration::from_secs(2),
        "{pages} pages in {paced:?}"
    );
}

#[tokio::test]
async fn a_scan_that_is_warned_of_runs() {
    let (stack, table) = with_items(|setup| setup.set("full_scan", "warn")).await;
    assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 120);
    assert!(stack.log().contains("would scan all of table `items`"));
}

#[tokio::test]
async fn ten_thousand_values_are_tested_on_the_rows() {
    let (stack, table) = with_items(|_| ()).await;
    let texts = (0..10_000).map(|number| match number {
        5_000 => "x".repeat(20_000),
        number => format!("text {number}"),
    });
    let texts: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
    let schema = Schema::new(vec![Field::new("col1", DataType::Utf8, true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![texts]).unwrap();
    let listed = ValueSet::EquatableValueSet {
        value_block: Block::new(batch),
        white_list: true,
        null_allowed: false,
    };
    let constraints = Constraints {
        summary: [("text".to_owned(), listed)].into(),
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, constraints).await.len(), 120);
    assert!(
        reads(&stack)
            .iter()
            .all(|(operation, ..)| operation == "Scan")
    );
}

#[tokio::test]
async fn a_condition_on_a_column_that_is_not_there_is_left_to_the_engine() {
    let (stack, table) = with_items(|_| ()).await;
    let constraints = only([city(7), ("nothing", vec!["x".to_owned()])]);
    assert_eq!(stack.rows(&table, constraints).await.len(), 12);
}
