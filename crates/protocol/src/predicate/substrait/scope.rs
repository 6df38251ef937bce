//! What the columns of a relation are.

use super::PlanError;
use super::expression::{Binding, at};
use super::messages::{Emit, Mask};
use super::schema::Schema;

/// The columns of a relation, each as the field of the table that it is.
pub(super) struct Scope(Vec<Binding>);

impl Scope {
    /// All columns of the table.
    pub(super) fn table(schema: &Schema) -> Self {
        Self((0..schema.columns()).map(Some).collect())
    }

    /// The columns that a mask leaves, in its order.
    ///
    /// # Errors
    /// [`PlanError::Field`] for a column that does not exist, [`PlanError::Missing`] without a selection.
    pub(super) fn masked(&self, mask: &Mask, schema: &Schema) -> Result<Self, PlanError> {
        let select = mask.select.as_ref().ok_or(PlanError::Missing {
            message: "MaskExpression",
            field: "select",
        })?;
        // Then the fields of a lone struct may stand in its place.
        let is_unwrapped = select.items.len() == 1 && !mask.maintain_singular_struct;
        let columns =
            select.items.iter().map(|item| {
                let column = self.0[at(item.field, self.0.len())?];
                // A part of a column has other fields under the same numbers.
                Ok(column
                    .filter(|id| item.child.is_none() && !(is_unwrapped && schema.is_struct(*id))))
            });
        columns.collect::<Result<_, _>>().map(Self)
    }

    /// The columns in the order of `emit`.
    ///
    /// # Errors
    /// [`PlanError::Field`] for a column that does not exist.
    pub(super) fn emitted(&self, emit: &Emit) -> Result<Self, PlanError> {
        let columns = emit
            .mapping
            .iter()
            .map(|field| Ok(self.0[at(*field, self.0.len())?]));
        columns.collect::<Result<_, _>>().map(Self)
    }

    /// Adds columns that a projection computes.
    pub(super) fn extend(&mut self, columns: Vec<Binding>) {
        self.0.extend(columns);
    }

    pub(super) fn columns(&self) -> &[Binding] {
        &self.0
    }
}
