//! Which tables there are, and what they are made of.

mod description;
mod sample;
mod tables;
pub mod glue;
pub mod resolve;
pub mod survey;

pub use sample::{Gather, SOURCE_ROLE, SOURCE_TABLE, gather, schema};
pub use tables::{Described, Tables};
