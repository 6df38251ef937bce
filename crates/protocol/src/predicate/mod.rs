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
mod domain;
mod like;
mod tree;

pub mod substrait;

mod term;
mod expression_terms;
mod plan_terms;
mod asked;

pub use asked::{Asked, ShownColumn};
pub use constraints::{Constraints, Direction, OrderByField, QueryPlan};
pub use domain::Domain;
pub use expression::{Expression, FunctionName};
pub use like::LikePattern;
pub use order::Comparison;
pub use range::{Bound, InvalidRange, Marker, Range};
pub use rows::matching_rows;
pub use scalar::Scalar;
pub use tree::{Domains, Predicate, Rule, Test};
pub use value_set::ValueSet;
