//! The messages are those of Arrow's own writer, of one batch and of many that are joined on the way.

use crate::block::model::{Rows, any_rows, every_type, rows_of};
use crate::block::{Framing, frame};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::compute::concat_batches;
use arrow::ipc::MetadataVersion;
use arrow::ipc::writer::{
    DictionaryTracker, IpcDataGenerator, IpcWriteContext, IpcWriteOptions, write_message,
};
use proptest::prelude::*;
use std::sync::Arc;

/// What Arrow writes.
fn arrows(batch: &RecordBatch, framing: Framing) -> Vec<u8> {
    let options = match framing {
        Framing::Current => IpcWriteOptions::try_new(8, false, MetadataVersion::V5),
        Framing::Legacy => IpcWriteOptions::try_new(8, true, MetadataVersion::V4),
    };
    let options = options.unwrap();
    let mut tracker = DictionaryTracker::new(false);
    let mut context = IpcWriteContext::default();
    let (_, encoded) = IpcDataGenerator {}
        .encode(batch, &mut tracker, &options, &mut context)
        .unwrap();
    let mut message = Vec::new();
    write_message(&mut message, encoded, &options).unwrap();
    message
}

/// `batch` in pieces that end at these rows.
fn pieces(batch: &RecordBatch, ends: &[prop::sample::Index]) -> Vec<RecordBatch> {
    let rows = batch.num_rows();
    let mut ends: Vec<usize> = ends.iter().map(|end| end.index(rows + 1)).collect();
    ends.extend([0, rows]);
    ends.sort_unstable();
    let pieces = ends.windows(2);
    pieces
        .map(|ends| batch.slice(ends[0], ends[1] - ends[0]))
        .collect()
}

fn check(rows: &Rows, ends: &[prop::sample::Index]) -> Result<(), TestCaseError> {
    let batch = rows.batch();
    for framing in [Framing::Current, Framing::Legacy] {
        let whole = frame::encode_batch(&batch, framing).unwrap();
        prop_assert!(whole == arrows(&batch, framing), "one batch");
        let pieces = pieces(&batch, ends);
        let joined = frame::encode_batches(&pieces, framing).unwrap();
        prop_assert!(joined == whole, "joined");
        for piece in &pieces {
            let alone = frame::encode_batch(piece, framing).unwrap();
            prop_assert!(alone == arrows(piece, framing), "a piece");
        }
    }
    Ok(())
}

proptest! {
    #[test]
    fn a_message_is_arrows_own_byte_for_byte(
        rows in any_rows(20),
        ends: [prop::sample::Index; 3],
    ) {
        check(&rows, &ends)?;
    }

    #[test]
    fn every_type_is_joined_as_it_stands(
        rows in rows_of(every_type(), 12),
        ends: [prop::sample::Index; 3],
    ) {
        check(&rows, &ends)?;
    }
}

#[test]
fn a_message_takes_no_more_memory_than_it_and_its_seal_need() {
    let text: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(1_000); 100]));
    let batch = RecordBatch::try_from_iter([("t", text)]).unwrap();
    let batches = vec![batch; 5];
    let message = frame::encode_batches(&batches, Framing::Legacy).unwrap();
    let whole = concat_batches(&batches[0].schema(), &batches).unwrap();
    assert!(message == arrows(&whole, Framing::Legacy));
    assert_eq!(message.capacity(), message.len() + crate::spill::TAG_BYTES);
    let mut again = message.clone();
    let place = again.as_ptr();
    frame::encode_batches_into(&batches[..2], Framing::Legacy, &mut again).unwrap();
    assert!(again == frame::encode_batches(&batches[..2], Framing::Legacy).unwrap());
    assert_eq!(
        again.as_ptr(),
        place,
        "a buffer that is large enough is kept"
    );
}

#[test]
fn no_batches_are_a_message_without_columns() {
    let message = frame::encode_batches(&[], Framing::Legacy).unwrap();
    let none = RecordBatch::new_empty(Arc::new(arrow::datatypes::Schema::empty()));
    assert_eq!(message, arrows(&none, Framing::Legacy));
}
