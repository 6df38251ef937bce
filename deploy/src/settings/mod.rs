//! What is to be set up, checked: all that is wrong is said at once, before the first call.

mod layers;
mod problems;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use iam_policy_kit::{AccountId, Arn};

use crate::names::{self, InputError, Key};
pub(crate) use layers::{File, Flags, Merged};
use problems::{Ours, Problems};

/// What is to be set up.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// Region of everything; `None` leaves it to the profile.
    pub(crate) region: Option<String>,
    /// Endpoint of all services.
    pub(crate) endpoint_url: Option<String>,
    /// How to get into account A.
    pub(crate) login_a: Login,
    /// Which account A must be.
    pub(crate) account_a: Option<AccountId>,
    /// Whom to share with.
    pub(crate) shares: Vec<Share>,
    /// How documents are written.
    pub(crate) style: Style,
    /// Whether the statements of the manual set-up make way.
    pub(crate) adopt: bool,
    pub(crate) function: String,
    pub(crate) catalog: String,
    /// Path of the package.
    pub(crate) zip: Option<String>,
    pub(crate) spill_bucket: String,
    pub(crate) spill_prefix: String,
    pub(crate) results_bucket: Option<String>,
    pub(crate) workgroup: String,
    /// In MB.
    pub(crate) memory: u32,
    /// In seconds.
    pub(crate) timeout: u32,
    /// Empty for all.
    pub(crate) tables: Vec<String>,
    pub(crate) kms_key: Option<Arn>,
    /// Alias or id of the key, as long as it was not looked up.
    pub(crate) kms_name: Option<String>,
    /// Further variables of the function.
    pub(crate) variables: BTreeMap<String, String>,
    pub(crate) role: Role,
    pub(crate) boundary: Option<Arn>,
    pub(crate) network: Option<Network>,
    /// In days.
    pub(crate) log_retention: Option<u32>,
    pub(crate) tags: BTreeMap<String, String>,
    pub(crate) waiting: Waiting,
}

/// Credentials to use.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Login {
    /// Profile; `None` for what the environment has.
    pub(crate) profile: Option<String>,
    /// Role to assume with them.
    pub(crate) role_arn: Option<Arn>,
}

/// An account to share with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Share {
    pub(crate) account: AccountId,
    /// `None`: B's administrator does B's part.
    pub(crate) login: Option<Login>,
    pub(crate) external_id: Option<String>,
    /// Name of the catalog in that account.
    pub(crate) catalog: String,
    /// Where queries of that account write what they find; `None` leaves that to it.
    pub(crate) results: Option<Results>,
}

/// A bucket for results, and the workgroup that writes there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Results {
    pub(crate) bucket: String,
    pub(crate) workgroup: String,
}

/// How documents are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Style {
    /// Least privilege, as far as it cannot break what the manual set-up allows to do.
    Hardened,
    /// As the manual set-up has them, to the letter.
    Seed,
    /// Hardened, with conditions of which nobody has seen yet that Athena meets them.
    Strict,
}

/// The execution role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Role {
    /// Made and kept here, by its name.
    Own(String),
    /// Somebody else's, used as it is.
    Given(Arn),
}

/// Where in a VPC the function runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Network {
    pub(crate) subnets: BTreeSet<String>,
    pub(crate) security_groups: BTreeSet<String>,
}

/// How long to wait for a state.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Waiting {
    pub(crate) step: Duration,
    /// Looks before giving up.
    pub(crate) looks: u32,
}

