//! Memory, counted by the byte: what one read holds at most, whatever the table, at each size of a function; and what planning holds.
//!
//! The allocator of this binary counts, so its tests run one after the other. A long run reads as many gigabytes as it is told:
//!
//! ```console
//! $ LOAD_GB=20 cargo test -p athena-tests --test memory a_long_read -- --nocapture
//! ```
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]
#![expect(
    clippy::print_stdout,
    reason = "a test's figures are for whoever asks for its output"
)]

mod canned;
mod house;

use canned::{Canned, Shape};
use house::House;
use peak_alloc::PeakAlloc;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

#[global_allocator]
static HEAP: PeakAlloc = PeakAlloc;

/// One test at a time, since all share the heap.
static ALONE: Mutex<()> = Mutex::new(());

fn alone() -> MutexGuard<'static, ()> {
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

/// One read, as it is set up.
#[derive(Debug, Clone, Copy)]
struct Read {
    shape: Shape,
    memory_mb: usize,
    streams: usize,
    block_bytes: usize,
    page_bytes: usize,
    pages_a_segment: u64,
    compression: &'static str,
    /// Time that S3 takes for a block, in milliseconds.
    put_ms: u64,
}

impl Default for Read {
    /// As by default, of a table whose rows fill some blocks.
    fn default() -> Self {
        Self {
            shape: Shape::Texts,
            memory_mb: 3008,
            streams: 4,
            block_bytes: 16_000_000,
            page_bytes: 1 << 20,
            pages_a_segment: 15,
            compression: "never",
            put_ms: 150,
        }
    }
}

/// What a read needed.
#[derive(Debug, Clone, Copy)]
struct Needed {
    /// Bytes of the heap above what was there before.
    peak: usize,
    pages: u64,
    rows: u64,
    spilled: u64,
}

impl Read {
    /// The bound that ARCHITECTURE.md draws, in bytes.
    fn bound(&self) -> usize {
        let page = self.page_bytes.next_multiple_of(256 << 10) + (256 << 10);
        // One a stream, one that waits, and one that is decoded.
        // Compressed, each that comes takes a second buffer.
        let compressed = usize::from(self.compression != "never");
        let pages = (self.streams * (1 + compressed) + 2) * page;
        // The block in the making, with what the last page added.
        let rows = self.block_bytes + page;
        // Rows and object of each block under way, within the budget, which has room for one block at least.
        let budget = self.budget().max(self.block_bytes);
        let under_way = 2 * budget;
        pages + rows + under_way + BASE
    }

    /// A quarter of what the function has beyond 64 MB, between 16 and 32 MiB.
    fn budget(&self) -> usize {
        (self.memory_mb.saturating_sub(64) << 20 >> 2).clamp(16 << 20, 32 << 20)
    }

    fn run(&self) -> Needed {
        let told_bytes = 100 << 20;
        let canned = Canned::new(
            self.shape,
            self.page_bytes,
            self.pages_a_segment,
            told_bytes,
        )
        // Slower than pages come, so that all that may wait does wait.
        .with_slow_puts(Duration::from_millis(self.put_ms));
        let (memory, streams) = (self.memory_mb.to_string(), self.streams.to_string());
        let variables = [
            ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", memory.as_str()),
            ("streams_per_split", streams.as_str()),
            ("page_compression", self.compression),
        ];
        let house = House::of(&canned, &variables);
        let runtime = house::runtime();
        runtime.block_on(async {
            let plan = house.plan().await;
            let split = &house.splits(&plan, None).await.0[0];
            canned.counts.pages.store(0, Ordering::Relaxed);
            let before = HEAP.current_usage();
            HEAP.reset_peak_usage();
            house.read(&plan, split, self.block_bytes).await;
            let peak = HEAP.peak_usage() - before;
            let pages = canned.counts.pages.load(Ordering::Relaxed);
            let needed = Needed {
                peak,
                pages,
                rows: pages * canned.items_a_page,
                spilled: canned.counts.put_bytes.load(Ordering::Relaxed),
            };
            assert_eq!(pages, self.streams as u64 * self.pages_a_segment);
            println!(
                "{self:?}: peak {:.1} MB of {:.1}, {} pages, {} rows, {:.0} MB spilled",
                megabytes(peak),
                megabytes(self.bound()),
                needed.pages,
                needed.rows,
                megabytes(usize::try_from(needed.spilled).unwrap()),
            );
            needed
        })
    }

