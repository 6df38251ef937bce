//! Cells of a batch against the neutral form of `tests/fixtures/README.md`.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMicrosecondType, TimestampMillisecondType,
};
use serde_json::Value;
use std::fmt::Write as _;

/// Fails with the first row and column that is not as `rows` say.
#[track_caller]
pub(super) fn assert_rows(batch: &RecordBatch, rows: &[Value], what: &str) {
    assert_eq!(batch.num_rows(), rows.len(), "{what}");
    for (number, row) in rows.iter().enumerate() {
        assert_eq!(row.as_object().unwrap().len(), batch.num_columns());
        for (field, column) in batch.schema().fields().iter().zip(batch.columns()) {
            let expected = &row[field.name()];
            assert!(
                is(column, number, expected),
                "{what}: row {number}, column `{}` should be {expected}",
                field.name()
            );
        }
    }
}

fn is(column: &dyn Array, row: usize, expected: &Value) -> bool {
    if column.is_null(row) || expected.is_null() {
        return column.is_null(row) && expected.is_null();
    }
    let whole = |number: i64| expected.as_i64() == Some(number);
    match column.data_type() {
        DataType::Utf8 => expected == column.as_string::<i32>().value(row),
        DataType::Binary => expected == &hex(column.as_binary::<i32>().value(row)),
        DataType::Boolean => expected == &Value::Bool(column.as_boolean().value(row)),
        DataType::Int8 => whole(column.as_primitive::<Int8Type>().value(row).into()),
        DataType::Int16 => whole(column.as_primitive::<Int16Type>().value(row).into()),
        DataType::Int32 => whole(column.as_primitive::<Int32Type>().value(row).into()),
        DataType::Int64 => whole(column.as_primitive::<Int64Type>().value(row)),
        DataType::Date32 => whole(column.as_primitive::<Date32Type>().value(row).into()),
        DataType::Date64 => whole(column.as_primitive::<Date64Type>().value(row)),
        DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, _) => {
            whole(column.as_primitive::<TimestampMillisecondType>().value(row))
        }
        DataType::Timestamp(arrow::datatypes::TimeUnit::Microsecond, _) => {
            whole(column.as_primitive::<TimestampMicrosecondType>().value(row))
        }
        DataType::Float32 => {
            let value = column.as_primitive::<Float32Type>().value(row);
            number(expected).is_some_and(|expected| {
                #[expect(
                    clippy::cast_possible_truncation,
                    reason = "a 32-bit cell is written in full"
                )]
                let expected = expected as f32;
                expected.to_bits() == value.to_bits() || expected.is_nan() && value.is_nan()
            })
        }
        DataType::Float64 => {
            let value = column.as_primitive::<Float64Type>().value(row);
            number(expected).is_some_and(|expected| {
                expected.to_bits() == value.to_bits() || expected.is_nan() && value.is_nan()
            })
        }
        DataType::Decimal128(..) => {
            expected == &column.as_primitive::<Decimal128Type>().value_as_string(row)
        }
        DataType::List(_) => all(&column.as_list::<i32>().value(row), expected),
        DataType::Struct(fields) => {
            let children = fields.iter().zip(column.as_struct().columns());
            let mut children = children.map(|(f, child)| is(child, row, &expected[f.name()]));
            children.all(|same| same)
        }
        DataType::Map(..) => {
            let entries = column.as_map().value(row);
            let pairs = expected.as_array().unwrap();
            pairs.len() == entries.len()
                && pairs.iter().enumerate().all(|(at, pair)| {
                    is(entries.column(0), at, &pair[0]) && is(entries.column(1), at, &pair[1])
                })
        }
        other => panic!("no column of the fixtures is of type {other}"),
    }
}

fn all(elements: &dyn Array, expected: &Value) -> bool {
    let expected = expected.as_array().unwrap();
    let mut pairs = expected.iter().enumerate();
    elements.len() == expected.len() && pairs.all(|(at, expected)| is(elements, at, expected))
}

/// A number, or one of the texts for those that JSON has none for.
fn number(value: &Value) -> Option<f64> {
    value.as_f64().or_else(|| match value.as_str()? {
        "NaN" => Some(f64::NAN),
        "Infinity" => Some(f64::INFINITY),
        "-Infinity" => Some(f64::NEG_INFINITY),
        _ => None,
    })
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}
