//! Roles: their making and end, trust, boundary and tags.

use std::collections::{BTreeMap, BTreeSet};

use iam_policy_kit::check::PolicyKind;

use super::{Role, document, no_entity, page, permit, role};
use crate::clock::{iso8601, unix_millis};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{self, World, arn};
use crate::cloud::xml;
use crate::percent;

pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let wire = &call.wire;
    let name = wire.needed("RoleName")?;
    let path = wire.text("Path").unwrap_or_else(|| "/".to_owned());
    let (account, boundary) = (call.account().clone(), wire.text("PermissionsBoundary"));
    let role_arn = arn("iam", "", account.as_str(), format!("role{path}{name}"));
    let tags = wire.tags();
    let ask = |action| {
        Ask::on(action, &role_arn, &account)
            .tagging(&tags)
            .with("iam:PermissionsBoundary", boundary.as_deref())
    };
    world.permit(call, &ask("iam:CreateRole"))?;
    if !tags.is_empty() {
        world.permit(call, &ask("iam:TagRole"))?;
    }
    let is_name = |char: char| char.is_ascii_alphanumeric() || "_+=,.@-".contains(char);
    if !(1..=64).contains(&name.len()) || !name.chars().all(is_name) {
        let message = "The specified value for roleName is invalid. It must contain only alphanumeric characters and/or \
                       the following: +=,.@_- and be at most 64 long";
        return Err(Refusal::new(400, "ValidationError", message));
    }
    if world.account(&account).roles.contains_key(&name) {
        let message = format!("Role with name {name} already exists.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let trust = wire.needed("AssumeRolePolicyDocument")?;
    let trust = document::stored(world, &trust, PolicyKind::Trust)?;
    check_boundary(world, boundary.as_deref())?;
    let (serial, tries) = (world.serial(), world.pace.role_tries);
    let session_seconds = wire.text("MaxSessionDuration");
    let role = Role {
        arn: role_arn,
        unique_id: format!("AROA{serial:0>16}"),
        path,
        description: wire.text("Description"),
        max_session_seconds: session_seconds
            .and_then(|text| text.parse().ok())
            .unwrap_or(3600),
        created_millis: unix_millis(),
        trust,
        inline: BTreeMap::new(),
        attached: BTreeSet::new(),
        boundary,
        tags,
        unseen_by_sts: tries,
        unseen_by_lambda: tries,
        unseen_by_policies: tries,
    };
    let told = told(&name, &role);
    world.account(&account).roles.insert(name, role);
    Ok(Reply::Result(xml::element("Role", told)))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("RoleName")?;
    let role = role(world, call, |ask| ask)?;
    Ok(Reply::Result(xml::element("Role", told(&name, role))))
}

fn told(name: &str, role: &Role) -> String {
    let mut told = [
        xml::text("Path", &role.path),
        xml::text("RoleName", name),
        xml::text("RoleId", &role.unique_id),
        xml::text("Arn", &role.arn.to_string()),
        xml::text("CreateDate", &iso8601(role.created_millis)),
        xml::text("AssumeRolePolicyDocument", &percent::encode(&role.trust)),
        xml::element("MaxSessionDuration", role.max_session_seconds),
    ]
    .concat();
    if let Some(description) = &role.description {
        told += &xml::text("Description", description);
    }
    if let Some(boundary) = &role.boundary {
        let kind = xml::text("PermissionsBoundaryType", "Policy");
        let arn = xml::text("PermissionsBoundaryArn", boundary);
        told += &xml::element("PermissionsBoundary", kind + &arn);
    }
    if !role.tags.is_empty() {
        told += &xml::members("Tags", role.tags.iter().map(pair));
    }
    told
}

fn pair((key, value): (&String, &String)) -> String {
    xml::text("Key", key) + &xml::text("Value", value)
}

pub(super) fn update(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let role = role(world, call, |ask| ask)?;
    if let Some(description) = call.wire.text("Description") {
        role.description = Some(description);
    }
    let seconds = call.wire.text("MaxSessionDuration");
    if let Some(seconds) = seconds.and_then(|text| text.parse().ok()) {
        role.max_session_seconds = seconds;
    }
    Ok(Reply::Result(String::new()))
}

pub(super) fn update_trust(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    role(world, call, |ask| ask)?;
    let trust = call.wire.needed("PolicyDocument")?;
    let trust = document::stored(world, &trust, PolicyKind::Trust)?;
    role(world, call, |ask| ask)?.trust = trust;
    Ok(Reply::Result(String::new()))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let found = role(world, call, |ask| ask)?;
    let conflict = |message: &str| Err(Refusal::new(409, "DeleteConflict", message));
    if !found.attached.is_empty() {
        return conflict("Cannot delete entity, must detach all policies first.");
    }
    if !found.inline.is_empty() {
        return conflict("Cannot delete entity, must delete policies first.");
    }
    let (gone, unique_id) = (found.arn.clone(), found.unique_id.clone());
    let name = call.wire.needed("RoleName")?;
    world.account(call.account()).roles.remove(&name);
    document::forget_principal(world, &gone, &unique_id);
    Ok(Reply::Result(String::new()))
}

pub(super) fn tag(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let tags = call.wire.tags();
    let role = role(world, call, |ask| ask.tagging(&tags))?;
    world::tag(&mut role.tags, tags)?;
    Ok(Reply::Result(String::new()))
}

pub(super) fn untag(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let keys = call.wire.members("TagKeys");
    let role = role(world, call, |ask| ask.tag_keys(&keys))?;
    role.tags.retain(|key, _| !keys.contains(key));
    Ok(Reply::Result(String::new()))
}

pub(super) fn list_tags(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let role = role(world, call, |ask| ask)?;
    let (start, end, more) = page(call, role.tags.len());
    let tags = role.tags.iter().skip(start).take(end - start);
    let tags = xml::members("Tags", tags.map(pair));
    Ok(Reply::Result(tags + &super::rest(more, end)))
}

pub(super) fn put_boundary(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let boundary = call.wire.needed("PermissionsBoundary")?;
    permit(world, call, |ask| {
        ask.with("iam:PermissionsBoundary", Some(&boundary))
    })?;
    check_boundary(world, Some(&boundary))?;
    let role = role(world, call, |ask| {
        ask.with("iam:PermissionsBoundary", Some(&boundary))
    })?;
    role.boundary = Some(boundary);
    Ok(Reply::Result(String::new()))
}

pub(super) fn delete_boundary(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let role = role(world, call, |ask| ask)?;
    if role.boundary.take().is_none() {
        return Err(no_entity(
            "The role has no permissions boundary.".to_owned(),
        ));
    }
    Ok(Reply::Result(String::new()))
}

fn check_boundary(world: &World, boundary: Option<&str>) -> Result<(), Refusal> {
    let missing = boundary.filter(|arn| world.managed_policy(arn).is_none());
    missing.map_or(Ok(()), |arn| {
        let message = format!("Scope ARN: {arn} does not exist or is not attachable.");
        Err(no_entity(message))
    })
}
