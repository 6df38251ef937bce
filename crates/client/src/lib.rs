//! The engine's half of the Athena federation protocol.
//!
//! A [`Connector`] is reached through an [`Invoker`] and its spilled blocks through a [`SpillStore`]; a [`Query`] walks one
//! question from the table's schema over layout and splits to record batches, and counts on the way. No SQL here: who wants rows
//! hands in constraints and columns. [`conformance`] judges a connector by the protocol.
//!
//! Modules are listed bottom-up: one uses only those before it. Comments cite the sections of `docs/protocol.md` as
//! "protocol §n".
#![forbid(unsafe_code)]

pub mod invoke;
pub mod lambda;
pub mod store;
pub mod s3;
pub mod stats;
pub mod error;
pub mod connector;
mod blocks;
pub mod query;
pub mod conformance;

pub use connector::{Connector, Limits};
pub use error::Error;
pub use invoke::{EndpointInvoker, InvokeError, Invoked, Invoker};
pub use lambda::LambdaInvoker;
pub use query::{Plan, Query, Table};
pub use s3::S3Store;
pub use stats::{Figures, QueryStats};
pub use store::{SpillStore, StoreError};
