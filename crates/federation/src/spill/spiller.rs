//! Encodes, seals and uploads blocks side by side within a byte budget (protocol §9.3, §9.4).

use super::{BlockRows, SpillStore};
use crate::buffers::Buffers;
use crate::fault::Fault;
use crate::metrics::Metrics;
use athena_protocol::block::{Framing, frame};
use athena_protocol::spill::{EncryptionKey, SpillLocation, TAG_BYTES, seal};
use athena_protocol::wire::SourceErrorCode;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;
use tokio::runtime::{Handle, RuntimeFlavor};
use tokio::sync::Semaphore;
use tokio::task::{JoinSet, spawn_blocking};

/// Spills the blocks of one call, in the order in which they are put.
///
/// Dropping it ends its uploads. The first failure ends the rest.
pub struct Spiller {
    store: Arc<dyn SpillStore>,
    directory: SpillLocation,
    key: Option<EncryptionKey>,
    headers: BTreeMap<String, String>,
    metrics: Arc<Metrics>,
    buffers: Arc<Buffers>,
    /// Kibibytes of encoded blocks that may be in flight.
    budget: Arc<Semaphore>,
    budget_kib: u32,
    /// Blocks that may be in flight.
    most: usize,
    uploads: JoinSet<Result<(), Fault>>,
    locations: Vec<SpillLocation>,
}

/// What may be in flight at a time. One block always may.
#[derive(Debug, Clone, Copy)]
pub struct InFlight {
    /// Bytes of objects.
    pub bytes: usize,
    /// Blocks that wait while two are uploaded (protocol §9.4).
    pub waiting: usize,
}

impl Spiller {
    /// Spills below `directory`.
    pub fn new(
        store: Arc<dyn SpillStore>,
        directory: SpillLocation,
        key: Option<EncryptionKey>,
        headers: BTreeMap<String, String>,
        limits: InFlight,
        metrics: Arc<Metrics>,
        buffers: Arc<Buffers>,
    ) -> Self {
        let budget_kib = u32::try_from(limits.bytes / 1024)
            .unwrap_or(u32::MAX >> 4)
            .max(1);
        Self {
            store,
            directory,
            key,
            headers,
            metrics,
            buffers,
            budget: Arc::new(Semaphore::new(budget_kib as usize)),
            budget_kib,
            most: limits.waiting.saturating_add(UPLOADS),
            uploads: JoinSet::new(),
            locations: Vec::new(),
        }
    }

    /// Takes a block over; waits while the budget is used up, so that the source is read no faster than S3 takes it.
    ///
    /// # Errors
    /// The fault of an earlier block, if one failed.
    pub async fn put(&mut self, block: BlockRows) -> Result<(), Fault> {
        while let Some(done) = self.uploads.try_join_next() {
            settled(done)?;
        }
        let metrics = self.metrics.clone();
        let waiting = metrics.spill_wait_us.stopwatch();
        while self.uploads.len() >= self.most {
            if let Some(done) = self.uploads.join_next().await {
                settled(done)?;
            }
        }
        let kib = kibibytes(&block).min(self.budget_kib);
        let permit = loop {
            tokio::select! {
                biased;
                permit = self.budget.clone().acquire_many_owned(kib) => {
                    break permit.expect("the semaphore is never closed");
                }
                Some(done) = self.uploads.join_next() => settled(done)?,
            }
        };
        drop(waiting);
        let location = self.directory.object(self.locations.len() as u64);
        self.locations.push(location.clone());
        self.metrics.taken_blocks.add(1);
        let (store, key, headers) = (self.store.clone(), self.key.clone(), self.headers.clone());
        let buffers = self.buffers.clone();
        self.uploads.spawn(async move {
            let counted = metrics.clone();
            let encode = move || {
                let _time = counted.seal_us.stopwatch();
                encode(block, key.as_ref(), &buffers)
            };
            let encoded = match Handle::current().runtime_flavor() {
                // Of one thread, as in a simulation: the order of things is then told by the clock alone.
                RuntimeFlavor::CurrentThread => encode(),
                // A block of 16 MB takes some ten milliseconds, too long for the thread that reads pages.
                _ => spawn_blocking(encode).await.map_err(|_| lost()).flatten(),
            };
            let object = encoded.inspect_err(|_| metrics.refused_blocks.add(1))?;
            let bytes = object.len();
            let put = {
                let _time = metrics.put_us.stopwatch();
                store.put(&location, &headers, object).await
            };
            put.inspect_err(|fault| {
                if refused(fault.code) {
                    metrics.refused_blocks.add(1);
                }
            })?;
            metrics.spilled_blocks.add(1);
            metrics.spilled_bytes.add_usize(bytes);
            drop(permit);
            Ok(())
        });
        Ok(())
    }

    /// Waits for an upload to fail while nothing is put; never returns if none does. Dropping it loses nothing.
    pub async fn failure(&mut self) -> Fault {
        while let Some(done) = self.uploads.join_next().await {
            if let Err(fault) = settled(done) {
                return fault;
            }
        }
        std::future::pending().await
    }

    /// Waits for all uploads and gives the objects in order.
    ///
    /// # Errors
    /// The first fault; the other uploads are ended.
    pub async fn finish(mut self) -> Result<Vec<SpillLocation>, Fault> {
        while let Some(done) = self.uploads.join_next().await {
            settled(done)?;
        }
        Ok(self.locations)
    }
}

/// The body of a spilled object: one record batch in the legacy framing, without its schema, sealed.
fn encode(
    block: BlockRows,
    key: Option<&EncryptionKey>,
    buffers: &Arc<Buffers>,
) -> Result<Bytes, Fault> {
    let mut lent = buffers.lend();
    let object = lent.bytes_mut();
    frame::encode_batches_into(block.batches(), Framing::Legacy, object)?;
    drop(block);
    if let Some(key) = key {
        object.reserve_exact(TAG_BYTES);
        seal(key, object)?;
    }
    Ok(Bytes::from_owner(lent))
}

fn kibibytes(block: &BlockRows) -> u32 {
    u32::try_from(block.bytes() / 1024 + 1).unwrap_or(u32::MAX)
}

/// Whether a PUT with this outcome certainly wrote nothing; any other may have.
fn refused(code: SourceErrorCode) -> bool {
    matches!(
        code,
        SourceErrorCode::AccessDenied
            | SourceErrorCode::InvalidCredentials
            | SourceErrorCode::InvalidInput
            | SourceErrorCode::Throttling
    )
}

/// Uploads side by side.
const UPLOADS: usize = 2;

fn settled(done: Result<Result<(), Fault>, tokio::task::JoinError>) -> Result<(), Fault> {
    done.map_err(|_| lost())?
}

fn lost() -> Fault {
    Fault::new(
        SourceErrorCode::InternalService,
        "the task that spilled a block ended without an answer",
    )
}

#[cfg(test)]
mod tests;
