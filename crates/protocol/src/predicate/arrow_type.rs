//! `ArrowType` as JSON, as value sets and expressions name types (protocol §4). Used as `#[serde(with = "arrow_type")]`.
//!
//! Nested types carry no children here: the block beside them has the full field.

use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Writes a type.
///
/// # Errors
/// For a type that the protocol has no name for.
pub fn serialize<S: Serializer>(data_type: &DataType, serializer: S) -> Result<S::Ok, S::Error> {
    Name::of(data_type)
        .ok_or_else(|| S::Error::custom(format!("type {data_type} has no name in the protocol")))?
        .serialize(serializer)
}

/// Reads a type; `Struct`, `List` and `Map` come without children.
///
/// # Errors
/// If the type's name or a parameter is unknown.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DataType, D::Error> {
    Name::deserialize(deserializer)?
        .data_type()
        .ok_or_else(|| D::Error::custom("a type has parameters out of range"))
}

#[derive(Serialize, Deserialize)]
#[serde(tag = "@type")]
enum Name {
    Null,
    Struct,
    List,
    Map,
    Utf8,
    Binary,
    Bool,
    #[serde(rename_all = "camelCase")]
    Int {
        bit_width: u8,
        is_signed: bool,
    },
    FloatingPoint {
        precision: FloatPrecision,
    },
    Decimal {
        precision: u8,
        scale: i8,
    },
    Date {
        unit: DateUnit,
    },
    #[serde(rename_all = "camelCase")]
    Time {
        unit: Unit,
        bit_width: u8,
    },
    Timestamp {
        unit: Unit,
        timezone: Option<String>,
    },
    Interval {
        unit: Interval,
    },
    #[serde(rename_all = "camelCase")]
    FixedSizeList {
        list_size: i32,
    },
    #[serde(rename_all = "camelCase")]
    FixedSizeBinary {
        byte_width: i32,
    },
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum FloatPrecision {
    Half,
    Single,
    Double,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum DateUnit {
    Day,
    Millisecond,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
enum Unit {
    Second,
    Millisecond,
    Microsecond,
    Nanosecond,
}

#[derive(Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum Interval {
    YearMonth,
    DayTime,
    MonthDayNano,
}

impl Name {
    fn of(data_type: &DataType) -> Option<Self> {
        Some(match data_type {
            DataType::Null => Self::Null,
            DataType::Struct(_) => Self::Struct,
            DataType::List(_) => Self::List,
            DataType::Map(..) => Self::Map,
            DataType::Utf8 => Self::Utf8,
            DataType::Binary => Self::Binary,
            DataType::Boolean => Self::Bool,
            DataType::Int8 => Self::Int {
                bit_width: 8,
                is_signed: true,
            },
            DataType::Int16 => Self::Int {
                bit_width: 16,
                is_signed: true,
            },
            DataType::Int32 => Self::Int {
                bit_width: 32,
                is_signed: true,
            },
            DataType::Int64 => Self::Int {
                bit_width: 64,
                is_signed: true,
            },
            DataType::UInt8 => Self::Int {
                bit_width: 8,
                is_signed: false,
            },
            DataType::UInt16 => Self::Int {
                bit_width: 16,
                is_signed: false,
            },
            DataType::UInt32 => Self::Int {
                bit_width: 32,
                is_signed: false,
            },
            DataType::UInt64 => Self::Int {
                bit_width: 64,
                is_signed: false,
            },
            DataType::Float16 => Self::FloatingPoint {
                precision: FloatPrecision::Half,
            },
            DataType::Float32 => Self::FloatingPoint {
                precision: FloatPrecision::Single,
            },
            DataType::Float64 => Self::FloatingPoint {
                precision: FloatPrecision::Double,
            },
            DataType::Decimal128(precision, scale) => Self::Decimal {
                precision: *precision,
                scale: *scale,
            },
            DataType::Date32 => Self::Date {
                unit: DateUnit::Day,
            },
            DataType::Date64 => Self::Date {
                unit: DateUnit::Millisecond,
            },
            DataType::Time32(unit) => Self::Time {
                unit: Unit::of(*unit),
                bit_width: 32,
            },
            DataType::Time64(unit) => Self::Time {
                unit: Unit::of(*unit),
                bit_width: 64,
            },
            DataType::Timestamp(unit, zone) => Self::Timestamp {
                unit: Unit::of(*unit),
                timezone: zone.as_ref().map(ToString::to_string),
            },
            DataType::Interval(IntervalUnit::YearMonth) => Self::Interval {
                unit: Interval::YearMonth,
            },
            DataType::Interval(IntervalUnit::DayTime) => Self::Interval {
                unit: Interval::DayTime,
            },
            DataType::Interval(IntervalUnit::MonthDayNano) => Self::Interval {
                unit: Interval::MonthDayNano,
            },
            DataType::FixedSizeList(_, size) => Self::FixedSizeList { list_size: *size },
            DataType::FixedSizeBinary(width) => Self::FixedSizeBinary { byte_width: *width },
            _ => return None,
        })
    }

    fn data_type(self) -> Option<DataType> {
        let child = || Arc::new(Field::new("item", DataType::Null, true));
        Some(match self {
            Self::Null => DataType::Null,
            Self::Struct => DataType::Struct(Fields::empty()),
            Self::List => DataType::List(child()),
            Self::Map => DataType::Map(child(), false),
            Self::Utf8 => DataType::Utf8,
            Self::Binary => DataType::Binary,
            Self::Bool => DataType::Boolean,
            Self::Int {
                bit_width,
                is_signed,
            } => match (bit_width, is_signed) {
                (8, true) => DataType::Int8,
                (16, true) => DataType::Int16,
                (32, true) => DataType::Int32,
                (64, true) => DataType::Int64,
                (8, false) => DataType::UInt8,
                (16, false) => DataType::UInt16,
                (32, false) => DataType::UInt32,
                (64, false) => DataType::UInt64,
                _ => return None,
            },
            Self::FloatingPoint {
                precision: FloatPrecision::Half,
            } => DataType::Float16,
            Self::FloatingPoint {
                precision: FloatPrecision::Single,
            } => DataType::Float32,
            Self::FloatingPoint {
                precision: FloatPrecision::Double,
            } => DataType::Float64,
            Self::Decimal {
                precision: precision @ 1..=38,
                scale,
            } => DataType::Decimal128(precision, scale),
            Self::Decimal { .. } => return None,
            Self::Date {
                unit: DateUnit::Day,
            } => DataType::Date32,
            Self::Date {
                unit: DateUnit::Millisecond,
            } => DataType::Date64,
            Self::Time {
                unit,
                bit_width: 32,
            } => DataType::Time32(unit.time_unit()),
            Self::Time { unit, .. } => DataType::Time64(unit.time_unit()),
            Self::Timestamp { unit, timezone } => {
                DataType::Timestamp(unit.time_unit(), timezone.map(Into::into))
            }
            Self::Interval {
                unit: Interval::YearMonth,
            } => DataType::Interval(IntervalUnit::YearMonth),
            Self::Interval {
                unit: Interval::DayTime,
            } => DataType::Interval(IntervalUnit::DayTime),
            Self::Interval {
                unit: Interval::MonthDayNano,
            } => DataType::Interval(IntervalUnit::MonthDayNano),
            Self::FixedSizeList { list_size } => DataType::FixedSizeList(child(), list_size),
            Self::FixedSizeBinary { byte_width } => DataType::FixedSizeBinary(byte_width),
        })
    }
}

impl Unit {
    fn of(unit: TimeUnit) -> Self {
        match unit {
            TimeUnit::Second => Self::Second,
            TimeUnit::Millisecond => Self::Millisecond,
            TimeUnit::Microsecond => Self::Microsecond,
            TimeUnit::Nanosecond => Self::Nanosecond,
        }
    }

    fn time_unit(&self) -> TimeUnit {
        match self {
            Self::Second => TimeUnit::Second,
            Self::Millisecond => TimeUnit::Millisecond,
            Self::Microsecond => TimeUnit::Microsecond,
            Self::Nanosecond => TimeUnit::Nanosecond,
        }
    }
}
