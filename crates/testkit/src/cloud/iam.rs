//! IAM: roles with their policies, managed policies, and users to be read.

mod roles;
mod role_policies;
mod managed;
mod document;
mod simulate;
mod users;

use std::collections::{BTreeMap, BTreeSet};

use iam_policy_kit::Arn;

use super::answer::{Refusal, Reply};
use super::gate::{Ask, Call};
use super::world::World;

pub(super) use document::stored;
pub(super) use managed::{ManagedPolicy, aws_managed};

/// A user, made with its policies by the test itself.
#[derive(Clone, Debug)]
pub(super) struct User {
    pub(super) arn: Arn,
    /// Texts by name.
    pub(super) inline: BTreeMap<String, String>,
    /// ARNs.
    pub(super) attached: BTreeSet<String>,
}

/// A role.
#[derive(Clone, Debug)]
pub(super) struct Role {
    pub(super) arn: Arn,
    pub(super) unique_id: String,
    pub(super) path: String,
    pub(super) description: Option<String>,
    pub(super) max_session_seconds: u32,
    pub(super) created_millis: u64,
    pub(super) trust: String,
    /// Texts by name.
    pub(super) inline: BTreeMap<String, String>,
    /// ARNs.
    pub(super) attached: BTreeSet<String>,
    /// ARN.
    pub(super) boundary: Option<String>,
    pub(super) tags: BTreeMap<String, String>,
    /// Tries until it is there for `AssumeRole`.
    pub(super) unseen_by_sts: u32,
    /// The same for Lambda.
    pub(super) unseen_by_lambda: u32,
    /// The same for policies that name it.
    pub(super) unseen_by_policies: u32,
}

pub(super) fn answer(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    match call.wire.operation.as_str() {
        "CreateRole" => roles::create(world, call),
        "GetRole" => roles::get(world, call),
        "UpdateRole" => roles::update(world, call),
        "UpdateAssumeRolePolicy" => roles::update_trust(world, call),
        "DeleteRole" => roles::delete(world, call),
        "TagRole" => roles::tag(world, call),
        "UntagRole" => roles::untag(world, call),
        "ListRoleTags" => roles::list_tags(world, call),
        "PutRolePermissionsBoundary" => roles::put_boundary(world, call),
        "DeleteRolePermissionsBoundary" => roles::delete_boundary(world, call),
        "PutRolePolicy" => role_policies::put(world, call),
        "GetRolePolicy" => role_policies::get(world, call),
        "DeleteRolePolicy" => role_policies::delete(world, call),
        "ListRolePolicies" => role_policies::list(world, call),
        "AttachRolePolicy" => role_policies::attach(world, call),
        "DetachRolePolicy" => role_policies::detach(world, call),
        "ListAttachedRolePolicies" => role_policies::list_attached(world, call),
        "CreatePolicy" => managed::create(world, call),
        "GetPolicy" => managed::get(world, call),
        "DeletePolicy" => managed::delete(world, call),
        "CreatePolicyVersion" => managed::create_version(world, call),
        "GetPolicyVersion" => managed::get_version(world, call),
        "ListPolicyVersions" => managed::list_versions(world, call),
        "DeletePolicyVersion" => managed::delete_version(world, call),
        "GetUser" => users::get(world, call),
        "ListUserPolicies" => users::list(world, call),
        "GetUserPolicy" => users::get_policy(world, call),
        "ListAttachedUserPolicies" => users::list_attached(world, call),
        "ListGroupsForUser" => users::list_groups(world, call),
        "SimulatePrincipalPolicy" => simulate::principal(world, call),
        other => Err(Refusal::not_offered(format!("no operation iam:{other}"))),
    }
}

/// Whether the caller may do what the call says with the role that it names, which need not exist.
fn permit<'a>(
    world: &'a World,
    call: &Call,
    more: impl FnOnce(Ask) -> Ask,
) -> Result<(String, Option<&'a Role>), Refusal> {
    let name = call.wire.needed("RoleName")?;
    let account = call.account();
    let found = world
        .accounts
        .get(account)
        .and_then(|account| account.roles.get(&name));
    let arn = found.map_or_else(
        || super::world::arn("iam", "", account.as_str(), format!("role/{name}")),
        |role| role.arn.clone(),
    );
    let action = format!("iam:{}", call.wire.operation);
    let mut ask = Ask::on(&action, &arn, account);
    if let Some(role) = found {
        ask = ask
            .tagged(&role.tags)
            .with("iam:PermissionsBoundary", role.boundary.as_deref());
    }
    world.permit(call, &more(ask))?;
    Ok((name, found))
}

/// The role that the call names, if the caller may do with it what the call says.
fn role<'a>(
    world: &'a mut World,
    call: &Call,
    more: impl FnOnce(Ask) -> Ask,
) -> Result<&'a mut Role, Refusal> {
    let (name, _) = permit(world, call, more)?;
    let role = world.account(call.account()).roles.get_mut(&name);
    role.ok_or_else(|| no_entity(format!("The role with name {name} cannot be found.")))
}

fn no_entity(message: String) -> Refusal {
    Refusal::new(404, "NoSuchEntity", message)
}

/// Start and end of a page of a sorted list, and whether more follow: `Marker` and `MaxItems`.
fn page(call: &Call, length: usize) -> (usize, usize, bool) {
    let number = |name: &str| call.wire.text(name).and_then(|text| text.parse().ok());
    let start: usize = number("Marker").unwrap_or(0);
    let most: usize = number("MaxItems").unwrap_or(100);
    let start = start.min(length);
    let end = length.min(start + most);
    (start, end, end < length)
}

/// Whether a list goes on, and from where.
fn rest(more: bool, next: usize) -> String {
    let is_truncated = super::xml::element("IsTruncated", more);
    if more {
        is_truncated + &super::xml::element("Marker", next)
    } else {
        is_truncated
    }
}
