//! An Arrow message looked at from outside: how it is framed, and what its reader would stumble over (protocol §6, §9.3).

use arrow::ipc::{MessageHeader, MetadataVersion, root_as_message};
use athena_protocol::block::Framing;

/// What a message is to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Schema,
    RecordBatch,
}

/// Where a message is: what it holds and how it is framed there.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    pub(super) kind: Kind,
    /// The only framing that is right, or `None` where both are.
    pub(super) framing: Option<Framing>,
}

/// What is wrong with the message, one phrase each; nothing if it is as it has to be.
pub(super) fn complaints(bytes: &[u8], place: Place) -> Vec<String> {
    let mut wrong = Vec::new();
    let Some(frame) = Frame::of(bytes) else {
        return vec![format!(
            "{} bytes are no framed message: the length in front does not fit them",
            bytes.len()
        )];
    };
    let Ok(message) = root_as_message(frame.metadata) else {
        return vec!["the metadata of the message is damaged".to_owned()];
    };
    if place
        .framing
        .is_some_and(|framing| framing != frame.framing)
    {
        wrong.push(format!("the framing is {}", words(frame.framing)));
    }
    let version = match frame.framing {
        Framing::Current => MetadataVersion::V5,
        Framing::Legacy => MetadataVersion::V4,
    };
    if message.version() != version {
        wrong.push(format!(
            "the metadata version is {:?} in {} framing",
            message.version(),
            words(frame.framing)
        ));
    }
    if !(bytes.len() - frame.rest.len()).is_multiple_of(8) {
        wrong.push("the body does not begin at a multiple of 8 bytes".to_owned());
    }
    let (kind, expected) = match place.kind {
        Kind::Schema => (MessageHeader::Schema, "a schema"),
        Kind::RecordBatch => (MessageHeader::RecordBatch, "a record batch"),
    };
    if message.header_type() != kind {
        wrong.push(format!("the message is not {expected}"));
        return wrong;
    }
    if let Some(schema) = message.header_as_schema() {
        let fields = schema.fields().into_iter().flatten();
        let encoded = fields.filter(|field| field.dictionary().is_some()).count();
        if encoded > 0 {
            wrong.push(format!("{encoded} columns are dictionaries"));
        }
    }
    if let Some(batch) = message.header_as_record_batch() {
        if batch.compression().is_some() {
            wrong.push("the body is compressed".to_owned());
        }
        let body = message.bodyLength();
        if body % 8 != 0 {
            wrong.push(format!(
                "the body's length, {body}, is no multiple of 8 bytes"
            ));
        }
        let there = i64::try_from(frame.rest.len()).unwrap_or(i64::MAX);
        if body > there {
            wrong.push(format!(
                "the body is said to have {body} bytes, and {there} are there"
            ));
        }
    }
    wrong
}

/// Whether the bytes can be read as a record batch without any key.
pub(super) fn is_plain(bytes: &[u8]) -> bool {
    Frame::of(bytes)
        .and_then(|frame| root_as_message(frame.metadata).ok())
        .is_some_and(|message| message.header_type() == MessageHeader::RecordBatch)
}

/// The rows of a record batch, by its own word.
pub(super) fn rows(bytes: &[u8]) -> Option<i64> {
    let frame = Frame::of(bytes)?;
    let message = root_as_message(frame.metadata).ok()?;
    message.header_as_record_batch().map(|batch| batch.length())
}

/// The columns of a schema.
pub(super) fn columns(bytes: &[u8]) -> Option<usize> {
    let frame = Frame::of(bytes)?;
    let message = root_as_message(frame.metadata).ok()?;
    let fields = message.header_as_schema()?.fields();
    Some(fields.map_or(0, |fields| fields.len()))
}

struct Frame<'a> {
    framing: Framing,
    metadata: &'a [u8],
    rest: &'a [u8],
}

impl<'a> Frame<'a> {
    fn of(bytes: &'a [u8]) -> Option<Self> {
        let (framing, start) = if bytes.starts_with(&[0xFF; 4]) {
            (Framing::Current, 8)
        } else {
            (Framing::Legacy, 4)
        };
        let word = bytes.get(start - 4..start)?.try_into().ok()?;
        let length = usize::try_from(i32::from_le_bytes(word)).ok()?;
        let metadata = bytes.get(start..start.checked_add(length)?)?;
        Some(Self {
            framing,
            metadata,
            rest: &bytes[start + length..],
        })
    }
}

fn words(framing: Framing) -> &'static str {
    match framing {
        Framing::Current => "the current one",
        Framing::Legacy => "the legacy one",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, RecordBatch};
    use arrow::datatypes::{DataType, Field, Schema};
    use athena_protocol::block::frame;
    use std::sync::Arc;

    fn batch() -> RecordBatch {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, true)]));
        let numbers = Int32Array::from(vec![Some(1), None, Some(3)]);
        RecordBatch::try_new(schema, vec![Arc::new(numbers)]).unwrap()
    }

    fn place(kind: Kind, framing: Framing) -> Place {
        Place {
            kind,
            framing: Some(framing),
        }
    }

    #[test]
    fn what_is_written_here_has_no_fault_in_its_place_and_one_in_the_other() {
        for (framing, other) in [
            (Framing::Current, Framing::Legacy),
            (Framing::Legacy, Framing::Current),
        ] {
            let rows = frame::encode_batch(&batch(), framing).unwrap();
            let schema = frame::encode_schema_as(&batch().schema(), framing);
            let wrong = |bytes: &[u8], kind, framing| complaints(bytes, place(kind, framing)).len();
            assert_eq!(wrong(&rows, Kind::RecordBatch, framing), 0);
            assert_eq!(wrong(&schema, Kind::Schema, framing), 0);
            assert_eq!(wrong(&rows, Kind::RecordBatch, other), 1);
            assert_eq!(wrong(&rows, Kind::Schema, framing), 1);
            assert!(is_plain(&rows) && !is_plain(&schema));
        }
    }

    #[test]
    fn bytes_that_are_no_message_are_said_to_be_none() {
        let rows = frame::encode_batch(&batch(), Framing::Current).unwrap();
        let place = place(Kind::RecordBatch, Framing::Current);
        assert!(!complaints(b"", place).is_empty());
        assert!(!complaints(&rows[..20], place).is_empty());
        assert!(!complaints(&rows[..rows.len() - 8], place).is_empty());
        let noise: Vec<u8> = (0..200_u8).map(|byte| byte.wrapping_mul(37)).collect();
        assert!(!complaints(&noise, place).is_empty());
        assert!(!is_plain(&noise));
    }
}
