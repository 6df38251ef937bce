//! Arrow's schema flatbuffer as a [`Schema`], and which types the protocol has (protocol §4, §6).

use super::BlockError;
use super::error::shown;
use super::message::MAX_NESTING;
use arrow::datatypes::{
    DECIMAL128_MAX_PRECISION, DataType, Field, FieldRef, Fields, IntervalUnit, Schema, TimeUnit,
};
use arrow::ipc;
use std::collections::HashMap;
use std::sync::Arc;

/// Reads a verified schema; custom metadata of the schema and of its fields is kept.
pub(super) fn read(schema: ipc::Schema<'_>) -> Result<Schema, BlockError> {
    if schema.endianness() != ipc::Endianness::Little {
        return Err(BlockError::Unsupported {
            feature: "big-endian values",
        });
    }
    let fields = schema
        .fields()
        .into_iter()
        .flatten()
        .map(field)
        .collect::<Result<Vec<_>, _>>()?;
    Ok(Schema::new_with_metadata(
        fields,
        metadata(schema.custom_metadata()),
    ))
}

/// Checks that the protocol has all types of `schema`, and that it does not nest too deep.
pub(super) fn check(schema: &Schema) -> Result<(), BlockError> {
    check_fields(schema.fields(), 1)
}

fn check_fields(fields: &Fields, level: usize) -> Result<(), BlockError> {
    for field in fields {
        check_field(field, level)?;
    }
    Ok(())
}

fn check_field(field: &Field, level: usize) -> Result<(), BlockError> {
    if level > MAX_NESTING {
        return Err(BlockError::TooDeep { limit: MAX_NESTING });
    }
    let name = field.name();
    let column = || shown(name);
    match field.data_type() {
        DataType::List(child) | DataType::FixedSizeList(child, _) | DataType::Map(child, _) => {
            check_field(child, level + 1)
        }
        DataType::Struct(children) => check_fields(children, level + 1),
        flat if is_flat(flat) => return Ok(()),
        other => {
            return Err(BlockError::UnsupportedType {
                column: column(),
                got: other.to_string(),
            });
        }
    }
    .map_err(|error| error.within(name))?;
    check_shape(field.data_type()).map_err(|problem| BlockError::MalformedType {
        column: column(),
        problem,
    })
}

/// Whether the protocol has the type, and it has no children.
pub(super) fn is_flat(data_type: &DataType) -> bool {
    use DataType as T;
    use TimeUnit::{Microsecond, Millisecond, Nanosecond, Second};
    match data_type {
        T::Null
        | T::Boolean
        | T::Int8
        | T::Int16
        | T::Int32
        | T::Int64
        | T::UInt8
        | T::UInt16
        | T::UInt32
        | T::UInt64
        | T::Float16
        | T::Float32
        | T::Float64
        | T::Date32
        | T::Date64
        | T::Time32(Second | Millisecond)
        | T::Time64(Microsecond | Nanosecond)
        | T::Timestamp(..)
        | T::Interval(_)
        | T::Utf8
        | T::Binary => true,
        T::FixedSizeBinary(width) => *width >= 0,
        T::Decimal128(precision, scale) => {
            (1..=DECIMAL128_MAX_PRECISION).contains(precision) && scale.unsigned_abs() <= *precision
        }
        _ => false,
    }
}

/// Whether children and parameters of a nested type fit together; what is wrong if not.
fn check_shape(data_type: &DataType) -> Result<(), &'static str> {
    match data_type {
        DataType::FixedSizeList(child, size) => {
            if *size < 0 {
                return Err("a list of fixed size has a negative size");
            }
            if child.data_type() == &DataType::Null {
                return Err("a list of fixed size consists of nulls");
            }
        }
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else {
                return Err("the entries of a map are not a struct");
            };
            if pair.len() != 2 {
                return Err("the entries of a map are not of two columns");
            }
            if entries.is_nullable() || pair[0].is_nullable() {
                return Err("the entries of a map or their keys may be null");
            }
        }
        _ => {}
    }
    Ok(())
}

fn field(field: ipc::Field<'_>) -> Result<Field, BlockError> {
    let name = field.name().unwrap_or_default();
    if field.dictionary().is_some() {
        return Err(BlockError::UnsupportedType {
            column: shown(name),
            got: "Dictionary".to_owned(),
        });
    }
    let data_type = data_type(field, name)?;
    Ok(Field::new(name, data_type, field.nullable())
        .with_metadata(metadata(field.custom_metadata())))
}

fn data_type(field: ipc::Field<'_>, name: &str) -> Result<DataType, BlockError> {
    let malformed = |problem| BlockError::MalformedType {
        column: shown(name),
        problem,
    };
    let data_type = match field.type_type() {
        ipc::Type::List => DataType::List(only_child(field, name)?),
        ipc::Type::FixedSizeList => {
            let size = field.type_as_fixed_size_list().map(|list| list.listSize());
            let size = size.ok_or_else(|| malformed("its parameters are missing"))?;
            DataType::FixedSizeList(only_child(field, name)?, size)
        }
        ipc::Type::Map => {
            let sorted = field.type_as_map().is_some_and(|map| map.keysSorted());
            DataType::Map(only_child(field, name)?, sorted)
        }
        ipc::Type::Struct_ => DataType::Struct(children(field, name)?.into()),
        kind => {
            let data_type = flat(field, kind).ok_or_else(|| BlockError::UnsupportedType {
                column: shown(name),
                got: described(field, kind),
            })?;
            if field
                .children()
                .is_some_and(|children| !children.is_empty())
            {
                return Err(malformed("a type without children has some"));
            }
            return Ok(data_type);
        }
    };
    check_shape(&data_type).map_err(malformed)?;
    Ok(data_type)
}

