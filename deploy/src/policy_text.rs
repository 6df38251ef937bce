//! Edits of a policy of which others wrote the rest: our statements come and go by Sid, theirs stay letter for letter.

use iam_policy_kit::json::Text;
use iam_policy_kit::{Change, ParseError, Sid, Statement, Unnamed, Version};

/// What a policy gains and loses.
#[derive(Debug, Clone, Default)]
pub(crate) struct PolicyEdit {
    /// Version of a policy that is made anew.
    pub(crate) version: Option<Version>,
    /// Statements that must be there.
    pub(crate) put: Vec<Statement>,
    /// Sids of statements that must not.
    pub(crate) remove: Vec<Sid>,
    /// Statements without Sid that must not be there.
    pub(crate) replace: Vec<Statement>,
}

/// What becomes of a policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Edited {
    /// It stays.
    Same,
    /// This.
    To(String),
    /// Nothing is left of it.
    Gone,
}

impl Edited {
    /// The new text.
    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::To(text) => Some(text),
            Self::Same | Self::Gone => None,
        }
    }
}

/// A Sid that no policy has: to take out a statement without one, it is given this first.
const MARK: &str = "AthenaDeployGoes";

impl PolicyEdit {
    /// What becomes of a policy; `None` for one that is not there.
    ///
    /// # Errors
    /// Where the text is no policy document.
    pub(crate) fn apply(&self, text: Option<&str>) -> Result<Edited, ParseError> {
        let version = self.version.unwrap_or(Version::V2012).as_str();
        let empty = format!(r#"{{"Version":"{version}","Statement":[]}}"#);
        let mut after = Text::new(text.unwrap_or(&empty))?;
        let mark = Sid::new(MARK).expect("the mark is letters");
        let mut changed = false;
        let mut note = |change: Change| changed |= change != Change::Nothing;
        for statement in &self.replace {
            let marked = statement.clone().with_sid(mark.clone());
            // Put where its like is not there, it comes and goes again.
            if after.put(&marked, Unnamed::Adopt) == Change::Adopted {
                note(Change::Removed);
            }
            after.remove(&mark);
        }
        for sid in &self.remove {
            note(after.remove(sid));
        }
        for statement in &self.put {
            note(after.put(statement, Unnamed::Accept));
        }
        Ok(match (changed, after.is_empty()) {
            (false, _) => Edited::Same,
            (true, true) => Edited::Gone,
            (true, false) => Edited::To(after.to_string()),
        })
    }
}
