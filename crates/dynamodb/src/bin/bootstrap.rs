//! The Lambda function's binary.

use std::process::ExitCode;

fn main() -> ExitCode {
    athena_dynamodb::bootstrap::main()
}
