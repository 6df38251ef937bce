//! What a query asks of rows: value sets per column, expressions, order, limit (protocol §4, §8).

pub mod arrow_type;
pub mod order;

mod scalar;
mod keys;
mod nested;
mod compare;
mod range;
mod value_set;
mod contains;
mod intervals;
mod matches;
mod expression;
mod constraints;
mod rows;

pub mod substrait;

pub use constraints::{Constraints, Direction, OrderByField, QueryPlan};
pub use expression::{Expression, FunctionName};
pub use order::Comparison;
pub use range::{Bound, InvalidRange, Marker, Range};
pub use rows::matching_rows;
pub use scalar::Scalar;
pub use value_set::ValueSet;
