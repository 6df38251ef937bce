//! One Arrow message: the frame taken off, the flatbuffer verified (protocol §6).
//!
//! A flatbuffer is a graph of tables, and a hostile one lets many references share one table. What is read from it is a tree, so
//! the verifier bounds the tree by the bytes that are there: reading allocates no more than a small multiple of the message.

use super::BlockError;
use arrow::ipc::{self, MetadataVersion, root_as_message_with_opts};
use flatbuffers::{InvalidFlatbuffer, VerifierOptions};

/// Levels of types within types that are read and written; a column is the first.
///
/// The source nests values 32 deep, and a level that is shown as a map is two levels of Arrow.
pub const MAX_NESTING: usize = 72;

/// A verified message and what follows its metadata.
#[derive(Debug)]
pub(super) struct Message<'a> {
    flatbuffer: ipc::Message<'a>,
    metadata_bytes: usize,
    rest: &'a [u8],
}

impl<'a> Message<'a> {
    /// Takes off the frame, in either framing, and verifies the metadata.
    pub(super) fn of(bytes: &'a [u8]) -> Result<Self, BlockError> {
        let (metadata, rest) = split(bytes)?;
        let damaged = || BlockError::Metadata {
            bytes: metadata.len(),
        };
        let options = VerifierOptions {
            // The message, the schema, and below each field the table of its type.
            max_depth: MAX_NESTING + 3,
            // A table takes four bytes at least, and so does the reference to it.
            max_tables: metadata.len() / 8,
            // Tables share the description of their layout, which counts for each of them: a few times the bytes is honest.
            max_apparent_size: metadata.len().saturating_mul(8),
            ignore_missing_null_terminator: true,
        };
        let flatbuffer =
            root_as_message_with_opts(&options, metadata).map_err(|error| match error {
                InvalidFlatbuffer::DepthLimitReached => BlockError::TooDeep { limit: MAX_NESTING },
                _ => damaged(),
            })?;
        if !matches!(
            flatbuffer.version(),
            MetadataVersion::V4 | MetadataVersion::V5
        ) {
            return Err(BlockError::Unsupported {
                feature: "a metadata version other than 4 and 5",
            });
        }
        Ok(Self {
            flatbuffer,
            metadata_bytes: metadata.len(),
            rest,
        })
    }

    /// The schema, if it is one.
    pub(super) fn schema(&self) -> Result<ipc::Schema<'a>, BlockError> {
        self.flatbuffer
            .header_as_schema()
            .ok_or(BlockError::MessageKind { expected: "schema" })
    }

    /// The record batch, if it is one, and its body.
    pub(super) fn record_batch(&self) -> Result<(ipc::RecordBatch<'a>, &'a [u8]), BlockError> {
        let header = self
            .flatbuffer
            .header_as_record_batch()
            .ok_or(BlockError::MessageKind {
                expected: "record batch",
            })?;
        let length =
            usize::try_from(self.flatbuffer.bodyLength()).map_err(|_| BlockError::Metadata {
                bytes: self.metadata_bytes,
            })?;
        let body = self.rest.get(..length).ok_or(BlockError::Truncated {
            needed: length,
            got: self.rest.len(),
        })?;
        Ok((header, body))
    }
}

/// Parts a message into its metadata and all that follows.
fn split(bytes: &[u8]) -> Result<(&[u8], &[u8]), BlockError> {
    let word = |at: usize| {
        bytes
            .get(at..at + 4)
            .map(|word| i32::from_le_bytes([word[0], word[1], word[2], word[3]]))
            .ok_or(BlockError::Truncated {
                needed: at + 4,
                got: bytes.len(),
            })
    };
    let start = if word(0)? == CONTINUATION { 8 } else { 4 };
    let length = usize::try_from(word(start - 4)?)
        .map_err(|_| BlockError::Metadata { bytes: bytes.len() })?;
    let end = start.saturating_add(length);
    if length == 0 || end > bytes.len() {
        return Err(BlockError::Truncated {
            needed: end,
            got: bytes.len(),
        });
    }
    Ok((&bytes[start..end], &bytes[end..]))
}

const CONTINUATION: i32 = -1;
