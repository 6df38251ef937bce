//! Which tables there are, and what they are made of.

mod description;
mod sample;
mod tables;
pub mod glue;
pub mod resolve;

pub use sample::{SOURCE_TABLE, sample, schema};
pub use tables::{Described, Tables};
