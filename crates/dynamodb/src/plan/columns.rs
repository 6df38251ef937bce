//! The columns of a table, and the attributes behind them.

use std::collections::BTreeMap;

use arrow::datatypes::DataType;

use crate::types::datetime::TimeReader;

/// The columns of the table by name.
pub type Columns = BTreeMap<String, Column>;

/// A column, and what feeds it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Type of the column.
    pub data_type: DataType,
    /// Names of the attributes that feed it, preferred first.
    pub attributes: Vec<String>,
    /// Whether attributes whose names differ in case only feed it too.
    pub any_case: bool,
    /// How points in time are read, if the column shows those and that is known.
    pub times: Option<TimeReader>,
}

/// The attributes that feed these columns; `None` if they cannot all be named, so that whole items have to be read.
pub fn attributes(columns: &Columns, wanted: &[String]) -> Option<Vec<String>> {
    let mut attributes = Vec::new();
    for name in wanted {
        let column = columns.get(name).filter(|column| !column.any_case)?;
        attributes.extend(column.attributes.iter().cloned());
    }
    Some(attributes)
}
