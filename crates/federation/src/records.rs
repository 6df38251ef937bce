//! One `ReadRecords` call: batches in, an inline or a remote answer out (protocol §5.7, §9.2).
//!
//! The caller's deadline and the end of the query end it by dropping it: the stream, the uploads and all that waits go with it.

use crate::buffers::Buffers;
use crate::config::SpillConfig;
use crate::connector::{BatchStream, Call, Connector, is_account};
use crate::fault::Fault;
use crate::metrics::Metrics;
use crate::spill::{
    BlockCutter, BlockRows, EXPECTED_OWNER, InFlight, Origin, SpillStore, Spiller, placement,
};
use arrow::array::RecordBatch;
use athena_protocol::block::Block;
use athena_protocol::spill::SpillLocation;
use athena_protocol::wire::{
    ReadRecordsRequest, ReadRecordsResponse, RemoteReadRecordsResponse, Response,
};
use futures::StreamExt;
use std::sync::Arc;

/// The split property with the account that owns the spill bucket, where that is known.
pub const BUCKET_OWNER: &str = "spillBucketOwner";

/// Reads a split to its end.
///
/// # Errors
/// The connector's fault, a fault of the spill, or that of the deadline; uploads under way are ended.
pub async fn read(
    connector: &dyn Connector,
    store: &Arc<dyn SpillStore>,
    config: &SpillConfig,
    buffers: &Arc<Buffers>,
    call: &Call,
    request: ReadRecordsRequest,
) -> Result<Response, Fault> {
    let mut batches = connector.read_records(call, &request).await?;
    let limit = config
        .max_block_bytes
        .unwrap_or(u64::MAX)
        .min(request.max_block_size);
    let origin = Origin {
        table: request.table_name.table_name.clone(),
        key_columns: connector.key_columns(&request),
    };
    let mut cutter = BlockCutter::new(limit, origin);
    let mut spiller = None;
    while let Some(batch) = next(&mut batches, spiller.as_mut()).await? {
        // Work that never waits would not notice that it is to be dropped.
        call.check_time()?;
        call.metrics.rows.add_usize(batch.num_rows());
        for block in cutter.push(batch)? {
            let spiller = match &mut spiller {
                Some(spiller) => spiller,
                none => none.insert(start_spiller(store, config, buffers, call, &request)?),
            };
            spiller.put(block).await?;
        }
    }
    let mut rest = cutter.finish();
    if spiller.is_none() {
        let block = rest.joined(&request.schema)?;
        if block.num_rows() == 0 || placement::fits_inline(&block, request.max_inline_block_size) {
            return Ok(Response::ReadRecords(ReadRecordsResponse {
                catalog_name: request.catalog_name,
                records: Block::new(block),
            }));
        }
        rest = BlockRows::from(block);
    }
    let mut spiller = match spiller {
        Some(spiller) => spiller,
        None => start_spiller(store, config, buffers, call, &request)?,
    };
    if !rest.is_empty() {
        spiller.put(rest).await?;
    }
    let remote_blocks = spiller.finish().await?;
    Ok(Response::RemoteReadRecords(RemoteReadRecordsResponse {
        catalog_name: request.catalog_name,
        schema: request.schema,
        remote_blocks,
        encryption_key: request.split.encryption_key,
    }))
}

/// Adds to the fault of a read what is left of its answer: nobody will ask for those objects, and the connector may not delete.
pub fn with_leftovers(fault: Fault, metrics: &Metrics, directory: Option<&SpillLocation>) -> Fault {
    let (blocks, bytes) = (metrics.spilled_blocks.get(), metrics.spilled_bytes.get());
    let unknown = unconfirmed_blocks(metrics);
    let Some(place) = directory.filter(|_| blocks + unknown > 0) else {
        return fault;
    };
    let SpillLocation { bucket, key, .. } = place;
    let unknown = match unknown {
        0 => String::new(),
        more => format!(" and up to {more} more"),
    };
    Fault {
        message: format!(
            "{}; of the unfinished answer, {blocks} blocks ({bytes} bytes){unknown} remain in bucket `{bucket}` under `{key}.`",
            fault.message
        ),
        ..fault
    }
}

/// Blocks that were on their way when the call ended: each may lie in the bucket or not.
pub fn unconfirmed_blocks(metrics: &Metrics) -> u64 {
    let settled = metrics.spilled_blocks.get() + metrics.refused_blocks.get();
    metrics.taken_blocks.get().saturating_sub(settled)
}

/// The next batch, or the fault of an upload: a slow source must not keep it waiting.
async fn next(
    batches: &mut BatchStream,
    spiller: Option<&mut Spiller>,
) -> Result<Option<RecordBatch>, Fault> {
    match spiller {
        None => batches.next().await.transpose(),
        // In this order: an answer that has failed already needs no more rows.
        Some(spiller) => tokio::select! {
            biased;
            fault = spiller.failure() => Err(fault),
            batch = batches.next() => batch.transpose(),
        },
    }
}

fn start_spiller(
    store: &Arc<dyn SpillStore>,
    config: &SpillConfig,
    buffers: &Arc<Buffers>,
    call: &Call,
    request: &ReadRecordsRequest,
) -> Result<Spiller, Fault> {
    let location = request
        .split
        .spill_location
        .clone()
        .filter(|location| location.directory)
        .ok_or_else(|| {
            Fault::invalid_input("the answer needs spilling and the split names no spill directory")
                .with_hint("send splits back as GetSplits answered them")
        })?;
    let mut headers = config.put_headers.clone();
    if let Some(owner) = request.split.properties.get(BUCKET_OWNER) {
        if !is_account(owner) {
            return Err(Fault::invalid_input(format!(
                "the split's property `{BUCKET_OWNER}` is not the id of an account"
            ))
            .with_hint("send splits back as GetSplits answered them"));
        }
        let mut names = headers.keys();
        if !names.any(|name| name.eq_ignore_ascii_case(EXPECTED_OWNER)) {
            headers.insert(EXPECTED_OWNER.to_owned(), owner.clone());
        }
    }
    Ok(Spiller::new(
        store.clone(),
        location,
        request.split.encryption_key.clone(),
        headers,
        InFlight {
            bytes: config.in_flight_bytes,
            waiting: config.queue.get(),
        },
        call.metrics.clone(),
        buffers.clone(),
    ))
}
