//! Any request: dispatch on `@type`, and the lenient reader of versions 2 to 6 (protocol §2).

use super::{
    FederatedIdentity, GetDataSourceCapabilitiesRequest, GetSplitsRequest, GetTableLayoutRequest,
    GetTableRequest, ListSchemasRequest, ListTablesRequest, PingRequest, ReadRecordsRequest,
    RequestError, UserDefinedFunctionRequest, Version, WriteError, read, write,
};
use crate::predicate::Constraints;
use serde::Serialize;

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
    UserDefinedFunction(UserDefinedFunctionRequest),
}

impl Request {
    /// Reads a request; fields may stand in any order, unknown ones are ignored.
    ///
    /// # Errors
    /// [`RequestError`]; its text never contains a value of the request.
    pub fn from_json(json: &[u8]) -> Result<Self, RequestError> {
        Ok(match read::kind(json)?.as_ref() {
            "PingRequest" => Self::Ping(read::document(json)?),
            "ListSchemasRequest" => Self::ListSchemas(read::document(json)?),
            "ListTablesRequest" => Self::ListTables(read::document(json)?),
            "GetTableRequest" => Self::GetTable(read::document(json)?),
            "GetTableLayoutRequest" => Self::GetTableLayout(read::document(json)?),
            "GetSplitsRequest" => Self::GetSplits(read::document(json)?),
            "ReadRecordsRequest" => Self::ReadRecords(read::document(json)?),
            "GetDataSourceCapabilitiesRequest" => {
                Self::GetDataSourceCapabilities(read::document(json)?)
            }
            "UserDefinedFunctionRequest" => Self::UserDefinedFunction(read::document(json)?),
            other => return Err(read::unknown(other)),
        })
    }

    /// The document in this version, in the field order that strict readers demand.
    ///
    /// Nothing is dropped in silence. Without passthrough arguments or a plan the connector would answer another question; without
    /// a limit, an order or an expression it would answer with more than was asked for, which is right only if the caller applies
    /// them itself. The caller knows that and can clear the fields; the writer does not.
    ///
    /// # Errors
    /// [`WriteError::NotInVersion`] if the request holds something that the version has no place for, [`WriteError::Encode`] if
    /// Arrow refuses to write a block.
    pub fn to_json(&self, version: Version) -> Result<Vec<u8>, WriteError> {
        let write = |parts: &write::Parts| write::write(self, self.kind(), version, parts);
        match self {
            Self::GetDataSourceCapabilities(_) => write(&[("@type", Version::V4, true)]),
            Self::GetTable(request) => write(&[(
                "queryPassthroughArguments",
                Version::V5,
                !request.query_passthrough_arguments.is_empty(),
            )]),
            Self::GetTableLayout(request) => write(&parts(&request.constraints)),
            Self::GetSplits(request) => write(&parts(&request.constraints)),
            Self::ReadRecords(request) => write(&parts(&request.constraints)),
            Self::Ping(_)
            | Self::ListSchemas(_)
            | Self::ListTables(_)
            | Self::UserDefinedFunction(_) => write(&[]),
        }
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
            Self::UserDefinedFunction(_) => "UserDefinedFunctionRequest",
        }
    }

    /// The engine's query; empty for a function, whose request does not name it.
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
            Self::UserDefinedFunction(_) => "",
        }
    }

    /// What is asked of a table's rows, in the calls that carry it.
    pub fn constraints(&self) -> Option<&Constraints> {
        match self {
            Self::GetTableLayout(request) => Some(&request.constraints),
            Self::GetSplits(request) => Some(&request.constraints),
            Self::ReadRecords(request) => Some(&request.constraints),
            _ => None,
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
            Self::UserDefinedFunction(request) => request.identity.as_ref(),
        }
    }
}

fn parts(constraints: &Constraints) -> [(&'static str, Version, bool); 5] {
    [
        (
            "constraints.expression",
            Version::V4,
            !constraints.expression.is_empty(),
        ),
        (
            "constraints.orderByClause",
            Version::V4,
            !constraints.order_by_clause.is_empty(),
        ),
        ("constraints.limit", Version::V4, constraints.limit >= 0),
        (
            "constraints.queryPassthroughArguments",
            Version::V5,
            !constraints.query_passthrough_arguments.is_empty(),
        ),
        (
            "constraints.queryPlan",
            Version::V6,
            constraints.query_plan.is_some(),
        ),
    ]
}
