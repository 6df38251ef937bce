//! Cells and markers as keys: plain values that have the engine's order among themselves.

use super::Scalar;
use super::order::{Numeric, Utf16, double_key};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{
    DataType, Date32Type, Date64Type, Decimal128Type, Float32Type, Float64Type, Int8Type,
    Int16Type, Int32Type, Int64Type, TimestampMillisecondType,
};

/// The key of each row of an array, which must not be null.
pub(super) type Keys<'a, K> = Box<dyn Fn(usize) -> K + 'a>;

/// A type of key, as it is found in a scalar and in an array. The caller sees to it that both are of one [`Kind`].
///
/// [`Kind`]: super::scalar::Kind
pub(super) trait Key<'a>: Ord + Copy {
    fn of_scalar(scalar: &'a Scalar) -> Option<Self>;
    fn of_rows(array: &'a dyn Array) -> Option<Keys<'a, Self>>;
}

impl<'a> Key<'a> for Utf16<'a> {
    fn of_scalar(scalar: &'a Scalar) -> Option<Self> {
        match scalar {
            Scalar::Utf8(text) => Some(Self(text)),
            _ => None,
        }
    }

    fn of_rows(array: &'a dyn Array) -> Option<Keys<'a, Self>> {
        let texts = array.as_string_opt::<i32>()?;
        Some(Box::new(|row| Self(texts.value(row))))
    }
}

impl<'a> Key<'a> for &'a [u8] {
    fn of_scalar(scalar: &'a Scalar) -> Option<Self> {
        match scalar {
            Scalar::Binary(bytes) => Some(bytes),
            _ => None,
        }
    }

    fn of_rows(array: &'a dyn Array) -> Option<Keys<'a, Self>> {
        let values = array.as_binary_opt::<i32>()?;
        Some(Box::new(|row| values.value(row)))
    }
}

impl<'a> Key<'a> for Numeric {
    fn of_scalar(scalar: &'a Scalar) -> Option<Self> {
        match *scalar {
            Scalar::Decimal { unscaled, scale } => Some(Self { unscaled, scale }),
            _ => None,
        }
    }

    fn of_rows(array: &'a dyn Array) -> Option<Keys<'a, Self>> {
        let decimals = array.as_primitive_opt::<Decimal128Type>()?;
        let scale = decimals.scale();
        Some(Box::new(move |row| Self {
            unscaled: decimals.value(row),
            scale,
        }))
    }
}

/// What fits 64 bits: truth values, integers, floats, dates. Packed timestamps are equal as such keys, but have another order.
impl Key<'_> for i64 {
    fn of_scalar(scalar: &Scalar) -> Option<Self> {
        Some(match *scalar {
            Scalar::Bool(truth) => truth.into(),
            Scalar::Int(int) | Scalar::Date64(int) | Scalar::Timestamp(int) => int,
            Scalar::Float32(float) => double_key(float.into()),
            Scalar::Float64(double) => double_key(double),
            Scalar::Date32(days) => days.into(),
            _ => return None,
        })
    }

    fn of_rows(array: &dyn Array) -> Option<Keys<'_, Self>> {
        macro_rules! keys {
            ($type:ty, $value:ident => $key:expr) => {{
                let values = array.as_primitive_opt::<$type>()?;
                Box::new(move |row| {
                    let $value = values.value(row);
                    $key
                })
            }};
        }
        Some(match array.data_type() {
            DataType::Boolean => {
                let values = array.as_boolean_opt()?;
                Box::new(|row| values.value(row).into())
            }
            DataType::Int8 => keys!(Int8Type, int => int.into()),
            DataType::Int16 => keys!(Int16Type, int => int.into()),
            DataType::Int32 => keys!(Int32Type, int => int.into()),
            DataType::Int64 => keys!(Int64Type, int => int),
            DataType::Float32 => keys!(Float32Type, float => double_key(float.into())),
            DataType::Float64 => keys!(Float64Type, double => double_key(double)),
            DataType::Date32 => keys!(Date32Type, days => days.into()),
            DataType::Date64 => keys!(Date64Type, millis => millis),
            DataType::Timestamp(..) => keys!(TimestampMillisecondType, packed => packed),
            _ => return None,
        })
    }
}