/// The children of a struct, in a loop of its own: types nest, and so does the stack.
fn children(field: ipc::Field<'_>, name: &str) -> Result<Vec<Field>, BlockError> {
    let mut children = Vec::new();
    for child in field.children().into_iter().flatten() {
        children.push(self::field(child).map_err(|error| error.within(name))?);
    }
    Ok(children)
}

/// The one child of a list or map.
fn only_child(field: ipc::Field<'_>, name: &str) -> Result<FieldRef, BlockError> {
    let mut children = field.children().into_iter().flatten();
    let (Some(child), None) = (children.next(), children.next()) else {
        return Err(BlockError::MalformedType {
            column: shown(name),
            problem: "a list or map does not have exactly one child",
        });
    };
    self::field(child)
        .map(Arc::new)
        .map_err(|error| error.within(name))
}

/// A type without children; `None` if the protocol, or Arrow here, does not have it.
fn flat(field: ipc::Field<'_>, kind: ipc::Type) -> Option<DataType> {
    let data_type = match kind {
        ipc::Type::Null => DataType::Null,
        ipc::Type::Bool => DataType::Boolean,
        ipc::Type::Utf8 => DataType::Utf8,
        ipc::Type::Binary => DataType::Binary,
        ipc::Type::Int => {
            let int = field.type_as_int()?;
            match (int.bitWidth(), int.is_signed()) {
                (8, true) => DataType::Int8,
                (16, true) => DataType::Int16,
                (32, true) => DataType::Int32,
                (64, true) => DataType::Int64,
                (8, false) => DataType::UInt8,
                (16, false) => DataType::UInt16,
                (32, false) => DataType::UInt32,
                (64, false) => DataType::UInt64,
                _ => return None,
            }
        }
        ipc::Type::FloatingPoint => match field.type_as_floating_point()?.precision() {
            ipc::Precision::HALF => DataType::Float16,
            ipc::Precision::SINGLE => DataType::Float32,
            ipc::Precision::DOUBLE => DataType::Float64,
            _ => return None,
        },
        ipc::Type::Decimal => {
            let decimal = field.type_as_decimal()?;
            if decimal.bitWidth() != 128 {
                return None;
            }
            DataType::Decimal128(
                decimal.precision().try_into().ok()?,
                decimal.scale().try_into().ok()?,
            )
        }
        ipc::Type::Date => match field.type_as_date()?.unit() {
            ipc::DateUnit::DAY => DataType::Date32,
            ipc::DateUnit::MILLISECOND => DataType::Date64,
            _ => return None,
        },
        ipc::Type::Time => {
            let time = field.type_as_time()?;
            match time.bitWidth() {
                32 => DataType::Time32(unit(time.unit())?),
                64 => DataType::Time64(unit(time.unit())?),
                _ => return None,
            }
        }
        ipc::Type::Timestamp => {
            let timestamp = field.type_as_timestamp()?;
            // An empty zone means none, and is written so.
            let zone = timestamp.timezone().filter(|zone| !zone.is_empty());
            DataType::Timestamp(unit(timestamp.unit())?, zone.map(Into::into))
        }
        ipc::Type::Interval => DataType::Interval(match field.type_as_interval()?.unit() {
            ipc::IntervalUnit::YEAR_MONTH => IntervalUnit::YearMonth,
            ipc::IntervalUnit::DAY_TIME => IntervalUnit::DayTime,
            ipc::IntervalUnit::MONTH_DAY_NANO => IntervalUnit::MonthDayNano,
            _ => return None,
        }),
        ipc::Type::FixedSizeBinary => {
            DataType::FixedSizeBinary(field.type_as_fixed_size_binary()?.byteWidth())
        }
        _ => return None,
    };
    is_flat(&data_type).then_some(data_type)
}

fn unit(unit: ipc::TimeUnit) -> Option<TimeUnit> {
    Some(match unit {
        ipc::TimeUnit::SECOND => TimeUnit::Second,
        ipc::TimeUnit::MILLISECOND => TimeUnit::Millisecond,
        ipc::TimeUnit::MICROSECOND => TimeUnit::Microsecond,
        ipc::TimeUnit::NANOSECOND => TimeUnit::Nanosecond,
        _ => return None,
    })
}

/// What a refused type is called, with the parameters that make it so.
fn described(field: ipc::Field<'_>, kind: ipc::Type) -> String {
    let Some(name) = kind.variant_name().filter(|_| kind != ipc::Type::NONE) else {
        return format!("number {}", kind.0);
    };
    if let Some(int) = field.type_as_int() {
        return format!("{name} of {} bits", int.bitWidth());
    }
    if let Some(time) = field.type_as_time() {
        return format!(
            "{name} of {} bits and unit {}",
            time.bitWidth(),
            time.unit().0
        );
    }
    if let Some(decimal) = field.type_as_decimal() {
        let (bits, precision, scale) = (decimal.bitWidth(), decimal.precision(), decimal.scale());
        return format!("{name}({precision}, {scale}) of {bits} bits");
    }
    if let Some(binary) = field.type_as_fixed_size_binary() {
        return format!("{name}({})", binary.byteWidth());
    }
    name.to_owned()
}

type Pairs<'a> = flatbuffers::Vector<'a, flatbuffers::ForwardsUOffset<ipc::KeyValue<'a>>>;

/// Custom metadata; a pair without key or value says nothing.
fn metadata(pairs: Option<Pairs<'_>>) -> HashMap<String, String> {
    pairs
        .into_iter()
        .flatten()
        .filter_map(|pair| Some((pair.key()?.to_owned(), pair.value()?.to_owned())))
        .collect()
}
