//! One value of a predicate (protocol §8).

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
};
use std::sync::Arc;

/// A single non-null value of a predicate.
#[derive(Clone, PartialEq)]
pub enum Scalar {
    /// Text.
    Utf8(String),
    /// Bytes.
    Binary(Vec<u8>),
    /// A truth value.
    Bool(bool),
    /// A signed integer of 8, 16, 32 or 64 bits.
    Int(i64),
    /// A 32-bit float.
    Float32(f32),
    /// A 64-bit float.
    Float64(f64),
    /// `unscaled * 10^-scale`.
    Decimal {
        /// The digits as an integer.
        unscaled: i128,
        /// Digits after the point.
        scale: i8,
    },
    /// Days since 1970-01-01.
    Date32(i32),
    /// Milliseconds since 1970-01-01, as wall clock.
    Date64(i64),
    /// A timestamp in milliseconds, packed with its zone (see [`timestamp`](crate::timestamp)).
    Timestamp(i64),
    /// A timestamp in microseconds, which Java cannot compare while it packs zones: not even with itself.
    Micros(i64),
    /// A list, struct or map: an array with this one value, comparable only for equality.
    Nested(ArrayRef),
}

impl Scalar {
    /// The value of `array` in `row`; `None` for a null or for a type that predicates do not have.
    pub fn of(array: &dyn Array, row: usize) -> Option<Self> {
        if array.is_null(row) {
            return None;
        }
        Some(match array.data_type() {
            DataType::Utf8 => Self::Utf8(array.as_string::<i32>().value(row).to_owned()),
            DataType::Binary => Self::Binary(array.as_binary::<i32>().value(row).to_vec()),
            DataType::Boolean => Self::Bool(array.as_boolean().value(row)),
            DataType::Int8 => Self::Int(array.as_primitive::<Int8Type>().value(row).into()),
            DataType::Int16 => Self::Int(array.as_primitive::<Int16Type>().value(row).into()),
            DataType::Int32 => Self::Int(array.as_primitive::<Int32Type>().value(row).into()),
            DataType::Int64 => Self::Int(array.as_primitive::<Int64Type>().value(row)),
            DataType::Float32 => Self::Float32(array.as_primitive::<Float32Type>().value(row)),
            DataType::Float64 => Self::Float64(array.as_primitive::<Float64Type>().value(row)),
            DataType::Decimal128(_, scale) => Self::Decimal {
                unscaled: array.as_primitive::<Decimal128Type>().value(row),
                scale: *scale,
            },
            DataType::Date32 => Self::Date32(array.as_primitive::<Date32Type>().value(row)),
            DataType::Date64 => Self::Date64(array.as_primitive::<Date64Type>().value(row)),
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => {
                Self::Timestamp(array.as_primitive::<TimestampMillisecondType>().value(row))
            }
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => {
                Self::Micros(array.as_primitive::<TimestampMicrosecondType>().value(row))
            }
            DataType::List(_) | DataType::Struct(_) | DataType::Map(..) => {
                Self::Nested(array.slice(row, 1))
            }
            _ => return None,
        })
    }

