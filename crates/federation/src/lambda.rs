//! The Lambda side: polls the Runtime API and answers with responses or error documents.

use crate::clock::{Clock, SystemClock};
use crate::dispatch::{Invocation, Service};
use crate::fault::Fault;
use athena_protocol::wire::{Response, SourceErrorCode};
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde::{Deserialize, Deserializer};
use serde_json::value::RawValue;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::OnceCell;

/// Variable that tells where the Runtime API is; without it this is not a Lambda function.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Answers invocations until the environment ends.
///
/// `start` makes the service on the first invocation, so that the first poll does not wait for it; its fault is the answer to
/// each call, and it is tried again on the next. Where Lambda gives a process several invocations at once (Managed Instances, which
/// say so in [`MAX_CONCURRENCY`](crate::config::MAX_CONCURRENCY)), so many are answered side by side by one service.
///
/// # Errors
/// If the Runtime API cannot be reached.
pub async fn run<F, S>(start: F) -> Result<(), Error>
where
    F: Fn() -> S + Send + Sync + 'static,
    S: Future<Output = Result<Service, Fault>> + Send + 'static,
{
    let shared = Arc::new((OnceCell::new(), start));
    let answer = move |event: LambdaEvent<Event>| answer(shared.clone(), event);
    lambda_runtime::run_concurrent(service_fn(answer)).await
}

async fn answer<F, S>(
    shared: Arc<(OnceCell<Service>, F)>,
    event: LambdaEvent<Event>,
) -> Result<Response, Answerable>
where
    F: Fn() -> S,
    S: Future<Output = Result<Service, Fault>>,
{
    let (service, start) = &*shared;
    let invocation = Invocation {
        request_id: event.context.request_id,
        function_arn: event.context.invoked_function_arn,
        deadline: deadline(event.context.deadline, SystemClock.since_epoch()),
    };
    // Half of the time, as its own setting of what to keep back is not read yet.
    let time = invocation
        .deadline
        .saturating_sub(SystemClock.since_epoch())
        / 2;
    let started = tokio::time::timeout(time, service.get_or_try_init(start)).await;
    let service = started
        .unwrap_or_else(|_| Err(slow_start()))
        .map_err(Answerable)?;
    let Event::Json(document) = event.payload else {
        return Err(Answerable(no_json()));
    };
    service
        .call(document.get().as_bytes(), invocation)
        .await
        .map_err(Answerable)
}

/// When Lambda ends the call, as time since 1970-01-01.
///
/// cargo-lambda's emulator sends the same 600000 for each call, which would be over before anything began: what lies in the first day of 1970 is
/// taken for the time that is left.
fn deadline(millis: u64, now: Duration) -> Duration {
    let told = Duration::from_millis(millis);
    if told < Duration::from_hours(24) {
        now + told
    } else {
        told
    }
}

/// What Lambda hands over. It lets nothing but JSON through, yet what is none must not be answered in the runtime's own words.
enum Event {
    Json(Box<RawValue>),
    NoJson,
}

impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Box::deserialize(deserializer).map_or(Self::NoJson, Self::Json))
    }
}

fn no_json() -> Fault {
    let fault = Fault::invalid_input("malformed request: the event is not one JSON document");
    tracing::warn!(error = %fault, "request refused");
    fault
}

fn slow_start() -> Fault {
    Fault::new(
        SourceErrorCode::OperationTimeout,
        "the connector could not start within half of the function's time",
    )
    .with_hint("raise the timeout of the Lambda function, and check its network and credentials")
}

/// A fault on its way into Lambda's error document.
#[derive(Debug)]
struct Answerable(Fault);

impl From<Answerable> for Diagnostic {
    fn from(Answerable(fault): Answerable) -> Self {
        let document = fault.document();
        Self {
            error_type: document.error_type,
            error_message: document.error_message,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_deadline_that_is_a_span_counts_from_now() {
        let now = Duration::from_secs(1_795_756_623);
        assert_eq!(deadline(600_000, now), now + Duration::from_mins(10));
        assert_eq!(
            deadline(1_795_756_624_000, now),
            now + Duration::from_secs(1)
        );
        assert_eq!(
            deadline(1_795_756_000_000, now),
            Duration::from_secs(1_795_756_000)
        );
    }
}
