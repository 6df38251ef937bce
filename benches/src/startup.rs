//! How long a connector takes to be ready: from the start of its process to its first poll, and the first ping after it.

use athena_testkit::pages::Shape;
use serde::Serialize;

use crate::figures::{Distribution, megabytes, milliseconds};
use crate::printer::Printer;
use crate::program::Program;
use crate::rig::{Rig, Settings};
use crate::table::Table;

/// The start of one connector, over all its processes.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StartFigures {
    pub(crate) connector: String,
    /// How many processes were started.
    pub(crate) starts: u32,
    /// From just before the spawn to the first poll, in milliseconds.
    pub(crate) first_poll_ms: Distribution,
    /// From that poll to the answer of the ping that it took, in milliseconds.
    pub(crate) first_ping_ms: Distribution,
    /// The most memory that a process held by then, in MB.
    pub(crate) peak_memory_mb: f64,
}

/// Starts each program `starts` times, in turns.
///
/// # Errors
/// If a connector does not answer a ping.
pub(crate) async fn run(
    programs: &[Program],
    starts: u32,
    printer: &mut Printer,
) -> anyhow::Result<Vec<StartFigures>> {
    printer.talk(&format!("measuring {starts} starts"));
    let rig = Rig::start(Settings::one_page(Shape::Narrow)).await?;
    let mut measured = vec![Vec::new(); programs.len()];
    for _ in 0..starts {
        for (program, measured) in programs.iter().zip(&mut measured) {
            measured.push(start(&rig, program).await?);
        }
    }
    let figures = programs.iter().zip(measured).map(|(program, measured)| {
        let of_all = |figure: fn(&Started) -> f64| {
            Distribution::of(measured.iter().map(figure)).expect("there is at least one start")
        };
        StartFigures {
            connector: program.label.clone(),
            starts,
            first_poll_ms: of_all(|started| started.first_poll_ms),
            first_ping_ms: of_all(|started| started.first_ping_ms),
            peak_memory_mb: of_all(|started| started.peak_memory_mb).spread.most,
        }
    });
    Ok(figures.collect())
}

/// One line a connector.
pub(crate) fn table(starts: &[StartFigures]) -> Table {
    let heading = [
        "connector",
        "starts",
        "first poll ms",
        "least",
        "most",
        "first ping ms",
        "least",
        "most",
        "peak MB",
    ];
    let mut table = Table::new(1, &heading);
    for figures in starts {
        let mut row = vec![figures.connector.clone(), figures.starts.to_string()];
        for distribution in [&figures.first_poll_ms, &figures.first_ping_ms] {
            let spread = distribution.spread;
            for figure in [spread.median, spread.least, spread.most] {
                row.push(format!("{figure:.2}"));
            }
        }
        row.push(format!("{:.1}", figures.peak_memory_mb));
        table.push(row);
    }
    table
}

#[derive(Clone, Copy)]
struct Started {
    first_poll_ms: f64,
    first_ping_ms: f64,
    peak_memory_mb: f64,
}

async fn start(rig: &Rig, program: &Program) -> anyhow::Result<Started> {
    let function = rig.function(program).await?;
    let pinged = function.connector.query().ping().await;
    pinged.map_err(|error| function.explain(error))?;
    let process = function.process()?;
    Ok(Started {
        first_poll_ms: milliseconds(process.to_first_poll.unwrap_or_default()),
        first_ping_ms: milliseconds(function.meter.take().wall),
        peak_memory_mb: megabytes(process.peak_memory_bytes),
    })
}
