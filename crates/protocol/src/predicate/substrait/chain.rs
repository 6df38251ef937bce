//! The relations from the top of a plan down to its read.

use super::PlanError;
use super::fetch::Fetch;
use super::messages::{
    AdvancedExtension, Common, Emit, EmitKind, Expression, ReadRel, Relation, RelationKind,
    SingleRel, SortField,
};

/// What a relation does to the rows of its input.
pub(super) enum Step {
    /// Keeps those that qualify.
    Filter(Expression),
    /// Keeps some; `None` if their number is computed.
    Fetch(Option<Fetch>),
    /// Orders them.
    Sort(Vec<SortField>),
    /// Adds columns.
    Project(Vec<Expression>),
    /// Makes other rows of them, or something that is not known.
    Other(&'static str),
}

/// A relation above another.
pub(super) struct Link {
    pub(super) step: Step,
    pub(super) emit: Option<Emit>,
    /// Whether an extension changes what it means.
    pub(super) is_enhanced: bool,
}

/// Goes down to the read. The links are in the order that rows pass them.
///
/// # Errors
/// [`PlanError::Table`] if there are several inputs or something else at the end, [`PlanError::Missing`] for an input that is not
/// there, [`PlanError::Negative`] for a fetch.
pub(super) fn descend(mut relation: Relation) -> Result<(ReadRel, Vec<Link>), PlanError> {
    let mut links = Vec::new();
    loop {
        let other = |got: &'static str| Err(PlanError::Table { got });
        let (link, input) = match relation.kind {
            Some(RelationKind::Read(read)) => {
                links.reverse();
                return Ok((*read, links));
            }
            Some(RelationKind::Filter(filter)) => {
                let condition = filter.condition.ok_or(missing("FilterRel", "condition"))?;
                let step = Step::Filter(condition);
                (
                    Link::new(step, filter.common, filter.advanced.as_ref()),
                    filter.input.ok_or(missing("FilterRel", "input"))?,
                )
            }
            Some(RelationKind::Fetch(fetch)) => {
                let step = Step::Fetch(Fetch::read(fetch.offset, fetch.count)?);
                (
                    Link::new(step, fetch.common, fetch.advanced.as_ref()),
                    fetch.input.ok_or(missing("FetchRel", "input"))?,
                )
            }
            Some(RelationKind::Sort(sort)) => (
                Link::new(Step::Sort(sort.sorts), sort.common, sort.advanced.as_ref()),
                sort.input.ok_or(missing("SortRel", "input"))?,
            ),
            Some(RelationKind::Project(project)) => {
                let step = Step::Project(project.expressions);
                (
                    Link::new(step, project.common, project.advanced.as_ref()),
                    project.input.ok_or(missing("ProjectRel", "input"))?,
                )
            }
            Some(RelationKind::Aggregate(single)) => Link::other("an aggregate", *single)?,
            Some(RelationKind::Window(single)) => Link::other("a window relation", *single)?,
            Some(RelationKind::TopN(single)) => Link::other("a top-n relation", *single)?,
            Some(RelationKind::Exchange(single)) => Link::other("an exchange", *single)?,
            Some(RelationKind::Expand(single)) => Link::other("an expansion", *single)?,
            Some(RelationKind::ExtensionSingle(single)) => {
                Link::other("a relation of an extension", *single)?
            }
            Some(
                RelationKind::Join(_)
                | RelationKind::HashJoin(_)
                | RelationKind::MergeJoin(_)
                | RelationKind::NestedLoopJoin(_)
                | RelationKind::LateralJoin(_),
            ) => return other("a join"),
            Some(RelationKind::Cross(_)) => return other("a cross product"),
            Some(RelationKind::Set(_)) => return other("a set operation"),
            Some(RelationKind::ExtensionMulti(_) | RelationKind::ExtensionLeaf(_)) => {
                return other("a relation of an extension");
            }
            Some(RelationKind::Reference(_)) => return other("a shared relation"),
            Some(RelationKind::Write(_) | RelationKind::Update(_) | RelationKind::Ddl(_)) => {
                return other("nothing but changes a table");
            }
            None => return other("a relation of an unknown kind"),
        };
        links.push(link);
        relation = input;
    }
}

impl Link {
    fn new(step: Step, common: Option<Common>, advanced: Option<&AdvancedExtension>) -> Self {
        let is_enhanced = is_enhanced(common.as_ref(), advanced);
        let emit = emit(common);
        Self {
            step,
            emit,
            is_enhanced,
        }
    }

    fn other(what: &'static str, of: SingleRel) -> Result<(Self, Relation), PlanError> {
        let input = of.input.ok_or(missing("relation", "input"))?;
        Ok((Self::new(Step::Other(what), None, None), input))
    }
}

/// The order of a relation's columns, unless it is its own.
pub(super) fn emit(common: Option<Common>) -> Option<Emit> {
    match common?.emit? {
        EmitKind::Emit(emit) => Some(emit),
        EmitKind::Direct(_) => None,
    }
}

/// Whether an extension changes the meaning of a relation ("cannot be ignored by a consumer").
pub(super) fn is_enhanced(common: Option<&Common>, advanced: Option<&AdvancedExtension>) -> bool {
    let common = common.and_then(|common| common.advanced.as_ref());
    [common, advanced]
        .into_iter()
        .flatten()
        .any(|extension| extension.enhancement.is_some())
}

fn missing(message: &'static str, field: &'static str) -> PlanError {
    PlanError::Missing { message, field }
}
