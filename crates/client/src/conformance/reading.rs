//! Reads one split and judges what comes: columns, sizes, frames, seals, places (protocol §5.7, §6, §9).

use super::message::{self, Kind, Place};
use super::planning::{Planned, Table};
use super::rows::Rows;
use super::rules::Rule;
use super::session::{Failure, Session, identity};
use crate::connector::Limits;
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Schema, SchemaRef};
use athena_protocol::block::{Framing, frame, size};
use athena_protocol::spill::{SpillLocation, TAG_BYTES, open};
use athena_protocol::wire::{
    ReadRecordsRequest, RemoteReadRecordsResponse, Request, Response, Split,
};

/// Bytes of blocks, as a request names them.
#[derive(Debug, Clone, Copy)]
pub(super) struct Sizes {
    pub(super) block: u64,
    pub(super) inline: u64,
}

impl Default for Sizes {
    /// Those of Amazon's own validation tool.
    fn default() -> Self {
        let limits = Limits::default();
        Self {
            block: limits.max_block_bytes,
            inline: limits.max_inline_block_bytes,
        }
    }
}

/// What a split gave.
#[derive(Debug, Default)]
pub(super) struct Answer {
    /// Its blocks, with the columns asked for.
    pub(super) batches: Vec<RecordBatch>,
    /// The spilled objects; none for an answer inline.
    pub(super) spilled: Option<usize>,
}

impl Answer {
    /// How many rows it gave.
    pub(super) fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

impl Session {
    /// Reads all splits of a plan, with all columns of the table, until there are more rows than `most`.
    pub(super) async fn read_all(
        &mut self,
        table: &Table,
        planned: &Planned,
        most: usize,
    ) -> Result<(Rows, Vec<usize>), Failure> {
        let (mut rows, mut of_splits) = (Rows::default(), Vec::new());
        for split in &planned.splits {
            let answer = self
                .read(table, planned, split, &table.schema, Sizes::default())
                .await?;
            of_splits.push(answer.rows());
            rows.extend(answer.batches);
            if rows.len() > most {
                break;
            }
        }
        Ok((rows, of_splits))
    }

    /// Reads one split.
    pub(super) async fn read(
        &mut self,
        table: &Table,
        planned: &Planned,
        split: &Split,
        schema: &SchemaRef,
        sizes: Sizes,
    ) -> Result<Answer, Failure> {
        let request = Request::ReadRecords(ReadRecordsRequest {
            identity: Some(identity()),
            query_id: planned.query_id.clone(),
            catalog_name: self.target.catalog.clone(),
            table_name: table.name.clone(),
            schema: schema.clone(),
            split: split.clone(),
            constraints: planned.constraints.clone(),
            max_block_size: sizes.block,
            max_inline_block_size: sizes.inline,
        });
        match self.ask_as(&request, planned.version).await? {
            Response::ReadRecords(response) => {
                let batch = response.records.into_batch();
                let bytes = size::batch_bytes(&batch) as u64;
                if batch.num_rows() > 0 {
                    self.ledger
                        .check(Rule::SpillInline, bytes < sizes.inline, || {
                            let most = sizes.inline;
                            format!("{}: a block of {bytes} bytes came inline, and {most} is to be spilled", table.name)
                        });
                }
                Ok(Answer {
                    batches: vec![self.conform(table, batch, schema)?],
                    spilled: None,
                })
            }
            Response::RemoteReadRecords(response) => {
                self.fetch(table, split, schema, sizes, response).await
            }
            other => Err(Failure::Unexpected(other.kind())),
        }
    }

    async fn fetch(
        &mut self,
        table: &Table,
        split: &Split,
        schema: &SchemaRef,
        sizes: Sizes,
        response: RemoteReadRecordsResponse,
    ) -> Result<Answer, Failure> {
        let rule = if split.encryption_key.is_some() {
            Rule::SpillSealed
        } else {
            Rule::SpillPlain
        };
        let named = response.encryption_key == split.encryption_key;
        self.ledger.check(rule, named, || {
            format!("{}: the answer does not name the split's key", table.name)
        });
        let spilled = response.remote_blocks.len();
        let mut batches = Vec::with_capacity(spilled);
        for location in &response.remote_blocks {
            self.judge_place(table, split, location);
            let object = self
                .target
                .store
                .get(&location.bucket, &location.key)
                .await
                .map(|object| object.to_vec());
            let object = object.map_err(|error| {
                let complaint = format!("{}: an object cannot be fetched: {error}", table.name);
                self.ledger.fail(Rule::SpillPlace, complaint);
                Failure::Told
            })?;
            let clear = self.opened(table, split, rule, object)?;
            let place = Place {
                kind: Kind::RecordBatch,
                framing: Some(Framing::Legacy),
            };
            let mut wrong = message::complaints(&clear, place);
            self.ledger.check(Rule::SpillFrame, wrong.is_empty(), || {
                format!("{}: {}", table.name, wrong.swap_remove(0))
            });
            let batch = frame::decode_batch(&response.schema, &clear).map_err(|error| {
                let complaint = format!("{}: a spilled block cannot be read: {error}", table.name);
                self.ledger.fail(Rule::SpillFrame, complaint);
                Failure::Told
            })?;
            self.judge_size(table, &batch, sizes);
            batches.push(self.conform(table, batch, schema)?);
        }
        Ok(Answer {
            batches,
            spilled: Some(spilled),
        })
    }

