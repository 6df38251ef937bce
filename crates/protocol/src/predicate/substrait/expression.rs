//! Expressions over the table's columns.

use super::functions::Functions;
use super::messages::{
    Argument, ArgumentKind, Cast, Expression, ExpressionKind, FieldReference, Reference, Root,
    ScalarFunction, SegmentKind, SingularOrList,
};
use super::notes::Notes;
use super::schema::{FieldId, Schema};
use super::{Literal, PlanError, Type};
use std::sync::Arc;

/// An expression over the columns of the table that the plan reads.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq)]
pub enum Expr {
    /// A column or a field in it.
    Column(Column),
    /// A value.
    Literal(Literal),
    /// A function of Substrait's own extensions, also `and`, `or` and `not`.
    Call {
        /// Name without signature, such as `equal`.
        function: Arc<str>,
        /// Arguments in order.
        arguments: Vec<Expr>,
    },
    /// Whether a value is one of several.
    InList {
        /// The value.
        value: Box<Expr>,
        /// What it may be.
        options: Vec<Expr>,
    },
    /// A value in another type.
    Cast {
        /// The value.
        input: Box<Expr>,
        /// The type.
        to: Type,
    },
    /// Something that is not understood, whose value cannot be told.
    Unknown,
}

/// A column of the table, or a field in a column that is a struct.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Column {
    /// Place of the column in [`Plan::columns`](super::Plan::columns).
    pub index: usize,
    /// Name of the column.
    pub name: Arc<str>,
    /// Names of the fields that lead into the column, outermost first; empty for the column itself.
    pub nested: Vec<Arc<str>>,
}

impl Expr {
    /// Whether nothing in it is [`Expr::Unknown`].
    pub fn is_known(&self) -> bool {
        match self {
            Self::Unknown => false,
            Self::Column(_) | Self::Literal(_) => true,
            Self::Call { arguments, .. } => arguments.iter().all(Self::is_known),
            Self::InList { value, options } => {
                value.is_known() && options.iter().all(Self::is_known)
            }
            Self::Cast { input, .. } => input.is_known(),
        }
    }
}

/// What a column of a relation is: a field of the table, or something computed.
pub(super) type Binding = Option<FieldId>;

/// Reads expressions. Messages nest 100 deep at most, and so does this.
pub(super) struct Reader<'a> {
    pub(super) schema: &'a Schema,
    pub(super) functions: &'a Functions,
    pub(super) notes: &'a mut Notes,
}

