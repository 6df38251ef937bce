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

/// Where rows come from, in the words of an error about one of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Origin {
    /// The table.
    pub table: String,
    /// Names of what identifies a row in it; none if that is not known.
    pub key_columns: Vec<String>,
}

/// The rows of one block, in the batches that they came in.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BlockRows {
    batches: Vec<RecordBatch>,
    bytes: usize,
}

impl BlockRows {
    /// The batches, none of them empty.
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// Bytes as the engine counts them, or a little more: each batch's, rounded for itself.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Whether there are no rows.
    pub fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// The rows as one batch of `schema`.
    ///
    /// # Errors
    /// If Arrow refuses to join batches.
    pub fn joined(mut self, schema: &SchemaRef) -> Result<RecordBatch, Fault> {
        if self.batches.len() == 1 {
            return Ok(self.batches.remove(0));
        }
        concat_batches(schema, &self.batches).map_err(|error| {
            Fault::new(
                SourceErrorCode::InternalService,
                format!("cannot join batches into a block: {error}"),
            )
        })
    }
}

impl From<RecordBatch> for BlockRows {
    /// A block of these rows alone.
    fn from(batch: RecordBatch) -> Self {
        Self {
            bytes: size::batch_bytes(&batch),
            batches: Some(batch)
                .filter(|batch| batch.num_rows() > 0)
                .into_iter()
                .collect(),
        }
    }
}

/// Collects batches until a block is full. Rows are only sliced here.
#[derive(Debug)]
pub struct BlockCutter {
    limit: usize,
    origin: Origin,
    waiting: BlockRows,
    /// Rows in blocks, or waiting for one.
    placed: usize,
}

impl BlockCutter {
    /// Cuts blocks of at most `limit` bytes as the engine counts them.
    pub fn new(limit: u64, origin: Origin) -> Self {
        Self {
            limit: usize::try_from(limit).unwrap_or(usize::MAX),
            origin,
            waiting: BlockRows::default(),
            placed: 0,
        }
    }

    /// Takes rows in and gives the blocks that they fill.
    ///
    /// # Errors
    /// If one row alone is larger than a block, or if there are rows without columns.
    pub fn push(&mut self, mut batch: RecordBatch) -> Result<Vec<BlockRows>, Fault> {
        if batch.num_columns() == 0 && batch.num_rows() > 0 {
            return Err(self.no_columns());
        }
        let mut full = Vec::new();
        loop {
            let bytes = size::batch_bytes(&batch);
            // The parts of a block, counted apart, are never less than the block itself: rounding only adds.
            if self.waiting.bytes + bytes <= self.limit {
                self.place(batch, bytes);
                return Ok(full);
            }
            let rows = self.rows_that_fit(&batch);
            if rows == 0 && self.waiting.is_empty() {
                return Err(self.row_too_large(&batch));
            }
            let fits = batch.slice(0, rows);
            let bytes = size::batch_bytes(&fits);
            self.place(fits, bytes);
            batch = batch.slice(rows, batch.num_rows() - rows);
            full.push(std::mem::take(&mut self.waiting));
        }
    }

    /// The rows that are left, possibly none.
    pub fn finish(self) -> BlockRows {
        self.waiting
    }

    fn place(&mut self, batch: RecordBatch, bytes: usize) {
        if batch.num_rows() > 0 {
            self.placed += batch.num_rows();
            self.waiting.bytes += bytes;
            self.waiting.batches.push(batch);
        }
    }

