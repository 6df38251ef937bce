//! Lambda: functions that take their time to come into being and to change, their policies, and their invocation.

mod function;
mod create;
mod update;
mod permissions;
mod extras;
mod code;
mod invoke;

use iam_policy_kit::{AccountId, Arn};

use super::Next;
use super::answer::Refusal;
use super::gate::{Ask, Call};
use super::s3::Store;
use super::wire::Wire;
use super::world::{Place, World, arn};

pub(super) use function::Function;
pub(super) use invoke::{Job, Runner, through_athena};

/// The operation that method and path ask for; empty for none that is offered.
pub(super) fn operation(wire: &Wire) -> &'static str {
    let path: Vec<&str> = wire.path.iter().map(String::as_str).collect();
    let method = wire.method.as_str();
    match (method, path.as_slice()) {
        ("POST", ["2015-03-31", "functions"]) => "CreateFunction",
        ("GET", ["2015-03-31", "functions"]) => "ListFunctions",
        ("GET", ["2015-03-31", "functions", _]) => "GetFunction",
        ("DELETE", ["2015-03-31", "functions", _]) => "DeleteFunction",
        ("GET", ["2015-03-31", "functions", _, "configuration"]) => "GetFunctionConfiguration",
        ("PUT", ["2015-03-31", "functions", _, "configuration"]) => "UpdateFunctionConfiguration",
        ("PUT", ["2015-03-31", "functions", _, "code"]) => "UpdateFunctionCode",
        ("GET", ["2015-03-31", "functions", _, "policy"]) => "GetPolicy",
        ("POST", ["2015-03-31", "functions", _, "policy"]) => "AddPermission",
        ("DELETE", ["2015-03-31", "functions", _, "policy", _]) => "RemovePermission",
        ("POST", ["2015-03-31", "functions", _, "invocations"]) => "Invoke",
        ("PUT", ["2017-10-31", "functions", _, "concurrency"]) => "PutFunctionConcurrency",
        ("DELETE", ["2017-10-31", "functions", _, "concurrency"]) => "DeleteFunctionConcurrency",
        ("GET", ["2019-09-30", "functions", _, "concurrency"]) => "GetFunctionConcurrency",
        ("GET", ["2017-03-31", "tags", _]) => "ListTags",
        ("POST", ["2017-03-31", "tags", _]) => "TagResource",
        ("DELETE", ["2017-03-31", "tags", _]) => "UntagResource",
        _ => "",
    }
}

pub(super) fn answer(world: &mut World, call: &Call, store: &Store) -> Result<Next, Refusal> {
    let reply = match call.wire.operation.as_str() {
        "Invoke" => return invoke::answer(world, call),
        "CreateFunction" => create::create(world, call, store),
        "ListFunctions" => extras::list(world, call),
        "GetFunction" => extras::get(world, call, true),
        "GetFunctionConfiguration" => extras::get(world, call, false),
        "DeleteFunction" => extras::delete(world, call),
        "UpdateFunctionConfiguration" => update::configuration(world, call),
        "UpdateFunctionCode" => update::code(world, call, store),
        "GetPolicy" => permissions::get(world, call),
        "AddPermission" => permissions::add(world, call),
        "RemovePermission" => permissions::remove(world, call),
        "PutFunctionConcurrency" => extras::put_concurrency(world, call),
        "GetFunctionConcurrency" => extras::get_concurrency(world, call),
        "DeleteFunctionConcurrency" => extras::delete_concurrency(world, call),
        "ListTags" => extras::list_tags(world, call),
        "TagResource" => extras::tag(world, call),
        "UntagResource" => extras::untag(world, call),
        _ => {
            let Wire { method, path, .. } = &call.wire;
            let what = format!("no operation of lambda for {method} /{}", path.join("/"));
            Err(Refusal::not_offered(what))
        }
    };
    reply.map(Next::Done)
}

/// The function that the path names: by its name in the caller's account, or by an ARN.
fn named(call: &Call) -> Result<(AccountId, Place, Arn), Refusal> {
    let given = call.wire.path.get(2).map_or("", String::as_str);
    let (account, region, name) = match given.parse::<Arn>() {
        Ok(arn) => {
            let name = arn.resource.strip_prefix("function:").unwrap_or_default();
            let account = arn.account_id();
            (account, arn.region.clone(), name.to_owned())
        }
        Err(_) => (
            Some(call.account().clone()),
            call.region.clone(),
            given.to_owned(),
        ),
    };
    let Some(account) = account.filter(|_| is_name(&name)) else {
        let message = format!(
            "1 validation error detected: Value '{given}' at 'functionName' failed to satisfy constraint: Member must \
             satisfy regular expression pattern"
        );
        return Err(Refusal::new(400, "ValidationException", message));
    };
    if region != call.region {
        let message = format!(
            "Functions from '{region}' are not reachable in this region ('{}')",
            call.region
        );
        return Err(Refusal::new(404, "ResourceNotFoundException", message));
    }
    let resource = format!("function:{name}");
    let arn = arn("lambda", &region, account.as_str(), resource);
    Ok((account, (region, name), arn))
}

fn is_name(name: &str) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
    (1..=64).contains(&name.len()) && name.bytes().all(allowed)
}

/// The function that the call names, if the caller may do `action` with it.
fn permitted<'a>(
    world: &'a mut World,
    call: &Call,
    action: &str,
    more: impl FnOnce(Ask) -> Ask,
) -> Result<&'a mut Function, Refusal> {
    let (account, place, arn) = named(call)?;
    let mut ask = Ask::on(action, &arn, &account);
    let found = world.accounts.get(&account);
    if let Some(function) = found.and_then(|found| found.functions.get(&place)) {
        ask = ask.tagged(&function.tags);
    }
    world.permit(call, &more(ask))?;
    let functions = &mut world.account(&account).functions;
    functions.get_mut(&place).ok_or_else(|| {
        let message = format!("Function not found: {arn}");
        Refusal::new(404, "ResourceNotFoundException", message)
    })
}

/// The qualifier would be a version or an alias, which nothing here has.
fn no_qualifier(call: &Call) -> Result<(), Refusal> {
    let qualifier = call.wire.query.get("Qualifier");
    match qualifier.filter(|qualifier| *qualifier != "$LATEST") {
        None => Ok(()),
        Some(_) => Err(Refusal::not_offered("no versions and aliases of functions")),
    }
}

fn invalid(message: impl Into<String>) -> Refusal {
    Refusal::new(400, "InvalidParameterValueException", message)
}

/// Nothing if the revision is the one that the caller has seen, or it does not care.
fn same_revision(given: Option<&str>, function: &Function) -> Result<(), Refusal> {
    if given.is_none_or(|given| given == function.revision_id) {
        return Ok(());
    }
    let message = "The RevisionId provided does not match the latest RevisionId. Call the GetFunction/GetAlias API to \
                   retrieve the latest RevisionId for your resource.";
    Err(Refusal::new(412, "PreconditionFailedException", message))
}
