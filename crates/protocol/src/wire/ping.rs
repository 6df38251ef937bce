//! Ping: the handshake (protocol §2, §5.1).

use super::FederatedIdentity;
use serde::{Deserialize, Serialize};

/// Highest protocol version that is spoken here.
pub const SERDE_VERSION: u32 = 6;

/// What the current SDK answers for its abilities.
pub const CAPABILITIES: u32 = 24;

/// First call on a catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct PingRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Catalog in the engine.
    pub catalog_name: String,
    /// Query in the engine.
    pub query_id: String,
}

/// Answer to a ping.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct PingResponse {
    /// As asked.
    pub catalog_name: String,
    /// As asked.
    pub query_id: String,
    /// Kind of source, `ddb` for DynamoDB.
    pub source_type: String,
    /// See [`CAPABILITIES`].
    pub capabilities: u32,
    /// Absent means 1.
    #[serde(default = "first_version")]
    pub ser_de_version: u32,
}

fn first_version() -> u32 {
    1
}
