//! Conditions in three-valued logic, and the rows for which they are true.
//!
//! A row is wanted where a condition is true, neither false nor unknown. So a condition is turned into what has to hold for it to be
//! true, and its negation into what has to hold for it to be false; below that there is no negation any more.

use super::domain::Domain;
use super::tree::{Predicate, Rule, Test};
use super::{LikePattern, Scalar};
use arrow::datatypes::DataType;

/// A condition.
pub(super) enum Term {
    And(Vec<Term>),
    Or(Vec<Term>),
    Not(Box<Term>),
    /// A comparison; one with null is never true.
    Compare(Place, Operator, Option<Scalar>),
    /// Whether the values differ, where null is a value like others.
    Distinct(Place, Option<Scalar>),
    IsNull(Place),
    /// One of these; a null among them makes it unknown instead of false.
    In(Place, Vec<Option<Scalar>>),
    Like(Place, LikePattern),
    /// A truth value.
    Constant(Option<bool>),
    /// Anything else.
    Unknown,
}

/// A column or a field in one.
#[derive(Clone)]
pub(super) struct Place {
    pub(super) column: String,
    pub(super) path: Vec<String>,
    /// Type of the column or field.
    pub(super) data_type: DataType,
}

/// How two values are compared.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Operator {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Operator {
    /// The operator with its sides exchanged.
    pub(super) fn swapped(self) -> Self {
        match self {
            Self::Less => Self::Greater,
            Self::LessOrEqual => Self::GreaterOrEqual,
            Self::Greater => Self::Less,
            Self::GreaterOrEqual => Self::LessOrEqual,
            same => same,
        }
    }

    /// What holds where this does not, null aside.
    fn negated(self) -> Self {
        match self {
            Self::Equal => Self::NotEqual,
            Self::NotEqual => Self::Equal,
            Self::Less => Self::GreaterOrEqual,
            Self::LessOrEqual => Self::Greater,
            Self::Greater => Self::LessOrEqual,
            Self::GreaterOrEqual => Self::Less,
        }
    }
}

impl Term {
    /// What holds where the condition is true, if `wanted`, or else false.
    pub(super) fn when(self, wanted: bool) -> Predicate {
        match self {
            Self::Unknown => Predicate::Unknown,
            Self::Constant(truth) if truth == Some(wanted) => Predicate::All(Vec::new()),
            Self::Constant(_) | Self::Compare(_, _, None) => Predicate::Any(Vec::new()),
            Self::Not(term) => term.when(!wanted),
            Self::And(terms) | Self::Or(terms) if terms.is_empty() => Predicate::Unknown,
            Self::And(terms) => join(terms, wanted, wanted),
            Self::Or(terms) => join(terms, wanted, !wanted),
            Self::Compare(place, operator, Some(value)) => {
                let operator = if wanted { operator } else { operator.negated() };
                compared(place, operator, &value)
            }
            Self::Distinct(place, None) => Self::IsNull(place).when(!wanted),
            Self::Distinct(place, Some(value)) => {
                let Some(value) = fitted(&value, &place.data_type) else {
                    return Predicate::Unknown;
                };
                let equal = equal(&place.data_type, [value]);
                let domain = if wanted {
                    equal.complement().or_null()
                } else {
                    equal
                };
                test(place, domain)
            }
            Self::IsNull(place) => {
                let domain = if wanted {
                    Domain::only_null(&place.data_type)
                } else {
                    Domain::not_null(&place.data_type)
                };
                test(place, domain)
            }
            Self::In(place, values) => {
                let has_null = values.iter().any(Option::is_none);
                if has_null && !wanted {
                    return Predicate::Any(Vec::new());
                }
                let values = values.into_iter().flatten();
                let Some(values) = values
                    .map(|value| fitted(&value, &place.data_type))
                    .collect::<Option<Vec<_>>>()
                else {
                    return Predicate::Unknown;
                };
                let equal = equal(&place.data_type, values);
                let domain = if wanted { equal } else { equal.complement() };
                test(place, domain)
            }
            Self::Like(place, pattern) => {
                if place.data_type != DataType::Utf8 {
                    return Predicate::Unknown;
                }
                let rule = Rule::Like {
                    pattern,
                    negated: !wanted,
                };
                Predicate::Test(Test::new(place.column, place.path, rule))
            }
        }
    }
}

/// A comparison of two sides with the column on the left, as `place` and `constant` read them; `None` if it is none of a column with
/// a value.
pub(super) fn sides<E>(
    left: &E,
    operator: Operator,
    right: &E,
    place: impl Fn(&E) -> Option<Place>,
    constant: impl Fn(&E) -> Option<Option<Scalar>>,
) -> Option<(Place, Operator, Option<Scalar>)> {
    match (place(left), place(right)) {
        (Some(place), None) => Some((place, operator, constant(right)?)),
        (None, Some(place)) => Some((place, operator.swapped(), constant(left)?)),
        _ => None,
    }
}

