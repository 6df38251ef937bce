//! Reads of each shape.

use serde::Serialize;

use crate::args::{CommandLine, ShapeName};
use crate::figures::megabytes;
use crate::printer::Printer;
use crate::program::Program;
use crate::reading::{self, Reading};
use crate::rig::{Rig, Settings};
use crate::table::{Table, tenths};

/// What reads of one shape by one connector cost.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReadFigures {
    pub(crate) shape: ShapeName,
    #[serde(flatten)]
    pub(crate) reading: Reading,
}

/// Reads the table of `shape` with each program in turns.
///
/// # Errors
/// If a connector fails, or answers another number of rows than the table has.
pub(crate) async fn run(
    shape: ShapeName,
    programs: &[Program],
    arguments: &CommandLine,
    printer: &mut Printer,
) -> anyhow::Result<Vec<ReadFigures>> {
    let rig = Rig::start(Settings::of(shape.shape(), arguments)).await?;
    let (pages, json) = (arguments.pages, megabytes(rig.pages.json_bytes()));
    let runs = arguments.runs;
    printer.talk(&format!(
        "reading {pages} {} pages, {json:.1} MB, 1 + {runs} times",
        shape.label()
    ));
    let readings = reading::of_table(&rig, programs, runs).await?;
    let figures = |reading| ReadFigures { shape, reading };
    Ok(readings.into_iter().map(figures).collect())
}

/// One line a shape and connector. With several connectors, each is compared with the first.
pub(crate) fn table(reads: &[ReadFigures]) -> Table {
    let first = reads.first().map(|read| read.reading.connector.as_str());
    let compares = reads
        .iter()
        .any(|read| Some(read.reading.connector.as_str()) != first);
    let mut heading = vec![
        "shape",
        "connector",
        "MB/CPU-s",
        "least",
        "most",
        "cold",
        "MB/s",
        "peak MB",
        "rows",
        "pages",
        "MB",
        "blocks",
        "spilled MB",
    ];
    if compares {
        heading.push("of the first");
    }
    let mut table = Table::new(2, &heading);
    for ReadFigures { shape, reading } in reads {
        let cpu = reading.mb_per_cpu_second;
        let cold = &reading.cold;
        let mut row = vec![
            shape.label().to_owned(),
            reading.connector.clone(),
            tenths(cpu.map(|cpu| cpu.median)),
            tenths(cpu.map(|cpu| cpu.least)),
            tenths(cpu.map(|cpu| cpu.most)),
            tenths(cold.mb_per_cpu_second),
            tenths(reading.mb_per_second.map(|wall| wall.median)),
            format!("{:.1}", reading.peak_memory_mb),
            cold.rows.to_string(),
            cold.pages.to_string(),
            format!("{:.1}", megabytes(cold.json_bytes)),
            cold.blocks.to_string(),
            format!("{:.1}", megabytes(cold.spilled_bytes)),
        ];
        if compares {
            let base = reads.iter().find(|base| base.shape == *shape);
            let base = base.and_then(|base| base.reading.mb_per_cpu_second);
            let ratio = cpu.zip(base).map(|(cpu, base)| cpu.median / base.median);
            row.push(ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")));
        }
        table.push(row);
    }
    table
}