    fn judge_place(&mut self, table: &Table, split: &Split, location: &SpillLocation) {
        let Some(own) = &split.spill_location else {
            let complaint = format!(
                "{}: an object was written for a split without a place",
                table.name
            );
            return self.ledger.fail(Rule::SpillPlace, complaint);
        };
        let below = location.bucket == own.bucket && location.key.starts_with(&own.key);
        self.ledger
            .check(Rule::SpillPlace, below && !location.directory, || {
                let wrong = if location.directory {
                    "is named as a prefix"
                } else {
                    "lies outside the split's prefix"
                };
                format!("{}: an object {wrong}", table.name)
            });
    }

    /// The object without its seal.
    fn opened(
        &mut self,
        table: &Table,
        split: &Split,
        rule: Rule,
        object: Vec<u8>,
    ) -> Result<Vec<u8>, Failure> {
        let Some(key) = &split.encryption_key else {
            self.ledger.check(rule, message::is_plain(&object), || {
                format!("{}: an object is no plain record batch", table.name)
            });
            return Ok(object);
        };
        if message::is_plain(&object) {
            let complaint = format!("{}: an object can be read without the key", table.name);
            self.ledger.fail(rule, complaint);
            return Ok(object);
        }
        let bytes = object.len();
        open(key, object)
            .inspect(|clear| {
                self.ledger
                    .check(rule, clear.len() + TAG_BYTES == bytes, || {
                        format!("{}: a sealed object has no tag of 16 bytes", table.name)
                    });
            })
            .map_err(|error| {
                let complaint = format!(
                    "{}: an object does not open with the key: {error}",
                    table.name
                );
                self.ledger.fail(rule, complaint);
                Failure::Told
            })
    }

    /// Java's blocks end behind the row that passes the limit, ours before it; both are right.
    fn judge_size(&mut self, table: &Table, batch: &RecordBatch, sizes: Sizes) {
        let rows = batch.num_rows();
        let bytes = size::slice_bytes(batch, 0, rows.saturating_sub(1)) as u64;
        self.ledger
            .check(Rule::SpillBlocks, bytes <= sizes.block, || {
                let limit = sizes.block;
                format!(
                    "{}: a block of {rows} rows has {bytes} bytes without its last row, and the limit is {limit}",
                    table.name
                )
            });
    }

    /// The batch, if it has the columns that were asked for.
    fn conform(
        &mut self,
        table: &Table,
        batch: RecordBatch,
        asked: &SchemaRef,
    ) -> Result<RecordBatch, Failure> {
        let wrong = difference(&batch.schema(), asked);
        let holds = wrong.is_none();
        self.ledger.check(Rule::RecordsSchema, holds, || {
            format!("{}: {}", table.name, wrong.unwrap_or_default())
        });
        if !holds {
            return Err(Failure::Told);
        }
        let (_, columns, rows) = batch.into_parts();
        let options = RecordBatchOptions::new().with_row_count(Some(rows));
        RecordBatch::try_new_with_options(asked.clone(), columns, &options).map_err(|_| {
            let complaint = format!(
                "{}: nulls in a column that the schema says has none",
                table.name
            );
            self.ledger.fail(Rule::RecordsSchema, complaint);
            Failure::Told
        })
    }
}

/// In what the columns differ, if they do.
fn difference(got: &Schema, asked: &Schema) -> Option<String> {
    let (have, want) = (got.fields(), asked.fields());
    if have.len() != want.len() {
        return Some(format!(
            "{} columns came, {} were asked for",
            have.len(),
            want.len()
        ));
    }
    let mut pairs = have.iter().zip(want).enumerate();
    pairs.find_map(|(place, (got, asked))| {
        let number = place + 1;
        if got.name() != asked.name() {
            return Some(format!(
                "column {number} is `{}`, asked for was `{}`",
                got.name(),
                asked.name()
            ));
        }
        (got.data_type() != asked.data_type()).then(|| {
            format!(
                "column `{}` is of type {}, asked for was {}",
                asked.name(),
                got.data_type(),
                asked.data_type()
            )
        })
    })
}
