//! Plans for people and for programs.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::access::Comparison;
use crate::change::Verb;
use crate::plan::Plan;
use crate::stack::Stack;

/// Version of the JSON form; it grows when a field changes its meaning.
const FORMAT_VERSION: u32 = 1;

/// A plan as text: by account a line for each resource, what differs below it, then the accesses, then a summary.
pub(crate) fn text(stack: &Stack, plan: &Plan, access: &Comparison) -> String {
    let mut out = String::new();
    for account in plan.accounts() {
        let side = if account == stack.account { "A" } else { "B" };
        let _ = writeln!(out, "account {side} {account} ({})", stack.region);
        let steps = plan
            .steps
            .iter()
            .filter(|step| step.change.account == account);
        for change in steps.map(|step| &step.change) {
            let widens = if change.widens {
                "  (widens access)"
            } else {
                ""
            };
            let (sign, kind, name) = (change.verb.sign(), change.kind, &change.name);
            let _ = writeln!(out, "  {sign} {kind} {name}{widens}");
            for detail in &change.details {
                let _ = writeln!(out, "      {detail}");
            }
            for blocked in &change.blocked {
                let _ = writeln!(out, "      cannot be: {}", blocked.what);
            }
        }
    }
    let _ = writeln!(out, "\naccess{}", matrix(access));
    for note in &plan.notes {
        let _ = writeln!(out, "note: {note}");
    }
    let _ = write!(out, "{}", summary(plan));
    out
}

/// Who may do what before and after, in columns; with the reason where something else comes than should.
fn matrix(access: &Comparison) -> String {
    let mut out = String::new();
    let names = access
        .rows
        .iter()
        .map(|(row, _)| row.access.name.chars().count());
    let width = names.max().unwrap_or(0);
    for (before, after) in &access.rows {
        let words = (
            before.decision.verdict.word(),
            after.decision.verdict.word(),
        );
        let sign = access.mark(after);
        let _ = write!(out, "\n  {sign} {:width$}  {}", before.access.name, words.0);
        if words.0 != words.1 {
            let _ = write!(out, " -> {}", words.1);
        }
    }
    for row in access.unexpected() {
        let _ = write!(
            out,
            "\n  {} {}: {}",
            access.mark(row),
            row.access.name,
            row.decision
        );
    }
    out
}

/// One line about a plan.
pub(crate) fn summary(plan: &Plan) -> String {
    let of = |account| {
        let words: Vec<String> = [
            (Verb::Create, "to create"),
            (Verb::Update, "to change"),
            (Verb::Delete, "to delete"),
            (Verb::InStep, "in step"),
            (Verb::Foreign, "foreign"),
            (Verb::ByHand, "by hand"),
        ]
        .iter()
        .filter_map(|(verb, words)| {
            let count = plan.count(account, *verb);
            (count > 0).then(|| format!("{count} {words}"))
        })
        .collect();
        format!("{account}: {}", words.join(", "))
    };
    let lines: Vec<String> = plan.accounts().iter().map(of).collect();
    lines.join("; ")
}

/// A plan as JSON.
pub(crate) fn value(stack: &Stack, plan: &Plan, access: &Comparison) -> Value {
    let changes = plan.steps.iter().map(|step| {
        let change = &step.change;
        json!({
            "account": change.account.as_str(),
            "type": change.kind,
            "name": change.name,
            "action": change.verb.word(),
            "reasons": change.details,
            "widens_access": change.widens,
            "calls": change.calls.iter().map(crate::plan::Call::describe).collect::<Vec<_>>(),
            "blocked": change.blocked.iter().map(|blocked| json!({
                "what": blocked.what, "hint": blocked.hint,
            })).collect::<Vec<_>>(),
        })
    });
    let rows = access.rows.iter().map(|(before, after)| {
        json!({
            "name": before.access.name,
            "action": after.decision.action,
            "resource": after.decision.resource,
            "before": before.decision.verdict.word(),
            "after": after.decision.verdict.word(),
            "as_expected": after.is_as_expected(),
            "reason": after.decision.reason(),
        })
    });
    json!({
        "format_version": FORMAT_VERSION,
        "region": stack.region,
        "accounts": plan.accounts().iter().map(|account| account.as_str().to_owned()).collect::<Vec<_>>(),
        "changes": changes.collect::<Vec<_>>(),
        "access": rows.collect::<Vec<_>>(),
        "notes": plan.notes,
        "summary": { "calls": plan.calls(), "text": summary(plan) },
    })
}
