//! Conditions as the law knows them, before they take one of the wire's forms.

use arrow::datatypes::DataType;
use athena_protocol::predicate::Scalar;
use std::fmt;

/// A condition on rows. Columns are places in the table's schema.
#[derive(Clone)]
pub(super) enum Predicate {
    And(Vec<Predicate>),
    Or(Vec<Predicate>),
    Not(Box<Predicate>),
    Compare(usize, Relation, Operand),
    Between(usize, Scalar, Scalar),
    /// A null in the list is SQL's: what is not found may still be in it.
    In(usize, Vec<Option<Scalar>>),
    IsNull(usize),
    Like(usize, String),
    Distinct(usize, Option<Scalar>),
    /// A function that only the engine knows. Here it tells whether the value, written out, has an even length.
    Foreign(usize),
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Relation {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

impl Relation {
    pub(super) const ALL: [Self; 6] = [
        Self::Equal,
        Self::NotEqual,
        Self::Less,
        Self::LessOrEqual,
        Self::Greater,
        Self::GreaterOrEqual,
    ];
}

#[derive(Clone)]
pub(super) enum Operand {
    Value(Option<Scalar>),
    Column(usize),
}

impl Predicate {
    /// The conditions that must all hold.
    pub(super) fn conjuncts(&self) -> Vec<&Self> {
        match self {
            Self::And(parts) => parts.iter().flat_map(Self::conjuncts).collect(),
            other => vec![other],
        }
    }

    /// The columns it looks at.
    pub(super) fn columns(&self) -> Vec<usize> {
        match self {
            Self::And(parts) | Self::Or(parts) => parts.iter().flat_map(Self::columns).collect(),
            Self::Not(part) => part.columns(),
            Self::Compare(column, _, Operand::Column(other)) => vec![*column, *other],
            Self::Compare(column, ..)
            | Self::Between(column, ..)
            | Self::In(column, _)
            | Self::IsNull(column)
            | Self::Like(column, _)
            | Self::Distinct(column, _)
            | Self::Foreign(column) => vec![*column],
        }
    }
}

impl fmt::Debug for Predicate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::And(parts) => f.debug_tuple("And").field(parts).finish(),
            Self::Or(parts) => f.debug_tuple("Or").field(parts).finish(),
            Self::Not(part) => f.debug_tuple("Not").field(part).finish(),
            Self::Compare(column, relation, Operand::Column(other)) => {
                write!(f, "#{column} {relation:?} #{other}")
            }
            Self::Compare(column, relation, Operand::Value(value)) => {
                write!(f, "#{column} {relation:?} {}", text(value.as_ref()))
            }
            Self::Between(column, low, high) => {
                let (low, high) = (text(Some(low)), text(Some(high)));
                write!(f, "#{column} between {low} and {high}")
            }
            Self::In(column, values) => {
                let values: Vec<_> = values.iter().map(|value| text(value.as_ref())).collect();
                write!(f, "#{column} in ({})", values.join(", "))
            }
            Self::IsNull(column) => write!(f, "#{column} is null"),
            Self::Like(column, pattern) => write!(f, "#{column} like {pattern:?}"),
            Self::Distinct(column, value) => {
                write!(f, "#{column} is distinct from {}", text(value.as_ref()))
            }
            Self::Foreign(column) => write!(f, "foreign(#{column})"),
        }
    }
}

/// A value in full: those of the law are nobody's secret.
pub(super) fn text(value: Option<&Scalar>) -> String {
    match value {
        None => "null".to_owned(),
        Some(Scalar::Utf8(text)) => format!("{text:?}"),
        Some(Scalar::Binary(bytes)) => format!("x{bytes:02x?}"),
        Some(Scalar::Bool(truth)) => truth.to_string(),
        Some(Scalar::Int(int)) => int.to_string(),
        Some(Scalar::Float32(float)) => format!("{float:?}f32"),
        Some(Scalar::Float64(float)) => format!("{float:?}f64"),
        Some(Scalar::Decimal { unscaled, scale }) => format!("{unscaled}e-{scale}"),
        Some(Scalar::Date32(days)) => format!("day {days}"),
        Some(Scalar::Date64(millis)) => format!("{millis} ms"),
        Some(Scalar::Timestamp(packed)) => format!("zoned {packed}"),
        Some(Scalar::Micros(micros)) => format!("{micros} us"),
        Some(Scalar::Nested(array)) => format!("{array:?}").split_whitespace().collect(),
    }
}

/// Whether values of this type have an order.
pub(super) fn ordered(data_type: &DataType) -> bool {
    !data_type.is_nested()
}
