//! The order of rows.

use super::expression::{Binding, Reader};
use super::messages::{SortField, SortKind};
use super::{Expr, PlanError};
use crate::predicate::Direction;

/// One part of an order.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What is compared.
    pub expression: Expr,
    /// Direction and place of nulls; `None` if it is not one of the four.
    pub direction: Option<Direction>,
}

impl SortKey {
    pub(super) fn read(
        field: SortField,
        row: &[Binding],
        reader: &mut Reader<'_>,
    ) -> Result<Self, PlanError> {
        let expression = field.expression.ok_or(PlanError::Missing {
            message: "SortField",
            field: "expr",
        })?;
        let direction = match field.kind {
            Some(SortKind::Direction(1)) => Some(Direction::AscNullsFirst),
            Some(SortKind::Direction(2)) => Some(Direction::AscNullsLast),
            Some(SortKind::Direction(3)) => Some(Direction::DescNullsFirst),
            Some(SortKind::Direction(4)) => Some(Direction::DescNullsLast),
            // 0 is unspecified, 5 only brings equal ones together.
            Some(SortKind::Direction(_) | SortKind::Comparison(_)) | None => {
                reader.notes.note("an order of another direction");
                None
            }
        };
        Ok(Self {
            expression: reader.read(expression, row)?,
            direction,
        })
    }
}
