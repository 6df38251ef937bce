//! The parts of a set-up, in the order in which they depend on each other, and what each goal wants of them.

use iam_policy_kit::AccountId;

use crate::change::{Change, Verb};
use crate::plan::found::{Found, FoundShare, Reach};
use crate::plan::wanted;
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

    /// What has to be done about it for a goal.
    pub(crate) fn plan(&self, stack: &Stack, found: &Found, goal: &Goal) -> Change<Call> {
        match goal {
            Goal::Up => self.plan_up(stack, found),
            Goal::Share(shares) => self.plan_share(stack, found, shares),
            Goal::Unshare(shares) => self.plan_unshare(stack, found, shares),
            Goal::Down(down) => self.plan_down(stack, found, *down),
        }
    }

    fn plan_up(&self, stack: &Stack, found: &Found) -> Change<Call> {
        let (a, settings, tags) = (&stack.account, &stack.settings, stack.tags());
        match self {
            Self::ExecutionRole => match wanted::execution_role(stack) {
                Some(wanted) => role::plan(a, &wanted, found.role.as_ref()).map(Call::Role),
                None => given_role(stack, found),
            },
            Self::SpillBucket => {
                let wanted = wanted::spill_bucket(stack, found, &[]);
                let is_ours = |tags: &_| stack.is_ours(tags);
                bucket::plan(a, &wanted, &found.spill, is_ours).map(Call::Bucket)
            }
            Self::ResultsBucket => {
                let wanted =
                    wanted::results_bucket(stack).expect("this part is there with its bucket");
                let is_ours = |tags: &_| stack.is_ours(tags);
                bucket::plan(a, &wanted, &found.results, is_ours).map(Call::Bucket)
            }
            Self::LogGroup => {
                let days = settings
                    .log_retention
                    .expect("this part is there with its days");
                logs::plan(a, &stack.log_group(), days, &tags, found.logs.as_ref()).map(Call::Logs)
            }
            Self::Function => {
                let wanted = wanted::function(stack);
                function::plan(a, &wanted, found.function.as_ref()).map(Call::Function)
            }
            Self::Permission => {
                let accounts: Vec<AccountId> = settings
                    .shares
                    .iter()
                    .map(|share| share.account.clone())
                    .collect();
                permission::plan(stack, found.permission.as_deref(), &accounts)
                    .map(Call::Permission)
            }
            Self::Workgroup => {
                let location = wanted::results_location(stack).unwrap_or_default();
                let name = &settings.workgroup;
                workgroup::plan(a, name, &location, &tags, found.workgroup.as_ref())
                    .map(Call::Workgroup)
            }
            Self::Catalog => {
                let function = stack.function_arn().to_string();
                let name = &settings.catalog;
                catalog::plan(a, name, &function, &tags, found.catalog.as_ref()).map(Call::Catalog)
            }
            Self::ShareRole(share) => plan_share_role(stack, share, &share_of(found, share)),
            Self::ShareResults(share, results) => {
                let wanted = wanted::bucket_of_results(stack, &results.bucket);
                let is = share_of(found, share);
                let is_ours = |tags: &_| stack.is_ours(tags);
                let change = bucket::plan(&share.account, &wanted, &is.results, is_ours);
                with_login(&is, change.map(Call::Bucket))
            }
            Self::ShareWorkgroup(share, results) => {
                let (name, is) = (&results.workgroup, share_of(found, share));
                let location = wanted::location(&results.bucket);
                let found = is.workgroup.as_ref();
                let change = workgroup::plan(&share.account, name, &location, &tags, found);
                with_login(&is, change.map(Call::Workgroup))
            }
            Self::ShareCatalog(share) => plan_share_catalog(stack, share, &share_of(found, share)),
        }
    }

    fn plan_share(&self, stack: &Stack, found: &Found, shares: &[Share]) -> Change<Call> {
        match self {
            Self::SpillBucket => {
                let mut change = self.plan_up(stack, found);
                if !matches!(found.spill, bucket::Found::Here(_)) && change.blocked.is_empty() {
                    let missing =
                        format!("bucket `{}` is not there yet", stack.settings.spill_bucket);
                    change.block(missing, "run `apply` first");
                }
                only_policy(change)
            }
            Self::Permission => {
                let accounts: Vec<AccountId> =
                    shares.iter().map(|share| share.account.clone()).collect();
                let change = permission::plan(stack, found.permission.as_deref(), &accounts);
                let mut change = change.map(Call::Permission);
                if found.function.is_none() {
                    let missing =
                        format!("function `{}` is not there yet", stack.settings.function);
                    change.block(missing, "run `apply` first");
                }
                change
            }
            _ => self.plan_up(stack, found),
        }
    }

    fn plan_unshare(&self, stack: &Stack, found: &Found, shares: &[Share]) -> Change<Call> {
        let leaving: Vec<AccountId> = shares.iter().map(|share| share.account.clone()).collect();
        let a = &stack.account;
        match self {
            Self::SpillBucket => {
                let wanted = wanted::spill_bucket(stack, found, &leaving);
                match &found.spill {
                    bucket::Found::Here(state) => {
                        let change = bucket::plan_removal(a, &wanted, state, false);
                        only_policy(change.map(Call::Bucket))
                    }
                    _ => Change::new(a, wanted.kind, wanted.name),
                }
            }
            Self::Permission => {
                permission::plan_removal(stack, found.permission.as_deref(), &leaving)
                    .map(Call::Permission)
            }
            Self::ShareRole(share)
            | Self::ShareResults(share, _)
            | Self::ShareWorkgroup(share, _)
            | Self::ShareCatalog(share) => {
                let is = share_of(found, share);
                self.plan_share_removal(stack, share, &is, Down::default())
            }
            _ => Change::new(a, self.name(), ""),
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

pub(super) fn share_of(found: &Found, share: &Share) -> FoundShare {
    found
        .shares
        .get(&share.account)
        .cloned()
        .unwrap_or_default()
}

/// Made with the other account's own credentials, or by hand.
fn with_login(is: &FoundShare, mut change: Change<Call>) -> Change<Call> {
    if is.reach != Reach::Login {
        change.calls.clear();
        change.blocked.clear();
        change.widens = false;
        change.verb = Verb::ByHand;
        change.details = vec![
            "its administrator has to make it: no credentials of that account were given"
                .to_owned(),
        ];
    }
    change
}

fn plan_share_role(stack: &Stack, share: &Share, is: &FoundShare) -> Change<Call> {
    let wanted = wanted::share_role(stack, share);
    if is.reach == Reach::Login {
        return role::plan(&share.account, &wanted, is.role.as_ref()).map(Call::Role);
    }
    let mut change = Change::new(&share.account, wanted.kind, wanted.name);
    match is.reach {
        Reach::Role | Reach::Blind => change.detail("can be assumed"),
        _ => {
            change.verb = Verb::ByHand;
            change.detail(
                "its administrator has to make it: no credentials of that account were given",
            );
        }
    }
    change
}

fn plan_share_catalog(stack: &Stack, share: &Share, is: &FoundShare) -> Change<Call> {
    let function = stack.function_arn().to_string();
    // Tags need a right that the role has not.
    let tags = std::collections::BTreeMap::new();
    let mut by_hand = Change::new(&share.account, "data catalog", &share.catalog);
    by_hand.verb = Verb::ByHand;
    match is.reach {
        Reach::None => {
            by_hand.detail("follows when the role for sharing is there");
            by_hand
        }
        // What is there is found out by trying.
        Reach::Blind => {
            let change = catalog::plan(&share.account, &share.catalog, &function, &tags, None);
            let mut change = change.map(Call::Catalog);
            change.detail("unless it is there: the role for sharing does not allow to look");
            change
        }
        Reach::Login | Reach::Role => {
            let found = is.catalog.as_ref();
            let change = catalog::plan(&share.account, &share.catalog, &function, &tags, found);
            let updates = change.verb == Verb::Update;
            let mut change = change.map(Call::Catalog);
            if updates && is.reach == Reach::Role {
                change.calls.clear();
                change.verb = Verb::ByHand;
                change.detail(
                    "its administrator has to change it: the role for sharing can only create",
                );
            }
            change
        }
    }
}

fn given_role(stack: &Stack, found: &Found) -> Change<Call> {
    let role = stack.role_arn();
    let mut change = Change::new(&stack.account, "execution role", role.to_string());
    change.verb = Verb::Foreign;
    if role.account != stack.account.as_str() {
        change.block(
            format!(
                "the role of the function must belong to account {}, got `{role}`",
                stack.account
            ),
            "give a role of the same account with `--role`",
        );
    } else if found.role.is_none() {
        change.block(
            format!("role `{role}` is not there"),
            "make it first, or leave `--role` out and have one made",
        );
    }
    change
}

/// Sharing leaves everything else about the bucket alone.
fn only_policy(mut change: Change<Call>) -> Change<Call> {
    let is_policy = |call: &Call| {
        matches!(
            call,
            Call::Bucket(bucket::Call::Policy { .. } | bucket::Call::DeletePolicy { .. })
        )
    };
    change.calls.retain(is_policy);
    change
        .details
        .retain(|detail| detail.starts_with("policy "));
    change.verb = if change.calls.is_empty() {
        Verb::InStep
    } else {
        Verb::Update
    };
    change
}
