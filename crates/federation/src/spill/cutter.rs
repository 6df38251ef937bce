//! Cuts a stream of batches into blocks that stay under the engine's limit (protocol §9.2).
//!
//! A block ends *before* the row that would pass the limit. The Java connector looks after the row, and so may send blocks
//! that the engine refuses.

use crate::fault::Fault;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use athena_protocol::block::size;
use athena_protocol::wire::SourceErrorCode;

/// Collects batches until a block is full. Rows are only sliced here; they are copied once, into the block.
#[derive(Debug)]
pub struct BlockCutter {
    schema: SchemaRef,
    limit: usize,
    waiting: Vec<RecordBatch>,
    waiting_bytes: usize,
}

impl BlockCutter {
    /// Cuts blocks of at most `limit` bytes as the engine counts them.
    pub fn new(schema: SchemaRef, limit: u64) -> Self {
        Self {
            schema,
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            waiting: Vec::new(),
            waiting_bytes: 0,
        }
    }

    /// Takes rows in and gives the blocks that they fill.
    ///
    /// # Errors
    /// If one row alone is larger than a block, or Arrow refuses to join batches.
    pub fn push(&mut self, mut batch: RecordBatch) -> Result<Vec<RecordBatch>, Fault> {
        let mut full = Vec::new();
        loop {
            let bytes = size::batch_bytes(&batch);
            // The parts of a block, counted apart, are never less than the block itself: rounding only adds.
            if self.waiting_bytes + bytes <= self.limit {
                if batch.num_rows() > 0 {
                    self.waiting_bytes += bytes;
                    self.waiting.push(batch);
                }
                return Ok(full);
            }
            let rows = self.rows_that_fit(&batch);
            if rows == 0 && self.waiting.is_empty() {
                return Err(self.row_too_large(&batch));
            }
            if rows > 0 {
                self.waiting.push(batch.slice(0, rows));
                batch = batch.slice(rows, batch.num_rows() - rows);
            }
            full.push(self.take()?);
        }
    }

    /// The rows that are left, possibly none.
    ///
    /// # Errors
    /// If Arrow refuses to join batches.
    pub fn finish(mut self) -> Result<RecordBatch, Fault> {
        self.take()
    }

    fn rows_that_fit(&self, batch: &RecordBatch) -> usize {
        let room = self.limit.saturating_sub(self.waiting_bytes);
        let (mut fits, mut too_many) = (0, batch.num_rows() + 1);
        while fits + 1 < too_many {
            let rows = fits.midpoint(too_many);
            if size::slice_bytes(batch, 0, rows) <= room {
                fits = rows;
            } else {
                too_many = rows;
            }
        }
        fits
    }

    fn take(&mut self) -> Result<RecordBatch, Fault> {
        let block = match self.waiting.len() {
            1 => self.waiting.pop().expect("there is one"),
            _ => concat_batches(&self.schema, &self.waiting).map_err(|error| {
                Fault::new(
                    SourceErrorCode::InternalService,
                    format!("cannot join batches into a block: {error}"),
                )
            })?,
        };
        self.waiting.clear();
        self.waiting_bytes = 0;
        Ok(block)
    }

    fn row_too_large(&self, batch: &RecordBatch) -> Fault {
        let mut columns: Vec<(usize, &str)> = (self.schema.fields().iter().zip(batch.columns()))
            .map(|(field, column)| {
                let one = RecordBatch::try_from_iter([("c", column.slice(0, 1))]);
                (
                    one.map_or(0, |one| size::batch_bytes(&one)),
                    field.name().as_str(),
                )
            })
            .collect();
        columns.sort_unstable_by(|a, b| b.cmp(a));
        let (row, limit) = (size::slice_bytes(batch, 0, 1), self.limit);
        let largest = columns.first().map_or("", |(_, name)| name);
        Fault::invalid_input(format!(
            "a row of {row} bytes is larger than a block of {limit} bytes; its largest column is `{largest}`"
        ))
        .with_hint("raise `MAX_BLOCK_SIZE_BYTES` or leave the column out of the query")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, ArrayRef, AsArray, StringArray};
    use proptest::prelude::*;
    use std::sync::Arc;

    fn batch(texts: &[String]) -> RecordBatch {
        let column: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
        RecordBatch::try_from_iter([("t", column)]).unwrap()
    }

    proptest! {
        #[test]
        fn blocks_keep_all_rows_in_order_and_stay_under_the_limit(
            batches in prop::collection::vec(prop::collection::vec("[a-z]{0,60}", 0..40), 0..8),
            limit in 100u64..600,
        ) {
            let schema = batch(&[]).schema();
            let mut cutter = BlockCutter::new(schema, limit);
            let mut blocks = Vec::new();
            for texts in &batches {
                blocks.extend(cutter.push(batch(texts)).unwrap());
            }
            for block in &blocks {
                prop_assert!(block.num_rows() > 0);
            }
            blocks.push(cutter.finish().unwrap());
            let mut rows = Vec::new();
            for block in &blocks {
                prop_assert!(size::batch_bytes(block) as u64 <= limit);
                let column = block.column(0).as_string::<i32>();
                rows.extend((0..column.len()).map(|row| column.value(row).to_owned()));
            }
            prop_assert_eq!(rows, batches.concat());
        }
    }

    #[test]
    fn a_row_larger_than_a_block_is_refused_and_its_column_named() {
        let mut cutter = BlockCutter::new(batch(&[]).schema(), 50);
        let fault = cutter.push(batch(&["x".repeat(60)])).unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::InvalidInput);
        assert!(fault.message.contains("`t`"), "{fault}");
        assert!(!fault.message.contains("xx"), "no value in {fault}");
    }
}
