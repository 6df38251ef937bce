//! Rows as numbers that can be compared: equal rows have equal keys, whatever block they came in.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::DataType;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use athena_protocol::predicate::Scalar;
use std::collections::hash_map::DefaultHasher;
use std::hash::Hasher;

/// Stands for a row: 128 bits of a hash of its values.
pub(super) type RowKey = u128;

/// The keys of the rows of a batch.
pub(super) fn keys(batch: &RecordBatch) -> Vec<RowKey> {
    let mut text = Vec::new();
    let keys = (0..batch.num_rows()).map(|row| {
        text.clear();
        for column in batch.columns() {
            write(column, row, &mut text);
        }
        key(&text)
    });
    keys.collect()
}

fn key(text: &[u8]) -> RowKey {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        hasher.write_u8(salt);
        hasher.write(text);
        u128::from(hasher.finish())
    };
    half(1) << 64 | half(2)
}

/// Writes a value so that no two different ones are written alike.
fn write(array: &dyn Array, row: usize, out: &mut Vec<u8>) {
    if array.is_null(row) {
        out.push(0);
        return;
    }
    out.push(1);
    match array.data_type() {
        DataType::List(_) => {
            let elements = array.as_list::<i32>().value(row);
            heap(&[elements], out);
        }
        DataType::Struct(_) => {
            for child in array.as_struct().columns() {
                write(child, row, out);
            }
        }
        DataType::Map(..) => {
            let entries = array.as_map().value(row);
            heap(entries.columns(), out);
        }
        _ => scalar(array, row, out),
    }
}

/// Elements in any order: a map has none, and a list may have been a set, which a source gives as it likes.
fn heap(columns: &[ArrayRef], out: &mut Vec<u8>) {
    let elements = 0..columns.first().map_or(0, Array::len);
    let mut written: Vec<Vec<u8>> = elements
        .map(|element| {
            let mut text = Vec::new();
            for column in columns {
                write(column, element, &mut text);
            }
            text
        })
        .collect();
    written.sort();
    length(written.len(), out);
    out.extend(written.concat());
}

fn scalar(array: &dyn Array, row: usize, out: &mut Vec<u8>) {
    let mut bytes = |bytes: &[u8]| {
        length(bytes.len(), out);
        out.extend_from_slice(bytes);
    };
    match Scalar::of(array, row) {
        Some(Scalar::Utf8(text)) => bytes(text.as_bytes()),
        Some(Scalar::Binary(binary)) => bytes(&binary),
        Some(Scalar::Bool(truth)) => out.push(u8::from(truth)),
        Some(
            Scalar::Int(number)
            | Scalar::Date64(number)
            | Scalar::Timestamp(number)
            | Scalar::Micros(number),
        ) => out.extend(number.to_le_bytes()),
        Some(Scalar::Date32(days)) => out.extend(days.to_le_bytes()),
        Some(Scalar::Float32(number)) => out.extend(number.to_bits().to_le_bytes()),
        Some(Scalar::Float64(number)) => out.extend(number.to_bits().to_le_bytes()),
        Some(Scalar::Decimal { unscaled, .. }) => out.extend(unscaled.to_le_bytes()),
        // A type that the protocol does not have; another rule tells.
        Some(Scalar::Nested(_)) | None => {
            let text = ArrayFormatter::try_new(array, &FormatOptions::new())
                .map(|formatter| formatter.value(row).to_string());
            bytes(text.unwrap_or_default().as_bytes());
        }
    }
}

fn length(length: usize, out: &mut Vec<u8>) {
    out.extend((length as u64).to_le_bytes());
}

#[cfg(test)]
mod tests {
    use super::keys;
    use arrow::array::{
        ArrayRef, Int32Array, Int32Builder, ListBuilder, MapBuilder, RecordBatch, StringArray,
        StringBuilder,
    };
    use std::sync::Arc;

    fn of(columns: Vec<ArrayRef>) -> Vec<u128> {
        let columns = columns.into_iter().enumerate();
        let named = columns.map(|(at, column)| (at.to_string(), column));
        keys(&RecordBatch::try_from_iter(named).unwrap())
    }

    #[test]
    fn texts_that_run_together_are_different_rows() {
        let left: ArrayRef = Arc::new(StringArray::from(vec![
            Some("ab"),
            Some("a"),
            None,
            Some(""),
        ]));
        let right: ArrayRef = Arc::new(StringArray::from(vec![
            Some("c"),
            Some("bc"),
            Some(""),
            None,
        ]));
        let mut found = of(vec![left, right]);
        found.sort_unstable();
        found.dedup();
        assert_eq!(found.len(), 4);
    }

    #[test]
    fn a_row_has_one_key_wherever_it_stands() {
        let numbers = Int32Array::from(vec![Some(7), None, Some(7)]);
        let sliced = numbers.slice(2, 1);
        let found = of(vec![Arc::new(numbers)]);
        assert_eq!(found[0], found[2]);
        assert_ne!(found[0], found[1]);
        assert_eq!(of(vec![Arc::new(sliced)])[0], found[0]);
    }

    #[test]
    fn lists_and_maps_are_heaps() {
        let mut lists = ListBuilder::new(Int32Builder::new());
        lists.append_value([Some(1), Some(2)]);
        lists.append_value([Some(2), Some(1)]);
        lists.append_value([Some(1), None, Some(2)]);
        lists.append_value([Some(1), Some(2), Some(2)]);
        let found = of(vec![Arc::new(lists.finish())]);
        assert_eq!(found[0], found[1]);
        assert!(found[0] != found[2] && found[0] != found[3]);

        let mut maps = MapBuilder::new(None, StringBuilder::new(), Int32Builder::new());
        for order in [["a", "b"], ["b", "a"]] {
            for name in order {
                maps.keys().append_value(name);
                maps.values().append_value(i32::from(name == "a"));
            }
            maps.append(true).unwrap();
        }
        let found = of(vec![Arc::new(maps.finish())]);
        assert_eq!(found[0], found[1]);
    }
}
