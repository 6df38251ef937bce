//! Managed policies: those of an account with their versions, and the few of AWS that a deployment meets.

use std::collections::BTreeMap;

use iam_policy_kit::Arn;
use iam_policy_kit::check::PolicyKind;

use super::{document, no_entity};
use crate::clock::{iso8601, unix_millis};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{World, arn};
use crate::cloud::xml;
use crate::percent;

/// Versions that a policy can have at once.
const MAX_VERSIONS: usize = 5;

/// A policy of an account.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct ManagedPolicy {
    name: String,
    unique_id: String,
    created_millis: u64,
    /// Texts by number.
    versions: BTreeMap<u32, String>,
    default: u32,
    latest: u32,
    tags: BTreeMap<String, String>,
}

impl ManagedPolicy {
    /// The text of the version that is in force.
    pub(in crate::cloud) fn document(&self) -> &str {
        &self.versions[&self.default]
    }
}

/// The document of a policy that AWS itself keeps.
pub(in crate::cloud) fn aws_managed(arn: &str) -> Option<&'static str> {
    match arn {
        "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole" => Some(
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["logs:CreateLogGroup",
                "logs:CreateLogStream", "logs:PutLogEvents"], "Resource": "*"}]}"#,
        ),
        "arn:aws:iam::aws:policy/service-role/AWSLambdaVPCAccessExecutionRole" => Some(
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": ["logs:CreateLogGroup",
                "logs:CreateLogStream", "logs:PutLogEvents", "ec2:CreateNetworkInterface",
                "ec2:DescribeNetworkInterfaces", "ec2:DescribeSubnets", "ec2:DeleteNetworkInterface",
                "ec2:AssignPrivateIpAddresses", "ec2:UnassignPrivateIpAddresses"], "Resource": "*"}]}"#,
        ),
        "arn:aws:iam::aws:policy/AdministratorAccess" => Some(
            r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}"#,
        ),
        _ => None,
    }
}

pub(super) fn create(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let wire = &call.wire;
    let name = wire.needed("PolicyName")?;
    let path = wire.text("Path").unwrap_or_else(|| "/".to_owned());
    let account = call.account().clone();
    let arn = arn("iam", "", account.as_str(), format!("policy{path}{name}"));
    let tags = wire.tags();
    world.permit(
        call,
        &Ask::on("iam:CreatePolicy", &arn, &account).tagging(&tags),
    )?;
    let text = wire.needed("PolicyDocument")?;
    document::stored(world, &text, PolicyKind::Managed)?;
    let serial = world.serial();
    let policies = &mut world.account(&account).policies;
    if policies.contains_key(&arn.to_string()) {
        let message =
            format!("A policy called {name} already exists. Duplicate names are not allowed.");
        return Err(Refusal::new(409, "EntityAlreadyExists", message));
    }
    let policy = ManagedPolicy {
        name,
        unique_id: format!("ANPA{serial:0>16}"),
        created_millis: unix_millis(),
        versions: BTreeMap::from([(1, text)]),
        default: 1,
        latest: 1,
        tags,
    };
    let told = told(&arn, &policy);
    policies.insert(arn.to_string(), policy);
    Ok(Reply::Result(told))
}

pub(super) fn get(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (arn, policy) = policy(world, call)?;
    Ok(Reply::Result(told(&arn, policy)))
}

fn told(arn: &Arn, policy: &ManagedPolicy) -> String {
    let told = [
        xml::text("PolicyName", &policy.name),
        xml::text("PolicyId", &policy.unique_id),
        xml::text("Arn", &arn.to_string()),
        xml::text("DefaultVersionId", &format!("v{}", policy.default)),
        xml::element("IsAttachable", true),
        xml::text("CreateDate", &iso8601(policy.created_millis)),
        xml::members(
            "Tags",
            policy
                .tags
                .iter()
                .map(|(key, value)| xml::text("Key", key) + &xml::text("Value", value)),
        ),
    ];
    xml::element("Policy", told.concat())
}

