//! `validate`, `compare` and `explore` as a program, over the real connector and an embedded DynamoDB.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a test that cannot go on fails, and says where; one that is skipped says so"
)]

mod program;
mod http;
mod browser;

mod validating;
mod comparing;
mod exploring;
mod browsing;
