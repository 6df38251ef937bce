//! Whole reads of one table by several connectors in turns: pages over loopback, decoded, encrypted, spilled; the blocks are read back
//! and their rows counted.

use anyhow::{Context as _, ensure};
use athena_client::{Figures, Query, Table as Described};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::TableName;
use futures::TryStreamExt as _;
use serde::Serialize;

use crate::figures::{Spread, megabytes, megabytes_per_second};
use crate::memory::{Sample, Sampler, thinned};
use crate::meter::Cost;
use crate::program::Program;
use crate::rig::{Function, Rig};

/// What reads of one table by one connector cost. MB are 10^6 bytes of JSON as DynamoDB sends it without compression.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Reading {
    pub(crate) connector: String,
    /// The size of the table as DynamoDB counts it, in bytes.
    pub(crate) item_bytes: u64,
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
    /// What the process held during its reads, the first among them, one after another.
    pub(crate) memory: Vec<Sample>,
}

/// One read of the whole table.
#[derive(Clone, Copy, Debug, Serialize)]
pub(crate) struct Run {
    pub(crate) json_bytes: u64,
    /// What was sent for it: less than `json_bytes` where pages were compressed.
    pub(crate) sent_bytes: u64,
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

impl Reading {
    /// Processor time that a MB takes, in milliseconds: the median of the runs after the first.
    pub(crate) fn cpu_ms_per_mb(&self) -> Option<f64> {
        self.mb_per_cpu_second.map(|speed| 1e3 / speed.median)
    }
}

/// Reads the table of `rig` with each program, `1 + runs` times each, in turns.
///
/// # Errors
/// If a connector fails, or answers another number of rows than the table has.
pub(crate) async fn of_table(
    rig: &Rig,
    programs: &[Program],
    runs: u32,
) -> anyhow::Result<Vec<Reading>> {
    let mut subjects = Vec::new();
    for program in programs {
        subjects.push(Subject::new(rig, program).await?);
    }
    for _ in 0..=runs {
        for subject in &mut subjects {
            let run = subject.read(rig).await;
            let run = run.map_err(|error| subject.function.explain(error))?;
            subject.runs.push(run);
            rig.forget_blocks().await?;
        }
    }
    let item_bytes = rig.pages.item_bytes();
    let readings = subjects.into_iter();
    readings
        .map(|subject| subject.reading(item_bytes))
        .collect()
}

/// A connector that knows the table.
struct Subject {
    function: Function,
    table: Described,
    runs: Vec<Run>,
    memory: Vec<Sample>,
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
            memory: Vec::new(),
        })
    }

    /// Plans anew, so that blocks get a place and a key of their own, and reads all splits one after another.
    async fn read(&mut self, rig: &Rig) -> anyhow::Result<Run> {
        let query = self.function.connector.query();
        let plan = query.plan(&self.table, Constraints::default()).await?;
        let before = rig.pages.counts();
        self.function.meter.take();
        let mut cost = Cost::default();
        let sampler = Sampler::start(self.function.process()?.pid);
        for split in plan.splits() {
            let mut batches = query.read(&plan, split, self.table.schema.clone());
            while batches.try_next().await?.is_some() {}
            let of_split = self.function.meter.take();
            cost.calls += of_split.calls;
            cost.wall += of_split.wall;
            cost.cpu += of_split.cpu;
        }
        let from = self.memory.last().map_or(0.0, |last| last.seconds);
        self.memory
            .extend(sampler.finish().into_iter().map(|sample| Sample {
                seconds: from + sample.seconds,
                ..sample
            }));
        let after = rig.pages.counts();
        let json_bytes = after.clear_bytes - before.clear_bytes;
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
            sent_bytes: after.bytes - before.bytes,
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

    fn reading(self, item_bytes: u64) -> anyhow::Result<Reading> {
        let process = self.function.process()?;
        let mut runs = self.runs.into_iter();
        let cold = runs.next().context("nothing was read")?;
        let runs: Vec<Run> = runs.collect();
        Ok(Reading {
            connector: self.function.label,
            item_bytes,
            cold,
            mb_per_cpu_second: Spread::of(runs.iter().filter_map(|run| run.mb_per_cpu_second)),
            mb_per_second: Spread::of(runs.iter().filter_map(|run| run.mb_per_second)),
            peak_memory_mb: megabytes(process.peak_memory_bytes),
            runs,
            memory: thinned(&self.memory, TRACE_SAMPLES),
        })
    }
}

fn check_rows(query: &Query, expected: u64) -> anyhow::Result<()> {
    let rows = query.stats().figures().rows;
    ensure!(rows == expected, "expected {expected} rows, got {rows}");
    Ok(())
}

/// More than a plot can show.
const TRACE_SAMPLES: usize = 300;

#[cfg(test)]
pub(crate) mod tests {
    use super::{Reading, Run};
    use crate::figures::Spread;

    /// A reading as if it had been measured, of one run of a second.
    pub(crate) fn reading(
        connector: &str,
        item_bytes: u64,
        json_bytes: u64,
        spilled_bytes: u64,
        mb_per_cpu_second: f64,
    ) -> Reading {
        let run = Run {
            json_bytes,
            sent_bytes: json_bytes,
            pages: 1,
            rows: 1,
            calls: 1,
            wall_seconds: 1.0,
            cpu_seconds: 1.0,
            mb_per_second: Some(mb_per_cpu_second),
            mb_per_cpu_second: Some(mb_per_cpu_second),
            blocks: 1,
            encrypted_blocks: 1,
            spilled_bytes,
        };
        let speed = Spread::of([mb_per_cpu_second]);
        Reading {
            connector: connector.to_owned(),
            item_bytes,
            cold: run,
            mb_per_cpu_second: speed,
            mb_per_second: speed,
            peak_memory_mb: 50.0,
            runs: vec![run],
            memory: Vec::new(),
        }
    }

    #[test]
    fn the_cost_of_a_mb_is_the_inverse_of_the_speed() {
        let cost = reading("self", 1, 1, 1, 400.0).cpu_ms_per_mb();
        assert_eq!(cost, Some(2.5));
    }
}
