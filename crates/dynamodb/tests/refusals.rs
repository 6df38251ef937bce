//! What DynamoDB refuses, in words: a server that gives one answer to every call.
#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

mod server;

use athena_dynamodb::api::{PageRequest, Pages, Statement};
use athena_dynamodb::catalog::Tables;
use athena_federation::clock::SystemClock;
use athena_federation::{Call, Fault};
use athena_protocol::wire::SourceErrorCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::net::TcpListener;

/// Gives each call the same answer.
async fn server(
    status: &'static str,
    body: &'static str,
) -> (aws_sdk_dynamodb::Client, Arc<server::Asked>) {
    server_with("", status, body).await
}

/// The same with further headers, each ended by a line break.
async fn server_with(
    headers: &'static str,
    status: &'static str,
    body: &'static str,
) -> (aws_sdk_dynamodb::Client, Arc<server::Asked>) {
    server::answering(headers, status, vec![body.to_owned()]).await
}

/// No role is assumed here.
fn sts() -> aws_sdk_sts::Client {
    use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
    let config = aws_sdk_sts::Config::builder().behavior_version(BehaviorVersion::latest());
    aws_sdk_sts::Client::from_conf(config.region(Region::new("us-east-1")).build())
}

fn call() -> Call {
    Call::lasting(Duration::from_millis(300), Arc::new(SystemClock))
}

async fn refused(status: &'static str, body: &'static str) -> (Fault, usize) {
    let (client, calls) = server(status, body).await;
    let request = PageRequest {
        table: "orders".to_owned(),
        ..PageRequest::default()
    };
    let fault = Pages::new(client, &call())
        .page(&request, None)
        .await
        .unwrap_err();
    (fault, calls.bodies().len())
}

#[tokio::test]
async fn a_missing_permission_is_named_with_the_action_to_allow() {
    let body = r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"User: arn:aws:sts::1:assumed-role/r is not authorized to perform: dynamodb:Scan"}"#;
    let (fault, calls) = refused("400 Bad Request", body).await;
    assert_eq!(fault.code, SourceErrorCode::AccessDenied);
    assert!(
        fault
            .to_string()
            .contains("allow dynamodb:Scan on table `orders`"),
        "{fault}"
    );
    assert_eq!(calls, 1, "a refusal is not asked again");
}

#[tokio::test]
async fn what_a_statement_may_not_or_does_not_find_is_named_as_far_as_it_is_known() {
    let denied =
        r#"{"__type":"com.amazon.coral.service#AccessDeniedException","Message":"not authorized"}"#;
    let missing = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#;
    let (access, entity) = (
        SourceErrorCode::AccessDenied,
        SourceErrorCode::EntityNotFound,
    );
    for (body, table, code, words) in [
        (
            denied,
            "orders",
            access,
            "allow dynamodb:PartiQLSelect on table `orders`",
        ),
        (denied, "", access, "allow dynamodb:PartiQLSelect to the"),
        (missing, "orders", entity, "table `orders` does not exist"),
        (
            missing,
            "",
            entity,
            "ExecuteStatement with ResourceNotFoundException: Requested",
        ),
    ] {
        let (client, _) = server("400 Bad Request", body).await;
        let statement = Statement {
            text: "SELECT secret".to_owned(),
            table: table.to_owned(),
            ..Statement::default()
        };
        let pages = Pages::new(client, &call());
        let fault = pages.statement(&statement, None).await.unwrap_err();
        assert_eq!(fault.code, code);
        let text = fault.to_string();
        assert!(text.contains(words) && !text.contains("secret"), "{text}");
    }
}

#[tokio::test]
async fn a_missing_table_is_named() {
    let body = r#"{"__type":"com.amazonaws.dynamodb.v20120810#ResourceNotFoundException","message":"Requested resource not found"}"#;
    let (fault, _) = refused("400 Bad Request", body).await;
    assert_eq!(fault.code, SourceErrorCode::EntityNotFound);
    assert!(fault.message.contains("`orders` does not exist"), "{fault}");
}

