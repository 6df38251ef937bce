//! Chains of pages against scripted answers: what is asked next, what is read twice or never, and which answers are refused.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod server;

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use athena_dynamodb::api::{BatchGet, Key, Pages, Part, Statement};
use athena_dynamodb::read::PageDecoder;
use athena_dynamodb::read::stream::{Limit, Read};
use athena_federation::clock::SystemClock;
use athena_federation::{Call, Fault};
use athena_protocol::predicate::Predicate;
use athena_protocol::wire::SourceErrorCode;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::TryStreamExt;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

fn key(id: &str) -> Key {
    Key::from([("id".to_owned(), AttributeValue::S(id.to_owned()))])
}

fn batch(ids: &[&str]) -> Part {
    Part::Batch(BatchGet {
        table: "orders".to_owned(),
        keys: ids.iter().copied().map(key).collect(),
        projection: Some("#0".to_owned()),
        names: [("#0".to_owned(), "id".to_owned())].into(),
        consistent: true,
    })
}

fn statement() -> Part {
    Part::Statement(Statement {
        text: "SELECT id FROM orders".to_owned(),
        table: "orders".to_owned(),
        ..Statement::default()
    })
}

/// An answer with the items `ids`, leaving `unprocessed`.
fn answer(ids: &[&str], unprocessed: &[&str]) -> String {
    let objects =
        |ids: &[&str]| -> Vec<Value> { ids.iter().map(|id| json!({"id": {"S": id}})).collect() };
    let left = if unprocessed.is_empty() {
        json!({})
    } else {
        json!({"orders": {"Keys": objects(unprocessed), "ConsistentRead": true}})
    };
    json!({
        "Responses": {"orders": objects(ids)},
        "UnprocessedKeys": left,
        "ConsumedCapacity": [{"TableName": "orders", "CapacityUnits": 1.5}],
    })
    .to_string()
}

/// A page of a statement.
fn page(ids: &[&str], token: Option<&str>) -> String {
    let items: Vec<Value> = ids.iter().map(|id| json!({"id": {"S": id}})).collect();
    let mut page = json!({"Items": items, "ConsumedCapacity": {"CapacityUnits": 0.5}});
    if let Some(token) = token {
        page["NextToken"] = json!(token);
    }
    page.to_string()
}

fn call() -> Call {
    Call::lasting(Duration::from_millis(300), Arc::new(SystemClock))
}

struct Outcome {
    ids: Result<Vec<String>, Fault>,
    asked: Vec<Value>,
    call: Call,
}

async fn read(parts: Vec<Part>, limit: Option<u64>, answers: Vec<String>) -> Outcome {
    let (client, asked) = server::answering("", "200 OK", answers).await;
    let call = call();
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Utf8, true)]));
    let read = Read {
        pages: Pages::new(client, &call),
        parts,
        streams: NonZeroUsize::MIN,
        decoder: PageDecoder::new(schema, &[vec!["id".to_owned()]]).unwrap(),
        predicate: Predicate::Unknown,
        pace: None,
        limit: limit.map(|rows| Limit { rows, by: None }),
        refuse_mismatches: false,
        metrics: call.metrics.clone(),
    };
    let batches: Result<Vec<RecordBatch>, Fault> = read.start().try_collect().await;
    let ids = |batch: &RecordBatch| -> Vec<String> {
        let column = batch.column(0).as_string::<i32>();
        column.iter().map(|id| id.unwrap().to_owned()).collect()
    };
    let asked = asked.bodies();
    let asked = asked.iter().map(|body| serde_json::from_str(body).unwrap());
    Outcome {
        ids: batches.map(|batches| batches.iter().flat_map(ids).collect()),
        asked: asked.collect(),
        call,
    }
}

/// The ids that each call asked for.
fn ids_asked(asked: &[Value]) -> Vec<Vec<&str>> {
    let mut calls = Vec::new();
    for body in asked {
        let keys = body["RequestItems"]["orders"]["Keys"].as_array().unwrap();
        calls.push(
            keys.iter()
                .map(|key| key["id"]["S"].as_str().unwrap())
                .collect(),
        );
    }
    calls
}

