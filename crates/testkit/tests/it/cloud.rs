//! The cloud, asked with the clients that a deployment uses.

mod who;
mod setup;
mod identity;
mod roles;
mod buckets;
mod objects;
mod functions;
mod invocation;
mod permissions;
mod catalogs;
mod log_groups;
mod encryption;
mod faults;
mod sharing;

use std::fmt::Debug;

use aws_sdk_iam::error::{ProvideErrorMetadata, SdkError};

pub(crate) use setup::{BUCKET, FUNCTION, Setup};
pub(crate) use who::{A, B, C, Who};

/// The code of the service's refusal.
#[track_caller]
pub(crate) fn code<T: Debug, E: ProvideErrorMetadata + Debug, R: Debug>(
    result: Result<T, SdkError<E, R>>,
) -> String {
    refusal(result).0
}

/// Its code and text.
#[track_caller]
pub(crate) fn refusal<T: Debug, E: ProvideErrorMetadata + Debug, R: Debug>(
    result: Result<T, SdkError<E, R>>,
) -> (String, String) {
    let error = result.expect_err("a refusal");
    let SdkError::ServiceError(error) = &error else {
        panic!("not an answer of a service: {error:?}");
    };
    let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
    (text(error.err().code()), text(error.err().message()))
}
