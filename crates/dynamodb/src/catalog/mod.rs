//! Which tables there are, and what they are made of.

mod lookups;
mod description;
mod tables;
mod sample;
mod inferred;
pub mod glue;
pub mod resolve;
pub mod survey;

pub use sample::{Gather, SOURCE_ROLE, SOURCE_TABLE, gather, schema};
pub use tables::{Described, Tables};
