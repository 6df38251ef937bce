//! Arrow messages: a schema and its rows, in either framing.

use std::sync::Arc;

use arrow::array::Array;
use athena_protocol::block::{BlockError, Framing, frame, size};
use athena_protocol::wire::Response;

use super::Target;
use crate::fixtures;

/// Two bytes with the length of the schema's message, low one first; that message; the message of the rows.
pub(super) const TARGET: Target = Target {
    name: "block",
    seeds,
    check,
};

fn seeds() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for document in fixtures::documents("ReadRecordsResponse") {
        let Ok(Response::ReadRecords(response)) = Response::from_json(&document) else {
            continue;
        };
        let batch = response.records.batch();
        for framing in [Framing::Current, Framing::Legacy] {
            let schema = frame::encode_schema_as(batch.schema_ref(), framing);
            let Ok(rows) = frame::encode_batch(batch, framing) else {
                continue;
            };
            let length = u16::try_from(schema.len()).expect("fixtures have short schemas");
            seeds.push([&length.to_le_bytes()[..], &schema, &rows].concat());
        }
    }
    seeds
}

fn check(input: &[u8]) {
    let Some((length, rest)) = input.split_first_chunk() else {
        return;
    };
    let length = usize::from(u16::from_le_bytes(*length)).min(rest.len());
    let (schema, rows) = rest.split_at(length);
    let Ok(schema) = frame::decode_schema(schema) else {
        return;
    };
    let again =
        frame::decode_schema(&frame::encode_schema(&schema)).expect("what was written can be read");
    assert_eq!(again, schema);
    let schema = Arc::new(schema);
    let Ok(batch) = frame::decode_batch(&schema, rows) else {
        return;
    };
    for column in batch.columns() {
        column
            .to_data()
            .validate_full()
            .expect("arrays that keep Arrow's rules");
    }
    for framing in [Framing::Current, Framing::Legacy] {
        match frame::encode_batch(&batch, framing) {
            Ok(message) => {
                let again =
                    frame::decode_batch(&schema, &message).expect("what was written can be read");
                assert_eq!(again, batch);
                assert_eq!(size::batch_bytes(&again), size::batch_bytes(&batch));
            }
            Err(BlockError::NoColumns { rows }) => assert_eq!(rows, batch.num_rows()),
            Err(error) => panic!("{error}"),
        }
    }
}
