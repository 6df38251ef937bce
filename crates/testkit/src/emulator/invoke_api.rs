//! The Invoke API, as callers and SDKs see it (Lambda API reference, "Invoke").

use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderName, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};

use super::pool::Pool;
use super::{InvokeOutcome, fault};
use crate::percent;

const FUNCTIONS: &str = "/2015-03-31/functions/";
/// The most that is read of a request: above the limit so that the caller gets to see the refusal.
const READ_BYTES: usize = 64 << 20;

/// Answers one request.
pub(super) async fn answer(pool: Arc<Pool>, request: Request<Incoming>) -> Response<Full<Bytes>> {
    let path = request.uri().path();
    let name = path
        .strip_prefix(FUNCTIONS)
        .and_then(|rest| rest.strip_suffix("/invocations"));
    let Some(name) = name.filter(|_| request.method() == Method::POST) else {
        return refuse(
            StatusCode::NOT_FOUND,
            "UnknownOperationException",
            "no such operation",
        );
    };
    // SDKs send an ARN's colons as `%3A`.
    let name = percent::decode(name);
    if function_name(&name) != pool.function().name {
        let message = format!("Function not found: {name}");
        return refuse(StatusCode::NOT_FOUND, "ResourceNotFoundException", &message);
    }
    let kind = text(request.headers(), "x-amz-invocation-type").unwrap_or("RequestResponse");
    if kind != "RequestResponse" {
        let message = format!("invocation type {kind} is not emulated");
        return refuse(
            StatusCode::BAD_REQUEST,
            "InvalidParameterValueException",
            &message,
        );
    }
    let wants_log = text(request.headers(), "x-amz-log-type") == Some("Tail");
    let outcome = match Limited::new(request.into_body(), READ_BYTES)
        .collect()
        .await
    {
        Ok(body) => pool.invoke(body.to_bytes()).await,
        Err(error) if error.is::<LengthLimitError>() => refused_size(),
        Err(_) => {
            let message = "Could not read the request body";
            return refuse(
                StatusCode::BAD_REQUEST,
                "InvalidRequestContentException",
                message,
            );
        }
    };
    respond(outcome, wants_log)
}

/// What the Invoke API answers for an outcome.
pub(crate) fn respond(outcome: InvokeOutcome, wants_log: bool) -> Response<Full<Bytes>> {
    if outcome.status == StatusCode::PAYLOAD_TOO_LARGE {
        let body = outcome.payload;
        return refusal(
            StatusCode::PAYLOAD_TOO_LARGE,
            "RequestTooLargeException",
            body,
        );
    }
    let mut response = Response::new(Full::new(outcome.payload));
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let mut set = |name: &'static str, value: &str| {
        let value = HeaderValue::from_str(value).expect("ids and base64 are ASCII");
        headers.insert(HeaderName::from_static(name), value);
    };
    set("x-amzn-requestid", &uuid::Uuid::new_v4().to_string());
    set("x-amz-executed-version", "$LATEST");
    if let Some(error) = &outcome.function_error {
        set("x-amz-function-error", error);
    }
    if let (Some(tail), true) = (&outcome.log_tail, wants_log) {
        set(
            "x-amz-log-result",
            &base64_simd::STANDARD.encode_to_string(tail),
        );
    }
    response
}

/// The function's name in a name, a partial or a whole ARN, each with or without a qualifier.
fn function_name(given: &str) -> &str {
    let parts: Vec<&str> = given.split(':').collect();
    let named = parts
        .iter()
        .position(|part| *part == "function")
        .and_then(|at| parts.get(at + 1));
    named.copied().unwrap_or(parts[0])
}

fn text<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn refused_size() -> InvokeOutcome {
    let status = StatusCode::PAYLOAD_TOO_LARGE.as_u16();
    InvokeOutcome {
        status,
        function_error: None,
        payload: fault::request_too_large(),
        log_tail: None,
    }
}

fn refuse(status: StatusCode, kind: &'static str, message: &str) -> Response<Full<Bytes>> {
    refusal(status, kind, fault::refusal(message))
}

fn refusal(status: StatusCode, kind: &'static str, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    headers.insert(
        HeaderName::from_static("x-amzn-errortype"),
        HeaderValue::from_static(kind),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::function_name;

    #[test]
    fn a_function_is_found_by_name_and_by_arn() {
        for given in [
            "orders",
            "orders:live",
            "123456789012:function:orders",
            "arn:aws:lambda:us-east-1:123456789012:function:orders",
            "arn:aws:lambda:us-east-1:123456789012:function:orders:$LATEST",
        ] {
            assert_eq!(function_name(given), "orders", "{given}");
        }
    }
}
