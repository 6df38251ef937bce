//! Judges any connector by the protocol: every call, every form of question, and requests that no engine sends.
//!
//! Nothing of this project's own connector is assumed: names in any case, rows in any order, versions 2 to 6. A connector is held
//! against itself (what it gives under a condition, in pieces, spilled or in another version has to be what it gives whole) and
//! against the protocol's words ([`Rule::says`], [`Rule::section`]). A table that changes meanwhile is judged wrongly.
//!
//! What a run finds names tables, columns, kinds and numbers, and never the value of an item.

mod rules;
mod ledger;
mod ordered;
mod message;
mod documents;
mod session;
mod rowkey;
mod rows;
mod planning;
mod reading;
mod handshake;
mod listing;
mod truth;
mod questions;
mod expressions;
mod options;
mod tables;
mod repeating;
mod filters;
mod limits;
mod spilling;
mod hostile;
mod run;

pub use ledger::{Finding, Outcome};
pub use options::Options;
pub use rules::Rule;
pub use run::{JudgedTable, Progress, Report, validate};
pub use session::Target;
