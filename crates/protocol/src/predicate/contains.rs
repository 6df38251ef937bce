//! Whether one value qualifies, by the two rules that Java has (protocol §8).
//!
//! Both take what cannot be compared for qualified: the engine filters again, so a row too many does no harm. A connector
//! filters its batches with [`Predicate::matches`](super::Predicate::matches), which is the evaluator's rule for values that are in
//! their column already; the rules here say what it must find, and serve where there is no batch.

use super::order::rounded;
use super::range::values_column;
use super::{Comparison, Scalar, ValueSet};
use arrow::array::Array;
use arrow::datatypes::DataType;
use std::borrow::Cow;
use std::cmp::Ordering;

impl ValueSet {
    /// The evaluator's rule (Java's `ConstraintEvaluator`): whether `value`, stored in a column of type `column`, qualifies.
    ///
    /// Storing rounds a decimal to the column's scale. Null qualifies if the set allows it, and by nothing else.
    /// Takes time in proportion to the set.
    pub fn contains(&self, column: &DataType, value: Option<&Scalar>) -> bool {
        match value {
            None => self.null_allowed(),
            Some(value) => self.holds(&stored(value, column)),
        }
    }

    /// The projector's rule (Java's `GeneratedRowWriter`): whether `value` qualifies as it came, with all its digits.
    ///
    /// Null that is not allowed is looked up in a list like any other value, so that a black list lets it through.
    /// Takes time in proportion to the set.
    pub fn contains_unstored(&self, value: Option<&Scalar>) -> bool {
        match (value, self) {
            (Some(value), _) => self.holds(value),
            (None, _) if self.null_allowed() => true,
            (
                None,
                Self::EquatableValueSet {
                    value_block,
                    white_list,
                    ..
                },
            ) => {
                let listed =
                    values_column(value_block).is_some_and(|values| values.null_count() > 0);
                listed == *white_list
            }
            (None, _) => false,
        }
    }

    /// Whether the set holds a value other than null, or might.
    fn holds(&self, value: &Scalar) -> bool {
        match self {
            Self::AllOrNoneValueSet { all, .. } => *all,
            Self::SortedRangeSet { ranges, .. } => {
                // What is in none of the ranges for certain is out; what might be in one stays.
                ranges
                    .iter()
                    .any(|range| range.contains(value) != Some(false))
            }
            Self::EquatableValueSet {
                value_block,
                white_list,
                ..
            } => {
                let Some(listed) = values_column(value_block) else {
                    return true;
                };
                let mut unknown = false;
                let found = (0..listed.len())
                    .filter_map(|row| Scalar::of(listed, row))
                    .any(|listed| match value.compare(&listed) {
                        Comparison::Ordered(order) => order == Ordering::Equal,
                        Comparison::Unequal => false,
                        Comparison::Unknown => {
                            unknown = true;
                            false
                        }
                    });
                found == *white_list || (!found && unknown)
            }
        }
    }
}

/// The value as a column of this type holds it.
fn stored<'a>(value: &'a Scalar, column: &DataType) -> Cow<'a, Scalar> {
    if let (&Scalar::Decimal { unscaled, scale }, &DataType::Decimal128(_, to)) = (value, column)
        && let Some(unscaled) = rounded(unscaled, scale, to)
    {
        return Cow::Owned(Scalar::Decimal {
            unscaled,
            scale: to,
        });
    }
    Cow::Borrowed(value)
}

#[cfg(test)]
mod tests;
