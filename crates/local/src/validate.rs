//! `validate`: a connector judged by the protocol, rule by rule, with a report for people or programs.

mod report;
mod json;

use crate::args::ValidateArgs;
use crate::error::Error;
use crate::print::Printer;
use crate::stopwatch::Stopwatch;
use crate::targets;
use athena_client::conformance::{Options, Outcome, Progress, Rule, Target, validate};
use std::collections::BTreeMap;
use std::time::Duration;
use tokio::sync::mpsc;

/// Judges the connector that the arguments name.
///
/// # Errors
/// If it cannot be reached, nothing can be written, or a rule is broken.
pub(crate) async fn run(
    args: ValidateArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    if args.list {
        for rule in Rule::ALL {
            let line = format!("{:22} {:5} {}", rule.name(), rule.section(), rule.says());
            printer.data(&line)?;
        }
        return Ok(());
    }
    let options = options(&args)?;
    let (connector, _running) = targets::connector(args.over, vars).await?;
    let stopwatch = Stopwatch::start();
    let (told, mut heard) = mpsc::unbounded_channel::<Progress>();
    let mut watch = |progress: &Progress| {
        // Nobody listens once the run has ended.
        let _ = told.send(progress.clone());
    };
    let target = Target::of(&connector);
    let judged = validate(target, &options, &mut watch);
    let mut judged = std::pin::pin!(judged);
    let report = loop {
        tokio::select! {
            report = &mut judged => break report,
            Some(progress) = heard.recv() => show(&progress, printer)?,
        }
    };
    while let Ok(progress) = heard.try_recv() {
        show(&progress, printer)?;
    }
    let took = stopwatch.elapsed();
    if args.json {
        printer.data(&json::of(&report, took))?;
    } else {
        printer.data(&report::text(&report, took, args.verbose))?;
    }
    match report.count(Outcome::Failed) {
        0 if report.passed() => Ok(()),
        0 => Err(Error::NothingJudged),
        broken => Err(Error::RulesBroken {
            broken,
            all: report.findings.len(),
        }),
    }
}

fn show(progress: &Progress, printer: &mut Printer) -> std::io::Result<()> {
    let calls = crate::print::counted(progress.calls, "call");
    printer.talk(&format!(
        "[{}/{}] {} · {calls} so far",
        progress.done, progress.all, progress.doing
    ))
}

fn options(args: &ValidateArgs) -> Result<Options, Error> {
    let known = |wanted: &String| {
        let mut rules = Rule::ALL.iter().map(|rule| rule.name());
        rules.any(|name| name == wanted || name.split('/').next() == Some(wanted))
    };
    if let Some(rule) = args.rule.iter().find(|rule| !known(rule)) {
        return Err(Error::UnknownRule { rule: rule.clone() });
    }
    let tables = args.table.iter().map(|asked| asked.name.clone());
    let expected = args.table.iter();
    let expected = expected.filter_map(|asked| Some((asked.name.clone(), asked.rows?)));
    Ok(Options {
        tables: tables.collect(),
        tables_at_most: args.tables,
        rows_at_most: args.rows,
        questions_at_most: args.questions,
        call_limit: Duration::from_secs(args.call_seconds),
        expected_rows: expected.collect(),
        rules: args.rule.clone(),
    })
}
