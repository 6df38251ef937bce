//! `Block`: a record batch with its schema as it stands inside JSON (protocol §4).

use super::{BlockError, frame, schema_text};
use crate::text;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::ser::{Error as _, Serialize, SerializeStruct, Serializer};

/// Rows with their schema.
///
/// Written in the framing of the document's version; a block without rows has the empty string for its records.
#[derive(Debug, Clone, PartialEq)]
pub struct Block {
    batch: RecordBatch,
}

impl Block {
    /// The block that holds the rows of `batch`.
    pub fn new(batch: RecordBatch) -> Self {
        Self { batch }
    }

    /// A block without rows.
    pub fn empty(schema: SchemaRef) -> Self {
        Self {
            batch: RecordBatch::new_empty(schema),
        }
    }

    /// The schema, custom metadata included.
    pub fn schema(&self) -> SchemaRef {
        self.batch.schema()
    }

    /// The rows.
    pub fn batch(&self) -> &RecordBatch {
        &self.batch
    }

    /// Gives the rows away.
    pub fn into_batch(self) -> RecordBatch {
        self.batch
    }

    /// Builds a block from a schema message and the text of its records.
    fn decode(schema: SchemaRef, records: &[u8]) -> Result<Self, BlockError> {
        if records.is_empty() {
            return Ok(Self::empty(schema));
        }
        Ok(Self {
            batch: frame::decode_batch(&schema, records)?,
        })
    }
}

impl Serialize for Block {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let records = match self.batch.num_rows() {
            0 => String::new(),
            _ => text::encode(
                &frame::encode_batch(&self.batch, schema_text::framing())
                    .map_err(S::Error::custom)?,
            ),
        };
        let mut block = serializer.serialize_struct("Block", 3)?;
        block.serialize_field("aId", ALLOCATOR_ID)?;
        block.serialize_field("schema", &schema_text::encode(&self.batch.schema()))?;
        block.serialize_field("records", &records)?;
        block.end()
    }
}

impl<'de> Deserialize<'de> for Block {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(serde::Deserialize)]
        #[serde(expecting = "a block")]
        struct Wire {
            #[serde(with = "schema_text")]
            schema: SchemaRef,
            #[serde(deserialize_with = "text::deserialize")]
            records: Vec<u8>,
        }
        let wire = Wire::deserialize(deserializer)?;
        Self::decode(wire.schema, &wire.records).map_err(D::Error::custom)
    }
}

/// Readers demand the field, ignore its value, and keep one allocator for each value they meet: so it is always the same.
const ALLOCATOR_ID: &str = "00000000-0000-4000-8000-000000000000";
