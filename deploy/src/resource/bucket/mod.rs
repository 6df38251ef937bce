//! A bucket: closed to the public, encrypted, owned by its account, and for spilled blocks with an end of life and a policy.

mod calls;
mod lifecycle;
mod read;

use std::collections::BTreeMap;

use aws_sdk_s3::types::LifecycleRule;
use iam_policy_kit::AccountId;
use iam_policy_kit::check::PolicyKind;

pub(crate) use calls::Call;
pub(crate) use read::read;

use crate::change::{Change, document, tag_list};
use crate::policy_text::{Edited, PolicyEdit};

/// A bucket as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) region: String,
    pub(crate) tags: BTreeMap<String, String>,
    /// The folder whose objects are deleted after a day; `None` for a bucket that keeps them.
    pub(crate) expires: Option<String>,
    /// What its policy gains and loses.
    pub(crate) policy: PolicyEdit,
}

/// What there is under a bucket's name.
#[derive(Debug, Clone, Default)]
pub(crate) enum Found {
    /// Nothing.
    #[default]
    Absent,
    /// Somebody else's bucket, or one that we may not see.
    Foreign,
    /// A bucket in another Region; which one, if S3 says so.
    Elsewhere(Option<String>),
    /// A bucket of ours.
    Here(Box<State>),
}

/// A bucket as it is.
#[derive(Debug, Clone, Default, PartialEq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a setting of its own"
)]
pub(crate) struct State {
    pub(crate) tags: BTreeMap<String, String>,
    /// Whether all four blocks of public access are on.
    pub(crate) is_closed: bool,
    pub(crate) is_encrypted: bool,
    pub(crate) is_versioned: bool,
    /// `BucketOwnerEnforced`, …
    pub(crate) ownership: Option<String>,
    pub(crate) lifecycle: Vec<LifecycleRule>,
    pub(crate) policy: Option<String>,
    /// Whether there is surely no object in it, nor an older version of one.
    pub(crate) is_empty: bool,
}

impl Found {
    /// The bucket's policy.
    pub(crate) fn policy(&self) -> Option<&str> {
        match self {
            Self::Here(state) => state.policy.as_deref(),
            _ => None,
        }
    }
}

/// What has to be done for a bucket to be as it should. `is_ours` tells by its tags whether it was made here.
pub(crate) fn plan(
    account: &AccountId,
    wanted: &Wanted,
    found: &Found,
    is_ours: impl Fn(&BTreeMap<String, String>) -> bool,
) -> Change<Call> {
    let mut change = Change::new(account, wanted.kind, &wanted.name);
    let bucket = || wanted.name.clone();
    let nothing = State::default();
    let is = match found {
        Found::Here(state) => state.as_ref(),
        Found::Absent => &nothing,
        Found::Foreign => {
            change.block(
                format!("bucket `{}` must belong to account {account}, but is another's or closed to us", wanted.name),
                "choose another name, or have the bucket's account run this",
            );
            return change;
        }
        Found::Elsewhere(region) => {
            let region = region.as_deref().unwrap_or("another Region");
            change.block(
                format!(
                    "bucket `{}` must lie in {}, got {region}",
                    wanted.name, wanted.region
                ),
                "choose another name, or the bucket's Region with `--region`",
            );
            return change;
        }
    };
    let is_new = matches!(found, Found::Absent);
    if is_new {
        change.detail(format!("tags: {}", tag_list(&wanted.tags)));
        change.create(Call::Create {
            bucket: bucket(),
            region: wanted.region.clone(),
            tags: wanted.tags.clone(),
        });
        // Once more for a bucket that came to be in the meantime, and for servers that take no tags with the first call.
        change.update(Call::Tag {
            bucket: bucket(),
            tags: wanted.tags.clone(),
        });
    }
    if !is.is_closed {
        change.detail("blocks public access");
        change.update(Call::Close { bucket: bucket() });
    }
    // AWS encrypts new buckets by itself; what is set there stays.
    if !is.is_encrypted {
        change.detail("encrypts objects (SSE-S3)");
        change.update(Call::Encrypt { bucket: bucket() });
    }
    // In other people's buckets access control lists may be in use.
    let may_own = is_new || is_ours(&is.tags);
    if may_own && is.ownership.as_deref() != Some(OWNER_ENFORCED) {
        change.detail(format!("object ownership: {OWNER_ENFORCED}"));
        change.update(Call::Own { bucket: bucket() });
    }
    if let Some(prefix) = &wanted.expires
        && let Some(rules) = lifecycle::with_expiry(&is.lifecycle, prefix, is.is_versioned)
    {
        change.detail(format!("objects below {prefix}/ are deleted after a day"));
        change.update(Call::Lifecycle {
            bucket: bucket(),
            rules,
        });
    }
    plan_policy(&mut change, wanted, is);
    change
}

fn plan_policy(change: &mut Change<Call>, wanted: &Wanted, is: &State) {
    let bucket = wanted.name.clone();
    match wanted.policy.apply(is.policy.as_deref()) {
        Err(error) => change.block(
            format!("the policy of bucket `{bucket}` cannot be read: {error}"),
            "mend it in the console; nothing of it was touched",
        ),
        Ok(Edited::Same) => {}
        Ok(after) => {
            let before = document(is.policy.as_deref());
            let becomes = document(after.text());
            change.policy("policy", &before, &becomes);
            change.size("policy", &becomes, PolicyKind::Bucket);
            change.update(match after.text() {
                Some(policy) => Call::Policy {
                    bucket,
                    policy: policy.to_owned(),
                },
                None => Call::DeletePolicy { bucket },
            });
        }
    }
}

/// What has to be done to take out of a bucket what was put into it. The bucket itself goes only if `delete` says so and it is ours.
pub(crate) fn plan_removal(
    account: &AccountId,
    wanted: &Wanted,
    state: &State,
    delete: bool,
) -> Change<Call> {
    let mut change = Change::new(account, wanted.kind, &wanted.name);
    plan_policy(&mut change, wanted, state);
    if wanted.expires.is_some()
        && let Some(rules) = lifecycle::without_expiry(&state.lifecycle)
    {
        change.detail("objects are no longer deleted after a day");
        let bucket = wanted.name.clone();
        change.update(if rules.is_empty() {
            Call::DeleteLifecycle { bucket }
        } else {
            Call::Lifecycle { bucket, rules }
        });
    }
    if delete && !state.is_empty {
        change.detail("is not empty and stays");
    } else if delete {
        change.delete(Call::Delete {
            bucket: wanted.name.clone(),
        });
    }
    change
}

const OWNER_ENFORCED: &str = "BucketOwnerEnforced";
