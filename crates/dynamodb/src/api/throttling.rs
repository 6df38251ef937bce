//! Which errors of DynamoDB are throttles, and that the SDK leaves them to us.
//!
//! The SDK repeats what is broken or unreachable. How fast a table may be read is for the throttle of the whole process to
//! decide ([`athena_federation::throttle`]), which the SDK's repetitions would hide from it.

use aws_sdk_dynamodb::config::Builder;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use std::error::Error;
use std::marker::PhantomData;

/// Whether DynamoDB asks for fewer calls with this error.
pub(super) fn is_throttle(code: &str) -> bool {
    matches!(
        code,
        "ProvisionedThroughputExceededException"
            | "RequestLimitExceeded"
            | "LimitExceededException"
            | "ThrottlingException"
            | "Throttling"
    )
}

/// The configuration of one call whose errors are `E`: as the client's, but throttles are not repeated.
pub fn throttles_unrepeated<E>() -> Builder
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    Builder::new().retry_classifier(Unrepeated::<E>(PhantomData))
}

#[derive(Debug)]
struct Unrepeated<E>(PhantomData<fn() -> E>);

impl<E> ClassifyRetry for Unrepeated<E>
where
    E: ProvideErrorMetadata + Error + Send + Sync + 'static,
{
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let error = context.output_or_error().and_then(Result::err);
        let code = error
            .and_then(|error| error.as_operation_error())
            .and_then(|error| error.downcast_ref::<E>())
            .and_then(ProvideErrorMetadata::code);
        if code.is_some_and(is_throttle) {
            // The word of one classifier against the rest is enough.
            RetryAction::RetryForbidden
        } else {
            RetryAction::NoActionIndicated
        }
    }

    fn name(&self) -> &'static str {
        "throttles are not repeated"
    }
}
