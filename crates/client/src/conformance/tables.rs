//! Chooses the tables to judge by, describes them and reads them once without any condition: all else is held against those rows.

use super::options::Options;
use super::planning::{Planned, Table};
use super::rows::Rows;
use super::rules::Rule;
use super::session::Session;
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::TableName;
use std::collections::{HashMap, HashSet};

/// A table and all its rows.
pub(super) struct Sample {
    pub(super) table: Table,
    pub(super) planned: Planned,
    pub(super) rows: Rows,
    /// How many rows each split gave.
    pub(super) of_splits: Vec<usize>,
}

/// Describes and reads tables until there are enough.
pub(super) async fn choose(
    session: &mut Session,
    listed: Vec<TableName>,
    options: &Options,
) -> Vec<Sample> {
    let given = !options.tables.is_empty();
    let candidates = if given {
        options.tables.clone()
    } else {
        listed
    };
    let looked_at = if given {
        candidates.len()
    } else {
        options.tables_at_most.saturating_mul(4)
    };
    let mut samples: Vec<Sample> = Vec::new();
    for name in candidates.into_iter().take(looked_at) {
        if !given && samples.len() >= options.tables_at_most {
            break;
        }
        // A table without rows has its calls judged, and nothing can be asked of it.
        if let Some(sample) = sample(session, &name, options).await
            && (given || sample.rows.len() > 0)
        {
            samples.push(sample);
        }
    }
    samples
}

async fn sample(session: &mut Session, name: &TableName, options: &Options) -> Option<Sample> {
    let table = match session.get_table(name, session.version).await {
        Ok(table) => table,
        Err(failure) => {
            if !failure.is_told() {
                let complaint = format!("{name}: {}", failure.in_full());
                session.ledger.fail(Rule::TableSchema, complaint);
            }
            return None;
        }
    };
    judge(session, &table);
    in_lower_case(session, &table).await;
    if table.schema.fields().is_empty() {
        return None;
    }
    let planned = match session.plan(&table, &Constraints::default()).await {
        Ok(planned) => planned,
        Err(failure) => {
            if !failure.is_told() {
                let complaint = format!("{name}: {}", failure.in_full());
                session.ledger.fail(Rule::LayoutPartitions, complaint);
            }
            return None;
        }
    };
    let most = options.rows_at_most;
    let (rows, of_splits) = match session.read_all(&table, &planned, most).await {
        Ok(read) => read,
        Err(failure) => {
            let complaint = format!("{name}: {}", failure.in_full());
            session.ledger.fail(Rule::RecordsRead, complaint);
            return None;
        }
    };
    session.ledger.pass(Rule::RecordsRead);
    if rows.len() > most {
        let why =
            format!("{name} has more than {most} rows, which is too many to hold others against");
        session.ledger.skip(Rule::RecordsComplete, why);
        return None;
    }
    let sample = Sample {
        table,
        planned,
        rows,
        of_splits,
    };
    once(session, &sample);
    expected(session, &sample, options);
    Some(sample)
}

/// Whether a row is in two splits. A table that has equal rows within a split tells nothing: they may be its own.
fn once(session: &mut Session, sample: &Sample) {
    let name = &sample.table.name;
    if sample.of_splits.len() < 2 {
        return session
            .ledger
            .skip(Rule::RecordsOnce, "no table has two splits");
    }
    let mut first_seen = HashMap::new();
    let mut rows = sample.rows.keys().iter();
    let mut doubled = None;
    for (split, count) in sample.of_splits.iter().enumerate() {
        for (row, key) in rows.by_ref().take(*count).enumerate() {
            match first_seen.insert(*key, split) {
                Some(before) if before == split => {
                    let why =
                        format!("{name} has equal rows in one split, and so may have them in two");
                    return session.ledger.skip(Rule::RecordsOnce, why);
                }
                Some(before) => {
                    doubled.get_or_insert((before, split, row));
                }
                None => {}
            }
        }
    }
    session
        .ledger
        .check(Rule::RecordsOnce, doubled.is_none(), || {
            let (before, split, row) = doubled.unwrap_or_default();
            format!("{name}: row {row} of split {split} is in split {before} too")
        });
}

fn expected(session: &mut Session, sample: &Sample, options: &Options) {
    let name = &sample.table.name;
    let same = |other: &TableName| {
        other.schema_name.eq_ignore_ascii_case(&name.schema_name)
            && other.table_name.eq_ignore_ascii_case(&name.table_name)
    };
    let told = options.expected_rows.iter().find(|(table, _)| same(table));
    if let Some((_, expected)) = told {
        let got = sample.rows.len() as u64;
        session
            .ledger
            .check(Rule::RecordsComplete, got == *expected, || {
                format!("{name}: {got} rows came, and it is said to have {expected}")
            });
    }
}