pub(super) fn delete(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (arn, policy) = policy(world, call)?;
    let has_versions = policy.versions.len() > 1;
    let arn = arn.to_string();
    let account = world.account(call.account());
    let is_attached = account
        .roles
        .values()
        .any(|role| role.attached.contains(&arn) || role.boundary.as_ref() == Some(&arn));
    if is_attached || has_versions {
        let message =
            "Cannot delete a policy attached to entities, or with versions beside the default.";
        return Err(Refusal::new(409, "DeleteConflict", message));
    }
    account.policies.remove(&arn);
    Ok(Reply::Result(String::new()))
}

pub(super) fn create_version(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    policy(world, call)?;
    let text = call.wire.needed("PolicyDocument")?;
    document::stored(world, &text, PolicyKind::Managed)?;
    let (_, policy) = policy(world, call)?;
    if policy.versions.len() >= MAX_VERSIONS {
        let message = "A managed policy can have up to 5 versions. Before you create a new version, you must delete an \
                       existing version.";
        return Err(Refusal::new(409, "LimitExceeded", message));
    }
    policy.latest += 1;
    policy.versions.insert(policy.latest, text);
    if call.wire.text("SetAsDefault").as_deref() == Some("true") {
        policy.default = policy.latest;
    }
    let told = version(policy, policy.latest, false);
    Ok(Reply::Result(xml::element("PolicyVersion", told)))
}

pub(super) fn get_version(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (_, policy) = policy(world, call)?;
    let number = number(call, policy)?;
    let told = version(policy, number, true);
    Ok(Reply::Result(xml::element("PolicyVersion", told)))
}

pub(super) fn list_versions(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (_, policy) = policy(world, call)?;
    let versions = policy.versions.keys().rev();
    let versions = versions.map(|number| version(policy, *number, false));
    let told = xml::members("Versions", versions) + &super::rest(false, 0);
    Ok(Reply::Result(told))
}

pub(super) fn delete_version(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let (_, policy) = policy(world, call)?;
    let number = number(call, policy)?;
    if number == policy.default {
        let message = "Cannot delete the default version of a policy.";
        return Err(Refusal::new(409, "DeleteConflict", message));
    }
    policy.versions.remove(&number);
    Ok(Reply::Result(String::new()))
}

fn version(policy: &ManagedPolicy, number: u32, with_document: bool) -> String {
    let mut told = [
        xml::text("VersionId", &format!("v{number}")),
        xml::element("IsDefaultVersion", number == policy.default),
        xml::text("CreateDate", &iso8601(policy.created_millis)),
    ]
    .concat();
    if with_document {
        told += &xml::text("Document", &percent::encode(&policy.versions[&number]));
    }
    told
}

fn number(call: &Call, policy: &ManagedPolicy) -> Result<u32, Refusal> {
    let id = call.wire.needed("VersionId")?;
    let number = id.strip_prefix('v').and_then(|number| number.parse().ok());
    let number = number.filter(|number| policy.versions.contains_key(number));
    number.ok_or_else(|| no_entity(format!("Policy version {id} does not exist.")))
}

/// The policy that the call names, if the caller may do with it what the call says.
fn policy<'a>(world: &'a mut World, call: &Call) -> Result<(Arn, &'a mut ManagedPolicy), Refusal> {
    let text = call.wire.needed("PolicyArn")?;
    let absent = || no_entity(format!("Policy {text} was not found."));
    let arn: Arn = text.parse().map_err(|_| absent())?;
    let action = format!("iam:{}", call.wire.operation);
    world.permit(call, &Ask::on(&action, &arn, call.account()))?;
    let policies = &mut world.account(call.account()).policies;
    let policy = policies.get_mut(&text).ok_or_else(absent)?;
    Ok((arn, policy))
}
