//! The size of a block as the engine counts it (protocol §6).
//!
//! Raw values, offsets and validity bits without alignment, flatbuffers or base64. It decides when a block is full.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::DataType;

/// Bytes that the engine counts for `batch`.
pub fn batch_bytes(batch: &RecordBatch) -> usize {
    slice_bytes(batch, 0, batch.num_rows())
}

/// Bytes that the engine counts for `len` rows of `batch` from row `offset`.
pub fn slice_bytes(batch: &RecordBatch, offset: usize, len: usize) -> usize {
    batch
        .columns()
        .iter()
        .map(|column| range_bytes(column, offset, len))
        .sum()
}

/// Bytes that the engine counts for `len` values of `array` from `offset`; nothing for an empty range.
///
/// What lies beneath a null counts too, since it is written: text that its offsets span, elements of its list.
pub fn range_bytes(array: &dyn Array, offset: usize, len: usize) -> usize {
    if len == 0 {
        return 0;
    }
    let validity = len.div_ceil(8);
    let offsets = 4 * (len + 1);
    match array.data_type() {
        // No buffer stands for nulls alone.
        DataType::Null => 0,
        DataType::Boolean => 2 * validity,
        DataType::Utf8 => {
            validity + offsets + span(array.as_string::<i32>().value_offsets(), offset, len).1
        }
        DataType::Binary => {
            validity + offsets + span(array.as_binary::<i32>().value_offsets(), offset, len).1
        }
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let (start, count) = span(list.value_offsets(), offset, len);
            validity + offsets + range_bytes(list.values(), start, count)
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let (start, count) = span(map.value_offsets(), offset, len);
            validity + offsets + range_bytes(map.entries(), start, count)
        }
        DataType::FixedSizeList(_, size) => {
            let (list, size) = (array.as_fixed_size_list(), width(*size));
            validity + range_bytes(list.values(), offset * size, len * size)
        }
        DataType::Struct(_) => {
            let children = array.as_struct().columns();
            validity
                + children
                    .iter()
                    .map(|child| range_bytes(child, offset, len))
                    .sum::<usize>()
        }
        DataType::FixedSizeBinary(bytes) => validity + len * width(*bytes),
        // Types that the protocol does not have are refused when they are written, so it does not matter what they count for.
        fixed => validity + len * fixed.primitive_width().unwrap_or(0),
    }
}

/// First element and number of elements that rows `offset..offset + len` span.
fn span(offsets: &[i32], offset: usize, len: usize) -> (usize, usize) {
    let at = |row: usize| width(offsets[row]);
    (at(offset), at(offset + len) - at(offset))
}

fn width(count: i32) -> usize {
    usize::try_from(count).expect("Arrow's offsets and widths are never negative")
}

#[cfg(test)]
mod tests;
