//! Reading a document: its kind, then the whole, and why it cannot be read (protocol §2, §3).

use crate::problem::{problem, shortened};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use std::borrow::Cow;

/// Why a document is no request or no response.
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

/// The value of `@type`.
pub(super) fn kind(json: &[u8]) -> Result<Cow<'_, str>, RequestError> {
    #[derive(Deserialize)]
    #[serde(expecting = "an object")]
    struct Tag<'a> {
        #[serde(rename = "@type", borrow)]
        kind: Option<Cow<'a, str>>,
    }
    // The parser takes an array for an object whose fields it lists in order; the protocol does not.
    if json.trim_ascii_start().first() == Some(&b'[') {
        return Err(RequestError::NoType);
    }
    let tag: Tag<'_> = parsed(serde_json::from_slice(json))?;
    tag.kind.ok_or(RequestError::NoType)
}

/// The whole document.
pub(super) fn document<T: DeserializeOwned>(json: &[u8]) -> Result<T, RequestError> {
    parsed(serde_json::from_slice(json))
}

/// The error for a value of `@type` that names no document of the direction.
pub(super) fn unknown(kind: &str) -> RequestError {
    RequestError::UnknownType {
        kind: shortened(kind),
    }
}

fn parsed<T>(result: Result<T, serde_json::Error>) -> Result<T, RequestError> {
    result.map_err(|error| RequestError::Malformed {
        line: error.line(),
        column: error.column(),
        problem: problem(&error),
    })
}
