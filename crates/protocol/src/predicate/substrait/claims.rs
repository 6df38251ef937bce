//! What can be claimed of the table's rows while they pass the relations of a plan, from the read upwards.

use super::chain::{Link, Step};
use super::expression::Reader;
use super::messages::{Emit, Expression, Mask, SortField};
use super::output::Output;
use super::row_wise::is_row_wise;
use super::scope::Scope;
use super::sort::SortKey;
use super::{Expr, Fetch, PlanError};
use std::sync::Arc;

/// Grows from relation to relation, until one of them cannot be claimed.
pub(super) struct Claims<'a> {
    reader: Reader<'a>,
    /// The columns of the relation; `None` once they are made of something that is not understood.
    scope: Option<Scope>,
    /// Whether the rows were already counted or looked at in a way that is not claimed.
    is_stopped: bool,
    claimed: Claimed,
}

/// What was claimed.
#[derive(Default)]
pub(super) struct Claimed {
    pub(super) filter: Option<Expr>,
    pub(super) best_effort_filter: Option<Expr>,
    pub(super) projection: Option<Vec<Output>>,
    pub(super) sort: Vec<SortKey>,
    pub(super) fetch: Option<Fetch>,
}

impl<'a> Claims<'a> {
    /// Rows with all columns of the table.
    pub(super) fn new(reader: Reader<'a>) -> Self {
        Self {
            scope: Some(Scope::table(reader.schema)),
            reader,
            is_stopped: false,
            claimed: Claimed::default(),
        }
    }

    /// Claims nothing from here on.
    pub(super) fn stop(&mut self, what: &'static str) {
        self.reader.notes.note(what);
        self.scope = None;
        self.is_stopped = true;
    }

    /// The filters of the read, which see all columns of the table.
    ///
    /// # Errors
    /// That of an expression in them.
    pub(super) fn read(
        &mut self,
        filter: Option<Expression>,
        best_effort: Option<Expression>,
    ) -> Result<(), PlanError> {
        if let Some(condition) = filter {
            self.filter(condition)?;
        }
        // It may be left out, so one that cannot be told is.
        let best_effort = best_effort.filter(is_row_wise);
        if let (Some(condition), Some(scope)) = (best_effort, &self.scope) {
            let condition = self.reader.read(condition, scope.columns())?;
            self.claimed.best_effort_filter = Some(condition);
        }
        Ok(())
    }

    /// The columns that the read gives on.
    ///
    /// # Errors
    /// [`PlanError::Field`] for one that does not exist.
    pub(super) fn narrow(
        &mut self,
        mask: Option<&Mask>,
        emit: Option<&Emit>,
    ) -> Result<(), PlanError> {
        if let (Some(scope), Some(mask)) = (&mut self.scope, mask) {
            *scope = scope.masked(mask, self.reader.schema)?;
        }
        self.emit(emit)
    }

    /// The next relation above.
    ///
    /// # Errors
    /// That of an expression in it, if it can be claimed.
    pub(super) fn pass(&mut self, link: Link) -> Result<(), PlanError> {
        if link.is_enhanced {
            if matches!(link.step, Step::Filter(_)) && self.scope.is_some() {
                self.claimed.fetch = None;
            }
            self.stop("a relation that an extension changes");
        }
        match link.step {
            Step::Filter(condition) => self.filter(condition)?,
            Step::Fetch(fetch) => self.fetch(fetch),
            Step::Sort(fields) => self.sort(fields)?,
            Step::Project(expressions) => self.project(&expressions)?,
            Step::Other(what) => self.stop(what),
        }
        self.emit(link.emit.as_ref())
    }

    /// What was claimed, with the names of the result's columns.
    ///
    /// # Errors
    /// [`PlanError::TooManyParts`].
    pub(super) fn finish(mut self, names: Vec<String>) -> Result<Claimed, PlanError> {
        if let Some(scope) = &self.scope {
            let outputs = Output::all(scope.columns(), names, &mut self.reader)?;
            self.claimed.projection = Some(outputs);
        }
        Ok(self.claimed)
    }

    fn filter(&mut self, condition: Expression) -> Result<(), PlanError> {
        let Some(scope) = &self.scope else {
            self.reader.notes.note(NOT_UNDERSTOOD);
            return Ok(());
        };
        let why = if self.claimed.fetch.is_some() {
            // Rows were counted before they were judged. Who judges them earlier must not count them so.
            Some("a condition above a fetch")
        } else if self.is_stopped {
            Some(NOT_UNDERSTOOD)
        } else if is_row_wise(&condition) {
            None
        } else {
            Some("a condition that may look at other rows")
        };
        if let Some(why) = why {
            self.reader.notes.note(why);
            self.is_stopped = true;
            self.claimed.fetch = None;
            return Ok(());
        }
        let condition = self.reader.read(condition, scope.columns())?;
        self.claimed.filter = Some(match self.claimed.filter.take() {
            None => condition,
            Some(below) => Expr::Call {
                function: Arc::from("and"),
                arguments: vec![below, condition],
            },
        });
        Ok(())
    }

    fn fetch(&mut self, fetch: Option<Fetch>) {
        let notes = &mut *self.reader.notes;
        if self.is_stopped {
            notes.note("a fetch above something that is not understood");
        } else if let Some(fetch) = fetch {
            self.claimed.fetch = Some(fetch.of(self.claimed.fetch));
        } else {
            notes.note("a fetch of a computed number of rows");
            self.is_stopped = true;
        }
    }

    fn sort(&mut self, fields: Vec<SortField>) -> Result<(), PlanError> {
        let (Some(scope), false) = (&self.scope, self.is_stopped) else {
            self.reader
                .notes
                .note("an order above something that is not understood");
            return Ok(());
        };
        if self.claimed.fetch.is_some() {
            // It must not tell which rows are fetched.
            self.reader.notes.note("an order above a fetch");
            self.is_stopped = true;
            return Ok(());
        }
        let is_row_wise = |field: &SortField| field.expression.as_ref().is_none_or(is_row_wise);
        if !fields.iter().all(is_row_wise) {
            self.reader
                .notes
                .note("an order that may look at other rows");
            self.is_stopped = true;
            return Ok(());
        }
        let row = scope.columns();
        let keys = fields
            .into_iter()
            .map(|field| SortKey::read(field, row, &mut self.reader));
        self.claimed.sort = keys.collect::<Result<_, _>>()?;
        Ok(())
    }

    fn project(&mut self, expressions: &[Expression]) -> Result<(), PlanError> {
        if let Some(scope) = &mut self.scope {
            let row = scope.columns();
            let columns = expressions
                .iter()
                .map(|expression| self.reader.binding(expression, row));
            let columns = columns.collect::<Result<_, _>>()?;
            scope.extend(columns);
            if !expressions.iter().all(is_row_wise) {
                self.reader
                    .notes
                    .note("a projection that may look at other rows");
                self.is_stopped = true;
            }
        }
        Ok(())
    }

    fn emit(&mut self, emit: Option<&Emit>) -> Result<(), PlanError> {
        if let (Some(scope), Some(emit)) = (&mut self.scope, emit) {
            *scope = scope.emitted(emit)?;
        }
        Ok(())
    }
}

const NOT_UNDERSTOOD: &str = "a condition on something that is not understood";
