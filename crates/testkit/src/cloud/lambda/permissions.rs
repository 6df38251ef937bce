//! A function's policy, statement by statement.

use iam_policy_kit::{Arn, Sid};
use serde_json::{Value, json};

use super::update::ready;
use super::{invalid, no_qualifier, permitted, same_revision};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::Call;
use crate::cloud::world::World;

/// The most that the whole policy may have, in bytes.
const MAX_POLICY_BYTES: usize = 20_480;

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    no_qualifier(call)?;
    let function = permitted(world, call, "lambda:GetPolicy", |ask| ask)?;
    let policy = function.policy().ok_or_else(absent)?;
    let told = json!({"Policy": policy.to_string(), "RevisionId": function.revision_id});
    Ok(Reply::json(told))
}

pub(super) fn add(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    no_qualifier(call)?;
    let wire = &call.wire;
    let principal = wire.needed("Principal")?;
    let function = permitted(world, call, "lambda:AddPermission", |ask| {
        ask.with("lambda:Principal", Some(&principal))
    })?;
    ready(function)?;
    same_revision(wire.text("RevisionId").as_deref(), function)?;
    let (sid, action) = (wire.needed("StatementId")?, wire.needed("Action")?);
    Sid::for_function(sid.clone()).map_err(|error| invalid(error.to_string()))?;
    if !action.starts_with("lambda:") {
        return Err(invalid(format!("{action} is no action of Lambda")));
    }
    let arn = function.arn.to_string();
    let is_known = |statement: &Value| statement["Sid"] == json!(sid);
    if function.statements.iter().any(is_known) {
        let message = format!(
            "The statement id ({sid}) provided already exists. Please provide a new statement id, or remove the \
             existing statement."
        );
        return Err(Refusal::new(409, "ResourceConflictException", message));
    }
    let principal = stored(world, &principal)?;
    let mut statement = json!({
        "Sid": sid, "Effect": "Allow", "Principal": principal, "Action": action, "Resource": arn
    });
    let conditions = [
        ("SourceArn", "ArnLike", "AWS:SourceArn"),
        ("SourceAccount", "StringEquals", "AWS:SourceAccount"),
        ("PrincipalOrgID", "StringEquals", "aws:PrincipalOrgID"),
    ];
    for (field, operator, key) in conditions {
        if let Some(value) = wire.text(field) {
            statement["Condition"][operator][key] = value.into();
        }
    }
    let function = permitted(world, call, "lambda:AddPermission", |ask| {
        ask.with("lambda:Principal", wire.text("Principal").as_deref())
    })?;
    function.statements.push(statement.clone());
    let bytes = function
        .policy()
        .map_or(0, |policy| policy.to_string().len());
    if bytes > MAX_POLICY_BYTES {
        function.statements.pop();
        let message = format!(
            "The final policy size ({bytes}) is bigger than the limit ({MAX_POLICY_BYTES})."
        );
        return Err(Refusal::new(400, "PolicyLengthExceededException", message));
    }
    function.touch();
    Ok(Reply::Json(
        201,
        json!({"Statement": statement.to_string()}),
    ))
}

/// The principal as Lambda keeps it: accounts by the ARN of their root, services by their name, `*` as it is.
fn stored(world: &World, given: &str) -> Result<Value, Refusal> {
    if given == "*" {
        return Ok(json!("*"));
    }
    if given.len() == 12 && given.bytes().all(|byte| byte.is_ascii_digit()) {
        return Ok(json!({"AWS": format!("arn:aws:iam::{given}:root")}));
    }
    if given.ends_with(".amazonaws.com") {
        return Ok(json!({"Service": given}));
    }
    let invalid =
        || invalid("The provided principal was invalid. Please check the principal and try again.");
    let arn: Arn = given.parse().map_err(|_| invalid())?;
    let account = arn.account_id().ok_or_else(invalid)?;
    let is_user = world
        .accounts
        .get(&account)
        .is_some_and(|account| account.users.values().any(|user| user.arn == arn));
    let is_known = arn.resource == "root" || is_user || world.role(given).is_some();
    if is_known {
        Ok(json!({"AWS": given}))
    } else {
        Err(invalid())
    }
}

pub(super) fn remove(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    no_qualifier(call)?;
    let function = permitted(world, call, "lambda:RemovePermission", |ask| ask)?;
    ready(function)?;
    let revision = call.wire.query.get("RevisionId").map(String::as_str);
    same_revision(revision, function)?;
    let sid = call.wire.path.get(4).map_or("", String::as_str);
    let before = function.statements.len();
    function
        .statements
        .retain(|statement| statement["Sid"] != json!(sid));
    if function.statements.len() == before {
        return Err(Refusal::new(
            404,
            "ResourceNotFoundException",
            format!("Statement {sid} is not found in resource policy."),
        ));
    }
    function.touch();
    Ok(Reply::empty(204))
}

fn absent() -> Refusal {
    let message = "The resource you requested does not exist.";
    Refusal::new(404, "ResourceNotFoundException", message)
}
