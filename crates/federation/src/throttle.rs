//! Holds calls back while the source throttles (protocol §10): the arithmetic, and the loop that waits.
//!
//! There is one delay for each source in a process, shared by all streams and calls that read it, since they share what the
//! source grants. A throttled call is made again, as it was, until it succeeds, with two ends. A read that has spilled nothing
//! fails when it was throttled for too long without one success, so that the engine slows down; it can be repeated without
//! loss. Any call fails rather than wait beyond its deadline.

use crate::clock::Clock;
use crate::config::ThrottleConfig;
use crate::fault::Fault;
use crate::metrics::Metrics;
use athena_protocol::wire::SourceErrorCode;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// How a call to the source went, as far as its rate is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// The source answered.
    Done,
    /// The source asked for fewer calls.
    Throttled,
}

/// The time to wait before each call. Pure arithmetic: 10, 20, 40 … 1000 ms by default.
#[derive(Debug, Clone)]
pub struct Delay {
    limits: ThrottleConfig,
    millis: u64,
}

impl Delay {
    /// No delay at first.
    pub fn new(limits: ThrottleConfig) -> Self {
        Self { limits, millis: 0 }
    }

    /// Learns how a call went, and gives the time to wait before the next one.
    pub fn on(&mut self, outcome: Outcome) -> Duration {
        let limits = &self.limits;
        self.millis = match (outcome, self.millis) {
            (Outcome::Done, millis) => millis.saturating_sub(limits.increase_ms),
            // A loop without any pause would only add to what the source complains of.
            (Outcome::Throttled, 0) => limits.initial_ms.max(1).min(limits.max_ms),
            (Outcome::Throttled, millis) => {
                divided(millis, limits.decrease_factor).min(limits.max_ms)
            }
        };
        self.current()
    }

    /// The time to wait before the next call.
    pub fn current(&self) -> Duration {
        Duration::from_millis(self.millis)
    }
}

/// Rounded up, as Java does.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    clippy::cast_precision_loss,
    reason = "at most 900,000 ms divided by at least 0.001"
)]
fn divided(millis: u64, factor: f64) -> u64 {
    (millis as f64 / factor).ceil() as u64
}

/// The delays of a process, by source.
#[derive(Debug)]
pub struct Sources {
    limits: ThrottleConfig,
    known: Mutex<HashMap<String, Arc<Mutex<Source>>>>,
}

impl Sources {
    /// No source is throttled at first.
    pub fn new(limits: ThrottleConfig) -> Self {
        Self {
            limits,
            known: Mutex::default(),
        }
    }

    fn named(&self, name: &str) -> Arc<Mutex<Source>> {
        let mut known = lock(&self.known);
        if let Some(source) = known.get(name) {
            return source.clone();
        }
        let source = Arc::new(Mutex::new(Source {
            delay: Delay::new(self.limits),
            era: 0,
        }));
        known.insert(name.to_owned(), source.clone());
        source
    }
}

#[derive(Debug)]
struct Source {
    delay: Delay,
    /// How often the delay was raised.
    era: u64,
}

impl Source {
    /// Calls that began before the delay was last raised tell nothing new: streams that are throttled together raise it once.
    fn settle(&mut self, era: u64, outcome: Outcome) {
        if era == self.era {
            self.delay.on(outcome);
            self.era += u64::from(outcome == Outcome::Throttled);
        }
    }
}

/// What a call does when the source stays throttled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Insistence {
    /// It tries until its deadline.
    UntilDeadline,
    /// It loses patience as long as nothing of its answer was spilled, so that the engine slows down.
    UntilPatienceEnds,
}

/// The throttle as one call sees it, shared by the call's streams.
pub struct Throttle {
    sources: Arc<Sources>,
    insistence: Insistence,
    /// Time since 1970-01-01 at which the call has to end.
    deadline: Duration,
    metrics: Arc<Metrics>,
    clock: Arc<dyn Clock>,
    standing: Mutex<Option<Standing>>,
}

/// The call was throttled, and nothing succeeded since.
struct Standing {
    since: Instant,
    last: Fault,
}

