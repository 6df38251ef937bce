//! The answers of the AWS JSON protocol: of version 1.0, which DynamoDB speaks, with checksums; of version 1.1; and errors of both.

use bytes::Bytes;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Response, StatusCode};
use serde_json::{Value, json};

/// The header that names the operation.
const TARGET: &str = "x-amz-target";
/// CRC32 of the body as sent, in decimal digits.
pub(crate) const CRC32: HeaderName = HeaderName::from_static("x-amz-crc32");

/// The operation that a request asks for, `Scan` of `DynamoDB_20120810.Scan`.
pub(crate) fn operation(headers: &HeaderMap) -> &str {
    let target = headers
        .get(TARGET)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default();
    target
        .rsplit_once('.')
        .map_or(target, |(_, operation)| operation)
}

/// An answer's head for a body of `length` bytes with checksum `crc32`.
pub(crate) fn head(status: StatusCode, length: u64, crc32: u32) -> Response<()> {
    let mut response = Response::new(());
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(
        CONTENT_TYPE,
        HeaderValue::from_static("application/x-amz-json-1.0"),
    );
    headers.insert(CONTENT_LENGTH, length.into());
    headers.insert(CRC32, crc32.into());
    let request_id = uuid::Uuid::new_v4().to_string();
    let request_id = HeaderValue::try_from(request_id).expect("a UUID has ASCII characters only");
    headers.insert(HeaderName::from_static("x-amzn-requestid"), request_id);
    response
}

/// An answer with the whole body in hand.
pub(crate) fn answer(status: StatusCode, body: Bytes) -> Response<Bytes> {
    head(status, body.len() as u64, crc32fast::hash(&body)).map(|()| body)
}

/// An error of DynamoDB, by its name in the service's model.
pub(crate) fn fault(status: StatusCode, kind: &str, message: &str) -> Response<Bytes> {
    let body =
        json!({ "__type": format!("com.amazonaws.dynamodb.v20120810#{kind}"), "message": message });
    answer(status, body.to_string().into())
}

/// An answer in version 1.1 of the protocol, which the younger services speak.
pub(crate) fn answer_1_1(status: StatusCode, body: &Value) -> Response<Bytes> {
    let mut response = answer(status, body.to_string().into());
    let version = HeaderValue::from_static("application/x-amz-json-1.1");
    response.headers_mut().insert(CONTENT_TYPE, version);
    response
}

/// An error in that version, by its name in the service's model.
pub(crate) fn refuse_1_1(status: StatusCode, kind: &str, message: &str) -> Response<Bytes> {
    answer_1_1(status, &json!({"__type": kind, "Message": message}))
}

/// What DynamoDB says when a table's capacity is used up.
pub(crate) fn throttled() -> Response<Bytes> {
    let kind = "ProvisionedThroughputExceededException";
    fault(StatusCode::BAD_REQUEST, kind, THROTTLED)
}

/// The same as text.
pub(crate) const THROTTLED: &str = "The level of configured provisioned throughput for the table was exceeded. \
                                    Consider increasing your provisioning level with the UpdateTable API.";
