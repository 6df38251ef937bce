//! Options of any connector, from Lambda's environment variables (protocol §13).
//!
//! Strings are checked once, here, and all problems are reported together. Only a `main` reads the environment.

mod waits;
mod vars;

use crate::emf::MetricsConfig;
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;
use vars::Vars;
pub use waits::{Patience, ThrottleConfig};

/// Bucket for spilled blocks. No default; needed as soon as a table is read.
pub const SPILL_BUCKET: &str = "spill_bucket";
/// Key prefix of spilled blocks. Default `athena-federation-spill`.
pub const SPILL_PREFIX: &str = "spill_prefix";
/// KMS key that makes the spill keys. Default: keys are made locally.
pub const KMS_KEY_ID: &str = "kms_key_id";
/// `true` leaves spilled blocks unencrypted. Default `false`.
pub const DISABLE_SPILL_ENCRYPTION: &str = "disable_spill_encryption";
/// JSON object of further headers for each PUT of a block. Default none.
pub const SPILL_PUT_REQUEST_HEADERS: &str = "spill_put_request_headers";
/// Largest block in bytes. Default: what the engine's request says.
pub const MAX_BLOCK_SIZE_BYTES: &str = "MAX_BLOCK_SIZE_BYTES";
/// Blocks that may wait for upload, 1 to 64. Default 2.
pub const SPILL_QUEUE_CAPACITY: &str = "SPILL_QUEUE_CAPACITY";
/// The same in lower case; the upper-case one wins.
pub const SPILL_QUEUE_CAPACITY_LOWER: &str = "spill_queue_capacity";
/// Milliseconds that calls are held back after the source throttled one, 0 to 900000. Default 10.
pub const THROTTLE_INITIAL_DELAY_MS: &str = "throttle_initial_delay_ms";
/// Milliseconds that calls are held back at most, 1 to 900000. Default 1000.
pub const THROTTLE_MAX_DELAY_MS: &str = "throttle_max_delay_ms";
/// What the delay is divided by at each further throttle, 0.001 to 1. Default 0.5.
pub const THROTTLE_DECREASE_FACTOR: &str = "throttle_decrease_factor";
/// Milliseconds that the delay shrinks by at each success, 1 to 900000. Default 10.
pub const THROTTLE_INCREASE_MS: &str = "throttle_increase_ms";
/// Milliseconds without one success after which a throttled read fails, so that the engine slows down, as long as nothing was
/// spilled, 0 to 900000. Default 30000; 0 fails at the first throttle.
pub const THROTTLE_PATIENCE_MS: &str = "throttle_patience_ms";
/// `false` stops asking Athena whether the query is still running. Default `true`; needs `athena:GetQueryExecution`.
pub const QUERY_STATUS_POLLING: &str = "query_status_polling";
/// Milliseconds before Lambda's limit at which a call ends itself with a clear error, at most half of the
/// function's time. Default 10000.
pub const DEADLINE_MARGIN_MS: &str = "deadline_margin_ms";
/// Namespace of CloudWatch metrics, of which each call then writes its own to the log (docs/operations.md). Default: none are written,
/// as CloudWatch bills them.
pub const METRICS_NAMESPACE: &str = "metrics_namespace";
/// Name of the function. Set by Lambda.
pub const AWS_LAMBDA_FUNCTION_NAME: &str = "AWS_LAMBDA_FUNCTION_NAME";
/// Milliseconds after which a call to AWS that was not answered is made again, 100 to 900000. Other limits follow: one attempt may take
/// half as much again, all of a call's attempts four and a half times as much, and a body may stand still for a quarter. Default 20000.
pub const ANSWER_TIMEOUT_MS: &str = "answer_timeout_ms";
/// Milliseconds, at most, before a call to AWS that failed is made again for the first time, 1 to 60000; the pause is random, and its
/// limit doubles each time, up to 5 seconds. Default 1000.
pub const RETRY_DELAY_MS: &str = "retry_delay_ms";
/// Region of all clients. Set by Lambda.
pub const AWS_REGION: &str = "AWS_REGION";
/// Memory of the function in MB. Set by Lambda. Default 3008.
pub const AWS_LAMBDA_FUNCTION_MEMORY_SIZE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
/// Invocations that a process is given at once. Set by Lambda for functions on Managed Instances. Default 1.
pub const MAX_CONCURRENCY: &str = "AWS_LAMBDA_MAX_CONCURRENCY";
/// `true` trusts the system's root certificates instead of Amazon's own. Default `false`.
pub const NATIVE_ROOTS: &str = "native_root_certificates";

