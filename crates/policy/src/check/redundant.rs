//! Statements that another one makes superfluous or without effect.

use std::collections::BTreeSet;

use crate::check::finding::{Finding, Notes, Rule, Severity};
use crate::document::Document;
use crate::pattern::{Pattern, Wildcards};
use crate::principal::{AwsPrincipal, Principal};
use crate::statement::{Effect, Scope, Statement};

pub(super) fn check(document: &Document, found: &mut Vec<Finding>) {
    for (index, statement) in document.statements.iter().enumerate() {
        let others = document
            .statements
            .iter()
            .enumerate()
            .filter(|(other, _)| *other != index);
        for (other_index, other) in others {
            // Of two that cover each other, the later one is superfluous.
            let is_later = other_index < index || !covers(statement, other);
            let same = other.effect == statement.effect && is_later;
            let denied = other.effect == Effect::Deny && statement.effect == Effect::Allow;
            if !(same || denied) || !covers(other, statement) {
                continue;
            }
            let label = match &other.sid {
                Some(sid) => format!("`{sid}`"),
                None => format!("`Statement[{other_index}]`"),
            };
            let mut notes = Notes::about(found, index, statement);
            if same {
                notes.add(
                    Severity::Note,
                    Rule::Redundant,
                    "",
                    format!("says nothing that {label} does not say"),
                    "take one of the two out",
                );
            } else {
                notes.add(
                    Severity::Warning,
                    Rule::Shadowed,
                    "",
                    format!("allows only what {label} denies"),
                    "take one of the two out, or narrow the `Deny`",
                );
            }
            break;
        }
    }
}

/// Whether each request that the inner statement speaks of, the outer one speaks of too. False where it cannot be seen.
fn covers(outer: &Statement, inner: &Statement) -> bool {
    let conditions = outer.conditions.is_empty() || outer.conditions == inner.conditions;
    let principal = match (&outer.principal, &inner.principal) {
        (None, None) => true,
        (Some(Scope::Only(principal)), Some(Scope::Only(inner_principal))) => {
            names_all(principal, inner_principal, inner.effect)
        }
        (Some(outer), Some(inner)) => outer == inner,
        _ => false,
    };
    let actions = scope_covers(&outer.action, &inner.action, |outer, inner| {
        pattern_covers(
            &outer.as_str().to_ascii_lowercase(),
            &inner.as_str().to_ascii_lowercase(),
        )
    });
    let resources = match (&outer.resource, &inner.resource) {
        (None, None) => true,
        (Some(outer), Some(inner)) => scope_covers(outer, inner, |outer, inner| {
            pattern_covers(outer.as_str(), inner.as_str())
        }),
        _ => false,
    };
    conditions && principal && actions && resources
}

fn names_all(outer: &Principal, inner: &Principal, effect: Effect) -> bool {
    // Who is allowed by name is allowed past boundaries; who is allowed as anyone is not.
    let is_named = |principal: &AwsPrincipal| matches!(principal, AwsPrincipal::Arn(_));
    let by_anyone = effect == Effect::Deny || !inner.aws.iter().any(is_named);
    (outer.is_anyone() && by_anyone)
        || (outer.aws.is_superset(&inner.aws)
            && outer.services.is_superset(&inner.services)
            && outer.federated.is_superset(&inner.federated)
            && outer.canonical_users.is_superset(&inner.canonical_users))
}

fn scope_covers<T: Ord>(
    outer: &Scope<BTreeSet<T>>,
    inner: &Scope<BTreeSet<T>>,
    covers: impl Fn(&T, &T) -> bool,
) -> bool {
    let all = |outer: &BTreeSet<T>, inner: &BTreeSet<T>| {
        inner
            .iter()
            .all(|inner| outer.iter().any(|outer| covers(outer, inner)))
    };
    match (outer, inner) {
        (Scope::Only(outer), Scope::Only(inner)) => all(outer, inner),
        // The outer one leaves out less.
        (Scope::AllBut(outer), Scope::AllBut(inner)) => all(inner, outer),
        _ => false,
    }
}

fn pattern_covers(outer: &str, inner: &str) -> bool {
    // What a variable will stand for is not known here.
    if outer == inner || outer == "*" {
        return true;
    }
    if outer.contains("${") || inner.contains("${") {
        return false;
    }
    Pattern::new(outer, Wildcards::Apply).covers(&Pattern::new(inner, Wildcards::Apply))
}