#[tokio::test]
async fn used_up_capacity_is_asked_for_again_until_time_is_up() {
    for code in [
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "LimitExceededException",
        "ThrottlingException",
    ] {
        let body = format!(
            r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"slow down"}}"#
        );
        let (client, calls) = server("400 Bad Request", body.leak()).await;
        let request = PageRequest {
            table: "orders".to_owned(),
            ..PageRequest::default()
        };
        let call = call();
        let pages = Pages::new(client.clone(), &call);
        let fault = pages.page(&request, None).await.unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::Throttling);
        for words in [code, "Scan on table `orders`", "time is almost up"] {
            assert!(fault.message.contains(words), "{fault}");
        }
        // 10, 20, 40, 80 ms; the SDK would wait far longer, and would hide half of the throttles.
        let made = calls.bodies().len();
        assert!((2..=6).contains(&made), "{made} calls");
        assert_eq!(call.metrics.throttles.get(), made as u64);
        assert!(call.metrics.throttled_ms.get() > 0);

        let key = PageRequest {
            key_condition: Some("id = :id".to_owned()),
            ..request
        };
        let pages = Pages::new(client.clone(), &self::call());
        assert_eq!(
            pages.page(&key, None).await.unwrap_err().code,
            SourceErrorCode::Throttling
        );
        let tables = Tables::new(client, sts(), Arc::new(SystemClock));
        for fault in [
            tables.describe("orders", &self::call()).await.map(drop),
            tables.all(&self::call()).await.map(drop),
        ] {
            assert_eq!(fault.unwrap_err().code, SourceErrorCode::Throttling);
        }
    }
}

#[tokio::test]
async fn bad_credentials_are_told_from_bad_permissions() {
    let body = r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"The security token included in the request is invalid."}"#;
    let (fault, _) = refused("400 Bad Request", body).await;
    assert_eq!(fault.code, SourceErrorCode::InvalidCredentials);
}

#[tokio::test]
async fn an_endpoint_without_a_server_is_said_to_be_unreachable() {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let tables = Tables::new(server::client(&endpoint), sts(), Arc::new(SystemClock));
    let fault = tables.describe("orders", &call()).await.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::InternalService);
    assert!(
        fault
            .to_string()
            .contains("cannot be reached for DescribeTable on table `orders`"),
        "{fault}"
    );
}

#[tokio::test]
async fn a_page_that_is_no_json_is_not_taken_for_an_empty_one() {
    let (client, _) = server("200 OK", "<html>").await;
    let request = PageRequest {
        table: "orders".to_owned(),
        ..PageRequest::default()
    };
    let page = Pages::new(client, &call())
        .page(&request, None)
        .await
        .unwrap();
    assert!(athena_dynamodb::read::PageTail::of(&page).is_err());
}

#[tokio::test]
async fn a_page_with_a_wrong_checksum_is_asked_for_again_and_then_refused() {
    let (client, calls) = server_with("x-amz-crc32: 1\r\n", "200 OK", r#"{"Items":[]}"#).await;
    let request = PageRequest {
        table: "orders".to_owned(),
        ..PageRequest::default()
    };
    let fault = Pages::new(client, &call())
        .page(&request, None)
        .await
        .unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::InvalidResponse);
    assert!(fault.message.contains("checksum"), "{fault}");
    assert_eq!(calls.bodies().len(), 5);
}

#[tokio::test]
async fn a_page_with_the_right_checksum_is_taken_as_it_is() {
    // CRC-32 of the eleven bytes, as zlib computes it.
    let (client, calls) =
        server_with("x-amz-crc32: 1093783883\r\n", "200 OK", r#"{"Count":0}"#).await;
    let request = PageRequest {
        table: "orders".to_owned(),
        ..PageRequest::default()
    };
    let page = Pages::new(client, &call())
        .page(&request, None)
        .await
        .unwrap();
    assert_eq!(page.as_ref(), br#"{"Count":0}"#);
    assert_eq!(calls.bodies().len(), 1);
}

#[tokio::test]
async fn each_error_of_the_service_has_its_kind() {
    for (status, code, kind) in [
        (
            "400 Bad Request",
            "ValidationException",
            SourceErrorCode::InvalidInput,
        ),
        (
            "400 Bad Request",
            "ExpiredTokenException",
            SourceErrorCode::InvalidCredentials,
        ),
        (
            "400 Bad Request",
            "InvalidSignatureException",
            SourceErrorCode::InvalidCredentials,
        ),
        (
            "400 Bad Request",
            "MissingAuthenticationTokenException",
            SourceErrorCode::InvalidCredentials,
        ),
        (
            "400 Bad Request",
            "IncompleteSignatureException",
            SourceErrorCode::InvalidCredentials,
        ),
        (
            "400 Bad Request",
            "ResourceNotFoundException",
            SourceErrorCode::EntityNotFound,
        ),
        (
            "400 Bad Request",
            "AccessDeniedException",
            SourceErrorCode::AccessDenied,
        ),
        (
            "500 Internal Server Error",
            "InternalServerError",
            SourceErrorCode::InternalService,
        ),
        (
            "503 Service Unavailable",
            "ServiceUnavailable",
            SourceErrorCode::InternalService,
        ),
        (
            "400 Bad Request",
            "NewerThanThis",
            SourceErrorCode::InvalidInput,
        ),
    ] {
        let body =
            format!(r#"{{"__type":"com.amazonaws.dynamodb.v20120810#{code}","message":"m"}}"#);
        let (fault, _) = refused(status, body.leak()).await;
        assert_eq!(fault.code, kind, "{code}: {fault}");
    }
}
