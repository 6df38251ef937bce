//! `UserDefinedFunction` (protocol §5.9). No connector here offers functions; the documents are read so that the refusal is one.

use super::FederatedIdentity;
use crate::block::{Block, schema_text};
use arrow::datatypes::SchemaRef;
use serde::{Deserialize, Serialize};

/// Asks for a function's results, one for each row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct UserDefinedFunctionRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// The arguments, one column each.
    pub input_records: Block,
    /// The one column of results.
    #[serde(with = "schema_text")]
    pub output_schema: SchemaRef,
    /// Name of the function.
    pub method_name: String,
    /// Kind of function; `SCALAR` is the only one.
    pub function_type: String,
}

/// A function's results.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct UserDefinedFunctionResponse {
    /// One column with a row for each row of the request.
    pub records: Block,
    /// As asked.
    pub method_name: String,
}