#[tokio::test]
async fn a_batch_gives_the_items_there_are_and_no_row_for_the_others() {
    let read = read(
        vec![batch(&["a", "b", "c"])],
        None,
        vec![answer(&["c", "a"], &[])],
    )
    .await;
    assert_eq!(read.ids.unwrap(), ["c", "a"]);
    let expected = json!({
        "RequestItems": {"orders": {
            "Keys": [{"id": {"S": "a"}}, {"id": {"S": "b"}}, {"id": {"S": "c"}}],
            "ProjectionExpression": "#0",
            "ExpressionAttributeNames": {"#0": "id"},
            "ConsistentRead": true,
        }},
        "ReturnConsumedCapacity": "TOTAL",
    });
    assert_eq!(read.asked, [expected]);
    let metrics = &read.call.metrics;
    let figures = (
        metrics.pages.get(),
        metrics.items.get(),
        metrics.milli_capacity.get(),
    );
    assert_eq!(figures, (1, 2, 1500));
    assert_eq!(metrics.throttles.get(), 0);
}

#[tokio::test]
async fn keys_that_were_left_are_asked_for_again_and_count_as_throttled() {
    let answers = vec![
        answer(&["a"], &["b", "c"]),
        answer(&["b"], &["c"]),
        answer(&["c"], &[]),
    ];
    let read = read(vec![batch(&["a", "b", "c"])], None, answers).await;
    assert_eq!(read.ids.unwrap(), ["a", "b", "c"]);
    let expected = [vec!["a", "b", "c"], vec!["b", "c"], vec!["c"]];
    assert_eq!(ids_asked(&read.asked), expected);
    let metrics = &read.call.metrics;
    assert_eq!((metrics.throttles.get(), metrics.pages.get()), (2, 3));
    assert_eq!(metrics.throttled_ms.get(), 30, "10 ms, then 20");
    assert_eq!(metrics.milli_capacity.get(), 4500);
}

#[tokio::test]
async fn where_all_keys_were_left_the_same_are_asked_for_again() {
    let answers = vec![
        answer(&[], &["a", "b"]),
        r#"{"Responses":{},"UnprocessedKeys":{"orders":{"Keys":[{"id":{"S":"a"}},{"id":{"S":"b"}}]}}}"#.to_owned(),
        answer(&["a", "b"], &[]),
    ];
    let read = read(vec![batch(&["a", "b"])], None, answers).await;
    assert_eq!(read.ids.unwrap(), ["a", "b"]);
    assert_eq!(ids_asked(&read.asked), vec![vec!["a", "b"]; 3]);
    let metrics = &read.call.metrics;
    assert_eq!((metrics.throttles.get(), metrics.pages.get()), (2, 1));
}

#[tokio::test]
async fn keys_that_are_never_processed_end_with_the_throttles_fault() {
    let read = read(vec![batch(&["a"])], None, vec![answer(&[], &["a"])]).await;
    let fault = read.ids.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::Throttling);
    for words in [
        "all 1 keys",
        "BatchGetItem on table `orders`",
        "time is almost up",
    ] {
        assert!(fault.message.contains(words), "{fault}");
    }
    assert!((2..=6).contains(&read.asked.len()), "{}", read.asked.len());
}

#[tokio::test]
async fn more_than_a_hundred_keys_take_several_calls_and_what_was_left_comes_first() {
    let ids: Vec<String> = (0..230).map(|id| format!("i{id}")).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let answers = vec![
        answer(&ids[..60], &ids[60..100]),
        answer(&ids[60..160], &[]),
        answer(&ids[160..], &[]),
    ];
    let read = read(vec![batch(&ids)], None, answers).await;
    assert_eq!(read.ids.unwrap(), ids);
    let asked = ids_asked(&read.asked);
    assert_eq!(asked, [&ids[..100], &ids[60..160], &ids[160..]]);
}

