//! `ArrowType` as JSON, as value sets and expressions name types (protocol §4). Used as `#[serde(with = "arrow_type")]`.
//!
//! Nested types carry no children here: the block beside them has the full field.

use crate::lenient::{NotKnown, Text};
use crate::problem::shortened;
use arrow::datatypes::{DataType, Field, Fields, IntervalUnit, TimeUnit};
use serde::de::{Deserializer, Error as _};
use serde::ser::{Error as _, Serializer};
use serde::{Deserialize, Serialize};
use std::str::FromStr;
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
/// If the type or a parameter is not known, or a parameter is missing.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DataType, D::Error> {
    ArrowType::deserialize(deserializer)?
        .0
        .map_err(|NotKnown(what)| D::Error::custom(format!("{what} is not known")))
}

/// A type that was read, or what is not known of it.
pub(super) struct ArrowType(pub(super) Result<DataType, NotKnown>);

impl<'de> Deserialize<'de> for ArrowType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let wire = Wire::deserialize(deserializer)?;
        match wire.data_type() {
            Ok(data_type) => Ok(Self(Ok(data_type))),
            Err(Flaw::NotKnown) => {
                let name = shortened(&wire.name);
                Ok(Self(Err(NotKnown(format!("the arrow type `{name}`")))))
            }
            Err(Flaw::Malformed(parameter)) => Err(D::Error::custom(format!(
                "`{parameter}` of an arrow type is missing or malformed"
            ))),
        }
    }
}

/// All parameters of all types. A number and its text mean the same.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", expecting = "an arrow type")]
struct Wire {
    #[serde(rename = "@type")]
    name: String,
    bit_width: Option<Text>,
    is_signed: Option<Text>,
    precision: Option<Text>,
    scale: Option<Text>,
    unit: Option<Text>,
    timezone: Option<Text>,
    list_size: Option<Text>,
    byte_width: Option<Text>,
}

enum Flaw {
    /// No such type, or no such parameter.
    NotKnown,
    /// A parameter that is needed is not there, or is not of its kind.
    Malformed(&'static str),
}

impl Wire {
    fn data_type(&self) -> Result<DataType, Flaw> {
        let child = || Arc::new(Field::new("item", DataType::Null, true));
        Ok(match self.name.as_str() {
            "Null" => DataType::Null,
            "Struct" => DataType::Struct(Fields::empty()),
            "List" => DataType::List(child()),
            "Map" => DataType::Map(child(), false),
            "Utf8" => DataType::Utf8,
            "Binary" => DataType::Binary,
            "Bool" => DataType::Boolean,
            "Int" => match (
                parsed::<i64>("bitWidth", self.bit_width.as_ref())?,
                parsed("isSigned", self.is_signed.as_ref())?,
            ) {
                (8, true) => DataType::Int8,
                (16, true) => DataType::Int16,
                (32, true) => DataType::Int32,
                (64, true) => DataType::Int64,
                (8, false) => DataType::UInt8,
                (16, false) => DataType::UInt16,
                (32, false) => DataType::UInt32,
                (64, false) => DataType::UInt64,
                _ => return Err(Flaw::NotKnown),
            },
            "FloatingPoint" => match given("precision", self.precision.as_ref())? {
                "HALF" => DataType::Float16,
                "SINGLE" => DataType::Float32,
                "DOUBLE" => DataType::Float64,
                _ => return Err(Flaw::NotKnown),
            },
            "Decimal" => {
                let precision = parsed::<i64>("precision", self.precision.as_ref())?;
                let scale = parsed::<i64>("scale", self.scale.as_ref())?;
                match (u8::try_from(precision), i8::try_from(scale)) {
                    (Ok(digits @ 1..=38), Ok(places)) if scale <= precision => {
                        DataType::Decimal128(digits, places)
                    }
                    _ => return Err(Flaw::NotKnown),
                }
            }
            "Date" => match given("unit", self.unit.as_ref())? {
                "DAY" => DataType::Date32,
                "MILLISECOND" => DataType::Date64,
                _ => return Err(Flaw::NotKnown),
            },
            "Time" => match (
                self.time_unit()?,
                parsed::<i64>("bitWidth", self.bit_width.as_ref())?,
            ) {
                (unit @ (TimeUnit::Second | TimeUnit::Millisecond), 32) => DataType::Time32(unit),
                (unit @ (TimeUnit::Microsecond | TimeUnit::Nanosecond), 64) => {
                    DataType::Time64(unit)
                }
                _ => return Err(Flaw::NotKnown),
            },
            "Timestamp" => {
                let zone = self.timezone.as_ref().map(|zone| zone.0.as_str().into());
                DataType::Timestamp(self.time_unit()?, zone)
            }
            "Interval" => DataType::Interval(match given("unit", self.unit.as_ref())? {
                "YEAR_MONTH" => IntervalUnit::YearMonth,
                "DAY_TIME" => IntervalUnit::DayTime,
                "MONTH_DAY_NANO" => IntervalUnit::MonthDayNano,
                _ => return Err(Flaw::NotKnown),
            }),
            "FixedSizeList" => DataType::FixedSizeList(
                child(),
                length(parsed("listSize", self.list_size.as_ref())?)?,
            ),
            "FixedSizeBinary" => {
                DataType::FixedSizeBinary(length(parsed("byteWidth", self.byte_width.as_ref())?)?)
            }
            _ => return Err(Flaw::NotKnown),
        })
    }

