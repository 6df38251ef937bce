//! Functions as they are read, their end, their tags and their concurrency.

use iam_policy_kit::Arn;
use serde_json::{Value, json};

use super::{Function, invalid, named, no_qualifier, permitted};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{self, World};

/// Concurrent executions of an account, and how many of them nobody may reserve.
const CONCURRENCY: u64 = 1000;
const UNRESERVED: u64 = 100;

pub(super) fn get(world: &mut World, call: &Call, whole: bool) -> Result<Reply, Refusal> {
    no_qualifier(call)?;
    let action = format!("lambda:{}", call.wire.operation);
    let function = permitted(world, call, &action, |ask| ask)?;
    let mut told = function.told();
    function.proceed();
    if whole {
        told = json!({"Configuration": told, "Code": {"RepositoryType": "S3", "Location": ""}});
        if !function.tags.is_empty() {
            told["Tags"] = json!(function.tags);
        }
        if let Some(reserved) = function.reserved {
            told["Concurrency"] = json!({"ReservedConcurrentExecutions": reserved});
        }
    }
    Ok(Reply::json(told))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let account = call.account();
    world.permit(call, &Ask::anywhere("lambda:ListFunctions", account))?;
    let functions = world.account(account).functions.iter();
    let here = functions.filter(|((region, _), _)| *region == call.region);
    let told: Vec<Value> = here.map(|(_, function)| function.told()).collect();
    Ok(Reply::json(json!({"Functions": told})))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    no_qualifier(call)?;
    permitted(world, call, "lambda:DeleteFunction", |ask| ask)?;
    let (account, place, _) = named(call)?;
    world.account(&account).functions.remove(&place);
    Ok(Reply::empty(204))
}

pub(super) fn put_concurrency(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let action = "lambda:PutFunctionConcurrency";
    permitted(world, call, action, |ask| ask)?;
    let wanted = call.wire.fields["ReservedConcurrentExecutions"].as_u64();
    let wanted = wanted.ok_or_else(|| invalid("ReservedConcurrentExecutions must not be null"))?;
    let (account, place, _) = named(call)?;
    let functions = &mut world.account(&account).functions;
    let others = functions.iter().filter(|(other, _)| **other != place);
    let others: u64 = others.filter_map(|(_, function)| function.reserved).sum();
    if others + wanted > CONCURRENCY - UNRESERVED {
        return Err(invalid(format!(
            "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below \
             its minimum value of [{UNRESERVED}]."
        )));
    }
    if let Some(function) = functions.get_mut(&place) {
        function.reserved = Some(wanted);
    }
    Ok(Reply::json(json!({"ReservedConcurrentExecutions": wanted})))
}

pub(super) fn get_concurrency(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let action = "lambda:GetFunctionConcurrency";
    let function = permitted(world, call, action, |ask| ask)?;
    let told = function
        .reserved
        .map(|reserved| json!({"ReservedConcurrentExecutions": reserved}));
    Ok(Reply::json(told.unwrap_or_else(|| json!({}))))
}

pub(super) fn delete_concurrency(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let action = "lambda:DeleteFunctionConcurrency";
    permitted(world, call, action, |ask| ask)?.reserved = None;
    Ok(Reply::empty(204))
}

pub(super) fn list_tags(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let function = permitted_by_arn(world, call, "lambda:ListTags", |ask| ask)?;
    Ok(Reply::json(json!({"Tags": function.tags})))
}

pub(super) fn tag(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let tags = call.wire.tags();
    let action = "lambda:TagResource";
    let function = permitted_by_arn(world, call, action, |ask| ask.tagging(&tags))?;
    world::tag(&mut function.tags, tags)?;
    Ok(Reply::empty(204))
}

pub(super) fn untag(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let named = call.wire.pairs.iter().filter(|(name, _)| name == "tagKeys");
    let keys: Vec<String> = named.map(|(_, key)| key.clone()).collect();
    let action = "lambda:UntagResource";
    let function = permitted_by_arn(world, call, action, |ask| ask.tag_keys(&keys))?;
    function.tags.retain(|key, _| !keys.contains(key));
    Ok(Reply::empty(204))
}

/// The path names the function at the same place as elsewhere, but only by its ARN.
fn permitted_by_arn<'a>(
    world: &'a mut World,
    call: &Call,
    action: &str,
    more: impl FnOnce(Ask) -> Ask,
) -> Result<&'a mut Function, Refusal> {
    let given = call.wire.path.get(2).map_or("", String::as_str);
    if given.parse::<Arn>().is_err() {
        return Err(invalid(format!("{given} is no ARN")));
    }
    permitted(world, call, action, more)
}
