//! Time as an argument: everything that waits or measures takes a [`Clock`].

use futures::future::BoxFuture;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// Where time comes from.
pub trait Clock: Send + Sync + 'static {
    /// A moment for measuring spans.
    fn now(&self) -> Instant;
    /// Time since 1970-01-01 UTC, as Lambda gives its deadline.
    fn since_epoch(&self) -> Duration;

    /// Waits. A clock that is set by hand may return at once and count the time as gone.
    fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
        Box::pin(tokio::time::sleep(time))
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

#[expect(
    clippy::disallowed_methods,
    reason = "the one place where the clock is read"
)]
impl Clock for SystemClock {
    fn now(&self) -> Instant {
        Instant::now()
    }

    fn since_epoch(&self) -> Duration {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .unwrap_or_default()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    //! A clock for tests: waiting takes no time, and is written down.

    use super::Clock;
    use futures::future::BoxFuture;
    use std::sync::Mutex;
    use std::time::{Duration, Instant};

    /// Counts time from the moment of its making; only sleeping lets it pass.
    pub(crate) struct Skipping {
        start: Instant,
        slept: Mutex<Vec<Duration>>,
    }

    impl Default for Skipping {
        fn default() -> Self {
            let start = super::SystemClock.now();
            Self {
                start,
                slept: Mutex::default(),
            }
        }
    }

    impl Skipping {
        /// All that was slept, in order.
        pub(crate) fn slept_ms(&self) -> Vec<u64> {
            let slept = self.slept.lock().unwrap();
            let millis = |time: &Duration| u64::try_from(time.as_millis()).unwrap();
            slept.iter().map(millis).collect()
        }

        fn passed(&self) -> Duration {
            self.slept.lock().unwrap().iter().sum()
        }
    }

    impl Clock for Skipping {
        fn now(&self) -> Instant {
            self.start + self.passed()
        }

        fn since_epoch(&self) -> Duration {
            self.passed()
        }

        fn sleep(&self, time: Duration) -> BoxFuture<'static, ()> {
            self.slept.lock().unwrap().push(time);
            Box::pin(tokio::task::yield_now())
        }
    }
}
