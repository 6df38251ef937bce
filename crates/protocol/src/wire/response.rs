//! Any response, written in the engine's field order; read again by the engine's half (protocol §3).

use super::{
    GetDataSourceCapabilitiesResponse, GetSplitsResponse, GetTableLayoutResponse, GetTableResponse,
    ListSchemasResponse, ListTablesResponse, PingResponse, ReadRecordsResponse,
    RemoteReadRecordsResponse, RequestError,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

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
}

impl Response {
    /// Reads a response of versions 2 to 6.
    ///
    /// # Errors
    /// [`RequestError`] if it is malformed or of an unknown kind.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(rename = "@type", borrow)]
            kind: Option<Cow<'a, str>>,
        }
        let tag: Tag<'_> = super::request::parse(json)?;
        let kind = tag.kind.ok_or(RequestError::NoType)?;
        Ok(match kind.as_ref() {
            "PingResponse" => Self::Ping(super::request::parse(json)?),
            "ListSchemasResponse" => Self::ListSchemas(super::request::parse(json)?),
            "ListTablesResponse" => Self::ListTables(super::request::parse(json)?),
            "GetTableResponse" => Self::GetTable(super::request::parse(json)?),
            "GetTableLayoutResponse" => Self::GetTableLayout(super::request::parse(json)?),
            "GetSplitsResponse" => Self::GetSplits(super::request::parse(json)?),
            "ReadRecordsResponse" => Self::ReadRecords(super::request::parse(json)?),
            "RemoteReadRecordsResponse" => Self::RemoteReadRecords(super::request::parse(json)?),
            "GetDataSourceCapabilitiesResponse" => {
                Self::GetDataSourceCapabilities(super::request::parse(json)?)
            }
            other => {
                return Err(RequestError::UnknownType {
                    kind: super::request::shortened(other),
                });
            }
        })
    }

    /// The document as bytes.
    ///
    /// # Errors
    /// If Arrow refuses to write a block.
    pub fn to_json(&self) -> Result<Vec<u8>, serde_json::Error> {
        serde_json::to_vec(self)
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
        }
    }
}
