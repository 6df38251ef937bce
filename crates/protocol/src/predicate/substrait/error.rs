//! Why a plan cannot be read. Names, kinds and numbers of fields are told, never a literal.

/// Why a plan cannot be read.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// The text is not base64.
    #[error("the query plan is not base64")]
    Text,
    /// The plan is longer than any that a query makes.
    #[error("the query plan has {bytes} bytes, expected at most {max}")]
    TooLong {
        /// Length of the plan.
        bytes: usize,
        /// What is read at most.
        max: usize,
    },
    /// The bytes are no `substrait.Plan`, or nested deeper than 100 messages.
    #[error("cannot decode the query plan as a `substrait.Plan`")]
    Decode(#[source] prost::DecodeError),
    /// The expressions have more parts than any that a query makes.
    #[error("the expressions of the query plan have more than {max} parts")]
    TooManyParts {
        /// What is read at most.
        max: usize,
    },
    /// A plan is one relation tree.
    #[error("the query plan has {got} relations, expected one")]
    Relations {
        /// How many there are.
        got: usize,
    },
    /// A message lacks a field without which it means nothing.
    #[error("a {message} of the query plan has no {field}")]
    Missing {
        /// The message's name in Substrait.
        message: &'static str,
        /// The field's name in Substrait.
        field: &'static str,
    },
    /// The relation tree does not lead down to one named table.
    #[error("the query plan reads {got}, expected one named table")]
    Table {
        /// What it leads to.
        got: &'static str,
    },
    /// The schema of the table does not name each of its fields once.
    #[error("the schema of the query plan has {names} names for {fields} fields")]
    Names {
        /// Names given.
        names: usize,
        /// Fields that are to be named, at every depth.
        fields: usize,
    },
    /// A reference to a field that does not exist.
    #[error("the query plan refers to field {field} of {fields}")]
    Field {
        /// Its number, counted from 0.
        field: i32,
        /// How many there are.
        fields: usize,
    },
    /// A function that the plan does not declare.
    #[error("the query plan calls function {anchor}, which it does not declare")]
    UnknownFunction {
        /// The function's number in the plan.
        anchor: u32,
    },
    /// Two functions with one number.
    #[error("the query plan declares function {anchor} twice")]
    FunctionTwice {
        /// The function's number in the plan.
        anchor: u32,
    },
    /// A number of rows below zero.
    #[error("the {field} of a fetch of the query plan is negative")]
    Negative {
        /// `offset` or `count`.
        field: &'static str,
    },
    /// A literal that its type does not have.
    #[error("a literal of type {kind} of the query plan {problem}")]
    Literal {
        /// The type.
        kind: &'static str,
        /// What is wrong with it.
        problem: &'static str,
    },
}
