//! The two framings of Arrow IPC messages (protocol §6).
//!
//! Everything inside JSON is written in the current framing with metadata version 5, every spilled object in the legacy framing
//! with version 4. Both are read wherever a message is expected. There is no stream around a message and no end marker.

use super::BlockError;
use arrow::array::{ArrayRef, RecordBatch};
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::convert::fb_to_schema;
use arrow::ipc::reader::read_record_batch;
use arrow::ipc::writer::{
    DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, write_message,
};
use arrow::ipc::{Message, MetadataVersion, root_as_message};
use std::collections::HashMap;

/// How a message is framed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Framing {
    /// Continuation marker, then the length; metadata version 5. Inside JSON, versions 3 to 6.
    Current,
    /// Length only; metadata version 4. Spilled objects, and JSON of version 2.
    Legacy,
}

/// Encodes a schema as one message in the current framing.
pub fn encode_schema(schema: &Schema) -> Vec<u8> {
    encode_schema_as(schema, Framing::Current)
}

/// Encodes a schema as one message.
pub fn encode_schema_as(schema: &Schema, framing: Framing) -> Vec<u8> {
    let options = options(framing);
    let mut tracker = DictionaryTracker::new(false);
    let encoded =
        IpcDataGenerator {}.schema_to_bytes_with_dictionary_tracker(schema, &mut tracker, &options);
    let mut message = Vec::with_capacity(encoded.ipc_message.len() + 16);
    write_message(&mut message, encoded, &options).expect("writing into memory cannot fail");
    message
}

/// Encodes the rows of `batch` as one record-batch message without a schema.
///
/// # Errors
/// [`BlockError::Encode`] if Arrow refuses a column, for instance one with more than 2 GiB of text.
pub fn encode_batch(batch: &RecordBatch, framing: Framing) -> Result<Vec<u8>, BlockError> {
    let failed = |source| BlockError::Encode {
        rows: batch.num_rows(),
        source,
    };
    let options = options(framing);
    let mut tracker = DictionaryTracker::new(false);
    let (_, encoded) = IpcDataGenerator {}
        .encode(
            batch,
            &mut tracker,
            &options,
            &mut IpcWriteContext::default(),
        )
        .map_err(failed)?;
    // Room for the sealing tag too, so that a spilled block is encrypted where it stands.
    let mut message =
        Vec::with_capacity(encoded.ipc_message.len() + encoded.arrow_data.len() + FRAME_SLACK);
    write_message(&mut message, encoded, &options).map_err(failed)?;
    Ok(message)
}

/// Decodes one schema message in either framing; what follows it is ignored.
///
/// # Errors
/// [`BlockError`] if the bytes are cut off, damaged or hold another kind of message.
pub fn decode_schema(bytes: &[u8]) -> Result<Schema, BlockError> {
    let (metadata, _) = split(bytes)?;
    let message = root(metadata)?;
    let schema = message
        .header_as_schema()
        .ok_or(BlockError::MessageKind { expected: "schema" })?;
    Ok(fb_to_schema(schema))
}

/// Decodes one record-batch message in either framing; what follows it is ignored.
///
/// # Errors
/// [`BlockError`] if the bytes are cut off, damaged, compressed, or do not fit `schema`.
pub fn decode_batch(schema: &SchemaRef, bytes: &[u8]) -> Result<RecordBatch, BlockError> {
    let (metadata, rest) = split(bytes)?;
    let message = root(metadata)?;
    let header = message
        .header_as_record_batch()
        .ok_or(BlockError::MessageKind {
            expected: "record batch",
        })?;
    if header.compression().is_some() {
        return Err(BlockError::Unsupported {
            feature: "compression",
        });
    }
    let body_bytes = usize::try_from(message.bodyLength()).map_err(|_| BlockError::Metadata {
        bytes: metadata.len(),
    })?;
    let body = rest.get(..body_bytes).ok_or(BlockError::Truncated {
        needed: body_bytes,
        got: rest.len(),
    })?;
    // Arrow slices by these figures, so they are checked against what is there first.
    for buffer in header.buffers().iter().flatten() {
        let end = buffer
            .offset()
            .checked_add(buffer.length())
            .and_then(|end| usize::try_from(end).ok());
        if buffer.offset() < 0 || buffer.length() < 0 || end.is_none_or(|end| end > body.len()) {
            return Err(BlockError::Metadata {
                bytes: metadata.len(),
            });
        }
    }
    let none: HashMap<i64, ArrayRef> = HashMap::new();
    read_record_batch(
        &Buffer::from(body),
        header,
        schema.clone(),
        &none,
        None,
        &message.version(),
    )
    .map_err(|source| BlockError::Decode {
        bytes: bytes.len(),
        source,
    })
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

fn root(metadata: &[u8]) -> Result<Message<'_>, BlockError> {
    root_as_message(metadata).map_err(|_| BlockError::Metadata {
        bytes: metadata.len(),
    })
}

fn options(framing: Framing) -> IpcWriteOptions {
    match framing {
        Framing::Current => IpcWriteOptions::try_new(8, false, MetadataVersion::V5),
        Framing::Legacy => IpcWriteOptions::try_new(8, true, MetadataVersion::V4),
    }
    .expect("alignment 8 is valid for both metadata versions")
}

const CONTINUATION: i32 = -1;
const FRAME_SLACK: usize = 64;
