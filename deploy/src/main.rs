//! `athena-dynamodb-deploy` as a program; what it does is in the library.

use std::process::ExitCode;

fn main() -> ExitCode {
    athena_dynamodb_deploy::main()
}
