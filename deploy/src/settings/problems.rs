//! What is wrong with settings, collected: all of it is said at once.

use std::collections::BTreeMap;

use iam_policy_kit::AccountId;

use crate::names::{self, InputError};
use crate::settings::layers::AccountBLayer;
use crate::settings::{Login, Network, Results, Share};

/// Names that Lambda keeps for itself.
const RESERVED: &[&str] = &["AWS_", "LAMBDA_"];
/// Variables that have an option of their own.
const OWN_VARIABLES: &[&str] = &[
    "spill_bucket",
    "spill_prefix",
    "disable_spill_encryption",
    "kms_key_id",
];
/// What accounts to share with are compared with.
pub(super) struct Ours<'a> {
    pub(super) account: Option<&'a AccountId>,
    pub(super) catalog: &'a str,
    pub(super) function: &'a str,
    pub(super) buckets: [Option<&'a str>; 2],
}

/// What was found wrong so far.
#[derive(Default)]
pub(super) struct Problems(pub(super) Vec<InputError>);

impl Problems {
    pub(super) fn take<T>(&mut self, checked: Result<T, InputError>) -> Option<T> {
        checked.map_err(|error| self.0.push(error)).ok()
    }

    pub(super) fn say(&mut self, option: &str, rule: impl Into<String>, hint: &'static str) {
        self.0.push(InputError::new(option, rule, hint));
    }

    pub(super) fn range(&mut self, option: &str, got: u32, low: u32, high: u32, unit: &str) {
        if !(low..=high).contains(&got) {
            self.say(
                option,
                format!("be {low} to {high} {unit}, got {got}"),
                "these are Lambda's limits",
            );
        }
    }

    pub(super) fn pairs(&mut self, option: &str, texts: &[String]) -> BTreeMap<String, String> {
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

    pub(super) fn variable(&mut self, name: &str) {
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

    pub(super) fn network(&mut self, subnets: Vec<String>, groups: Vec<String>) -> Option<Network> {
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

    pub(super) fn login(
        &mut self,
        option: &str,
        profile: Option<String>,
        role: Option<&str>,
    ) -> Login {
        Login {
            profile,
            role_arn: role.and_then(|text| self.take(names::role(option, text))),
        }
    }

    pub(super) fn results(
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

    pub(super) fn shares(&mut self, layers: Vec<AccountBLayer>, ours: &Ours<'_>) -> Vec<Share> {
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
