//! How many calls a query costs: no more than it needs, and each page asked for once.

use crate::stack::{NewTable, Stack, key, read_plan, rows_of, shown_rows};
use arrow::datatypes::DataType;
use athena_client::Table;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use athena_testkit::dynamodb::Fault;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Bytes of an item with which 160 make four pages of a Scan.
const LARGE: usize = 20_000;
const SMALL: usize = 20;

/// 160 items of about this many bytes.
fn items(bytes: usize) -> Vec<Value> {
    let items = (0..160).map(|number| {
        json!({
            "id": {"S": format!("i{number:03}")}, "part": {"N": (number % 4).to_string()},
            "city": {"S": format!("city {}", number % 10)}, "text": {"S": "x".repeat(bytes)},
        })
    });
    items.collect()
}

async fn with_items(bytes: usize) -> (Stack, Table) {
    let stack = Stack::start().await;
    let keys = [key("id", "S"), key("part", "N")];
    NewTable::named("items", &keys)
        .indexed("by_city", &[key("city", "S")])
        .load(&stack.aws, &items(bytes))
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
    let (stack, table) = with_items(SMALL).await;
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
    let (stack, table) = with_items(SMALL).await;
    assert_eq!(stack.rows(&table, only("city", ["city 7"])).await.len(), 16);
    cost(&stack, [("DescribeTable", 1), ("Query", 1)], "index key");
    assert_eq!(
        stack.aws.dynamodb.calls()[1].index.as_deref(),
        Some("by_city")
    );
}

#[tokio::test]
async fn a_contradiction_reads_nothing() {
    let (stack, table) = with_items(SMALL).await;
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
    let (stack, table) = with_items(SMALL).await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    assert!(!plan.splits().is_empty());
    assert_eq!(query.stats().figures().calls["GetSplitsRequest"], 1);
    cost(&stack, [("DescribeTable", 1)], "layout and splits");
}

#[tokio::test]
async fn a_full_scan_asks_for_each_page_once() {
    let (stack, table) = with_items(LARGE).await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    stack.aws.dynamodb.reset();
    let batches = read_plan(&query, &plan, table.schema.clone())
        .await
        .unwrap();
    rows_of(&batches).assert_eq(&shown_rows(&items(LARGE), &table.schema).rows, "all items");

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
async fn a_limit_reads_one_page_no_larger_than_it() {
    let (stack, table) = with_items(LARGE).await;
    // Decoding 40 items takes long enough for a reader that is too eager to ask for the next page.
    for limit in [5, 40, 30, 20] {
        stack.aws.dynamodb.reset();
        // A second Scan would meet this error, even one that nobody waits for.
        for fault in [Fault::Delay(Duration::ZERO), Fault::InternalError] {
            stack.aws.dynamodb.fail_next("Scan", 1, fault);
        }
        let constraints = Constraints {
            limit,
            ..Constraints::default()
        };
        let rows = stack.rows(&table, constraints).await.len();
        assert_eq!(i64::try_from(rows).unwrap(), limit);
        let what = format!("limit {limit}");
        cost(&stack, [("DescribeTable", 1), ("Scan", 1)], &what);
        let request = &stack.aws.dynamodb.calls()[1].request;
        let request: Value = serde_json::from_slice(request).unwrap();
        assert_eq!(request["Limit"], limit);

        let client = stack.aws.dynamodb.client();
        client.scan().table_name("items").send().await.unwrap();
        let calls = stack.aws.dynamodb.calls();
        let failed = calls.iter().find(|call| call.status == 500).unwrap();
        assert_eq!(
            failed.request, r#"{"TableName":"items"}"#,
            "{what}: our own Scan is the second"
        );
    }
}

#[tokio::test]
async fn a_limit_of_many_pages_reads_no_more_than_it_needs() {
    let (stack, table) = with_items(LARGE).await;
    let set = ValueSet::not_null(&DataType::Utf8);
    let constraints = Constraints {
        summary: [("text".to_owned(), set)].into(),
        limit: 100,
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, constraints).await.len(), 100);
    let scans = stack.aws.dynamodb.count("Scan");
    println!("limit 100 of 160 in pages of about 50: {scans} scans");
    assert!((2..=4).contains(&scans), "{scans} scans");
}

#[tokio::test]
async fn a_limit_on_an_index_reads_one_page_of_it() {
    let (stack, table) = with_items(SMALL).await;
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
    // The first asks for the name as it is, then for that of the listing; the second finds both looked up.
    cost(&stack, [("DescribeTable", 2), ("Scan", 1)], "two schemas");
}
