//! SQL on a laptop, through an Athena federation connector as Lambda runs it.
//!
//! Without a word it is a shell over one's own tables; `sql` asks them, `explain` shows how they would be read, `demo` brings an embedded
//! AWS with sample tables. A connector that is not deployed is a process of its own, reached through the Runtime API alone; this program is
//! that process too when told so by its first argument.
#![forbid(unsafe_code)]

mod output;
mod function;
mod asked_table;
mod args;
mod error;
mod grid;
mod print;
mod progress;
mod interrupts;
mod statements;
mod answering;
mod explain;
mod prompt;
mod targets;
mod own_table;
mod schema;
mod validate;
mod compare;
mod explore;
mod demo;

use args::{Arguments, Verb};
use athena_local::{sql, stopwatch};
use clap::Parser;
use error::Error;
use interrupts::Interrupts;
use print::Printer;
use std::collections::BTreeMap;
use std::process::ExitCode;
use std::time::Duration;

fn main() -> ExitCode {
    if std::env::args().nth(1).as_deref() == Some(function::AS_CONNECTOR) {
        return athena_dynamodb::bootstrap::main();
    }
    let arguments = Arguments::parse();
    let variables = variables();
    let mut printer = Printer::standard(variables.get("PAGER").cloned());
    let runtime = match tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
    {
        Ok(runtime) => runtime,
        Err(source) => return failed(&Error::Output { source }, &mut printer),
    };
    let interrupts = Interrupts::default();
    let work = run(arguments, variables, &interrupts, &mut printer);
    let done = runtime.block_on(interrupts.or_interrupted(work));
    // A read of standard input cannot be called back, so nobody waits for it.
    runtime.shutdown_timeout(Duration::from_millis(100));
    match done {
        Some(Ok(())) => ExitCode::SUCCESS,
        Some(Err(error)) => failed(&error, &mut printer),
        None => ExitCode::from(INTERRUPTED),
    }
}

async fn run(
    arguments: Arguments,
    variables: BTreeMap<String, String>,
    interrupts: &Interrupts,
    printer: &mut Printer,
) -> Result<(), Error> {
    let verb = arguments.verb;
    match verb.unwrap_or_else(|| Verb::Shell(Box::new(arguments.shell))) {
        Verb::Shell(args) => own_table::shell(*args, variables, interrupts, printer).await,
        Verb::Demo(args) => demo::run(&args, interrupts, printer).await,
        Verb::Sql(args) => own_table::run(*args, variables, printer).await,
        Verb::Explain(args) => own_table::explain(*args, variables, printer).await,
        Verb::Schema(args) => schema::run(args, variables, printer).await,
        Verb::Validate(args) => validate::run(*args, variables, printer).await,
        Verb::Compare(args) => compare::run(*args, variables, printer).await,
        Verb::Explore(args) => explore::run(*args, variables, printer).await,
    }
}

fn failed(error: &Error, printer: &mut Printer) -> ExitCode {
    // Who has read enough wants no words for it.
    if error.is_broken_pipe() {
        return ExitCode::FAILURE;
    }
    // Where nothing can be written, the exit status is all that is left to say.
    let _ = printer.error(&error.report());
    ExitCode::FAILURE
}

/// The environment, without what is not Unicode: no setting of ours is.
fn variables() -> BTreeMap<String, String> {
    std::env::vars_os()
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
        .collect()
}

/// What shells report for a program that was interrupted.
const INTERRUPTED: u8 = 130;
