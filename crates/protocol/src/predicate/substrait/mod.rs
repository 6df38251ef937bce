//! The query as the engine planned it: a Substrait plan, of which one table's part is read (protocol §4, version 6).
//!
//! A plan is a tree of relations over a read of a named table. What is understood is a chain of filters, fetches, sorts and
//! projections: [`read`] tells which rows of the table the plan wants, in the names of the table's columns. All that cannot be told
//! exactly is left out and listed in [`Plan::not_understood`], as <https://substrait.io> defines relations and expressions: what
//! is claimed holds for every row of the table, and never too few rows qualify.

mod messages;

mod error;
mod types;
mod literal;
mod functions;
mod schema;
mod notes;
mod row_wise;
mod expression;
mod scope;
mod sort;
mod output;
mod fetch;
mod chain;
mod claims;
mod plan;

pub use error::PlanError;
pub use expression::{Column, Expr};
pub use fetch::Fetch;
pub use literal::Literal;
pub use output::Output;
pub use plan::{Plan, read};
pub use sort::SortKey;
pub use types::Type;

#[cfg(test)]
mod tests;
