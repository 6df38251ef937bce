//! The Athena federation wire protocol as pure values.
//!
//! Given bytes this crate returns values, and back: requests and responses of protocol versions 2 to 6, Arrow payloads in both
//! framings, predicates and their evaluation, the sealing of spilled blocks, and tokens that carry credentials. It never awaits,
//! reads no clock, no environment and no network.
//!
//! Comments cite the sections of `docs/protocol.md` as "protocol §n".
#![forbid(unsafe_code)]

mod zone;

pub mod timestamp;

mod lenient;
mod problem;
mod text;
mod version;

pub mod block;
pub mod predicate;
pub mod spill;
pub mod token;
pub mod wire;
