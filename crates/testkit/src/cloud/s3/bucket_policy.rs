//! Bucket policies.

use iam_policy_kit::Document;
use iam_policy_kit::check::{PolicyKind, Rule, lint};
use iam_policy_kit::{Scope, Statement};

use super::permitted;
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::Call;
use crate::cloud::iam::stored;
use crate::cloud::world::{World, arn};
use crate::cloud::xml;

pub(super) fn put(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let name = &call.wire.path[0];
    let bucket = permitted(world, call, "s3:PutBucketPolicy")?;
    let is_blocked = bucket.blocks_public_policy();
    owner_only(&bucket.owner, call)?;
    let text = String::from_utf8_lossy(&call.wire.body).into_owned();
    let text = stored(world, &text, PolicyKind::Bucket)?;
    let document = Document::from_json(&text);
    let document = document.map_err(|error| malformed(error.to_string()))?;
    let bucket_arn = arn("s3", "", "", name).to_string();
    let is_about_bucket = |statement: &Statement| match &statement.resource {
        Some(Scope::Only(patterns) | Scope::AllBut(patterns)) => patterns.iter().all(|pattern| {
            let rest = pattern.as_str().strip_prefix(&bucket_arn);
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || rest == "*")
        }),
        None => false,
    };
    if !document.statements.iter().all(is_about_bucket) {
        return Err(malformed("Policy has invalid resource".to_owned()));
    }
    if is_blocked && is_public(&document) {
        let who = call.key.holder.arn();
        let message = format!(
            "User: {who} is not authorized to perform: s3:PutBucketPolicy on resource: \"{bucket_arn}\" because public \
             policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access."
        );
        return Err(Refusal::new(403, "AccessDenied", message));
    }
    permitted(world, call, "s3:PutBucketPolicy")?.policy = Some(text);
    Ok(Reply::empty(204))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let bucket = permitted(world, call, "s3:GetBucketPolicy")?;
    owner_only(&bucket.owner, call)?;
    let policy = bucket.policy.clone().ok_or_else(absent)?;
    let kind = ("content-type", "application/json".to_owned());
    Ok(Reply::Plain(200, vec![kind], policy.into()))
}

pub(super) fn status(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let bucket = permitted(world, call, "s3:GetBucketPolicyStatus")?;
    let policy = bucket.policy.clone().ok_or_else(absent)?;
    let is_public = Document::from_json(&policy).is_ok_and(|document| is_public(&document));
    let told = xml::element("IsPublic", is_public);
    Ok(Reply::xml(xml::element("PolicyStatus", told)))
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let bucket = permitted(world, call, "s3:DeleteBucketPolicy")?;
    owner_only(&bucket.owner, call)?;
    bucket.policy = None;
    Ok(Reply::empty(204))
}

/// Nobody of another account can have to do with the policy, even where it says so.
fn owner_only(owner: &iam_policy_kit::AccountId, call: &Call) -> Result<(), Refusal> {
    if owner == call.account() {
        return Ok(());
    }
    let message = "The specified method is not allowed against this resource.";
    Err(Refusal::new(405, "MethodNotAllowed", message))
}

fn is_public(document: &Document) -> bool {
    let findings = lint(document, PolicyKind::Bucket, None);
    findings
        .iter()
        .any(|finding| finding.rule == Rule::AnyPrincipal)
}

fn malformed(message: String) -> Refusal {
    Refusal::new(400, "MalformedPolicy", message)
}

fn absent() -> Refusal {
    let message = "The bucket policy does not exist";
    Refusal::new(404, "NoSuchBucketPolicy", message)
}
