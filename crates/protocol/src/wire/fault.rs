//! The error document that ends a failed call (protocol §14).

use crate::lenient;
use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize};

/// What the caller gets instead of a response. On reading every field may be absent or null.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct FaultDocument {
    /// The message.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub error_message: String,
    /// Java's class name of the error.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub error_type: String,
    /// The error behind it, as runtimes of other languages report it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cause: Option<Box<FaultDocument>>,
    /// One line a frame.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "read_stack_trace"
    )]
    pub stack_trace: Vec<String>,
}

impl FaultDocument {
    /// This document and those behind it, outermost first.
    pub fn chain(&self) -> impl Iterator<Item = &Self> {
        std::iter::successors(Some(self), |fault| fault.cause.as_deref())
    }
}

/// Reads frames that are texts, or arrays of the parts of one.
fn read_stack_trace<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<String>, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Frame {
        Line(lenient::Text),
        Parts(Vec<Frame>),
        Other(IgnoredAny),
    }
    impl Frame {
        fn line(self) -> String {
            match self {
                Self::Line(text) => text.0,
                Self::Parts(parts) => {
                    let parts: Vec<String> = parts.into_iter().map(Self::line).collect();
                    parts.join(" ")
                }
                Self::Other(_) => String::new(),
            }
        }
    }
    let frames: Option<Vec<Frame>> = Option::deserialize(deserializer)?;
    Ok(frames
        .unwrap_or_default()
        .into_iter()
        .map(Frame::line)
        .collect())
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

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> FaultDocument {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn every_field_may_be_absent_or_null() {
        assert_eq!(read("{}"), FaultDocument::default());
        assert_eq!(
            read(
                r#"{"errorMessage":null,"errorType":null,"cause":null,"stackTrace":null,"requestId":"r"}"#
            ),
            FaultDocument::default()
        );
    }

    #[test]
    fn causes_and_stacks_of_several_runtimes_are_read() {
        let fault = read(
            r#"{"errorType":"java.lang.RuntimeException","errorMessage":"outer","stackTrace":["a.b(C.java:7)","d"],
            "cause":{"errorMessage":"inner","stackTrace":[["f.py",7,"run","x = 1"],{"odd":1}]}}"#,
        );
        assert_eq!(fault.stack_trace, ["a.b(C.java:7)", "d"]);
        let messages: Vec<&str> = fault.chain().map(|f| f.error_message.as_str()).collect();
        assert_eq!(messages, ["outer", "inner"]);
        let inner = fault.cause.unwrap();
        assert_eq!(inner.stack_trace, ["f.py 7 run x = 1", ""]);
    }

    #[test]
    fn what_is_not_there_is_not_written() {
        let fault = FaultDocument {
            error_message: "m".to_owned(),
            error_type: "t".to_owned(),
            ..FaultDocument::default()
        };
        assert_eq!(
            serde_json::to_string(&fault).unwrap(),
            r#"{"errorMessage":"m","errorType":"t"}"#
        );
    }
}
