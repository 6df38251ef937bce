//! How long AWS is waited for, as the configuration that all clients share has it.

use aws_config::SdkConfig;
use aws_smithy_types::retry::RetryConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use std::time::Duration;

/// The time until an answer has to begin, after which other limits are cut.
pub fn answer_time(shared: &SdkConfig) -> Duration {
    read_time(shared.timeout_config())
}

/// The time that a body may stand still.
pub(super) fn stall(client: &aws_sdk_dynamodb::Client) -> Duration {
    read_time(client.config().timeout_config()) / 4
}

/// So many attempts, with the pauses that are shared.
pub fn repetitions(shared: &SdkConfig, attempts: u32) -> RetryConfig {
    let pauses = shared.retry_config().map(RetryConfig::initial_backoff);
    RetryConfig::standard()
        .with_max_attempts(attempts)
        .with_initial_backoff(pauses.unwrap_or(FIRST_PAUSE))
}

fn read_time(limits: Option<&TimeoutConfig>) -> Duration {
    let read = limits.and_then(TimeoutConfig::read_timeout);
    read.unwrap_or(ANSWER)
}

/// The defaults of the federation's options, for clients that were made without them.
const ANSWER: Duration = Duration::from_secs(20);
const FIRST_PAUSE: Duration = Duration::from_secs(1);