/// Conditions that must all hold, or of which one must.
fn join(terms: Vec<Term>, wanted: bool, all: bool) -> Predicate {
    let parts = terms.into_iter().map(|term| term.when(wanted)).collect();
    if all {
        Predicate::All(parts)
    } else {
        Predicate::Any(parts)
    }
}

fn compared(place: Place, operator: Operator, value: &Scalar) -> Predicate {
    let data_type = &place.data_type;
    let Some(value) = fitted(value, data_type) else {
        return Predicate::Unknown;
    };
    if !matches!(operator, Operator::Equal | Operator::NotEqual) && !value.is_ordered_alike() {
        return Predicate::Unknown;
    }
    // Both zeros are equal in SQL, but not in the order of ranges.
    let (least, greatest) = ends(value.clone());
    let domain = match operator {
        Operator::Equal => equal(data_type, [value]),
        Operator::NotEqual => equal(data_type, [value]).complement(),
        Operator::Less => Domain::below(data_type, least, false),
        Operator::LessOrEqual => Domain::below(data_type, greatest, true),
        Operator::Greater => Domain::above(data_type, greatest, false),
        Operator::GreaterOrEqual => Domain::above(data_type, least, true),
    };
    test(place, domain)
}

fn equal(data_type: &DataType, values: impl IntoIterator<Item = Scalar>) -> Domain {
    let ends = values.into_iter().flat_map(|value| {
        let (least, greatest) = ends(value);
        let other = (least != greatest || is_negative_zero(&least)).then_some(greatest);
        std::iter::once(least).chain(other)
    });
    Domain::values(data_type, ends)
}

fn is_negative_zero(value: &Scalar) -> bool {
    match value {
        Scalar::Float64(float) => *float == 0.0 && float.is_sign_negative(),
        Scalar::Float32(float) => *float == 0.0 && float.is_sign_negative(),
        _ => false,
    }
}

/// The least and the greatest value that SQL holds equal to this one.
fn ends(value: Scalar) -> (Scalar, Scalar) {
    match value {
        Scalar::Float64(0.0) => (Scalar::Float64(-0.0), Scalar::Float64(0.0)),
        Scalar::Float32(0.0) => (Scalar::Float32(-0.0), Scalar::Float32(0.0)),
        other => (other.clone(), other),
    }
}

fn test(place: Place, domain: Domain) -> Predicate {
    let rule = Rule::In(domain.into_set());
    Predicate::Test(Test::new(place.column, place.path, rule))
}

/// The value in the form that a column of this type has it; `None` if it is not comparable there, or not exactly.
pub(super) fn fitted(value: &Scalar, data_type: &DataType) -> Option<Scalar> {
    Some(match (data_type, value) {
        (DataType::Utf8, Scalar::Utf8(_))
        | (DataType::Binary, Scalar::Binary(_))
        | (DataType::Boolean, Scalar::Bool(_))
        | (DataType::Date32, Scalar::Date32(_))
        | (DataType::Date64, Scalar::Date64(_))
        | (DataType::Decimal128(..), Scalar::Decimal { .. }) => value.clone(),
        (DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64, Scalar::Int(_)) => {
            value.clone()
        }
        (
            DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::Int64,
            Scalar::Decimal { unscaled, scale },
        ) => {
            let power = 10_i128.checked_pow(u32::try_from(*scale).ok()?)?;
            let whole = (unscaled % power == 0).then_some(unscaled / power)?;
            Scalar::Int(i64::try_from(whole).ok()?)
        }
        (DataType::Decimal128(..), Scalar::Int(int)) => Scalar::Decimal {
            unscaled: i128::from(*int),
            scale: 0,
        },
        (DataType::Float64, Scalar::Float64(float)) if !float.is_nan() => value.clone(),
        (DataType::Float32, Scalar::Float32(float)) if !float.is_nan() => value.clone(),
        (DataType::Float64, Scalar::Int(int)) => Scalar::Float64(exact_float(*int)?),
        (DataType::Date64, Scalar::Date32(days)) => Scalar::Date64(i64::from(*days) * DAY_MILLIS),
        _ => return None,
    })
}

/// The integer as a double, if it has one.
#[expect(
    clippy::cast_precision_loss,
    reason = "those that would lose digits are left out"
)]
fn exact_float(int: i64) -> Option<f64> {
    (int.unsigned_abs() <= 1 << 53).then_some(int as f64)
}

const DAY_MILLIS: i64 = 86_400_000;
