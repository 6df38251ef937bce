//! What one call did, in figures. The summary line of the log and the shell's line of figures come from here.

use std::sync::atomic::{AtomicU64, Ordering};
use tokio::time::Instant;

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
    /// Microseconds from asking the source to having its answer whole, added up over all streams, without waits for throttle and pace.
    pub fetch_us: Counter,
    /// Microseconds of turning pages into rows that qualify.
    pub decode_us: Counter,
    /// Microseconds of encoding and encrypting blocks, added up.
    pub seal_us: Counter,
    /// Microseconds of writing blocks to S3, with repetitions, added up.
    pub put_us: Counter,
    /// Microseconds that streams waited so as to stay below the wanted read capacity, added up.
    pub paced_us: Counter,
    /// Microseconds that reading waited until S3 had taken earlier blocks.
    pub spill_wait_us: Counter,
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

    /// Counts the microseconds from now until what is given is dropped.
    pub fn stopwatch(&self) -> Stopwatch<'_> {
        Stopwatch {
            micros: self,
            started: Instant::now(),
        }
    }

    /// The count so far.
    pub fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

/// Adds to a counter of microseconds when it is dropped, also where the work is given up.
#[derive(Debug)]
pub struct Stopwatch<'a> {
    micros: &'a Counter,
    started: Instant,
}

impl Drop for Stopwatch<'_> {
    fn drop(&mut self) {
        let micros = self.started.elapsed().as_micros();
        self.micros.add(u64::try_from(micros).unwrap_or(u64::MAX));
    }
}
