//! Requests and responses, one call a file (protocol §4, §5).
//!
//! One lenient reader takes versions 2 to 6; one strict writer puts fields into the order that the engine demands, in any of them.

mod identity;
mod split;
mod table_name;

mod capabilities;
mod get_splits;
mod get_table;
mod get_table_layout;
mod list_schemas;
mod list_tables;
mod ping;
mod read_records;
mod user_defined_function;

mod fault;
mod read;
mod write;

mod request;
mod response;

pub use capabilities::{
    CapabilitySubType, GetDataSourceCapabilitiesRequest, GetDataSourceCapabilitiesResponse,
};
pub use fault::{FaultDocument, SourceErrorCode};
pub use get_splits::{GetSplitsRequest, GetSplitsResponse};
pub use get_table::{GetTableRequest, GetTableResponse};
pub use get_table_layout::{GetTableLayoutRequest, GetTableLayoutResponse};
pub use identity::FederatedIdentity;
pub use list_schemas::{ListSchemasRequest, ListSchemasResponse};
pub use list_tables::{ListTablesRequest, ListTablesResponse};
pub use ping::{CAPABILITIES, PingRequest, PingResponse, SERDE_VERSION};
pub use read::RequestError;
pub use read_records::{ReadRecordsRequest, ReadRecordsResponse, RemoteReadRecordsResponse};
pub use request::Request;
pub use response::Response;
pub use split::Split;
pub use table_name::TableName;
pub use user_defined_function::{UserDefinedFunctionRequest, UserDefinedFunctionResponse};
pub use write::WriteError;

pub use crate::version::Version;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod leniency;
