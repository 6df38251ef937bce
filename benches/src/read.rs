//! A whole read: pages over loopback, decoded, encrypted, spilled; the blocks read back and their rows counted.

use anyhow::{Context as _, ensure};
use athena_client::{Figures, Query, Table as Described};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::TableName;
use futures::TryStreamExt as _;
use serde::Serialize;

use crate::args::{CommandLine, ShapeName};
use crate::figures::{Spread, megabytes, megabytes_per_second};
use crate::meter::Cost;
use crate::printer::Printer;
use crate::program::Program;
use crate::rig::{Function, Rig, Settings};
use crate::table::{Table, tenths};

/// What reads of one shape by one connector cost. MB are 10^6 bytes of JSON as DynamoDB sends it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct ReadFigures {
    pub(crate) shape: ShapeName,
    pub(crate) connector: String,
    /// The first read of the process, which only planned before.
    pub(crate) cold: Run,
    /// MB a second of processor time; none if a read took less than the system can tell.
    pub(crate) mb_per_cpu_second: Option<Spread>,
    /// MB a second.
    pub(crate) mb_per_second: Option<Spread>,
    /// The most memory that the process ever held, in MB.
    pub(crate) peak_memory_mb: f64,
    /// The reads after the first.
    pub(crate) runs: Vec<Run>,
}

/// One read of the whole table.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) json_bytes: u64,
    pub(crate) pages: u64,
    pub(crate) rows: u64,
    /// `ReadRecords` calls.
    pub(crate) calls: u64,
    pub(crate) wall_seconds: f64,
    /// Of the connector's process.
    pub(crate) cpu_seconds: f64,
    pub(crate) mb_per_second: Option<f64>,
    pub(crate) mb_per_cpu_second: Option<f64>,
    pub(crate) blocks: u64,
    pub(crate) encrypted_blocks: u64,
    pub(crate) spilled_bytes: u64,
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
    let settings = Settings {
        shape,
        pages: arguments.pages,
        segments: arguments.segments,
        delay: arguments.delay(),
        bytes_per_second: arguments.bytes_per_second(),
    };
    let rig = Rig::start(settings).await?;
    let (pages, json) = (arguments.pages, megabytes(rig.pages.json_bytes()));
    let runs = arguments.runs;
    printer.talk(&format!(
        "reading {pages} {} pages, {json:.1} MB, 1 + {runs} times",
        shape.label()
    ));
    let mut subjects = Vec::new();
    for program in programs {
        subjects.push(Subject::new(&rig, program).await?);
    }
    for _ in 0..=runs {
        for subject in &mut subjects {
            let run = subject.read(&rig).await;
            subject
                .runs
                .push(run.map_err(|error| subject.function.explain(error))?);
            rig.forget_blocks().await?;
        }
    }
    subjects
        .into_iter()
        .map(|subject| subject.figures(shape))
        .collect()
}

/// One line a shape and connector. With several connectors, each is compared with the first.
pub(crate) fn table(reads: &[ReadFigures]) -> Table {
    let first = reads.first().map(|read| read.connector.as_str());
    let compares = reads
        .iter()
        .any(|read| Some(read.connector.as_str()) != first);
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
    for read in reads {
        let cpu = read.mb_per_cpu_second;
        let mut row = vec![
            read.shape.label().to_owned(),
            read.connector.clone(),
            tenths(cpu.map(|cpu| cpu.median)),
            tenths(cpu.map(|cpu| cpu.least)),
            tenths(cpu.map(|cpu| cpu.most)),
            tenths(read.cold.mb_per_cpu_second),
            tenths(read.mb_per_second.map(|wall| wall.median)),
            format!("{:.1}", read.peak_memory_mb),
            read.cold.rows.to_string(),
            read.cold.pages.to_string(),
            format!("{:.1}", megabytes(read.cold.json_bytes)),
            read.cold.blocks.to_string(),
            format!("{:.1}", megabytes(read.cold.spilled_bytes)),
        ];
        if compares {
            let base = reads.iter().find(|base| base.shape == read.shape);
            let base = base.and_then(|base| base.mb_per_cpu_second);
            let ratio = cpu.zip(base).map(|(cpu, base)| cpu.median / base.median);
            row.push(ratio.map_or_else(|| "-".to_owned(), |ratio| format!("{ratio:.2}")));
        }
        table.push(row);
    }
    table
}

/// A connector that knows the table.
struct Subject {
    function: Function,
    table: Described,
    runs: Vec<Run>,
}

impl Subject {
    async fn new(rig: &Rig, program: &Program) -> anyhow::Result<Self> {
        let function = rig.function(program).await?;
        let name = TableName::new("default", rig.pages.table());
        let described = function.connector.query().get_table(&name).await;
        let table = described.map_err(|error| function.explain(error))?;
        Ok(Self {
            function,
            table,
            runs: Vec::new(),
        })
    }

    /// Plans anew, so that blocks get a place and a key of their own, and reads all splits one after another.
    async fn read(&self, rig: &Rig) -> anyhow::Result<Run> {
        let query = self.function.connector.query();
        let plan = query.plan(&self.table, Constraints::default()).await?;
        let before = rig.pages.counts();
        self.function.meter.take();
        let mut cost = Cost::default();
        for split in plan.splits() {
            let mut batches = query.read(&plan, split, self.table.schema.clone());
            while batches.try_next().await?.is_some() {}
            let of_split = self.function.meter.take();
            cost.calls += of_split.calls;
            cost.wall += of_split.wall;
            cost.cpu += of_split.cpu;
        }
        let after = rig.pages.counts();
        let json_bytes = after.bytes - before.bytes;
        let pages = (after.scan + after.query) - (before.scan + before.query);
        check_rows(&query, rig.pages.items())?;
        let Figures {
            rows,
            spilled_blocks,
            spilled_bytes,
            encrypted_blocks,
            ..
        } = query.stats().figures();
        Ok(Run {
            json_bytes,
            pages,
            rows,
            calls: cost.calls,
            wall_seconds: cost.wall.as_secs_f64(),
            cpu_seconds: cost.cpu.as_secs_f64(),
            mb_per_second: megabytes_per_second(json_bytes, cost.wall),
            mb_per_cpu_second: megabytes_per_second(json_bytes, cost.cpu),
            blocks: spilled_blocks,
            encrypted_blocks,
            spilled_bytes,
        })
    }

    fn figures(self, shape: ShapeName) -> anyhow::Result<ReadFigures> {
        let process = self.function.process()?;
        let mut runs = self.runs.into_iter();
        let cold = runs.next().context("nothing was read")?;
        let runs: Vec<Run> = runs.collect();
        Ok(ReadFigures {
            shape,
            connector: self.function.label,
            cold,
            mb_per_cpu_second: Spread::of(runs.iter().filter_map(|run| run.mb_per_cpu_second)),
            mb_per_second: Spread::of(runs.iter().filter_map(|run| run.mb_per_second)),
            peak_memory_mb: megabytes(process.peak_memory_bytes),
            runs,
        })
    }
}

fn check_rows(query: &Query, expected: u64) -> anyhow::Result<()> {
    let rows = query.stats().figures().rows;
    ensure!(rows == expected, "expected {expected} rows, got {rows}");
    Ok(())
}
