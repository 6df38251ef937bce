//! What can go wrong between the question and its rows.

use crate::invoke::InvokeError;
use crate::store::StoreError;
use arrow::datatypes::DataType;
use athena_protocol::block::BlockError;
use athena_protocol::spill::SealError;
use athena_protocol::wire::{RequestError, WriteError};

/// Why a query ended without its rows.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The call failed or the connector answered with a fault.
    #[error("{operation} failed")]
    Invoke {
        /// `GetTable`, `ReadRecords` and so on.
        operation: &'static str,
        /// Why.
        #[source]
        source: InvokeError,
    },
    /// The request cannot be written.
    #[error("cannot write the {operation} request")]
    Request {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: WriteError,
    },
    /// The response cannot be read.
    #[error("cannot read the connector's answer to {operation}")]
    Response {
        /// The operation.
        operation: &'static str,
        /// Why.
        #[source]
        source: RequestError,
    },
    /// The response answers another question.
    #[error("the connector answered {operation} with a {got}")]
    UnexpectedResponse {
        /// The operation.
        operation: &'static str,
        /// The kind of response.
        got: &'static str,
    },
    /// A list would never end.
    #[error("the connector answered {operation} with the token that it was called with")]
    TokenRepeats {
        /// The operation.
        operation: &'static str,
    },
    /// Rows with other columns than asked for.
    #[error("the connector answered {got} columns, expected {expected}")]
    ColumnCount {
        /// Columns asked for.
        expected: usize,
        /// Columns that came.
        got: usize,
    },
    /// A column with another name or type than asked for.
    #[error(
        "the connector answered column `{got_name}` of type {got}, expected `{name}` of type {expected}"
    )]
    Column {
        /// Its name.
        name: String,
        /// The type asked for.
        expected: DataType,
        /// The name that came.
        got_name: String,
        /// The type that came.
        got: DataType,
    },
    /// A null where the table's schema has none.
    #[error("the connector answered nulls in column `{name}`, which its schema rules out")]
    Null {
        /// Its name.
        name: String,
    },
    /// A spilled block lies under a prefix instead of a key.
    #[error("the connector named the prefix `{key}` as a spilled block, expected an object")]
    NotAnObject {
        /// The prefix.
        key: String,
    },
    /// A spilled block cannot be fetched.
    #[error("cannot fetch the spilled block `{key}` from bucket `{bucket}`")]
    Fetch {
        /// The bucket.
        bucket: String,
        /// The object.
        key: String,
        /// Why.
        #[source]
        source: StoreError,
    },
    /// A spilled block does not open.
    #[error("cannot decrypt the spilled block `{key}`")]
    Seal {
        /// The object.
        key: String,
        /// Why.
        #[source]
        source: SealError,
    },
    /// A spilled block is no record batch.
    #[error("cannot decode the spilled block `{key}`")]
    Block {
        /// The object.
        key: String,
        /// Why.
        #[source]
        source: BlockError,
    },
}
