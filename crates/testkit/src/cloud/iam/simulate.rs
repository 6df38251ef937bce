//! `SimulatePrincipalPolicy`: what the identity policies and the boundary of a user or role would allow.

use std::collections::BTreeMap;

use iam_policy_kit::access::{Attachment, Caller, Estate, Verdict};
use iam_policy_kit::{Arn, Document};

use super::no_entity;
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call, decide};
use crate::cloud::world::World;
use crate::cloud::xml;

pub(super) fn principal(world: &World, call: &Call) -> Result<Reply, Refusal> {
    let wire = &call.wire;
    let text = wire.needed("PolicySourceArn")?;
    let invalid = |message: String| Refusal::new(400, "InvalidInput", message);
    let source: Arn = text
        .parse()
        .map_err(|_| invalid(format!("Invalid Entity Arn: {text}")))?;
    let account = call.account();
    world.permit(
        call,
        &Ask::on("iam:SimulatePrincipalPolicy", &source, account),
    )?;
    let owned = world.accounts.get(account);
    let is_user = owned.is_some_and(|owned| owned.users.values().any(|user| user.arn == source));
    if !is_user && world.role(&text).is_none() {
        return Err(no_entity(format!("{text} cannot be found.")));
    }
    let caller = if is_user {
        Caller::user(source.clone())
    } else {
        Caller::session(source.clone(), "simulation")
    };
    let caller = caller.map_err(|error| invalid(error.to_string()))?;
    let mut estate = world.estate();
    estate.policies.retain(|attached| {
        matches!(&attached.to, Attachment::Identity(to) | Attachment::Boundary(to) if *to == source)
    });
    let mut resources = wire.members("ResourceArns");
    if resources.is_empty() {
        resources.push("*".to_owned());
    }
    let given = context(call);
    let mut results = Vec::new();
    for action in wire.members("ActionNames") {
        for resource in &resources {
            let ask = match resource.parse::<Arn>() {
                Ok(arn) => Ask::on(&action, &arn, account),
                Err(_) if resource == "*" => Ask::anywhere(&action, account),
                Err(error) => return Err(invalid(error.to_string())),
            };
            let estate = trusted(estate.clone(), call, &action, resource);
            let decision = decide(&estate, caller.clone(), &ask, given.clone())?;
            let decision = match decision.verdict {
                Verdict::Allow { .. } => "allowed",
                Verdict::ExplicitDeny { .. } => "explicitDeny",
                _ => "implicitDeny",
            };
            results.push(
                [
                    xml::text("EvalActionName", &action),
                    xml::text("EvalResourceName", resource),
                    xml::text("EvalDecision", decision),
                ]
                .concat(),
            );
        }
    }
    let results = xml::members("EvaluationResults", results);
    Ok(Reply::Result(results + &super::rest(false, 0)))
}

/// Policies of resources are not looked at. A role must have one, though, so it trusts the account and leaves the rest to it.
fn trusted(estate: Estate, call: &Call, action: &str, resource: &str) -> Estate {
    let (true, Ok(role)) = (
        action.eq_ignore_ascii_case("sts:AssumeRole"),
        resource.parse(),
    ) else {
        return estate;
    };
    let trust = format!(
        r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{}"}}, "Action": "sts:AssumeRole"}}}}"#,
        call.account()
    );
    let trust = Document::from_json(&trust).expect("it is a trust policy");
    estate.with(Attachment::Resource(role), "trust", trust)
}

/// The context keys that the call gives.
fn context(call: &Call) -> BTreeMap<String, Vec<String>> {
    let entry = |number: usize| {
        let entry = format!("ContextEntries.member.{number}");
        let key = call.wire.text(&format!("{entry}.ContextKeyName"))?;
        Some((key, call.wire.members(&format!("{entry}.ContextKeyValues"))))
    };
    (1..).map_while(entry).collect()
}