    fn time_unit(&self) -> Result<TimeUnit, Flaw> {
        let unit = given("unit", self.unit.as_ref())?;
        TIME_UNITS
            .iter()
            .find_map(|(known, name)| (*name == unit).then_some(*known))
            .ok_or(Flaw::NotKnown)
    }
}

fn given<'a>(name: &'static str, parameter: Option<&'a Text>) -> Result<&'a str, Flaw> {
    parameter
        .map(|text| text.0.as_str())
        .ok_or(Flaw::Malformed(name))
}

fn parsed<T: FromStr>(name: &'static str, parameter: Option<&Text>) -> Result<T, Flaw> {
    given(name, parameter)?
        .parse()
        .map_err(|_| Flaw::Malformed(name))
}

fn length(length: i64) -> Result<i32, Flaw> {
    i32::try_from(length)
        .ok()
        .filter(|length| *length >= 0)
        .ok_or(Flaw::NotKnown)
}

/// A type as it is written.
#[derive(Serialize)]
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
        precision: &'static str,
    },
    Decimal {
        precision: u8,
        scale: i8,
    },
    Date {
        unit: &'static str,
    },
    #[serde(rename_all = "camelCase")]
    Time {
        unit: &'static str,
        bit_width: u8,
    },
    Timestamp {
        unit: &'static str,
        timezone: Option<String>,
    },
    Interval {
        unit: &'static str,
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
            DataType::Float16 => Self::FloatingPoint { precision: "HALF" },
            DataType::Float32 => Self::FloatingPoint {
                precision: "SINGLE",
            },
            DataType::Float64 => Self::FloatingPoint {
                precision: "DOUBLE",
            },
            DataType::Decimal128(precision, scale) => Self::Decimal {
                precision: *precision,
                scale: *scale,
            },
            DataType::Date32 => Self::Date { unit: "DAY" },
            DataType::Date64 => Self::Date {
                unit: "MILLISECOND",
            },
            DataType::Time32(unit) => Self::Time {
                unit: time_unit_name(*unit),
                bit_width: 32,
            },
            DataType::Time64(unit) => Self::Time {
                unit: time_unit_name(*unit),
                bit_width: 64,
            },
            DataType::Timestamp(unit, zone) => Self::Timestamp {
                unit: time_unit_name(*unit),
                timezone: zone.as_ref().map(ToString::to_string),
            },
            DataType::Interval(IntervalUnit::YearMonth) => Self::Interval { unit: "YEAR_MONTH" },
            DataType::Interval(IntervalUnit::DayTime) => Self::Interval { unit: "DAY_TIME" },
            DataType::Interval(IntervalUnit::MonthDayNano) => Self::Interval {
                unit: "MONTH_DAY_NANO",
            },
            DataType::FixedSizeList(_, size) => Self::FixedSizeList { list_size: *size },
            DataType::FixedSizeBinary(width) => Self::FixedSizeBinary { byte_width: *width },
            _ => return None,
        })
    }
}

