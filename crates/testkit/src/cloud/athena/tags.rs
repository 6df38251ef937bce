//! Tags of catalogs and workgroups, by their ARNs.

use std::collections::BTreeMap;

use iam_policy_kit::Arn;
use serde_json::{Value, json};

use super::invalid;
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{self, World};

pub(super) fn tag(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let tags = call.wire.tags();
    let found = permitted(world, call, |ask| ask.tagging(&tags))?;
    world::tag(found, tags)?;
    Ok(Reply::json(json!({})))
}

pub(super) fn untag(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let keys = call.wire.fields["TagKeys"].as_array().into_iter().flatten();
    let keys: Vec<String> = keys.filter_map(Value::as_str).map(str::to_owned).collect();
    let found = permitted(world, call, |ask| ask.tag_keys(&keys))?;
    found.retain(|key, _| !keys.contains(key));
    Ok(Reply::json(json!({})))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let found = permitted(world, call, |ask| ask)?;
    let tags: Vec<Value> = found
        .iter()
        .map(|(key, value)| json!({"Key": key, "Value": value}))
        .collect();
    Ok(Reply::json(json!({"Tags": tags})))
}

/// The tags of what the call names, if the caller may do with them what it says.
fn permitted<'a>(
    world: &'a mut World,
    call: &Call,
    more: impl FnOnce(Ask) -> Ask,
) -> Result<&'a mut BTreeMap<String, String>, Refusal> {
    let text = call.wire.needed("ResourceARN")?;
    let absent = || {
        let message = format!("Resource {text} was not found.");
        Refusal::new(400, "ResourceNotFoundException", message)
    };
    let arn: Arn = text.parse().map_err(|_| invalid("Invalid ResourceARN"))?;
    let account = arn.account_id().ok_or_else(absent)?;
    let place = |name: &str| (arn.region.clone(), name.to_owned());
    let action = format!("athena:{}", call.wire.operation);
    let mut ask = Ask::on(&action, &arn, &account);
    if let Some(tags) = tags(world, &arn) {
        ask = ask.tagged(tags);
    }
    world.permit(call, &more(ask))?;
    let owned = world.account(&account);
    let found = match arn.resource.split_once('/') {
        Some(("datacatalog", name)) => {
            let catalog = owned.catalogs.get_mut(&place(name));
            catalog.map(|catalog| &mut catalog.tags)
        }
        Some(("workgroup", name)) => {
            let group = owned.workgroups.get_mut(&place(name));
            group.map(|group| &mut group.tags)
        }
        _ => None,
    };
    found.ok_or_else(absent)
}

fn tags<'a>(world: &'a World, arn: &Arn) -> Option<&'a BTreeMap<String, String>> {
    let owned = world.accounts.get(&arn.account_id()?)?;
    let catalogs = owned.catalogs.values().find(|catalog| catalog.arn == *arn);
    let catalogs = catalogs.map(|catalog| &catalog.tags);
    let groups = owned.workgroups.values().find(|group| group.arn == *arn);
    catalogs.or(groups.map(|group| &group.tags))
}
