//! Documents of a real deployment, equality by meaning, what is refused, and the law that printing loses nothing.
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

mod carried;
mod cases;
mod check;
mod conditions;
mod diff;
mod documents;
mod equality;
mod explanations;
mod laws;
mod merge;
mod model;
mod refusals;
mod sides;
mod vectors;