/// Checked options.
#[derive(Debug, Clone)]
pub struct Config {
    /// Region of all clients.
    pub region: String,
    /// Where blocks go.
    pub spill: SpillConfig,
    /// How calls are held back while the source throttles.
    pub throttle: ThrottleConfig,
    /// Whether a read asks if its query is still running.
    pub query_status_polling: bool,
    /// Room between the end of a call and Lambda's limit.
    pub deadline_margin: Duration,
    /// Whether TLS trusts the system's roots.
    pub native_roots: bool,
    /// Where the figures of calls are written for CloudWatch, if they are.
    pub metrics: Option<MetricsConfig>,
    /// How long AWS is waited for.
    pub patience: Patience,
}

/// Options of spilling.
#[derive(Debug, Clone)]
pub struct SpillConfig {
    /// Bucket, unless the request names another.
    pub bucket: Option<String>,
    /// Key prefix.
    pub prefix: String,
    /// How blocks are sealed.
    pub encryption: Encryption,
    /// Further headers of each PUT.
    pub put_headers: BTreeMap<String, String>,
    /// Upper limit of a block, if lower than the request's.
    pub max_block_bytes: Option<u64>,
    /// Blocks that wait for upload.
    pub queue: NonZeroUsize,
    /// Bytes of encoded blocks in flight, derived from the function's memory.
    pub in_flight_bytes: usize,
}

/// How spilled blocks are sealed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Encryption {
    /// Not at all.
    Off,
    /// A random 32-byte key a split.
    Local,
    /// A 16-byte data key of this KMS key a split.
    Kms(String),
}

/// All that is wrong with the environment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}", .problems.join("; "))]
pub struct ConfigError {
    /// One sentence each, naming the variable.
    pub problems: Vec<String>,
}

impl Config {
    /// Checks the variables that `var` answers.
    ///
    /// # Errors
    /// [`ConfigError`] with all problems at once.
    pub fn from_vars(var: &dyn Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let mut vars = Vars {
            var,
            problems: Vec::new(),
        };
        let region = vars.text(AWS_REGION).unwrap_or_else(|| {
            vars.problems.push(format!(
                "no Region is set: set the environment variable `{AWS_REGION}`"
            ));
            String::new()
        });
        let encryption = match (
            vars.switch(DISABLE_SPILL_ENCRYPTION, false),
            vars.text(KMS_KEY_ID),
        ) {
            (true, _) => Encryption::Off,
            (false, Some(key)) => Encryption::Kms(key),
            (false, None) => Encryption::Local,
        };
        let put_headers = vars.headers(SPILL_PUT_REQUEST_HEADERS);
        let queue = vars
            .number(SPILL_QUEUE_CAPACITY, 1, 64)
            .or_else(|| vars.number(SPILL_QUEUE_CAPACITY_LOWER, 1, 64));
        let memory_mb = vars
            .number(AWS_LAMBDA_FUNCTION_MEMORY_SIZE, 1, 1 << 20)
            .unwrap_or(3008);
        let calls = vars.number(MAX_CONCURRENCY, 1, 1 << 20).unwrap_or(1);
        let config = Self {
            region,
            spill: SpillConfig {
                bucket: vars.text(SPILL_BUCKET),
                prefix: vars
                    .text(SPILL_PREFIX)
                    .unwrap_or_else(|| "athena-federation-spill".to_owned()),
                encryption,
                put_headers,
                max_block_bytes: vars.number(MAX_BLOCK_SIZE_BYTES, 1024, 1 << 40),
                queue: queue
                    .and_then(|blocks| NonZeroUsize::new(usize::try_from(blocks).ok()?))
                    .unwrap_or(const { NonZeroUsize::new(2).expect("two is not zero") }),
                in_flight_bytes: in_flight_bytes(memory_mb / calls),
            },
            throttle: vars.throttle(),
            query_status_polling: vars.switch(QUERY_STATUS_POLLING, true),
            deadline_margin: Duration::from_millis(
                vars.number(DEADLINE_MARGIN_MS, 0, 900_000)
                    .unwrap_or(10_000),
            ),
            native_roots: vars.switch(NATIVE_ROOTS, false),
            metrics: vars
                .namespace(METRICS_NAMESPACE)
                .map(|namespace| MetricsConfig {
                    namespace,
                    function: vars.text(AWS_LAMBDA_FUNCTION_NAME).unwrap_or_default(),
                }),
            patience: vars.patience(),
        };
        if vars.problems.is_empty() {
            Ok(config)
        } else {
            Err(ConfigError {
                problems: vars.problems,
            })
        }
    }
}

/// A quarter of what a call has beyond the function's own needs, between one block of 16 MB and two.
fn in_flight_bytes(memory_mb: u64) -> usize {
    let spare = usize::try_from(memory_mb)
        .unwrap_or(usize::MAX)
        .saturating_sub(64)
        .saturating_mul(1 << 20);
    (spare / 4).clamp(16 << 20, 32 << 20)
}

#[cfg(test)]
mod tests;
