//! `ListSchemas` (protocol §5.2).

use super::FederatedIdentity;
use serde::{Deserialize, Serialize};

/// Asks for the schemas of a catalog.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct ListSchemasRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Query in the engine.
    pub query_id: String,
    /// Catalog in the engine.
    pub catalog_name: String,
}

/// The schemas.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct ListSchemasResponse {
    /// As asked.
    pub catalog_name: String,
    /// Names of schemas.
    pub schemas: Vec<String>,
}
