//! What a question means, row by row, told from the values of an unfiltered reading (protocol §8).

use super::rows::Rows;
use arrow::array::Array;
use athena_protocol::predicate::{Comparison, Scalar};
use std::cmp::Ordering;

/// A condition on rows.
#[derive(Debug, Clone)]
pub(super) enum Truth {
    All(Vec<Truth>),
    Any(Vec<Truth>),
    Not(Box<Truth>),
    /// A test of the column with this number.
    Column(usize, Test),
}

/// A test of one value.
#[derive(Debug, Clone)]
pub(super) enum Test {
    Null,
    Equal(Scalar),
    /// Compared with the value, in one of these orders.
    Ordered(Scalar, &'static [Ordering]),
    /// Not equal, null being equal to null alone.
    Distinct(Scalar),
    Begins(String),
}

impl Truth {
    /// The rows for which it is true, beyond doubt.
    pub(super) fn of(&self, rows: &Rows) -> Vec<usize> {
        (0..rows.len())
            .filter(|row| self.holds(rows, *row) == Some(true))
            .collect()
    }

    /// SQL's three values; `None` also where values cannot be compared.
    fn holds(&self, rows: &Rows, row: usize) -> Option<bool> {
        match self {
            Self::All(parts) => {
                let mut parts = parts.iter().map(|part| part.holds(rows, row));
                parts
                    .try_fold(Some(true), |so_far, part| match (so_far, part) {
                        (_, Some(false)) => Err(()),
                        (Some(true), Some(true)) => Ok(Some(true)),
                        _ => Ok(None),
                    })
                    .unwrap_or(Some(false))
            }
            Self::Any(parts) => {
                let inverse = parts.iter().map(|part| Self::Not(Box::new(part.clone())));
                Self::All(inverse.collect())
                    .holds(rows, row)
                    .map(|none| !none)
            }
            Self::Not(part) => part.holds(rows, row).map(|holds| !holds),
            Self::Column(column, test) => {
                let (array, row) = rows.cell(row, *column);
                test.holds(array.as_ref(), row)
            }
        }
    }
}

impl Test {
    fn holds(&self, array: &dyn Array, row: usize) -> Option<bool> {
        if let Self::Null = self {
            return Some(array.is_null(row));
        }
        if array.is_null(row) {
            return matches!(self, Self::Distinct(_)).then_some(true);
        }
        let value = Scalar::of(array, row)?;
        let equal = |other: &Scalar| match value.compare(other) {
            Comparison::Ordered(order) => Some(order == Ordering::Equal),
            Comparison::Unequal => Some(false),
            Comparison::Unknown => None,
        };
        match self {
            Self::Null => None,
            Self::Equal(other) => equal(other),
            Self::Distinct(other) => equal(other).map(|equal| !equal),
            Self::Ordered(other, orders) => match value.compare(other) {
                Comparison::Ordered(order) => Some(orders.contains(&order)),
                Comparison::Unequal | Comparison::Unknown => None,
            },
            Self::Begins(start) => match &value {
                Scalar::Utf8(text) => Some(text.starts_with(start)),
                _ => None,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
    use std::sync::Arc;

    fn rows() -> Rows {
        let numbers: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2), None, Some(3)]));
        let texts: ArrayRef = Arc::new(StringArray::from(vec![
            None,
            Some("ab"),
            Some("a"),
            Some("b"),
        ]));
        let mut rows = Rows::default();
        rows.extend([RecordBatch::try_from_iter([("n", numbers), ("t", texts)]).unwrap()]);
        rows
    }

    #[track_caller]
    fn check(truth: &Truth, expected: &[usize]) {
        assert_eq!(truth.of(&rows()), expected, "{truth:?}");
    }

    fn number(test: fn(Scalar) -> Test, value: i64) -> Truth {
        Truth::Column(0, test(Scalar::Int(value)))
    }

    #[test]
    fn null_is_neither_equal_nor_different_but_distinct() {
        check(&number(Test::Equal, 2), &[1]);
        let different = Truth::Not(Box::new(number(Test::Equal, 2)));
        check(&different, &[0, 3]);
        check(&number(Test::Distinct, 2), &[0, 2, 3]);
        check(&Truth::Column(0, Test::Null), &[2]);
        check(
            &Truth::Not(Box::new(Truth::Column(0, Test::Null))),
            &[0, 1, 3],
        );
    }

    #[test]
    fn conjunctions_and_disjunctions_follow_three_values() {
        let below = Truth::Column(0, Test::Ordered(Scalar::Int(3), &[Ordering::Less]));
        let begins = Truth::Column(1, Test::Begins("a".to_owned()));
        check(&Truth::All(vec![below.clone(), begins.clone()]), &[1]);
        check(&Truth::Any(vec![below.clone(), begins.clone()]), &[0, 1, 2]);
        // Row 0 is below and has no text, so that neither it nor its opposite is known to begin so.
        let neither = Truth::Not(Box::new(Truth::Any(vec![below, begins])));
        check(&neither, &[3]);
    }
}
