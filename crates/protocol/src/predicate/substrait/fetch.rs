//! How many rows of those that qualify are wanted.

use super::PlanError;
use super::messages::{CountMode, Expression, ExpressionKind, LiteralKind, OffsetMode};

/// Rows that are wanted of all that qualify, in the order of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Fetch {
    /// Rows to leave out first.
    pub offset: u64,
    /// Rows to give after them at most; `None` for all.
    pub count: Option<u64>,
}

impl Fetch {
    /// Reads both numbers; `None` if one is computed.
    ///
    /// # Errors
    /// [`PlanError::Negative`]: the deprecated count alone may be -1, which means all.
    pub(super) fn read(
        offset: Option<OffsetMode>,
        count: Option<CountMode>,
    ) -> Result<Option<Self>, PlanError> {
        let offset = match offset {
            None => Rows::Unset,
            Some(OffsetMode::Number(rows)) => Rows::Number(rows),
            Some(OffsetMode::Expression(rows)) => Rows::read(&rows),
        };
        let count = match count {
            // Before it was a oneof, a count of 0 looked like none too: then too many rows are taken.
            None | Some(CountMode::Number(-1)) => Rows::Unset,
            Some(CountMode::Number(rows)) => Rows::Number(rows),
            Some(CountMode::Expression(rows)) => Rows::read(&rows),
        };
        let natural =
            |rows: i64, field| u64::try_from(rows).map_err(|_| PlanError::Negative { field });
        Ok(Some(Self {
            offset: match offset {
                Rows::Unset => 0,
                Rows::Number(rows) => natural(rows, "offset")?,
                Rows::Computed => return Ok(None),
            },
            count: match count {
                Rows::Unset => None,
                Rows::Number(rows) => Some(natural(rows, "count")?),
                Rows::Computed => return Ok(None),
            },
        }))
    }

    /// This fetch of the rows of another.
    pub(super) fn of(self, inner: Option<Self>) -> Self {
        let Some(inner) = inner else {
            return self;
        };
        let left = inner.count.map(|rows| rows.saturating_sub(self.offset));
        Self {
            offset: inner.offset.saturating_add(self.offset),
            count: match (self.count, left) {
                (Some(wanted), Some(left)) => Some(wanted.min(left)),
                (wanted, left) => wanted.or(left),
            },
        }
    }
}

/// A number of rows in a plan.
enum Rows {
    /// Nothing or null: 0 of an offset, all of a count.
    Unset,
    Number(i64),
    Computed,
}

impl Rows {
    fn read(of: &Expression) -> Self {
        let Some(ExpressionKind::Literal(literal)) = &of.kind else {
            return Self::Computed;
        };
        match literal.kind {
            _ if literal.variation != 0 => Self::Computed,
            Some(LiteralKind::I8(rows) | LiteralKind::I16(rows) | LiteralKind::I32(rows)) => {
                Self::Number(rows.into())
            }
            Some(LiteralKind::I64(rows)) => Self::Number(rows),
            Some(LiteralKind::Null(_)) => Self::Unset,
            _ => Self::Computed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fetch_of_a_fetch_takes_what_is_left() {
        let fetch = |offset, count| Fetch { offset, count };
        let both = |outer: Fetch, inner| outer.of(Some(inner));
        assert_eq!(
            both(fetch(3, Some(9)), fetch(2, Some(10))),
            fetch(5, Some(7))
        );
        assert_eq!(
            both(fetch(0, Some(4)), fetch(2, Some(10))),
            fetch(2, Some(4))
        );
        assert_eq!(
            both(fetch(20, Some(4)), fetch(0, Some(10))),
            fetch(20, Some(0))
        );
        assert_eq!(both(fetch(1, None), fetch(1, None)), fetch(2, None));
        assert_eq!(
            both(fetch(1, None), fetch(u64::MAX, Some(1))),
            fetch(u64::MAX, Some(0))
        );
        assert_eq!(fetch(1, Some(2)).of(None), fetch(1, Some(2)));
    }
}
