//! What is to be set up, checked: all that is wrong is said at once, before the first call.

mod layers;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use iam_policy_kit::{AccountId, Arn};

use crate::names::{self, InputError, Key};
pub(crate) use layers::{File, Flags, Merged};

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

/// Names that Lambda keeps for itself.
const RESERVED: &[&str] = &["AWS_", "LAMBDA_"];
/// Variables that have an option of their own.
const OWN_VARIABLES: &[&str] = &[
    "spill_bucket",
    "spill_prefix",
    "disable_spill_encryption",
    "kms_key_id",
];
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

/// What accounts to share with are compared with.
struct Ours<'a> {
    account: Option<&'a AccountId>,
    catalog: &'a str,
    function: &'a str,
    buckets: [Option<&'a str>; 2],
}

/// What was found wrong so far.
#[derive(Default)]
struct Problems(Vec<InputError>);

impl Problems {
    fn take<T>(&mut self, checked: Result<T, InputError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    fn say(&mut self, option: &str, rule: impl Into<String>, hint: &'static str) {
        self.0.push(InputError::new(option, rule, hint));
    }

    fn range(&mut self, option: &str, got: u32, low: u32, high: u32, unit: &str) {
        if !(low..=high).contains(&got) {
            self.say(
                option,
                format!("be {low} to {high} {unit}, got {got}"),
                "these are Lambda's limits",
            );
        }
    }

    fn pairs(&mut self, option: &str, texts: &[String]) -> BTreeMap<String, String> {
        let mut pairs = BTreeMap::new();
        for text in texts {
            match text.split_once('=') {
                Some((name, value)) if !name.is_empty() => {
                    pairs.insert(name.to_owned(), value.to_owned());
                }
                // What was meant for a value may be secret.
                _ => self.say(
                    option,
                    "read NAME=VALUE",
                    "put an equals sign between name and value",
                ),
            }
        }
        pairs
    }

    fn variable(&mut self, name: &str) {
        let mut chars = name.chars();
        let valid = chars.next().is_some_and(|char| char.is_ascii_alphabetic())
            && chars.clone().next().is_some()
            && chars.all(|char| char.is_ascii_alphanumeric() || char == '_');
        if OWN_VARIABLES.contains(&name) {
            self.say(
                "--env",
                format!("not set `{name}`"),
                "this variable follows from `--spill-bucket`, `--spill-prefix` and `--kms-key`",
            );
        } else if !valid || RESERVED.iter().any(|start| name.starts_with(start)) {
            self.say(
                "--env",
                format!("set variables that Lambda takes, got `{name}`"),
                "a name has two or more letters, digits and `_`, begins with a letter and not with `AWS_` or `LAMBDA_`",
            );
        }
    }

    fn network(&mut self, subnets: Vec<String>, groups: Vec<String>) -> Option<Network> {
        if subnets.is_empty() != groups.is_empty() {
            self.say(
                "--subnets",
                "be given together with `--security-groups`",
                "a function in a VPC needs both",
            );
        }
        (!subnets.is_empty()).then(|| Network {
            subnets: subnets.into_iter().collect(),
            security_groups: groups.into_iter().collect(),
        })
    }

    fn login(&mut self, option: &str, profile: Option<String>, role: Option<&str>) -> Login {
        Login {
            profile,
            role_arn: role.and_then(|text| self.take(names::role(option, text))),
        }
    }

    fn results(
        &mut self,
        bucket: Option<&str>,
        workgroup: Option<String>,
        ours: &Ours<'_>,
    ) -> Option<Results> {
        if let Some(name) = &workgroup {
            self.take(names::plain("--workgroup-b", name, 128, "._-"));
        }
        let workgroup = workgroup.unwrap_or_else(|| ours.function.to_owned());
        let bucket = self.take(names::bucket("--results-bucket-b", bucket?))?;
        if ours.buckets.contains(&Some(bucket.as_str())) {
            self.say(
                "--results-bucket-b",
                format!("be a bucket of account B, got `{bucket}`, which is account A's"),
                "choose another name; it is made if it is not there",
            );
        }
        Some(Results { bucket, workgroup })
    }

    fn shares(&mut self, layers: Vec<layers::AccountBLayer>, ours: &Ours<'_>) -> Vec<Share> {
        let mut shares: Vec<Share> = Vec::new();
        for layer in layers {
            let Some(account) = layer.account.as_deref() else {
                self.say(
                    "--account-b",
                    "be given to share",
                    "`aws sts get-caller-identity --query Account` prints it with B's credentials",
                );
                continue;
            };
            let account = self.take(names::account("--account-b", account));
            let has_login = layer.profile.is_some() || layer.role_arn.is_some();
            let login = self.login("--role-arn-b", layer.profile, layer.role_arn.as_deref());
            let name = layer.catalog.unwrap_or_else(|| ours.catalog.to_owned());
            self.take(names::catalog("--catalog-b", &name));
            let results = self.results(layer.results_bucket.as_deref(), layer.workgroup, ours);
            let Some(account) = account else { continue };
            if Some(&account) == ours.account {
                self.say(
                    "--account-b",
                    format!("be another account than A, got `{account}` for both"),
                    "account A has its own catalog already",
                );
            }
            if shares.iter().any(|share| share.account == account) {
                self.say(
                    "--account-b",
                    format!("be named once, got `{account}` twice"),
                    "leave one of them out",
                );
            }
            shares.push(Share {
                account,
                login: has_login.then_some(login),
                external_id: layer.external_id,
                catalog: name,
                results,
            });
        }
        shares
    }
}
