//! `GetTableLayout` (protocol §5.5).

use super::{FederatedIdentity, TableName};
use crate::block::{Block, schema_text};
use crate::lenient;
use crate::predicate::Constraints;
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};

/// Asks which partitions a query has to read.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetTableLayoutRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Query in the engine.
    pub query_id: String,
    /// Catalog in the engine.
    pub catalog_name: String,
    /// The table.
    pub table_name: TableName,
    /// What the query asks for.
    pub constraints: Constraints,
    /// The table's schema.
    #[serde(with = "schema_text")]
    pub schema: SchemaRef,
    /// Columns that partition the table.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub partition_columns: Vec<String>,
}

/// One row a partition; no rows means that nothing is read.
///
/// The custom metadata of the block's schema travels to `GetSplits` untouched.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetTableLayoutResponse {
    /// As asked.
    pub catalog_name: String,
    /// As asked.
    pub table_name: TableName,
    /// The partitions.
    pub partitions: Block,
}
