//! What documents mean, how they change, what is wrong with them, and what they decide: by example and by law.
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

mod carried;
mod cases;
mod check;
mod conditions;
mod decisions;
mod diff;
mod documents;
mod equality;
mod explanations;
mod laws;
mod merge;
mod model;
mod refusals;
mod sides;
mod universe;
mod vectors;
