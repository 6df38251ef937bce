//! How a read grows: with segments, with the time a page takes, with columns, with pages, and over a slow link with compression.
//!
//! Each point is read by a process of its own, so that its peak of memory belongs to it.

use std::time::Duration;

use athena_testkit::pages::Shape;
use serde::Serialize;

use crate::args::CommandLine;
use crate::printer::Printer;
use crate::program::Program;
use crate::reading::{self, Reading};
use crate::rig::{Rig, Settings};
use crate::table::{Table, tenths};

/// The points of all scales that were measured.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Scaling {
    /// By segments that are read side by side; a page takes [`PAGE_MILLISECONDS`] unless the command line says otherwise.
    pub(crate) segments: Vec<Point>,
    /// By the milliseconds that a page takes.
    pub(crate) latency: Vec<Point>,
    /// By columns.
    pub(crate) columns: Vec<Point>,
    /// By pages.
    pub(crate) growth: Vec<Point>,
    /// Over a link of [`LINK_MB`] a second unless the command line says otherwise.
    pub(crate) compression: Vec<Compressed>,
}

/// What one connector's reads cost over a slow link.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Compressed {
    /// The connector's option.
    pub(crate) page_compression: &'static str,
    #[serde(flatten)]
    pub(crate) reading: Reading,
}

/// `page_compression`: pages come as they are.
pub(crate) const PLAIN: &str = "never";
/// `page_compression`: the connector asks for gzip where it helps.
pub(crate) const CHOSEN: &str = "auto";

/// What one connector's reads cost at one place of a scale.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Point {
    /// The place: segments, milliseconds, columns or pages.
    pub(crate) at: u32,
    #[serde(flatten)]
    pub(crate) reading: Reading,
}

/// What a page of DynamoDB takes, roughly.
pub(crate) const PAGE_MILLISECONDS: u32 = 30;
/// What a function has once its burst is used up, in MB a second.
pub(crate) const LINK_MB: u32 = 75;

/// Mixed pages, by segments.
///
/// # Errors
/// If a connector fails, as for all scales.
pub(crate) async fn segments(run: &mut Sweep<'_>) -> anyhow::Result<Vec<Point>> {
    let delay = match run.arguments.latency {
        0 => PAGE_MILLISECONDS,
        latency => latency,
    };
    let settings = |segments| Settings {
        segments,
        delay: milliseconds(delay),
        ..Settings::of(Shape::Mixed, run.arguments)
    };
    let scale = [1, 2, 4, 8].map(|segments| (segments, settings(segments)));
    run.over("segments", scale).await
}

/// Mixed pages, by the time that each takes.
pub(crate) async fn latency(run: &mut Sweep<'_>) -> anyhow::Result<Vec<Point>> {
    let settings = |delay| Settings {
        delay: milliseconds(delay),
        ..Settings::of(Shape::Mixed, run.arguments)
    };
    let scale = [0, 10, PAGE_MILLISECONDS, 100].map(|delay| (delay, settings(delay)));
    run.over("ms a page", scale).await
}

/// Items of equal columns, by their number.
pub(crate) async fn columns(run: &mut Sweep<'_>) -> anyhow::Result<Vec<Point>> {
    let settings = |columns| Settings::of(Shape::Columns(columns), run.arguments);
    let scale = [20, 100, 400].map(|columns| (u32::from(columns), settings(columns)));
    run.over("columns", scale).await
}

/// Mixed pages, by their number: from a quarter to four times that of the command line.
pub(crate) async fn growth(run: &mut Sweep<'_>) -> anyhow::Result<Vec<Point>> {
    let usual = run.arguments.pages;
    let mut scale: Vec<u32> = [usual / 4, usual / 2, usual, usual * 2, usual * 4]
        .map(|pages| pages.max(1))
        .into();
    scale.dedup();
    let settings = |pages| Settings {
        pages,
        ..Settings::of(Shape::Mixed, run.arguments)
    };
    let scale: Vec<_> = scale
        .into_iter()
        .map(|pages| (pages, settings(pages)))
        .collect();
    run.over("pages", scale).await
}

/// Mixed pages over a slow link, plain and as the connector chooses.
pub(crate) async fn compression(run: &mut Sweep<'_>) -> anyhow::Result<Vec<Compressed>> {
    let link = match run.arguments.link {
        0 => LINK_MB,
        link => link,
    };
    let settings = |choice| Settings {
        bytes_per_second: Some(u64::from(link) * 1_000_000),
        compression: Some(choice),
        ..Settings::of(Shape::Mixed, run.arguments)
    };
    let mut all = Vec::new();
    for choice in [PLAIN, CHOSEN] {
        let scale = format!("page_compression={choice}, MB a second");
        let points = run.over(&scale, [(link, settings(choice))]).await?;
        all.extend(points.into_iter().map(|point| Compressed {
            page_compression: choice,
            reading: point.reading,
        }));
    }
    Ok(all)
}

/// One line a place and connector.
pub(crate) fn table(scale: &str, points: &[Point]) -> Table {
    let heading = [
        "connector",
        scale,
        "MB/CPU-s",
        "least",
        "most",
        "MB/s",
        "least",
        "most",
        "peak MB",
    ];
    let mut table = Table::new(1, &heading);
    for Point { at, reading } in points {
        let mut row = vec![reading.connector.clone(), at.to_string()];
        for speed in [reading.mb_per_cpu_second, reading.mb_per_second] {
            row.push(tenths(speed.map(|speed| speed.median)));
            row.push(tenths(speed.map(|speed| speed.least)));
            row.push(tenths(speed.map(|speed| speed.most)));
        }
        row.push(format!("{:.1}", reading.peak_memory_mb));
        table.push(row);
    }
    table
}

/// Who reads along a scale, and who is told.
pub(crate) struct Sweep<'a> {
    pub(crate) programs: &'a [Program],
    pub(crate) arguments: &'a CommandLine,
    pub(crate) printer: &'a mut Printer,
}

impl Sweep<'_> {
    async fn over(
        &mut self,
        scale: &str,
        places: impl IntoIterator<Item = (u32, Settings)>,
    ) -> anyhow::Result<Vec<Point>> {
        let mut points = Vec::new();
        for (at, settings) in places {
            let runs = self.arguments.scaling_runs;
            self.printer.talk(&format!(
                "scaling, {scale}: {at}, {} pages, 1 + {runs} times",
                settings.pages
            ));
            let rig = Rig::start(settings).await?;
            let readings = reading::of_table(&rig, self.programs, runs).await?;
            points.extend(readings.into_iter().map(|mut reading| {
                // The trace of a read of each shape is enough to look at.
                reading.memory.clear();
                Point { at, reading }
            }));
        }
        self.printer
            .table(&format!("scaling: {scale}"), &table(scale, &points))?;
        Ok(points)
    }
}

fn milliseconds(delay: u32) -> Option<Duration> {
    (delay > 0).then(|| Duration::from_millis(u64::from(delay)))
}
