//! `Fault`: an error as the caller will see it (protocol §14).

use athena_protocol::block::BlockError;
use athena_protocol::spill::SealError;
use athena_protocol::wire::{FaultDocument, RequestError, SourceErrorCode};

/// A failed call: one sentence, its code, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// What kind of error it is; behaviour hangs on it, never on the text.
    pub code: SourceErrorCode,
    /// What was being done, on what, expected and got. Never a value, a key or a token.
    pub message: String,
    /// A setting, a permission or a command that helps.
    pub hint: Option<String>,
}

impl Fault {
    /// A fault without a hint.
    pub fn new(code: SourceErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            hint: None,
        }
    }

    /// The request or a setting is wrong.
    pub fn invalid_input(message: impl Into<String>) -> Self {
        Self::new(SourceErrorCode::InvalidInput, message)
    }

    /// Says what to do.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// The document that ends the call.
    pub fn document(&self) -> FaultDocument {
        FaultDocument {
            error_message: self.to_string(),
            error_type: SourceErrorCode::ERROR_TYPE.to_owned(),
            ..FaultDocument::default()
        }
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)?;
        match &self.hint {
            Some(hint) => write!(f, " (hint: {hint})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for Fault {}

impl From<RequestError> for Fault {
    fn from(error: RequestError) -> Self {
        Self::invalid_input(error.to_string())
    }
}

impl From<BlockError> for Fault {
    fn from(error: BlockError) -> Self {
        Self::new(SourceErrorCode::InternalService, error.to_string())
    }
}

impl From<SealError> for Fault {
    fn from(error: SealError) -> Self {
        Self::invalid_input(error.to_string())
    }
}
