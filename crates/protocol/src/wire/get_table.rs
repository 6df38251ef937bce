//! `GetTable` (protocol §5.4).

use super::{FederatedIdentity, TableName};
use crate::block::schema_text;
use crate::{lenient, version};
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Asks for the schema of a table, or of a passthrough query if there are arguments.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetTableRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Query in the engine.
    pub query_id: String,
    /// Catalog in the engine.
    pub catalog_name: String,
    /// The table.
    pub table_name: TableName,
    /// Arguments of a passthrough query (version 5).
    #[serde(
        default,
        deserialize_with = "lenient::string_map",
        skip_serializing_if = "version::before_v5"
    )]
    pub query_passthrough_arguments: BTreeMap<String, String>,
}

/// A table's schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetTableResponse {
    /// As asked.
    pub catalog_name: String,
    /// As asked.
    pub table_name: TableName,
    /// Columns with the connector's custom metadata.
    #[serde(with = "schema_text")]
    pub schema: SchemaRef,
    /// Columns that partition the table.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub partition_columns: Vec<String>,
}
