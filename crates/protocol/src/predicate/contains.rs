//! Which rows qualify (protocol §8).
//!
//! A row may be kept although it does not qualify, since the engine filters again; it is never dropped if it does. So
//! whatever has no order here (timestamps of different zones, unknown types) is kept.

use super::scalar::{decimal_order, java_order_f32, java_order_f64, utf16_order};
use super::{Bound, Constraints, Range, Scalar, ValueSet};
use arrow::array::{Array, ArrayRef, AsArray, BooleanArray, RecordBatch};
use arrow::buffer::BooleanBuffer;
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type,
};
use std::cmp::Ordering;

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

impl ValueSet {
    /// A bit per row of `column`: whether its value is in this set.
    pub fn matches(&self, column: &ArrayRef) -> BooleanBuffer {
        let nulls = self.null_allowed();
        let rows = |contains: &dyn Fn(usize) -> bool| {
            BooleanBuffer::collect_bool(column.len(), |row| {
                if column.is_null(row) {
                    nulls
                } else {
                    contains(row)
                }
            })
        };
        macro_rules! ordered {
            ($values:expr, $pattern:pat => $order:expr) => {{
                let values = $values;
                rows(&|row| {
                    self.contains_by(&|bound| match (values.value(row), bound) {
                        $pattern => Some($order),
                        _ => None,
                    })
                })
            }};
        }
        match column.data_type() {
            DataType::Utf8 => {
                ordered!(column.as_string::<i32>(), (a, Scalar::Utf8(b)) => utf16_order(a, b))
            }
            DataType::Binary => {
                ordered!(column.as_binary::<i32>(), (a, Scalar::Binary(b)) => a.cmp(b.as_slice()))
            }
            DataType::Boolean => ordered!(column.as_boolean(), (a, Scalar::Bool(b)) => a.cmp(b)),
            DataType::Int8 => {
                ordered!(column.as_primitive::<Int8Type>(), (a, Scalar::Int(b)) => i64::from(a).cmp(b))
            }
            DataType::Int16 => {
                ordered!(column.as_primitive::<Int16Type>(), (a, Scalar::Int(b)) => i64::from(a).cmp(b))
            }
            DataType::Int32 => {
                ordered!(column.as_primitive::<Int32Type>(), (a, Scalar::Int(b)) => i64::from(a).cmp(b))
            }
            DataType::Int64 => {
                ordered!(column.as_primitive::<Int64Type>(), (a, Scalar::Int(b)) => a.cmp(b))
            }
            DataType::Float32 => {
                ordered!(column.as_primitive::<Float32Type>(), (a, Scalar::Float32(b)) => java_order_f32(a, *b))
            }
            DataType::Float64 => {
                ordered!(column.as_primitive::<Float64Type>(), (a, Scalar::Float64(b)) => java_order_f64(a, *b))
            }
            DataType::Decimal128(_, from) => ordered!(
                column.as_primitive::<Decimal128Type>(),
                (a, Scalar::Decimal { unscaled, scale }) => decimal_order(a, *from, *unscaled, *scale)
            ),
            DataType::Date32 => {
                ordered!(column.as_primitive::<Date32Type>(), (a, Scalar::Date32(b)) => a.cmp(b))
            }
            DataType::Date64 => {
                ordered!(column.as_primitive::<Date64Type>(), (a, Scalar::Date64(b)) => a.cmp(b))
            }
            DataType::List(_) | DataType::Struct(_) | DataType::Map(..) => rows(&|row| {
                let value = column.slice(row, 1);
                self.contains_by(&|bound| match bound {
                    Scalar::Nested(listed) if listed.data_type() != value.data_type() => None,
                    Scalar::Nested(listed) if listed.as_ref() == value.as_ref() => {
                        Some(Ordering::Equal)
                    }
                    Scalar::Nested(_) => Some(Ordering::Less),
                    _ => None,
                })
            }),
            _ => rows(&|row| match Scalar::of(column, row) {
                Some(value) => self.contains_by(&|bound| value.order(bound)),
                None => true,
            }),
        }
    }

    /// Whether the value that `order` compares with others is in this set; unknown orders count as inside.
    fn contains_by(&self, order: &dyn Fn(&Scalar) -> Option<Ordering>) -> bool {
        match self {
            Self::AllOrNoneValueSet { all, .. } => *all,
            Self::SortedRangeSet { ranges, .. } => {
                let mut unknown = false;
                // The last range that begins at or below the value is the only one that can hold it.
                let after =
                    ranges.partition_point(|range| begins_below(range, order, &mut unknown));
                unknown
                    || after
                        .checked_sub(1)
                        .is_some_and(|last| ends_above(&ranges[last], order))
            }
            Self::EquatableValueSet {
                value_block,
                white_list,
                ..
            } => {
                let Some(listed) = value_block.batch().columns().first() else {
                    return true;
                };
                let mut unknown = false;
                let found = (0..listed.len())
                    .filter_map(|row| Scalar::of(listed, row))
                    .any(|value| {
                        let order = order(&value);
                        unknown |= order.is_none();
                        order == Some(Ordering::Equal)
                    });
                unknown || found == *white_list
            }
        }
    }
}

fn begins_below(
    range: &Range,
    order: &dyn Fn(&Scalar) -> Option<Ordering>,
    unknown: &mut bool,
) -> bool {
    let Some(low) = &range.low.value else {
        return true;
    };
    match order(low) {
        Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => range.low.bound == Bound::Exactly,
        Some(Ordering::Less) => false,
        None => {
            *unknown = true;
            true
        }
    }
}

fn ends_above(range: &Range, order: &dyn Fn(&Scalar) -> Option<Ordering>) -> bool {
    let Some(high) = &range.high.value else {
        return true;
    };
    match order(high) {
        Some(Ordering::Less) | None => true,
        Some(Ordering::Equal) => range.high.bound == Bound::Exactly,
        Some(Ordering::Greater) => false,
    }
}
