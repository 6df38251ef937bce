//! Links, and what came of them.

use serde_json::{Value, json};

use crate::aws::AwsError;

/// What came of one link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It holds; what was seen.
    Holds(String),
    /// It does not; what was seen, and what to do about it.
    Broken { seen: String, fix: String },
    /// It was not tried; why.
    Skipped(String),
}

/// One link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) name: String,
    pub(crate) outcome: Outcome,
}

impl Outcome {
    /// A call was refused.
    pub(super) fn refused(error: &AwsError) -> Self {
        Self::broken(error.to_string(), error.hint())
    }

    /// A call into another account was refused: both accounts have a say.
    pub(super) fn refused_across(error: &AwsError) -> Self {
        let fix = "run `share` for account A's side; in the other account whoever asks needs the right too: `policy show analyst`";
        match error.refusal() {
            crate::aws::Refusal::Denied => Self::broken(error.to_string(), fix),
            _ => Self::refused(error),
        }
    }

    pub(super) fn broken(seen: impl Into<String>, fix: impl Into<String>) -> Self {
        let (seen, fix) = (seen.into(), fix.into());
        Self::Broken { seen, fix }
    }

    pub(super) fn skipped(why: impl Into<String>) -> Self {
        Self::Skipped(why.into())
    }

    pub(super) fn holds(&self) -> bool {
        matches!(self, Self::Holds(_))
    }
}

impl Link {
    /// As JSON.
    pub(crate) fn value(&self) -> Value {
        let (outcome, seen, fix) = match &self.outcome {
            Outcome::Holds(seen) => ("holds", seen, None),
            Outcome::Broken { seen, fix } => ("broken", seen, Some(fix)),
            Outcome::Skipped(why) => ("skipped", why, None),
        };
        json!({"link": self.name, "outcome": outcome, "seen": seen, "fix": fix})
    }

    /// As a line, or two.
    pub(crate) fn text(&self) -> String {
        let name = &self.name;
        match &self.outcome {
            Outcome::Holds(seen) => format!("  ok       {name} ({seen})"),
            Outcome::Broken { seen, fix } => {
                format!("  broken   {name}: {seen}\n           fix: {fix}")
            }
            Outcome::Skipped(why) => format!("  skipped  {name}: {why}"),
        }
    }
}
