//! STS: who one is, and sessions of roles.

use iam_policy_kit::access::CallerKind;
use iam_policy_kit::check::{PolicyKind, validate};
use iam_policy_kit::{Arn, Document};

use super::answer::{Refusal, Reply};
use super::gate::{Ask, Call};
use super::world::World;
use super::xml;
use crate::clock::{iso8601, unix_millis};

pub(super) fn answer(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    match call.wire.operation.as_str() {
        "GetCallerIdentity" => Ok(identity(call)),
        "AssumeRole" => assume_role(world, call),
        other => Err(Refusal::not_offered(format!("no operation sts:{other}"))),
    }
}

/// Needs no permission.
fn identity(call: &Call) -> Reply {
    let holder = &call.key.holder;
    let lines = [
        xml::text("Arn", &holder.arn()),
        xml::text("UserId", &holder.unique_id),
        xml::text("Account", holder.account.as_str()),
    ];
    Reply::Result(lines.concat())
}

fn assume_role(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let wire = &call.wire;
    for name in [
        "Tags.member.1.Key",
        "SourceIdentity",
        "SerialNumber",
        "TokenCode",
    ] {
        if wire.text(name).is_some() {
            return Err(Refusal::not_offered(format!("no {name} of sessions")));
        }
    }
    let (arn, session_name) = (wire.needed("RoleArn")?, wire.needed("RoleSessionName")?);
    let role: Arn = arn
        .parse()
        .map_err(|_| invalid(format!("{arn} is invalid")))?;
    let seconds = seconds(call)?;
    let policies = session_policies(world, call)?;
    let Some(owner) = role.account_id() else {
        return Err(invalid(format!("{arn} is invalid")));
    };
    let mut ask = Ask::on("sts:AssumeRole", &role, &owner)
        .with("sts:ExternalId", wire.text("ExternalId").as_deref())
        .with("sts:RoleSessionName", Some(&session_name));
    if let Some(found) = world.role(&arn) {
        ask = ask.tagged(&found.tags);
    }
    let denied = || {
        let who = call.key.holder.arn();
        let message =
            format!("User: {who} is not authorized to perform: sts:AssumeRole on resource: {arn}");
        Refusal::new(403, "AccessDenied", message)
    };
    // A root user may do anything but this.
    if matches!(call.key.holder.caller.kind, CallerKind::Root(_)) {
        let message = "Roles may not be assumed by root accounts.";
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    let Some(found) = world.role_mut(&arn) else {
        return Err(denied());
    };
    if found.unseen_by_sts > 0 {
        found.unseen_by_sts -= 1;
        return Err(denied());
    }
    world.permit(call, &ask)?;
    let session = world.assume(&role, &session_name, policies);
    let (credentials, holder) = session.ok_or_else(denied)?;
    let expiration = iso8601(unix_millis() + seconds * 1000);
    let keys = [
        xml::text("AccessKeyId", &credentials.access_key_id),
        xml::text("SecretAccessKey", &credentials.secret_access_key),
        xml::text(
            "SessionToken",
            &credentials.session_token.unwrap_or_default(),
        ),
        xml::text("Expiration", &expiration),
    ];
    let user = [
        xml::text("Arn", &holder.arn()),
        xml::text("AssumedRoleId", &holder.unique_id),
    ];
    Ok(Reply::Result(
        [
            xml::element("AssumedRoleUser", user.concat()),
            xml::element("Credentials", keys.concat()),
        ]
        .concat(),
    ))
}

fn seconds(call: &Call) -> Result<u64, Refusal> {
    let Some(given) = call.wire.text("DurationSeconds") else {
        return Ok(3600);
    };
    let seconds = given.parse().ok();
    seconds
        .filter(|seconds| (900..=43_200).contains(seconds))
        .ok_or_else(|| invalid(format!("{given} is no duration from 900 to 43200 seconds")))
}

fn session_policies(world: &World, call: &Call) -> Result<Vec<Document>, Refusal> {
    let malformed = |reason: String| Refusal::new(400, "MalformedPolicyDocument", reason);
    let mut policies = Vec::new();
    if let Some(text) = call.wire.text("Policy") {
        let document = Document::from_json(&text).map_err(|error| malformed(error.to_string()))?;
        if let Some(finding) = validate(&document, PolicyKind::Session).first() {
            return Err(malformed(finding.message.clone()));
        }
        policies.push(document);
    }
    for number in 1.. {
        let Some(arn) = call.wire.text(&format!("PolicyArns.member.{number}.arn")) else {
            break;
        };
        let text = world.managed_policy(&arn);
        let document = text.and_then(|text| Document::from_json(&text).ok());
        policies.push(document.ok_or_else(|| malformed(format!("no policy {arn}")))?);
    }
    Ok(policies)
}

fn invalid(message: String) -> Refusal {
    Refusal::new(400, "ValidationError", message)
}
