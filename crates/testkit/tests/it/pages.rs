//! The canned pages.

use std::collections::{BTreeSet, HashMap};

use athena_testkit::Pages;
use athena_testkit::pages::{Builder, Counts, Shape};
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::types::AttributeValue;
use futures::future::join_all;
use serde_json::json;

use crate::wire;

type Key = HashMap<String, AttributeValue>;

/// Small pages, since the tests are not optimised.
fn small() -> Builder {
    Pages::builder()
        .table("orders")
        .pages(10)
        .page_bytes(20_000)
}

fn ids(items: &[Key]) -> impl Iterator<Item = String> {
    items.iter().map(|item| item["id"].as_s().unwrap().clone())
}

/// All ids of a segment, in their order, and how many calls it took.
async fn scan(
    client: &Client,
    segment: Option<(i32, i32)>,
    limit: Option<i32>,
) -> (Vec<String>, usize) {
    let (mut found, mut calls, mut start) = (Vec::new(), 0, None);
    loop {
        let scan = client
            .scan()
            .table_name("orders")
            .set_exclusive_start_key(start);
        let scan = scan.set_segment(segment.map(|segment| segment.0));
        let scan = scan
            .set_total_segments(segment.map(|segment| segment.1))
            .set_limit(limit);
        let page = scan.send().await.unwrap();
        calls += 1;
        assert_eq!(usize::try_from(page.count()).unwrap(), page.items().len());
        assert_eq!(page.count(), page.scanned_count());
        found.extend(ids(page.items()));
        let Some(key) = page.last_evaluated_key else {
            return (found, calls);
        };
        // Repeated pages keep the ids of the page they repeat, so the item's number alone is compared.
        let item = |id: &String| id.split('-').next_back().unwrap().to_owned();
        assert_eq!(item(key["id"].as_s().unwrap()), item(found.last().unwrap()));
        start = Some(key);
    }
}

#[tokio::test]
async fn a_scan_ends_after_every_item_was_there_once() {
    let pages = small().start().await.unwrap();
    let (ids, calls) = scan(&pages.client(), None, None).await;
    assert_eq!((ids.len() as u64, calls), (pages.items(), 10));
    assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len());
    let counts = pages.counts();
    assert_eq!((counts.scan, counts.query, counts.throttled), (10, 0, 0));
    // The rest is what surrounds the items.
    assert!(
        (0..2000).contains(&(counts.bytes - pages.json_bytes())),
        "{counts:?}"
    );
}

#[tokio::test]
async fn segments_are_disjoint_and_complete() {
    let pages = small().start().await.unwrap();
    let client = pages.client();
    for total in [1, 3, 10, 16] {
        let segments = (0..total).map(|segment| scan(&client, Some((segment, total)), None));
        let ids: Vec<String> = join_all(segments)
            .await
            .into_iter()
            .flat_map(|(ids, _)| ids)
            .collect();
        assert_eq!(ids.len() as u64, pages.items(), "{total} segments");
        assert_eq!(
            ids.iter().collect::<BTreeSet<_>>().len(),
            ids.len(),
            "{total} segments"
        );
    }
}

#[tokio::test]
async fn a_limit_cuts_pages_and_loses_nothing() {
    let pages = small().pages(3).start().await.unwrap();
    let client = pages.client();
    let (whole, _) = scan(&client, None, None).await;
    for limit in [1, 7, 1000] {
        let (cut, calls) = scan(&client, None, Some(limit)).await;
        assert_eq!(cut, whole, "limit {limit}");
        assert!(
            limit == 1000 || calls > 3,
            "{calls} calls with limit {limit}"
        );
    }
}

#[tokio::test]
async fn a_statement_goes_through_all_pages_with_its_token() {
    let pages = small().pages(3).start().await.unwrap();
    let client = pages.client();
    let (whole, _) = scan(&client, None, None).await;
    let (mut found, mut token) = (Vec::new(), None);
    loop {
        let page = client
            .execute_statement()
            .statement("SELECT * FROM orders")
            .set_next_token(token)
            .send()
            .await
            .unwrap();
        found.extend(page.items.unwrap_or_default());
        token = page.next_token;
        if token.is_none() {
            break;
        }
    }
    assert!(ids(&found).eq(whole));
    assert_eq!(pages.counts().execute_statement, 3);
}

