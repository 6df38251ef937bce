//! A role of IAM: who may assume it, what it may do, what bounds it.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::types::Tag;
use iam_policy_kit::check::PolicyKind;
use iam_policy_kit::{AccountId, Document, json};

use crate::aws::{Account, AwsError, OrAbsent as _, Refusal};
use crate::change::{Change, document, tag_list};

/// A role as it should be.
#[derive(Debug, Clone)]
pub(crate) struct Wanted {
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) trust: Document,
    /// The inline policy that is ours; others of the role stay.
    pub(crate) policy_name: &'static str,
    pub(crate) policy: Document,
    /// ARNs of managed policies that must be attached; others may be.
    pub(crate) managed: Vec<String>,
    /// ARN; without it a boundary that is there stays.
    pub(crate) boundary: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A role as it is.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    pub(crate) trust: String,
    /// Our inline policy.
    pub(crate) policy: Option<String>,
    /// Names of all inline policies.
    pub(crate) inline: BTreeSet<String>,
    pub(crate) managed: BTreeSet<String>,
    pub(crate) boundary: Option<String>,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A write call on a role.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Create {
        role: String,
        description: String,
        trust: String,
        boundary: Option<String>,
        tags: BTreeMap<String, String>,
    },
    Trust {
        role: String,
        trust: String,
    },
    Policy {
        role: String,
        name: String,
        document: String,
    },
    Attach {
        role: String,
        policy: String,
    },
    Boundary {
        role: String,
        policy: String,
    },
    Detach {
        role: String,
        policy: String,
    },
    DeletePolicy {
        role: String,
        name: String,
    },
    Delete {
        role: String,
    },
}

/// Reads a role with the inline policy that is ours.
///
/// # Errors
/// What IAM answers, but for "no such role".
pub(crate) async fn read(
    account: &Account,
    name: &str,
    policy_name: &str,
) -> Result<Option<Found>, AwsError> {
    let iam = &account.iam;
    let got = iam.get_role().role_name(name).send().await;
    let got = got
        .map_err(account.refused("iam:GetRole", name))
        .or_absent()?;
    let Some(role) = got.and_then(|got| got.role) else {
        return Ok(None);
    };
    let policy = iam
        .get_role_policy()
        .role_name(name)
        .policy_name(policy_name);
    let policy = policy.send().await;
    let policy = policy
        .map_err(account.refused("iam:GetRolePolicy", name))
        .or_absent()?;
    let tags = role.tags.unwrap_or_default().into_iter();
    Ok(Some(Found {
        trust: decoded(
            role.assume_role_policy_document
                .as_deref()
                .unwrap_or_default(),
        ),
        policy: policy.map(|policy| decoded(&policy.policy_document)),
        inline: inline_policies(account, name).await?,
        managed: attached_policies(account, name).await?,
        boundary: role
            .permissions_boundary
            .and_then(|boundary| boundary.permissions_boundary_arn),
        tags: tags.map(|tag| (tag.key, tag.value)).collect(),
    }))
}

/// Names of all inline policies of a role.
///
/// # Errors
/// Where IAM does not tell.
pub(crate) async fn inline_policies(
    account: &Account,
    name: &str,
) -> Result<BTreeSet<String>, AwsError> {
    let mut names = BTreeSet::new();
    let pages = account.iam.list_role_policies().role_name(name);
    let mut pages = pages.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(account.refused("iam:ListRolePolicies", name))?;
        names.extend(page.policy_names);
    }
    Ok(names)
}

/// ARNs of all managed policies of a role.
///
/// # Errors
/// Where IAM does not tell.
pub(crate) async fn attached_policies(
    account: &Account,
    name: &str,
) -> Result<BTreeSet<String>, AwsError> {
    let mut arns = BTreeSet::new();
    let pages = account.iam.list_attached_role_policies().role_name(name);
    let mut pages = pages.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(account.refused("iam:ListAttachedRolePolicies", name))?;
        let policies = page.attached_policies.unwrap_or_default().into_iter();
        arns.extend(policies.filter_map(|policy| policy.policy_arn));
    }
    Ok(arns)
}

/// A document as IAM hands it over, percent-encoded, as text.
pub(crate) fn decoded(text: &str) -> String {
    json::decode_percent(text).unwrap_or_else(|_| text.to_owned())
}

/// What has to be done for a role to be as it should.
pub(crate) fn plan(account: &AccountId, wanted: &Wanted, found: Option<&Found>) -> Change<Call> {
    let mut change = Change::new(account, wanted.kind, &wanted.name);
    let role = || wanted.name.clone();
    let nothing = Found::default();
    let is = found.unwrap_or(&nothing);
    let trust = document(Some(&is.trust));
    if found.is_none() {
        change.detail(format!("tags: {}", tag_list(&wanted.tags)));
        change.create(Call::Create {
            role: role(),
            description: wanted.description.clone(),
            trust: wanted.trust.to_json(),
            boundary: wanted.boundary.clone(),
            tags: wanted.tags.clone(),
        });
    } else if !trust.same_statements(&wanted.trust) {
        change.update(Call::Trust {
            role: role(),
            trust: wanted.trust.to_json(),
        });
    }
    change.policy("trust", &trust, &wanted.trust);
    if let Some(boundary) = &wanted.boundary {
        let before = is.boundary.as_deref().unwrap_or("none");
        if found.is_some() && change.field("boundary", &before, &boundary.as_str()) {
            change.update(Call::Boundary {
                role: role(),
                policy: boundary.clone(),
            });
        }
    }
    for policy in &wanted.managed {
        if !is.managed.contains(policy) {
            change.detail(format!("attaches {policy}"));
            change.widens = true;
            change.update(Call::Attach {
                role: role(),
                policy: policy.clone(),
            });
        }
    }
    change.size("trust policy", &wanted.trust, PolicyKind::Trust);
    change.size(wanted.policy_name, &wanted.policy, PolicyKind::InlineRole);
    let policy = document(is.policy.as_deref());
    if !policy.same_statements(&wanted.policy) {
        change.policy(wanted.policy_name, &policy, &wanted.policy);
        change.update(Call::Policy {
            role: role(),
            name: wanted.policy_name.to_owned(),
            document: wanted.policy.to_json(),
        });
    }
    change
}

