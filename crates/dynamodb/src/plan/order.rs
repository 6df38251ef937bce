//! Whether a key gives its items in the order that a query wants, so that the first ones are enough.

use arrow::datatypes::DataType;
use athena_protocol::predicate::{Asked, Direction};
use serde::{Deserialize, Serialize};

use super::columns::Columns;
use super::stored::kind_of;
use super::value::Kind;
use crate::table::{KeyKind, Keys};

/// The first rows in the order of the range key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Top {
    /// The column of the order. Rows in which it is null do not count.
    pub column: String,
    /// Whether the greatest come first.
    pub descending: bool,
    /// Rows that are wanted.
    pub rows: u64,
}

impl Top {
    /// What `asked` wants of the items of one hash value, if they come in the order of a column that `keys` orders by.
    ///
    /// Text and bytes have one order in SQL and in DynamoDB: that of their bytes. Numbers that a column cannot hold are shown as
    /// null, and these are greater and less than others: they are given too, and not counted, and the engine puts them last.
    pub fn of(asked: &Asked, columns: &Columns, keys: &Keys) -> Option<Self> {
        let rows = asked.limit?;
        let (name, direction) = asked.only_order()?;
        let key = keys.range.as_ref()?;
        let column = columns.get(name).filter(|column| !column.any_case)?;
        let kind = kind_of(&column.data_type)
            .filter(|kind| *kind == Kind::from(key.kind))
            .filter(|_| !matches!(column.data_type, DataType::Float32 | DataType::Float64))?;
        if column.attributes != [key.name.as_str()] {
            return None;
        }
        let nulls_last = matches!(
            direction,
            Direction::AscNullsLast | Direction::DescNullsLast
        );
        if kind == Kind::from(KeyKind::N) && !nulls_last {
            return None;
        }
        Some(Self {
            column: name.to_owned(),
            descending: matches!(
                direction,
                Direction::DescNullsFirst | Direction::DescNullsLast
            ),
            rows,
        })
    }
}
