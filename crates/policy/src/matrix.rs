//! Tables of who may do what: before and after a change, and against what is wanted.

use std::fmt;

use crate::access::{Decision, Estate, Request};

/// An access that is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// A short name, unique in its table.
    pub name: String,
    /// The request.
    pub request: Request,
    /// What should come of it.
    pub expected: Expected,
}

/// What should come of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Expected {
    /// It goes through.
    Allowed,
    /// It does not.
    Denied,
}

/// Accesses with their decisions under one estate. `Display` prints a table of aligned columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccessMatrix {
    /// In the order in which they were asked.
    pub rows: Vec<Row>,
}

/// One access and what came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// The access.
    pub access: Access,
    /// The decision, with its reasons.
    pub decision: Decision,
}

/// An access that is decided otherwise than before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowChange {
    /// The access's name.
    pub name: String,
    /// Before; `None` if it was not asked.
    pub before: Option<Decision>,
    /// After; `None` if it is no longer asked.
    pub after: Option<Decision>,
}

impl Access {
    /// An access that should be allowed.
    pub fn wanted(name: impl Into<String>, request: Request) -> Self {
        Self {
            name: name.into(),
            request,
            expected: Expected::Allowed,
        }
    }

    /// An access that should be denied.
    pub fn unwanted(name: impl Into<String>, request: Request) -> Self {
        Self {
            name: name.into(),
            request,
            expected: Expected::Denied,
        }
    }

    /// Whether what should come of it surely does. What is not known is never as expected.
    pub fn holds_in(&self, estate: &Estate) -> bool {
        self.expected.is_met_by(&estate.decide(&self.request))
    }
}

impl Expected {
    fn is_met_by(self, decision: &Decision) -> bool {
        match self {
            Self::Allowed => decision.is_allowed(),
            Self::Denied => decision.is_denied(),
        }
    }
}

impl AccessMatrix {
    /// Decides all accesses.
    pub fn of(estate: &Estate, accesses: &[Access]) -> Self {
        let row = |access: &Access| Row {
            access: access.clone(),
            decision: estate.decide(&access.request),
        };
        Self {
            rows: accesses.iter().map(row).collect(),
        }
    }

    /// The rows in which something else came than should.
    pub fn unexpected(&self) -> impl Iterator<Item = &Row> {
        self.rows.iter().filter(|row| !row.is_as_expected())
    }

    /// The accesses that are decided otherwise in the later table; other reasons alone are no change.
    pub fn changes(&self, after: &Self) -> Vec<RowChange> {
        let find = |matrix: &Self, name: &str| {
            let row = matrix.rows.iter().find(|row| row.access.name == name);
            row.map(|row| row.decision.clone())
        };
        let new = after
            .rows
            .iter()
            .filter(|row| find(self, &row.access.name).is_none());
        self.rows
            .iter()
            .chain(new)
            .map(|row| RowChange {
                name: row.access.name.clone(),
                before: find(self, &row.access.name),
                after: find(after, &row.access.name),
            })
            .filter(|change| change.words().0 != change.words().1)
            .collect()
    }
}

impl Row {
    /// Whether what should come of it surely did.
    pub fn is_as_expected(&self) -> bool {
        self.access.expected.is_met_by(&self.decision)
    }
}

impl RowChange {
    fn words(&self) -> (&'static str, &'static str) {
        let word = |decision: &Option<Decision>| {
            let decision = decision.as_ref();
            decision.map_or("not asked", |decision| decision.verdict.word())
        };
        (word(&self.before), word(&self.after))
    }
}

/// ``L8: denied -> allowed: by statement …``
impl fmt::Display for RowChange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (before, after) = self.words();
        write!(f, "{}: {before} -> {after}", self.name)?;
        match &self.after {
            Some(decision) => write!(f, ": {}", decision.reason()),
            None => Ok(()),
        }
    }
}

impl fmt::Display for AccessMatrix {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let heads = ["access", "caller", "action", "resource", "decision", "why"];
        let mut lines = vec![heads.map(str::to_owned)];
        for Row { access, decision } in &self.rows {
            let word = decision.verdict.word();
            let shown = match access.expected {
                _ if access.expected.is_met_by(decision) => word.to_owned(),
                Expected::Allowed => format!("{word} (!)"),
                Expected::Denied => format!("{word} (! should be denied)"),
            };
            lines.push([
                access.name.clone(),
                decision.caller.clone(),
                decision.action.clone(),
                decision.resource.clone(),
                shown,
                decision.reason(),
            ]);
        }
        let width = |column: usize| {
            let widths = lines.iter().map(|line| line[column].chars().count());
            widths.max().unwrap_or(0)
        };
        let widths: [usize; 5] = std::array::from_fn(width);
        for [cells @ .., why] in &lines {
            for (cell, width) in cells.iter().zip(widths) {
                write!(f, "{cell:width$}  ")?;
            }
            writeln!(f, "{why}")?;
        }
        Ok(())
    }
}
