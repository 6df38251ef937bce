//! Refusals of KMS as faults: what was being done, with which key, and the permission that is missing.

use crate::aws::is_late;
use crate::fault::Fault;
use athena_protocol::wire::SourceErrorCode;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

/// What was being done, for the words of a fault.
#[derive(Debug, Clone, Copy)]
pub(crate) struct KeyContext<'a> {
    /// In words that go on after "cannot".
    pub(crate) doing: &'static str,
    /// The key, as it was asked for.
    pub(crate) key_id: &'a str,
    /// The setting that names it.
    pub(crate) setting: &'static str,
    /// The API's name of the call, as in IAM actions.
    pub(crate) operation: &'static str,
}

/// The fault of a failed call. KMS's own text is left out, since it may quote what was sent.
pub(crate) fn fault<E: ProvideErrorMetadata, R>(
    context: KeyContext<'_>,
    error: &SdkError<E, R>,
) -> Fault {
    let KeyContext {
        doing,
        key_id,
        setting,
        operation,
    } = context;
    let code = error.as_service_error().and_then(|error| error.code());
    let source_code = match code {
        Some("NotFoundException") => SourceErrorCode::EntityNotFound,
        Some("AccessDeniedException") => SourceErrorCode::AccessDenied,
        Some(
            "UnrecognizedClientException"
            | "ExpiredTokenException"
            | "InvalidSignatureException"
            | "InvalidClientTokenId"
            | "InvalidCiphertextException"
            | "IncorrectKeyException",
        ) => SourceErrorCode::InvalidCredentials,
        Some("DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException") => {
            SourceErrorCode::InvalidInput
        }
        Some("ThrottlingException" | "LimitExceededException") => SourceErrorCode::Throttling,
        _ => SourceErrorCode::InternalService,
    };
    let reason = code.unwrap_or(match error {
        late if is_late(late) => "the service did not answer in time",
        SdkError::DispatchFailure(_) => "the service cannot be reached",
        _ => "the service's answer cannot be used",
    });
    Fault::new(
        source_code,
        format!("cannot {doing} KMS key `{key_id}`: {reason}"),
    )
    .with_hint(format!(
        "check `{setting}` and that the key is enabled, and allow kms:{operation} on it"
    ))
}
