//! The binary as its users meet it.
#![expect(clippy::print_stdout, reason = "a test that is skipped says so")]
#![expect(
    clippy::unwrap_used,
    reason = "a panic is how a test fails, in its helpers too"
)]

mod accounts;
mod policy_print;
mod converging;
mod packing;
mod settings;
mod templates;
mod verifying;
