//! Laws of decisions, over all requests of a small universe.

use iam_policy_kit::access::{Attachment, Context, Decision, Estate, Request, Verdict};
use iam_policy_kit::check::{PolicyKind, Rule, lint};
use iam_policy_kit::diff::DocumentDiff;
use iam_policy_kit::{ConditionKey, Document};
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::cases::arn;
use crate::model::model;
use crate::universe::{
    Asker, Policies, document, estate, for_all, policies, request, respell, statement, statements,
};

/// The verdict in a word; it must always name what it rests on.
fn kind(decision: &Decision) -> &'static str {
    let rests_on = match &decision.verdict {
        Verdict::Allow { by } => by.len(),
        Verdict::ExplicitDeny { by } => by.len(),
        Verdict::ImplicitDeny { lacking } => lacking.len(),
        Verdict::Unknown { open } => open.len(),
    };
    assert!(rests_on > 0, "{decision:?}");
    match decision.verdict {
        Verdict::Allow { .. } => "allowed",
        Verdict::ExplicitDeny { .. } => "denied explicitly",
        Verdict::ImplicitDeny { .. } => "denied",
        Verdict::Unknown { .. } => "unknown",
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_evaluator_decides_as_the_model(policies in policies()) {
        let mut failures = Vec::new();
        for_all(|asker| estate(&policies, asker), |estate, asker, action, on, values| {
            let decision = estate.decide(&request(asker, action, on, values));
            let expected = model(&policies, asker, action, on, values);
            if kind(&decision) != expected {
                failures.push(format!("{} {action} {on} {values:?}: expected {expected}, got {decision}", asker.caller));
            }
        });
        prop_assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    #[test]
    fn documents_that_are_equal_decide_alike(statements in statements(true)) {
        let one = document(&statements);
        let other = Document::from_json(&json!({"Statement": respell(&statements), "Version": "2012-10-17"}).to_string()).unwrap();
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&other, &one);
        prop_assert!(DocumentDiff::between(&one, &other).is_empty());
        let mut unlike = Vec::new();
        let bucket = |document: &Document| {
            let to = Attachment::Resource(arn("arn:aws:s3:::x"));
            Estate::default().with(to, "resource", document.clone())
        };
        for_all(|_| (bucket(&one), bucket(&other)), |(one, other), asker, action, on, values| {
            let request = request(asker, action, on, values);
            if kind(&one.decide(&request)) != kind(&other.decide(&request)) {
                unlike.push(format!("{} {action} {on} {values:?}", asker.caller));
            }
        });
        prop_assert!(unlike.is_empty(), "{}", unlike.join("\n"));
    }

    #[test]
    fn equality_is_an_equivalence(left in statements(true), right in statements(true)) {
        let (left, again, right) = (document(&left), document(&left), document(&right));
        prop_assert_eq!(&left, &left);
        prop_assert_eq!(left == right, right == left);
        prop_assert_eq!(left == right, again == right);
        prop_assert_eq!(left.same_statements(&right), DocumentDiff::between(&left, &right).is_empty());
    }

    #[test]
    fn a_change_that_does_not_widen_allows_nothing_new(statements in statements(true), changed in statement(true), element in 0..6_usize) {
        // One element of the first statement is taken from another, so that small changes are common.
        let mut after = statements.clone();
        match (after.first_mut(), element) {
            (Some(first), 0..5) => {
                let names: &[&str] = [&["Action", "NotAction"][..], &["Resource", "NotResource"], &["Principal", "NotPrincipal"], &["Condition"], &["Effect"]][element];
                for name in names {
                    first.as_object_mut().unwrap().remove(*name);
                    if let Some(value) = changed.get(*name) {
                        first[*name] = value.clone();
                    }
                }
            }
            (Some(_), _) => { after.remove(0); }
            (None, _) => after.push(changed),
        }
        let name = |statements: &[Value]| {
            let mut document = document(statements);
            for (index, statement) in document.statements.iter_mut().enumerate() {
                statement.sid = Some(iam_policy_kit::Sid::new(format!("S{}", index + usize::from(element == 5 && statements.len() == after.len()))).unwrap());
            }
            document
        };
        let (before, after) = (name(&statements), name(&after));
        if !DocumentDiff::between(&before, &after).widens() {
            let mut new = Vec::new();
            let in_force = |asker: &Asker| {
                [&after, &before].map(|document| {
                    let mut policies = Estate::default().with(Attachment::Resource(arn("arn:aws:s3:::x")), "resource", document.clone());
                    if let Some(own) = asker.caller.identity() {
                        policies = policies.with(Attachment::Identity(own.clone()), "all", crate::cases::document(crate::cases::ALL));
                    }
                    policies
                })
            };
            for_all(in_force, |[after, before], asker, action, on, values| {
                let request = request(asker, action, on, values);
                if after.decide(&request).is_allowed() && !before.decide(&request).is_allowed() {
                    new.push(format!("{} {action} {on} {values:?}", asker.caller));
                }
            });
            prop_assert!(new.is_empty(), "{}\n{}", DocumentDiff::between(&before, &after), new.join("\n"));
        }
    }

    #[test]
    fn a_statement_that_is_redundant_or_shadowed_can_be_taken_out(policies in policies(), statements in statements(true), more in statements(true)) {
        let statements = [statements, more].concat();
        let found = lint(&document(&statements), PolicyKind::Bucket, None);
        let idle = found.iter().find(|finding| matches!(finding.rule, Rule::Redundant | Rule::Shadowed));
        if let Some(idle) = idle {
            let at: usize = idle.place.trim_start_matches("Statement[").trim_end_matches(']').parse().unwrap();
            let mut fewer = statements.clone();
            fewer.remove(at);
            let mut unlike = Vec::new();
            let in_force = |asker: &Asker| {
                [&statements, &fewer].map(|statements| {
                    let with = Policies { resource: Some(statements.clone()), ..policies.clone() };
                    estate(&with, asker)
                })
            };
            for_all(in_force, |[all, fewer], asker, action, on, values| {
                let request = request(asker, action, on, values);
                if kind(&all.decide(&request)) != kind(&fewer.decide(&request)) {
                    unlike.push(format!("{} {action} {on} {values:?}", asker.caller));
                }
            });
            prop_assert!(unlike.is_empty(), "{idle}\n{}", unlike.join("\n"));
        }
    }

    #[test]
    fn what_is_decided_without_a_value_or_a_policy_is_decided_so_with_any(policies in policies(), other in statements(true)) {
        let mut wrong = Vec::new();
        let in_force = |asker: &Asker| {
            let replaced = Policies { resource: Some(other.clone()), ..policies.clone() };
            let silent = Policies { resource: None, ..policies.clone() };
            let to = Attachment::Resource(arn("arn:aws:s3:::x"));
            let unread = estate(&silent, asker).with_unread(to, "resource", "not readable");
            [estate(&policies, asker), estate(&replaced, asker), unread]
        };
        for_all(in_force, |[full, replaced, unread], asker, action, on, values| {
            let known = request(asker, action, on, values);
            let key = ConditionKey::new("k:k").unwrap();
            let blind = Request { context: Context::default().with_unknown(key), ..known.clone() };
            let (without_value, without_policy) = (full.decide(&blind), unread.decide(&known));
            for (partial, whole) in [
                (&without_value, full.decide(&known)),
                (&without_policy, full.decide(&known)),
                (&without_policy, replaced.decide(&known)),
            ] {
                if (partial.is_allowed() && !whole.is_allowed()) || (partial.is_denied() && !whole.is_denied()) {
                    wrong.push(format!("{} {action} {on} {values:?}: {partial}, but {whole}", asker.caller));
                }
            }
        });
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
