//! Authorises calls: puts the question to the evaluator, with the context that AWS would give it, and words the refusal as AWS does.

use std::collections::{BTreeMap, BTreeSet};

use iam_policy_kit::access::{
    Attachment, Caller, CallerKind, Content, Decision, Estate, Request, Resource, Side, Verdict,
};
use iam_policy_kit::{AccountId, Arn, ConditionKey};

use super::answer::Refusal;
use super::keys::{Key, context};
use super::wire::{Scope, Service, Wire};
use super::world::World;
use crate::clock::{iso8601, unix_millis};

/// A call on its way: who asks, where, and what.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) service: Service,
    pub(super) region: String,
    pub(super) key: Key,
    pub(super) wire: Wire,
}

impl Call {
    pub(super) fn new(scope: Scope, key: Key, wire: Wire) -> Self {
        let Scope {
            region, service, ..
        } = scope;
        Self {
            service,
            region,
            key,
            wire,
        }
    }

    /// The caller's account.
    pub(super) fn account(&self) -> &AccountId {
        &self.key.holder.account
    }
}

/// One action on one resource that a call needs.
#[derive(Clone, Debug)]
pub(super) struct Ask {
    action: String,
    resource: Resource,
    context: BTreeMap<String, Vec<String>>,
}

impl Ask {
    /// On a resource of an account.
    pub(super) fn on(action: &str, resource: &Arn, owner: &AccountId) -> Self {
        Self {
            action: action.to_owned(),
            resource: Resource::at(resource).owned_by(owner.clone()),
            context: BTreeMap::new(),
        }
    }

    /// On nothing in particular.
    pub(super) fn anywhere(action: &str, account: &AccountId) -> Self {
        Self {
            action: action.to_owned(),
            resource: Resource::none_in(account.clone()),
            context: BTreeMap::new(),
        }
    }

    /// With a context key; none where there is no value.
    pub(super) fn with(mut self, key: &str, value: Option<&str>) -> Self {
        if let Some(value) = value {
            self.context.insert(key.to_owned(), vec![value.to_owned()]);
        }
        self
    }

    /// About a resource that has tags.
    pub(super) fn tagged(mut self, tags: &BTreeMap<String, String>) -> Self {
        for (key, value) in tags {
            self = self.with(&format!("aws:ResourceTag/{key}"), Some(value));
        }
        self
    }

    /// With tags to be set.
    pub(super) fn tagging(mut self, tags: &BTreeMap<String, String>) -> Self {
        for (key, value) in tags {
            self = self.with(&format!("aws:RequestTag/{key}"), Some(value));
        }
        self.tag_keys(tags.keys())
    }

    /// With tags to be set or taken away.
    pub(super) fn tag_keys<'a>(mut self, keys: impl IntoIterator<Item = &'a String>) -> Self {
        let keys: Vec<String> = keys.into_iter().cloned().collect();
        if !keys.is_empty() {
            self.context.insert("aws:TagKeys".to_owned(), keys);
        }
        self
    }
}

impl World {
    /// Whether the caller may.
    pub(super) fn may(&self, call: &Call, ask: &Ask) -> bool {
        self.permit(call, ask).is_ok()
    }

    /// Nothing if the caller may; the service's refusal if not.
    pub(super) fn permit(&self, call: &Call, ask: &Ask) -> Result<(), Refusal> {
        let mut given = ask.context.clone();
        given.extend(
            context(&call.key)
                .into_iter()
                .map(|(key, values)| (key.to_owned(), values)),
        );
        given.insert("aws:SourceIp".to_owned(), vec!["127.0.0.1".to_owned()]);
        let region = match call.service {
            // Its one endpoint is there, whoever asks from where.
            Service::Iam => "us-east-1",
            _ => &call.region,
        };
        given.insert("aws:RequestedRegion".to_owned(), vec![region.to_owned()]);
        if let (Service::S3, Some(owner)) = (call.service, ask.resource.account()) {
            given.insert("s3:ResourceAccount".to_owned(), vec![owner.to_string()]);
        }
        if let Some(agent) = call.wire.header("user-agent") {
            given.insert("aws:UserAgent".to_owned(), vec![agent.to_owned()]);
        }
        let caller = &call.key.holder.caller;
        let mut estate = self.estate();
        if let CallerKind::Session { session, .. } = &caller.kind {
            for policy in &call.key.session_policies {
                let to = Attachment::Session(session.clone());
                estate = estate.with(to, "session policy", policy.clone());
            }
        }
        let decision = decide(&estate, caller.clone(), ask, given)?;
        refusal(call, ask, &decision).map_or(Ok(()), Err)
    }

    /// Whether Lambda itself may assume the role, for a function.
    pub(super) fn lambda_may_assume(&self, role: &Arn, function: &Arn) -> Result<bool, Refusal> {
        let Some(owner) = role.account_id() else {
            return Ok(false);
        };
        let ask = Ask::on("sts:AssumeRole", role, &owner)
            .with("aws:SourceAccount", Some(&function.account))
            .with("aws:SourceArn", Some(&function.to_string()));
        let given = ask.context.clone();
        let lambda = Caller::service("lambda.amazonaws.com");
        let decision = decide(&self.estate(), lambda, &ask, given)?;
        Ok(decision.is_allowed())
    }
}

