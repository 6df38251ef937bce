//! Wrong input: requests, splits and tokens that nobody should send are described in one clear sentence, without their values.

use crate::stack::{CATALOG, NewTable, Stack, clear, fault_of, key, says, table_name};
use athena_client::Table;
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{GetSplitsRequest, GetTableLayoutRequest, Request, Response};
use futures::TryStreamExt;
use serde_json::{Value, json};

async fn with_table() -> Stack {
    let stack = Stack::start().await;
    let items = [json!({"id": {"S": "a"}, "n": {"N": "1"}})];
    NewTable::named("things", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    stack
}

#[tokio::test]
async fn an_unknown_table_is_named() {
    let stack = with_table().await;
    for name in ["missing", "x"] {
        let fault = fault_of(stack.query().get_table(&table_name(name)).await);
        says(&fault, &["table `", name, "does not exist"]);
    }
    // The table is dropped between planning and reading.
    let table = stack.table("things").await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    stack
        .aws
        .dynamodb
        .client()
        .delete_table()
        .table_name("things")
        .send()
        .await
        .unwrap();
    let rows: Result<Vec<_>, _> = query
        .read(&plan, &plan.splits()[0], table.schema.clone())
        .try_collect()
        .await;
    says(&fault_of(rows), &["`things`", "does not exist"]);
}

#[tokio::test]
async fn malformed_requests_are_described_and_the_next_one_is_answered() {
    let stack = with_table().await;
    let ping =
        json!({"@type": "PingRequest", "identity": null, "catalogName": "c", "queryId": "hunter2"});
    let with = |name: &str, value: Value| {
        let mut document = ping.clone();
        document[name] = value;
        document.to_string()
    };
    let mut untyped = ping.clone();
    untyped.as_object_mut().unwrap().remove("@type");
    let mut lacking = ping.clone();
    lacking.as_object_mut().unwrap().remove("catalogName");
    let list = json!({"@type": "ListTablesRequest", "catalogName": "c", "queryId": "q", "schemaName": "s", "pageSize": "hunter2"});
    let get = json!({"@type": "GetTableRequest", "catalogName": "c", "queryId": "q", "tableName": "hunter2"});
    let layout = json!({
        "@type": "GetTableLayoutRequest", "catalogName": "c", "queryId": "q", "tableName": {"schemaName": "s", "tableName": "t"},
        "constraints": {}, "schema": "hunter2",
    });
    for (document, words) in [
        (
            with("catalogName", json!(["hunter2"])),
            ["malformed request", "expected a string"],
        ),
        (
            with("catalogName", json!({})),
            ["malformed request", "expected a string"],
        ),
        (
            untyped.to_string(),
            ["malformed request", "`@type` is missing"],
        ),
        (lacking.to_string(), ["malformed request", "catalogName"]),
        (
            with("@type", json!("DropTableRequest")),
            ["No SerDe configured", "DropTableRequest"],
        ),
        (
            with("@type", json!(7)),
            ["malformed request", "expected a string"],
        ),
        (list.to_string(), ["malformed request", "whole number"]),
        (get.to_string(), ["malformed request", "TableName"]),
        (layout.to_string(), ["malformed request", "base64"]),
        ("[1,2]".to_owned(), ["malformed request", ""]),
        ("null".to_owned(), ["malformed request", ""]),
        ("\"hunter2\"".to_owned(), ["malformed request", ""]),
    ] {
        let fault = clear(stack.refusal(document).await);
        says(&fault, &words);
        assert!(
            !fault.error_message.contains("hunter2"),
            "{}",
            fault.error_message
        );
    }
    stack.query().ping().await.unwrap();
    assert_eq!(stack.emulator.stats().cold_starts, 1);
    assert!(!stack.log().contains("hunter2"), "{}", stack.log());
}

#[tokio::test]
async fn events_that_are_no_json_are_described_too() {
    let stack = with_table().await;
    for event in [
        &b"hunter2"[..],
        b"{\"@type\": \"PingRequest\", \"hunter2",
        b"{} hunter2",
        b"\xff\xfe hunter2",
        b"",
    ] {
        let fault = clear(stack.refusal(event).await);
        says(&fault, &["malformed request"]);
        assert!(
            !fault.error_message.contains("hunter2"),
            "{}",
            fault.error_message
        );
    }
    stack.query().ping().await.unwrap();
    assert_eq!(stack.emulator.stats().cold_starts, 1);
}

#[tokio::test]
async fn splits_that_were_tampered_with_are_refused_before_anything_is_read() {
    let stack = with_table().await;
    let table = stack.table("things").await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    stack.aws.dynamodb.reset();
    let work: Value = serde_json::from_str(&plan.splits()[0].properties["splitWork"]).unwrap();
    let with = |pointer: &str, value: Value| {
        let mut work = work.clone();
        *work.pointer_mut(pointer).unwrap() = value;
        work.to_string()
    };
    let total = work
        .pointer("/body/work/segments/total")
        .unwrap()
        .as_u64()
        .unwrap();
    for (text, word) in [
        ("hunter2".to_owned(), "not the expected JSON"),
        (with("/v", json!(2)), "version 2"),
        (with("/body/table", json!("")), "name of the table is empty"),
        (with("/body/work/segments/first", json!(total)), "segments"),
        (
            with("/body/work/segments/total", json!(2_000_000)),
            "at most 1000000",
        ),
        (
            with("/body/work", json!({"segments": "hunter2"})),
            "not the expected JSON",
        ),
        (
            with("/body/expressions", json!({"filter": "#a = :b"})),
            "placeholder",
        ),
        (
            with(
                "/body/expressions",
                json!({"filter": "#a = :b", "names": {"#a": "n"}, "values": {":b": {"N": "hunter2"}}}),
            ),
            "not a number",
        ),
    ] {
        let mut split = plan.splits()[0].clone();
        split.properties.insert("splitWork".to_owned(), text);
        let rows: Result<Vec<_>, _> = query
            .read(&plan, &split, table.schema.clone())
            .try_collect()
            .await;
        let fault = fault_of(rows);
        says(&fault, &[word]);
        assert!(
            !fault.error_message.contains("hunter2"),
            "{}",
            fault.error_message
        );
    }
    let mut split = plan.splits()[0].clone();
    split.properties.clear();
    let rows: Result<Vec<_>, _> = query
        .read(&plan, &split, table.schema.clone())
        .try_collect()
        .await;
    says(&fault_of(rows), &["split has no property"]);
    assert_eq!(stack.aws.dynamodb.calls().len(), 0);
}

async fn splits_request(
    stack: &Stack,
    table: &Table,
    continuation_token: Option<String>,
) -> GetSplitsRequest {
    let layout = Request::GetTableLayout(GetTableLayoutRequest {
        identity: None,
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table.name.clone(),
        constraints: Constraints::default(),
        schema: table.schema.clone(),
        partition_columns: Vec::new(),
    });
    let Response::GetTableLayout(layout) = stack.ask(&layout).await else {
        panic!("no layout")
    };
    GetSplitsRequest {
        identity: None,
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table.name.clone(),
        partitions: layout.partitions,
        partition_columns: Vec::new(),
        constraints: Constraints::default(),
        continuation_token,
    }
}

#[tokio::test]
async fn a_continuation_token_of_somebody_else_is_refused() {
    let stack = with_table().await;
    let table = stack.table("things").await;
    for token in ["hunter2", "", "-1", "0", "999999", "18446744073709551616"] {
        let request =
            Request::GetSplits(splits_request(&stack, &table, Some(token.to_owned())).await);
        let fault = clear(stack.refusal(serde_json::to_vec(&request).unwrap()).await);
        says(&fault, &["continuation token of GetSplits"]);
        assert!(
            !fault.error_message.contains("hunter2"),
            "{}",
            fault.error_message
        );
    }
    let mut request = splits_request(&stack, &table, None).await;
    request.partitions = athena_protocol::block::Block::empty(table.schema.clone());
    let fault = clear(
        stack
            .refusal(serde_json::to_vec(&Request::GetSplits(request)).unwrap())
            .await,
    );
    says(&fault, &["no plan", "hint"]);
}
