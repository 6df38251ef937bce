//! Micro benches of the hot path: `cargo bench --package athena-benches`, with a filter as its argument if need be.
//!
//! They tell which step a change made faster; whether that counts, `cargo xtask bench` tells.
#![forbid(unsafe_code)]

mod page;
mod decode;
mod predicate;
mod block;

fn main() {
    divan::main();
}
