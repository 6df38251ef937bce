//! Types that the engine can read (protocol §7).

use crate::fault::Fault;
use arrow::datatypes::{DataType, Field, Fields, Schema, TimeUnit};
use athena_protocol::wire::{SourceErrorCode, TableName};

/// Checks that each column of a table has a type that the engine can read, at every depth.
///
/// # Errors
/// An [`OperationNotSupported`](SourceErrorCode::OperationNotSupported) fault with the first column that has not, by the names
/// that lead to it.
pub fn check(table: &TableName, schema: &Schema) -> Result<(), Fault> {
    let Some((path, data_type)) = unsupported(schema.fields()) else {
        return Ok(());
    };
    let TableName {
        schema_name,
        table_name,
    } = table;
    Err(Fault::new(
        SourceErrorCode::OperationNotSupported,
        format!(
            "column `{path}` of table `{schema_name}.{table_name}` has the type {data_type}, which the engine cannot read"
        ),
    ))
}

/// The first field that cannot be read, as the names from the top down to it, and its type.
fn unsupported(fields: &Fields) -> Option<(String, DataType)> {
    fields.iter().find_map(|field| {
        below(field).map(|(path, data_type)| {
            let own = field.name();
            let path = path.map_or_else(|| own.clone(), |path| format!("{own}.{path}"));
            (path, data_type)
        })
    })
}

/// The type at fault, and the path to it below `field`, if it is not the field's own.
fn below(field: &Field) -> Option<(Option<String>, DataType)> {
    let children = match field.data_type() {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(_, _)
        | DataType::Utf8
        | DataType::Binary
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(TimeUnit::Millisecond | TimeUnit::Microsecond, Some(_)) => {
            return None;
        }
        DataType::List(child) | DataType::Map(child, _) => Fields::from(vec![child.clone()]),
        DataType::Struct(children) => children.clone(),
        other => return Some((None, other.clone())),
    };
    unsupported(&children).map(|(path, data_type)| (Some(path), data_type))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    fn checked(data_type: DataType) -> Result<(), Fault> {
        let good = Field::new("good", DataType::Utf8, true);
        let schema = Schema::new(vec![good, Field::new("c", data_type, true)]);
        check(&TableName::new("s", "t"), &schema)
    }

    fn field(name: &str, data_type: DataType) -> Field {
        Field::new(name, data_type, true)
    }

    fn list(child: DataType) -> DataType {
        DataType::List(Arc::new(field("item", child)))
    }

    fn structure(child: DataType) -> DataType {
        DataType::Struct(Fields::from(vec![
            field("x", DataType::Utf8),
            field("y", child),
        ]))
    }

    fn map(value: DataType) -> DataType {
        let children = Fields::from(vec![
            Field::new("key", DataType::Utf8, false),
            field("value", value),
        ]);
        let entries = Field::new("entries", DataType::Struct(children), false);
        DataType::Map(Arc::new(entries), false)
    }

    fn readable() -> Vec<DataType> {
        let zone = Some("UTC".into());
        vec![
            DataType::Boolean,
            DataType::Int8,
            DataType::Int16,
            DataType::Int32,
            DataType::Int64,
            DataType::Float32,
            DataType::Float64,
            DataType::Decimal128(38, 9),
            DataType::Utf8,
            DataType::Binary,
            DataType::Date32,
            DataType::Date64,
            DataType::Timestamp(TimeUnit::Millisecond, zone.clone()),
            DataType::Timestamp(TimeUnit::Microsecond, zone),
        ]
    }

    fn unreadable() -> Vec<DataType> {
        vec![
            DataType::Null,
            DataType::UInt8,
            DataType::UInt64,
            DataType::Float16,
            DataType::Decimal256(40, 0),
            DataType::LargeUtf8,
            DataType::Utf8View,
            DataType::LargeBinary,
            DataType::FixedSizeBinary(4),
            DataType::Time32(TimeUnit::Second),
            DataType::Time64(TimeUnit::Nanosecond),
            DataType::Timestamp(TimeUnit::Millisecond, None),
            DataType::Timestamp(TimeUnit::Second, Some("UTC".into())),
            DataType::Timestamp(TimeUnit::Nanosecond, Some("UTC".into())),
            DataType::Duration(TimeUnit::Second),
            DataType::Interval(arrow::datatypes::IntervalUnit::DayTime),
            DataType::LargeList(Arc::new(field("item", DataType::Utf8))),
            DataType::FixedSizeList(Arc::new(field("item", DataType::Utf8)), 2),
        ]
    }

    #[test]
    fn what_the_engine_reads_passes_at_every_depth() {
        for data_type in readable() {
            for nested in [
                data_type.clone(),
                list(data_type.clone()),
                structure(data_type.clone()),
                map(data_type.clone()),
                list(structure(map(list(data_type)))),
            ] {
                assert_eq!(checked(nested.clone()), Ok(()), "{nested}");
            }
        }
    }

    #[test]
    fn what_the_engine_cannot_read_is_refused_with_the_way_to_it() {
        for data_type in unreadable() {
            for (nested, path) in [
                (data_type.clone(), "`c`"),
                (list(data_type.clone()), "`c.item`"),
                (structure(data_type.clone()), "`c.y`"),
                (map(data_type.clone()), "`c.entries.value`"),
                (
                    list(structure(map(list(data_type.clone())))),
                    "`c.item.y.entries.value.item`",
                ),
            ] {
                let fault = checked(nested).unwrap_err();
                assert_eq!(fault.code, SourceErrorCode::OperationNotSupported);
                for words in [path, "`s.t`", &data_type.to_string()] {
                    assert!(fault.message.contains(words), "{words} in {fault}");
                }
            }
        }
    }
}