impl Throttle {
    /// The throttle of a call that has to end at `deadline`, a time since 1970-01-01.
    pub fn new(
        sources: Arc<Sources>,
        insistence: Insistence,
        deadline: Duration,
        metrics: Arc<Metrics>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            sources,
            insistence,
            deadline,
            metrics,
            clock,
            standing: Mutex::new(None),
        }
    }

    /// Makes a call to `source`, held back as it asks for, and again for as long as it fails with
    /// [`Throttling`](SourceErrorCode::Throttling). Each attempt must ask for exactly the same.
    ///
    /// # Errors
    /// Any other fault of an attempt, at once; a `Throttling` fault when patience or time is at its end.
    pub async fn run<T, F>(
        &self,
        source: &str,
        mut attempt: impl FnMut() -> F + Send,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<T, Fault>> + Send,
    {
        self.run_telling(source, || {
            let answer = attempt();
            async move { Ok((answer.await?, Outcome::Done)) }
        })
        .await
    }

    /// The same for calls that tell how they went: one that was answered, but throttled in part, makes the calls after it slower.
    ///
    /// # Errors
    /// As [`run`](Self::run).
    pub async fn run_telling<T, F>(
        &self,
        source: &str,
        mut attempt: impl FnMut() -> F + Send,
    ) -> Result<T, Fault>
    where
        F: Future<Output = Result<(T, Outcome), Fault>> + Send,
    {
        let source = self.sources.named(source);
        loop {
            let delay = lock(&source).delay.current();
            if !delay.is_zero() {
                self.wait(delay).await?;
            }
            let era = lock(&source).era;
            match attempt().await {
                Err(fault) if fault.code == SourceErrorCode::Throttling => {
                    lock(&source).settle(era, Outcome::Throttled);
                    self.metrics.throttles.add(1);
                    self.insist(fault)?;
                }
                Err(fault) => return Err(fault),
                Ok((answer, outcome)) => {
                    lock(&source).settle(era, outcome);
                    if outcome == Outcome::Throttled {
                        self.metrics.throttles.add(1);
                    }
                    *lock(&self.standing) = None;
                    return Ok(answer);
                }
            }
        }
    }

    /// The fault of a call whose time is up while its source is throttled; `None` if it is not.
    pub fn out_of_time(&self) -> Option<Fault> {
        let last = lock(&self.standing).as_ref()?.last.clone();
        Some(self.throttled_to_the_end(last))
    }

    async fn wait(&self, delay: Duration) -> Result<(), Fault> {
        let left = self.deadline.saturating_sub(self.clock.since_epoch());
        if delay >= left
            && let Some(fault) = self.out_of_time()
        {
            return Err(fault);
        }
        self.clock.sleep(delay).await;
        let millis = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.metrics.throttled_ms.add(millis);
        Ok(())
    }

    /// Whether to try again.
    fn insist(&self, fault: Fault) -> Result<(), Fault> {
        let now = self.clock.now();
        let throttled_for = {
            let mut standing = lock(&self.standing);
            let since = standing.as_ref().map_or(now, |standing| standing.since);
            *standing = Some(Standing {
                since,
                last: fault.clone(),
            });
            now.saturating_duration_since(since)
        };
        let patient = match self.insistence {
            Insistence::UntilDeadline => true,
            // An answer that was spilled in part would be lost with the call.
            Insistence::UntilPatienceEnds => {
                self.metrics.taken_blocks.get() > 0 || throttled_for < self.sources.limits.patience
            }
        };
        if patient {
            return Ok(());
        }
        let seconds = throttled_for.as_secs();
        Err(Fault {
            // §10: the words with which the Java connector asks the engine to slow down.
            message: format!(
                "ThrottlingInvoker requesting slow down due to: {}, throttled for {seconds} seconds without a break",
                fault.message
            ),
            ..fault
        })
    }

    fn throttled_to_the_end(&self, last: Fault) -> Fault {
        let throttles = self.metrics.throttles.get();
        Fault {
            message: format!(
                "{}; the function's time is almost up, and {throttles} calls were throttled",
                last.message
            ),
            ..last
        }
    }
}

/// Nothing panics while one of these is held, and a delay is right whatever happened.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
