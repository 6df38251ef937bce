//! The error document that ends a failed call (protocol §14).

use serde::{Deserialize, Serialize};

/// What the caller gets instead of a response.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultDocument {
    /// The message.
    #[serde(default)]
    pub error_message: String,
    /// Java's class name of the error.
    #[serde(default)]
    pub error_type: String,
}

/// Codes of errors, as the engine's own services name them.
///
/// They are not on the wire between Lambda and the engine; logs and the error's hint use them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum SourceErrorCode {
    /// No permission.
    AccessDenied,
    /// A table, key or role does not exist.
    EntityNotFound,
    /// Credentials cannot be had or used.
    InvalidCredentials,
    /// The request or a setting is wrong.
    InvalidInput,
    /// The source's answer makes no sense.
    InvalidResponse,
    /// Out of time.
    OperationTimeout,
    /// Not offered.
    OperationNotSupported,
    /// A fault of the connector or of a service.
    InternalService,
    /// A part was done.
    PartialFailure,
    /// Too many requests or too little capacity.
    Throttling,
}

impl SourceErrorCode {
    /// Java's class name that stands in `errorType`.
    pub const ERROR_TYPE: &'static str =
        "com.amazonaws.athena.connector.lambda.exceptions.AthenaConnectorException";

    /// The code's own text.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AccessDenied => "AccessDeniedException",
            Self::EntityNotFound => "EntityNotFoundException",
            Self::InvalidCredentials => "InvalidCredentialsException",
            Self::InvalidInput => "InvalidInputException",
            Self::InvalidResponse => "InvalidResponseException",
            Self::OperationTimeout => "OperationTimeoutException",
            Self::OperationNotSupported => "OperationNotSupportedException",
            Self::InternalService => "InternalServiceException",
            Self::PartialFailure => "PartialFailureException",
            Self::Throttling => "ThrottlingException",
        }
    }
}
