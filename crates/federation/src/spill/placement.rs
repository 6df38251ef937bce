//! Inline or spilled? (protocol §9.2, §15)

use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use athena_protocol::block::size;

/// Largest response that Lambda hands to the caller, in bytes of text.
pub const LAMBDA_RESPONSE_BYTES: usize = 6_291_556;

/// Whether `batch` may be answered inline: below the engine's limit, and with its text below Lambda's.
///
/// The Java connector looks at the first alone, and fails where base64 makes the text too long.
pub fn fits_inline(batch: &RecordBatch, max_inline_block_bytes: u64) -> bool {
    let raw = size::batch_bytes(batch);
    (raw as u64) < max_inline_block_bytes && text_bound(batch, raw) < LAMBDA_RESPONSE_BYTES
}

/// An upper bound of the response's text for a batch of `raw` counted bytes.
fn text_bound(batch: &RecordBatch, raw: usize) -> usize {
    let schema = batch.schema();
    let nodes: usize = schema
        .fields()
        .iter()
        .map(|field| nodes(field.data_type()))
        .sum();
    let metadata: usize = schema
        .metadata()
        .iter()
        .map(|(key, value)| key.len() + value.len() + 32)
        .sum();
    // Each node has up to three buffers, each padded to 8 bytes and described by 16, and a description of 16 itself.
    let message = raw + nodes * (3 * (8 + 16) + 16) + 512;
    let schema_message = 512 + metadata + nodes * 160 + names(schema.fields());
    (message + schema_message).div_ceil(3) * 4 + 1024
}

fn nodes(data_type: &DataType) -> usize {
    1 + match data_type {
        DataType::List(child) | DataType::Map(child, _) => nodes(child.data_type()),
        DataType::Struct(children) => children.iter().map(|child| nodes(child.data_type())).sum(),
        _ => 0,
    }
}

fn names(fields: &arrow::datatypes::Fields) -> usize {
    fields
        .iter()
        .map(|field| {
            let metadata = field.metadata().iter();
            field.name().len()
                + metadata
                    .map(|(key, value)| key.len() + value.len() + 32)
                    .sum::<usize>()
                + match field.data_type() {
                    DataType::Struct(children) => names(children),
                    DataType::List(child) | DataType::Map(child, _) => {
                        names(&arrow::datatypes::Fields::from(vec![child.clone()]))
                    }
                    _ => 0,
                }
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        ArrayRef, BooleanArray, Decimal128Array, Int8Array, ListArray, MapBuilder, StringArray,
        StringBuilder, StructArray, TimestampMillisecondArray,
    };
    use arrow::datatypes::{Field, Int32Type};
    use athena_protocol::block::Block;
    use athena_protocol::wire::{ReadRecordsResponse, Response};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn text_bytes(batch: RecordBatch) -> usize {
        Response::ReadRecords(ReadRecordsResponse {
            catalog_name: "lambda_cat".into(),
            records: Block::new(batch),
        })
        .to_json()
        .unwrap()
        .len()
    }

    /// The same rows, with metadata on the schema and on each column.
    fn with_metadata(batch: &RecordBatch, text: &str) -> RecordBatch {
        let metadata: std::collections::HashMap<_, _> = (0..3)
            .map(|n| (format!("{n}{text}"), text.to_owned()))
            .collect();
        let fields = (batch.schema().fields().iter())
            .map(|field| field.as_ref().clone().with_metadata(metadata.clone()))
            .collect::<Vec<_>>();
        let schema = arrow::datatypes::Schema::new_with_metadata(fields, metadata);
        RecordBatch::try_new(Arc::new(schema), batch.columns().to_vec()).unwrap()
    }

    proptest! {
        #[test]
        fn the_bound_is_never_below_the_text(rows in 1usize..200, columns in 1usize..12, nulls in 1usize..5, text in "[a-zé]{0,40}") {
            let mut named: Vec<(String, ArrayRef)> = Vec::new();
            for column in 0..columns {
                let keep = |row: usize| row % nulls != column % nulls || nulls == 1;
                let array: ArrayRef = match column % 7 {
                    0 => Arc::new((0..rows).map(|row| keep(row).then(|| text.clone())).collect::<StringArray>()),
                    1 => Arc::new((0..rows).map(|row| keep(row).then_some(row % 2 == 0)).collect::<BooleanArray>()),
                    2 => Arc::new(ListArray::from_iter_primitive::<Int32Type, _, _>((0..rows).map(|row| keep(row).then(|| vec![Some(1); row % 3])))),
                    3 => Arc::new((0..rows).map(|row| keep(row).then_some(i64::try_from(row).unwrap())).collect::<TimestampMillisecondArray>().with_timezone("America/Argentina/ComodRivadavia")),
                    4 => Arc::new((0..rows).map(|row| keep(row).then_some(row as i128)).collect::<Decimal128Array>()),
                    5 => {
                        let mut map = MapBuilder::new(None, StringBuilder::new(), StringBuilder::new());
                        for row in 0..rows {
                            map.keys().append_value(&text);
                            map.values().append_option(keep(row).then_some("v"));
                            map.append(keep(row)).unwrap();
                        }
                        Arc::new(map.finish())
                    }
                    _ => {
                        let child: ArrayRef = Arc::new(Int8Array::from(vec![7; rows]));
                        Arc::new(StructArray::from(vec![(Arc::new(Field::new("x", DataType::Int8, true)), child)]))
                    }
                };
                named.push((format!("column_{column}_{text}"), array));
            }
            let batch = with_metadata(&RecordBatch::try_from_iter(named).unwrap(), &text);
            let bound = text_bound(&batch, size::batch_bytes(&batch));
            prop_assert!(bound >= text_bytes(batch), "bound {bound}");
        }
    }

    #[test]
    fn a_batch_of_the_limits_size_is_spilled() {
        let column: ArrayRef = Arc::new(StringArray::from(vec!["x".repeat(100)]));
        let batch = RecordBatch::try_from_iter([("t", column)]).unwrap();
        let bytes = size::batch_bytes(&batch) as u64;
        assert!(fits_inline(&batch, bytes + 1) && !fits_inline(&batch, bytes));
        assert!(!fits_inline(&batch, 0));
    }

    #[test]
    fn base64_decides_where_the_raw_size_would_still_fit() {
        let text = "x".repeat(5_000_000);
        let batch = RecordBatch::try_from_iter([(
            "t",
            Arc::new(StringArray::from(vec![text])) as ArrayRef,
        )])
        .unwrap();
        assert!(size::batch_bytes(&batch) < 5_242_880);
        assert!(
            !fits_inline(&batch, 5_242_880),
            "5,000,000 bytes are 6,666,668 of text"
        );
    }
}
