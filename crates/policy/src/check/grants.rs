//! Grants that reach further than they need to.

use crate::arn::AccountId;
use crate::check::finding::{Notes, Rule, Severity};
use crate::check::kind::PolicyKind;
use crate::condition::Quantifier;
use crate::principal::{AwsPrincipal, Principal};
use crate::statement::{Scope, Statement};

/// Checks an `Allow`.
pub(super) fn check(
    statement: &Statement,
    kind: PolicyKind,
    owner: Option<&AccountId>,
    notes: &mut Notes<'_>,
) {
    check_actions(statement, notes);
    if !matches!(kind, PolicyKind::Key | PolicyKind::Function) {
        check_resources(statement, notes);
    }
    match &statement.principal {
        None => {}
        Some(Scope::AllBut(_)) => notes.add(
            Severity::Warning,
            Rule::AllBut,
            "NotPrincipal",
            "allows everyone who is not named, strangers included",
            "name who may, in `Principal`",
        ),
        Some(Scope::Only(principal)) => {
            check_principal(statement, principal, kind, owner, notes);
            check_never_met(statement, principal, notes);
        }
    }
}

fn check_actions(statement: &Statement, notes: &mut Notes<'_>) {
    let actions = match &statement.action {
        Scope::AllBut(_) => {
            notes.add(
                Severity::Warning,
                Rule::AllBut,
                "NotAction",
                "allows every action that is not named, those of services to come included",
                "name what is allowed, or use it with `Deny`",
            );
            return;
        }
        Scope::Only(actions) => actions,
    };
    for action in actions {
        match action.as_str().split_once(':') {
            None => notes.add(
                Severity::Warning,
                Rule::AnyAction,
                "Action",
                "allows every action of every service",
                "name the actions",
            ),
            Some((service, "*")) => notes.add(
                Severity::Warning,
                Rule::AnyAction,
                "Action",
                format!("allows every action of `{service}`"),
                "name the actions",
            ),
            Some(_) if action.as_str().contains(['*', '?']) => notes.add(
                Severity::Note,
                Rule::AnyAction,
                "Action",
                format!("`{}` also allows actions that come later", action.as_str()),
                "name the actions",
            ),
            Some(_) => {}
        }
    }
    let is_any = |scope: &Scope<_>| matches!(scope, Scope::Only(patterns) if reaches_all(patterns));
    if actions.iter().any(|action| action.matches("iam:PassRole"))
        && statement.resource.as_ref().is_some_and(is_any)
    {
        notes.add(
            Severity::Warning,
            Rule::PassAnyRole,
            "Resource",
            "allows handing any role to a service, and so all that any role may do",
            "name the roles",
        );
    }
}

fn reaches_all(patterns: &std::collections::BTreeSet<crate::arn::ResourcePattern>) -> bool {
    patterns
        .iter()
        .any(|pattern| pattern.as_str() == "*" || pattern.as_str().ends_with(":role/*"))
}

fn check_resources(statement: &Statement, notes: &mut Notes<'_>) {
    match &statement.resource {
        Some(Scope::AllBut(_)) => notes.add(
            Severity::Warning,
            Rule::AllBut,
            "NotResource",
            "allows it on every resource that is not named",
            "name the resources, or use it with `Deny`",
        ),
        Some(Scope::Only(patterns)) if patterns.iter().any(|pattern| pattern.as_str() == "*") => {
            notes.add(
                Severity::Note,
                Rule::AnyResource,
                "Resource",
                "allows it on every resource",
                "name the resources, unless the actions know none",
            );
        }
        _ => {}
    }
}

fn check_principal(
    statement: &Statement,
    principal: &Principal,
    kind: PolicyKind,
    owner: Option<&AccountId>,
    notes: &mut Notes<'_>,
) {
    if principal.is_anyone() && !is_limited_by(statement, &[CALLER_KEYS, SOURCE_KEYS, PLACE_KEYS]) {
        notes.add(
            Severity::Warning,
            Rule::AnyPrincipal,
            "Principal",
            "allows everyone in the world",
            "name principals, or add a condition on `aws:PrincipalOrgID` or `aws:PrincipalAccount`",
        );
    }
    if !principal.services.is_empty() && !is_limited_by(statement, &[SOURCE_KEYS]) {
        let services: Vec<&str> = principal.services.iter().map(String::as_str).collect();
        notes.add(
            Severity::Warning,
            Rule::ServiceForAnyone,
            "Principal",
            format!(
                "allows `{}` on behalf of any account",
                services.join("` and `")
            ),
            "add a condition on `aws:SourceAccount` or `aws:SourceArn`",
        );
    }
    for named in &principal.aws {
        let AwsPrincipal::Account { id, .. } = named else {
            continue;
        };
        if owner == Some(id) || is_limited_by(statement, &[CALLER_KEYS, PROOF_KEYS]) {
            continue;
        }
        if kind == PolicyKind::Trust {
            notes.add(
                Severity::Warning,
                Rule::TrustWithoutProof,
                "Principal",
                format!("whoever account {id} lets may assume the role"),
                "add a condition on `sts:ExternalId` or `aws:PrincipalArn`",
            );
        } else {
            notes.add(
                Severity::Note,
                Rule::WholeAccount,
                "Principal",
                format!("account {id} chooses by itself which of its users and roles may"),
                "add a condition on `aws:PrincipalArn`, or leave it to that account",
            );
        }
    }
}

/// Keys about the resource that a service acts for are there only when a service calls by itself.
fn check_never_met(statement: &Statement, principal: &Principal, notes: &mut Notes<'_>) {
    let no_service = principal.services.is_empty() && !principal.is_anyone();
    let source = SOURCE_KEYS
        .iter()
        .find(|key| is_limited_by(statement, &[&[**key]]));
    if let Some(key) = source.filter(|_| no_service) {
        notes.add(Severity::Warning, Rule::NeverMet, "Condition", format!("`{key}` is there only when a service calls by itself, so the statement never allows anything"), "use `aws:PrincipalAccount`, or drop the condition");
    }
}

/// Whether a condition that needs its key to be there is on one of the keys.
fn is_limited_by(statement: &Statement, lists: &[&[&str]]) -> bool {
    let limits = statement.conditions.iter().filter(|(operator, _)| {
        let needs_key =
            !operator.if_exists && operator.quantifier != Some(Quantifier::ForAllValues);
        needs_key && !operator.test.is_negated() && operator.test != crate::condition::Test::Null
    });
    let mut keys = limits.flat_map(|(_, keys)| keys.keys());
    keys.any(|key| {
        lists
            .iter()
            .copied()
            .flatten()
            .any(|known| known.eq_ignore_ascii_case(key.as_str()))
    })
}

/// Whose request it is.
const CALLER_KEYS: &[&str] = &[
    "aws:PrincipalAccount",
    "aws:PrincipalArn",
    "aws:PrincipalOrgID",
    "aws:PrincipalOrgPaths",
];
/// For whose resource a service acts.
const SOURCE_KEYS: &[&str] = &[
    "aws:SourceAccount",
    "aws:SourceArn",
    "aws:SourceOrgID",
    "aws:SourceOrgPaths",
];
/// From where it comes.
const PLACE_KEYS: &[&str] = &[
    "aws:SourceIp",
    "aws:SourceVpc",
    "aws:SourceVpce",
    "aws:VpceAccount",
    "aws:VpceOrgID",
];
/// What the other side knows.
const PROOF_KEYS: &[&str] = &["sts:ExternalId"];
