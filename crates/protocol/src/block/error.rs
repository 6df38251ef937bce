//! What can be wrong with the Arrow bytes of a block.

use arrow::error::ArrowError;

/// Why a schema or a record batch cannot be read or written.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum BlockError {
    /// The bytes end before the message does.
    #[error("an Arrow message is truncated: it needs {needed} bytes and has {got}")]
    Truncated {
        /// Bytes that the message announces.
        needed: usize,
        /// Bytes that are there.
        got: usize,
    },
    /// The flatbuffer of a message is damaged.
    #[error("the metadata of an Arrow message of {bytes} bytes is malformed")]
    Metadata {
        /// Length of the metadata.
        bytes: usize,
    },
    /// A message of another kind stands where one was expected.
    #[error("expected an Arrow {expected} message, got another kind")]
    MessageKind {
        /// `schema` or `record batch`.
        expected: &'static str,
    },
    /// Compression and dictionaries are not part of the protocol (protocol §6).
    #[error("the record batch uses {feature}, which the protocol does not have")]
    Unsupported {
        /// What is used.
        feature: &'static str,
    },
    /// Arrow refused the message.
    #[error("cannot decode a record batch of {bytes} bytes")]
    Decode {
        /// Length of the whole message.
        bytes: usize,
        /// Arrow's reason.
        #[source]
        source: ArrowError,
    },
    /// Arrow refused to write the batch.
    #[error("cannot encode a record batch of {rows} rows")]
    Encode {
        /// Rows of the batch.
        rows: usize,
        /// Arrow's reason.
        #[source]
        source: ArrowError,
    },
}
