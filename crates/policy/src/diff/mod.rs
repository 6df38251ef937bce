//! What differs between two documents, statement by statement and in words.

mod elements;
mod statements;
mod words;

pub use elements::{Difference, Element};
pub use statements::{DocumentDiff, StatementDiff};
