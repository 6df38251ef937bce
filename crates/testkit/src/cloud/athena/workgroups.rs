//! Workgroups.

use std::collections::BTreeMap;

use iam_policy_kit::Arn;
use serde_json::{Map, Value, json};

use super::{invalid, page};
use crate::clock::unix_millis;
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{World, arn};

/// A workgroup.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct WorkGroup {
    pub(super) arn: Arn,
    is_enabled: bool,
    description: Option<String>,
    configuration: Map<String, Value>,
    created_millis: u64,
    pub(super) tags: BTreeMap<String, String>,
}

/// The workgroup that every account has in every Region and nobody can delete.
const PRIMARY: &str = "primary";

impl WorkGroup {
    fn new(arn: Arn) -> Self {
        let configuration = json!({
            "EnforceWorkGroupConfiguration": true,
            "PublishCloudWatchMetricsEnabled": false,
            "RequesterPaysEnabled": false,
            "EngineVersion": {
                "SelectedEngineVersion": "AUTO", "EffectiveEngineVersion": "Athena engine version 3"
            },
            "ResultConfiguration": {},
        });
        Self {
            arn,
            is_enabled: true,
            description: None,
            configuration: configuration.as_object().cloned().unwrap_or_default(),
            created_millis: unix_millis(),
            tags: BTreeMap::new(),
        }
    }

    fn state(&self) -> &'static str {
        if self.is_enabled {
            "ENABLED"
        } else {
            "DISABLED"
        }
    }

    fn told(&self, name: &str) -> Value {
        let mut told = json!({
            "Name": name, "State": self.state(), "Configuration": self.configuration,
            "CreationTime": self.created_millis / 1000,
        });
        if let Some(description) = &self.description {
            told["Description"] = description.as_str().into();
        }
        told
    }

    fn set_state(&mut self, call: &Call) {
        if let Some(state) = call.wire.text("State") {
            self.is_enabled = state == "ENABLED";
        }
        if let Some(description) = call.wire.text("Description") {
            self.description = Some(description);
        }
    }
}

pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("Name")?;
    let account = call.account().clone();
    let workgroup_arn = workgroup_arn(call, &name);
    let tags = call.wire.tags();
    let ask = |action| Ask::on(action, &workgroup_arn, &account).tagging(&tags);
    world.permit(call, &ask("athena:CreateWorkGroup"))?;
    if !tags.is_empty() {
        world.permit(call, &ask("athena:TagResource"))?;
    }
    let is_name = |char: char| char.is_ascii_alphanumeric() || "._-".contains(char);
    if !(1..=128).contains(&name.len()) || !name.chars().all(is_name) {
        return Err(invalid(format!("Invalid WorkGroup name: {name}")));
    }
    let workgroups = &mut world.account(&account).workgroups;
    let place = (call.region.clone(), name.clone());
    if name == PRIMARY || workgroups.contains_key(&place) {
        return Err(invalid("WorkGroup already exists"));
    }
    let mut workgroup = WorkGroup::new(workgroup_arn);
    workgroup.set_state(call);
    let given = call.wire.fields["Configuration"].as_object();
    for (key, value) in given
        .into_iter()
        .flatten()
        .filter(|(_, value)| !value.is_null())
    {
        workgroup.configuration.insert(key.clone(), value.clone());
    }
    check(&workgroup.configuration)?;
    workgroup.tags = tags;
    workgroups.insert(place, workgroup);
    Ok(Reply::json(json!({})))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("WorkGroup")?;
    let workgroup = permitted(world, call, &name)?;
    Ok(Reply::json(json!({"WorkGroup": workgroup.told(&name)})))
}

pub(super) fn update(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("WorkGroup")?;
    let workgroup = permitted(world, call, &name)?;
    let mut changed = workgroup.clone();
    changed.set_state(call);
    let updates = call.wire.fields["ConfigurationUpdates"].as_object();
    for (key, value) in updates.into_iter().flatten() {
        if let Some(inner) = key.strip_suffix("Updates") {
            let part = changed
                .configuration
                .entry(inner)
                .or_insert_with(|| json!({}));
            if let (Some(part), Some(updates)) = (part.as_object_mut(), value.as_object()) {
                apply(part, updates);
            }
        } else {
            let one = Map::from_iter([(key.clone(), value.clone())]);
            apply(&mut changed.configuration, &one);
        }
    }
    check(&changed.configuration)?;
    *workgroup = changed;
    Ok(Reply::json(json!({})))
}

/// Sets what is given, and takes away what a `Remove…` names.
fn apply(part: &mut Map<String, Value>, updates: &Map<String, Value>) {
    for (key, value) in updates.iter().filter(|(_, value)| !value.is_null()) {
        match key.strip_prefix("Remove") {
            Some(name) if *value == json!(true) => {
                part.remove(name);
            }
            Some(_) => {}
            None => {
                part.insert(key.clone(), value.clone());
            }
        }
    }
}

fn check(configuration: &Map<String, Value>) -> Result<(), Refusal> {
    let result = configuration.get("ResultConfiguration");
    let location = result.and_then(|result| result["OutputLocation"].as_str());
    if location.is_some_and(|location| !location.starts_with("s3://")) {
        return Err(invalid("OutputLocation is not a valid S3 path."));
    }
    Ok(())
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = call.wire.needed("WorkGroup")?;
    permitted(world, call, &name)?;
    if name == PRIMARY {
        return Err(invalid("The primary WorkGroup cannot be deleted"));
    }
    let place = (call.region.clone(), name);
    world.account(call.account()).workgroups.remove(&place);
    Ok(Reply::json(json!({})))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let account = call.account();
    world.permit(call, &Ask::anywhere("athena:ListWorkGroups", account))?;
    ensure_primary(world, call);
    let own = world.account(account).workgroups.iter();
    let own = own.filter(|((region, _), _)| *region == call.region);
    let all = own.map(|((_, name), group)| json!({"Name": name, "State": group.state()}));
    let (groups, next) = page(call, all.collect());
    Ok(Reply::json(
        json!({"WorkGroups": groups, "NextToken": next}),
    ))
}

fn workgroup_arn(call: &Call, name: &str) -> Arn {
    let resource = format!("workgroup/{name}");
    arn("athena", &call.region, call.account().as_str(), resource)
}

fn ensure_primary(world: &mut World, call: &Call) {
    let workgroups = &mut world.account(call.account()).workgroups;
    let primary = workgroups.entry((call.region.clone(), PRIMARY.to_owned()));
    primary.or_insert_with(|| {
        let mut primary = WorkGroup::new(workgroup_arn(call, PRIMARY));
        let enforced = primary
            .configuration
            .get_mut("EnforceWorkGroupConfiguration");
        *enforced.expect("new workgroups have it") = json!(false);
        primary
    });
}

/// The workgroup of that name, if the caller may do with it what the call says.
fn permitted<'a>(
    world: &'a mut World,
    call: &Call,
    name: &str,
) -> Result<&'a mut WorkGroup, Refusal> {
    ensure_primary(world, call);
    let account = call.account();
    let action = format!("athena:{}", call.wire.operation);
    let place = (call.region.clone(), name.to_owned());
    let mut ask = Ask::on(&action, &workgroup_arn(call, name), account);
    let found = world.accounts.get(account);
    if let Some(group) = found.and_then(|found| found.workgroups.get(&place)) {
        ask = ask.tagged(&group.tags);
    }
    world.permit(call, &ask)?;
    let group = world.account(account).workgroups.get_mut(&place);
    group.ok_or_else(|| invalid(format!("WorkGroup {name} is not found.")))
}
