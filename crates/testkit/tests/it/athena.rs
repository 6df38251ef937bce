//! The Athena, asked with nothing but HTTP.

use athena_testkit::Athena;
use athena_testkit::athena::{Fault, State};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// Status and body of the answer to a question for a query.
async fn ask(athena: &Athena, query_id: &str) -> (u16, Value) {
    let address = athena.endpoint();
    let address = address.strip_prefix("http://").unwrap();
    let mut stream = TcpStream::connect(address).await.unwrap();
    let body = json!({"QueryExecutionId": query_id}).to_string();
    let length = body.len();
    let request = format!(
        "POST / HTTP/1.1\r\nhost: {address}\r\nx-amz-target: AmazonAthena.GetQueryExecution\r\n\
         content-type: application/x-amz-json-1.1\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
    );
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.contains("application/x-amz-json-1.1"), "{head}");
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    (status, serde_json::from_str(body).unwrap())
}

#[tokio::test]
async fn a_query_has_the_state_that_was_set_and_others_are_not_known() {
    let athena = Athena::start().await.unwrap();
    athena.set_state("q", State::Running);
    let (status, body) = ask(&athena, "q").await;
    assert_eq!(status, 200);
    assert_eq!(body["QueryExecution"]["Status"]["State"], "RUNNING");
    athena.set_state("q", State::Cancelled);
    let (_, body) = ask(&athena, "q").await;
    assert_eq!(body["QueryExecution"]["Status"]["State"], "CANCELLED");
    let (status, body) = ask(&athena, "other").await;
    assert_eq!(
        (status, &body["__type"]),
        (400, &json!("InvalidRequestException"))
    );
    assert_eq!(athena.asked(), ["q", "q", "other"]);
    athena.was_asked(3).await;
}

#[tokio::test]
async fn calls_fail_as_asked_for_and_then_no_more() {
    let athena = Athena::start().await.unwrap();
    athena.set_state("q", State::Succeeded);
    for (fault, status, kind) in [
        (Fault::Throttle, 400, "TooManyRequestsException"),
        (Fault::AccessDenied, 400, "AccessDeniedException"),
        (Fault::InternalError, 500, "InternalServerException"),
    ] {
        athena.fail_next(1, fault);
        let (got, body) = ask(&athena, "q").await;
        assert_eq!((got, &body["__type"]), (status, &json!(kind)));
        assert_eq!(ask(&athena, "q").await.0, 200);
    }
}
