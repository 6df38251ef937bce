//! What a query asks of rows: value sets per column, expressions, order, limit (protocol §4, §8).

pub mod arrow_type;
pub mod scalar;

mod constraints;
mod contains;
mod expression;
mod value_set;

pub use constraints::{Constraints, Direction, OrderByField, QueryPlan};
pub use contains::matching_rows;
pub use expression::{Expression, FunctionName};
pub use scalar::Scalar;
pub use value_set::{Bound, Marker, Range, ValueSet};
