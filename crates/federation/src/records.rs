//! One `ReadRecords` call: batches in, an inline or a remote answer out (protocol §5.7, §9.2).

use crate::config::SpillConfig;
use crate::connector::{Call, Connector};
use crate::fault::Fault;
use crate::spill::{BlockCutter, InFlight, Origin, SpillStore, Spiller, placement};
use athena_protocol::block::Block;
use athena_protocol::wire::{
    ReadRecordsRequest, ReadRecordsResponse, RemoteReadRecordsResponse, Response,
};
use futures::StreamExt;
use std::sync::Arc;

/// Reads a split to its end.
///
/// # Errors
/// The connector's fault, a fault of the spill, or that of the deadline; uploads under way are ended.
pub async fn read(
    connector: &dyn Connector,
    store: &Arc<dyn SpillStore>,
    config: &SpillConfig,
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
    let mut cutter = BlockCutter::new(request.schema.clone(), limit, origin);
    let mut spiller = None;
    while let Some(batch) = next(call, &mut batches).await? {
        call.metrics.rows.add_usize(batch.num_rows());
        for block in cutter.push(batch)? {
            let spiller = match &mut spiller {
                Some(spiller) => spiller,
                none => none.insert(start_spiller(store, config, call, &request)?),
            };
            in_time(call, spiller.put(block)).await??;
        }
    }
    let rest = cutter.finish()?;
    if spiller.is_none()
        && (rest.num_rows() == 0 || placement::fits_inline(&rest, request.max_inline_block_size))
    {
        let records = Block::new(rest);
        return Ok(Response::ReadRecords(ReadRecordsResponse {
            catalog_name: request.catalog_name,
            records,
        }));
    }
    let mut spiller = match spiller {
        Some(spiller) => spiller,
        None => start_spiller(store, config, call, &request)?,
    };
    if rest.num_rows() > 0 {
        in_time(call, spiller.put(rest)).await??;
    }
    let remote_blocks = in_time(call, spiller.finish()).await??;
    Ok(Response::RemoteReadRecords(RemoteReadRecordsResponse {
        catalog_name: request.catalog_name,
        schema: request.schema,
        remote_blocks,
        encryption_key: request.split.encryption_key,
    }))
}

async fn next(
    call: &Call,
    batches: &mut crate::connector::BatchStream,
) -> Result<Option<arrow::array::RecordBatch>, Fault> {
    in_time(call, batches.next()).await?.transpose()
}

/// Waits no longer than the call has time.
async fn in_time<T>(call: &Call, work: impl Future<Output = T>) -> Result<T, Fault> {
    call.check_time()?;
    match tokio::time::timeout(call.time_left(), work).await {
        Ok(done) => Ok(done),
        Err(_) => Err(call.out_of_time()),
    }
}

fn start_spiller(
    store: &Arc<dyn SpillStore>,
    config: &SpillConfig,
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
    Ok(Spiller::new(
        store.clone(),
        location,
        request.split.encryption_key.clone(),
        config.put_headers.clone(),
        InFlight {
            bytes: config.in_flight_bytes,
            waiting: config.queue.get(),
        },
        call.metrics.clone(),
    ))
}
