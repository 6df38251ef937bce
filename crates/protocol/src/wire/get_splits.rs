//! `GetSplits` (protocol §5.6).

use super::{FederatedIdentity, Split, TableName};
use crate::block::Block;
use crate::lenient;
use crate::predicate::Constraints;
use serde::{Deserialize, Serialize};

/// Asks for a page of splits of these partitions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetSplitsRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Query in the engine.
    pub query_id: String,
    /// Catalog in the engine.
    pub catalog_name: String,
    /// The table.
    pub table_name: TableName,
    /// Partitions as `GetTableLayout` answered them.
    pub partitions: Block,
    /// Columns that partition the table.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub partition_columns: Vec<String>,
    /// What the query asks for.
    pub constraints: Constraints,
    /// Token of the page before.
    pub continuation_token: Option<String>,
}

/// A page of splits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetSplitsResponse {
    /// As asked.
    pub catalog_name: String,
    /// The splits.
    pub splits: Vec<Split>,
    /// Token of the next page, `None` after the last.
    pub continuation_token: Option<String>,
}