#[tokio::test]
async fn a_query_goes_through_all_pages() {
    let pages = small().start().await.unwrap();
    let query = pages
        .client()
        .query()
        .table_name("orders")
        .key_condition_expression("id = :id");
    let query = query.expression_attribute_values(":id", AttributeValue::S("any".to_owned()));
    let mut answers = query.into_paginator().send();
    let mut found = 0;
    while let Some(page) = answers.next().await {
        found += page.unwrap().items().len() as u64;
    }
    assert_eq!((found, pages.counts().query), (pages.items(), 10));
    let refused = pages.client().query().table_name("orders").send().await;
    assert!(
        refused
            .unwrap_err()
            .into_service_error()
            .to_string()
            .contains("ValidationException")
    );
}

#[tokio::test]
async fn a_body_has_its_fields_in_the_order_of_the_service_and_its_checksum() {
    let pages = small().pages(2).start().await.unwrap();
    let url = pages.endpoint();
    let call = async |request| wire::call(&url, "Scan", &request).await.unwrap();
    let fields = |answer: &hyper::Response<bytes::Bytes>| {
        wire::has_its_checksum(answer);
        let text = String::from_utf8(answer.body().to_vec()).unwrap();
        let begins =
            text.starts_with(r#"{"Count":"#) || text.starts_with(r#"{"ConsumedCapacity":"#);
        assert!(begins, "{}", &text[..40]);
        let names = [
            "ConsumedCapacity",
            "Count",
            "Items",
            "LastEvaluatedKey",
            "ScannedCount",
        ];
        let found = names
            .iter()
            .filter_map(|name| Some((text.find(&format!("\"{name}\":"))?, *name)));
        let found: Vec<_> = found.collect();
        assert!(found.is_sorted(), "{found:?}");
        found.into_iter().map(|(_, name)| name).collect::<Vec<_>>()
    };
    let first = call(json!({ "TableName": "orders" })).await;
    assert_eq!(
        fields(&first),
        ["Count", "Items", "LastEvaluatedKey", "ScannedCount"]
    );
    let last =
        json!({ "TableName": "orders", "ExclusiveStartKey": { "id": { "S": "p000000-99999" } } });
    assert_eq!(
        fields(&call(last).await),
        ["Count", "Items", "ScannedCount"]
    );
    let part = json!({ "TableName": "orders", "Limit": 3, "ReturnConsumedCapacity": "TOTAL" });
    assert_eq!(fields(&call(part).await).len(), 5);
}

#[tokio::test]
async fn a_page_in_gzip_counts_as_what_it_was_compressed_from_too() {
    let pages = small().pages(1).start().await.unwrap();
    let request = json!({ "TableName": "orders" });
    let plain = wire::call(&pages.endpoint(), "Scan", &request)
        .await
        .unwrap();
    let length = plain.body().len() as u64;
    let counts = pages.counts();
    assert_eq!((counts.bytes, counts.clear_bytes), (length, length));
    let headers = [
        ("x-amz-target", "DynamoDB_20120810.Scan"),
        ("accept-encoding", "gzip"),
    ];
    let sent = wire::post(&pages.endpoint(), &headers, request.to_string().into())
        .await
        .unwrap();
    let counts = pages.counts();
    assert_eq!((counts.clear_bytes, counts.compressed), (2 * length, 1));
    let sent = sent.body().len() as u64;
    assert!(sent < length && counts.bytes == length + sent, "{counts:?}");
}

#[tokio::test]
async fn the_consumed_capacity_is_that_of_the_bytes_read() {
    let pages = small().pages(1).start().await.unwrap();
    let scan = |consistent| {
        let scan = pages
            .client()
            .scan()
            .table_name("orders")
            .consistent_read(consistent);
        scan.return_consumed_capacity(aws_sdk_dynamodb::types::ReturnConsumedCapacity::Total)
            .send()
    };
    let units = async |consistent| {
        scan(consistent)
            .await
            .unwrap()
            .consumed_capacity
            .unwrap()
            .capacity_units
            .unwrap()
    };
    // 20,000 bytes are five times 4 KB.
    assert!((units(false).await - 2.5).abs() < 0.01);
    assert!((units(true).await - 5.0).abs() < 0.01);
}

#[tokio::test]
async fn the_table_is_described_and_listed() {
    let pages = small().start().await.unwrap();
    let client = pages.client();
    let table = client
        .describe_table()
        .table_name("orders")
        .send()
        .await
        .unwrap()
        .table
        .unwrap();
    assert_eq!(table.item_count(), Some(pages.items().cast_signed()));
    assert_eq!(
        table.table_size_bytes(),
        Some(pages.item_bytes().cast_signed())
    );
    assert_eq!(table.key_schema()[0].attribute_name(), "id");
    let tables = client.list_tables().send().await.unwrap();
    assert_eq!(tables.table_names(), ["orders"]);
    assert_eq!(tables.last_evaluated_table_name(), None);
    assert!(
        client
            .describe_table()
            .table_name("other")
            .send()
            .await
            .is_err()
    );
    let expected = Counts {
        list_tables: 1,
        describe_table: 2,
        ..Counts::default()
    };
    assert_eq!(
        Counts {
            bytes: 0,
            clear_bytes: 0,
            ..pages.counts()
        },
        expected
    );
}

#[tokio::test]
async fn each_third_call_is_throttled() {
    let pages = small().throttle_one_in(3).start().await.unwrap();
    let config = pages
        .client()
        .config()
        .to_builder()
        .retry_config(RetryConfig::disabled())
        .build();
    let client = Client::from_conf(config);
    for number in 1..=9 {
        let answer = client.scan().table_name("orders").send().await;
        assert_eq!(answer.is_err(), number % 3 == 0, "call {number}");
        if let Err(error) = answer {
            assert!(
                error
                    .into_service_error()
                    .is_provisioned_throughput_exceeded_exception()
            );
        }
    }
    assert_eq!(pages.counts().throttled, 3);
}

#[tokio::test]
async fn repeated_pages_count_as_pages_of_their_own() {
    let pages = small().pages(1000).distinct(2).start().await.unwrap();
    let client = pages.client();
    let (ids, calls) = scan(&client, Some((7, 20)), None).await;
    assert_eq!(calls, 50);
    assert_eq!(pages.items() / 1000, ids.len() as u64 / 50);
    let table = client
        .describe_table()
        .table_name("orders")
        .send()
        .await
        .unwrap()
        .table
        .unwrap();
    assert_eq!(table.item_count(), Some(pages.items().cast_signed()));
}

#[tokio::test]
async fn a_page_of_any_shape_holds_a_mebibyte_of_items() {
    for shape in [Shape::Mixed, Shape::Narrow, Shape::Wide, Shape::Nested] {
        let pages = Pages::builder()
            .shape(shape)
            .pages(1)
            .start()
            .await
            .unwrap();
        assert!(
            (1_040_000..=1_048_576).contains(&pages.item_bytes()),
            "{shape:?} {}",
            pages.item_bytes()
        );
        let page = pages
            .client()
            .scan()
            .table_name("pages")
            .send()
            .await
            .unwrap();
        assert_eq!(page.items().len() as u64, pages.items(), "{shape:?}");
        let mixed = shape == Shape::Mixed;
        assert!(
            !mixed || (1_350_000..1_600_000).contains(&pages.json_bytes()),
            "{}",
            pages.json_bytes()
        );
    }
}

#[tokio::test]
async fn equal_seeds_give_equal_pages() {
    let body = async |seed| {
        let pages = small().pages(1).seed(seed).start().await.unwrap();
        let answer = wire::call(&pages.endpoint(), "Scan", &json!({ "TableName": "orders" })).await;
        answer.unwrap().into_body()
    };
    assert_eq!(body(5).await, body(5).await);
    assert_ne!(body(5).await, body(6).await);
}
