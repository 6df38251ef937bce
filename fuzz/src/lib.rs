//! Hostile input for every parser: what each must hold to, from where mutation starts, and how it goes on.
//!
//! A [`Target`] is one parser with its law: for any bytes it answers a value or an error, what it answers can be written and read
//! again, and it takes no more memory than [`memory::bound`]. `cargo xtask fuzz` drives the targets by coverage; the acceptance
//! tests replay [`seeds`](Target::seeds), [`corpus`] and some mutations of both.
#![forbid(unsafe_code)]

pub mod memory;
mod fixtures;
mod targets;
pub mod mutation;
pub mod corpus;

pub use mutation::Mutations;
pub use targets::{TARGETS, Target, find};
