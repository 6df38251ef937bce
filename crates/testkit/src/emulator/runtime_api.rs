//! The Runtime API, as one process sees it (Lambda developer guide, "Using the Lambda runtime API").

use std::sync::Arc;

use bytes::{Bytes, BytesMut};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use uuid::Uuid;

use super::process::{Posted, Process};
use super::{MAX_RESPONSE_BYTES, fault};
use crate::clock;
use crate::fault::{Body, Dialect, Fault, Faults, spoil};

const PREFIX: &str = "/2018-06-01/runtime/";

/// Answers one request of the process, unless it meets a fault. One that is refused, or whose connection is closed, does nothing.
pub(super) async fn answer(
    process: Arc<Process>,
    faults: Arc<Faults>,
    request: Request<Incoming>,
) -> Response<Body> {
    let path = request.uri().path();
    let operation = path.rsplit('/').next().unwrap_or_default();
    let fault = faults.next(operation);
    if let Some(refusal) = fault.and_then(|fault| fault.refusal(Dialect::RuntimeApi)) {
        return spoil(None, refusal).await;
    }
    if fault == Some(Fault::HangUp) {
        return spoil(fault, Response::new(Bytes::new())).await;
    }
    if let Some(fault) = fault {
        fault.dawdle().await;
    }
    let response = route(process, request).await;
    spoil(fault, response).await
}

async fn route(process: Arc<Process>, request: Request<Incoming>) -> Response<Bytes> {
    let path = request.uri().path().to_owned();
    let route = path.strip_prefix(PREFIX).unwrap_or_default();
    let parts: Vec<&str> = route.split('/').collect();
    match (request.method(), parts.as_slice()) {
        (&Method::GET, ["invocation", "next"]) => next(&process).await,
        (&Method::POST, ["invocation", request_id, "response"]) => {
            take_response(&process, request_id, request.into_body()).await
        }
        (&Method::POST, ["invocation", request_id, "error"]) => {
            let Some(body) = read(request.into_body()).await else {
                return broken_off();
            };
            let document = body.unwrap_or_else(fault::response_too_large);
            take(&process, request_id, Posted::Error(document))
        }
        (&Method::POST, ["init", "error"]) => {
            let Some(body) = read(request.into_body()).await else {
                return broken_off();
            };
            process.fail_init(body.unwrap_or_else(fault::response_too_large));
            accepted()
        }
        _ => reply(
            StatusCode::NOT_FOUND,
            Bytes::from_static(b"404 page not found"),
        ),
    }
}

async fn next(process: &Process) -> Response<Bytes> {
    let (request_id, payload) = process.next().await;
    let function = process.function();
    let now = clock::unix_millis();
    let timeout_millis = u64::try_from(function.timeout.as_millis()).unwrap_or(u64::MAX);
    let trace = Uuid::new_v4().simple().to_string();
    let trace_id = format!("Root=1-{:08x}-{};Sampled=0", now / 1000, &trace[..24]);
    let mut response = reply(StatusCode::OK, payload);
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: String| {
        // A function name with characters that no header can carry is the caller's own joke; the header is left out then.
        if let Ok(value) = HeaderValue::try_from(value) {
            headers.insert(name, value);
        }
    };
    set("lambda-runtime-aws-request-id", request_id);
    set(
        "lambda-runtime-deadline-ms",
        now.saturating_add(timeout_millis)
            .saturating_add_signed(function.clock_ahead_ms)
            .to_string(),
    );
    set("lambda-runtime-invoked-function-arn", function.arn());
    set("lambda-runtime-trace-id", trace_id);
    response
}

async fn take_response(process: &Process, request_id: &str, body: Incoming) -> Response<Bytes> {
    match read(body).await {
        Some(Some(body)) => take(process, request_id, Posted::Response(body)),
        Some(None) if process.post(request_id, Posted::ResponseTooLarge) => {
            reply(StatusCode::PAYLOAD_TOO_LARGE, fault::entity_too_large())
        }
        Some(None) => reply(StatusCode::BAD_REQUEST, fault::invalid_request_id()),
        None => broken_off(),
    }
}

fn take(process: &Process, request_id: &str, posted: Posted) -> Response<Bytes> {
    if process.post(request_id, posted) {
        accepted()
    } else {
        reply(StatusCode::BAD_REQUEST, fault::invalid_request_id())
    }
}

/// The whole body, `Some(None)` if it is above the limit, none if it broke off.
///
/// What is above the limit is read all the same: a client that is still writing would not see the answer.
async fn read(mut body: Incoming) -> Option<Option<Bytes>> {
    let mut read = BytesMut::new();
    let mut length = 0;
    while let Some(frame) = body.frame().await {
        let Ok(data) = frame.ok()?.into_data() else {
            continue;
        };
        length += data.len();
        if length <= MAX_RESPONSE_BYTES {
            read.extend_from_slice(&data);
        }
    }
    Some((length <= MAX_RESPONSE_BYTES).then(|| read.freeze()))
}

fn accepted() -> Response<Bytes> {
    reply(
        StatusCode::ACCEPTED,
        Bytes::from_static(br#"{"status":"OK"}"#),
    )
}

fn broken_off() -> Response<Bytes> {
    reply(
        StatusCode::BAD_REQUEST,
        fault::refusal("the request's body broke off"),
    )
}

fn reply(status: StatusCode, body: Bytes) -> Response<Bytes> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
