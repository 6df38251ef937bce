//! Items by their keys against an embedded DynamoDB: the answers are its own.

use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use athena_dynamodb::api::{BatchGet, Key, Pages, Part};
use athena_dynamodb::read::PageDecoder;
use athena_dynamodb::read::stream::Read;
use athena_federation::Call;
use athena_federation::clock::SystemClock;
use athena_protocol::predicate::Predicate;
use athena_testkit::LocalAws;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::TryStreamExt;
use serde_json::{Value, json};
use std::num::NonZeroUsize;
use std::sync::Arc;
use std::time::Duration;

use crate::stack::{NewTable, key};

/// Reads the items of `ids` with the columns `id` and `text`, and gives the rows in the order of the ids.
async fn read(aws: &LocalAws, ids: &[String]) -> (Vec<(String, usize)>, Call) {
    let call = Call::lasting(Duration::from_mins(1), Arc::new(SystemClock));
    let keys = ids
        .iter()
        .map(|id| Key::from([("id".to_owned(), AttributeValue::S(id.clone()))]));
    let batch = BatchGet {
        table: "items".to_owned(),
        keys: keys.collect(),
        projection: Some("#0, #1".to_owned()),
        names: [("#0", "id"), ("#1", "text")]
            .map(|(alias, name)| (alias.to_owned(), name.to_owned()))
            .into(),
        consistent: true,
    };
    let fields = ["id", "text"].map(|name| Field::new(name, DataType::Utf8, true));
    let schema = Arc::new(Schema::new(fields.to_vec()));
    let names = [vec!["id".to_owned()], vec!["text".to_owned()]];
    let read = Read {
        pages: Pages::new(aws.dynamodb.client(), &call),
        parts: vec![Part::Batch(batch)],
        streams: NonZeroUsize::MIN,
        decoder: PageDecoder::new(schema, &names).unwrap(),
        predicate: Predicate::Unknown,
        pace: None,
        limit: None,
        refuse_mismatches: false,
        metrics: call.metrics.clone(),
    };
    let batches: Vec<RecordBatch> = read.start().try_collect().await.unwrap();
    let mut rows: Vec<(String, usize)> = Vec::new();
    for batch in &batches {
        let ids = batch.column(0).as_string::<i32>().iter();
        let texts = batch.column(1).as_string::<i32>().iter();
        rows.extend(
            ids.zip(texts)
                .map(|(id, text)| (id.unwrap().to_owned(), text.unwrap().len())),
        );
    }
    rows.sort();
    (rows, call)
}

fn id(number: usize) -> String {
    format!("i{number:03}")
}

async fn with_items(count: usize, bytes: usize) -> LocalAws {
    let aws = LocalAws::start().await.unwrap();
    let items: Vec<Value> = (0..count)
        .map(|number| json!({"id": {"S": id(number)}, "text": {"S": "x".repeat(bytes)}, "more": {"N": "1"}}))
        .collect();
    NewTable::named("items", &[key("id", "S")])
        .load(&aws, &items)
        .await;
    aws
}

#[tokio::test]
async fn each_key_with_an_item_is_one_row_a_hundred_keys_a_call() {
    let aws = with_items(150, 10).await;
    let ids: Vec<String> = (0..230).map(id).collect();
    let (rows, call) = read(&aws, &ids).await;
    let expected: Vec<_> = (0..150).map(|number| (id(number), 10)).collect();
    assert_eq!(rows, expected);
    assert_eq!(aws.dynamodb.count("BatchGetItem"), 3);
    assert_eq!(call.metrics.pages.get(), 3);
    // One unit for each key, whether there is an item or not.
    assert_eq!(call.metrics.milli_capacity.get(), 230_000);
    assert_eq!(call.metrics.throttles.get(), 0);
}

#[tokio::test]
async fn keys_left_because_an_answer_would_be_too_large_are_asked_for_without_a_pause() {
    let aws = with_items(50, 390_000).await;
    let ids: Vec<String> = (0..50).map(id).collect();
    let (rows, call) = read(&aws, &ids).await;
    let expected: Vec<_> = (0..50).map(|number| (id(number), 390_000)).collect();
    assert_eq!(rows, expected);
    assert_eq!(aws.dynamodb.count("BatchGetItem"), 2, "16 MB, and the rest");
    assert_eq!(
        call.metrics.throttles.get(),
        0,
        "nobody asked for fewer calls"
    );
}

#[tokio::test]
async fn an_answer_that_broke_off_is_asked_for_again() {
    let aws = with_items(20, 1000).await;
    aws.dynamodb
        .fail_next("BatchGetItem", 2, athena_testkit::dynamodb::Fault::Truncate);
    aws.dynamodb
        .fail_next("BatchGetItem", 1, athena_testkit::dynamodb::Fault::Throttle);
    let ids: Vec<String> = (0..20).map(id).collect();
    let (rows, call) = read(&aws, &ids).await;
    assert_eq!(rows.len(), 20);
    assert_eq!(aws.dynamodb.count("BatchGetItem"), 4);
    assert_eq!(call.metrics.throttles.get(), 1);
    assert_eq!(call.metrics.pages.get(), 1);
}
