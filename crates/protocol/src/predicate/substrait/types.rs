//! Types of casts and nulls.

use super::messages::{self, TypeKind};

/// A Substrait type, without what lists, maps and structs are made of.
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Type {
    /// A truth value.
    Bool,
    /// A signed integer of 8 bits.
    I8,
    /// A signed integer of 16 bits.
    I16,
    /// A signed integer of 32 bits.
    I32,
    /// A signed integer of 64 bits.
    I64,
    /// A 32-bit float.
    Fp32,
    /// A 64-bit float.
    Fp64,
    /// Text.
    String,
    /// Text of so many characters at most.
    VarChar {
        /// Characters.
        length: i32,
    },
    /// Text of exactly so many characters.
    FixedChar {
        /// Characters.
        length: i32,
    },
    /// Bytes.
    Binary,
    /// So many bytes.
    FixedBinary {
        /// Bytes.
        length: i32,
    },
    /// A decimal number.
    Decimal {
        /// Digits, 1 to 38.
        precision: i32,
        /// Digits after the point.
        scale: i32,
    },
    /// A day.
    Date,
    /// A time of day, in microseconds.
    Time,
    /// A timestamp without zone.
    Timestamp {
        /// Digits of a second's fraction, 0 to 12.
        precision: i32,
    },
    /// A point in time.
    TimestampTz {
        /// Digits of a second's fraction, 0 to 12.
        precision: i32,
    },
    /// A UUID.
    Uuid,
    /// A struct.
    Struct,
    /// A list.
    List,
    /// A map.
    Map,
    /// A type that is not known here, or a variation of one that is.
    Unknown,
}

impl Type {
    pub(super) fn read(message: &messages::Type) -> Self {
        let Some(kind) = &message.kind else {
            return Self::Unknown;
        };
        let (known, variation) = match kind {
            TypeKind::Bool(plain) => (Self::Bool, plain.variation),
            TypeKind::I8(plain) => (Self::I8, plain.variation),
            TypeKind::I16(plain) => (Self::I16, plain.variation),
            TypeKind::I32(plain) => (Self::I32, plain.variation),
            TypeKind::I64(plain) => (Self::I64, plain.variation),
            TypeKind::Fp32(plain) => (Self::Fp32, plain.variation),
            TypeKind::Fp64(plain) => (Self::Fp64, plain.variation),
            TypeKind::String(plain) => (Self::String, plain.variation),
            TypeKind::Binary(plain) => (Self::Binary, plain.variation),
            TypeKind::Date(plain) => (Self::Date, plain.variation),
            TypeKind::Time(plain) => (Self::Time, plain.variation),
            TypeKind::Uuid(plain) => (Self::Uuid, plain.variation),
            TypeKind::Timestamp(plain) => {
                let precision = MICROS;
                (Self::Timestamp { precision }, plain.variation)
            }
            TypeKind::TimestampTz(plain) => {
                let precision = MICROS;
                (Self::TimestampTz { precision }, plain.variation)
            }
            TypeKind::PrecisionTimestamp(of) => {
                let precision = of.precision;
                (Self::Timestamp { precision }, of.variation)
            }
            TypeKind::PrecisionTimestampTz(of) => {
                let precision = of.precision;
                (Self::TimestampTz { precision }, of.variation)
            }
            TypeKind::FixedChar(of) => {
                let length = of.length;
                (Self::FixedChar { length }, of.variation)
            }
            TypeKind::VarChar(of) => {
                let length = of.length;
                (Self::VarChar { length }, of.variation)
            }
            TypeKind::FixedBinary(of) => {
                let length = of.length;
                (Self::FixedBinary { length }, of.variation)
            }
            TypeKind::Decimal(of) => {
                let (precision, scale) = (of.precision, of.scale);
                (Self::Decimal { precision, scale }, of.variation)
            }
            TypeKind::Struct(_) => (Self::Struct, 0),
            TypeKind::List(_) => (Self::List, 0),
            TypeKind::Map(_) => (Self::Map, 0),
        };
        // A variation may have values of its own.
        if variation == 0 { known } else { Self::Unknown }
    }
}

/// Digits of a second's fraction that the deprecated timestamps have.
pub(super) const MICROS: i32 = 6;
