//! The Athena connector for DynamoDB.
//!
//! `catalog` knows tables and schemas, `plan` turns a query's constraints into reads, `read` turns pages of DynamoDB's JSON into
//! Arrow columns. It reads JSON text, never the SDK's attribute maps, on the way to a column.
//!
//! Modules are listed bottom-up: one uses only those before it.
#![forbid(unsafe_code)]

pub mod json;
pub mod types;
pub mod patterns;
pub mod role;
pub mod config;
pub mod table;
pub mod plan;
pub mod api;
pub mod read;
pub mod passthrough;
pub mod catalog;
pub mod connector;
pub mod bootstrap;
