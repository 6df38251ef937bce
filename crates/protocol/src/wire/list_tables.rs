//! `ListTables` (protocol §5.3).

use super::{FederatedIdentity, TableName};
use crate::lenient::Integer;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

/// Asks for a page of a schema's tables.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct ListTablesRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Query in the engine.
    pub query_id: String,
    /// Catalog in the engine.
    pub catalog_name: String,
    /// Schema to list.
    pub schema_name: String,
    /// Token of the page before.
    pub next_token: Option<String>,
    /// Tables wanted at most, -1 for all.
    #[serde(default = "all", deserialize_with = "read_page_size")]
    pub page_size: i32,
}

/// A page of tables; the catalog comes after them on the wire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct ListTablesResponse {
    /// The tables.
    pub tables: Vec<TableName>,
    /// As asked.
    pub catalog_name: String,
    /// Token of the next page, `None` after the last.
    pub next_token: Option<String>,
}

fn read_page_size<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i32, D::Error> {
    let size: Option<Integer<i32>> = Option::deserialize(deserializer)?;
    Ok(size.map_or_else(all, |size| size.0))
}

fn all() -> i32 {
    -1
}
