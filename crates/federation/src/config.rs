//! Options of any connector, from Lambda's environment variables (protocol §13).
//!
//! Strings are checked once, here, and all problems are reported together. Only a `main` reads the environment.

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
/// Milliseconds before Lambda's limit at which a call ends itself with a clear error, at most half of the
/// function's time. Default 10000.
pub const DEADLINE_MARGIN_MS: &str = "deadline_margin_ms";
/// Region of all clients. Set by Lambda.
pub const AWS_REGION: &str = "AWS_REGION";
/// Memory of the function in MB. Set by Lambda. Default 3008.
pub const AWS_LAMBDA_FUNCTION_MEMORY_SIZE: &str = "AWS_LAMBDA_FUNCTION_MEMORY_SIZE";
/// `true` trusts the system's root certificates instead of Amazon's own. Default `false`.
pub const NATIVE_ROOTS: &str = "native_root_certificates";

/// Checked options.
#[derive(Debug, Clone)]
pub struct Config {
    /// Region of all clients.
    pub region: String,
    /// Where blocks go.
    pub spill: SpillConfig,
    /// Room between the end of a call and Lambda's limit.
    pub deadline_margin: Duration,
    /// Whether TLS trusts the system's roots.
    pub native_roots: bool,
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
        let encryption = match (vars.flag(DISABLE_SPILL_ENCRYPTION), vars.text(KMS_KEY_ID)) {
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
                in_flight_bytes: in_flight_bytes(memory_mb),
            },
            deadline_margin: Duration::from_millis(
                vars.number(DEADLINE_MARGIN_MS, 0, 900_000)
                    .unwrap_or(10_000),
            ),
            native_roots: vars.flag(NATIVE_ROOTS),
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

/// A quarter of what the function has beyond its own needs, between one block of 16 MB and three.
fn in_flight_bytes(memory_mb: u64) -> usize {
    let spare = usize::try_from(memory_mb)
        .unwrap_or(usize::MAX)
        .saturating_sub(64)
        .saturating_mul(1 << 20);
    (spare / 4).clamp(16 << 20, 48 << 20)
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

    fn flag(&mut self, name: &str) -> bool {
        match self.text(name) {
            Some(text) if text.eq_ignore_ascii_case("true") => true,
            Some(text) if !text.eq_ignore_ascii_case("false") => {
                self.problems.push(format!(
                    "the environment variable `{name}` must be `true` or `false`"
                ));
                false
            }
            _ => false,
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

    fn headers(&mut self, name: &str) -> BTreeMap<String, String> {
        let Some(text) = self.text(name) else {
            return BTreeMap::new();
        };
        serde_json::from_str(&text).unwrap_or_else(|_| {
            self.problems.push(format!(
                "the environment variable `{name}` must be a JSON object of strings"
            ));
            BTreeMap::new()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let vars: BTreeMap<_, _> = vars.iter().copied().collect();
        Config::from_vars(&|name| vars.get(name).map(|text| (*text).to_owned()))
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
    fn the_byte_budget_follows_the_memory() {
        assert_eq!(in_flight_bytes(128), 16 << 20);
        assert_eq!(in_flight_bytes(3008), 48 << 20);
    }
}