    fn stays_within_its_bound(&self) {
        let needed = self.run();
        assert!(needed.peak <= self.bound(), "{self:?}: {needed:?}");
    }
}

#[test]
fn memory_stays_within_its_bound_at_every_size_of_a_function() {
    let _alone = alone();
    for (memory_mb, pages_a_segment) in [(128, 30), (256, 15), (512, 15), (1024, 15), (3008, 30)] {
        Read {
            memory_mb,
            pages_a_segment,
            // So slow in the smallest that all blocks would wait, were there no budget.
            put_ms: if memory_mb == 128 { 900 } else { 150 },
            ..Read::default()
        }
        .stays_within_its_bound();
    }
    for (streams, block_bytes, page_bytes) in [
        (1, 16_000_000, 1 << 20),
        (4, 1_000_000, 1 << 20),
        (4, 4_000_000, 4 << 20),
        (16, 4_000_000, 1 << 19),
    ] {
        let pages_a_segment = (32 << 20) / (streams * page_bytes) as u64;
        Read {
            memory_mb: 128,
            streams,
            block_bytes,
            page_bytes,
            pages_a_segment,
            ..Read::default()
        }
        .stays_within_its_bound();
    }
    Read {
        memory_mb: 128,
        compression: "always",
        ..Read::default()
    }
    .stays_within_its_bound();
    Read {
        shape: Shape::Numbers,
        memory_mb: 128,
        pages_a_segment: 6,
        ..Read::default()
    }
    .stays_within_its_bound();
}

#[test]
fn a_long_read_needs_no_more_memory_than_a_short_one() {
    let _alone = alone();
    let read = |pages_a_segment| Read {
        memory_mb: 512,
        pages_a_segment,
        block_bytes: 4_000_000,
        ..Read::default()
    };
    let gigabytes = gigabytes();
    // Four streams of a mebibyte a page.
    let long = gigabytes.map_or(40, |gigabytes| gigabytes * 1000 / 4);
    let begun = Instant::now();
    let all = read(long).run();
    if gigabytes.is_some() {
        let (seconds, megabytes) = (begun.elapsed().as_secs(), all.pages * 1_048_576 / 1_000_000);
        println!("{megabytes} MB of pages in {seconds} s, in this profile");
    }
    // The bound knows nothing of the table's size.
    assert!(all.peak <= read(long).bound(), "{all:?}");
}

#[test]
fn a_million_segments_are_planned_in_the_memory_of_one_page() {
    let _alone = alone();
    let canned = Canned::new(Shape::Texts, 4096, 1, 1 << 50);
    let variables = [("split_size_mb", "1"), ("streams_per_split", "32")];
    let house = House::of(&canned, &variables);
    house::runtime().block_on(async {
        let plan = house.plan().await;
        let (mut token, mut pages, mut segments) = (None, 0, vec![false; SEGMENTS]);
        let before = HEAP.current_usage();
        let mut most = 0;
        loop {
            HEAP.reset_peak_usage();
            let (splits, next) = house.splits(&plan, token).await;
            most = most.max(HEAP.peak_usage() - before);
            pages += 1;
            for (first, count, total) in splits.iter().map(house::segments) {
                assert_eq!(total, SEGMENTS);
                for planned in &mut segments[first..first + count] {
                    assert!(!std::mem::replace(planned, true), "a segment twice");
                }
            }
            token = next;
            if token.is_none() {
                break;
            }
        }
        println!(
            "{SEGMENTS} segments on {pages} pages, each in {:.1} MB at most",
            megabytes(most)
        );
        assert!(
            segments.iter().all(|planned| *planned),
            "each segment is read"
        );
        assert_eq!(pages, SEGMENTS.div_ceil(32 * 1000));
        assert!(most < 8 << 20, "{most}");
    });
}

fn gigabytes() -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever makes the long run says how long"
    )]
    let text = std::env::var("LOAD_GB").ok()?;
    Some(text.parse().expect("a number"))
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a heap has less than 2^53 bytes"
)]
fn megabytes(bytes: usize) -> f64 {
    bytes as f64 / 1e6
}

/// DynamoDB's own limit.
const SEGMENTS: usize = 1_000_000;
/// Clients, tasks, responses and all that does not grow.
const BASE: usize = 4 << 20;
