//! CloudWatch Logs: log groups, their retention and their tags.

use std::collections::BTreeMap;

use iam_policy_kit::Arn;
use serde_json::{Value, json};

use super::answer::{Refusal, Reply};
use super::gate::{Ask, Call};
use super::world::{self, World, arn};
use crate::clock::unix_millis;

/// A log group; what is written to it is not kept.
#[derive(Clone, Debug)]
pub(super) struct LogGroup {
    retention_days: Option<u64>,
    created_millis: u64,
    tags: BTreeMap<String, String>,
}

/// How many days logs can be kept.
const RETENTIONS: [u64; 22] = [
    1, 3, 5, 7, 14, 30, 60, 90, 120, 150, 180, 365, 400, 545, 731, 1096, 1827, 2192, 2557, 2922,
    3288, 3653,
];

pub(super) fn answer(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    match call.wire.operation.as_str() {
        "DescribeLogGroups" => describe(world, call),
        "CreateLogGroup" => create(world, call),
        "DeleteLogGroup" => delete(world, call),
        "PutRetentionPolicy" => put_retention(world, call),
        "DeleteRetentionPolicy" => {
            let name = call.wire.needed("logGroupName")?;
            permitted(world, call, &name, |ask| ask)?.retention_days = None;
            Ok(Reply::json(json!({})))
        }
        "ListTagsForResource" => {
            let name = named(call)?;
            let group = permitted(world, call, &name, |ask| ask)?;
            Ok(Reply::json(json!({"tags": group.tags})))
        }
        "TagResource" => {
            let (name, tags) = (named(call)?, call.wire.tags());
            let group = permitted(world, call, &name, |ask| ask.tagging(&tags))?;
            world::tag(&mut group.tags, tags)?;
            Ok(Reply::json(json!({})))
        }
        "UntagResource" => untag(world, call),
        other => Err(Refusal::not_offered(format!("no operation logs:{other}"))),
    }
}

fn describe(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let account = call.account();
    // Asked on all log groups: `log-group::log-stream:` or a wildcard.
    let all = arn(
        "logs",
        &call.region,
        account.as_str(),
        "log-group::log-stream:",
    );
    world.permit(call, &Ask::on("logs:DescribeLogGroups", &all, account))?;
    let prefix = call.wire.text("logGroupNamePrefix").unwrap_or_default();
    let groups = world.account(account).log_groups.iter();
    let groups =
        groups.filter(|((region, name), _)| *region == call.region && name.starts_with(&prefix));
    let told = groups.map(|((_, name), group)| {
        let group_arn = group_arn(call, name).to_string();
        let mut told = json!({
            "logGroupName": name, "creationTime": group.created_millis, "storedBytes": 0,
            "metricFilterCount": 0, "logGroupArn": group_arn, "arn": format!("{group_arn}:*"),
            "logGroupClass": "STANDARD",
        });
        if let Some(days) = group.retention_days {
            told["retentionInDays"] = days.into();
        }
        told
    });
    let mut told: Vec<Value> = told.collect();
    let start = call
        .wire
        .text("nextToken")
        .and_then(|token| token.parse().ok());
    let most = call.wire.fields["limit"].as_u64().unwrap_or(50);
    let start = start.unwrap_or(0).min(told.len());
    let end = told
        .len()
        .min(start + usize::try_from(most).unwrap_or(usize::MAX));
    let next = (end < told.len()).then(|| end.to_string());
    let groups: Vec<Value> = told.drain(start..end).collect();
    Ok(Reply::json(json!({"logGroups": groups, "nextToken": next})))
}

fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("logGroupName")?;
    let (account, tags) = (call.account().clone(), call.wire.tags());
    let create = Ask::on("logs:CreateLogGroup", &asked_arn(call, &name), &account);
    world.permit(call, &create.tagging(&tags))?;
    if !tags.is_empty() {
        let tag = Ask::on("logs:TagResource", &group_arn(call, &name), &account);
        world.permit(call, &tag.tagging(&tags))?;
    }
    let groups = &mut world.account(&account).log_groups;
    let place = (call.region.clone(), name);
    if groups.contains_key(&place) {
        let message = "The specified log group already exists";
        return Err(Refusal::new(400, "ResourceAlreadyExistsException", message));
    }
    let group = LogGroup {
        retention_days: None,
        created_millis: unix_millis(),
        tags,
    };
    groups.insert(place, group);
    Ok(Reply::json(json!({})))
}

fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("logGroupName")?;
    permitted(world, call, &name, |ask| ask)?;
    let place = (call.region.clone(), name);
    world.account(call.account()).log_groups.remove(&place);
    Ok(Reply::json(json!({})))
}

fn put_retention(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("logGroupName")?;
    let group = permitted(world, call, &name, |ask| ask)?;
    let days = call.wire.fields["retentionInDays"].as_u64();
    let days = days.filter(|days| RETENTIONS.contains(days));
    let invalid = || {
        let message =
            "1 validation error detected: Value at 'retentionInDays' failed to satisfy constraint";
        Refusal::new(400, "InvalidParameterException", message)
    };
    group.retention_days = Some(days.ok_or_else(invalid)?);
    Ok(Reply::json(json!({})))
}

fn untag(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = named(call)?;
    let keys = call.wire.fields["tagKeys"].as_array().into_iter().flatten();
    let keys: Vec<String> = keys.filter_map(Value::as_str).map(str::to_owned).collect();
    let group = permitted(world, call, &name, |ask| ask.tag_keys(&keys))?;
    group.tags.retain(|key, _| !keys.contains(key));
    Ok(Reply::json(json!({})))
}

/// The log group's name in `resourceArn`.
fn named(call: &Call) -> Result<String, Refusal> {
    let text = call.wire.needed("resourceArn")?;
    let arn = text.parse::<Arn>().ok();
    let name = arn.and_then(|arn| arn.resource.strip_prefix("log-group:").map(str::to_owned));
    name.ok_or_else(|| Refusal::new(400, "InvalidParameterException", "no ARN of a log group"))
}

fn group_arn(call: &Call, name: &str) -> Arn {
    let resource = format!("log-group:{name}");
    arn("logs", &call.region, call.account().as_str(), resource)
}

/// The ARN that the call is authorised on: the group's own for calls about tags; for the older calls it ends as a stream's does,
/// so that `log-group:NAME:*` matches and `log-group:NAME` does not.
fn asked_arn(call: &Call, name: &str) -> Arn {
    let mut asked = group_arn(call, name);
    if !call.wire.operation.contains("Tag") {
        asked.resource += ":log-stream:";
    }
    asked
}

/// The log group of that name, if the caller may do with it what the call says.
fn permitted<'a>(
    world: &'a mut World,
    call: &Call,
    name: &str,
    more: impl FnOnce(Ask) -> Ask,
) -> Result<&'a mut LogGroup, Refusal> {
    let account = call.account();
    let action = format!("logs:{}", call.wire.operation);
    let place = (call.region.clone(), name.to_owned());
    let mut ask = Ask::on(&action, &asked_arn(call, name), account);
    let found = world.accounts.get(account);
    if let Some(group) = found.and_then(|found| found.log_groups.get(&place)) {
        ask = ask.tagged(&group.tags);
    }
    world.permit(call, &more(ask))?;
    let group = world.account(account).log_groups.get_mut(&place);
    group.ok_or_else(|| {
        let message = "The specified log group does not exist.";
        Refusal::new(400, "ResourceNotFoundException", message)
    })
}
