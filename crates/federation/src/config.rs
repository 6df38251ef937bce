//! Options of any connector, from Lambda's environment variables (protocol §13).
//!
//! Strings are checked once, here, and all problems are reported together. Only a `main` reads the environment.

use crate::emf::MetricsConfig;
use http::{HeaderName, HeaderValue};
use std::collections::BTreeMap;
use std::num::NonZeroUsize;
use std::time::Duration;

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

struct Vars<'a> {
    var: &'a dyn Fn(&str) -> Option<String>,
    problems: Vec<String>,
}

impl Vars<'_> {
    /// A variable's text; blank counts as unset.
    fn text(&self, name: &str) -> Option<String> {
        (self.var)(name)
            .map(|text| text.trim().to_owned())
            .filter(|text| !text.is_empty())
    }

    /// A namespace of CloudWatch: 1 to 255 letters, digits and `.-_/#: `, and none of AWS's own.
    fn namespace(&mut self, name: &str) -> Option<String> {
        let text = self.text(name)?;
        let allowed = |letter: char| letter.is_ascii_alphanumeric() || ".-_/#: ".contains(letter);
        if text.len() <= 255 && text.chars().all(allowed) && !text.starts_with("AWS/") {
            return Some(text);
        }
        self.problems.push(format!(
            "the environment variable `{name}` must be a namespace of CloudWatch: up to 255 letters, digits and .-_/#: and blanks, and not \
             beginning with AWS/"
        ));
        None
    }

    fn switch(&mut self, name: &str, default: bool) -> bool {
        match self.text(name) {
            None => default,
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if text.eq_ignore_ascii_case("false") => false,
            Some(_) => {
                self.problems.push(format!(
                    "the environment variable `{name}` must be `true` or `false`"
                ));
                default
            }
        }
    }

    fn number(&mut self, name: &str, least: u64, most: u64) -> Option<u64> {
        let text = self.text(name)?;
        let number = text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.problems.push(format!(
                "the environment variable `{name}` must be a number from {least} to {most}"
            ));
        }
        number
    }

    fn patience(&mut self) -> Patience {
        let default = Patience::default();
        let mut millis = |name, least, most, default| {
            let set = self.number(name, least, most);
            set.map_or(default, Duration::from_millis)
        };
        Patience {
            answer: millis(ANSWER_TIMEOUT_MS, 100, LAMBDAS_LONGEST_MS, default.answer),
            first_pause: millis(RETRY_DELAY_MS, 1, 60_000, default.first_pause),
        }
    }

    fn throttle(&mut self) -> ThrottleConfig {
        let default = ThrottleConfig::default();
        let factor = self
            .text(THROTTLE_DECREASE_FACTOR)
            .map(|text| (text.parse().ok()).filter(|factor| (LEAST_FACTOR..=1.0).contains(factor)));
        if factor == Some(None) {
            self.problems.push(format!(
                "the environment variable `{THROTTLE_DECREASE_FACTOR}` must be a number from {LEAST_FACTOR} to 1"
            ));
        }
        let mut millis = |name, least, default| {
            let set = self.number(name, least, LAMBDAS_LONGEST_MS);
            set.unwrap_or(default)
        };
        ThrottleConfig {
            initial_ms: millis(THROTTLE_INITIAL_DELAY_MS, 0, default.initial_ms),
            max_ms: millis(THROTTLE_MAX_DELAY_MS, 1, default.max_ms),
            decrease_factor: factor.flatten().unwrap_or(default.decrease_factor),
            increase_ms: millis(THROTTLE_INCREASE_MS, 1, default.increase_ms),
            patience: Duration::from_millis(millis(THROTTLE_PATIENCE_MS, 0, 30_000)),
        }
    }

    /// Headers that HTTP allows and that the request's signature or framing does not own.
    fn headers(&mut self, name: &str) -> BTreeMap<String, String> {
        let Some(text) = self.text(name) else {
            return BTreeMap::new();
        };
        let Ok(headers) = serde_json::from_str::<BTreeMap<String, String>>(&text) else {
            self.problems.push(format!(
                "the environment variable `{name}` must be a JSON object of strings"
            ));
            return BTreeMap::new();
        };
        for (header, value) in &headers {
            let known = HeaderName::try_from(header);
            let is_text = HeaderValue::try_from(value).is_ok_and(|value| value.to_str().is_ok());
            let problem = match &known {
                Err(_) => "a header's name that HTTP does not allow".to_owned(),
                Ok(known) if OWNED_HEADERS.contains(&known.as_str()) => {
                    format!("the header `{known}`, which each request sets itself")
                }
                Ok(known) if !is_text => {
                    format!("a value of the header `{known}` that HTTP does not allow")
                }
                Ok(_) => continue,
            };
            self.problems
                .push(format!("the environment variable `{name}` holds {problem}"));
        }
        headers
    }
}

