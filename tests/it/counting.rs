//! How many calls a query costs: no more than it needs, and each page asked for once.

use crate::stack::{NewTable, Stack, key, read_plan, rows_of, shown_rows};
use arrow::datatypes::DataType;
use athena_client::Table;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// 160 items of 20 kB: four pages of a Scan.
fn items() -> Vec<Value> {
    let items = (0..160).map(|number| {
        json!({
            "id": {"S": format!("i{number:03}")}, "part": {"N": (number % 4).to_string()},
            "city": {"S": format!("city {}", number % 10)}, "text": {"S": "x".repeat(20_000)},
        })
    });
    items.collect()
}

async fn with_items() -> (Stack, Table) {
    let stack = Stack::start().await;
    let keys = [key("id", "S"), key("part", "N")];
    NewTable::named("items", &keys)
        .indexed("by_city", &[key("city", "S")])
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("items").await;
    (stack, table)
}

fn only<const N: usize>(column: &str, values: [&str; N]) -> Constraints {
    let values = values.map(|value| Scalar::Utf8(value.to_owned()));
    let set = ValueSet::of_values(&DataType::Utf8, values);
    Constraints {
        summary: [(column.to_owned(), set)].into(),
        ..Constraints::default()
    }
}

/// The operations that DynamoDB was asked for, and how often.
fn operations(stack: &Stack) -> BTreeMap<String, usize> {
    let mut operations = BTreeMap::new();
    for call in stack.aws.dynamodb.calls() {
        *operations.entry(call.operation).or_default() += 1;
    }
    operations
}

#[track_caller]
fn cost<const N: usize>(stack: &Stack, expected: [(&str, usize); N], what: &str) {
    let expected: BTreeMap<String, usize> = expected
        .into_iter()
        .map(|(operation, count)| (operation.to_owned(), count))
        .collect();
    let got = operations(stack);
    println!("{what}: {got:?}");
    assert_eq!(got, expected, "{what}");
}

#[tokio::test]
async fn a_key_costs_one_description_and_one_query() {
    let (stack, table) = with_items().await;
    assert_eq!(stack.rows(&table, only("id", ["i042"])).await.len(), 1);
    cost(&stack, [("DescribeTable", 1), ("Query", 1)], "one key");
    assert_eq!(stack.aws.dynamodb.calls()[1].index, None);

    stack.aws.dynamodb.reset();
    assert_eq!(
        stack
            .rows(&table, only("id", ["i001", "i002", "i003"]))
            .await
            .len(),
        3
    );
    cost(&stack, [("DescribeTable", 1), ("Query", 3)], "three keys");
}

#[tokio::test]
async fn the_key_of_an_index_costs_one_query_of_that_index() {
    let (stack, table) = with_items().await;
    assert_eq!(stack.rows(&table, only("city", ["city 7"])).await.len(), 16);
    cost(&stack, [("DescribeTable", 1), ("Query", 1)], "index key");
    assert_eq!(
        stack.aws.dynamodb.calls()[1].index.as_deref(),
        Some("by_city")
    );
}

#[tokio::test]
async fn a_contradiction_reads_nothing() {
    let (stack, table) = with_items().await;
    let query = stack.query();
    let plan = query.plan(&table, only("id", [])).await.unwrap();
    assert_eq!(plan.splits().len(), 0);
    cost(&stack, [("DescribeTable", 1)], "contradiction");
    assert!(
        !query
            .stats()
            .figures()
            .calls
            .contains_key("ReadRecordsRequest")
    );
}

#[tokio::test]
async fn planning_describes_once_and_splits_ask_nobody() {
    let (stack, table) = with_items().await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    assert!(!plan.splits().is_empty());
    assert_eq!(query.stats().figures().calls["GetSplitsRequest"], 1);
    cost(&stack, [("DescribeTable", 1)], "layout and splits");
}

#[tokio::test]
async fn a_full_scan_asks_for_each_page_once() {
    let (stack, table) = with_items().await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    stack.aws.dynamodb.reset();
    let batches = read_plan(&query, &plan, table.schema.clone())
        .await
        .unwrap();
    rows_of(&batches).assert_eq(&shown_rows(&items(), &table.schema).rows, "all items");

    let calls = stack.aws.dynamodb.calls();
    let requests: Vec<Value> = calls
        .iter()
        .map(|call| serde_json::from_slice(&call.request).unwrap())
        .collect();
    assert!(calls.iter().all(|call| call.operation == "Scan"));
    let asked: BTreeSet<String> = requests
        .iter()
        .map(|request| format!("{} {}", request["Segment"], request["ExclusiveStartKey"]))
        .collect();
    assert_eq!(asked.len(), requests.len(), "no page is asked for twice");

    // The same segments, walked one page after the other by the SDK alone.
    let segments = requests[0]["TotalSegments"]
        .as_i64()
        .map_or(1, |total| i32::try_from(total).unwrap());
    stack.aws.dynamodb.reset();
    let client = stack.aws.dynamodb.client();
    for segment in 0..segments {
        let scan = client.scan().table_name("items");
        let scan = if segments > 1 {
            scan.segment(segment).total_segments(segments)
        } else {
            scan
        };
        let mut pages = scan.into_paginator().send();
        while let Some(page) = pages.next().await {
            page.unwrap();
        }
    }
    let demanded = stack.aws.dynamodb.count("Scan");
    println!("{segments} segments, {demanded} pages");
    assert!(demanded >= 4, "3.2 MB are at least four pages");
    assert_eq!(requests.len(), demanded);
    let source = query.stats().figures().source;
    assert!(source.are_complete());
    assert_eq!((source.pages, source.items), (demanded as u64, 160));
}

#[tokio::test]
async fn a_limit_reads_one_small_page() {
    let (stack, table) = with_items().await;
    let constraints = Constraints {
        limit: 5,
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, constraints).await.len(), 5);
    cost(&stack, [("DescribeTable", 1), ("Scan", 1)], "limit 5");
    let request: Value = serde_json::from_slice(&stack.aws.dynamodb.calls()[1].request).unwrap();
    assert_eq!(request["Limit"], 5);
}

#[tokio::test]
async fn a_limit_on_an_index_reads_one_page_of_it() {
    let (stack, table) = with_items().await;
    let constraints = Constraints {
        limit: 2,
        ..only("city", ["city 3"])
    };
    assert_eq!(stack.rows(&table, constraints).await.len(), 2);
    cost(
        &stack,
        [("DescribeTable", 1), ("Query", 1)],
        "limit 2 of 16",
    );
}

#[tokio::test]
async fn tables_are_listed_once_a_minute_however_often_they_are_named_in_another_case() {
    let stack = Stack::start().await;
    NewTable::named("Mixed", &[key("id", "S")])
        .load(&stack.aws, &[])
        .await;
    for _ in 0..3 {
        stack.query().list_tables("default").await.unwrap();
    }
    cost(&stack, [("ListTables", 1)], "three listings");
    stack.aws.dynamodb.reset();
    for _ in 0..2 {
        stack
            .query()
            .get_table(&crate::stack::table_name("mixed"))
            .await
            .unwrap();
    }
    // Each first asks for the name as it is.
    cost(&stack, [("DescribeTable", 4), ("Scan", 2)], "two schemas");
}
