//! The policies of roles: inline, and attached.

use iam_policy_kit::Document;
use iam_policy_kit::check::{PolicyKind, validate_together};

use super::{document, no_entity, page, rest, role};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::Call;
use crate::cloud::world::World;
use crate::cloud::xml;
use crate::percent;

/// How many managed policies a role takes unless AWS raises it.
const MAX_ATTACHED: usize = 10;

pub(super) fn put(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let role_name = call.wire.needed("RoleName")?;
    let (name, text) = (
        call.wire.needed("PolicyName")?,
        call.wire.needed("PolicyDocument")?,
    );
    role(world, call, |ask| ask)?;
    document::stored(world, &text, PolicyKind::InlineRole)?;
    let role = role(world, call, |ask| ask)?;
    let mut inline = role.inline.clone();
    inline.insert(name, text);
    let documents: Vec<Document> = inline
        .values()
        .filter_map(|text| Document::from_json(text).ok())
        .collect();
    if validate_together(&documents, PolicyKind::InlineRole).is_some() {
        let message = format!("Maximum policy size of 10240 bytes exceeded for role {role_name}");
        return Err(Refusal::new(409, "LimitExceeded", message));
    }
    role.inline = inline;
    Ok(Reply::Result(String::new()))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (role_name, name) = (
        call.wire.needed("RoleName")?,
        call.wire.needed("PolicyName")?,
    );
    let role = role(world, call, |ask| ask)?;
    let text = role.inline.get(&name).ok_or_else(|| absent(&name))?;
    let told = [
        xml::text("RoleName", &role_name),
        xml::text("PolicyName", &name),
        xml::text("PolicyDocument", &percent::encode(text)),
    ];
    Ok(Reply::Result(told.concat()))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("PolicyName")?;
    let role = role(world, call, |ask| ask)?;
    match role.inline.remove(&name) {
        Some(_) => Ok(Reply::Result(String::new())),
        None => Err(absent(&name)),
    }
}

fn absent(name: &str) -> Refusal {
    no_entity(format!("The role policy with name {name} cannot be found."))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let role = role(world, call, |ask| ask)?;
    let (start, end, more) = page(call, role.inline.len());
    let names = role.inline.keys().skip(start).take(end - start);
    let names = xml::members("PolicyNames", names.map(|name| xml::escape(name)));
    Ok(Reply::Result(names + &rest(more, end)))
}

pub(super) fn attach(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let arn = call.wire.needed("PolicyArn")?;
    role(world, call, |ask| ask.with("iam:PolicyARN", Some(&arn)))?;
    if world.managed_policy(&arn).is_none() {
        let message = format!("Policy {arn} does not exist or is not attachable.");
        return Err(no_entity(message));
    }
    let role = role(world, call, |ask| ask.with("iam:PolicyARN", Some(&arn)))?;
    role.attached.insert(arn);
    if role.attached.len() > MAX_ATTACHED {
        role.attached.pop_last();
        let message = "Cannot exceed quota for PoliciesPerRole: 10";
        return Err(Refusal::new(409, "LimitExceeded", message));
    }
    Ok(Reply::Result(String::new()))
}

pub(super) fn detach(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let arn = call.wire.needed("PolicyArn")?;
    let role = role(world, call, |ask| ask.with("iam:PolicyARN", Some(&arn)))?;
    if role.attached.remove(&arn) {
        return Ok(Reply::Result(String::new()));
    }
    Err(no_entity(format!("Policy {arn} was not found.")))
}

pub(super) fn list_attached(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let role = role(world, call, |ask| ask)?;
    let (start, end, more) = page(call, role.attached.len());
    let policies = role.attached.iter().skip(start).take(end - start);
    let policies = policies.map(|arn| {
        let name = arn.rsplit('/').next().unwrap_or_default();
        xml::text("PolicyName", name) + &xml::text("PolicyArn", arn)
    });
    let policies = xml::members("AttachedPolicies", policies);
    Ok(Reply::Result(policies + &rest(more, end)))
}