const LAMBDAS_LONGEST_MS: u64 = 900_000;
const LEAST_FACTOR: f64 = 0.001;
/// Headers that would break the signature or the message if they were set from outside.
const OWNED_HEADERS: [&str; 9] = [
    "authorization",
    "connection",
    "content-length",
    "expect",
    "host",
    "transfer-encoding",
    "x-amz-content-sha256",
    "x-amz-date",
    "x-amz-security-token",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let vars: BTreeMap<_, _> = vars.iter().copied().collect();
        Config::from_vars(&|name| vars.get(name).map(|text| (*text).to_owned()))
    }

    #[test]
    fn aws_is_waited_for_as_long_as_is_said() {
        let region = ("AWS_REGION", "eu-west-1");
        assert_eq!(config(&[region]).unwrap().patience, Patience::default());
        let said = [
            region,
            ("answer_timeout_ms", "700"),
            ("retry_delay_ms", "5"),
        ];
        let patience = config(&said).unwrap().patience;
        let millis = Duration::from_millis;
        assert_eq!(
            (patience.answer, patience.first_pause),
            (millis(700), millis(5))
        );
        let wrong = [region, ("answer_timeout_ms", "99"), ("retry_delay_ms", "0")];
        assert_eq!(config(&wrong).unwrap_err().problems.len(), 2);
    }

    #[test]
    fn calls_side_by_side_share_the_memory_of_the_function() {
        let in_flight = |memory: &str, calls: &str| {
            let vars = [
                ("AWS_REGION", "eu-west-1"),
                (AWS_LAMBDA_FUNCTION_MEMORY_SIZE, memory),
                (MAX_CONCURRENCY, calls),
            ];
            config(&vars).unwrap().spill.in_flight_bytes
        };
        assert_eq!(in_flight("2048", "1"), 32 << 20);
        assert_eq!(in_flight("2048", "16"), 16 << 20);
    }

    #[test]
    fn all_problems_are_named_at_once() {
        let error = config(&[
            ("SPILL_QUEUE_CAPACITY", "none"),
            ("spill_put_request_headers", "[]"),
        ])
        .unwrap_err();
        let names = [
            "AWS_REGION",
            "SPILL_QUEUE_CAPACITY",
            "spill_put_request_headers",
        ];
        assert_eq!(error.problems.len(), names.len());
        for name in names {
            assert!(error.to_string().contains(name), "{error} names {name}");
        }
    }

    #[test]
    fn defaults_are_those_of_the_java_connector() {
        let config = config(&[("AWS_REGION", "eu-west-1"), ("kms_key_id", " ")]).unwrap();
        assert_eq!(config.spill.prefix, "athena-federation-spill");
        assert_eq!(config.spill.queue.get(), 2);
        assert_eq!(
            config.spill.encryption,
            Encryption::Local,
            "a blank key counts as none"
        );
    }

    #[test]
    fn put_headers_that_http_does_not_allow_are_refused_at_the_start() {
        let problem = |headers: &str| {
            let headers = [
                ("AWS_REGION", "eu-west-1"),
                ("spill_put_request_headers", headers),
            ];
            config(&headers).map(|config| config.spill.put_headers)
        };
        let kms = problem(r#"{"x-amz-server-side-encryption":"aws:kms"}"#).unwrap();
        assert_eq!(kms["x-amz-server-side-encryption"], "aws:kms");
        for (headers, says) in [
            (r#"{"two words":"x"}"#, "name that HTTP"),
            (r#"{"":"x"}"#, "name that HTTP"),
            (r#"{"x-a":"canary\nx-b: y"}"#, "`x-a`"),
            (r#"{"x-a":"canary é"}"#, "`x-a`"),
            (r#"{"Content-Length":"7"}"#, "`content-length`"),
            (r#"{"Authorization":"canary"}"#, "`authorization`"),
            (r#"{"x-a":1}"#, "object of strings"),
        ] {
            let error = problem(headers).unwrap_err().to_string();
            assert!(error.contains(says), "{headers}: {error}");
            assert!(!error.contains("canary"), "a value may be secret: {error}");
        }
    }

    #[test]
    fn throttling_has_javas_defaults_and_javas_bounds() {
        let region = ("AWS_REGION", "eu-west-1");
        let read = config(&[region]).unwrap().throttle;
        assert_eq!(read, ThrottleConfig::default());
        assert_eq!(
            (
                read.initial_ms,
                read.max_ms,
                read.decrease_factor,
                read.increase_ms
            ),
            (10, 1000, 0.5, 10)
        );
        let names = [
            (THROTTLE_INITIAL_DELAY_MS, "-1", "0"),
            (THROTTLE_MAX_DELAY_MS, "0", "1"),
            (THROTTLE_DECREASE_FACTOR, "0.0009", "0.001"),
            (THROTTLE_INCREASE_MS, "0", "1"),
            (THROTTLE_PATIENCE_MS, "soon", "0"),
        ];
        let with = |text: fn(&(&'static str, &'static str, &'static str)) -> &'static str| {
            let vars: Vec<_> = names.iter().map(|row| (row.0, text(row))).collect();
            config(&[vec![region], vars].concat())
        };
        assert!(with(|row| row.2).is_ok());
        let error = with(|row| row.1).unwrap_err();
        assert_eq!(error.problems.len(), names.len(), "{error}");
        for factor in ["1.01", "NaN", "inf", "0"] {
            assert!(config(&[region, (THROTTLE_DECREASE_FACTOR, factor)]).is_err());
        }
    }

    #[test]
    fn the_byte_budget_follows_the_memory() {
        assert_eq!(in_flight_bytes(128), 16 << 20);
        assert_eq!(in_flight_bytes(3008), 32 << 20);
    }
}
