//! Rows as texts that can be compared, also between connectors that show a column in other types.

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch};
use arrow::datatypes::{DataType, Schema};
use arrow::error::ArrowError;
use arrow::util::display::{ArrayFormatter, FormatOptions};

/// A cell; `None` for null.
pub(super) type Cell = Option<String>;

/// The rows of an answer, as texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cells {
    pub(super) columns: Vec<String>,
    pub(super) types: Vec<String>,
    pub(super) rows: Vec<Vec<Cell>>,
}

impl Cells {
    /// The texts of all rows.
    ///
    /// # Errors
    /// If Arrow has no text for a type.
    pub(super) fn of(schema: &Schema, batches: &[RecordBatch]) -> Result<Self, ArrowError> {
        let fields = schema.fields().iter();
        let mut rows = Vec::new();
        for batch in batches {
            for row in 0..batch.num_rows() {
                let cells = batch.columns().iter().map(|column| cell(column, row));
                rows.push(cells.collect::<Result<_, _>>()?);
            }
        }
        Ok(Self {
            columns: fields.clone().map(|field| field.name().clone()).collect(),
            types: fields.map(|field| field.data_type().to_string()).collect(),
            rows,
        })
    }
}

fn cell(array: &ArrayRef, row: usize) -> Result<Cell, ArrowError> {
    // A column that is nothing but null does not say so row by row.
    if array.is_null(row) || *array.data_type() == DataType::Null {
        return Ok(None);
    }
    let text = match array.data_type() {
        DataType::List(_) => heap(std::slice::from_ref(&array.as_list::<i32>().value(row)))?,
        DataType::Map(..) => heap(array.as_map().value(row).columns())?,
        DataType::Struct(fields) => {
            let children = fields.iter().zip(array.as_struct().columns());
            let mut parts = children
                .map(|(field, child)| Ok(format!("{}={}", field.name(), shown(&cell(child, row)?))))
                .collect::<Result<Vec<_>, ArrowError>>()?;
            parts.sort();
            format!("{{{}}}", parts.join(","))
        }
        data_type => {
            let text = ArrayFormatter::try_new(array, &FormatOptions::new())?;
            let text = text.value(row).try_to_string()?;
            if matches!(data_type, DataType::Decimal128(..)) || data_type.is_floating() {
                plain(&text)
            } else {
                text
            }
        }
    };
    Ok(Some(text))
}

/// Elements in any order: a map has none, and a list may have been a set, which a source gives as it likes.
fn heap(columns: &[ArrayRef]) -> Result<String, ArrowError> {
    let elements = 0..columns.first().map_or(0, Array::len);
    let mut elements = elements
        .map(|element| {
            let sides = columns
                .iter()
                .map(|column| Ok(shown(&cell(column, element)?)));
            Ok(sides.collect::<Result<Vec<_>, ArrowError>>()?.join(":"))
        })
        .collect::<Result<Vec<_>, ArrowError>>()?;
    elements.sort();
    Ok(format!("[{}]", elements.join(",")))
}

/// A part of a nested value: quoted, so that no text is taken for two.
fn shown(cell: &Cell) -> String {
    match cell {
        None => "null".to_owned(),
        Some(text) => format!("{text:?}"),
    }
}

/// A number without what its type adds: `1.500` and `1.5`, `2.0` and `2` are the same.
fn plain(text: &str) -> String {
    if !text.contains('.') || text.contains(['e', 'E']) {
        return text.to_owned();
    }
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{
        Decimal128Array, Float64Array, Int64Array, ListBuilder, NullArray, StringArray,
        StringBuilder,
    };
    use std::sync::Arc;

    fn texts(column: ArrayRef) -> Vec<Cell> {
        let batch = RecordBatch::try_from_iter([("c", column)]).unwrap();
        let cells = Cells::of(&batch.schema(), &[batch]).unwrap();
        cells.rows.into_iter().flatten().collect()
    }

    #[test]
    fn one_number_has_one_text_in_every_type() {
        let decimals = Decimal128Array::from(vec![Some(2_000_000_000), Some(100_500_000_000)]);
        let decimals = decimals.with_precision_and_scale(38, 9).unwrap();
        assert_eq!(
            texts(Arc::new(decimals)),
            [Some("2".to_owned()), Some("100.5".to_owned())]
        );
        let floats = Float64Array::from(vec![2.0, 100.5]);
        assert_eq!(
            texts(Arc::new(floats)),
            [Some("2".to_owned()), Some("100.5".to_owned())]
        );
        assert_eq!(
            texts(Arc::new(Int64Array::from(vec![200]))),
            [Some("200".to_owned())]
        );
    }

    #[test]
    fn a_null_is_no_text_and_a_text_keeps_its_zeros() {
        let column = StringArray::from(vec![None, Some(""), Some("1.50"), Some("null")]);
        let told = ["", "1.50", "null"].map(|text| Some(text.to_owned()));
        let found = texts(Arc::new(column));
        assert_eq!(found[0], None);
        assert_eq!(found[1..], told);
        assert_eq!(texts(Arc::new(NullArray::new(2))), [None, None]);
    }

    #[test]
    fn a_set_is_the_same_in_any_order_and_no_text_is_taken_for_two() {
        let mut lists = ListBuilder::new(StringBuilder::new());
        lists.append_value([Some("b"), Some("a")]);
        lists.append_value([Some("a"), Some("b")]);
        lists.append_value([Some("a\",\"b")]);
        let found = texts(Arc::new(lists.finish()));
        assert_eq!(found[0], found[1]);
        assert_ne!(found[0], found[2]);
    }
}
