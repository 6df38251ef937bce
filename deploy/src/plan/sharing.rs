//! Sharing with other accounts, and taking it back: what account A grants, and what is made over there.

use iam_policy_kit::AccountId;

use crate::change::{Change, Verb};
use crate::plan::found::{Found, FoundShare, Reach};
use crate::plan::parts::{Call, Down, Part};
use crate::plan::wanted;
use crate::resource::{bucket, catalog, permission, role, workgroup};
use crate::settings::{Results, Share};
use crate::stack::Stack;

impl Part {
    pub(super) fn plan_share(
        &self,
        stack: &Stack,
        found: &Found,
        shares: &[Share],
    ) -> Change<Call> {
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

    pub(super) fn plan_unshare(
        &self,
        stack: &Stack,
        found: &Found,
        shares: &[Share],
    ) -> Change<Call> {
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

pub(super) fn plan_share_role(stack: &Stack, share: &Share, is: &FoundShare) -> Change<Call> {
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

pub(super) fn plan_share_catalog(stack: &Stack, share: &Share, is: &FoundShare) -> Change<Call> {
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

/// The bucket for results in the other account.
pub(super) fn plan_share_results(
    stack: &Stack,
    share: &Share,
    results: &Results,
    is: &FoundShare,
) -> Change<Call> {
    let wanted = wanted::bucket_of_results(stack, &results.bucket);
    let is_ours = |tags: &_| stack.is_ours(tags);
    let change = bucket::plan(&share.account, &wanted, &is.results, is_ours);
    with_login(is, change.map(Call::Bucket))
}

/// The workgroup that writes there.
pub(super) fn plan_share_workgroup(
    stack: &Stack,
    share: &Share,
    results: &Results,
    is: &FoundShare,
) -> Change<Call> {
    let (name, location) = (&results.workgroup, wanted::location(&results.bucket));
    let (tags, found) = (stack.tags(), is.workgroup.as_ref());
    let change = workgroup::plan(&share.account, name, &location, &tags, found);
    with_login(is, change.map(Call::Workgroup))
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
