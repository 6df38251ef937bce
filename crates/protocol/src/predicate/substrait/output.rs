//! The columns of a plan's result.

use super::expression::{Binding, Reader};
use super::{Column, PlanError};

/// A column of a plan's result.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Output {
    /// Its name, if the plan tells it.
    pub name: Option<String>,
    /// The column of the table that it shows unchanged; `None` if it is computed.
    pub column: Option<Column>,
}

impl Output {
    /// Pairs columns with names, of which a column takes one for itself and one for each field in it, depth first (`RelRoot`).
    pub(super) fn all(
        row: &[Binding],
        names: Vec<String>,
        reader: &mut Reader<'_>,
    ) -> Result<Vec<Self>, PlanError> {
        // What a computed column takes is not known, and one at least: so the sum tells whether it is one for each.
        let takes = |binding: &Binding| binding.map_or(1, |id| reader.schema.names(id));
        let takes: Vec<usize> = row.iter().map(takes).collect();
        let sum = takes
            .iter()
            .try_fold(0_usize, |sum, names| sum.checked_add(*names));
        let is_named = sum == Some(names.len());
        let mut names = names.into_iter();
        let outputs = row.iter().zip(takes).map(|(binding, takes)| {
            let name = names.next();
            if let Some(within) = takes.checked_sub(2) {
                // All but its own are those of its fields.
                names.nth(within);
            }
            Ok(Self {
                name: name.filter(|_| is_named),
                column: binding.map(|id| reader.column(id)).transpose()?,
            })
        });
        outputs.collect()
    }
}
