//! `athena-dynamodb-deploy`: what the connector needs in AWS, from the command line.

mod print;
mod config;
mod permissions;
mod args;

use std::process::ExitCode;

use crate::print::Printer;

fn main() -> ExitCode {
    let mut printer = Printer::new(std::io::stdout().lock(), std::io::stderr().lock());
    args::run(std::env::args_os(), &mut printer)
}
