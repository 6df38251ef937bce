//! What a seed has in store: the table, the settings, the question, and what each call meets.
//!
//! All is drawn from one generator in the order in which it is needed. A run is one thread over paused time, so that order is the same
//! each time, and the seed is the whole story.

use fastrand::Rng;
use std::time::Duration;

/// What happens to one call, and to its answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Well,
    Throttled,
    SlowedDown,
    Failed,
    Denied,
    Expired,
    Missing,
    Unconnected,
    /// Done or not, and the connection breaks before an answer.
    HungUp {
        done: bool,
    },
    /// Done or not, and never answered.
    Silent {
        done: bool,
    },
    CutOff,
    Stalled,
    Shortened,
    Trickled,
    Flipped,
    Html(u16),
    Noise,
}

/// How bad things are in a world: calls of a thousand that meet a fault, and whether any of these stay.
#[derive(Debug, Clone, Copy)]
pub(super) struct Weather {
    pub(super) faults_per_mille: u32,
    /// Refusals for good, of a thousand faults.
    pub(super) final_per_mille: u32,
    /// Milliseconds that an answer may take.
    pub(super) latency_ms: u64,
}

impl Weather {
    pub(super) fn draw(rng: &mut Rng) -> Self {
        let faults_per_mille = *pick(rng, &[0, 5, 20, 50, 100, 200, 400, 800]);
        Self {
            faults_per_mille,
            final_per_mille: *pick(rng, &[0, 0, 30, 200]),
            latency_ms: *pick(rng, &[1, 20, 300, 8_000]),
        }
    }

    pub(super) const fn fair() -> Self {
        Self {
            faults_per_mille: 0,
            final_per_mille: 0,
            latency_ms: 5,
        }
    }

    /// What the next call meets, and how long it takes until its answer begins.
    pub(super) fn next(self, rng: &mut Rng) -> (Fate, Duration) {
        let late = Duration::from_micros(rng.u64(0..self.latency_ms * 1000));
        if rng.u32(0..1000) >= self.faults_per_mille {
            return (Fate::Well, late);
        }
        if rng.u32(0..1000) < self.final_per_mille {
            let fate = *pick(rng, &[Fate::Denied, Fate::Expired, Fate::Missing]);
            return (fate, late);
        }
        let done = rng.bool();
        let fate = *pick(
            rng,
            &[
                Fate::Throttled,
                Fate::SlowedDown,
                Fate::Failed,
                Fate::Unconnected,
                Fate::HungUp { done },
                Fate::Silent { done },
                Fate::CutOff,
                Fate::Stalled,
                Fate::Shortened,
                Fate::Trickled,
                Fate::Flipped,
                Fate::Html(502),
                Fate::Html(200),
                Fate::Noise,
            ],
        );
        (fate, late)
    }
}

pub(super) fn pick<'a, T>(rng: &mut Rng, of: &'a [T]) -> &'a T {
    &of[rng.usize(0..of.len())]
}
