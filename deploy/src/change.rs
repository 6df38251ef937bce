//! What planning yields: for each resource what is to be done, as data, with the reasons.

use std::collections::BTreeMap;
use std::fmt;

use iam_policy_kit::check::{PolicyKind, validate_together};
use iam_policy_kit::diff::{DocumentDiff, StatementDiff};
use iam_policy_kit::{AccountId, Document};

/// What is to be done about one resource, by calls of kind `C`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Change<C> {
    pub(crate) account: AccountId,
    /// As people say it: `execution role`.
    pub(crate) kind: &'static str,
    pub(crate) name: String,
    pub(crate) verb: Verb,
    /// What differs, a line each.
    pub(crate) details: Vec<String>,
    /// Whether somebody may do more afterwards.
    pub(crate) widens: bool,
    /// Write calls, in order. None: nothing to do.
    pub(crate) calls: Vec<C>,
    /// What makes a change impossible, and what to do about it.
    pub(crate) blocked: Vec<Blocked>,
}

/// What is done to a resource.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verb {
    /// It is as it should be.
    InStep,
    Create,
    Update,
    Delete,
    /// It is somebody else's and stays as it is.
    Foreign,
    /// Its owner has to do it by hand.
    ByHand,
}

/// Why a change cannot be made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Blocked {
    pub(crate) what: String,
    pub(crate) hint: String,
}

impl<C> Change<C> {
    /// Nothing to do yet.
    pub(crate) fn new(account: &AccountId, kind: &'static str, name: impl Into<String>) -> Self {
        Self {
            account: account.clone(),
            kind,
            name: name.into(),
            verb: Verb::InStep,
            details: Vec::new(),
            widens: false,
            calls: Vec::new(),
            blocked: Vec::new(),
        }
    }

    /// The resource is not there and is made by this call.
    pub(crate) fn create(&mut self, call: C) {
        self.verb = Verb::Create;
        self.calls.push(call);
    }

    /// The resource is taken away by this call.
    pub(crate) fn delete(&mut self, call: C) {
        self.verb = Verb::Delete;
        self.calls.push(call);
    }

    /// Something about the resource changes by this call.
    pub(crate) fn update(&mut self, call: C) {
        if self.verb == Verb::InStep {
            self.verb = Verb::Update;
        }
        self.calls.push(call);
    }

    /// Adds a line about what differs.
    pub(crate) fn detail(&mut self, line: impl Into<String>) {
        self.details.push(line.into());
    }

    /// Says of a field what it was and becomes, if that differs.
    pub(crate) fn field<T: PartialEq + fmt::Display>(
        &mut self,
        name: &str,
        before: &T,
        after: &T,
    ) -> bool {
        let differs = before != after;
        if differs {
            self.detail(format!("{name}: {before} -> {after}"));
        }
        differs
    }

    /// Says statement by statement how a policy changes; statements that stay are not told.
    pub(crate) fn policy(&mut self, name: &str, before: &Document, after: &Document) {
        let diff = DocumentDiff::between(before, after);
        for statement in &diff.statements {
            if !matches!(statement, StatementDiff::Same(_)) {
                self.detail(format!("{name} {statement}"));
            }
        }
        self.widens |= diff.widens();
    }

    /// Checks what a policy becomes against the size that AWS takes.
    pub(crate) fn size(&mut self, name: &str, after: &Document, kind: PolicyKind) {
        if let Some(finding) = validate_together([after], kind) {
            self.block(
                format!("{name} of {} {}", self.name, finding.message),
                finding.remedy,
            );
        }
    }

    /// The change cannot be made.
    pub(crate) fn block(&mut self, what: impl Into<String>, hint: impl Into<String>) {
        let (what, hint) = (what.into(), hint.into());
        self.blocked.push(Blocked { what, hint });
    }

    /// The same with calls of another kind.
    pub(crate) fn map<D>(self, into: impl FnMut(C) -> D) -> Change<D> {
        Change {
            account: self.account,
            kind: self.kind,
            name: self.name,
            verb: self.verb,
            details: self.details,
            widens: self.widens,
            calls: self.calls.into_iter().map(into).collect(),
            blocked: self.blocked,
        }
    }
}

impl Verb {
    /// The sign in front of a line.
    pub(crate) fn sign(self) -> char {
        match self {
            Self::InStep => '=',
            Self::Create => '+',
            Self::Update => '~',
            Self::Delete => '-',
            Self::Foreign | Self::ByHand => '!',
        }
    }

    /// The word for it.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::InStep => "in step",
            Self::Create => "create",
            Self::Update => "change",
            Self::Delete => "delete",
            Self::Foreign => "foreign",
            Self::ByHand => "by hand",
        }
    }
}

/// A document that somebody else may have written: what cannot be read counts as nothing.
pub(crate) fn document(text: Option<&str>) -> Document {
    let read = text.and_then(|text| Document::from_json(text).ok());
    read.unwrap_or_else(|| Document::new([]))
}

/// Tags in a line.
pub(crate) fn tag_list(tags: &BTreeMap<String, String>) -> String {
    let pairs: Vec<String> = tags
        .iter()
        .map(|(key, value)| format!("{key}={value}"))
        .collect();
    pairs.join(", ")
}
