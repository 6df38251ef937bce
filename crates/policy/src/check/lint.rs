//! What AWS takes and nobody should write without a thought.

use crate::arn::AccountId;
use crate::check::finding::{Finding, Notes, Rule, Severity};
use crate::check::kind::PolicyKind;
use crate::check::{grants, redundant};
use crate::condition::{Quantifier, Test};
use crate::document::Document;
use crate::principal::AwsPrincipal;
use crate::statement::{Effect, Scope, Statement};

/// Finds what grants more than it seems to, or does nothing. No finding is an error.
///
/// `owner` is the account that the policy lives in; without it, every whole account counts as another one.
pub fn lint(document: &Document, kind: PolicyKind, owner: Option<&AccountId>) -> Vec<Finding> {
    let mut found = Vec::new();
    for (index, statement) in document.statements.iter().enumerate() {
        let mut notes = Notes::about(&mut found, index, statement);
        if statement.effect == Effect::Allow
            && kind != PolicyKind::ServiceControl
            && kind != PolicyKind::ResourceControl
        {
            grants::check(statement, kind, owner, &mut notes);
        }
        check_conditions(statement, &mut notes);
        check_deleted(statement, &mut notes);
    }
    redundant::check(document, &mut found);
    found
}

fn check_conditions(statement: &Statement, notes: &mut Notes<'_>) {
    for (operator, keys) in statement.conditions.iter() {
        for (key, values) in keys {
            let element = format!("Condition.{operator}.{}", key.as_str());
            let allows = statement.effect == Effect::Allow;
            let passes_without = match operator.quantifier {
                Some(Quantifier::ForAllValues) => true,
                Some(Quantifier::ForAnyValue) => false,
                None => operator.test.is_negated() && !operator.if_exists,
            };
            let asks_presence = statement
                .conditions
                .values(Test::Null.into(), key)
                .is_some_and(|values| {
                    values
                        .iter()
                        .all(|value| value.eq_ignore_ascii_case("false"))
                });
            if allows && passes_without && !asks_presence {
                notes.add(
                    Severity::Warning,
                    Rule::MetByAbsence,
                    &element,
                    format!("a request without `{}` meets it too", key.as_str()),
                    "add `Null` with `false` on the same key",
                );
            }
            let is_multiple = MULTIPLE_VALUES
                .iter()
                .any(|known| known.eq_ignore_ascii_case(key.as_str()));
            if is_multiple && operator.quantifier.is_none() && operator.test != Test::Null {
                notes.add(Severity::Warning, Rule::NoSetOperator, &element, format!("`{}` has several values, and the operator does not say whether some or all must match", key.as_str()), "use `ForAnyValue:` or `ForAllValues:`");
            }
            let is_literal = matches!(
                operator.test,
                Test::StringEquals
                    | Test::StringNotEquals
                    | Test::StringEqualsIgnoreCase
                    | Test::StringNotEqualsIgnoreCase
            );
            let wildcard = |value: &&String| {
                value
                    .replace("${*}", "")
                    .replace("${?}", "")
                    .contains(['*', '?'])
            };
            if let Some(value) = values.iter().find(wildcard).filter(|_| is_literal) {
                notes.add(
                    Severity::Warning,
                    Rule::LiteralWildcard,
                    &element,
                    format!(
                        "`{}` takes the wildcard in `{value}` literally",
                        operator.test.name()
                    ),
                    "use `StringLike` or `StringNotLike`",
                );
            }
        }
    }
}

fn check_deleted(statement: &Statement, notes: &mut Notes<'_>) {
    let Some(Scope::Only(principal) | Scope::AllBut(principal)) = &statement.principal else {
        return;
    };
    for named in &principal.aws {
        if let AwsPrincipal::UniqueId(id) = named {
            notes.add(
                Severity::Warning,
                Rule::DeletedPrincipal,
                "Principal",
                format!(
                    "`{id}` is what is left of a user or role that was deleted, and matches nobody"
                ),
                "name the principal by ARN again, or take it out",
            );
        }
    }
}

/// Keys that have several values in one request.
const MULTIPLE_VALUES: [&str; 9] = [
    "aws:CalledVia",
    "aws:PrincipalOrgPaths",
    "aws:PrincipalServiceNamesList",
    "aws:ResourceOrgPaths",
    "aws:SourceOrgPaths",
    "aws:TagKeys",
    "dynamodb:Attributes",
    "dynamodb:LeadingKeys",
    "kms:EncryptionContextKeys",
];
