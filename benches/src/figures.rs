//! Arithmetic on what was measured.

use std::time::Duration;

use serde::Serialize;

/// The middle of several measurements, and how far they lie apart.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Spread {
    /// The median.
    pub(crate) median: f64,
    /// The smallest.
    pub(crate) least: f64,
    /// The largest.
    pub(crate) most: f64,
}

impl Spread {
    /// Of `measured`; none if it is empty.
    pub(crate) fn of(measured: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = measured.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let middle = sorted.len() / 2;
        let median = if sorted.len().is_multiple_of(2) {
            f64::midpoint(*sorted.get(middle.wrapping_sub(1))?, sorted[middle])
        } else {
            sorted[middle]
        };
        Some(Self {
            median,
            least: *sorted.first()?,
            most: *sorted.last()?,
        })
    }
}

/// Measurements that are many enough to tell how they are distributed.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub(crate) struct Distribution {
    #[serde(flatten)]
    pub(crate) spread: Spread,
    /// Nine of ten are not larger.
    pub(crate) p90: f64,
    /// Ninety-nine of a hundred are not larger.
    pub(crate) p99: f64,
    /// All of them, the smallest first.
    pub(crate) samples: Vec<f64>,
}

impl Distribution {
    /// Of `measured`; none if it is empty.
    pub(crate) fn of(measured: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut samples: Vec<f64> = measured.into_iter().collect();
        samples.sort_by(f64::total_cmp);
        // The nearest rank: the least sample that so many percent do not exceed.
        let percentile = |percent: usize| {
            let rank = (samples.len() * percent).div_ceil(100).max(1);
            samples.get(rank - 1).copied()
        };
        Some(Self {
            spread: Spread::of(samples.iter().copied())?,
            p90: percentile(90)?,
            p99: percentile(99)?,
            samples,
        })
    }
}

/// Megabytes (10^6 bytes) per second; none if the time is too short to be told.
pub(crate) fn megabytes_per_second(bytes: u64, time: Duration) -> Option<f64> {
    (!time.is_zero()).then(|| megabytes(bytes) / time.as_secs_f64())
}

/// Bytes in megabytes of 10^6.
#[expect(
    clippy::cast_precision_loss,
    reason = "figures are shown with four digits at most"
)]
pub(crate) fn megabytes(bytes: u64) -> f64 {
    bytes as f64 / 1e6
}

/// A time in milliseconds.
pub(crate) fn milliseconds(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Distribution, Spread, megabytes_per_second};

    #[test]
    fn percentiles_are_samples_that_so_many_do_not_exceed() {
        let hundred = (1..=100_u32).rev().map(f64::from);
        let distribution = Distribution::of(hundred).unwrap();
        assert_eq!((distribution.p90, distribution.p99), (90.0, 99.0));
        assert_eq!(
            (distribution.spread.most, distribution.samples[0]),
            (100.0, 1.0)
        );
        let one = Distribution::of([4.0]).unwrap();
        assert_eq!((one.spread.median, one.p90, one.p99), (4.0, 4.0, 4.0));
        assert_eq!(Distribution::of([]), None);
    }

    #[test]
    fn the_median_of_an_even_number_lies_between_the_two_in_the_middle() {
        let spread = Spread::of([9.0, 1.0, 4.0, 2.0]).unwrap();
        assert_eq!((spread.least, spread.median, spread.most), (1.0, 3.0, 9.0));
        assert_eq!(Spread::of([5.0, 7.0, 1.0]).map(|odd| odd.median), Some(5.0));
        assert_eq!(Spread::of([]), None);
    }

    #[test]
    fn a_time_of_zero_gives_no_speed() {
        assert_eq!(megabytes_per_second(3_000_000, Duration::ZERO), None);
        let speed = megabytes_per_second(3_000_000, Duration::from_millis(500));
        assert_eq!(speed, Some(6.0));
    }
}
