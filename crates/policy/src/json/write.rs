//! From a document to JSON: elements in the order of AWS's own examples, sets sorted, a set of one as that one.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::condition::Conditions;
use crate::document::Document;
use crate::principal::{AwsPrincipal, Principal};
use crate::statement::{Scope, Statement};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct DocumentForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    statement: Vec<StatementForm<'a>>,
}

impl<'a> DocumentForm<'a> {
    pub(super) fn of(document: &'a Document) -> Self {
        Self {
            version: document.version.map(crate::document::Version::as_str),
            id: document.id.as_deref(),
            statement: document.statements.iter().map(StatementForm::of).collect(),
        }
    }
}

/// Prints one statement in one line without white space.
pub(super) fn statement(statement: &Statement) -> String {
    serde_json::to_string(&StatementForm::of(statement))
        .expect("texts and maps with text keys always print")
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct StatementForm<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    sid: Option<&'a str>,
    effect: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    principal: Option<PrincipalForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_principal: Option<PrincipalForm<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    action: Option<Texts<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_action: Option<Texts<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<Texts<&'a str>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    not_resource: Option<Texts<&'a str>>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    condition: BTreeMap<String, ConditionForm<'a>>,
}

/// Keys of one operator with their values.
type ConditionForm<'a> = BTreeMap<&'a str, Texts<&'a str>>;

impl<'a> StatementForm<'a> {
    fn of(statement: &'a Statement) -> Self {
        let (principal, not_principal) = split(statement.principal.as_ref(), PrincipalForm::of);
        let (action, not_action) = split(Some(&statement.action), |actions| {
            Texts::of(actions.iter().map(crate::action::Action::as_str))
        });
        let (resource, not_resource) = split(statement.resource.as_ref(), |resources| {
            Texts::of(resources.iter().map(crate::arn::ResourcePattern::as_str))
        });
        Self {
            sid: statement.sid.as_ref().map(crate::statement::Sid::as_str),
            effect: statement.effect.as_str(),
            principal,
            not_principal,
            action,
            not_action,
            resource,
            not_resource,
            condition: condition(&statement.conditions),
        }
    }
}

fn split<'a, T, F>(
    scope: Option<&'a Scope<T>>,
    form: impl Fn(&'a T) -> F,
) -> (Option<F>, Option<F>) {
    match scope {
        None => (None, None),
        Some(Scope::Only(named)) => (Some(form(named)), None),
        Some(Scope::AllBut(named)) => (None, Some(form(named))),
    }
}

fn condition(conditions: &Conditions) -> BTreeMap<String, ConditionForm<'_>> {
    conditions
        .iter()
        .map(|(operator, keys)| {
            let keys = keys
                .iter()
                .map(|(key, values)| (key.as_str(), Texts::of(values.iter().map(String::as_str))));
            (operator.to_string(), keys.collect())
        })
        .collect()
}

#[derive(Serialize)]
#[serde(untagged)]
enum PrincipalForm<'a> {
    Anyone(&'static str),
    ByKind(KindsForm<'a>),
}

#[derive(Serialize)]
struct KindsForm<'a> {
    #[serde(rename = "AWS", skip_serializing_if = "Texts::is_empty")]
    aws: Texts<String>,
    #[serde(rename = "Service", skip_serializing_if = "Texts::is_empty")]
    services: Texts<&'a str>,
    #[serde(rename = "Federated", skip_serializing_if = "Texts::is_empty")]
    federated: Texts<&'a str>,
    #[serde(rename = "CanonicalUser", skip_serializing_if = "Texts::is_empty")]
    canonical_users: Texts<&'a str>,
}

impl<'a> PrincipalForm<'a> {
    fn of(principal: &'a Principal) -> Self {
        let Principal {
            aws,
            services,
            federated,
            canonical_users,
        } = principal;
        if principal.is_anyone()
            && aws.len() + services.len() + federated.len() + canonical_users.len() == 1
        {
            return Self::Anyone("*");
        }
        Self::ByKind(KindsForm {
            aws: Texts::of(aws.iter().map(AwsPrincipal::to_text)),
            services: Texts::of(services.iter().map(String::as_str)),
            federated: Texts::of(federated.iter().map(String::as_str)),
            canonical_users: Texts::of(canonical_users.iter().map(String::as_str)),
        })
    }
}

/// One text, or a list of several.
#[derive(Serialize)]
#[serde(untagged)]
enum Texts<T> {
    One(T),
    Several(Vec<T>),
}

impl<T> Texts<T> {
    fn of(texts: impl Iterator<Item = T>) -> Self {
        let mut texts: Vec<T> = texts.collect();
        match texts.len() {
            1 => Self::One(texts.remove(0)),
            _ => Self::Several(texts),
        }
    }

    fn is_empty(&self) -> bool {
        matches!(self, Self::Several(texts) if texts.is_empty())
    }
}
