//! Users and their policies, to be read; the test itself makes and changes them.

use super::{User, no_entity, page, rest};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{World, arn};
use crate::cloud::xml;
use crate::percent;

pub(super) fn get(world: &World, call: &Call) -> Result<Reply, Refusal> {
    let (name, user) = user(world, call)?;
    let told = xml::text("UserName", &name)
        + &xml::text("Arn", &user.arn.to_string())
        + &xml::text("Path", "/")
        + &xml::text("UserId", &format!("AIDA{name}"))
        + &xml::text("CreateDate", "2026-01-01T00:00:00Z");
    Ok(Reply::Result(xml::element("User", told)))
}

pub(super) fn list(world: &World, call: &Call) -> Result<Reply, Refusal> {
    let (_, user) = user(world, call)?;
    let (start, end, more) = page(call, user.inline.len());
    let names = user.inline.keys().skip(start).take(end - start);
    let names = xml::members("PolicyNames", names.map(|name| xml::escape(name)));
    Ok(Reply::Result(names + &rest(more, end)))
}

pub(super) fn get_policy(world: &World, call: &Call) -> Result<Reply, Refusal> {
    let policy = call.wire.needed("PolicyName")?;
    let (name, user) = user(world, call)?;
    let absent = || {
        no_entity(format!(
            "The user policy with name {policy} cannot be found."
        ))
    };
    let text = user.inline.get(&policy).ok_or_else(absent)?;
    let told = [
        xml::text("UserName", &name),
        xml::text("PolicyName", &policy),
        xml::text("PolicyDocument", &percent::encode(text)),
    ];
    Ok(Reply::Result(told.concat()))
}

pub(super) fn list_attached(world: &World, call: &Call) -> Result<Reply, Refusal> {
    let (_, user) = user(world, call)?;
    let (start, end, more) = page(call, user.attached.len());
    let policies = user.attached.iter().skip(start).take(end - start);
    let policies = policies.map(|arn| {
        let name = arn.rsplit('/').next().unwrap_or_default();
        xml::text("PolicyName", name) + &xml::text("PolicyArn", arn)
    });
    let policies = xml::members("AttachedPolicies", policies);
    Ok(Reply::Result(policies + &rest(more, end)))
}

/// There are no groups.
pub(super) fn list_groups(world: &World, call: &Call) -> Result<Reply, Refusal> {
    user(world, call)?;
    let none = xml::members("Groups", Vec::new());
    Ok(Reply::Result(none + &rest(false, 0)))
}

/// The user that the call names, if the caller may do with it what the call says.
fn user<'a>(world: &'a World, call: &Call) -> Result<(String, &'a User), Refusal> {
    let name = call.wire.needed("UserName")?;
    let account = call.account();
    let user_arn = arn("iam", "", account.as_str(), format!("user/{name}"));
    let action = format!("iam:{}", call.wire.operation);
    world.permit(call, &Ask::on(&action, &user_arn, account))?;
    let absent = || no_entity(format!("The user with name {name} cannot be found."));
    let user = world
        .accounts
        .get(account)
        .and_then(|owned| owned.users.get(&name));
    user.map(|user| (name.clone(), user)).ok_or_else(absent)
}