fn time_unit_name(unit: TimeUnit) -> &'static str {
    let known = TIME_UNITS.iter().find(|(known, _)| *known == unit);
    known.expect("every unit is listed").1
}

const TIME_UNITS: [(TimeUnit, &str); 4] = [
    (TimeUnit::Second, "SECOND"),
    (TimeUnit::Millisecond, "MILLISECOND"),
    (TimeUnit::Microsecond, "MICROSECOND"),
    (TimeUnit::Nanosecond, "NANOSECOND"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Result<DataType, String>, String> {
        serde_json::from_str::<ArrowType>(json)
            .map(|read| read.0.map_err(|NotKnown(what)| what))
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_parameter_may_be_a_number_or_its_text() {
        for json in [
            r#"{"@type":"Int","bitWidth":32,"isSigned":true}"#,
            r#"{"isSigned":true,"bitWidth":"32","@type":"Int","more":[1]}"#,
        ] {
            assert_eq!(read(json), Ok(Ok(DataType::Int32)), "{json}");
        }
        assert_eq!(
            read(r#"{"@type":"Decimal","precision":"38","scale":"9"}"#),
            Ok(Ok(DataType::Decimal128(38, 9)))
        );
    }

    #[test]
    fn a_type_that_arrow_or_this_code_lacks_is_named() {
        for (json, name) in [
            (
                r#"{"@type":"Union","mode":"Sparse","typeIds":[1,2]}"#,
                "Union",
            ),
            (r#"{"@type":"LargeUtf8"}"#, "LargeUtf8"),
            (r#"{"@type":"Int","bitWidth":128,"isSigned":true}"#, "Int"),
            (r#"{"@type":"Decimal","precision":76,"scale":9}"#, "Decimal"),
            (r#"{"@type":"Decimal","precision":3,"scale":4}"#, "Decimal"),
            (
                r#"{"@type":"Time","unit":"NANOSECOND","bitWidth":32}"#,
                "Time",
            ),
            (r#"{"@type":"Date","unit":"YEAR"}"#, "Date"),
            (
                r#"{"@type":"FixedSizeBinary","byteWidth":-1}"#,
                "FixedSizeBinary",
            ),
        ] {
            assert_eq!(read(json), Ok(Err(format!("the arrow type `{name}`"))));
        }
    }

    #[test]
    fn a_known_type_without_its_parameters_is_malformed() {
        for json in [
            r#"{"@type":"Int","bitWidth":32}"#,
            r#"{"@type":"Int","bitWidth":"wide","isSigned":true}"#,
            r#"{"@type":"Int","bitWidth":[32],"isSigned":true}"#,
            r#"{"@type":"FloatingPoint"}"#,
            r#"{"@type":"Decimal","precision":38}"#,
            r#"{"@type":"Timestamp","timezone":"UTC"}"#,
            r#"{"type":"Utf8"}"#,
            r#""Utf8""#,
            "null",
        ] {
            assert!(read(json).is_err(), "{json}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let zone = |zone: &str| Some(zone.into());
        for data_type in [
            DataType::Null,
            DataType::Utf8,
            DataType::Binary,
            DataType::Boolean,
            DataType::Int8,
            DataType::Int16,
            DataType::Int32,
            DataType::Int64,
            DataType::UInt8,
            DataType::UInt16,
            DataType::UInt32,
            DataType::UInt64,
            DataType::Float16,
            DataType::Float32,
            DataType::Float64,
            DataType::Decimal128(38, 9),
            DataType::Decimal128(1, -2),
            DataType::Date32,
            DataType::Date64,
            DataType::Time32(TimeUnit::Second),
            DataType::Time64(TimeUnit::Nanosecond),
            DataType::Timestamp(TimeUnit::Millisecond, zone("UTC")),
            DataType::Timestamp(TimeUnit::Microsecond, None),
            DataType::Interval(IntervalUnit::YearMonth),
            DataType::Interval(IntervalUnit::DayTime),
            DataType::Interval(IntervalUnit::MonthDayNano),
            DataType::FixedSizeBinary(16),
        ] {
            let mut json = Vec::new();
            serialize(&data_type, &mut serde_json::Serializer::new(&mut json)).unwrap();
            let json = String::from_utf8(json).unwrap();
            assert_eq!(read(&json), Ok(Ok(data_type)), "{json}");
        }
    }
}
