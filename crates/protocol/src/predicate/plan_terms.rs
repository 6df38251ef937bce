//! Conditions of Substrait plans.

use super::substrait::{Column, Expr, Literal, Type};
use super::term::{Operator, Place, Term, sides};
use super::{LikePattern, Scalar, tree};
use arrow::datatypes::{DataType, Schema};

/// The condition that an expression over a table of `schema` states.
pub(super) fn term(expression: &Expr, schema: &Schema) -> Term {
    match expression {
        Expr::Literal(Literal::Bool(truth)) => Term::Constant(Some(*truth)),
        Expr::Literal(Literal::Null(_)) => Term::Constant(None),
        Expr::Column(_) => place(expression, schema).map_or(Term::Unknown, |place| {
            Term::Compare(place, Operator::Equal, Some(Scalar::Bool(true)))
        }),
        Expr::InList { value, options } => {
            let values: Option<Vec<_>> = options.iter().map(constant).collect();
            match (place(value, schema), values) {
                (Some(place), Some(values)) => Term::In(place, values),
                _ => Term::Unknown,
            }
        }
        Expr::Call {
            function,
            arguments,
        } => call(function, arguments, schema).unwrap_or(Term::Unknown),
        _ => Term::Unknown,
    }
}

fn call(function: &str, arguments: &[Expr], schema: &Schema) -> Option<Term> {
    let terms = || arguments.iter().map(|of| term(of, schema)).collect();
    Some(match (function, arguments) {
        ("and", _) => Term::And(terms()),
        ("or", _) => Term::Or(terms()),
        ("not", [argument]) => Term::Not(Box::new(term(argument, schema))),
        ("is_null", [argument]) => Term::IsNull(place(argument, schema)?),
        ("is_not_null", [argument]) => Term::Not(Box::new(Term::IsNull(place(argument, schema)?))),
        ("is_distinct_from" | "is_not_distinct_from", [left, right]) => {
            let (place, _, value) = sides(
                left,
                Operator::Equal,
                right,
                |of| place(of, schema),
                constant,
            )?;
            let distinct = Term::Distinct(place, value);
            match function {
                "is_distinct_from" => distinct,
                _ => Term::Not(Box::new(distinct)),
            }
        }
        ("between", [value, low, high]) => {
            let place = place(value, schema)?;
            Term::And(vec![
                Term::Compare(place.clone(), Operator::GreaterOrEqual, constant(low)?),
                Term::Compare(place, Operator::LessOrEqual, constant(high)?),
            ])
        }
        ("like", [value, pattern]) => match constant(pattern)? {
            // Whether a backslash escapes is not the same for all producers.
            Some(Scalar::Utf8(text)) if !text.contains('\\') => {
                Term::Like(place(value, schema)?, LikePattern::new(&text, None)?)
            }
            None => Term::Constant(None),
            Some(_) => return None,
        },
        ("starts_with", [value, start]) => match constant(start)? {
            Some(Scalar::Utf8(text)) if !text.contains(['\\', '%', '_']) => Term::Like(
                place(value, schema)?,
                LikePattern::new(&format!("{text}%"), None)?,
            ),
            None => Term::Constant(None),
            Some(_) => return None,
        },
        (_, [left, right]) => {
            let operator = operator(function)?;
            let (place, operator, value) =
                sides(left, operator, right, |of| place(of, schema), constant)?;
            Term::Compare(place, operator, value)
        }
        _ => return None,
    })
}

fn operator(function: &str) -> Option<Operator> {
    Some(match function {
        "equal" => Operator::Equal,
        "not_equal" => Operator::NotEqual,
        "lt" => Operator::Less,
        "lte" => Operator::LessOrEqual,
        "gt" => Operator::Greater,
        "gte" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

/// The column, or one in a wider type that has all its values.
fn place(expression: &Expr, schema: &Schema) -> Option<Place> {
    match expression {
        Expr::Column(Column { name, nested, .. }) => {
            let exact = schema.index_of(name).ok();
            let field = schema.field(exact.or_else(|| tree::place(schema.fields(), name))?);
            let path: Vec<String> = nested.iter().map(ToString::to_string).collect();
            Some(Place {
                data_type: tree::leaf_type(field.data_type(), &path)?.clone(),
                column: field.name().clone(),
                path,
            })
        }
        Expr::Cast { input, to } => {
            let place = place(input, schema)?;
            widens(&place.data_type, *to).then_some(place)
        }
        _ => None,
    }
}

/// Whether a cast leaves every value as it is.
fn widens(from: &DataType, to: Type) -> bool {
    let digits = match from {
        DataType::Int8 => 3,
        DataType::Int16 => 5,
        DataType::Int32 => 10,
        DataType::Int64 => 19,
        _ => 0,
    };
    match (from, to) {
        (DataType::Utf8, Type::String) | (DataType::Binary, Type::Binary) => true,
        (
            DataType::Decimal128(precision, scale),
            Type::Decimal {
                precision: to,
                scale: fine,
            },
        ) => {
            let (precision, scale) = (i32::from(*precision), i32::from(*scale));
            fine >= scale && to - fine >= precision - scale
        }
        (_, Type::Decimal { precision, scale }) if digits > 0 => precision - scale >= digits,
        (_, Type::I64) => digits > 0,
        (_, Type::I32) => (1..=10).contains(&digits),
        (_, Type::I16) => (1..=5).contains(&digits),
        _ => false,
    }
}

/// A value; `Some(None)` for null.
#[expect(clippy::option_option, reason = "not a value, null, a value")]
fn constant(expression: &Expr) -> Option<Option<Scalar>> {
    let literal = match expression {
        Expr::Literal(literal) => literal,
        // The value of a number does not change by a cast that keeps its digits.
        Expr::Cast { input, to } => {
            let value = constant(input)?;
            let kept = match (&value, to) {
                (None, _)
                | (Some(Scalar::Utf8(_)), Type::String)
                | (Some(Scalar::Int(_)), Type::I64 | Type::Decimal { .. }) => true,
                (Some(Scalar::Decimal { scale, .. }), Type::Decimal { scale: to, .. }) => {
                    *to >= i32::from(*scale)
                }
                _ => false,
            };
            return kept.then_some(value);
        }
        _ => return None,
    };
    Some(Some(match literal {
        Literal::Null(_) => return Some(None),
        Literal::Bool(truth) => Scalar::Bool(*truth),
        Literal::I8(int) => Scalar::Int((*int).into()),
        Literal::I16(int) => Scalar::Int((*int).into()),
        Literal::I32(int) => Scalar::Int((*int).into()),
        Literal::I64(int) => Scalar::Int(*int),
        Literal::Fp32(float) => Scalar::Float32(*float),
        Literal::Fp64(float) => Scalar::Float64(*float),
        Literal::String(text) => Scalar::Utf8(text.clone()),
        Literal::Binary(bytes) => Scalar::Binary(bytes.clone()),
        Literal::Decimal {
            unscaled, scale, ..
        } => Scalar::Decimal {
            unscaled: *unscaled,
            scale: i8::try_from(*scale).ok()?,
        },
        Literal::Date(days) => Scalar::Date32(*days),
        Literal::Timestamp { value, precision } => Scalar::Date64(millis(*value, *precision)?),
        _ => return None,
    }))
}

/// Milliseconds of a timestamp, if it has no finer part.
fn millis(value: i64, precision: u8) -> Option<i64> {
    let power = 10_i64.checked_pow(u32::from(precision.abs_diff(3)))?;
    if precision <= 3 {
        value.checked_mul(power)
    } else {
        (value % power == 0).then_some(value / power)
    }
}
