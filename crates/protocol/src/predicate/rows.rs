//! Which rows of a batch qualify (protocol §8).
//!
//! A row may be kept although it does not qualify, since the engine filters again; it is never dropped if it does.

use super::Constraints;
use arrow::array::{BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;

/// The rows of `batch` that satisfy `summary`; `None` if all do.
///
/// A column that the batch lacks does not constrain.
pub fn matching_rows(constraints: &Constraints, batch: &RecordBatch) -> Option<BooleanArray> {
    let mut kept: Option<BooleanBuffer> = None;
    for (name, set) in &constraints.summary {
        let Some(column) = batch.column_by_name(name) else {
            continue;
        };
        let mask = set.matches(column);
        kept = Some(match kept {
            None => mask,
            Some(before) => &before & &mask,
        });
    }
    kept.filter(|mask| mask.count_set_bits() < mask.len())
        .map(|mask| BooleanArray::new(mask, None))
}
