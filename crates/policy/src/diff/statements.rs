//! Which statements of two documents belong together, and what becomes of each.

use crate::diff::elements::{Difference, differences};
use crate::document::{Document, Version};
use crate::statement::{Effect, Statement};

/// What changes from one document to another. Spelling, order and repeats are no change.
///
/// `Display` gives a line for each statement: `=` stays, `+` comes, `-` goes, `~` changes, then in words what about it.
///
/// ```
/// use iam_policy_kit::{Document, diff::DocumentDiff};
/// let document = |action| {
///     let text = format!(r#"{{"Statement": {{"Sid": "Read", "Effect": "Allow", "Action": {action}, "Resource": "*"}}}}"#);
///     Document::from_json(&text).unwrap()
/// };
/// let diff = DocumentDiff::between(&document(r#""s3:GetObject""#), &document(r#"["S3:getobject", "s3:PutObject"]"#));
/// assert_eq!(diff.to_string(), "~ `Read`: Action gains `s3:PutObject` (widens access)\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentDiff {
    /// The versions that apply, if they differ. That matters only where `${` occurs; elsewhere it is a note.
    pub version: Option<(Version, Version)>,
    /// The statements: first in the order of the earlier document, then those that come.
    pub statements: Vec<StatementDiff>,
}

/// What becomes of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementDiff {
    /// It stays.
    Same(Statement),
    /// It is new.
    Added(Statement),
    /// It goes.
    Removed(Statement),
    /// It changes.
    Changed {
        /// As it was.
        before: Box<Statement>,
        /// As it becomes.
        after: Box<Statement>,
        /// Element by element; not empty.
        differences: Vec<Difference>,
    },
}

impl DocumentDiff {
    /// Compares two documents by meaning.
    ///
    /// Statements that are equal belong together, then those of one Sid, then those that are equal but for the Sid.
    pub fn between(before: &Document, after: &Document) -> Self {
        let mut pairs: Vec<(&Statement, Option<&Statement>)> =
            before.statements.iter().map(|old| (old, None)).collect();
        let mut new: Vec<&Statement> = after.statements.iter().collect();
        let rules: [fn(&Statement, &Statement) -> bool; 3] = [
            |old, new| old == new,
            |old, new| old.sid.is_some() && old.sid == new.sid,
            |old, new| nameless(old) == nameless(new),
        ];
        for belongs in rules {
            for (old, partner) in pairs.iter_mut().filter(|(_, partner)| partner.is_none()) {
                if let Some(at) = new.iter().position(|new| belongs(old, new)) {
                    *partner = Some(new.remove(at));
                }
            }
        }
        // A statement written twice says no more than once.
        let repeats = |statement: &Statement, of: &Document| of.statements.contains(statement);
        let mut statements: Vec<StatementDiff> = Vec::new();
        for (old, partner) in pairs {
            match partner {
                Some(new) if old == new => statements.push(StatementDiff::Same(old.clone())),
                Some(new) => statements.push(StatementDiff::Changed {
                    before: Box::new(old.clone()),
                    after: Box::new(new.clone()),
                    differences: differences(old, new),
                }),
                None if repeats(old, after) => {}
                None => statements.push(StatementDiff::Removed(old.clone())),
            }
        }
        let new = new.into_iter().filter(|new| !repeats(new, before));
        statements.extend(new.cloned().map(StatementDiff::Added));
        let versions = (before.effective_version(), after.effective_version());
        Self {
            version: (versions.0 != versions.1).then_some(versions),
            statements,
        }
    }

    /// Whether all statements stay. The version does not count.
    pub fn is_empty(&self) -> bool {
        let stays = |diff: &StatementDiff| matches!(diff, StatementDiff::Same(_));
        self.statements.iter().all(stays)
    }

    /// Whether more may be done than before, or that cannot be excluded.
    pub fn widens(&self) -> bool {
        let has_variables = |diff: &StatementDiff| match diff {
            StatementDiff::Same(statement) => statement.has_variables(),
            StatementDiff::Changed { after, .. } => after.has_variables(),
            StatementDiff::Added(_) | StatementDiff::Removed(_) => false,
        };
        self.statements.iter().any(StatementDiff::widens)
            || (self.version.is_some() && self.statements.iter().any(has_variables))
    }
}

impl StatementDiff {
    /// Whether more may be done than before, or that cannot be excluded.
    pub fn widens(&self) -> bool {
        match self {
            Self::Same(_) => false,
            Self::Added(statement) => statement.effect == Effect::Allow,
            Self::Removed(statement) => statement.effect == Effect::Deny,
            Self::Changed { differences, .. } => {
                differences.iter().any(|difference| difference.widens)
            }
        }
    }
}

fn nameless(statement: &Statement) -> Statement {
    Statement {
        sid: None,
        ..statement.clone()
    }
}
