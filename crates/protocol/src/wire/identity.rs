//! `FederatedIdentity`: who asks (protocol §4).

use crate::lenient;
use serde::de::{Deserializer, IgnoredAny};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// The caller. `configOptions` may carry a credentials token, so `Debug` shows none of its values.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FederatedIdentity {
    /// Ignored by readers, ours too.
    #[serde(default = "unknown", deserialize_with = "ignored")]
    pub id: String,
    /// Ignored by readers, ours too.
    #[serde(default = "unknown", deserialize_with = "ignored")]
    pub principal: String,
    /// The caller's AWS account.
    pub account: Option<String>,
    /// The caller's ARN.
    pub arn: Option<String>,
    /// Principal tags.
    #[serde(default, deserialize_with = "lenient::string_map")]
    pub tags: BTreeMap<String, String>,
    /// IAM groups.
    #[serde(default, deserialize_with = "lenient::or_default")]
    pub groups: Vec<String>,
    /// Options of this call: `fas_token`, `service_kms_key_id`, `spill_bucket`, `spill_prefix` (protocol §12).
    #[serde(
        default,
        rename = "configOptions",
        deserialize_with = "lenient::string_map"
    )]
    pub config_options: BTreeMap<String, String>,
}

impl Default for FederatedIdentity {
    fn default() -> Self {
        Self {
            id: unknown(),
            principal: unknown(),
            account: None,
            arn: None,
            tags: BTreeMap::new(),
            groups: Vec::new(),
            config_options: BTreeMap::new(),
        }
    }
}

impl std::fmt::Debug for FederatedIdentity {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("FederatedIdentity")
            .field("account", &self.account)
            .field("arn", &self.arn)
            .field(
                "config_options",
                &self.config_options.keys().collect::<Vec<_>>(),
            )
            .finish_non_exhaustive()
    }
}

/// Takes any value for what the writer of Java puts here.
fn ignored<'de, D: Deserializer<'de>>(deserializer: D) -> Result<String, D::Error> {
    IgnoredAny::deserialize(deserializer).map(|_| unknown())
}

fn unknown() -> String {
    "UNKNOWN".to_owned()
}
