//! What items may store so that a column shows a value.
//!
//! * A decimal column shows numbers rounded half up to its scale: bounds and values are moved out by half a unit.
//! * The engine orders text by UTF-16 units, `DynamoDB` by UTF-8 bytes. The two differ only where a supplementary character meets
//!   one of U+E000 to U+FFFF. Against a bound whose characters all lie below U+D800 they agree for every text. So a lower bound
//!   is cut before its first other character, which lowers it in both orders, and an upper bound with such a character is dropped.
//!   Equality needs no order.
//! * A column of floats shows the nearest float: bounds are moved out by two floats.
//! * Points in time are stored in many ways; see [`times`](super::times). Of nested values nothing is said.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray};
use arrow::datatypes::DataType;
use athena_protocol::predicate::{Bound, Marker, Range, Scalar, ValueSet};

use super::float;
use super::interval::{End, Interval, merge};
use super::value::{Kind, Value};

/// A set of stored values.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Values {
    /// Nothing is known.
    Any,
    /// One of these, ascending; none if empty.
    OneOf(Vec<Value>),
    /// In one of these disjoint intervals, ascending; none if empty.
    Intervals(Vec<Interval>),
}

impl Values {
    /// Whether no value qualifies.
    pub fn is_none(&self) -> bool {
        match self {
            Self::Any => false,
            Self::OneOf(values) => values.is_empty(),
            Self::Intervals(intervals) => intervals.is_empty(),
        }
    }
}

/// The shown values that a value set permits besides null.
pub(super) enum Shown<'a> {
    /// All, or what cannot be told.
    Any,
    /// These alone.
    Points(Vec<Scalar>),
    /// Those in these ranges.
    Ranges(&'a [Range]),
}

impl<'a> Shown<'a> {
    pub(super) fn of(set: &'a ValueSet) -> Self {
        match set {
            // Java's writer sends "everything but null" as `all` false, `nullAllowed` false (protocol §8), and an engine has no
            // reason to ask for nothing at all.
            ValueSet::AllOrNoneValueSet {
                all, null_allowed, ..
            } => {
                if *all || !*null_allowed {
                    Self::Any
                } else {
                    Self::Points(Vec::new())
                }
            }
            ValueSet::EquatableValueSet { .. } => {
                set.single_values().map_or(Self::Any, Self::Points)
            }
            ValueSet::SortedRangeSet { ranges, .. } => match set.single_values() {
                Some(points) => Self::Points(points),
                None if ranges
                    .iter()
                    .any(|range| range.low.value.is_none() && range.high.value.is_none()) =>
                {
                    Self::Any
                }
                None => Self::Ranges(ranges),
            },
        }
    }
}

/// The type whose values a column shows as they are.
pub(super) fn kind_of(data_type: &DataType) -> Option<Kind> {
    Some(match data_type {
        DataType::Utf8 => Kind::S,
        DataType::Binary => Kind::B,
        DataType::Boolean => Kind::Bool,
        DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Decimal128(..)
        | DataType::Float32
        | DataType::Float64
        // Of these texts are read as well, see `times`.
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(..) => Kind::N,
        _ => return None,
    })
}

/// The stored values of `kind` that the column may show as one of `shown`, and the listed values if they are single ones.
pub(super) fn stored(
    kind: Kind,
    data_type: &DataType,
    set: &ValueSet,
    shown: &Shown<'_>,
) -> (Values, Option<Vec<Value>>) {
    if kind == Kind::Bool {
        return (truths(set), None);
    }
    match shown {
        Shown::Any => (Values::Any, None),
        Shown::Points(points) if matches!(data_type, DataType::Float32 | DataType::Float64) => {
            let around = points.iter().map(|point| float::around(point, point));
            (intervals(around), None)
        }
        Shown::Points(points) => {
            let exact = points
                .iter()
                .map(|point| value_of(kind, point))
                .collect::<Option<Vec<_>>>()
                .map(distinct);
            let values = if let DataType::Decimal128(_, scale) = data_type {
                let around = |point| match point {
                    &Scalar::Decimal {
                        unscaled,
                        scale: from,
                    } => Some(Interval {
                        low: lowered(unscaled, from, *scale),
                        high: raised(unscaled, from, *scale),
                    }),
                    _ => None,
                };
                intervals(points.iter().map(around))
            } else {
                exact.clone().map_or(Values::Any, Values::OneOf)
            };
            (values, exact)
        }
        Shown::Ranges(ranges) => (
            intervals(ranges.iter().map(|range| interval(kind, data_type, range))),
            None,
        ),
    }
}

pub(super) fn intervals(found: impl Iterator<Item = Option<Interval>>) -> Values {
    let Some(found) = found.collect::<Option<Vec<_>>>() else {
        return Values::Any;
    };
    let merged = merge(found);
    if merged.iter().any(Interval::is_everything) {
        Values::Any
    } else {
        Values::Intervals(merged)
    }
}

fn distinct(mut values: Vec<Value>) -> Vec<Value> {
    values.sort_by(Value::order);
    values.dedup();
    values
}

/// The value as it is stored if it is shown without change; `None` if it is no value of such a column.
fn value_of(kind: Kind, shown: &Scalar) -> Option<Value> {
    match (kind, shown) {
        (Kind::S, Scalar::Utf8(text)) => Some(Value::S(text.clone())),
        (Kind::B, Scalar::Binary(bytes)) => Some(Value::B(bytes.clone())),
        (Kind::N, Scalar::Int(int)) => Value::number((*int).into(), 0),
        (Kind::N, Scalar::Decimal { unscaled, scale }) => Value::number(*unscaled, (*scale).into()),
        _ => None,
    }
}