    fn rows_that_fit(&self, batch: &RecordBatch) -> usize {
        let room = self.limit.saturating_sub(self.waiting.bytes);
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

    /// No value of the row is told: the key's names and the number of the row are what finds it.
    fn row_too_large(&self, batch: &RecordBatch) -> Fault {
        let fields = batch.schema_ref().fields().iter();
        let (bytes, column) = (fields.zip(batch.columns()))
            .map(|(field, column)| (size::range_bytes(column, 0, 1), field.name().as_str()))
            .max_by_key(|(bytes, _)| *bytes)
            .unwrap_or_default();
        let (row, limit) = (size::slice_bytes(batch, 0, 1), self.limit);
        let number = self.placed + 1;
        let Origin { table, key_columns } = &self.origin;
        let key = match &key_columns[..] {
            [] => String::new(),
            [only] => format!(" (its key is `{only}`)"),
            names => format!(" (its key is `{}`)", names.join("`, `")),
        };
        Fault::invalid_input(format!(
            "row {number} of this read of table `{table}`{key} takes {row} bytes and a block at most {limit}; \
             the largest column is `{column}` with {bytes} bytes"
        ))
        .with_hint(format!(
            "leave `{column}` out of the query, exclude the row by its key, or raise `MAX_BLOCK_SIZE_BYTES` where it is set"
        ))
    }

    /// The engine's reader fails on such a block, whoever wrote it (protocol §6).
    fn no_columns(&self) -> Fault {
        let Origin { table, key_columns } = &self.origin;
        let column = key_columns.first().map_or("column", String::as_str);
        Fault::new(
            SourceErrorCode::OperationNotSupported,
            format!(
                "the query asks for rows of table `{table}` and for none of its columns, and a block cannot hold rows without columns"
            ),
        )
        .with_hint(format!(
            "name a column in the query, as `count({column})` does in place of `count(*)`"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Array, ArrayRef, AsArray, RecordBatchOptions, StringArray};
    use arrow::datatypes::Schema;
    use proptest::prelude::*;
    use std::sync::Arc;

    fn batch(texts: &[String]) -> RecordBatch {
        let column: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
        RecordBatch::try_from_iter([("t", column)]).unwrap()
    }

    fn rows_alone(rows: usize) -> RecordBatch {
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).unwrap()
    }

    fn orders() -> Origin {
        Origin {
            table: "orders".to_owned(),
            key_columns: vec!["customer".to_owned(), "day".to_owned()],
        }
    }

    proptest! {
        #[test]
        fn blocks_keep_all_rows_in_order_and_stay_under_the_limit(
            batches in prop::collection::vec(prop::collection::vec("[a-z]{0,60}", 0..40), 0..8),
            limit in 100u64..600,
        ) {
            let schema = batch(&[]).schema();
            let mut cutter = BlockCutter::new(limit, Origin::default());
            let mut blocks = Vec::new();
            for texts in &batches {
                blocks.extend(cutter.push(batch(texts)).unwrap());
            }
            for block in &blocks {
                prop_assert!(!block.is_empty());
            }
            blocks.push(cutter.finish());
            let mut rows = Vec::new();
            for block in blocks {
                prop_assert!(block.bytes() as u64 <= limit);
                prop_assert!(block.batches().iter().all(|batch| batch.num_rows() > 0));
                let counted = block.bytes();
                let block = block.joined(&schema).unwrap();
                prop_assert!(size::batch_bytes(&block) <= counted);
                let column = block.column(0).as_string::<i32>();
                rows.extend((0..column.len()).map(|row| column.value(row).to_owned()));
            }
            prop_assert_eq!(rows, batches.concat());
        }
    }

    #[test]
    fn a_row_larger_than_a_block_is_refused_by_number_key_names_and_largest_column() {
        let mut cutter = BlockCutter::new(90, orders());
        let small = ["aa", "bb", "cc"].map(str::to_owned);
        // Five rows go before it: three of a batch of their own, two of its own batch, in a block before.
        assert!(cutter.push(batch(&small)).unwrap().is_empty());
        let fault = cutter
            .push(batch(&[small[0].clone(), small[1].clone(), "x".repeat(90)]))
            .unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::InvalidInput);
        assert_eq!(
            fault.message,
            "row 6 of this read of table `orders` (its key is `customer`, `day`) takes 99 bytes and a block at most 90; \
             the largest column is `t` with 99 bytes"
        );
        assert!(!fault.to_string().contains("xx"), "no value in {fault}");
    }

    #[test]
    fn a_row_of_unknown_key_is_told_without_one() {
        let unknown = Origin {
            table: "orders".to_owned(),
            key_columns: Vec::new(),
        };
        let mut cutter = BlockCutter::new(50, unknown);
        let fault = cutter.push(batch(&["x".repeat(60)])).unwrap_err();
        assert!(
            fault
                .message
                .starts_with("row 1 of this read of table `orders` takes 69 bytes"),
            "{fault}"
        );
    }

    #[test]
    fn a_row_that_fills_a_block_exactly_is_one() {
        let mut cutter = BlockCutter::new(69, Origin::default());
        assert!(cutter.push(batch(&["x".repeat(60)])).unwrap().is_empty());
        assert_eq!(cutter.push(batch(&["y".repeat(60)])).unwrap().len(), 1);
        let rest = cutter.finish();
        assert_eq!(rest.joined(&batch(&[]).schema()).unwrap().num_rows(), 1);
    }

    #[test]
    fn no_rows_without_columns_are_an_empty_block() {
        let mut cutter = BlockCutter::new(100, orders());
        assert!(cutter.push(rows_alone(0)).unwrap().is_empty());
        let rest = cutter.finish();
        assert!(rest.is_empty());
        let block = rest.joined(&rows_alone(0).schema()).unwrap();
        assert_eq!((block.num_rows(), block.num_columns()), (0, 0));
    }

    #[test]
    fn rows_without_columns_are_refused_with_a_column_to_ask_for() {
        let mut cutter = BlockCutter::new(100, orders());
        let fault = cutter.push(rows_alone(3)).unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::OperationNotSupported);
        assert!(fault.message.contains("table `orders`"), "{fault}");
        assert!(fault.to_string().contains("`count(customer)`"), "{fault}");
    }
}
