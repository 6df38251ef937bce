//! Which tables there are, and what they are made of.

mod description;
mod sample;
mod tables;

pub use sample::{SOURCE_TABLE, sampled_schema};
pub use tables::{Described, Tables};