fn judge(session: &mut Session, table: &Table) {
    let (name, schema) = (&table.name, &table.schema);
    let ledger = &mut session.ledger;
    ledger.check(Rule::TableSchema, !schema.fields().is_empty(), || {
        format!("{name} has no column")
    });
    let mut seen = HashSet::new();
    for field in schema.fields() {
        let new = seen.insert(field.name().to_lowercase());
        ledger.check(Rule::TableSchema, new, || {
            format!(
                "{name}: column `{}` is there twice but for case",
                field.name()
            )
        });
        let odd = unsupported(field);
        ledger.check(Rule::TableTypes, odd.is_none(), || {
            format!(
                "{name}: column `{}` {}",
                field.name(),
                odd.unwrap_or_default()
            )
        });
    }
    for column in &table.partition_columns {
        ledger.check(
            Rule::TableSchema,
            seen.contains(&column.to_lowercase()),
            || format!("{name}: the partition column `{column}` is none of its columns"),
        );
    }
}

async fn in_lower_case(session: &mut Session, table: &Table) {
    let (name, rule) = (&table.name, Rule::TableCase);
    let lower = TableName::new(
        name.schema_name.to_lowercase(),
        name.table_name.to_lowercase(),
    );
    if lower == *name {
        let why = "all tables are listed in lower case";
        return session.ledger.skip(rule, why);
    }
    match session.get_table(&lower, session.version).await {
        Ok(found) => {
            let same = columns(&found.schema) == columns(&table.schema);
            session.ledger.check(rule, same, || {
                format!("{name} has other columns by its name in lower case")
            });
        }
        Err(failure) => {
            let complaint = format!("{name}: {}", failure.in_full());
            session.ledger.fail(rule, complaint);
        }
    }
}

/// Names and types, without what a connector keeps in the metadata.
pub(super) fn columns(schema: &Schema) -> Vec<(&str, &DataType)> {
    let fields = schema.fields().iter();
    fields
        .map(|field| (field.name().as_str(), field.data_type()))
        .collect()
}

/// What of a column the protocol does not have.
fn unsupported(field: &Field) -> Option<String> {
    match field.data_type() {
        DataType::Boolean
        | DataType::Int8
        | DataType::Int16
        | DataType::Int32
        | DataType::Int64
        | DataType::Float32
        | DataType::Float64
        | DataType::Decimal128(..)
        | DataType::Utf8
        | DataType::Binary
        | DataType::Date32
        | DataType::Date64
        | DataType::Timestamp(TimeUnit::Millisecond | TimeUnit::Microsecond, Some(_)) => None,
        DataType::List(child) => unsupported(child),
        DataType::Struct(children) => children.iter().find_map(|child| unsupported(child)),
        DataType::Map(entries, _) => {
            let DataType::Struct(sides) = entries.data_type() else {
                return Some("is a map without entries".to_owned());
            };
            let names: Vec<&str> = sides.iter().map(|side| side.name().as_str()).collect();
            if entries.name() != "entries" || names != ["key", "value"] {
                let names = names.join("`, `");
                return Some(format!("is a map of `{names}` under `{}`", entries.name()));
            }
            sides.iter().find_map(|side| unsupported(side))
        }
        other => Some(format!("holds the type {other}")),
    }
}

#[cfg(test)]
mod tests {
    use super::unsupported;
    use arrow::datatypes::{DataType, Field, TimeUnit};
    use std::sync::Arc;

    fn map(entries: &str, key: &str, value: &str) -> DataType {
        let sides = vec![
            Field::new(key, DataType::Utf8, false),
            Field::new(value, DataType::Int64, true),
        ];
        let entries = Field::new(entries, DataType::Struct(sides.into()), false);
        DataType::Map(Arc::new(entries), false)
    }

    #[test]
    fn types_are_held_at_every_depth() {
        let odd = |data_type: DataType| {
            let list = DataType::List(Arc::new(Field::new("x", data_type.clone(), true)));
            let inside = vec![Field::new("y", list, true)];
            [data_type, DataType::Struct(inside.into())]
                .map(|data_type| unsupported(&Field::new("c", data_type, true)).is_some())
        };
        let millis =
            |zone: Option<&str>| DataType::Timestamp(TimeUnit::Millisecond, zone.map(Into::into));
        assert_eq!(odd(millis(Some("UTC"))), [false, false]);
        assert_eq!(odd(map("entries", "key", "value")), [false, false]);
        for wrong in [
            millis(None),
            DataType::UInt32,
            DataType::LargeUtf8,
            DataType::Null,
            map("entries", "keys", "values"),
            map("entry", "key", "value"),
        ] {
            assert_eq!(odd(wrong.clone()), [true, true], "{wrong}");
        }
    }
}
