//! Ping: the handshake (protocol §2, §5.1).

use super::FederatedIdentity;
use crate::lenient::{self, Integer};
use crate::version::Version;
use serde::de::Deserializer;
use serde::{Deserialize, Serialize};

/// Highest protocol version that is spoken here.
pub const SERDE_VERSION: u32 = Version::HIGHEST.number();

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
    #[serde(deserialize_with = "lenient::integer")]
    pub capabilities: u32,
    /// The highest version that the connector speaks. Absent or 0 means 1.
    #[serde(default = "first_version", deserialize_with = "read_version")]
    pub ser_de_version: u32,
}

fn read_version<'de, D: Deserializer<'de>>(deserializer: D) -> Result<u32, D::Error> {
    let version: Option<Integer<u32>> = Option::deserialize(deserializer)?;
    Ok(version.map_or(0, |version| version.0).max(first_version()))
}

fn first_version() -> u32 {
    1
}
