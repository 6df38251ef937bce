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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::predicate::{Scalar, ValueSet};
    use arrow::array::{ArrayRef, Int32Array, StringArray};
    use arrow::datatypes::DataType;
    use std::sync::Arc;

    #[test]
    fn a_row_is_kept_if_all_its_columns_qualify() {
        let ints: ArrayRef = Arc::new(Int32Array::from(vec![Some(1), Some(2), None, Some(1)]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec!["a", "a", "a", "b"]));
        let batch = RecordBatch::try_from_iter([("n", ints), ("t", texts)]).unwrap();
        let one = || ValueSet::of_values(&DataType::Int32, [Scalar::Int(1)]);
        let a = || ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8("a".to_owned())]);
        let kept = |summary: Vec<(&str, ValueSet)>| {
            let summary = summary
                .into_iter()
                .map(|(name, set)| (name.to_owned(), set));
            let constraints = Constraints {
                summary: summary.collect(),
                ..Constraints::default()
            };
            matching_rows(&constraints, &batch).map(|mask| mask.values().iter().collect::<Vec<_>>())
        };
        assert_eq!(
            kept(vec![("n", one())]),
            Some(vec![true, false, false, true])
        );
        assert_eq!(
            kept(vec![("n", one()), ("t", a())]),
            Some(vec![true, false, false, false])
        );
        assert_eq!(kept(vec![("missing", one())]), None);
        assert_eq!(kept(vec![("t", ValueSet::not_null(&DataType::Utf8))]), None);
    }
}
