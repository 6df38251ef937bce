//! Values that stand in a plan.

use super::PlanError;
use super::messages::{self, LiteralKind, PrecisionLiteral};
use super::types::{MICROS, Type};

/// A value in a plan.
#[non_exhaustive]
#[derive(Clone, PartialEq)]
pub enum Literal {
    /// No value of a type.
    Null(Type),
    /// A truth value.
    Bool(bool),
    /// A signed integer of 8 bits.
    I8(i8),
    /// A signed integer of 16 bits.
    I16(i16),
    /// A signed integer of 32 bits.
    I32(i32),
    /// A signed integer of 64 bits.
    I64(i64),
    /// A 32-bit float.
    Fp32(f32),
    /// A 64-bit float.
    Fp64(f64),
    /// Text, also of limited length.
    String(String),
    /// Text of fixed length, whose comparison may ignore blanks at the end.
    FixedChar(String),
    /// Bytes, also of fixed length.
    Binary(Vec<u8>),
    /// `unscaled * 10^-scale`.
    Decimal {
        /// The digits as an integer.
        unscaled: i128,
        /// Digits of the type, 1 to 38.
        precision: u8,
        /// Digits after the point, at most `precision`.
        scale: u8,
    },
    /// Days since 1970-01-01.
    Date(i32),
    /// Units of `10^-precision` seconds since 1970-01-01, as wall clock.
    Timestamp {
        /// The units.
        value: i64,
        /// Digits of a second's fraction, 0 to 12.
        precision: u8,
    },
    /// Units of `10^-precision` seconds since 1970-01-01 UTC.
    TimestampTz {
        /// The units.
        value: i64,
        /// Digits of a second's fraction, 0 to 12.
        precision: u8,
    },
    /// Values in order.
    List(Vec<Literal>),
}

impl Literal {
    /// The value; `None` if it is of a kind that is not known here.
    ///
    /// # Errors
    /// [`PlanError::Literal`] for a value that its type does not have.
    pub(super) fn read(message: messages::Literal) -> Result<Option<Self>, PlanError> {
        let Some(kind) = message.kind else {
            return Ok(None);
        };
        // A variation may write other values in the same bytes.
        if message.variation != 0 {
            return Ok(None);
        }
        Ok(Some(match kind {
            LiteralKind::Boolean(truth) => Self::Bool(truth),
            LiteralKind::I8(int) => Self::I8(narrow("i8", int)?),
            LiteralKind::I16(int) => Self::I16(narrow("i16", int)?),
            LiteralKind::I32(int) => Self::I32(int),
            LiteralKind::I64(int) => Self::I64(int),
            LiteralKind::Fp32(float) => Self::Fp32(float),
            LiteralKind::Fp64(float) => Self::Fp64(float),
            LiteralKind::String(text) => Self::String(text),
            LiteralKind::VarChar(text) => Self::String(text.value),
            LiteralKind::FixedChar(text) => Self::FixedChar(text),
            LiteralKind::Binary(bytes) | LiteralKind::FixedBinary(bytes) => Self::Binary(bytes),
            LiteralKind::Decimal(digits) => decimal(&digits)?,
            LiteralKind::Date(days) => Self::Date(days),
            LiteralKind::Timestamp(value) => {
                let precision = fraction("timestamp", MICROS)?;
                Self::Timestamp { value, precision }
            }
            LiteralKind::TimestampTz(value) => {
                let precision = fraction("timestamp_tz", MICROS)?;
                Self::TimestampTz { value, precision }
            }
            LiteralKind::PrecisionTimestamp(PrecisionLiteral { precision, value }) => {
                let precision = fraction("precision_timestamp", precision)?;
                Self::Timestamp { value, precision }
            }
            LiteralKind::PrecisionTimestampTz(PrecisionLiteral { precision, value }) => {
                let precision = fraction("precision_timestamp_tz", precision)?;
                Self::TimestampTz { value, precision }
            }
            LiteralKind::Null(data_type) => Self::Null(Type::read(&data_type)),
            LiteralKind::List(list) => {
                // One value that is not known makes the list another one.
                let values: Option<Vec<_>> = list
                    .values
                    .into_iter()
                    .map(Self::read)
                    .collect::<Result<_, _>>()?;
                return Ok(values.map(Self::List));
            }
        }))
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::Null(_) => "Null",
            Self::Bool(_) => "Bool",
            Self::I8(_) => "I8",
            Self::I16(_) => "I16",
            Self::I32(_) => "I32",
            Self::I64(_) => "I64",
            Self::Fp32(_) => "Fp32",
            Self::Fp64(_) => "Fp64",
            Self::String(_) => "String",
            Self::FixedChar(_) => "FixedChar",
            Self::Binary(_) => "Binary",
            Self::Decimal { .. } => "Decimal",
            Self::Date(_) => "Date",
            Self::Timestamp { .. } => "Timestamp",
            Self::TimestampTz { .. } => "TimestampTz",
            Self::List(_) => "List",
        }
    }
}

/// Shows the kind of the value, never the value itself: queries may hold personal data.
impl std::fmt::Debug for Literal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}(..)", self.kind())
    }
}

fn narrow<T: TryFrom<i32>>(kind: &'static str, int: i32) -> Result<T, PlanError> {
    T::try_from(int).map_err(|_| PlanError::Literal {
        kind,
        problem: "is out of its range",
    })
}

fn fraction(kind: &'static str, precision: i32) -> Result<u8, PlanError> {
    u8::try_from(precision)
        .ok()
        .filter(|digits| *digits <= MAX_FRACTION)
        .ok_or(PlanError::Literal {
            kind,
            problem: "has a precision that is not 0 to 12",
        })
}

fn decimal(digits: &messages::DecimalLiteral) -> Result<Literal, PlanError> {
    let malformed = |problem| PlanError::Literal {
        kind: "decimal",
        problem,
    };
    let bytes = digits.value.as_slice();
    let unscaled = bytes
        .try_into()
        .map(i128::from_le_bytes)
        .map_err(|_| malformed("has not 16 bytes"))?;
    let precision = u8::try_from(digits.precision).unwrap_or(0);
    if !(1..=MAX_DIGITS).contains(&precision) {
        return Err(malformed("has a precision that is not 1 to 38"));
    }
    let scale = u8::try_from(digits.scale)
        .ok()
        .filter(|scale| *scale <= precision)
        .ok_or(malformed("has a scale outside its precision"))?;
    if unscaled.unsigned_abs() >= 10_u128.pow(precision.into()) {
        return Err(malformed("has more digits than its precision"));
    }
    Ok(Literal::Decimal {
        unscaled,
        precision,
        scale,
    })
}

const MAX_DIGITS: u8 = 38;
const MAX_FRACTION: u8 = 12;
