//! How much memory readers take: of what real writers wrote, of what a fuzzer found, and of bombs.
//!
//! One test, because the allocator counts for the whole process.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]
#![expect(
    clippy::print_stdout,
    reason = "a test's figures are for whoever asks for its output"
)]

mod bombs;

use athena_fuzz::{TARGETS, find, memory};
use athena_protocol::predicate::ValueSet;
use peak_alloc::PeakAlloc;

#[global_allocator]
static MEMORY: PeakAlloc = PeakAlloc;

/// The most bytes that were allocated at once during `work`.
fn peak(work: impl FnOnce()) -> usize {
    MEMORY.reset_peak_usage();
    let before = MEMORY.current_usage();
    work();
    MEMORY.peak_usage().saturating_sub(before)
}

#[test]
fn no_input_takes_more_than_a_small_multiple_of_its_bytes() {
    let mut inputs = Vec::new();
    for target in TARGETS {
        for input in target.inputs().unwrap() {
            inputs.push((target, "an input".to_owned(), input));
        }
    }
    let known = inputs.len();
    for (target, name, input) in bombs::all() {
        inputs.push((find(target).unwrap(), name, input));
    }
    // What is made once is no input's doing.
    for target in TARGETS {
        (target.check)(&(target.seeds)()[0]);
    }
    let mut most = (0.0, String::new());
    for (target, name, input) in &inputs {
        let used = peak(|| (target.check)(input));
        let bound = memory::bound(input.len());
        assert!(
            used <= bound,
            "{} ({name}): {used} bytes for {}, permitted {bound}",
            target.name,
            input.len()
        );
        #[expect(clippy::cast_precision_loss, reason = "a ratio to look at")]
        let ratio = used as f64 / input.len().max(4096) as f64;
        if ratio > most.0 {
            most = (ratio, format!("{} ({name})", target.name));
        }
    }
    // Reading is linear; to write and read it again three times more would only take longer.
    let ranges = bombs::ranges(100_000);
    let used = peak(|| {
        serde_json::from_slice::<ValueSet>(&ranges).unwrap();
    });
    assert!(
        used <= memory::bound(ranges.len()),
        "{used} bytes for 100,000 ranges"
    );
    println!(
        "{known} inputs and {} bombs within their bounds; {:.1} bytes a byte at most, by {}",
        inputs.len() - known,
        most.0,
        most.1
    );
}
