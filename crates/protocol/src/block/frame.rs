//! The two framings of Arrow IPC messages (protocol §6).
//!
//! Everything inside JSON is written in the current framing with metadata version 5, every spilled object in the legacy framing
//! with version 4. Both are read wherever a message is expected. There is no stream around a message and no end marker.

use super::body::{ALIGNMENT, Body};
use super::message::Message;
use super::{BlockError, arrays, schema};
use arrow::array::RecordBatch;
use arrow::buffer::Buffer;
use arrow::datatypes::{Schema, SchemaRef};
use arrow::ipc::MetadataVersion;
use arrow::ipc::writer::{DictionaryTracker, IpcDataGenerator, IpcWriteOptions, write_message};

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
/// [`BlockError::NoColumns`] for rows without columns, an error that names the column for a type that the protocol does not have,
/// and [`BlockError::Encode`] for a column with more than 2 GiB of text.
pub fn encode_batch(batch: &RecordBatch, framing: Framing) -> Result<Vec<u8>, BlockError> {
    encode_batches(std::slice::from_ref(batch), framing)
}

/// Encodes the rows of `batches`, which have the same schema, as one record-batch message without a schema.
///
/// Every row is copied once, into the message, which has room for the tag of a seal: a spilled block is encrypted where it stands.
/// No batches are a message without columns.
///
/// # Errors
/// Those of [`encode_batch`].
pub fn encode_batches(batches: &[RecordBatch], framing: Framing) -> Result<Vec<u8>, BlockError> {
    let mut message = Vec::new();
    encode_batches_into(batches, framing, &mut message)?;
    Ok(message)
}

/// [`encode_batches`] into a buffer that is emptied before, so that its memory is used again.
///
/// # Errors
/// Those of [`encode_batch`]; what the buffer then holds is not said.
pub fn encode_batches_into(
    batches: &[RecordBatch],
    framing: Framing,
    message: &mut Vec<u8>,
) -> Result<(), BlockError> {
    if let Some(first) = batches.first() {
        if first.num_columns() == 0 {
            let rows = batches.iter().map(RecordBatch::num_rows).sum();
            if rows > 0 {
                return Err(BlockError::NoColumns { rows });
            }
        }
        schema::check(first.schema_ref())?;
    }
    let body = Body::of(batches)?;
    let (prefix, version): (&[u8], _) = match framing {
        Framing::Current => (&CONTINUATION, MetadataVersion::V5),
        Framing::Legacy => (&[], MetadataVersion::V4),
    };
    let header = body.header(version);
    let start = prefix.len() + LENGTH_BYTES;
    let body_at = (start + header.len()).next_multiple_of(ALIGNMENT);
    message.clear();
    message.reserve_exact(body_at + body.bytes() + SEAL_ROOM);
    message.extend_from_slice(prefix);
    let length = i32::try_from(body_at - start).map_err(|_| BlockError::Metadata {
        bytes: header.len(),
    })?;
    message.extend_from_slice(&length.to_le_bytes());
    message.extend_from_slice(&header);
    message.resize(body_at, 0);
    body.write(message);
    Ok(())
}

/// Decodes one schema message in either framing; what follows it is ignored.
///
/// Time and memory are linear in the bytes.
///
/// # Errors
/// [`BlockError`] if the bytes are cut off, damaged or hold another kind of message, and if a type is none of the protocol or lies
/// deeper than [`MAX_NESTING`](super::MAX_NESTING).
pub fn decode_schema(bytes: &[u8]) -> Result<Schema, BlockError> {
    schema::read(Message::of(bytes)?.schema()?)
}

/// Decodes one record-batch message in either framing; what follows it is ignored.
///
/// A batch without columns keeps its rows. There are at most 2,147,483,647 rows; values that take no bytes, such as those of a
/// column of nulls, are read up to 65,536 or eight for each byte of the body.
///
/// # Errors
/// [`BlockError`] if the bytes are cut off, damaged, compressed, or do not fit `schema`.
pub fn decode_batch(schema: &SchemaRef, bytes: &[u8]) -> Result<RecordBatch, BlockError> {
    let message = Message::of(bytes)?;
    let (header, body) = message.record_batch()?;
    arrays::read(schema, header, &Buffer::from(body))
}

fn options(framing: Framing) -> IpcWriteOptions {
    match framing {
        Framing::Current => IpcWriteOptions::try_new(8, false, MetadataVersion::V5),
        Framing::Legacy => IpcWriteOptions::try_new(8, true, MetadataVersion::V4),
    }
    .expect("alignment 8 is valid for both metadata versions")
}

/// What stands before the length in the current framing.
const CONTINUATION: [u8; 4] = [0xFF; 4];

/// Bytes that sealing adds (protocol §9.5).
const SEAL_ROOM: usize = 16;

/// Bytes of the length.
const LENGTH_BYTES: usize = 4;
