//! Differences in words.

use std::fmt;

use crate::diff::elements::{Difference, Element, principals, quoted, tests_of};
use crate::diff::statements::{DocumentDiff, StatementDiff};
use crate::statement::{Scope, Statement};

impl fmt::Display for DocumentDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((before, after)) = self.version {
            writeln!(
                f,
                "  the version differs: {} and {}",
                before.as_str(),
                after.as_str()
            )?;
        }
        self.statements
            .iter()
            .try_for_each(|statement| writeln!(f, "{statement}"))
    }
}

impl fmt::Display for StatementDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, statement) = match self {
            Self::Same(statement) => ('=', statement),
            Self::Added(statement) => ('+', statement),
            Self::Removed(statement) => ('-', statement),
            Self::Changed { before, .. } => ('~', before.as_ref()),
        };
        match &statement.sid {
            Some(sid) => write!(f, "{sign} `{sid}`: ")?,
            None => write!(f, "{sign} statement without Sid: ")?,
        }
        match self {
            Self::Changed { differences, .. } => {
                let words: Vec<String> = differences.iter().map(Difference::to_string).collect();
                f.write_str(&words.join(", "))?;
            }
            _ => f.write_str(&summary(statement))?,
        }
        f.write_str(if self.widens() {
            " (widens access)"
        } else {
            ""
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.element {
            Element::Sid => f.write_str("Sid")?,
            Element::Effect => f.write_str("Effect")?,
            Element::Principal => f.write_str("Principal")?,
            Element::Action => f.write_str("Action")?,
            Element::Resource => f.write_str("Resource")?,
            Element::Condition(operator, key) => {
                write!(f, "Condition {operator} {}", key.as_str())?;
            }
        }
        let list = |items: &[String]| items.join(" and ");
        match (self.gone.as_slice(), self.came.as_slice()) {
            ([old], [new]) => write!(f, " changes from {old} to {new}"),
            (gone, []) => write!(f, " loses {}", list(gone)),
            ([], came) => write!(f, " gains {}", list(came)),
            (gone, came) => write!(f, " loses {} and gains {}", list(gone), list(came)),
        }
    }
}

/// A statement in one line: who may or must not do what, on what, and which conditions there are.
fn summary(statement: &Statement) -> String {
    let mut words = statement.effect.as_str().to_ascii_lowercase();
    let mut say = |before: &str, not: bool, items: Vec<String>| {
        words.push_str(before);
        words.push_str(if not { "all but " } else { "" });
        words.push_str(&items.join(", "));
    };
    if let Some(principal) = &statement.principal {
        let (not, named) = parts(principal);
        let items = principals(named).into_iter();
        say(" ", not, items.map(|(_, shown)| shown).collect());
    }
    let (not, actions) = parts(&statement.action);
    say(
        " to do ",
        not,
        actions
            .iter()
            .map(|action| quoted(action.as_str()))
            .collect(),
    );
    if let Some(resource) = &statement.resource {
        let (not, patterns) = parts(resource);
        say(
            " on ",
            not,
            patterns
                .iter()
                .map(|pattern| quoted(pattern.as_str()))
                .collect(),
        );
    }
    let mut before = " if ";
    for (operator, key) in tests_of(&statement.conditions) {
        say(before, false, vec![format!("{operator} {}", key.as_str())]);
        before = " and ";
    }
    words
}

/// Whether an element is negated, and what it names.
fn parts<T>(scope: &Scope<T>) -> (bool, &T) {
    match scope {
        Scope::Only(named) => (false, named),
        Scope::AllBut(named) => (true, named),
    }
}
