//! All that exists in the cloud: accounts with what they own, buckets, keys, and what was asked.

use std::collections::BTreeMap;

use iam_policy_kit::{AccountId, Arn};

use super::answer::Refusal;
use super::athena::{Catalog, WorkGroup};
use super::iam::{ManagedPolicy, Role, User};
use super::keys::Key;
use super::kms::CustomerKey;
use super::lambda::Function;
use super::logs::LogGroup;
use super::record::Record;
use super::s3::Bucket;

/// How long things take, counted in calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// So many reads of a function show it `Pending` after its making, or `InProgress` after an update.
    pub function_reads: u32,
    /// So often a new role is not yet there: for Lambda, for `AssumeRole` and for policies that name it, each by itself.
    pub role_tries: u32,
}

impl Default for Pace {
    /// Two reads, one try.
    fn default() -> Self {
        Self {
            function_reads: 2,
            role_tries: 1,
        }
    }
}

/// Everything. Regional things are found by Region and name.
#[derive(Debug, Default)]
pub(super) struct World {
    pub(super) accounts: BTreeMap<AccountId, Account>,
    /// By name, which no two accounts can both have.
    pub(super) buckets: BTreeMap<String, Bucket>,
    /// By access key id.
    pub(super) keys: BTreeMap<String, Key>,
    /// What the keys of all accounts do.
    pub(super) kms: crate::kms::Keys,
    pub(super) record: Record,
    pub(super) pace: Pace,
    issued: u64,
}

/// What one account owns.
#[derive(Debug, Default)]
pub(super) struct Account {
    pub(super) users: BTreeMap<String, User>,
    pub(super) roles: BTreeMap<String, Role>,
    /// By ARN.
    pub(super) policies: BTreeMap<String, ManagedPolicy>,
    pub(super) functions: BTreeMap<Place, Function>,
    pub(super) catalogs: BTreeMap<Place, Catalog>,
    pub(super) workgroups: BTreeMap<Place, WorkGroup>,
    pub(super) log_groups: BTreeMap<Place, LogGroup>,
    /// By ARN.
    pub(super) keys: BTreeMap<String, CustomerKey>,
}

/// Region and name.
pub(super) type Place = (String, String);

impl World {
    /// A serial number of its own.
    pub(super) fn serial(&mut self) -> u64 {
        self.issued += 1;
        self.issued
    }

    /// The account of that id, made with its first mention.
    pub(super) fn account(&mut self, id: &AccountId) -> &mut Account {
        self.accounts.entry(id.clone()).or_default()
    }

    /// The role of that ARN, in whichever account.
    pub(super) fn role(&self, arn: &str) -> Option<&Role> {
        let account = arn.parse::<Arn>().ok()?.account_id()?;
        let roles = &self.accounts.get(&account)?.roles;
        roles.values().find(|role| role.arn.to_string() == arn)
    }

    /// The same, to change it.
    pub(super) fn role_mut(&mut self, arn: &str) -> Option<&mut Role> {
        let account = arn.parse::<Arn>().ok()?.account_id()?;
        let roles = &mut self.accounts.get_mut(&account)?.roles;
        roles.values_mut().find(|role| role.arn.to_string() == arn)
    }
}

/// An ARN of the partition `aws`.
pub(super) fn arn(service: &str, region: &str, account: &str, resource: impl Into<String>) -> Arn {
    Arn {
        partition: "aws".to_owned(),
        service: service.to_owned(),
        region: region.to_owned(),
        account: account.to_owned(),
        resource: resource.into(),
    }
}

/// Puts tags into what is there, at most 50 of them.
pub(super) fn tag(
    tags: &mut BTreeMap<String, String>,
    more: BTreeMap<String, String>,
) -> Result<(), Refusal> {
    tags.extend(more);
    if tags.len() > 50 {
        let message = "The number of tags has reached the maximum limit.";
        return Err(Refusal::new(400, "LimitExceededException", message));
    }
    Ok(())
}
