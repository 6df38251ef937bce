//! How long is waited for others: for AWS to answer, and for a source that throttles.

use std::time::Duration;

/// How long AWS is waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Patience {
    /// Time until an answer begins.
    pub answer: Duration,
    /// Largest pause before the first repetition.
    pub first_pause: Duration,
}

impl Default for Patience {
    fn default() -> Self {
        Self {
            answer: Duration::from_secs(20),
            first_pause: Duration::from_secs(1),
        }
    }
}

/// Options of throttling (protocol §10).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct ThrottleConfig {
    /// Delay after the first throttle, in milliseconds.
    pub initial_ms: u64,
    /// Largest delay, in milliseconds.
    pub max_ms: u64,
    /// What the delay is divided by at a throttle, above 0 and at most 1.
    pub decrease_factor: f64,
    /// What is taken off the delay at a success, in milliseconds.
    pub increase_ms: u64,
    /// Time without a success after which a read that has spilled nothing fails.
    pub patience: Duration,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self {
            initial_ms: 10,
            max_ms: 1000,
            decrease_factor: 0.5,
            increase_ms: 10,
            patience: Duration::from_secs(30),
        }
    }
}