    /// A column of `data_type` with `values` as its rows; `None` if one is of another type or out of its range.
    pub fn to_array<'a>(
        data_type: &DataType,
        values: impl IntoIterator<Item = &'a Self>,
    ) -> Option<ArrayRef> {
        let values = values.into_iter();
        macro_rules! collect {
            ($array:ty, $pattern:pat => $value:expr) => {
                Arc::new(
                    values
                        .map(|value| if let $pattern = value { $value } else { None }.map(Some))
                        .collect::<Option<$array>>()?,
                )
            };
        }
        Some(match data_type {
            DataType::Utf8 => collect!(StringArray, Self::Utf8(text) => Some(text)),
            DataType::Binary => collect!(BinaryArray, Self::Binary(bytes) => Some(bytes)),
            DataType::Boolean => collect!(BooleanArray, Self::Bool(truth) => Some(*truth)),
            DataType::Int8 => collect!(Int8Array, Self::Int(int) => i8::try_from(*int).ok()),
            DataType::Int16 => collect!(Int16Array, Self::Int(int) => i16::try_from(*int).ok()),
            DataType::Int32 => collect!(Int32Array, Self::Int(int) => i32::try_from(*int).ok()),
            DataType::Int64 => collect!(Int64Array, Self::Int(int) => Some(*int)),
            DataType::Float32 => collect!(Float32Array, Self::Float32(float) => Some(*float)),
            DataType::Float64 => collect!(Float64Array, Self::Float64(float) => Some(*float)),
            DataType::Date32 => collect!(Date32Array, Self::Date32(days) => Some(*days)),
            DataType::Date64 => collect!(Date64Array, Self::Date64(millis) => Some(*millis)),
            DataType::Decimal128(precision, scale) => {
                let digits = values
                    .map(|value| match value {
                        Self::Decimal {
                            unscaled,
                            scale: from,
                        } if from == scale => Some(Some(*unscaled)),
                        _ => None,
                    })
                    .collect::<Option<Decimal128Array>>()?;
                Arc::new(digits.with_precision_and_scale(*precision, *scale).ok()?)
            }
            DataType::Timestamp(TimeUnit::Millisecond, zone @ Some(_)) => {
                let column: ArrayRef =
                    collect!(TimestampMillisecondArray, Self::Timestamp(raw) => Some(*raw));
                let typed = column.as_primitive::<TimestampMillisecondType>().clone();
                Arc::new(typed.with_timezone_opt(zone.clone()))
            }
            DataType::Timestamp(TimeUnit::Microsecond, zone @ Some(_)) => {
                let column: ArrayRef =
                    collect!(TimestampMicrosecondArray, Self::Micros(raw) => Some(*raw));
                let typed = column.as_primitive::<TimestampMicrosecondType>().clone();
                Arc::new(typed.with_timezone_opt(zone.clone()))
            }
            _ => return None,
        })
    }

    /// Which variant this is.
    pub(super) fn kind(&self) -> Kind {
        match self {
            Self::Utf8(_) => Kind::Utf8,
            Self::Binary(_) => Kind::Binary,
            Self::Bool(_) => Kind::Bool,
            Self::Int(_) => Kind::Int,
            Self::Float32(_) => Kind::Float32,
            Self::Float64(_) => Kind::Float64,
            Self::Decimal { .. } => Kind::Decimal,
            Self::Date32(_) => Kind::Date32,
            Self::Date64(_) => Kind::Date64,
            Self::Timestamp(_) => Kind::Timestamp,
            Self::Micros(_) => Kind::Micros,
            Self::Nested(_) => Kind::Nested,
        }
    }
}

/// Which variant of [`Scalar`] the values of a type are: values of one kind can be compared, whatever their width or scale.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Utf8,
    Binary,
    Bool,
    Int,
    Float32,
    Float64,
    Decimal,
    Date32,
    Date64,
    Timestamp,
    Micros,
    Nested,
}

impl Kind {
    /// The kind of a type's values; `None` for types that predicates do not have.
    pub(super) fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Utf8 => Self::Utf8,
            DataType::Binary => Self::Binary,
            DataType::Boolean => Self::Bool,
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64 => Self::Int,
            DataType::Float32 => Self::Float32,
            DataType::Float64 => Self::Float64,
            DataType::Decimal128(..) => Self::Decimal,
            DataType::Date32 => Self::Date32,
            DataType::Date64 => Self::Date64,
            DataType::Timestamp(TimeUnit::Millisecond, Some(_)) => Self::Timestamp,
            DataType::Timestamp(TimeUnit::Microsecond, Some(_)) => Self::Micros,
            DataType::List(_) | DataType::Struct(_) | DataType::Map(..) => Self::Nested,
            _ => return None,
        })
    }
}

/// Shows the kind of the value, never the value itself: predicates may hold personal data.
impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}(..)", self.kind())
    }
}
