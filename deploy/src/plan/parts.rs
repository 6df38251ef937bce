//! The parts of a set-up, in the order in which they depend on each other, and which of them a goal is about.

use iam_policy_kit::AccountId;

use crate::plan::found::Found;
use crate::resource::{bucket, catalog, function, logs, permission, role, workgroup};
use crate::settings::{Results, Share};
use crate::stack::Stack;

/// A part of the set-up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Part {
    ExecutionRole,
    SpillBucket,
    ResultsBucket,
    LogGroup,
    Function,
    Permission,
    Workgroup,
    Catalog,
    ShareRole(Share),
    ShareResults(Share, Results),
    ShareWorkgroup(Share, Results),
    ShareCatalog(Share),
}

/// What is wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Goal {
    /// Everything that the settings say.
    Up,
    /// Only that these accounts share it.
    Share(Vec<Share>),
    /// That these accounts no longer do.
    Unshare(Vec<Share>),
    /// Nothing of ours left.
    Down(Down),
}

/// How far taking down goes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Down {
    /// Buckets too, as far as they are ours and empty.
    pub(crate) buckets: bool,
    /// The log too.
    pub(crate) logs: bool,
    /// Also what has not our tags.
    pub(crate) unowned: bool,
}

/// A write call of any kind.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Role(role::Call),
    Bucket(bucket::Call),
    Logs(logs::Call),
    Function(function::Call),
    Permission(permission::Call),
    Workgroup(workgroup::Call),
    Catalog(catalog::Call),
}

impl Goal {
    /// The parts that are looked at, in order.
    pub(crate) fn parts(&self, stack: &Stack, found: &Found) -> Vec<Part> {
        let settings = &stack.settings;
        let by_share =
            |shares: &[Share]| -> Vec<Part> { shares.iter().flat_map(parts_of_share).collect() };
        let reversed = |shares: &[Share]| -> Vec<Part> {
            let parts = |share: &Share| parts_of_share(share).into_iter().rev();
            shares.iter().flat_map(parts).collect()
        };
        let has_results = settings.results_bucket.is_some();
        let mut parts = Vec::new();
        match self {
            Self::Up => {
                // The role first: it becomes known everywhere while buckets are made.
                parts.extend([Part::ExecutionRole, Part::SpillBucket]);
                parts.extend(has_results.then_some(Part::ResultsBucket));
                parts.extend(settings.log_retention.map(|_| Part::LogGroup));
                parts.extend([Part::Function, Part::Permission]);
                parts.extend(has_results.then_some(Part::Workgroup));
                parts.push(Part::Catalog);
                parts.extend(by_share(&settings.shares));
            }
            Self::Share(shares) => {
                parts.extend([Part::SpillBucket, Part::Permission]);
                parts.extend(by_share(shares));
            }
            Self::Unshare(shares) => {
                parts.extend(reversed(shares));
                parts.extend([Part::Permission, Part::SpillBucket]);
            }
            Self::Down(down) => {
                parts.extend(reversed(&settings.shares));
                parts.push(Part::Catalog);
                parts.extend(has_results.then_some(Part::Workgroup));
                parts.extend([Part::Permission, Part::Function, Part::SpillBucket]);
                parts.extend(has_results.then_some(Part::ResultsBucket));
                parts.push(Part::ExecutionRole);
                parts.extend((down.logs || found.logs.is_some()).then_some(Part::LogGroup));
            }
        }
        parts
    }

    /// What is left for people to do or to know.
    pub(crate) fn notes(&self, stack: &Stack, found: &Found) -> Vec<String> {
        let mut notes = Vec::new();
        let settings = &stack.settings;
        let readers = found.spill_readers();
        let named = |account: &&AccountId| {
            settings
                .shares
                .iter()
                .any(|share| share.account == **account)
        };
        if let (Some(key), Self::Up | Self::Share(_)) = (&settings.kms_key, self) {
            let role = stack.role_arn();
            notes.push(format!(
                "the policy of key `{key}` must allow `kms:GenerateDataKey` to `{role}`"
            ));
            for share in &settings.shares {
                let account = &share.account;
                notes.push(format!(
                    "the policy of key `{key}` must allow `kms:Decrypt` to account {account}"
                ));
            }
        }
        match self {
            Self::Up => {
                for account in readers.iter().filter(|account| !named(account)) {
                    notes.push(format!(
                        "shared with account {account}, which the settings do not name; `unshare --account-b {account}` ends that"
                    ));
                }
            }
            Self::Down(_) => {
                notes.push(
                    "tables, keys, query results and objects of spilled blocks are never deleted"
                        .to_owned(),
                );
                for account in readers.iter().filter(|account| !named(account)) {
                    notes.push(format!(
                        "account {account} keeps its catalog and its role `{}`",
                        stack.share_role_name()
                    ));
                }
            }
            Self::Share(_) | Self::Unshare(_) => {}
        }
        notes
    }
}

impl Part {
    /// As people say it.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::ExecutionRole => "execution role",
            Self::SpillBucket => "spill bucket",
            Self::ResultsBucket | Self::ShareResults(..) => "results bucket",
            Self::LogGroup => "log group",
            Self::Function => "function",
            Self::Permission => "function permission",
            Self::Workgroup | Self::ShareWorkgroup(..) => "workgroup",
            Self::Catalog => "data catalog",
            Self::ShareRole(_) => "role for sharing",
            Self::ShareCatalog(_) => "shared data catalog",
        }
    }
}

/// In the order in which they depend on each other.
fn parts_of_share(share: &Share) -> Vec<Part> {
    let of_results = share.results.iter().flat_map(|results| {
        [
            Part::ShareResults(share.clone(), results.clone()),
            Part::ShareWorkgroup(share.clone(), results.clone()),
        ]
    });
    std::iter::once(Part::ShareRole(share.clone()))
        .chain(of_results)
        .chain([Part::ShareCatalog(share.clone())])
        .collect()
}