/// Truth values have no order in `DynamoDB`, but there are only two.
fn truths(set: &ValueSet) -> Values {
    let both: ArrayRef = Arc::new(BooleanArray::from(vec![false, true]));
    let inside = set.matches(&both);
    match (inside.value(0), inside.value(1)) {
        (true, true) => Values::Any,
        // "Everything but null" may come as nothing, see `Shown::of`.
        (false, false)
            if matches!(
                set,
                ValueSet::AllOrNoneValueSet {
                    null_allowed: false,
                    ..
                }
            ) =>
        {
            Values::Any
        }
        (no, yes) => {
            let values = [(no, false), (yes, true)]
                .into_iter()
                .filter(|(inside, _)| *inside);
            Values::OneOf(values.map(|(_, truth)| Value::Bool(truth)).collect())
        }
    }
}

fn interval(kind: Kind, data_type: &DataType, range: &Range) -> Option<Interval> {
    if matches!(data_type, DataType::Float32 | DataType::Float64) {
        return float::between(range.low.value.as_ref(), range.high.value.as_ref());
    }
    let bounds = range.low.value.iter().chain(&range.high.value);
    if bounds
        .into_iter()
        .any(|value| value_of(kind, value).is_none())
    {
        return None;
    }
    if let Some(point) = range.single_value()
        && !matches!(data_type, DataType::Decimal128(..))
    {
        let value = value_of(kind, point)?;
        return Some(Interval::closed(value.clone(), value));
    }
    Some(Interval {
        low: low_end(kind, data_type, &range.low),
        high: high_end(kind, data_type, &range.high),
    })
}

/// The lower end in `DynamoDB`'s order.
fn low_end(kind: Kind, data_type: &DataType, marker: &Marker) -> Option<End> {
    match (data_type, marker.value.as_ref()?) {
        (
            DataType::Decimal128(_, scale),
            &Scalar::Decimal {
                unscaled,
                scale: from,
            },
        ) => lowered(unscaled, from, *scale),
        (DataType::Utf8, Scalar::Utf8(text)) if like_ordered(text).len() < text.len() => {
            let start = Some(like_ordered(text)).filter(|start| !start.is_empty())?;
            Some(End::included(Value::S(start.to_owned())))
        }
        (_, value) => Some(End {
            value: value_of(kind, value)?,
            inclusive: marker.bound == Bound::Exactly,
        }),
    }
}

/// The upper end in `DynamoDB`'s order.
fn high_end(kind: Kind, data_type: &DataType, marker: &Marker) -> Option<End> {
    match (data_type, marker.value.as_ref()?) {
        (
            DataType::Decimal128(_, scale),
            &Scalar::Decimal {
                unscaled,
                scale: from,
            },
        ) => raised(unscaled, from, *scale),
        (DataType::Utf8, Scalar::Utf8(text)) if like_ordered(text).len() < text.len() => None,
        (_, value) => Some(End {
            value: value_of(kind, value)?,
            inclusive: marker.bound == Bound::Exactly,
        }),
    }
}

/// The start of `text` against which all texts have the same order in UTF-8 as in UTF-16.
pub(super) fn like_ordered(text: &str) -> &str {
    let end = text.find(|char| char >= '\u{e000}').unwrap_or(text.len());
    &text[..end]
}

/// The least number that a column of scale `to` may show as `unscaled * 10^-from` or more, or one a little less.
pub(super) fn lowered(unscaled: i128, from: i8, to: i8) -> Option<End> {
    half_unit_off(unscaled, from, to, -1).map(End::included)
}

/// The greatest number that a column of scale `to` may show as `unscaled * 10^-from` or less, or one a little greater.
pub(super) fn raised(unscaled: i128, from: i8, to: i8) -> Option<End> {
    half_unit_off(unscaled, from, to, 1).map(End::included)
}

fn half_unit_off(unscaled: i128, from: i8, to: i8, sign: i128) -> Option<Value> {
    let (from, to) = (i32::from(from), i32::from(to));
    let fine = from.max(to + 1);
    let exact = (|| {
        let value = unscaled.checked_mul(power_of_ten(fine - from)?)?;
        let half = power_of_ten(fine - to - 1)?.checked_mul(5 * sign)?;
        Value::number(value.checked_add(half)?, fine)
    })();
    // Half a unit more than 38 digits cannot be written, but a whole unit can.
    exact.or_else(|| {
        if from == to {
            Value::number(unscaled.checked_add(sign)?, from)
        } else {
            None
        }
    })
}

fn power_of_ten(exponent: i32) -> Option<i128> {
    10_i128.checked_pow(u32::try_from(exponent).ok()?)
}

/// `values` and the numbers that have too many digits for the column, which it shows as null.
pub(super) fn with_overflow(values: Values, precision: u8, scale: i8) -> Values {
    let Values::Intervals(mut intervals) = values else {
        return values;
    };
    let greatest = 10_i128.checked_pow(precision.into()).map(|power| power - 1);
    let bound =
        |sign: i128| greatest.and_then(|greatest| Value::number(sign * greatest, scale.into()));
    let (Some(low), Some(high)) = (bound(-1), bound(1)) else {
        return Values::Any;
    };
    intervals.push(Interval {
        low: None,
        high: Some(End {
            value: low,
            inclusive: false,
        }),
    });
    intervals.push(Interval {
        low: Some(End {
            value: high,
            inclusive: false,
        }),
        high: None,
    });
    self::intervals(intervals.into_iter().map(Some))
}
