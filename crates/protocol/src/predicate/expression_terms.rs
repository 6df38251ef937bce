//! Conditions of federation expressions (protocol §4).

use super::range::values_column;
use super::term::{Operator, Place, Term, sides};
use super::{Expression, LikePattern, Scalar};
use arrow::array::Array;

/// The condition that an expression states.
pub(super) fn term(expression: &Expression) -> Term {
    match expression {
        Expression::Constant { .. } => match constant(expression) {
            Some(Some(Scalar::Bool(truth))) => Term::Constant(Some(truth)),
            Some(None) => Term::Constant(None),
            _ => Term::Unknown,
        },
        // A truth value as it stands.
        Expression::Variable { .. } => place(expression).map_or(Term::Unknown, |place| {
            Term::Compare(place, Operator::Equal, Some(Scalar::Bool(true)))
        }),
        Expression::Call {
            function_name,
            arguments,
            ..
        } => call(&function_name.function_name, arguments).unwrap_or(Term::Unknown),
    }
}

fn call(function: &str, arguments: &[Expression]) -> Option<Term> {
    let terms = || arguments.iter().map(term).collect();
    Some(match (function, arguments) {
        ("$and", _) => Term::And(terms()),
        ("$or", _) => Term::Or(terms()),
        ("$not", [argument]) => Term::Not(Box::new(term(argument))),
        ("$is_null", [argument]) => Term::IsNull(place(argument)?),
        ("$is_distinct_from", [left, right]) => {
            let (place, _, value) = sides(left, Operator::Equal, right, place, constant)?;
            Term::Distinct(place, value)
        }
        (
            "$in",
            [
                value,
                Expression::Call {
                    function_name,
                    arguments,
                    ..
                },
            ],
        ) if function_name.function_name == "$array" => {
            let values: Option<Vec<_>> = arguments.iter().map(constant).collect();
            Term::In(place(value)?, values?)
        }
        // The list as one block of values.
        ("$in", [value, list @ Expression::Constant { .. }]) => {
            Term::In(place(value)?, constants(list)?)
        }
        ("$like_pattern", [value, pattern, escape @ ..]) => {
            let escape = match escape {
                [] => None,
                [escape] => match constant(escape)?? {
                    Scalar::Utf8(text) => {
                        let mut chars = text.chars();
                        let char = chars.next()?;
                        chars.next().is_none().then_some(char)?;
                        Some(char)
                    }
                    _ => return None,
                },
                _ => return None,
            };
            match constant(pattern)? {
                None => Term::Constant(None),
                Some(Scalar::Utf8(text)) => {
                    Term::Like(place(value)?, LikePattern::new(&text, escape)?)
                }
                Some(_) => return None,
            }
        }
        (_, [left, right]) => {
            let (place, operator, value) =
                sides(left, operator(function)?, right, place, constant)?;
            Term::Compare(place, operator, value)
        }
        _ => return None,
    })
}

fn operator(function: &str) -> Option<Operator> {
    Some(match function {
        "$equal" => Operator::Equal,
        "$not_equal" => Operator::NotEqual,
        "$less_than" => Operator::Less,
        "$less_than_or_equal" => Operator::LessOrEqual,
        "$greater_than" => Operator::Greater,
        "$greater_than_or_equal" => Operator::GreaterOrEqual,
        _ => return None,
    })
}

fn place(expression: &Expression) -> Option<Place> {
    match expression {
        Expression::Variable {
            column_name,
            data_type,
        } => Some(Place {
            column: column_name.clone(),
            path: Vec::new(),
            data_type: data_type.clone(),
        }),
        _ => None,
    }
}

/// The only value of a constant; `Some(None)` for null.
#[expect(
    clippy::option_option,
    reason = "not a constant, a constant null, a constant value"
)]
fn constant(expression: &Expression) -> Option<Option<Scalar>> {
    let mut values = constants(expression)?;
    let value = values.pop()?;
    values.is_empty().then_some(value)
}

/// The values of a constant; `None` if it is none, or of a type that predicates do not have.
fn constants(expression: &Expression) -> Option<Vec<Option<Scalar>>> {
    let Expression::Constant { value_block, .. } = expression else {
        return None;
    };
    let column = values_column(value_block)?;
    (0..column.len())
        .map(|row| {
            if column.is_null(row) {
                Some(None)
            } else {
                Scalar::of(column, row).map(Some)
            }
        })
        .collect()
}
