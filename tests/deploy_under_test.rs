//! The deploy binary as a process of its own, for tests that start it.

use std::process::ExitCode;

fn main() -> ExitCode {
    athena_dynamodb_deploy::main()
}
