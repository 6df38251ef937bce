//! Rows in a form that is compared and printed easily: JSON objects, in an order of their own.
//!
//! Decimals are the unscaled integer as text, bytes base64.

use arrow::array::{Array, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Date32Type, Date64Type, Decimal128Type, Float64Type, Int64Type};
use serde_json::{Map, Value};

/// Rows without an order among them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rows(Vec<String>);

impl Rows {
    pub(crate) fn new(rows: impl IntoIterator<Item = Value>) -> Self {
        let mut rows: Vec<String> = rows.into_iter().map(|row| row.to_string()).collect();
        rows.sort_unstable();
        Self(rows)
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    /// Fails with the first rows that differ.
    #[track_caller]
    pub(crate) fn assert_eq(&self, expected: &Self, what: &str) {
        if let Some(difference) = self.difference(expected) {
            panic!("{what}: {difference}");
        }
    }

    /// The first rows that differ, if any do.
    pub(crate) fn difference(&self, expected: &Self) -> Option<String> {
        if self == expected {
            return None;
        }
        Some(format!(
            "{} rows, expected {}\nonly there: {:#?}\nonly expected: {:#?}",
            self.len(),
            expected.len(),
            self.surplus(expected),
            expected.surplus(self),
        ))
    }

    /// The first rows that are here and not in `those`, as often as they are here.
    pub(crate) fn surplus(&self, those: &Self) -> Vec<String> {
        let mut those = those.0.clone();
        let mut only = Vec::new();
        for row in &self.0 {
            match those.iter().position(|other| other == row) {
                Some(at) => drop(those.swap_remove(at)),
                None => only.push(row.chars().take(600).collect()),
            }
        }
        only.truncate(3);
        only
    }
}

/// The rows of all batches.
pub(crate) fn rows_of(batches: &[RecordBatch]) -> Rows {
    let rows = batches.iter().flat_map(|batch| {
        (0..batch.num_rows()).map(|row| {
            let schema = batch.schema();
            let cells = schema.fields().iter().zip(batch.columns());
            let cells = cells.map(|(field, column)| (field.name().clone(), cell(column, row)));
            Value::Object(cells.collect())
        })
    });
    Rows::new(rows.collect::<Vec<_>>())
}

/// One value.
pub(crate) fn cell(column: &dyn Array, row: usize) -> Value {
    if column.is_null(row) {
        return Value::Null;
    }
    match column.data_type() {
        DataType::Utf8 => column.as_string::<i32>().value(row).into(),
        DataType::Binary => base64(column.as_binary::<i32>().value(row)).into(),
        DataType::Boolean => column.as_boolean().value(row).into(),
        DataType::Decimal128(..) => column
            .as_primitive::<Decimal128Type>()
            .value(row)
            .to_string()
            .into(),
        // As they lie in the column: the cents of a decimal(10,2), the milliseconds of a clock on the wall.
        DataType::Int64 => column.as_primitive::<Int64Type>().value(row).into(),
        DataType::Float64 => column.as_primitive::<Float64Type>().value(row).into(),
        DataType::Date32 => column.as_primitive::<Date32Type>().value(row).into(),
        DataType::Date64 => column.as_primitive::<Date64Type>().value(row).into(),
        DataType::List(_) => {
            let elements = column.as_list::<i32>().value(row);
            (0..elements.len()).map(|at| cell(&elements, at)).collect()
        }
        DataType::Struct(fields) => {
            let children = fields.iter().zip(column.as_struct().columns());
            let children = children.map(|(field, child)| (field.name().clone(), cell(child, row)));
            Value::Object(children.collect::<Map<_, _>>())
        }
        other => panic!("no column of these tests is of type {other}"),
    }
}

fn base64(bytes: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(bytes)
}
