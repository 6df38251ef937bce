//! `TableName` (protocol §4).

use serde::{Deserialize, Serialize};

/// A table within a schema, as the engine names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TableName {
    /// Schema, for instance `default`.
    pub schema_name: String,
    /// Table; lower case for engines that fold names.
    pub table_name: String,
}

impl TableName {
    /// Names a table.
    pub fn new(schema: impl Into<String>, table: impl Into<String>) -> Self {
        Self {
            schema_name: schema.into(),
            table_name: table.into(),
        }
    }
}

impl std::fmt::Display for TableName {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}.{}", self.schema_name, self.table_name)
    }
}
