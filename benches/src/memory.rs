//! Memory over time: how much of it a process holds, looked up again and again while it works.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::figures::megabytes;
use crate::process::resident_bytes;

/// What a process held at one moment.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub(crate) struct Sample {
    /// Since the sampling began.
    pub(crate) seconds: f64,
    /// Resident memory (`VmRSS`), in MB.
    pub(crate) mb: f64,
}

/// A thread that looks a process up every few milliseconds.
pub(crate) struct Sampler {
    done: Arc<AtomicBool>,
    thread: JoinHandle<Vec<Sample>>,
}

impl Sampler {
    /// Starts to look at process `pid`, at once and then every [`INTERVAL`].
    pub(crate) fn start(pid: u32) -> Self {
        let done = Arc::new(AtomicBool::new(false));
        let told = done.clone();
        let thread = thread::spawn(move || {
            let (begun, mut samples) = (monotonic(), Vec::new());
            loop {
                // The last look is after the work.
                let is_last = told.load(Ordering::Acquire);
                if let Some(bytes) = resident_bytes(pid) {
                    samples.push(Sample {
                        seconds: monotonic().saturating_sub(begun).as_secs_f64(),
                        mb: megabytes(bytes),
                    });
                }
                if is_last {
                    return samples;
                }
                thread::park_timeout(INTERVAL);
            }
        });
        Self { done, thread }
    }

    /// Ends the thread and returns what it saw, nothing if the process was gone.
    pub(crate) fn finish(self) -> Vec<Sample> {
        self.done.store(true, Ordering::Release);
        self.thread.thread().unpark();
        self.thread.join().unwrap_or_default()
    }
}

/// At most `most` of the samples: of each run of neighbours the one with the most memory, so that no peak is lost.
pub(crate) fn thinned(samples: &[Sample], most: usize) -> Vec<Sample> {
    let run = samples.len().div_ceil(most.max(1)).max(1);
    let peak = |run: &[Sample]| run.iter().copied().max_by(|a, b| a.mb.total_cmp(&b.mb));
    samples.chunks(run).filter_map(peak).collect()
}

fn monotonic() -> Duration {
    let time = clock_gettime(ClockId::Monotonic);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// Short against a block, long against what a look costs (some ten microseconds).
const INTERVAL: Duration = Duration::from_millis(5);

#[cfg(test)]
mod tests {
    use super::{Sample, Sampler, thinned};

    #[test]
    fn a_process_is_looked_at_when_the_sampling_begins_and_ends() {
        let samples = Sampler::start(std::process::id()).finish();
        assert!(!samples.is_empty());
        assert!(samples.iter().all(|sample| sample.mb > 0.5), "{samples:?}");
        assert!(samples.is_sorted_by(|one, next| one.seconds <= next.seconds));
        assert_eq!(Sampler::start(u32::MAX).finish(), []);
    }

    #[test]
    fn thinning_keeps_the_peaks() {
        let samples: Vec<Sample> = [3.0, 9.0, 1.0, 2.0, 8.0]
            .into_iter()
            .zip([0.0, 1.0, 2.0, 3.0, 4.0])
            .map(|(mb, seconds)| Sample { seconds, mb })
            .collect();
        let kept: Vec<f64> = thinned(&samples, 3)
            .iter()
            .map(|sample| sample.mb)
            .collect();
        assert_eq!(kept, [9.0, 2.0, 8.0]);
        assert_eq!(thinned(&samples, 5), samples);
        assert_eq!(thinned(&[], 5), []);
    }
}
