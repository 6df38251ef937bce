//! Keeps a read below a number of read units a second.

use std::sync::Mutex;
use std::time::Duration;
use tokio::time::{Instant, sleep_until};

/// The pace of all readers of a split. What a page cost is known when it has come; the next one is then asked for no sooner than that
/// is paid off.
#[derive(Debug)]
pub struct Pace {
    /// Thousandths of read units a second.
    rate: u64,
    /// When all that was read is paid off.
    paid_off: Mutex<Option<Instant>>,
}

impl Pace {
    /// At most `rate` thousandths of read units a second; 0 counts as 1.
    pub fn new(rate: u64) -> Self {
        Self {
            rate: rate.max(1),
            paid_off: Mutex::new(None),
        }
    }

    /// Waits until the next page may be asked for.
    pub async fn ready(&self) {
        loop {
            let paid_off = *self
                .paid_off
                .lock()
                .expect("nothing panics while it is held");
            match paid_off.filter(|paid_off| *paid_off > Instant::now()) {
                None => return,
                // Others may have read meanwhile.
                Some(paid_off) => sleep_until(paid_off).await,
            }
        }
    }

    /// Notes what a page cost, in read units.
    pub fn spend(&self, units: f64) {
        let seconds = Duration::try_from_secs_f64(units.max(0.0) * 1000.0 / self.rate_per_second());
        let cost = seconds.unwrap_or(LONGEST).min(LONGEST);
        let now = Instant::now();
        let mut paid_off = self
            .paid_off
            .lock()
            .expect("nothing panics while it is held");
        *paid_off = Some(paid_off.map_or(now, |before| before.max(now)) + cost);
    }

    #[expect(
        clippy::cast_precision_loss,
        reason = "a rate needs no more than 53 bits"
    )]
    fn rate_per_second(&self) -> f64 {
        self.rate as f64
    }
}

/// A function ends long before.
const LONGEST: Duration = Duration::from_hours(1);

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn what_was_read_is_paid_off_before_more_is_read() {
        let pace = Pace::new(10_000);
        let start = Instant::now();
        pace.ready().await;
        assert_eq!(start.elapsed(), Duration::ZERO);
        pace.spend(128.0);
        pace.spend(2.0);
        pace.ready().await;
        let waited = start.elapsed();
        assert!((13.0..13.1).contains(&waited.as_secs_f64()), "{waited:?}");
        // What was not used is not saved up.
        tokio::time::advance(Duration::from_secs(100)).await;
        pace.spend(10.0);
        let before = Instant::now();
        pace.ready().await;
        assert!((1.0..1.1).contains(&before.elapsed().as_secs_f64()));
    }

    #[tokio::test(start_paused = true)]
    async fn odd_figures_do_not_stop_a_read_for_ever() {
        for units in [f64::NAN, f64::INFINITY, -5.0, f64::MAX] {
            let pace = Pace::new(0);
            pace.spend(units);
            pace.ready().await;
        }
    }
}
