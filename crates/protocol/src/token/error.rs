//! Why a token cannot be opened. No variant holds anything that was encrypted, a key, or the token's text.

/// Why a token cannot be opened.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// The text is not base64.
    #[error("the token is not base64")]
    Text,
    /// A field reaches past the end of the message.
    #[error("the encrypted message ends in its {field}: expected {needed} bytes, got {left}")]
    Truncated {
        /// The field.
        field: &'static str,
        /// Bytes that it says it has.
        needed: u64,
        /// Bytes that are left.
        left: usize,
    },
    /// A field holds a number that has no meaning there.
    #[error("the {field} of the encrypted message must be {expected}, got {got}")]
    Field {
        /// The field.
        field: &'static str,
        /// What would do.
        expected: &'static str,
        /// What it holds.
        got: u64,
    },
    /// No algorithm suite has this number in this version of the format.
    #[error(
        "version {version} of the encrypted message's format has no algorithm suite {suite:#06x}"
    )]
    Suite {
        /// Version of the format.
        version: u8,
        /// The number.
        suite: u16,
    },
    /// The encryption context does not read as pairs of texts with different names.
    #[error("the encryption context of the encrypted message {problem}")]
    Context {
        /// What is wrong with it.
        problem: &'static str,
    },
    /// A provider's name is not text.
    #[error("a data key's provider in the encrypted message is not text")]
    Provider,
    /// Something follows the last field.
    #[error("{bytes} bytes follow the end of the encrypted message")]
    Trailing {
        /// How many.
        bytes: usize,
    },
    /// The data key has another length than the algorithm suite's.
    #[error("the data key has {got} bytes, expected {expected}")]
    DataKey {
        /// What the suite takes.
        expected: usize,
        /// What was given.
        got: usize,
    },
    /// The message was made with another data key.
    #[error("the encrypted message does not belong to the data key")]
    Commitment,
    /// The header's tag does not fit: wrong data key, or the header was changed.
    #[error("the header of the encrypted message is not authentic")]
    Header,
    /// A frame's tag does not fit.
    #[error("frame {frame} of the encrypted message is not authentic")]
    Frame {
        /// Its number, counted from 1.
        frame: u32,
    },
    /// The signature does not fit.
    #[error("the signature of the encrypted message does not fit")]
    Signature,
    /// What the message holds is not the JSON object of three texts.
    #[error("the token holds no credentials: expected a JSON object with the text `{field}`")]
    Credentials {
        /// The first field that is missing, blank or no text.
        field: &'static str,
    },
}
