//! What AWS would refuse about a document, and what is better not written even though AWS takes it.
//!
//! [`validate`] finds what would make a call fail, so that it need not be made; [`lint`] finds what grants more than it seems
//! to, or never does anything. Both give [`Finding`]s with a severity, the place, and what to do.

mod finding;
mod kind;
mod values;
mod limits;
mod grants;
mod redundant;
mod lint;

pub use finding::{Finding, Rule, Severity};
pub use kind::PolicyKind;
pub use limits::{validate, validate_together};
pub use lint::lint;
