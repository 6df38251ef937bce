//! Rows that a connector gave, and how two lots of them differ.

use super::rowkey::{RowKey, keys};
use arrow::array::{ArrayRef, RecordBatch};
use std::collections::HashMap;

/// Rows of one schema, numbered from 0 as they came.
#[derive(Debug, Default, Clone)]
pub(super) struct Rows {
    batches: Vec<RecordBatch>,
    keys: Vec<RowKey>,
    /// Batch and row in it.
    places: Vec<(usize, usize)>,
}

/// What one lot of rows lacks of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lack {
    /// How many rows.
    pub(super) rows: usize,
    /// The first of them.
    pub(super) first: usize,
}

impl Rows {
    /// Takes further rows.
    pub(super) fn extend(&mut self, batches: impl IntoIterator<Item = RecordBatch>) {
        for batch in batches {
            let at = self.batches.len();
            self.keys.extend(keys(&batch));
            self.places
                .extend((0..batch.num_rows()).map(|row| (at, row)));
            self.batches.push(batch);
        }
    }

    /// How many rows there are.
    pub(super) fn len(&self) -> usize {
        self.keys.len()
    }

    /// The keys, row by row.
    pub(super) fn keys(&self) -> &[RowKey] {
        &self.keys
    }

    /// The blocks that the rows came in.
    pub(super) fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// A column's array that holds the row's value, and where in it.
    pub(super) fn cell(&self, row: usize, column: usize) -> (&ArrayRef, usize) {
        let (batch, row) = self.places[row];
        (self.batches[batch].column(column), row)
    }

    /// The rows of `self` among `which` that `other` has not, copies counted.
    pub(super) fn missing_in(
        &self,
        which: impl IntoIterator<Item = usize>,
        other: &Self,
    ) -> Option<Lack> {
        let mut there = counts(&other.keys);
        let mut lack: Option<Lack> = None;
        for row in which {
            let left = there.entry(self.keys[row]).or_default();
            if *left > 0 {
                *left -= 1;
                continue;
            }
            let lack = lack.get_or_insert(Lack {
                rows: 0,
                first: row,
            });
            lack.rows += 1;
        }
        lack
    }

    /// All rows of `self` that `other` has not, copies counted.
    pub(super) fn all_missing_in(&self, other: &Self) -> Option<Lack> {
        self.missing_in(0..self.len(), other)
    }

    /// The same rows with some of their columns.
    pub(super) fn project(&self, columns: &[usize]) -> Self {
        let mut projected = Self::default();
        let batches = self.batches.iter().map(|batch| {
            batch
                .project(columns)
                .expect("columns are numbered by the batch's own schema")
        });
        projected.extend(batches.collect::<Vec<_>>());
        projected
    }
}

fn counts(keys: &[RowKey]) -> HashMap<RowKey, usize> {
    let mut counts = HashMap::with_capacity(keys.len());
    for key in keys {
        *counts.entry(*key).or_default() += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::Int32Array;
    use std::sync::Arc;

    fn rows(lots: &[&[i32]]) -> Rows {
        let mut rows = Rows::default();
        rows.extend(lots.iter().map(|numbers| {
            let column: ArrayRef = Arc::new(Int32Array::from(numbers.to_vec()));
            RecordBatch::try_from_iter([("n", column)]).unwrap()
        }));
        rows
    }

    #[test]
    fn rows_are_compared_as_a_heap_in_which_copies_count() {
        let all = rows(&[&[1, 2, 2], &[3]]);
        assert_eq!(all.all_missing_in(&rows(&[&[3, 2, 1, 2]])), None);
        let lack = all.all_missing_in(&rows(&[&[3, 2]])).unwrap();
        assert_eq!((lack.rows, lack.first), (2, 0));
        let lack = all.all_missing_in(&rows(&[&[1, 2, 3]])).unwrap();
        assert_eq!((lack.rows, lack.first), (1, 2));
        assert_eq!(all.missing_in([0, 3], &rows(&[&[3, 1]])), None);
    }
}
