//! What of a plan was not understood, and how much of it was read.

use super::PlanError;

/// Grows as a plan is read.
#[derive(Default)]
pub(super) struct Notes {
    not_understood: Vec<&'static str>,
    parts: usize,
}

impl Notes {
    /// Tells that something was left out. The same thing is told once.
    pub(super) fn note(&mut self, what: &'static str) {
        // There are only as many as the code has words for.
        if !self.not_understood.contains(&what) {
            self.not_understood.push(what);
        }
    }

    /// Counts parts of expressions, so that references to a deep field cannot take much more than the plan's own size.
    ///
    /// # Errors
    /// [`PlanError::TooManyParts`] above half a million, which is four for each value of the longest list that a query's text has room for.
    pub(super) fn count(&mut self, parts: usize) -> Result<(), PlanError> {
        self.parts = self.parts.saturating_add(parts);
        if self.parts > MAX_PARTS {
            return Err(PlanError::TooManyParts { max: MAX_PARTS });
        }
        Ok(())
    }

    pub(super) fn into_not_understood(self) -> Vec<&'static str> {
        self.not_understood
    }
}

const MAX_PARTS: usize = 1 << 19;
