//! A schema as text: the base64 of one Arrow schema message. Used as `#[serde(with = "schema_text")]`.

use super::{Framing, frame};
use crate::text;
use crate::version::{self, Version};
use arrow::datatypes::{Schema, SchemaRef};
use serde::de::{Deserializer, Error as _};
use serde::ser::Serializer;
use std::sync::Arc;

/// The text of `schema`, in the framing of the document's version.
pub(super) fn encode(schema: &Schema) -> String {
    text::encode(&frame::encode_schema_as(schema, framing()))
}

/// How Arrow messages are framed in the document that is being written.
pub(super) fn framing() -> Framing {
    if version::writing() < Version::V3 {
        Framing::Legacy
    } else {
        Framing::Current
    }
}

/// Writes the text of `schema`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(schema: &SchemaRef, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&encode(schema))
}

/// Reads the text of a schema in either framing.
///
/// # Errors
/// If the text is not base64 or not a schema message.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<SchemaRef, D::Error> {
    let bytes = text::deserialize(deserializer)?;
    frame::decode_schema(&bytes)
        .map(Arc::new)
        .map_err(D::Error::custom)
}
