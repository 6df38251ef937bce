//! Is the engine's query still running? (protocol §11)
//!
//! A read asks in the background, seldom and ever more seldom. Whatever cannot be known counts as running: only the engine's
//! own word ends a read.

use crate::clock::Clock;
use crate::config::ThrottleConfig;
use crate::fault::Fault;
use crate::throttle::{Delay, Outcome};
use async_trait::async_trait;
use athena_protocol::wire::SourceErrorCode;
use aws_credential_types::Credentials;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// State of a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum QueryState {
    /// Waiting or running.
    Running,
    /// It has all that it wants.
    Succeeded,
    /// It ended with an error.
    Failed,
    /// Somebody ended it.
    Cancelled,
}

impl QueryState {
    /// The engine's word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
            Self::Cancelled => "CANCELLED",
        }
    }

    /// The fault of a read whose query is in this state.
    ///
    /// The Java connector answers the rows that it has. Nobody reads either answer, but an error cannot be taken for the whole.
    pub fn fault(self) -> Fault {
        let state = self.as_str();
        Fault::new(
            SourceErrorCode::PartialFailure,
            format!("the read was ended, as its query is no longer running (state {state})"),
        )
    }
}

/// Why a state is not known.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatusError {
    /// There is no such query here: that of another account, or a made-up one.
    #[error("the query is not known")]
    UnknownQuery,
    /// No permission to ask.
    #[error("there is no permission for it")]
    Denied,
    /// Asked too often.
    #[error("it was asked too often")]
    Throttled,
    /// Anything else, in a word.
    #[error("{0}")]
    Other(String),
}

/// Tells the state of queries.
#[async_trait]
pub trait QueryStates: Send + Sync + 'static {
    /// Asks once, with `credentials` or else with those of the function.
    async fn state(
        &self,
        query_id: &str,
        credentials: Option<&Credentials>,
    ) -> Result<QueryState, StatusError>;
}

/// Seconds before each question: 1, 1, 2, 3, 5 … 55, 55 …
pub fn waits() -> impl Iterator<Item = Duration> {
    std::iter::successors(Some((1u64, 1u64)), |(now, next)| Some((*next, now + next)))
        .map(|(seconds, _)| Duration::from_secs(seconds))
        .take_while(|wait| *wait < LONGEST_WAIT)
        .chain(std::iter::repeat(LONGEST_WAIT))
}

/// Follows queries for the reads of a process.
pub struct QueryStatus {
    states: Arc<dyn QueryStates>,
    limits: ThrottleConfig,
    clock: Arc<dyn Clock>,
    /// Whether the log has a line on a missing permission, and on another failure: one a process is enough.
    told_denied: AtomicBool,
    told_other: AtomicBool,
}

impl QueryStatus {
    /// Asks `states`.
    pub fn new(
        states: Arc<dyn QueryStates>,
        limits: ThrottleConfig,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            states,
            limits,
            clock,
            told_denied: AtomicBool::new(false),
            told_other: AtomicBool::new(false),
        }
    }

    /// Returns when the query has ended, and never if that cannot be known. Dropping it ends the questions.
    pub async fn ended(&self, query_id: &str, credentials: Option<&Credentials>) -> QueryState {
        let mut delay = Delay::new(self.limits);
        let mut waits = waits();
        let mut wait = waits.next().unwrap_or(LONGEST_WAIT);
        loop {
            self.clock.sleep(wait).await;
            wait = match self.states.state(query_id, credentials).await {
                Ok(QueryState::Running) => {
                    delay.on(Outcome::Done);
                    waits.next().unwrap_or(LONGEST_WAIT) + delay.current()
                }
                Ok(ended) => return ended,
                Err(StatusError::Throttled) => delay.on(Outcome::Throttled),
                Err(StatusError::UnknownQuery) => {
                    tracing::debug!("the query is not known here, so its state is not followed");
                    break;
                }
                Err(StatusError::Denied) => {
                    if !self.told_denied.swap(true, Ordering::Relaxed) {
                        tracing::warn!(
                            "reads go on after their query was cancelled: allow athena:GetQueryExecution to the function's role, or set `query_status_polling` to `false`"
                        );
                    }
                    break;
                }
                Err(StatusError::Other(error)) => {
                    if !self.told_other.swap(true, Ordering::Relaxed) {
                        tracing::warn!(
                            error,
                            "cannot ask whether a query is still running: reads go on after it was cancelled"
                        );
                    }
                    waits.next().unwrap_or(LONGEST_WAIT)
                }
            };
        }
        std::future::pending().await
    }
}

const LONGEST_WAIT: Duration = Duration::from_secs(55);

#[cfg(test)]
mod tests;
