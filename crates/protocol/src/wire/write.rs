//! Writing a document in one of the versions of the protocol (protocol §2).

use crate::version::{self, Version};
use serde::Serialize;

/// Why a document cannot be written.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The version has no place for a part of the document.
    #[error("cannot write a {kind} in {version}: `{field}` is part of {since} and later")]
    NotInVersion {
        /// Kind of the document.
        kind: &'static str,
        /// The part that has no place; `@type` for a kind of document that the version lacks.
        field: &'static str,
        /// The first version that has it.
        since: Version,
        /// The version that was asked for.
        version: Version,
    },
    /// Arrow refused to write a block, or the protocol has no name for a type.
    #[error("cannot write a {kind}")]
    Encode {
        /// Kind of the document.
        kind: &'static str,
        /// The reason.
        #[source]
        source: serde_json::Error,
    },
}

/// Parts of a document with the first version that has each, and whether they hold anything.
pub(super) type Parts = [(&'static str, Version, bool)];

/// Writes `document`, unless one of its `parts` holds something that `version` cannot carry.
pub(super) fn write(
    document: &impl Serialize,
    kind: &'static str,
    version: Version,
    parts: &Parts,
) -> Result<Vec<u8>, WriteError> {
    let lost = parts
        .iter()
        .find(|(_, since, holds)| *holds && version < *since);
    if let Some(&(field, since, _)) = lost {
        return Err(WriteError::NotInVersion {
            kind,
            field,
            since,
            version,
        });
    }
    version::scope(version, || serde_json::to_vec(document))
        .map_err(|source| WriteError::Encode { kind, source })
}
