//! `demo`: a sample shop in an embedded AWS, the connector as a process of its own, and statements whose answers are compared,
//! row by row, with what was loaded.

mod value;
mod expected;
mod questions;
mod compare;

use crate::args::DemoArgs;
use crate::error::Error;
use crate::function::{Command, Function};
use crate::interrupts::Interrupts;
use crate::print::{Printer, counted, figures, size};
use crate::prompt::{self, Settings};
use crate::sql::{Keep, Shell};
use crate::stopwatch::Stopwatch;
use athena_client::{Figures, Limits, S3Store};
use athena_local::report::Report;
use athena_testkit::emulator::Stats;
use athena_testkit::{LocalAws, Shop, aws};
use compare::compare;
use questions::{Answers, QUESTIONS, Question};
use std::sync::Arc;

/// Loads the shop, asks, compares; goes on with a prompt if told to.
///
/// # Errors
/// If anything cannot be started, a statement fails, or an answer differs from what was loaded.
pub(crate) async fn run(
    args: &DemoArgs,
    interrupts: &Interrupts,
    printer: &mut Printer,
) -> Result<(), Error> {
    let stopwatch = Stopwatch::start();
    printer.talk("starting DynamoDB, S3 and the Lambda Runtime API on loopback")?;
    let aws = LocalAws::start().await?;
    let shop = load(&aws, args.scale, printer).await?;
    let store = Arc::new(S3Store::new(aws.s3.client()));
    let environment = aws.function_environment();
    let limits = Limits::default();
    let function = Function::start(Command::own()?, environment, store, CATALOG, limits).await?;
    let shell = Shell::open(function.connector.clone()).await?;
    printer.talk("the connector answers")?;

    let mut wrong = 0;
    for (number, question) in QUESTIONS.iter().enumerate() {
        let right = ask(number + 1, question, &shell, &shop, &aws, printer).await?;
        wrong += usize::from(!right);
    }
    let all = QUESTIONS.len();
    printer.data("")?;
    printer.data(&connector_line(&function.emulator.stats()))?;
    let result = if wrong == 0 {
        printer.data(&format!(
            "all {all} answers equal what was loaded · {:.1} s in all",
            stopwatch.elapsed().as_secs_f64()
        ))?;
        Ok(())
    } else {
        Err(Error::Differences { wrong, all })
    };
    if args.keep {
        printer.talk("\ntables: customers, orders, products")?;
        let settings = Settings {
            history: None,
            rows: printer.shown_rows(None),
        };
        prompt::run(&shell, settings, interrupts, printer).await?;
    }
    function.emulator.shutdown().await;
    result
}

async fn load(aws: &LocalAws, scale: u8, printer: &mut Printer) -> Result<Shop, Error> {
    let shop = Shop::generate(SEED, scale.into());
    let mut broken = None;
    let stopwatch = Stopwatch::start();
    let progress = |done, all| {
        broken = printer
            .progress("loading the shop", done, all)
            .err()
            .or(broken.take());
    };
    shop.load(&aws.dynamodb.client(), progress).await?;
    if let Some(error) = broken {
        return Err(error.into());
    }
    printer.talk(&format!(
        "loaded {}, {} and {} in {:.1} s",
        counted(shop.customers.len() as u64, "customer"),
        counted(shop.products.len() as u64, "product"),
        counted(shop.orders.len() as u64, "order"),
        stopwatch.elapsed().as_secs_f64()
    ))?;
    Ok(shop)
}

/// Asks one question, shows the answer, and tells whether it is right.
async fn ask(
    number: usize,
    question: &Question,
    shell: &Shell,
    shop: &Shop,
    aws: &LocalAws,
    printer: &mut Printer,
) -> Result<bool, Error> {
    printer.data(&format!(
        "\n── {number}. {}\n{}\n",
        question.title, question.sql
    ))?;
    let before = aws.s3.objects(aws::SPILL_BUCKET).await?;
    let answer = match shell.run(question.sql, Keep::All).await {
        Ok(answer) => answer,
        Err(error) => {
            printer.error(&Report::from(&error))?;
            return Ok(false);
        }
    };
    printer.table(&answer)?;
    printer.data(&figures(answer.rows, answer.took, &answer.figures))?;
    let mut complaints = compare(&answer, question, shop);
    if question.answers == Answers::Spilled {
        complaints.extend(spill_complaint(&answer.figures, &before, aws).await?);
    }
    if complaints.is_empty() {
        printer.data("✓ equals what was loaded")?;
    }
    for complaint in &complaints {
        printer.data(&format!("✗ {complaint}"))?;
    }
    Ok(complaints.is_empty())
}

/// What is wrong with the spilling, if anything: blocks must have come through the bucket, and must be unreadable there.
async fn spill_complaint(
    figures: &Figures,
    before: &[String],
    aws: &LocalAws,
) -> Result<Option<String>, Error> {
    if figures.spilled_blocks == 0 {
        return Ok(Some(
            "no block was spilled, expected at least one".to_owned(),
        ));
    }
    if figures.encrypted_blocks < figures.spilled_blocks {
        let plain = figures.spilled_blocks - figures.encrypted_blocks;
        return Ok(Some(format!(
            "{} came unencrypted",
            counted(plain, "block")
        )));
    }
    let keys = aws.s3.objects(aws::SPILL_BUCKET).await?;
    let new: Vec<_> = keys.iter().filter(|key| !before.contains(key)).collect();
    if (new.len() as u64) < figures.spilled_blocks {
        return Ok(Some(format!(
            "the bucket has {}, fewer than were read",
            counted(new.len() as u64, "new object")
        )));
    }
    for key in new {
        let object = aws.s3.get(aws::SPILL_BUCKET, key).await?;
        if compare::is_plain_arrow(&object) {
            return Ok(Some(format!(
                "the object `{key}` is readable without its key"
            )));
        }
    }
    Ok(None)
}

/// What the connector's processes needed.
fn connector_line(stats: &Stats) -> String {
    let first_poll = stats
        .processes
        .iter()
        .filter_map(|process| process.to_first_poll)
        .min()
        .unwrap_or_default();
    let memory = stats
        .processes
        .iter()
        .map(|process| process.peak_memory_bytes)
        .max()
        .unwrap_or_default();
    format!(
        "connector: {}, {}, first poll {:.1} ms after its start, at most {} of memory",
        counted(stats.processes.len() as u64, "process").replace("processs", "processes"),
        counted(stats.invocations, "call"),
        first_poll.as_secs_f64() * 1e3,
        size(memory)
    )
}

const CATALOG: &str = "ddb";
/// The same shop for everybody.
const SEED: u64 = 2026;
