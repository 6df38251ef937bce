//! What AWS refuses.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::check::finding::{Finding, Notes, Rule, Severity};
use crate::check::kind::PolicyKind;
use crate::check::values;
use crate::document::{Document, Version};
use crate::principal::{AwsPrincipal, Principal};
use crate::statement::{Scope, Sid, Statement};

/// Finds what AWS would refuse about a document of that kind. All findings are errors.
///
/// Whether principals exist and whether a bucket's policy names that bucket cannot be seen here.
///
/// ```
/// use iam_policy_kit::check::{PolicyKind, validate};
/// let document = iam_policy_kit::Document::from_json(
///     r#"{"Statement": {"Effect": "Allow", "Principal": "*", "Action": "sts:*"}}"#,
/// )?;
/// let found = validate(&document, PolicyKind::Trust);
/// assert_eq!(
///     found[0].to_string(),
///     "error: `Statement[0].Action`: a trust policy cannot grant `sts:*` (name `sts:AssumeRole` or its kin)",
/// );
/// # Ok::<(), iam_policy_kit::ParseError>(())
/// ```
pub fn validate(document: &Document, kind: PolicyKind) -> Vec<Finding> {
    let mut found: Vec<Finding> = validate_together([document], kind).into_iter().collect();
    let text = document.to_json();
    let strange = |char: char| !matches!(char, '\t' | '\n' | '\r' | ' '..='\u{ff}');
    if let Some(char) = text
        .chars()
        .find(|char| kind.is_stored_by_iam() && strange(*char))
    {
        found.push(Finding {
            severity: Severity::Error,
            rule: Rule::Characters,
            place: "document".to_owned(),
            message: format!(
                "has the character U+{:04X}, and IAM stores those up to U+00FF only",
                u32::from(char)
            ),
            remedy: "leave it out, or put `?` or `*` in its place".to_owned(),
        });
    }
    if document.statements.is_empty() {
        found.push(Finding {
            severity: Severity::Error,
            rule: Rule::Empty,
            place: "document".to_owned(),
            message: "has no statements".to_owned(),
            remedy: "delete the policy instead of storing it".to_owned(),
        });
    }
    let mut seen: BTreeSet<&Sid> = BTreeSet::new();
    for (index, statement) in document.statements.iter().enumerate() {
        let mut notes = Notes::about(&mut found, index, statement);
        if let Some(sid) = &statement.sid {
            check_sid(sid, kind, &mut notes);
            if !sid.as_str().is_empty() && !seen.insert(sid) {
                notes.add(
                    Severity::Error,
                    Rule::SidRepeated,
                    "Sid",
                    format!("`{sid}` is the Sid of an earlier statement too"),
                    "give each statement its own",
                );
            }
        }
        check_elements(statement, kind, &mut notes);
        check_principals(statement, &mut notes);
        check_actions(statement, kind, &mut notes);
        check_resources(statement, &mut notes);
        values::check(
            statement,
            document.effective_version() == Version::V2012,
            &mut notes,
        );
    }
    found
}

/// Checks the size of policies that share one limit, such as all inline policies of a role.
pub fn validate_together<'a>(
    documents: impl IntoIterator<Item = &'a Document>,
    kind: PolicyKind,
) -> Option<Finding> {
    let size = |document: &Document| {
        let text = document.to_json();
        if kind.is_stored_by_iam() {
            text.chars().count()
        } else {
            text.len()
        }
    };
    let size: usize = documents.into_iter().map(size).sum();
    let limit = kind.max_size();
    (size > limit).then(|| Finding {
        severity: Severity::Error,
        rule: Rule::Size,
        place: "document".to_owned(),
        message: format!("has a size of {size}, and {limit} is the limit"),
        remedy: "join statements, use wildcards, or split the policy where its kind allows several"
            .to_owned(),
    })
}

fn check_sid(sid: &Sid, kind: PolicyKind, notes: &mut Notes<'_>) {
    let (valid, rule) = match kind {
        PolicyKind::Function => (
            Sid::for_function(sid.as_str()).is_ok(),
            "1 to 100 letters, digits, `-` and `_`",
        ),
        // S3 and KMS write Sids of their own with other characters.
        PolicyKind::Bucket | PolicyKind::Key => (true, ""),
        _ => (
            sid.as_str().is_empty() || Sid::new(sid.as_str()).is_ok(),
            "letters and digits only",
        ),
    };
    if !valid {
        notes.add(
            Severity::Error,
            Rule::SidForm,
            "Sid",
            format!("`{sid}` is not allowed here; it has {rule}"),
            "rename the statement",
        );
    }
}

