//! SQL over any Athena federation connector, for programs of one's own.
//!
//! A [`Connector`](athena_client::Connector) becomes a catalog of DataFusion: [`sql::Shell`] plans and answers whole statements, and
//! [`sql::ConnectorTable`] is a `TableProvider` for a session of one's own. What went wrong is told by [`report::Report`] as
//! `athena-local` tells it.
//!
//! Modules are listed bottom-up: one uses only those before it. Comments cite the sections of `docs/protocol.md` as
//! "protocol §n".
#![forbid(unsafe_code)]

pub mod stopwatch;
pub mod sql;
pub mod report;
pub mod memory;
pub mod in_process;
