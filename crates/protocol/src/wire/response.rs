//! Any response, written in the engine's field order; read again by the engine's half (protocol §3).

use super::{
    GetDataSourceCapabilitiesResponse, GetSplitsResponse, GetTableLayoutResponse, GetTableResponse,
    ListSchemasResponse, ListTablesResponse, PingResponse, ReadRecordsResponse,
    RemoteReadRecordsResponse, RequestError, UserDefinedFunctionResponse, Version, WriteError,
    read, write,
};
use serde::Serialize;

/// A response of any kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each variant is the struct of its name")]
pub enum Response {
    Ping(PingResponse),
    ListSchemas(ListSchemasResponse),
    ListTables(ListTablesResponse),
    GetTable(GetTableResponse),
    GetTableLayout(GetTableLayoutResponse),
    GetSplits(GetSplitsResponse),
    ReadRecords(ReadRecordsResponse),
    RemoteReadRecords(RemoteReadRecordsResponse),
    GetDataSourceCapabilities(GetDataSourceCapabilitiesResponse),
    UserDefinedFunction(UserDefinedFunctionResponse),
}

impl Response {
    /// Reads a response of versions 2 to 6.
    ///
    /// # Errors
    /// [`RequestError`] if it is malformed or of an unknown kind.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        Ok(match read::kind(json)?.as_ref() {
            "PingResponse" => Self::Ping(read::document(json)?),
            "ListSchemasResponse" => Self::ListSchemas(read::document(json)?),
            "ListTablesResponse" => Self::ListTables(read::document(json)?),
            "GetTableResponse" => Self::GetTable(read::document(json)?),
            "GetTableLayoutResponse" => Self::GetTableLayout(read::document(json)?),
            "GetSplitsResponse" => Self::GetSplits(read::document(json)?),
            "ReadRecordsResponse" => Self::ReadRecords(read::document(json)?),
            "RemoteReadRecordsResponse" => Self::RemoteReadRecords(read::document(json)?),
            "GetDataSourceCapabilitiesResponse" => {
                Self::GetDataSourceCapabilities(read::document(json)?)
            }
            "UserDefinedFunctionResponse" => Self::UserDefinedFunction(read::document(json)?),
            other => return Err(read::unknown(other)),
        })
    }

    /// The document in the highest version; those of versions 3 to 6 are the same.
    ///
    /// # Errors
    /// If Arrow refuses to write a block.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
    }

    /// The document in this version.
    ///
    /// # Errors
    /// [`WriteError::NotInVersion`] for capabilities before version 4, [`WriteError::Encode`] if Arrow refuses to write a block.
    pub fn to_json_as(&self, version: Version) -> Result<Vec<u8>, WriteError> {
        let is_capabilities = matches!(self, Self::GetDataSourceCapabilities(_));
        let parts = [("@type", Version::V4, is_capabilities)];
        write::write(self, self.kind(), version, &parts)
    }

    /// The value of `@type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ping(_) => "PingResponse",
            Self::ListSchemas(_) => "ListSchemasResponse",
            Self::ListTables(_) => "ListTablesResponse",
            Self::GetTable(_) => "GetTableResponse",
            Self::GetTableLayout(_) => "GetTableLayoutResponse",
            Self::GetSplits(_) => "GetSplitsResponse",
            Self::ReadRecords(_) => "ReadRecordsResponse",
            Self::RemoteReadRecords(_) => "RemoteReadRecordsResponse",
            Self::GetDataSourceCapabilities(_) => "GetDataSourceCapabilitiesResponse",
            Self::UserDefinedFunction(_) => "UserDefinedFunctionResponse",
        }
    }
}
