//! `Split`: a unit of reading (protocol §4).

use crate::lenient;
use crate::spill::{EncryptionKey, SpillLocation};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What one `ReadRecords` call reads; it comes back from the engine as it was sent.
///
/// Equal splits collapse on the engine's side, so each has a spill location of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Split {
    /// Prefix for spilled blocks.
    pub spill_location: Option<SpillLocation>,
    /// Key that seals them; `None` leaves them plain.
    pub encryption_key: Option<EncryptionKey>,
    /// The connector's own notes.
    #[serde(default, deserialize_with = "lenient::string_map")]
    pub properties: BTreeMap<String, String>,
}
