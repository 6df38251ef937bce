//! The embedded DynamoDB and its front.

use std::time::Duration;

use athena_testkit::DynamoDb;
use athena_testkit::dynamodb::Fault;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use serde_json::json;

use crate::wire;

/// A DynamoDB with the table `table` of one item, and a client that does not try again.
async fn with_a_table() -> (DynamoDb, Client) {
    let dynamodb = DynamoDb::start().await.unwrap();
    let config = dynamodb
        .client()
        .config()
        .to_builder()
        .retry_config(RetryConfig::disabled())
        .build();
    let client = Client::from_conf(config);
    let id = AttributeDefinition::builder()
        .attribute_name("id")
        .attribute_type(ScalarAttributeType::S);
    let key = KeySchemaElement::builder()
        .attribute_name("id")
        .key_type(KeyType::Hash);
    let create = client
        .create_table()
        .table_name("table")
        .billing_mode(BillingMode::PayPerRequest);
    let create = create
        .attribute_definitions(id.build().unwrap())
        .key_schema(key.build().unwrap());
    create.send().await.unwrap();
    let put = client
        .put_item()
        .table_name("table")
        .item("id", AttributeValue::S("a".to_owned()));
    put.item("text", AttributeValue::S("x".repeat(5000)))
        .send()
        .await
        .unwrap();
    dynamodb.reset();
    (dynamodb, client)
}

async fn scan(client: &Client) -> Result<i32, String> {
    match client.scan().table_name("table").send().await {
        Ok(page) => Ok(page.count()),
        Err(SdkError::ServiceError(error)) => Err(error.err().code().unwrap().to_owned()),
        Err(error) => Err(format!("{error:?}")),
    }
}

#[tokio::test]
async fn calls_are_recorded_with_operation_table_status_and_bytes() {
    let (dynamodb, client) = with_a_table().await;
    scan(&client).await.unwrap();
    client
        .scan()
        .table_name("missing")
        .send()
        .await
        .unwrap_err();
    client.list_tables().send().await.unwrap();
    let calls = dynamodb.calls();
    let seen: Vec<_> = calls
        .iter()
        .map(|call| (call.operation.as_str(), call.table.as_deref(), call.status))
        .collect();
    let expected = [
        ("Scan", Some("table"), 200),
        ("Scan", Some("missing"), 400),
        ("ListTables", None, 200),
    ];
    assert_eq!(seen, expected);
    assert!(
        calls[0].response_bytes > 5000,
        "{}",
        calls[0].response_bytes
    );
    assert_eq!(calls[0].request, r#"{"TableName":"table"}"#);
    assert_eq!((dynamodb.count("Scan"), dynamodb.count("Query")), (2, 0));
    dynamodb.reset();
    assert_eq!(dynamodb.count("Scan"), 0);
    assert_eq!(scan(&client).await, Ok(1));
}

#[tokio::test]
async fn answers_carry_the_checksum_of_their_body() {
    let (dynamodb, _) = with_a_table().await;
    let url = dynamodb.endpoint();
    let answer = wire::call(&url, "Scan", &json!({ "TableName": "table" }))
        .await
        .unwrap();
    assert_eq!(answer.status(), 200, "{:?}", answer.body());
    wire::has_its_checksum(&answer);
    assert_eq!(dynamodb.calls()[0].response_bytes, answer.body().len());
    let answer = wire::call(&url, "Scan", &json!({ "TableName": "missing" }))
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    wire::has_its_checksum(&answer);
}

#[tokio::test]
async fn faults_come_in_their_order_and_for_their_operation_only() {
    let (dynamodb, client) = with_a_table().await;
    dynamodb.fail_next("Scan", 2, Fault::Throttle);
    dynamodb.fail_next("Scan", 1, Fault::InternalError);
    client.list_tables().send().await.unwrap();
    let throttled = Err("ProvisionedThroughputExceededException".to_owned());
    assert_eq!(scan(&client).await, throttled);
    assert_eq!(scan(&client).await, throttled);
    assert_eq!(scan(&client).await, Err("InternalServerError".to_owned()));
    assert_eq!(scan(&client).await, Ok(1));
    let statuses: Vec<_> = dynamodb.calls().iter().map(|call| call.status).collect();
    assert_eq!(statuses, [200, 400, 400, 500, 200]);
}

#[tokio::test]
async fn a_client_that_tries_again_gets_over_a_fault() {
    let (dynamodb, _) = with_a_table().await;
    dynamodb.fail_next("Scan", 1, Fault::InternalError);
    assert_eq!(scan(&dynamodb.client()).await, Ok(1));
    assert_eq!(dynamodb.count("Scan"), 2);
}

#[tokio::test]
async fn a_cut_answer_promises_more_than_it_sends() {
    let (dynamodb, _) = with_a_table().await;
    dynamodb.fail_next("Scan", 1, Fault::Truncate);
    let url = dynamodb.endpoint();
    let request = json!({ "TableName": "table" });
    assert!(wire::call(&url, "Scan", &request).await.is_err());
    let whole = wire::call(&url, "Scan", &request).await.unwrap();
    let sent: Vec<_> = dynamodb
        .calls()
        .iter()
        .map(|call| call.response_bytes)
        .collect();
    assert_eq!(sent, [whole.body().len() / 2, whole.body().len()]);
}

#[tokio::test]
async fn a_late_answer_is_the_true_one() {
    let (dynamodb, client) = with_a_table().await;
    dynamodb.fail_next("Scan", 1, Fault::Delay(Duration::from_hours(1)));
    {
        let late = scan(&client);
        let soon = tokio::time::timeout(Duration::from_millis(50), late).await;
        assert!(soon.is_err());
    }
    dynamodb.fail_next("Scan", 1, Fault::Delay(Duration::from_millis(1)));
    assert_eq!(scan(&client).await, Ok(1));
}