fn check_elements(statement: &Statement, kind: PolicyKind, notes: &mut Notes<'_>) {
    let elements = [
        (
            "Principal",
            statement.principal.is_some(),
            kind.has_principal(),
        ),
        (
            "Resource",
            statement.resource.is_some(),
            kind.has_resource(),
        ),
    ];
    for (element, there, needed) in elements {
        match (there, needed) {
            (true, false) => notes.add(
                Severity::Error,
                Rule::Misplaced,
                element,
                "does not belong into a policy of this kind",
                "leave it out",
            ),
            (false, true) => notes.add(
                Severity::Error,
                Rule::Missing,
                element,
                "is missing, and a policy of this kind needs it",
                "add it",
            ),
            _ => {}
        }
    }
    let names_nobody = statement.principal.as_ref().is_some_and(|scope| {
        let (Scope::Only(principal) | Scope::AllBut(principal)) = scope;
        *principal == Principal::default()
    });
    let (Scope::Only(actions) | Scope::AllBut(actions)) = &statement.action;
    let names_nothing = statement.resource.as_ref().is_some_and(|scope| {
        let (Scope::Only(patterns) | Scope::AllBut(patterns)) = scope;
        patterns.is_empty()
    });
    for (element, empty) in [
        ("Principal", names_nobody),
        ("Action", actions.is_empty()),
        ("Resource", names_nothing),
    ] {
        if empty {
            notes.add(
                Severity::Error,
                Rule::Empty,
                element,
                "lists nothing",
                "name something or leave the statement out",
            );
        }
    }
}

fn check_principals(statement: &Statement, notes: &mut Notes<'_>) {
    let Some(Scope::Only(principal) | Scope::AllBut(principal)) = &statement.principal else {
        return;
    };
    let mut refuse = |text: &str, why: &str| {
        notes.add(
            Severity::Error,
            Rule::PrincipalForm,
            "Principal",
            format!("`{text}` {why}"),
            "name accounts, users, roles or sessions one by one, or use `*` with a condition on `aws:PrincipalArn`",
        );
    };
    for named in &principal.aws {
        let AwsPrincipal::Arn(arn) = named else {
            continue;
        };
        let text = arn.to_string();
        if text.contains(['*', '?']) {
            refuse(&text, "has a wildcard, which principals cannot have");
        } else if !matches!(arn.service.as_str(), "iam" | "sts") || arn.account_id().is_none() {
            refuse(&text, "is not the ARN of an account, user, role or session");
        }
    }
    for service in &principal.services {
        if !service.contains('.') || service.contains(['*', '?']) {
            refuse(
                service,
                "is not a service's name, such as `lambda.amazonaws.com`",
            );
        }
    }
}

fn check_actions(statement: &Statement, kind: PolicyKind, notes: &mut Notes<'_>) {
    let Some(service) = kind.service() else {
        return;
    };
    let (Scope::Only(actions) | Scope::AllBut(actions)) = &statement.action;
    for action in actions {
        let text = action.as_str();
        if kind == PolicyKind::Trust {
            if !TRUST_ACTIONS.iter().any(|known| action.matches(known)) || takes_in_others(action) {
                notes.add(
                    Severity::Error,
                    Rule::ForeignAction,
                    "Action",
                    format!("a trust policy cannot grant `{text}`"),
                    "name `sts:AssumeRole` or its kin",
                );
            }
            continue;
        }
        let of_action = text.split_once(':').map(|(service, _)| service);
        if of_action.is_some_and(|of_action| !of_action.eq_ignore_ascii_case(service)) {
            notes.add(
                Severity::Error,
                Rule::ForeignAction,
                "Action",
                format!("the policy of such a resource cannot grant `{text}`"),
                "grant actions of the resource's own service",
            );
        }
    }
}

/// Whether a pattern for trust actions goes beyond them.
fn takes_in_others(action: &Action) -> bool {
    action.matches("sts:GetCallerIdentity") || action.matches("sts:DecodeAuthorizationMessage")
}

const TRUST_ACTIONS: [&str; 6] = [
    "sts:AssumeRole",
    "sts:AssumeRoleWithSAML",
    "sts:AssumeRoleWithWebIdentity",
    "sts:TagSession",
    "sts:SetSourceIdentity",
    "sts:SetContext",
];

fn check_resources(statement: &Statement, notes: &mut Notes<'_>) {
    let Some(Scope::Only(patterns) | Scope::AllBut(patterns)) = &statement.resource else {
        return;
    };
    for pattern in patterns {
        let text = pattern.as_str();
        let is_arn =
            text.starts_with("arn:") && (text.split(':').count() >= 6 || text.contains('*'));
        if text != "*" && !is_arn {
            notes.add(
                Severity::Error,
                Rule::ResourceForm,
                "Resource",
                format!("`{text}` is neither an ARN nor `*`"),
                "write `arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE`",
            );
        }
    }
}
