//! One thing that is wrong with a document.

use std::fmt;

use crate::statement::Statement;

/// One thing that is wrong with a document. `Display` gives one line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// Which rule it breaks.
    pub rule: Rule,
    /// Where: ``document``, or a statement by Sid or number with its element, as in ``Statement[0].Action``.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// Worth knowing.
    Note,
    /// Grants more than is wise, or does not do what it seems to.
    Warning,
    /// AWS refuses the document.
    Error,
}

/// The rules, in the order of [`validate`](crate::check::validate) and then [`lint`](crate::check::lint).
#[non_exhaustive]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// Larger than its kind may be.
    Size,
    /// Without statements, or with an element that lists nothing.
    Empty,
    /// A Sid of characters that its kind does not allow.
    SidForm,
    /// A Sid that another statement has too.
    SidRepeated,
    /// `Principal` or `Resource` where its kind has none.
    Misplaced,
    /// `Principal` or `Resource` missing where its kind needs it.
    Missing,
    /// A character that IAM does not store.
    Characters,
    /// A principal with wildcards, or an ARN that is no principal's.
    PrincipalForm,
    /// A resource that is neither an ARN nor `*`.
    ResourceForm,
    /// An action that this kind of policy cannot grant.
    ForeignAction,
    /// A condition value that its operator cannot read.
    ConditionValue,
    /// A `${…}` that is no variable.
    VariableForm,
    /// `${…}` in a document of 2008, where it is plain text.
    VariableIn2008,
    /// An `Allow` of all actions, or all of a service.
    AnyAction,
    /// An `Allow` on all resources.
    AnyResource,
    /// An `Allow` to everyone that no condition limits.
    AnyPrincipal,
    /// An `Allow` of all that is not named.
    AllBut,
    /// A service allowed whatever account it acts for.
    ServiceForAnyone,
    /// A role that a whole other account may assume, without further proof.
    TrustWithoutProof,
    /// A whole other account allowed, which chooses by itself who may.
    WholeAccount,
    /// Handing any role to a service.
    PassAnyRole,
    /// A condition on a key that its principal never brings along.
    NeverMet,
    /// A condition on an `Allow` that is also met by a request without the key.
    MetByAbsence,
    /// A key of several values without `ForAnyValue` or `ForAllValues`.
    NoSetOperator,
    /// A wildcard under an operator that takes it literally.
    LiteralWildcard,
    /// What is left of a user or role that was deleted.
    DeletedPrincipal,
    /// A statement that another one makes superfluous.
    Redundant,
    /// An `Allow` of which a `Deny` takes all.
    Shadowed,
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Note => "note",
            Self::Warning => "warning",
            Self::Error => "error",
        })
    }
}

/// ``warning: `Read.Action`: allows every action of `s3` (name the actions)``
impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            place,
            message,
            remedy,
            ..
        } = self;
        write!(f, "{severity}: `{place}`: {message} ({remedy})")
    }
}

/// Collects what is found about one statement.
pub(super) struct Notes<'a> {
    pub(super) found: &'a mut Vec<Finding>,
    /// The statement by Sid, or by number.
    pub(super) label: String,
}

impl<'a> Notes<'a> {
    pub(super) fn about(found: &'a mut Vec<Finding>, index: usize, statement: &Statement) -> Self {
        let label = match &statement.sid {
            Some(sid) if !sid.as_str().is_empty() => sid.to_string(),
            _ => format!("Statement[{index}]"),
        };
        Self { found, label }
    }

    pub(super) fn add(
        &mut self,
        severity: Severity,
        rule: Rule,
        element: &str,
        message: impl Into<String>,
        remedy: &str,
    ) {
        let dot = if element.is_empty() { "" } else { "." };
        self.found.push(Finding {
            severity,
            rule,
            place: format!("{}{dot}{element}", self.label),
            message: message.into(),
            remedy: remedy.to_owned(),
        });
    }
}
