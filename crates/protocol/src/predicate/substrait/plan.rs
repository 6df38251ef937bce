//! A plan's part that belongs to its one table.

use super::chain;
use super::claims::{Claimed, Claims};
use super::expression::Reader;
use super::functions::Functions;
use super::messages::{self, PlanRelation, Source};
use super::notes::Notes;
use super::schema::Schema;
use super::{Expr, Fetch, Output, PlanError, SortKey};
use crate::predicate::QueryPlan;
use crate::text;
use prost::Message as _;

/// What a query asks of one table, as far as it is understood.
///
/// The rows that qualify pass `filter`; `sort` orders them and `fetch` then takes some. What stands above that in the plan, and
/// what is not understood, is the engine's to apply.
#[derive(Debug, Clone, PartialEq)]
pub struct Plan {
    /// Name of the table, its schemas first.
    pub table: Vec<String>,
    /// Names of the table's columns, without the fields in them.
    pub columns: Vec<String>,
    /// What all rows that are wanted fulfil. May be [`Expr::Unknown`] in part.
    pub filter: Option<Expr>,
    /// A condition that may be applied too and need not be: a row that fails it may be given or left out.
    pub best_effort_filter: Option<Expr>,
    /// The columns of the result. `None` if they are made of something that is not understood, such as an aggregate.
    pub projection: Option<Vec<Output>>,
    /// The order in which `fetch` counts, or in which rows are wanted; most significant first.
    pub sort: Vec<SortKey>,
    /// Rows that are wanted of those that pass `filter`, counted in the order of `sort`. It must not be applied unless all of both
    /// is.
    pub fetch: Option<Fetch>,
    /// What was left out or is [`Expr::Unknown`], one phrase each. Names kinds, never names of columns or values.
    pub not_understood: Vec<&'static str>,
}

impl Plan {
    /// Whether all of the plan was understood: its rows are those of `filter`, `sort` and `fetch`, and `projection` tells every column
    /// but the values of computed ones.
    pub fn is_complete(&self) -> bool {
        self.not_understood.is_empty()
    }
}

impl QueryPlan {
    /// Reads the plan, as [`read`] does.
    ///
    /// # Errors
    /// [`PlanError::Text`] if it is not base64, else those of [`read`].
    pub fn read(&self) -> Result<Plan, PlanError> {
        // Judged before it is decoded, so that a text of any length costs nothing.
        let bytes = self.substrait_plan.len() / 4 * 3;
        if bytes > MAX_PLAN_BYTES + 3 {
            let max = MAX_PLAN_BYTES;
            return Err(PlanError::TooLong { bytes, max });
        }
        read(&text::decode(&self.substrait_plan).ok_or(PlanError::Text)?)
    }
}

/// Reads a `substrait.Plan` message, in time and memory that grow with its length: about twenty times as much memory at most.
///
/// # Errors
/// A [`PlanError`] if the bytes are not such a message, or are too long; if it lacks what it must have, refers to what is not there,
/// or does not lead down to one named table.
pub fn read(plan: &[u8]) -> Result<Plan, PlanError> {
    let (bytes, max) = (plan.len(), MAX_PLAN_BYTES);
    if bytes > max {
        return Err(PlanError::TooLong { bytes, max });
    }
    let mut plan = messages::Plan::decode(plan).map_err(PlanError::Decode)?;
    let (relation, names) = match (plan.relations.pop(), plan.relations.len()) {
        (Some(planned), 0) => match planned.relation {
            Some(PlanRelation::Root(root)) => (root.input, root.names),
            Some(PlanRelation::Relation(relation)) => (Some(relation), Vec::new()),
            None => (None, Vec::new()),
        },
        (None, _) => return Err(PlanError::Relations { got: 0 }),
        (_, more) => return Err(PlanError::Relations { got: more + 1 }),
    };
    let (read, links) = chain::descend(relation.ok_or(missing("PlanRel", "relation"))?)?;
    let table = match read.source {
        Some(Source::NamedTable(table)) => table,
        Some(Source::VirtualTable(_)) => return Err(PlanError::Table { got: "values" }),
        Some(Source::LocalFiles(_)) => return Err(PlanError::Table { got: "files" }),
        Some(Source::ExtensionTable(_) | Source::IcebergTable(_)) => {
            let got = "a table of another kind";
            return Err(PlanError::Table { got });
        }
        None => {
            return Err(PlanError::Table {
                got: "a table of an unknown kind",
            });
        }
    };
    if table.names.is_empty() {
        return Err(missing("NamedTable", "names"));
    }
    let schema = Schema::read(read.base_schema.ok_or(missing("ReadRel", "base_schema"))?)?;
    let functions = Functions::read(plan.extensions, &plan.uris, &plan.urns)?;
    let mut notes = Notes::default();
    let mut claims = Claims::new(Reader {
        schema: &schema,
        functions: &functions,
        notes: &mut notes,
    });
    let is_enhanced = chain::is_enhanced(read.common.as_ref(), read.advanced.as_ref())
        || chain::is_enhanced(None, plan.advanced.as_ref())
        || chain::is_enhanced(None, table.advanced.as_ref());
    if is_enhanced {
        claims.stop("an extension of the plan or its read");
    }
    claims.read(read.filter, read.best_effort_filter)?;
    claims.narrow(read.projection.as_ref(), chain::emit(read.common).as_ref())?;
    for link in links {
        claims.pass(link)?;
    }
    let Claimed {
        filter,
        best_effort_filter,
        projection,
        sort,
        fetch,
    } = claims.finish(names)?;
    Ok(Plan {
        table: table.names,
        columns: (0..schema.columns())
            .map(|id| schema.name(id).to_string())
            .collect(),
        filter,
        best_effort_filter,
        projection,
        sort,
        fetch,
        not_understood: notes.into_not_understood(),
    })
}

fn missing(message: &'static str, field: &'static str) -> PlanError {
    PlanError::Missing { message, field }
}

/// Four times what Athena takes as a query's text is 1 MB; its whole request is 6 MB at most.
const MAX_PLAN_BYTES: usize = 4 << 20;
