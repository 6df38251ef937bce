//! One value of a predicate, and the engine's ordering of values (protocol §8).

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array,
    Float32Array, Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, StringArray,
    TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimeUnit, TimestampMicrosecondType, TimestampMillisecondType,
};
use std::cmp::Ordering;
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
    /// The raw 64 bits of a timestamp: packed milliseconds and zone key, or microseconds (protocol §7).
    Timestamp(i64),
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
            DataType::Timestamp(TimeUnit::Millisecond, _) => {
                Self::Timestamp(array.as_primitive::<TimestampMillisecondType>().value(row))
            }
            DataType::Timestamp(TimeUnit::Microsecond, _) => {
                Self::Timestamp(array.as_primitive::<TimestampMicrosecondType>().value(row))
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
            DataType::Timestamp(TimeUnit::Millisecond, zone) => {
                let column: ArrayRef =
                    collect!(TimestampMillisecondArray, Self::Timestamp(raw) => Some(*raw));
                let typed = column.as_primitive::<TimestampMillisecondType>().clone();
                Arc::new(typed.with_timezone_opt(zone.clone()))
            }
            DataType::Timestamp(TimeUnit::Microsecond, zone) => {
                let column: ArrayRef =
                    collect!(TimestampMicrosecondArray, Self::Timestamp(raw) => Some(*raw));
                let typed = column.as_primitive::<TimestampMicrosecondType>().clone();
                Arc::new(typed.with_timezone_opt(zone.clone()))
            }
            _ => return None,
        })
    }

    /// The engine's order of two values of one column; `None` where there is none.
    pub fn order(&self, other: &Self) -> Option<Ordering> {
        Some(match (self, other) {
            (Self::Utf8(a), Self::Utf8(b)) => utf16_order(a, b),
            (Self::Binary(a), Self::Binary(b)) => a.cmp(b),
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Int(a), Self::Int(b)) | (Self::Date64(a), Self::Date64(b)) => a.cmp(b),
            (Self::Float32(a), Self::Float32(b)) => java_order_f32(*a, *b),
            (Self::Float64(a), Self::Float64(b)) => java_order_f64(*a, *b),
            (
                Self::Decimal {
                    unscaled: a,
                    scale: from,
                },
                Self::Decimal {
                    unscaled: b,
                    scale: to,
                },
            ) => decimal_order(*a, *from, *b, *to),
            (Self::Date32(a), Self::Date32(b)) => a.cmp(b),
            (Self::Timestamp(a), Self::Timestamp(b)) if a == b => Ordering::Equal,
            _ => return None,
        })
    }
}

/// Shows the kind of the value, never the value itself: predicates may hold personal data.
impl std::fmt::Debug for Scalar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Utf8(_) => "Utf8(..)",
            Self::Binary(_) => "Binary(..)",
            Self::Bool(_) => "Bool(..)",
            Self::Int(_) => "Int(..)",
            Self::Float32(_) => "Float32(..)",
            Self::Float64(_) => "Float64(..)",
            Self::Decimal { .. } => "Decimal(..)",
            Self::Date32(_) => "Date32(..)",
            Self::Date64(_) => "Date64(..)",
            Self::Timestamp(_) => "Timestamp(..)",
            Self::Nested(_) => "Nested(..)",
        })
    }
}

/// Order by UTF-16 code units: supplementary characters come before U+E000 to U+FFFF.
pub fn utf16_order(a: &str, b: &str) -> Ordering {
    let differs = a.bytes().zip(b.bytes()).position(|(a, b)| a != b);
    let Some(mut at) = differs else {
        return a.len().cmp(&b.len());
    };
    while !a.is_char_boundary(at) {
        at -= 1;
    }
    a[at..].encode_utf16().cmp(b[at..].encode_utf16())
}

/// Java's total order of doubles: -0.0 before 0.0, NaN last and equal to itself.
pub fn java_order_f64(a: f64, b: f64) -> Ordering {
    match (a.is_nan(), b.is_nan()) {
        (true, true) => Ordering::Equal,
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => a.total_cmp(&b),
    }
}

/// Java's total order of floats.
pub fn java_order_f32(a: f32, b: f32) -> Ordering {
    java_order_f64(a.into(), b.into())
}

/// Order by numeric value, also across scales.
pub fn decimal_order(a: i128, a_scale: i8, b: i128, b_scale: i8) -> Ordering {
    if a_scale == b_scale {
        return a.cmp(&b);
    }
    let (shift, flipped) = (i32::from(a_scale) - i32::from(b_scale), a_scale > b_scale);
    let (fine, coarse) = if flipped { (a, b) } else { (b, a) };
    // Dividing the finer one never overflows; the remainder tells the rest.
    let order = match 10i128.checked_pow(shift.unsigned_abs()) {
        Some(power) => fine
            .div_euclid(power)
            .cmp(&coarse)
            .then(fine.rem_euclid(power).cmp(&0)),
        None => (fine.signum() * i128::from(coarse == 0)).cmp(&coarse.signum()),
    };
    if flipped { order } else { order.reverse() }
}
