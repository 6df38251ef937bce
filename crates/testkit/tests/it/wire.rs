//! One POST over HTTP, for what an SDK would hide: headers, and bodies that break off.

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::{Request, Response};
use hyper_util::client::legacy::Client;
use hyper_util::rt::TokioExecutor;

/// The answer, or why its body could not be read to the end.
pub(crate) async fn post(
    url: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> Result<Response<Bytes>, hyper::Error> {
    let mut request = Request::post(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let client = Client::builder(TokioExecutor::new()).build_http();
    let response = client
        .request(request.body(Full::new(body)).unwrap())
        .await
        .unwrap();
    let (head, body) = response.into_parts();
    Ok(Response::from_parts(head, body.collect().await?.to_bytes()))
}

/// A call of DynamoDB, unsigned in all but form.
pub(crate) async fn call(
    endpoint: &str,
    operation: &str,
    request: &serde_json::Value,
) -> Result<Response<Bytes>, hyper::Error> {
    let target = format!("DynamoDB_20120810.{operation}");
    let signature = "AWS4-HMAC-SHA256 Credential=a/20250101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=b";
    let headers = [
        ("content-type", "application/x-amz-json-1.0"),
        ("x-amz-date", "20250101T000000Z"),
        ("authorization", signature),
        ("x-amz-target", target.as_str()),
    ];
    post(endpoint, &headers, request.to_string().into()).await
}

/// Checks that the answer's checksum is that of its body.
#[track_caller]
pub(crate) fn has_its_checksum(answer: &Response<Bytes>) {
    let crc32 = crc32fast::hash(answer.body()).to_string();
    assert_eq!(answer.headers()["x-amz-crc32"], crc32.as_str());
}
