//! `cargo xtask tidy`: the house rules that no compiler knows.

mod edges;
mod files;

use std::fmt;

use anyhow::Context as _;

use crate::steps::Steps;
use crate::workspace::Workspace;

/// Checks the arrows between packages and the text of all files.
///
/// # Errors
/// Where git, cargo or a file cannot be read. A broken rule is a failed step.
pub(crate) fn run(workspace: &Workspace, steps: &mut Steps) -> anyhow::Result<()> {
    steps.step("house rules", |steps| {
        let mut findings = edges::check(&workspace.packages()?);
        for path in workspace.files()? {
            let bytes = std::fs::read(workspace.root.join(&path))
                .with_context(|| format!("cannot read `{path}`"))?;
            // Images and recorded bytes have no lines to look at.
            if let Ok(text) = std::str::from_utf8(&bytes) {
                findings.extend(files::check(&path, text));
            }
        }
        for finding in &findings {
            steps.talk(&finding.to_string());
        }
        Ok(findings
            .iter()
            .all(|finding| finding.weight == Weight::Warning))
    })
}

/// A rule that something breaks.
#[derive(Debug, PartialEq, Eq)]
struct Finding {
    weight: Weight,
    /// A package, a file, or a file and line.
    place: String,
    what: String,
}

/// Whether a finding fails the check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Weight {
    Warning,
    Error,
}

impl Finding {
    fn error(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Error,
            place: place.into(),
            what: what.into(),
        }
    }

    fn warning(place: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            weight: Weight::Warning,
            place: place.into(),
            what: what.into(),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let weight = match self.weight {
            Weight::Warning => "warning",
            Weight::Error => "error",
        };
        write!(f, "{weight}: {}: {}", self.place, self.what)
    }
}
