//! `cargo xtask bench`: what a connector costs, measured through the Lambda Runtime API over canned DynamoDB pages.
//!
//! The connector is a process of its own, whose processor time and memory the system tells apart from those of the servers
//! around it. Without `--connector` it is this program again, started with [`program::OWN`] as its first argument.
#![forbid(unsafe_code)]

mod printer;
mod table;
mod figures;
mod program;
mod args;
mod process;
mod memory;
mod meter;
mod rig;
mod startup;
mod calls;
mod reading;
mod read;
mod scaling;
mod decode;
mod lambda;
mod goals;
mod ratios;
mod plot;
mod html;
mod report;

use std::io::{stderr, stdout};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Parser as _;

use crate::args::{CommandLine, Measure};
use crate::printer::Printer;
use crate::program::Program;
use crate::report::Report;
use crate::scaling::{Scaling, Sweep};

fn main() -> ExitCode {
    if std::env::args_os()
        .nth(1)
        .is_some_and(|first| first == program::OWN)
    {
        return athena_dynamodb::bootstrap::main();
    }
    let arguments = CommandLine::parse();
    let mut printer = Printer::new(stdout(), stderr());
    match tokio::runtime::Runtime::new()
        .context("cannot start the asynchronous runtime")
        .and_then(|runtime| runtime.block_on(run(&arguments, &mut printer)))
    {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            printer.error(&error);
            ExitCode::FAILURE
        }
    }
}

async fn run(arguments: &CommandLine, printer: &mut Printer) -> anyhow::Result<()> {
    let programs = arguments.programs()?;
    let mut report = Report::new(arguments, &programs);
    if cfg!(debug_assertions) {
        printer.talk("this is not a release build: its figures mean nothing");
    }
    if arguments.measures(Measure::Start) {
        report.starts = startup::run(&programs, arguments.starts, printer).await?;
        printer.table("start", &startup::table(&report.starts))?;
    }
    if arguments.measures(Measure::Calls) {
        report.calls = calls::run(&programs, arguments.calls, printer).await?;
        printer.table("single calls", &calls::table(&report.calls))?;
    }
    if arguments.measures(Measure::Read) {
        for shape in arguments.shapes() {
            let of_shape = read::run(shape, &programs, arguments, printer).await?;
            report.reads.extend(of_shape);
        }
        printer.table("one ReadRecords", &read::table(&report.reads))?;
    }
    scale(&mut report.scaling, &programs, arguments, printer).await?;
    if arguments.measures(Measure::Decode) {
        for shape in arguments.shapes() {
            report.decode.extend(decode::run(shape, printer).await?);
        }
        printer.table("decode alone", &decode::table(&report.decode))?;
    }
    report.conclude();
    if let Some(folder) = &arguments.out {
        for path in report.write(folder)? {
            printer.talk(&format!("wrote {}", path.display()));
        }
    }
    Ok(())
}

async fn scale(
    scaling: &mut Scaling,
    programs: &[Program],
    arguments: &CommandLine,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    let mut sweep = Sweep {
        programs,
        arguments,
        printer,
    };
    if arguments.measures(Measure::Segments) {
        scaling.segments = scaling::segments(&mut sweep).await?;
    }
    if arguments.measures(Measure::Latency) {
        scaling.latency = scaling::latency(&mut sweep).await?;
    }
    if arguments.measures(Measure::Columns) {
        scaling.columns = scaling::columns(&mut sweep).await?;
    }
    if arguments.measures(Measure::Growth) {
        scaling.growth = scaling::growth(&mut sweep).await?;
    }
    if arguments.measures(Measure::Compression) {
        scaling.compression = scaling::compression(&mut sweep).await?;
    }
    Ok(())
}
