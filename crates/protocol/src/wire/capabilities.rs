//! `GetDataSourceCapabilities` (protocol §5.8).

use super::FederatedIdentity;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

/// Asks what can be pushed down (version 4).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetDataSourceCapabilitiesRequest {
    /// Who asks.
    pub identity: Option<FederatedIdentity>,
    /// Query in the engine.
    pub query_id: String,
    /// Catalog in the engine.
    pub catalog_name: String,
}

/// What can be pushed down, in the order in which it is to be written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "@type", rename_all = "camelCase")]
pub struct GetDataSourceCapabilitiesResponse {
    /// As asked.
    pub catalog_name: String,
    /// Capability and its sub types.
    #[serde(serialize_with = "write_map", deserialize_with = "read_map")]
    pub capabilities: Vec<(String, Vec<CapabilitySubType>)>,
}

/// One ability with its parameters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CapabilitySubType {
    /// Name, for instance `integer_constant`.
    pub sub_type: String,
    /// Parameters.
    pub properties: Vec<String>,
}

impl CapabilitySubType {
    /// Names an ability.
    pub fn new<'a>(sub_type: &str, properties: impl IntoIterator<Item = &'a str>) -> Self {
        Self {
            sub_type: sub_type.to_owned(),
            properties: properties.into_iter().map(str::to_owned).collect(),
        }
    }
}

type Capabilities = Vec<(String, Vec<CapabilitySubType>)>;

fn write_map<S: Serializer>(capabilities: &Capabilities, serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(capabilities.len()))?;
    for (name, sub_types) in capabilities {
        map.serialize_entry(name, sub_types)?;
    }
    map.end()
}

fn read_map<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Capabilities, D::Error> {
    struct Entries;
    impl<'de> Visitor<'de> for Entries {
        type Value = Capabilities;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("an object of capabilities")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Capabilities, A::Error> {
            let mut entries = Vec::new();
            while let Some(entry) = map.next_entry()? {
                entries.push(entry);
            }
            Ok(entries)
        }
    }
    deserializer.deserialize_map(Entries)
}
