//! Invokes a connector and measures each call.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use async_trait::async_trait;
use athena_client::{EndpointInvoker, InvokeError, Invoked, Invoker};
use athena_testkit::Emulator;

use crate::process::cpu_time;

/// What calls cost.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Cost {
    /// How many there were.
    pub(crate) calls: u64,
    /// From the poll that took a call to its answer, as the emulator reports it.
    pub(crate) wall: Duration,
    /// Processor time of the connector's process.
    pub(crate) cpu: Duration,
}

/// An invoker that adds up what its calls cost. It is meant for one call at a time.
pub(crate) struct Meter {
    emulator: Arc<Emulator>,
    invoker: EndpointInvoker,
    cost: Mutex<Cost>,
}

impl Meter {
    /// Measures the calls of `invoker`, which leads to `emulator`.
    pub(crate) fn new(emulator: Arc<Emulator>, invoker: EndpointInvoker) -> Self {
        Self {
            emulator,
            invoker,
            cost: Mutex::default(),
        }
    }

    /// What the calls since the last `take` cost.
    pub(crate) fn take(&self) -> Cost {
        std::mem::take(&mut *self.lock())
    }

    /// The processor time of the process that answers; none before there is one.
    fn cpu(&self) -> Option<(u32, Duration)> {
        let pid = *self.emulator.pids().last()?;
        Some((pid, cpu_time(pid)?))
    }

    fn lock(&self) -> MutexGuard<'_, Cost> {
        self.cost.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[async_trait]
impl Invoker for Meter {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let before = self.cpu();
        let invoked = self.invoker.invoke(payload).await?;
        let cpu = match (before, self.cpu()) {
            (Some((old, before)), Some((pid, after))) if old == pid => after.saturating_sub(before),
            // A process of its own was started for this call.
            (_, after) => after.map_or(Duration::ZERO, |(_, after)| after),
        };
        let wall = invoked.log_tail.as_deref().and_then(reported);
        let mut cost = self.lock();
        cost.calls += 1;
        cost.cpu += cpu;
        cost.wall += wall.unwrap_or_default();
        Ok(invoked)
    }
}

/// The duration in the last line `REPORT` of a log.
fn reported(log: &str) -> Option<Duration> {
    let report = log.lines().rev().find(|line| line.starts_with("REPORT "))?;
    let (_, rest) = report.split_once("\tDuration: ")?;
    let (milliseconds, _) = rest.split_once(" ms")?;
    let milliseconds: f64 = milliseconds.parse().ok()?;
    Duration::try_from_secs_f64(milliseconds / 1e3).ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::reported;

    #[test]
    fn the_duration_is_that_of_the_last_report() {
        let log = "START RequestId: 1\nREPORT RequestId: 0\tDuration: 9.00 ms\tBilled Duration: 10 ms\n\
                   END RequestId: 1\nREPORT RequestId: 1\tDuration: 1234.56 ms\tBilled Duration: 1235 ms\tInit Duration: 3.00 ms\n";
        assert_eq!(reported(log), Some(Duration::from_micros(1_234_560)));
        assert_eq!(reported("END RequestId: 1\n"), None);
    }
}