/// What CloudWatch Logs takes, in days.
const RETENTIONS: &[u32] = &[
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

/// The function's name in the manual set-up.
pub(crate) const FUNCTION: &str = "athena-dynamodb-lambda-connector-account-a";
/// The catalog's name in the manual set-up.
pub(crate) const CATALOG: &str = "data_source_table";

impl Settings {
    /// Checks what was said.
    ///
    /// # Errors
    /// All that is wrong.
    #[expect(clippy::too_many_lines, reason = "a few lines for each setting")]
    pub(crate) fn check(said: Merged) -> Result<Self, Vec<InputError>> {
        let mut wrong = Problems::default();
        let region = said.region.as_deref();
        let region = region.and_then(|text| wrong.take(names::region("--region", text)));
        let from = said.connector;
        let function = from.function.unwrap_or_else(|| FUNCTION.to_owned());
        let function = wrong
            .take(names::plain("--function", &function, 64, "-_"))
            .unwrap_or(function);
        let catalog = from.catalog.unwrap_or_else(|| CATALOG.to_owned());
        wrong.take(names::catalog("--catalog", &catalog));
        let spill_bucket = match &from.spill_bucket {
            Some(text) => wrong.take(names::bucket("--spill-bucket", text)),
            None => wrong.take(Err(InputError::new(
                "--spill-bucket",
                "be given",
                "choose a name for a bucket of account A; it is made if it is not there",
            ))),
        };
        let spill_prefix = from
            .spill_prefix
            .unwrap_or_else(|| "athena-spill".to_owned());
        wrong.take(names::prefix("--spill-prefix", &spill_prefix));
        let results_bucket = from.results_bucket.as_deref();
        let results_bucket =
            results_bucket.and_then(|text| wrong.take(names::bucket("--results-bucket", text)));
        if results_bucket.is_some() && results_bucket == spill_bucket {
            wrong.say(
                "--results-bucket",
                "be another bucket than `--spill-bucket`",
                "account B may read the spill bucket; results belong elsewhere",
            );
        }
        let workgroup = from.workgroup.unwrap_or_else(|| function.clone());
        wrong.take(names::plain("--workgroup", &workgroup, 128, "._-"));
        let memory = from.memory.unwrap_or(3008);
        wrong.range("--memory", memory, 128, 10_240, "MB");
        let timeout = from.timeout.unwrap_or(900);
        wrong.range("--timeout", timeout, 1, 900, "seconds");
        for table in &from.tables {
            wrong.take(names::table("--tables", table));
        }
        let kms_key = from.kms_key.as_deref();
        let kms_key = kms_key.and_then(|text| wrong.take(names::key_or_name("--kms-key", text)));
        let (kms_key, kms_name) = match kms_key {
            Some(Key::Arn(arn)) => (Some(arn), None),
            Some(Key::Named(name)) => (None, Some(name)),
            None => (None, None),
        };
        if let (Some(key), Some(region)) = (&kms_key, &region) {
            wrong.take(names::key_in_region("--kms-key", key, region));
        }
        let variables = wrong.pairs("--env", &from.variables);
        for name in variables.keys() {
            wrong.variable(name);
        }
        let role = match (&from.role, from.role_name) {
            (Some(arn), _) => wrong.take(names::role("--role", arn)).map(Role::Given),
            (None, name) => {
                let name = name.unwrap_or_else(|| format!("{function}-role"));
                let name = wrong.take(names::plain("--role-name", &name, 64, "_+=,.@-"));
                name.map(Role::Own)
            }
        };
        let boundary = from.boundary.as_deref();
        let boundary = boundary.and_then(|text| wrong.take(names::policy("--boundary", text)));
        let network = wrong.network(from.subnets, from.security_groups);
        if let Some(days) = from.log_retention
            && !RETENTIONS.contains(&days)
        {
            wrong.say(
                "--log-retention",
                format!("be one of {RETENTIONS:?} days, got {days}"),
                "CloudWatch Logs keeps logs for these times only",
            );
        }
        let tags = wrong.pairs("--tag", &from.tags);
        let login_a = wrong.login("--role-arn-a", said.a.profile, said.a.role_arn.as_deref());
        let account_a = said.a.account.as_deref();
        let account_a = account_a.and_then(|text| wrong.take(names::account("--account-a", text)));
        let ours = Ours {
            account: account_a.as_ref(),
            catalog: &catalog,
            function: &function,
            buckets: [spill_bucket.as_deref(), results_bucket.as_deref()],
        };
        let shares = wrong.shares(said.b, &ours);
        let style = match (from.seed_exact, from.strict) {
            (true, _) => Style::Seed,
            (false, true) => Style::Strict,
            (false, false) => Style::Hardened,
        };
        let (Some(spill_bucket), Some(role), true) = (spill_bucket, role, wrong.0.is_empty())
        else {
            return Err(wrong.0);
        };
        Ok(Self {
            region,
            endpoint_url: said.endpoint_url,
            login_a,
            account_a,
            shares,
            style,
            adopt: from.adopt,
            function,
            catalog,
            zip: from.zip,
            spill_bucket,
            spill_prefix,
            results_bucket,
            workgroup,
            memory,
            timeout,
            tables: from.tables,
            kms_key,
            kms_name,
            variables,
            role,
            boundary,
            network,
            log_retention: from.log_retention,
            tags,
            waiting: Waiting {
                step: Duration::from_millis(u64::from(said.wait_step_ms)),
                looks: (said.wait_seconds.saturating_mul(1000) / said.wait_step_ms.max(1)).max(1),
            },
        })
    }
}
