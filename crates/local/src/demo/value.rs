//! A cell as a plain value, to compare what was answered with what was loaded.

use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Decimal128Type, Int32Type, Int64Type};
use std::collections::BTreeMap;

/// The value of one cell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// A number times 10^9, which is exact for all numbers of the shop.
    Number(i128),
    Text(String),
    Bytes(Vec<u8>),
    List(Vec<Value>),
    Map(BTreeMap<String, Value>),
}

impl Value {
    /// The value in `row` of `column`; `None` for a type that the demo's answers do not have.
    pub(super) fn of(column: &dyn Array, row: usize) -> Option<Self> {
        if column.is_null(row) {
            return Some(Self::Null);
        }
        Some(match column.data_type() {
            DataType::Boolean => Self::Bool(column.as_boolean().value(row)),
            DataType::Int32 => {
                Self::Number(i128::from(column.as_primitive::<Int32Type>().value(row)) * ONE)
            }
            DataType::Int64 => {
                Self::Number(i128::from(column.as_primitive::<Int64Type>().value(row)) * ONE)
            }
            DataType::Decimal128(_, scale) => {
                let missing = u32::try_from(SCALE - *scale).ok()?;
                Self::Number(
                    column
                        .as_primitive::<Decimal128Type>()
                        .value(row)
                        .checked_mul(10_i128.pow(missing))?,
                )
            }
            DataType::Utf8 => Self::Text(column.as_string::<i32>().value(row).to_owned()),
            DataType::Binary => Self::Bytes(column.as_binary::<i32>().value(row).to_vec()),
            DataType::List(_) => {
                let elements = column.as_list::<i32>().value(row);
                Self::List(
                    (0..elements.len())
                        .map(|index| Self::of(&elements, index))
                        .collect::<Option<_>>()?,
                )
            }
            DataType::Struct(fields) => {
                let children = fields.iter().zip(column.as_struct().columns());
                let entries = children
                    .map(|(field, child)| Some((field.name().clone(), Self::of(child, row)?)));
                Self::Map(entries.collect::<Option<_>>()?)
            }
            _ => return None,
        })
    }

    /// A number as DynamoDB writes it, with or without an exponent; `None` if the shop should not have it.
    pub(super) fn number(text: &str) -> Option<Self> {
        let (digits, exponent) = match text.split_once(['e', 'E']) {
            Some((digits, exponent)) => (digits, exponent.parse::<i32>().ok()?),
            None => (text, 0),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let unscaled: i128 = format!("{whole}{fraction}").parse().ok()?;
        let shift = exponent + i32::from(SCALE) - i32::try_from(fraction.len()).ok()?;
        let power = 10_i128.checked_pow(shift.unsigned_abs())?;
        let number = if shift >= 0 {
            unscaled.checked_mul(power)?
        } else {
            (unscaled % power == 0).then_some(unscaled / power)?
        };
        Some(Self::Number(number))
    }

    /// The same with lists sorted, for sets, whose order says nothing.
    pub(super) fn unordered(self) -> Self {
        match self {
            Self::List(mut values) => {
                values.sort();
                Self::List(values)
            }
            other => other,
        }
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Self {
        Self::Text(text.clone())
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Number(i128::from(number) * ONE)
    }
}

impl From<&i64> for Value {
    fn from(number: &i64) -> Self {
        Self::from(*number)
    }
}

impl From<u64> for Value {
    fn from(number: u64) -> Self {
        Self::Number(i128::from(number) * ONE)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}

impl From<&Vec<u8>> for Value {
    fn from(bytes: &Vec<u8>) -> Self {
        Self::Bytes(bytes.clone())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

const SCALE: i8 = 9;
const ONE: i128 = 1_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Decimal128Array, Int64Array};

    #[test]
    fn numbers_of_all_forms_are_exact() {
        for (text, expected) in [
            ("0", 0),
            ("1E-7", 100),
            ("1.5E+3", 1_500_000_000_000),
            ("-9.99", -9_990_000_000),
            (
                "12345678901234567890.1234",
                12_345_678_901_234_567_890_123_400_000,
            ),
        ] {
            assert_eq!(Value::number(text), Some(Value::Number(expected)), "{text}");
        }
        assert_eq!(Value::number("1E-10"), None);
    }

    #[test]
    fn equal_numbers_of_different_columns_are_equal() {
        let decimal = Decimal128Array::from(vec![250])
            .with_precision_and_scale(10, 2)
            .unwrap();
        assert_eq!(Value::of(&decimal, 0), Value::number("2.5"));
        assert_eq!(
            Value::of(&Int64Array::from(vec![3]), 0),
            Some(Value::from(3_i64))
        );
    }
}
