//! Documents on their way into a store: checked, principals looked up and spelled as AWS keeps them; and what becomes of them when a
//! principal goes.

use iam_policy_kit::check::{PolicyKind, Rule, validate};
use iam_policy_kit::{AccountId, Arn, Document};
use serde_json::Value;

use crate::cloud::answer::Refusal;
use crate::cloud::world::{World, arn};

/// The text to be stored for a document, or why AWS would not store it.
pub(in crate::cloud) fn stored(
    world: &mut World,
    text: &str,
    kind: PolicyKind,
) -> Result<String, Refusal> {
    let code = match kind {
        PolicyKind::Bucket => "MalformedPolicy",
        _ => "MalformedPolicyDocument",
    };
    let malformed = |message: String| Refusal::new(400, code, message);
    let document = Document::from_json(text).map_err(|error| {
        let message = match kind {
            PolicyKind::Bucket => "Policies must be valid JSON and the first byte must be '{'",
            _ => "Syntax errors in policy.",
        };
        malformed(format!("{message} ({error})"))
    })?;
    // The size counts for all policies of a role together; who stores it checks that.
    let is_shared = kind == PolicyKind::InlineRole;
    let mut findings = validate(&document, kind).into_iter();
    if let Some(finding) = findings.find(|finding| !is_shared || finding.rule != Rule::Size) {
        let too_long = Refusal::new(
            409,
            "LimitExceeded",
            "Cannot exceed quota for ACLSizePerRole: 2048",
        );
        return Err(match (finding.rule, kind) {
            (Rule::Size, PolicyKind::Trust) => too_long,
            (Rule::PrincipalForm, _) => malformed("Invalid principal in policy".to_owned()),
            _ => malformed(format!("{}: {}", finding.place, finding.message)),
        });
    }
    let mut value: Value =
        serde_json::from_str(text).map_err(|error| malformed(error.to_string()))?;
    for principal in principals(&mut value) {
        let known = spelled(world, principal);
        *principal = known.ok_or_else(|| {
            let invalid = format!("Invalid principal in policy: \"AWS\":\"{principal}\"");
            malformed(if kind == PolicyKind::Bucket {
                "Invalid principal in policy".to_owned()
            } else {
                invalid
            })
        })?;
    }
    Ok(value.to_string())
}

/// A principal as AWS keeps it: accounts by the ARN of their root; users and roles if they are there.
fn spelled(world: &mut World, principal: &str) -> Option<String> {
    if principal == "*" || principal.starts_with("AIDA") || principal.starts_with("AROA") {
        return Some(principal.to_owned());
    }
    if let Ok(account) = AccountId::new(principal) {
        return Some(arn("iam", "", account.as_str(), "root").to_string());
    }
    let parsed: Arn = principal.parse().ok()?;
    let account = parsed.account_id()?;
    let is_there = match parsed.resource.split('/').next()? {
        "root" | "assumed-role" => true,
        "user" => {
            let users = world.accounts.get(&account).map(|account| &account.users);
            users.is_some_and(|users| users.values().any(|user| user.arn == parsed))
        }
        "role" => {
            let role = world.role_mut(principal)?;
            let is_seen = role.unseen_by_policies == 0;
            role.unseen_by_policies = role.unseen_by_policies.saturating_sub(1);
            is_seen
        }
        _ => false,
    };
    is_there.then(|| principal.to_owned())
}

/// Puts the unique id in the place of a principal that is no more, in every policy that names it.
pub(super) fn forget_principal(world: &mut World, gone: &Arn, unique_id: &str) {
    let gone = gone.to_string();
    let trusts = world
        .accounts
        .values_mut()
        .flat_map(|account| account.roles.values_mut());
    for role in trusts {
        replace(&mut role.trust, &gone, unique_id);
    }
    for bucket in world.buckets.values_mut() {
        if let Some(policy) = &mut bucket.policy {
            replace(policy, &gone, unique_id);
        }
    }
    let functions = world
        .accounts
        .values_mut()
        .flat_map(|account| account.functions.values_mut());
    for function in functions {
        for statement in &mut function.statements {
            for principal in principals_of(statement) {
                if *principal == gone {
                    unique_id.clone_into(principal);
                }
            }
        }
    }
}

fn replace(text: &mut String, gone: &str, unique_id: &str) {
    let Ok(mut value) = serde_json::from_str::<Value>(text) else {
        return;
    };
    let mut is_changed = false;
    for principal in principals(&mut value) {
        if principal == gone {
            unique_id.clone_into(principal);
            is_changed = true;
        }
    }
    if is_changed {
        *text = value.to_string();
    }
}

/// The AWS principals of all statements.
fn principals(document: &mut Value) -> Vec<&mut String> {
    let statements = match document.get_mut("Statement") {
        Some(Value::Array(statements)) => statements.iter_mut().collect(),
        Some(statement) => vec![statement],
        None => Vec::new(),
    };
    statements.into_iter().flat_map(principals_of).collect()
}

fn principals_of(statement: &mut Value) -> Vec<&mut String> {
    let Some(statement) = statement.as_object_mut() else {
        return Vec::new();
    };
    let mut found = Vec::new();
    for (name, principal) in statement {
        if !matches!(name.as_str(), "Principal" | "NotPrincipal") {
            continue;
        }
        match principal.get_mut("AWS") {
            Some(Value::String(one)) => found.push(one),
            Some(Value::Array(several)) => {
                found.extend(several.iter_mut().filter_map(|one| match one {
                    Value::String(one) => Some(one),
                    _ => None,
                }));
            }
            _ => {}
        }
    }
    found
}
