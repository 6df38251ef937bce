//! The documents that the service makes when a function gives none: timeouts, lost processes, payloads too large.

use std::time::Duration;

use bytes::Bytes;
use serde_json::json;

use super::{MAX_REQUEST_BYTES, MAX_RESPONSE_BYTES};
use crate::clock;

/// The sentence for an invocation that was stopped at the function's time limit, also logged.
pub(super) fn timed_out(request_id: &str, timeout: Duration) -> String {
    let at = clock::iso8601(clock::unix_millis());
    format!(
        "{at} {request_id} Task timed out after {:.2} seconds",
        timeout.as_secs_f64()
    )
}

/// The sentence for a process that ended when it should not have; `how` as in `exit status 1`, or none for a clean exit.
pub(super) fn exited(request_id: &str, how: Option<&str>) -> String {
    match how {
        Some(how) => format!("RequestId: {request_id} Error: Runtime exited with error: {how}"),
        None => format!("RequestId: {request_id} Error: Runtime exited without providing a reason"),
    }
}

/// The sentence for a process that never came to be.
pub(super) fn not_started(request_id: &str, why: &str) -> String {
    format!("RequestId: {request_id} Error: Runtime failed to start: {why}")
}

/// An error document with a message alone.
pub(super) fn message(message: &str) -> Bytes {
    json!({ "errorMessage": message }).to_string().into()
}

/// An error document of the type that lost processes get.
pub(super) fn exit_error(message: &str) -> Bytes {
    // Written by hand, for the service puts the type first here and last elsewhere.
    format!(
        r#"{{"errorType":"Runtime.ExitError","errorMessage":{}}}"#,
        json!(message)
    )
    .into()
}

/// What the caller gets for a response above the limit.
pub(super) fn response_too_large() -> Bytes {
    let message = format!(
        "Response payload size exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes)."
    );
    typed("Function.ResponseSizeTooLarge", &message)
}

/// What the function gets for a response above the limit.
pub(super) fn entity_too_large() -> Bytes {
    let message = format!("Exceeded maximum allowed payload size ({MAX_RESPONSE_BYTES} bytes).");
    typed("RequestEntityTooLarge", &message)
}

/// What the function gets for an answer to a request that is not in its hands.
pub(super) fn invalid_request_id() -> Bytes {
    typed("InvalidRequestID", "Invalid request ID")
}

/// What the caller gets for a request above the limit.
pub(super) fn request_too_large() -> Bytes {
    refusal(&format!(
        "Request must be smaller than {MAX_REQUEST_BYTES} bytes for the InvokeFunction operation"
    ))
}

/// An error of the Invoke API itself.
pub(super) fn refusal(message: &str) -> Bytes {
    json!({ "Type": "User", "message": message })
        .to_string()
        .into()
}

fn typed(kind: &str, message: &str) -> Bytes {
    json!({ "errorMessage": message, "errorType": kind })
        .to_string()
        .into()
}

#[cfg(test)]
mod tests {
    use super::{exit_error, response_too_large};

    #[test]
    fn documents_have_the_field_order_of_the_service() {
        assert_eq!(
            response_too_large(),
            r#"{"errorMessage":"Response payload size exceeded maximum allowed payload size (6291556 bytes).","errorType":"Function.ResponseSizeTooLarge"}"#
        );
        assert_eq!(
            exit_error("a \"b\""),
            r#"{"errorType":"Runtime.ExitError","errorMessage":"a \"b\""}"#
        );
    }
}
