//! Blocks of an answer: the columns checked, spilled ones fetched, opened and decoded (protocol §6, §9).

use crate::error::Error;
use crate::stats::QueryStats;
use crate::store::SpillStore;
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use athena_protocol::block::frame;
use athena_protocol::spill::{EncryptionKey, SpillLocation, open};

/// Fetches one spilled block, opens it with `key` and gives it the columns that were asked for.
pub(crate) async fn fetch(
    location: &SpillLocation,
    key: Option<&EncryptionKey>,
    stored: &SchemaRef,
    wanted: &SchemaRef,
    store: &dyn SpillStore,
    stats: &QueryStats,
) -> Result<RecordBatch, Error> {
    let object = &location.key;
    if location.directory {
        return Err(Error::NotAnObject {
            key: object.clone(),
        });
    }
    let sealed = store
        .get(&location.bucket, object)
        .await
        .map_err(|source| Error::Fetch {
            bucket: location.bucket.clone(),
            key: object.clone(),
            source,
        })?;
    let stored_bytes = sealed.len();
    let clear = match key {
        Some(key) => open(key, sealed.into()).map_err(|source| Error::Seal {
            key: object.clone(),
            source,
        })?,
        None => sealed.into(),
    };
    let batch = frame::decode_batch(stored, &clear).map_err(|source| Error::Block {
        key: object.clone(),
        source,
    })?;
    let batch = conform(batch, wanted)?;
    stats.add_spilled_block(batch.num_rows(), stored_bytes, key.is_some());
    Ok(batch)
}

/// Checks that `batch` has exactly the columns of `wanted`, and gives it that schema (protocol §16, no. 8).
pub(crate) fn conform(batch: RecordBatch, wanted: &SchemaRef) -> Result<RecordBatch, Error> {
    let schema = batch.schema();
    if schema.fields().len() != wanted.fields().len() {
        return Err(Error::ColumnCount {
            expected: wanted.fields().len(),
            got: schema.fields().len(),
        });
    }
    for (got, expected) in schema.fields().iter().zip(wanted.fields()) {
        if got.name() != expected.name() || got.data_type() != expected.data_type() {
            return Err(Error::Column {
                name: expected.name().clone(),
                expected: expected.data_type().clone(),
                got_name: got.name().clone(),
                got: got.data_type().clone(),
            });
        }
    }
    let (_, columns, rows) = batch.into_parts();
    for (column, field) in columns.iter().zip(wanted.fields()) {
        if !field.is_nullable() && column.null_count() > 0 {
            return Err(Error::Null {
                name: field.name().clone(),
            });
        }
    }
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    Ok(
        RecordBatch::try_new_with_options(wanted.clone(), columns, &options)
            .expect("names, types and nulls were checked, and lengths come from a batch"),
    )
}