#[tokio::test]
async fn a_batch_without_keys_asks_nothing_and_holds_nobody_up() {
    for limit in [None, Some(1)] {
        let parts = vec![batch(&[]), batch(&["a"])];
        let read = read(parts, limit, vec![answer(&["a"], &[])]).await;
        assert_eq!(read.ids.unwrap(), ["a"]);
        assert_eq!(read.asked.len(), 1);
    }
}

#[tokio::test]
async fn an_answer_that_does_not_account_for_the_keys_is_refused_once_and_for_all() {
    for body in [
        "{}".to_owned(),
        "<html>".to_owned(),
        r#"{"Responses":{"orders":[]},"UnprocessedKeys":{"orders":{}}}"#.to_owned(),
        r#"{"Responses":{"orders":[]},"UnprocessedKeys":{"orders":{"Keys":[{"id":{"BOOL":true}}]}}}"#.to_owned(),
        r#"{"Responses":{"orders":[]},"UnprocessedKeys":[1]}"#.to_owned(),
        r#"{"Responses":{"orders":[],"others":[]}}"#.to_owned(),
        r#"{"Responses":{"orders":[]},"UnprocessedKeys":{"orders":{"Keys":[{"id":{"S":"a"}}]},"others":{"Keys":[]}}}"#.to_owned(),
        // Both an item and its key, or more than was asked for: rows would be there twice.
        answer(&["a", "b"], &["b"]),
        answer(&["a", "b", "c"], &[]),
        answer(&[], &["a", "b", "c"]),
    ] {
        let read = read(vec![batch(&["a", "b"])], None, vec![body.clone()]).await;
        let fault = read.ids.unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::InvalidResponse, "{body}: {fault}");
        assert!(fault.message.contains("`orders`"), "{fault}");
        assert_eq!(read.asked.len(), 1, "{body}");
    }
}

#[tokio::test]
async fn a_statement_goes_on_with_its_token_through_empty_pages() {
    let answers = vec![
        page(&["a"], Some("t\"1")),
        page(&[], Some("t2")),
        page(&["b"], None),
    ];
    let read = read(vec![statement()], None, answers).await;
    assert_eq!(read.ids.unwrap(), ["a", "b"]);
    let tokens: Vec<_> = read.asked.iter().map(|body| &body["NextToken"]).collect();
    assert_eq!(tokens, [&Value::Null, &json!("t\"1"), &json!("t2")]);
    assert!(
        read.asked
            .iter()
            .all(|body| body["Statement"] == "SELECT id FROM orders")
    );
    let metrics = &read.call.metrics;
    assert_eq!(
        (metrics.pages.get(), metrics.milli_capacity.get()),
        (3, 1500)
    );
}

#[tokio::test]
async fn a_limit_that_is_met_asks_for_no_further_page_of_a_statement() {
    let answers = vec![page(&["a", "b"], Some("t1")), page(&["c"], None)];
    let read = read(vec![statement()], Some(2), answers).await;
    assert_eq!(read.ids.unwrap(), ["a", "b"]);
    assert_eq!(read.asked.len(), 1);
}

#[tokio::test]
async fn a_token_that_leads_nowhere_is_refused() {
    for answers in [
        vec![page(&["a"], Some("t1"))],
        vec![r#"{"Items":[],"NextToken":7}"#.to_owned()],
        vec![r#"{"Items":[],"NextToken":{}}"#.to_owned()],
    ] {
        let read = read(vec![statement()], None, answers.clone()).await;
        let fault = read.ids.unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::InvalidResponse, "{answers:?}");
        assert!(fault.message.contains("token"), "{fault}");
    }
}

#[test]
fn the_text_of_a_statement_is_not_shown() {
    let text = format!("{:?}", statement());
    assert!(
        !text.contains("SELECT") && text.contains("orders"),
        "{text}"
    );
}
