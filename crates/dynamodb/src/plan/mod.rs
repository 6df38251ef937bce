//! From constraints to requests.
//!
//! [`plan`] reads the constraints once, as [`conditions`] on attributes; chooses between table and [`index`]; turns conditions on
//! the key into [`key_condition`]s, and others into a filter; and says how the work falls into [`splits`]. The result is plain
//! data that [`handoff`] carries through the engine as JSON. Nothing here decides which rows a query returns: pushed conditions
//! may keep too much, never too little, and the constraints are evaluated again where rows are read.

pub mod value;
pub mod interval;
mod columns;
mod options;
mod float;
pub mod stored;
mod times;
pub mod conditions;
pub mod key_condition;
pub mod index;
mod aliases;
mod alternatives;
mod filter;
mod order;
mod paths;
mod work;
mod access;
mod estimate;
pub mod splits;
mod explain;
mod planner;
mod guard;
pub mod handoff;

pub use self::access::{Access, Plan};
pub use self::columns::{Column, Columns, attributes};
pub use self::estimate::Estimate;
pub use self::explain::{Explanation, How};
pub use self::guard::{FullScan, ScanGuard, Verdict};
pub use self::key_condition::{ItemKey, KeyCondition, RangeTest};
pub use self::options::PlanOptions;
pub use self::order::Top;
pub use self::paths::{DocumentPath, paths};
pub use self::planner::{KEYS_A_CALL, plan};
pub use self::value::Value;
pub use self::work::{Expressions, Request, SplitWork, Work};

#[cfg(test)]
mod laws;
