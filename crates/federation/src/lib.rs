//! What any Athena federation connector needs at run time.
//!
//! A connector implements [`Connector`] and hands back plain batches; this crate reads requests, keeps limits and deadlines,
//! cuts rows into blocks, seals and spills them, and answers. It knows no data source.
//!
//! Modules are listed bottom-up: one uses only those before it.
#![forbid(unsafe_code)]

pub mod clock;
pub mod fault;
pub mod metrics;
pub mod emf;
pub mod config;
pub mod buffers;
pub mod log;
pub mod throttle;
pub mod query_status;
pub mod aws;
mod kms;
pub mod credentials;
pub mod connector;
pub mod spill;
pub mod supported;
pub mod records;
pub mod dispatch;
pub mod lambda;

pub use connector::{BatchStream, Call, Connector, SplitPage, TablePage, TableSchema};
pub use fault::Fault;
