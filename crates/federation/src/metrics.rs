//! What one call did, in figures. The summary line of the log and the shell's line of figures come from here.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters of one call; shared by its tasks.
#[derive(Debug, Default)]
pub struct Metrics {
    /// Answers of the source that carried rows.
    pub pages: Counter,
    /// Items that the source sent.
    pub items: Counter,
    /// Bytes of pages as received.
    pub bytes: Counter,
    /// Thousandths of capacity units that the source charged.
    pub milli_capacity: Counter,
    /// Calls to the source that were repeated.
    pub retries: Counter,
    /// Calls that the source turned away because they came too fast.
    pub throttles: Counter,
    /// Milliseconds that calls to the source were held back for that reason, added up over all streams.
    pub throttled_ms: Counter,
    /// Rows of the answer.
    pub rows: Counter,
    /// Values that did not fit their column and became null.
    pub mismatches: Counter,
    /// Blocks handed over for writing to S3, whatever became of them.
    pub taken_blocks: Counter,
    /// Blocks that S3 certainly did not take.
    pub refused_blocks: Counter,
    /// Blocks written to S3.
    pub spilled_blocks: Counter,
    /// Bytes written to S3.
    pub spilled_bytes: Counter,
}

/// A counter that only grows.
#[derive(Debug, Default)]
pub struct Counter(AtomicU64);

impl Counter {
    /// Counts `by` more.
    pub fn add(&self, by: u64) {
        self.0.fetch_add(by, Ordering::Relaxed);
    }

    /// Counts `by` more.
    pub fn add_usize(&self, by: usize) {
        self.add(by as u64);
    }

    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}