/// What has to be done for a role to be gone. What others attached to it goes before.
pub(crate) fn plan_removal(
    account: &AccountId,
    kind: &'static str,
    name: &str,
    found: &Found,
) -> Change<Call> {
    let mut change = Change::new(account, kind, name);
    let role = || name.to_owned();
    for policy in &found.managed {
        change.detail(format!("detaches {policy}"));
        change.delete(Call::Detach {
            role: role(),
            policy: policy.clone(),
        });
    }
    for policy in &found.inline {
        change.delete(Call::DeletePolicy {
            role: role(),
            name: policy.clone(),
        });
    }
    change.delete(Call::Delete { role: role() });
    change
}

impl Call {
    /// The role's name.
    pub(crate) fn role(&self) -> &str {
        match self {
            Self::Create { role, .. }
            | Self::Trust { role, .. }
            | Self::Policy { role, .. }
            | Self::Attach { role, .. }
            | Self::Boundary { role, .. }
            | Self::Detach { role, .. }
            | Self::DeletePolicy { role, .. }
            | Self::Delete { role } => role,
        }
    }

    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Create { role, .. } => format!("create role {role}"),
            Self::Trust { role, .. } => format!("set who may assume role {role}"),
            Self::Policy { role, name, .. } => format!("put policy {name} into role {role}"),
            Self::Attach { role, policy } => format!("attach {policy} to role {role}"),
            Self::Boundary { role, policy } => format!("bound role {role} by {policy}"),
            Self::Detach { role, policy } => format!("detach {policy} from role {role}"),
            Self::DeletePolicy { role, name } => format!("delete policy {name} of role {role}"),
            Self::Delete { role } => format!("delete role {role}"),
        }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// What IAM answers, but for what is gone already.
    pub(crate) async fn run(&self, account: &Account) -> Result<(), AwsError> {
        let iam = &account.iam;
        match self {
            Self::Create {
                role,
                description,
                trust,
                boundary,
                tags,
            } => {
                let tags = tags.iter().map(|(key, value)| {
                    Tag::builder()
                        .key(key)
                        .value(value)
                        .build()
                        .expect("both are set")
                });
                let call = iam
                    .create_role()
                    .role_name(role)
                    .description(description)
                    .assume_role_policy_document(trust)
                    .set_permissions_boundary(boundary.clone())
                    .set_tags(Some(tags.collect()));
                call.send()
                    .await
                    .map(drop)
                    .map_err(account.refused("iam:CreateRole", role))
            }
            Self::Trust { role, trust } => {
                let call = iam
                    .update_assume_role_policy()
                    .role_name(role)
                    .policy_document(trust);
                let done = call.send().await.map(drop);
                done.map_err(account.refused("iam:UpdateAssumeRolePolicy", role))
            }
            Self::Policy {
                role,
                name,
                document,
            } => {
                let call = iam.put_role_policy().role_name(role).policy_name(name);
                let done = call.policy_document(document).send().await.map(drop);
                done.map_err(account.refused("iam:PutRolePolicy", role))
            }
            Self::Attach { role, policy } => {
                let call = iam.attach_role_policy().role_name(role).policy_arn(policy);
                let done = call.send().await.map(drop);
                done.map_err(account.refused("iam:AttachRolePolicy", role))
            }
            Self::Boundary { role, policy } => {
                let call = iam.put_role_permissions_boundary().role_name(role);
                let done = call.permissions_boundary(policy).send().await.map(drop);
                done.map_err(account.refused("iam:PutRolePermissionsBoundary", role))
            }
            Self::Detach { role, policy } => {
                let call = iam.detach_role_policy().role_name(role).policy_arn(policy);
                let done = call.send().await.map(drop);
                gone(done.map_err(account.refused("iam:DetachRolePolicy", role)))
            }
            Self::DeletePolicy { role, name } => {
                let call = iam.delete_role_policy().role_name(role).policy_name(name);
                let done = call.send().await.map(drop);
                gone(done.map_err(account.refused("iam:DeleteRolePolicy", role)))
            }
            Self::Delete { role } => {
                let done = iam.delete_role().role_name(role).send().await.map(drop);
                gone(done.map_err(account.refused("iam:DeleteRole", role)))
            }
        }
    }
}

/// What is gone need not be deleted.
pub(super) fn gone(done: Result<(), AwsError>) -> Result<(), AwsError> {
    match done {
        Err(error) if error.refusal() == Refusal::Absent => Ok(()),
        done => done,
    }
}

#[cfg(test)]
impl Found {
    /// What the role is after a call.
    pub(crate) fn take(&mut self, call: &Call) {
        match call {
            Call::Create { trust, tags, .. } => {
                self.trust.clone_from(trust);
                self.tags.clone_from(tags);
            }
            Call::Policy { name, document, .. } => {
                self.policy = Some(document.clone());
                self.inline.insert(name.clone());
            }
            Call::Attach { policy, .. } => {
                self.managed.insert(policy.clone());
            }
            other => panic!("not a call that sets up: {other:?}"),
        }
    }
}
