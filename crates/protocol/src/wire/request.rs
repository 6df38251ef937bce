//! Any request: dispatch on `@type`, and the lenient reader of versions 2 to 6 (protocol §2).

use super::{
    FederatedIdentity, GetDataSourceCapabilitiesRequest, GetSplitsRequest, GetTableLayoutRequest,
    GetTableRequest, ListSchemasRequest, ListTablesRequest, PingRequest, ReadRecordsRequest,
};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;

/// A request of any kind.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(untagged)]
#[expect(missing_docs, reason = "each variant is the struct of its name")]
pub enum Request {
    Ping(PingRequest),
    ListSchemas(ListSchemasRequest),
    ListTables(ListTablesRequest),
    GetTable(GetTableRequest),
    GetTableLayout(GetTableLayoutRequest),
    GetSplits(GetSplitsRequest),
    ReadRecords(ReadRecordsRequest),
    GetDataSourceCapabilities(GetDataSourceCapabilitiesRequest),
}

impl Request {
    /// Reads a request; fields may stand in any order, unknown ones are ignored.
    ///
    /// # Errors
    /// [`RequestError`]; its text never contains a value of the request.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        #[derive(Deserialize)]
        struct Tag<'a> {
            #[serde(rename = "@type", borrow)]
            kind: Option<Cow<'a, str>>,
        }
        let tag: Tag<'_> = parse(json)?;
        let kind = tag.kind.ok_or(RequestError::NoType)?;
        Ok(match kind.as_ref() {
            "PingRequest" => Self::Ping(parse(json)?),
            "ListSchemasRequest" => Self::ListSchemas(parse(json)?),
            "ListTablesRequest" => Self::ListTables(parse(json)?),
            "GetTableRequest" => Self::GetTable(parse(json)?),
            "GetTableLayoutRequest" => Self::GetTableLayout(parse(json)?),
            "GetSplitsRequest" => Self::GetSplits(parse(json)?),
            "ReadRecordsRequest" => Self::ReadRecords(parse(json)?),
            "GetDataSourceCapabilitiesRequest" => Self::GetDataSourceCapabilities(parse(json)?),
            other => {
                return Err(RequestError::UnknownType {
                    kind: shortened(other),
                });
            }
        })
    }

    /// The value of `@type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Ping(_) => "PingRequest",
            Self::ListSchemas(_) => "ListSchemasRequest",
            Self::ListTables(_) => "ListTablesRequest",
            Self::GetTable(_) => "GetTableRequest",
            Self::GetTableLayout(_) => "GetTableLayoutRequest",
            Self::GetSplits(_) => "GetSplitsRequest",
            Self::ReadRecords(_) => "ReadRecordsRequest",
            Self::GetDataSourceCapabilities(_) => "GetDataSourceCapabilitiesRequest",
        }
    }

    /// The engine's query.
    pub fn query_id(&self) -> &str {
        match self {
            Self::Ping(request) => &request.query_id,
            Self::ListSchemas(request) => &request.query_id,
            Self::ListTables(request) => &request.query_id,
            Self::GetTable(request) => &request.query_id,
            Self::GetTableLayout(request) => &request.query_id,
            Self::GetSplits(request) => &request.query_id,
            Self::ReadRecords(request) => &request.query_id,
            Self::GetDataSourceCapabilities(request) => &request.query_id,
        }
    }

    /// Who asks; the field may be null on the wire.
    pub fn identity(&self) -> Option<&FederatedIdentity> {
        match self {
            Self::Ping(request) => request.identity.as_ref(),
            Self::ListSchemas(request) => request.identity.as_ref(),
            Self::ListTables(request) => request.identity.as_ref(),
            Self::GetTable(request) => request.identity.as_ref(),
            Self::GetTableLayout(request) => request.identity.as_ref(),
            Self::GetSplits(request) => request.identity.as_ref(),
            Self::ReadRecords(request) => request.identity.as_ref(),
            Self::GetDataSourceCapabilities(request) => request.identity.as_ref(),
        }
    }
}

/// Why a document is no request.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Not JSON, or a field of the wrong shape.
    #[error("malformed request at line {line}, column {column}: {problem}")]
    Malformed {
        /// Line, from 1.
        line: usize,
        /// Column, from 1.
        column: usize,
        /// What is wrong, without the request's own text.
        problem: String,
    },
    /// The field `@type` is missing.
    #[error("malformed request: the field `@type` is missing")]
    NoType,
    /// A kind of request that is not offered.
    #[error("No SerDe configured for {kind}")]
    UnknownType {
        /// The value of `@type`.
        kind: String,
    },
}

pub(super) fn parse<'a, T: Deserialize<'a>>(json: &'a [u8]) -> Result<T, RequestError> {
    serde_json::from_slice(json).map_err(|error| RequestError::Malformed {
        line: error.line(),
        column: error.column(),
        problem: without_values(&error),
    })
}

/// The parser's text without the offending value, which it quotes behind the value's kind.
fn without_values(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = text
        .rsplit_once(" at line ")
        .map_or(text.as_str(), |(text, _)| text);
    match (text.find(['`', '"']), text.find(", expected")) {
        (Some(quote), Some(expected)) if text.starts_with("invalid ") && quote < expected => {
            let kind = text[..quote].trim_end();
            // The value may itself contain the words, so only what follows the last of them is kept.
            let wanted = text
                .rsplit_once(", expected")
                .map_or("", |(_, wanted)| wanted);
            format!("{kind}, expected{wanted}")
        }
        (Some(quote), _) if text.starts_with("unknown variant") => {
            format!("{} of a tagged value", text[..quote].trim_end())
        }
        _ => text.to_owned(),
    }
}

pub(super) fn shortened(kind: &str) -> String {
    kind.chars()
        .filter(|c| c.is_ascii_alphanumeric() || *c == '.' || *c == '_')
        .take(64)
        .collect()
}
