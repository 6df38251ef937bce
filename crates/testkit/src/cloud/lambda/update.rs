//! Changes of a function: one at a time, and each takes its while.

use serde_json::{Value, json};

use super::create::{assumable, configure, pass_role};
use super::function::State;
use super::{Function, code, named, permitted, same_revision};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::Call;
use crate::cloud::s3::Store;
use crate::cloud::world::World;

pub(super) fn configuration(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let action = "lambda:UpdateFunctionConfiguration";
    let function = permitted(world, call, action, |ask| ask)?;
    ready(function)?;
    same_revision(call.wire.text("RevisionId").as_deref(), function)?;
    let mut changed = function.clone();
    configure(&mut changed, &call.wire.fields)?;
    if let Some(role) = call.wire.text("Role") {
        if role != changed.role {
            pass_role(world, call, &role)?;
        }
        assumable(world, &role, &changed.arn)?;
        changed.role = role;
    }
    Ok(Reply::json(commit(world, call, changed)?))
}

pub(super) fn code(world: &mut World, call: &Call, store: &Store) -> Result<Reply, Refusal> {
    let action = "lambda:UpdateFunctionCode";
    let function = permitted(world, call, action, |ask| ask)?;
    ready(function)?;
    same_revision(call.wire.text("RevisionId").as_deref(), function)?;
    let mut changed = function.clone();
    changed.code = code::read(world, call, store, &call.wire.fields)?;
    let architectures = &call.wire.fields["Architectures"];
    if architectures.is_array() {
        let setting = changed.configuration.get_mut("Architectures");
        *setting.expect("every function has one") = architectures.clone();
    }
    if call.wire.fields["DryRun"] == json!(true) {
        return Ok(Reply::json(changed.told()));
    }
    Ok(Reply::json(commit(world, call, changed)?))
}

fn commit(world: &mut World, call: &Call, mut changed: Function) -> Result<Value, Refusal> {
    changed.state = State::in_progress(world.pace.function_reads);
    changed.touch();
    let told = changed.told();
    let (account, place, _) = named(call)?;
    world.account(&account).functions.insert(place, changed);
    Ok(told)
}

/// Nothing if the function can be changed now.
pub(super) fn ready(function: &Function) -> Result<(), Refusal> {
    let why = match function.state {
        State::Active => return Ok(()),
        State::Pending(_) => "The function is currently in the following state: Pending".to_owned(),
        State::InProgress(_) => {
            format!("An update is in progress for resource: {}", function.arn)
        }
    };
    let message = format!("The operation cannot be performed at this time. {why}");
    Err(Refusal::new(409, "ResourceConflictException", message))
}