impl Reader<'_> {
    /// The expression, whose references are to the columns of `row`.
    ///
    /// # Errors
    /// A [`PlanError`] for references to nothing, missing fields, malformed literals and too many parts.
    pub(super) fn read(&mut self, of: Expression, row: &[Binding]) -> Result<Expr, PlanError> {
        self.notes.count(1)?;
        match of.kind {
            Some(ExpressionKind::Literal(literal)) => Ok(match Literal::read(*literal)? {
                Some(literal) => Expr::Literal(literal),
                None => self.unknown("a literal of an unknown kind"),
            }),
            Some(ExpressionKind::Selection(reference)) => match self.resolve(&reference, row)? {
                Ok(id) => Ok(Expr::Column(self.column(id)?)),
                Err(what) => Ok(self.unknown(what)),
            },
            Some(ExpressionKind::ScalarFunction(call)) => self.call(*call, row),
            Some(ExpressionKind::SingularOrList(list)) => self.in_list(*list, row),
            Some(ExpressionKind::Cast(cast)) => self.cast(*cast, row),
            Some(ExpressionKind::IfThen(_)) => Ok(self.unknown("an if expression")),
            Some(ExpressionKind::Subquery(_)) => Ok(self.unknown("a subquery")),
            Some(ExpressionKind::DynamicParameter(_)) => Ok(self.unknown("a parameter")),
            // Not claimed in the first place (`row_wise`).
            Some(
                ExpressionKind::WindowFunction(_)
                | ExpressionKind::Switch(_)
                | ExpressionKind::MultiOrList(_)
                | ExpressionKind::Nested(_),
            )
            | None => Ok(self.unknown("an expression that may look at other rows")),
        }
    }

    /// The field that an expression is, if it is no more than a reference to it.
    ///
    /// # Errors
    /// [`PlanError::Field`] for a reference to nothing.
    pub(super) fn binding(
        &mut self,
        of: &Expression,
        row: &[Binding],
    ) -> Result<Binding, PlanError> {
        match &of.kind {
            Some(ExpressionKind::Selection(reference)) => Ok(self.resolve(reference, row)?.ok()),
            _ => Ok(None),
        }
    }

    /// The column with the path to a field in it.
    ///
    /// # Errors
    /// [`PlanError::TooManyParts`].
    pub(super) fn column(&mut self, id: FieldId) -> Result<Column, PlanError> {
        let (mut index, mut nested) = (id, Vec::new());
        while let Some(parent) = self.schema.parent(index) {
            nested.push(Arc::clone(self.schema.name(index)));
            index = parent;
        }
        self.notes.count(nested.len())?;
        nested.reverse();
        Ok(Column {
            index,
            name: Arc::clone(self.schema.name(index)),
            nested,
        })
    }

    /// The field that a reference leads to, or why that cannot be told.
    fn resolve(
        &self,
        of: &FieldReference,
        row: &[Binding],
    ) -> Result<Result<FieldId, &'static str>, PlanError> {
        const ELEMENT: &str = "a reference into a list or a map";
        match of.root {
            Some(Root::Input(_)) => {}
            Some(Root::Outer(_)) => return Ok(Err("a reference to an outer query")),
            // A root of a newer kind looks like none.
            Some(Root::Expression(_)) | None => {
                return Ok(Err("a reference to something else than a row"));
            }
        }
        let segment = match &of.reference {
            Some(Reference::Direct(segment)) => segment,
            Some(Reference::Masked(_)) => return Ok(Err("a masked reference")),
            None => return Ok(Err("a reference of an unknown kind")),
        };
        let Some(SegmentKind::Field(first)) = &segment.kind else {
            return Ok(Err(ELEMENT));
        };
        let Some(mut id) = row[at(first.field, row.len())?] else {
            return Ok(Err("a reference to a computed column"));
        };
        let mut segment = first.child.as_ref();
        while let Some(child) = segment {
            let Some(SegmentKind::Field(field)) = &child.kind else {
                return Ok(Err(ELEMENT));
            };
            if !self.schema.is_struct(id) {
                return Ok(Err("a reference into something else than a struct"));
            }
            let children = self.schema.children(id);
            id = children.start + at(field.field, children.len())?;
            segment = field.child.as_ref();
        }
        Ok(Ok(id))
    }

    fn call(&mut self, call: ScalarFunction, row: &[Binding]) -> Result<Expr, PlanError> {
        let Some(function) = self.functions.name(call.function)? else {
            return Ok(self.unknown("a function of an extension that is not Substrait's"));
        };
        // Options such as case sensitivity change what a function means.
        if !call.options.is_empty() {
            return Ok(self.unknown("a function with options"));
        }
        let arguments = match (call.arguments, call.args) {
            (arguments, args) if args.is_empty() => arguments
                .into_iter()
                .map(|argument| self.argument(argument, row))
                .collect::<Result<_, _>>()?,
            (arguments, args) if arguments.is_empty() => self.all(args, row)?,
            _ => return Ok(self.unknown("a function with arguments in two forms")),
        };
        Ok(Expr::Call {
            function,
            arguments,
        })
    }

    fn argument(&mut self, of: Argument, row: &[Binding]) -> Result<Expr, PlanError> {
        match of.kind {
            Some(ArgumentKind::Value(value)) => self.read(value, row),
            Some(ArgumentKind::Enum(_) | ArgumentKind::Type(_)) => {
                Ok(self.unknown("an argument that is not a value"))
            }
            None => Ok(self.unknown("an argument of an unknown kind")),
        }
    }

    fn in_list(&mut self, list: SingularOrList, row: &[Binding]) -> Result<Expr, PlanError> {
        let value = list.value.ok_or(missing("SingularOrList", "value"))?;
        Ok(Expr::InList {
            value: Box::new(self.read(value, row)?),
            options: self.all(list.options, row)?,
        })
    }

    fn cast(&mut self, cast: Cast, row: &[Binding]) -> Result<Expr, PlanError> {
        let input = cast.input.ok_or(missing("Cast", "input"))?;
        let to = Type::read(&cast.to.ok_or(missing("Cast", "type"))?);
        if to == Type::Unknown {
            return Ok(self.unknown("a cast to an unknown type"));
        }
        Ok(Expr::Cast {
            input: Box::new(self.read(input, row)?),
            to,
        })
    }

    fn all(&mut self, of: Vec<Expression>, row: &[Binding]) -> Result<Vec<Expr>, PlanError> {
        of.into_iter().map(|of| self.read(of, row)).collect()
    }

    fn unknown(&mut self, what: &'static str) -> Expr {
        self.notes.note(what);
        Expr::Unknown
    }
}

/// A number of a field as an index.
///
/// # Errors
/// [`PlanError::Field`] if there is no such field.
pub(super) fn at(field: i32, fields: usize) -> Result<usize, PlanError> {
    usize::try_from(field)
        .ok()
        .filter(|index| *index < fields)
        .ok_or(PlanError::Field { field, fields })
}

fn missing(message: &'static str, field: &'static str) -> PlanError {
    PlanError::Missing { message, field }
}
