//! `ReadRecords` (protocol §5.7).

use super::{FederatedIdentity, Split, TableName};
use crate::block::{Block, schema_text};
use crate::lenient;
use crate::predicate::Constraints;
use crate::spill::{EncryptionKey, SpillLocation};
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize, Serializer};

/// Asks for the rows of one split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct ReadRecordsRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Query in the engine.
    pub query_id: String,
    /// Catalog in the engine.
    pub catalog_name: String,
    /// The table.
    pub table_name: TableName,
    /// The columns that the query needs, with the table's custom metadata.
    #[serde(with = "schema_text")]
    pub schema: SchemaRef,
    /// What to read.
    pub split: Split,
    /// What the query asks for.
    pub constraints: Constraints,
    /// Largest block, counted as in [`block::size`](crate::block::size); a number in a string.
    #[serde(serialize_with = "write_count", deserialize_with = "lenient::integer")]
    pub max_block_size: u64,
    /// Largest block that is answered inline.
    #[serde(serialize_with = "write_count", deserialize_with = "lenient::integer")]
    pub max_inline_block_size: u64,
}

/// Rows in the answer itself.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct ReadRecordsResponse {
    /// As asked.
    pub catalog_name: String,
    /// The rows.
    pub records: Block,
}

/// Rows in spilled objects.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct RemoteReadRecordsResponse {
    /// As asked.
    pub catalog_name: String,
    /// Schema of every block.
    #[serde(with = "schema_text")]
    pub schema: SchemaRef,
    /// The objects.
    pub remote_blocks: Vec<SpillLocation>,
    /// The key of the split.
    pub encryption_key: Option<EncryptionKey>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "the signature is serde's"
)]
fn write_count<S: Serializer>(count: &u64, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(count)
}
