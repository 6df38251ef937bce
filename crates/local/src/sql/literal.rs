//! Columns and literals of a WHERE clause, as the protocol has them.

use arrow::datatypes::{DataType, Schema};
use athena_protocol::predicate::Scalar;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Expr;

/// Name and type of a column that conditions are sent for.
pub(super) fn plain_column<'a>(expr: &Expr, schema: &'a Schema) -> Option<(String, &'a DataType)> {
    let Expr::Column(column) = expr else {
        return None;
    };
    let field = schema.field_with_name(&column.name).ok()?;
    let plain = matches!(
        field.data_type(),
        DataType::Utf8
            | DataType::Binary
            | DataType::Boolean
            | DataType::Int8
            | DataType::Int16
            | DataType::Int32
            | DataType::Int64
            | DataType::Float32
            | DataType::Float64
            | DataType::Decimal128(..)
            | DataType::Date32
    );
    plain.then(|| (column.name.clone(), field.data_type()))
}

/// The literal as a value of the column's type, if it is exactly one.
pub(super) fn value_of(literal: &Expr, data_type: &DataType) -> Option<Scalar> {
    let Expr::Literal(literal, _) = literal else {
        return None;
    };
    match (data_type, literal) {
        (
            DataType::Utf8,
            ScalarValue::Utf8(text) | ScalarValue::LargeUtf8(text) | ScalarValue::Utf8View(text),
        ) => text.clone().map(Scalar::Utf8),
        (
            DataType::Binary,
            ScalarValue::Binary(bytes)
            | ScalarValue::LargeBinary(bytes)
            | ScalarValue::BinaryView(bytes)
            | ScalarValue::FixedSizeBinary(_, bytes),
        ) => bytes.clone().map(Scalar::Binary),
        (DataType::Boolean, ScalarValue::Boolean(truth)) => truth.map(Scalar::Bool),
        (DataType::Date32, ScalarValue::Date32(days)) => days.map(Scalar::Date32),
        // Zero has two signs and NaN no place in SQL's order; whether they compare as in Java is not asked.
        (DataType::Float64, ScalarValue::Float64(Some(float))) => {
            comparable(*float).then_some(Scalar::Float64(*float))
        }
        (DataType::Float32, ScalarValue::Float32(Some(float))) => {
            comparable((*float).into()).then_some(Scalar::Float32(*float))
        }
        (DataType::Decimal128(precision, scale), _) => {
            let (unscaled, from) = digits(literal)?;
            let unscaled = rescaled(unscaled, from, *scale)?;
            (unscaled.unsigned_abs() < 10_u128.pow((*precision).into())).then_some(
                Scalar::Decimal {
                    unscaled,
                    scale: *scale,
                },
            )
        }
        (DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64, _) => {
            let (unscaled, from) = digits(literal)?;
            let value = Scalar::Int(rescaled(unscaled, from, 0)?.try_into().ok()?);
            // Refuses what the column's width cannot hold.
            Scalar::to_array(data_type, [&value]).map(|_| value)
        }
        _ => None,
    }
}

fn comparable(float: f64) -> bool {
    float.is_finite() && float != 0.0
}

/// An exact number as digits and scale.
fn digits(literal: &ScalarValue) -> Option<(i128, i8)> {
    let whole = match literal {
        ScalarValue::Decimal128(unscaled, _, scale) => return Some(((*unscaled)?, *scale)),
        ScalarValue::Int8(int) => i128::from((*int)?),
        ScalarValue::Int16(int) => i128::from((*int)?),
        ScalarValue::Int32(int) => i128::from((*int)?),
        ScalarValue::Int64(int) => i128::from((*int)?),
        ScalarValue::UInt8(int) => i128::from((*int)?),
        ScalarValue::UInt16(int) => i128::from((*int)?),
        ScalarValue::UInt32(int) => i128::from((*int)?),
        ScalarValue::UInt64(int) => i128::from((*int)?),
        _ => return None,
    };
    Some((whole, 0))
}

/// `unscaled` at another scale, if no digit is lost.
fn rescaled(unscaled: i128, from: i8, to: i8) -> Option<i128> {
    let shift = i32::from(to) - i32::from(from);
    let power = 10_i128.checked_pow(shift.unsigned_abs())?;
    if shift >= 0 {
        unscaled.checked_mul(power)
    } else {
        (unscaled % power == 0).then_some(unscaled / power)
    }
}
