//! Which rights somebody has, as far as the own policies tell that can be read: for those whom IAM's simulator does not answer.
//!
//! What an organisation forbids stays unknown, and so do the policies of groups: they may only allow more.

use std::collections::BTreeSet;

use iam_policy_kit::access::{Attachment, Caller, Estate, Request, Resource};
use iam_policy_kit::{AccountId, Action, Arn, AwsPrincipal, Document, Principal, Statement};

use crate::aws::{Account, AwsError};
use crate::resource::role::{attached_policies, decoded, inline_policies};
use crate::rights::needed::{Need, PASS_ROLE};

/// Which of these rights the policies surely do not give; `None` where they cannot be read.
pub(super) async fn missing(
    account: &Account,
    source: &str,
    needs: &BTreeSet<Need>,
    region_of: impl Fn(&str) -> String,
) -> Option<BTreeSet<Need>> {
    let arn: Arn = source.parse().ok()?;
    let caller = if arn.resource.starts_with("user/") {
        Caller::user(arn.clone())
    } else {
        Caller::session(arn.clone(), "deploy")
    };
    let caller = caller.ok()?;
    let estate = policies(account, &arn).await.ok()?;
    let mut missing = BTreeSet::new();
    for need in needs.iter().filter(|need| need.account == account.id) {
        let region = region_of(&need.resource);
        let (estate, request) = question(account, &estate, &caller, need, &region)?;
        if estate.decide(&request).is_denied() {
            missing.insert(need.clone());
        }
    }
    Some(missing)
}

/// Whether the caller may, with what is known of the call.
fn question(
    account: &Account,
    estate: &Estate,
    caller: &Caller,
    need: &Need,
    region: &str,
) -> Option<(Estate, Request)> {
    let mut estate = estate.clone();
    let resource = match need.resource.parse::<Arn>() {
        Ok(arn) => {
            if need.action == "sts:AssumeRole" {
                // A role's trust is its own account's to give: here it leaves the rest to the caller's account.
                estate = estate.with(
                    Attachment::Resource(arn.clone()),
                    "trust",
                    trust(&account.id),
                );
            }
            Resource::at(&arn).owned_by(account.id.clone())
        }
        Err(_) => Resource::none_in(account.id.clone()),
    };
    let request = Request::new(caller.clone(), need.action, resource).ok()?;
    let request = request.with("aws:RequestedRegion", [region]).ok()?;
    let request = request.with("aws:SecureTransport", ["true"]).ok()?;
    let request = match need.action {
        PASS_ROLE => {
            let service = ["lambda.amazonaws.com"];
            request.with("iam:PassedToService", service).ok()?
        }
        _ => request,
    };
    Some((estate, request))
}

fn trust(account: &AccountId) -> Document {
    let action = Action::new("sts:AssumeRole").expect("actions are written here");
    let principal = Principal::aws(AwsPrincipal::Account {
        id: account.clone(),
        partition: None,
    });
    Document::new([Statement::allow([action]).with_principal(principal)])
}

/// The policies of a user or role, with its boundary.
async fn policies(account: &Account, arn: &Arn) -> Result<Estate, AwsError> {
    let name = arn.resource.rsplit('/').next().unwrap_or_default();
    let own = if arn.resource.starts_with("user/") {
        of_user(account, name).await?
    } else {
        of_role(account, name).await?
    };
    let identity = || Attachment::Identity(arn.clone());
    let mut estate = Estate::default();
    for (name, text) in own.inline {
        estate = match Document::from_json(&text) {
            Ok(document) => estate.with(identity(), name, document),
            Err(_) => estate.with_unread(identity(), name, "it cannot be read"),
        };
    }
    for policy in own.attached {
        estate = with_managed(account, estate, identity(), &policy).await;
    }
    for group in own.groups {
        estate = estate.with_unread(identity(), group, "policies of groups are not read");
    }
    if let Some(boundary) = own.boundary {
        let to = Attachment::Boundary(arn.clone());
        estate = with_managed(account, estate, to, &boundary).await;
    }
    Ok(estate)
}

/// What somebody has.
#[derive(Default)]
struct Own {
    /// Texts by name.
    inline: Vec<(String, String)>,
    /// ARNs.
    attached: Vec<String>,
    groups: Vec<String>,
    /// ARN.
    boundary: Option<String>,
}

async fn of_user(account: &Account, name: &str) -> Result<Own, AwsError> {
    let (iam, mut own) = (&account.iam, Own::default());
    let mut pages = iam
        .list_user_policies()
        .user_name(name)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(account.refused("iam:ListUserPolicies", name))?;
        for policy in page.policy_names {
            let get = iam.get_user_policy().user_name(name).policy_name(&policy);
            let got = get
                .send()
                .await
                .map_err(account.refused("iam:GetUserPolicy", name))?;
            own.inline.push((policy, decoded(&got.policy_document)));
        }
    }
    let pages = iam.list_attached_user_policies().user_name(name);
    let mut pages = pages.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(account.refused("iam:ListAttachedUserPolicies", name))?;
        let arns = page.attached_policies.unwrap_or_default().into_iter();
        own.attached
            .extend(arns.filter_map(|policy| policy.policy_arn));
    }
    let mut pages = iam
        .list_groups_for_user()
        .user_name(name)
        .into_paginator()
        .send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(account.refused("iam:ListGroupsForUser", name))?;
        own.groups
            .extend(page.groups.into_iter().map(|group| group.group_name));
    }
    let got = iam.get_user().user_name(name).send().await;
    let user = got.map_err(account.refused("iam:GetUser", name))?.user;
    let boundary = user.and_then(|user| user.permissions_boundary);
    own.boundary = boundary.and_then(|boundary| boundary.permissions_boundary_arn);
    Ok(own)
}

async fn of_role(account: &Account, name: &str) -> Result<Own, AwsError> {
    let (iam, mut own) = (&account.iam, Own::default());
    for policy in inline_policies(account, name).await? {
        let get = iam.get_role_policy().role_name(name).policy_name(&policy);
        let got = get
            .send()
            .await
            .map_err(account.refused("iam:GetRolePolicy", name))?;
        own.inline.push((policy, decoded(&got.policy_document)));
    }
    own.attached.extend(attached_policies(account, name).await?);
    let got = iam.get_role().role_name(name).send().await;
    let role = got.map_err(account.refused("iam:GetRole", name))?.role;
    let boundary = role.and_then(|role| role.permissions_boundary);
    own.boundary = boundary.and_then(|boundary| boundary.permissions_boundary_arn);
    Ok(own)
}

/// A managed policy as it is in force; one that cannot be read is there all the same.
async fn with_managed(account: &Account, estate: Estate, to: Attachment, arn: &str) -> Estate {
    match managed(account, arn).await {
        Some(document) => estate.with(to, arn, document),
        None => estate.with_unread(to, arn, "it cannot be read"),
    }
}

async fn managed(account: &Account, arn: &str) -> Option<Document> {
    let got = account.iam.get_policy().policy_arn(arn).send().await.ok()?;
    let version = got.policy?.default_version_id?;
    let get = account.iam.get_policy_version().policy_arn(arn);
    let got = get.version_id(version).send().await.ok()?;
    Document::from_json(&decoded(&got.policy_version?.document?)).ok()
}
