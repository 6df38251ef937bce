//! The Lambda side: polls the Runtime API and answers with responses or error documents.

use crate::dispatch::{Invocation, Service};
use crate::fault::Fault;
use lambda_runtime::{Diagnostic, Error, LambdaEvent, service_fn};
use serde_json::value::RawValue;
use std::future::Future;
use std::time::Duration;

/// Variable that tells where the Runtime API is; without it this is not a Lambda function.
pub const RUNTIME_API: &str = "AWS_LAMBDA_RUNTIME_API";

/// Answers invocations until the environment ends.
///
/// `start` makes the service on the first invocation, so that the first poll does not wait for it; its fault is the answer to
/// each call, and it is tried again on the next.
///
/// # Errors
/// If the Runtime API cannot be reached.
pub async fn run<F, S>(start: F) -> Result<(), Error>
where
    F: Fn() -> S + Sync,
    S: Future<Output = Result<Service, Fault>>,
{
    let service = tokio::sync::OnceCell::new();
    let (service, start) = (&service, &start);
    lambda_runtime::run(service_fn(
        move |event: LambdaEvent<Box<RawValue>>| async move {
            let invocation = Invocation {
                request_id: event.context.request_id,
                function_arn: event.context.invoked_function_arn,
                deadline: Duration::from_millis(event.context.deadline),
            };
            let service = service.get_or_try_init(start).await.map_err(Answerable)?;
            service
                .call(event.payload.get().as_bytes(), invocation)
                .await
                .map_err(Answerable)
        },
    ))
    .await
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
