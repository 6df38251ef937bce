//! The whole read path in simulated time: a seed draws a table, settings, a question, and faults at any moment; the answer is complete
//! and equal to the model, or an error. It never hangs, and the query after it is whole.
//!
//! Everything runs on one thread over paused time with generators of the seed, so a seed tells the same story each time. A long run:
//!
//! ```console
//! $ SIM_SEED=0 SIM_SEEDS=100000 cargo test -p athena-tests simulation::every_seed -- --nocapture
//! ```

mod fate;
mod world;
mod wire;
mod run;

use run::{End, run};
use std::collections::BTreeMap;
use std::time::Duration;

fn number(variable: &str) -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever repeats a run says which seeds"
    )]
    let text = std::env::var(variable).ok()?;
    Some(text.parse().expect("a number"))
}

#[test]
fn every_seed_ends_with_all_rows_or_with_an_error_and_none_hangs() {
    let first = number("SIM_SEED").unwrap_or(0);
    // A seed alone is one that failed.
    let default = if number("SIM_SEED").is_some() {
        1
    } else {
        SEEDS
    };
    let count = number("SIM_SEEDS").unwrap_or(default);
    let (mut whole, mut calls, mut time) = (0, 0, Duration::ZERO);
    let mut errors: BTreeMap<String, u64> = BTreeMap::new();
    for seed in first..first + count {
        let story = match std::panic::catch_unwind(|| run(seed, false)) {
            Ok(Ok(story)) => story,
            Ok(Err(broken)) => failed(seed, &broken),
            Err(_) => failed(seed, "panicked"),
        };
        if count == 1 {
            println!("{}\n{:?}", story.trace, story.end);
        }
        calls += story.calls;
        time += story.time;
        match story.end {
            End::Whole => whole += 1,
            End::Error(words) => *errors.entry(kind(&words)).or_default() += 1,
        }
    }
    println!(
        "{count} seeds: {whole} whole, {calls} calls, {} simulated hours",
        time.as_secs() / 3600
    );
    for (words, times) in &errors {
        println!("{times:8} {words}");
    }
    if count >= SEEDS {
        assert!(
            whole * 3 > count && whole < count,
            "faults are met, and survived"
        );
        assert!(errors.len() > 8, "{errors:?}");
    }
}

fn failed(seed: u64, broken: &str) -> ! {
    panic!(
        "seed {seed} {broken}\nto repeat it: SIM_SEED={seed} cargo test -p athena-tests simulation::every_seed -- --nocapture"
    )
}

/// The words of an error without what differs from seed to seed.
fn kind(words: &str) -> String {
    let words = words
        .split("; of the unfinished")
        .next()
        .unwrap_or_default();
    let words = words.split(" (hint").next().unwrap_or_default();
    words
        .chars()
        .map(|c| if c.is_ascii_digit() { '#' } else { c })
        .take(110)
        .collect()
}

#[test]
fn a_seed_tells_the_same_story_each_time() {
    for seed in 0..40 {
        let (one, other) = (run(seed, false).unwrap(), run(seed, false).unwrap());
        assert_eq!(one.trace, other.trace, "seed {seed}");
        assert_eq!(one.end, other.end, "seed {seed}");
    }
}

#[test]
fn a_row_that_is_lost_on_the_way_is_noticed() {
    let noticed = (0..40).filter(|seed| run(*seed, true).is_err());
    assert!(
        noticed.count() > 20,
        "tables without items have none to lose"
    );
}

/// Without other word.
const SEEDS: u64 = 400;