/// Decides by these policies. What cannot be decided is refused loudly.
pub(super) fn decide(
    estate: &Estate,
    caller: Caller,
    ask: &Ask,
    given: BTreeMap<String, Vec<String>>,
) -> Result<Decision, Refusal> {
    let undecided = |reason: String| {
        let Ask {
            action, resource, ..
        } = ask;
        Refusal::not_offered(format!("cannot decide {action} on {resource}: {reason}"))
    };
    let request = request(caller, ask, given, estate);
    let request = request.map_err(|error| undecided(error.to_string()))?;
    let decision = estate.decide(&request);
    if let Verdict::Unknown { .. } = decision.verdict {
        return Err(undecided(decision.to_string()));
    }
    Ok(decision)
}

/// The question with all that AWS would know; what it would not know is surely absent.
fn request(
    caller: Caller,
    ask: &Ask,
    mut given: BTreeMap<String, Vec<String>>,
    estate: &Estate,
) -> Result<Request, iam_policy_kit::ValueError> {
    let now = unix_millis();
    given.insert("aws:CurrentTime".to_owned(), vec![iso8601(now)]);
    given.insert("aws:EpochTime".to_owned(), vec![(now / 1000).to_string()]);
    let mut request = Request::new(caller, &ask.action, ask.resource.clone())?;
    for (key, values) in &given {
        request = request.with(key, values.iter().cloned())?;
    }
    for key in keys_in(estate)
        .into_iter()
        .map(|key| key.to_ascii_lowercase())
    {
        let is_given = given.keys().any(|given| given.eq_ignore_ascii_case(&key));
        let hangs_on_call = key.starts_with("aws:resourcetag/") || ABSENT.contains(&key.as_str());
        if hangs_on_call && !is_given {
            request.context = request.context.without(ConditionKey::new(key)?);
        }
    }
    Ok(request)
}

/// Keys that no call to this cloud brings along unless it was said: no organisation, no network of one's own, no second factor.
const ABSENT: [&str; 20] = [
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:referer",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourceorgid",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:vpceaccount",
    "aws:vpcsourceip",
];

fn keys_in(estate: &Estate) -> BTreeSet<String> {
    let documents = estate.policies.iter().filter_map(|attached| {
        if let Content::Known(document) = &attached.content {
            Some(document)
        } else {
            None
        }
    });
    let statements = documents.flat_map(|document| &document.statements);
    let keys = statements.flat_map(|statement| statement.conditions.iter());
    keys.flat_map(|(_, keys)| keys.keys().map(|key| key.as_str().to_owned()))
        .collect()
}

/// The refusal in AWS's words; none if the decision allows.
fn refusal(call: &Call, ask: &Ask, decision: &Decision) -> Option<Refusal> {
    let because = match &decision.verdict {
        Verdict::Allow { .. } => return None,
        Verdict::ExplicitDeny { by } => {
            let side = by.first().map_or(Side::Identity, |(by, _)| by.side);
            format!("with an explicit deny in {}", article(side))
        }
        Verdict::ImplicitDeny { lacking } => {
            let side = lacking.first().map_or(Side::Identity, |lack| lack.side);
            let action = &ask.action;
            format!("because no {} allows the {action} action", policy(side))
        }
        Verdict::Unknown { .. } => unreachable!("`decide` has turned these away"),
    };
    let holder = &call.key.holder;
    let is_stranger = ask.resource.account() != Some(&holder.account);
    let (who, action, resource) = (holder.arn(), &ask.action, &ask.resource);
    let may_not = format!("User: {who} is not authorized to perform: {action} on resource:");
    Some(match call.service {
        Service::S3 if is_stranger => Refusal::new(403, "AccessDenied", "Access Denied"),
        Service::S3 => Refusal::new(
            403,
            "AccessDenied",
            format!("{may_not} \"{resource}\" {because}"),
        ),
        Service::Sts => Refusal::new(403, "AccessDenied", format!("{may_not} {resource}")),
        Service::Iam => Refusal::new(
            403,
            "AccessDenied",
            format!("{may_not} {resource} {because}"),
        ),
        Service::Lambda => {
            let message = format!("{may_not} {resource} {because}");
            Refusal::new(403, "AccessDeniedException", message)
        }
        _ => {
            let message = format!("{may_not} {resource} {because}");
            Refusal::new(400, "AccessDeniedException", message)
        }
    })
}

fn policy(side: Side) -> &'static str {
    match side {
        Side::Identity => "identity-based policy",
        Side::Resource => "resource-based policy",
        Side::Boundary => "permissions boundary",
        Side::Session => "session policy",
        Side::ServiceControl => "service control policy",
        Side::ResourceControl => "resource control policy",
    }
}

fn article(side: Side) -> String {
    let article = if side == Side::Identity { "an" } else { "a" };
    format!("{article} {}", policy(side))
}
