//! How reads grow along the scales.

use super::figure::{Figure, Key, Mark};
use super::latency::legend;
use super::reads::described;
use crate::figures::{Spread, megabytes};
use crate::goals;
use crate::plot::{
    self, Axis, Bar, Bars, Form, Group, Lines, MarkKind, Part, Point as Dot, Series, short,
};
use crate::reading::Reading;
use crate::report::Report;
use crate::scaling::{self, CHOSEN, PLAIN, Point};
use crate::table::{Table, tenths};

pub(super) const TEXT: &str = "Each point is read by a process of its own: medians of its warm reads, with the least and the most.";

/// One plot a scale; two of growth.
pub(super) fn figures(report: &Report) -> Vec<Figure> {
    let scaling = &report.scaling;
    // Each connector's goal is its own, and several lines would not be told apart.
    let narrowest = scaling
        .columns
        .first()
        .filter(|_| report.connectors.len() == 1);
    let narrowest = narrowest.and_then(|point| point.reading.cpu_ms_per_mb());
    let columns_goal = narrowest.map(|cost| (cost * goals::WIDE_RATIO, "at most"));
    let wall = |reading: &Reading| reading.mb_per_second;
    let cost = |reading: &Reading| {
        reading.mb_per_cpu_second.map(|speed| Spread {
            median: 1e3 / speed.median,
            least: 1e3 / speed.most,
            most: 1e3 / speed.least,
        })
    };
    let memory = |reading: &Reading| Spread::of([reading.peak_memory_mb]);
    let wall_goal = Some((goals::WALL_MB_PER_SECOND, "at least"));
    let mut figures: Vec<Figure> = [
        Scale {
            id: "segments",
            caption: "Segments side by side",
            note: "mixed pages that take their time; the goal is for the usual 4",
            x: "segments",
            y: "MB/s, wall",
            points: &scaling.segments,
            goal: wall_goal,
        }
        .figure(report, wall),
        Scale {
            id: "latency",
            caption: "Time that a page takes",
            note: "mixed pages; the goal is for 30 ms",
            x: "ms a page",
            y: "MB/s, wall",
            points: &scaling.latency,
            goal: wall_goal,
        }
        .figure(report, wall),
        Scale {
            id: "columns",
            caption: "Columns of an item",
            note: "items of equal columns; the goal is 1.5 times the cost of 20 at 400",
            x: "columns",
            y: "ms of processor time for a MB",
            points: &scaling.columns,
            goal: columns_goal,
        }
        .figure(report, cost),
        growth_of_time(report),
        Scale {
            id: "growth-memory",
            caption: "Growth: peak memory",
            note: "flat is the goal",
            x: "pages of the table",
            y: "MB, most ever held",
            points: &scaling.growth,
            goal: Some((goals::PEAK_MEMORY_MB, "at most")),
        }
        .figure(report, memory),
    ]
    .into_iter()
    .flatten()
    .collect();
    figures.extend(compression(report));
    figures
}

/// A plot of points along a scale.
struct Scale<'a> {
    id: &'a str,
    caption: &'a str,
    note: &'a str,
    x: &'a str,
    y: &'a str,
    points: &'a [Point],
    goal: Option<(f64, &'a str)>,
}

impl Scale<'_> {
    fn figure(
        &self,
        report: &Report,
        figure: impl Fn(&Reading) -> Option<Spread>,
    ) -> Option<Figure> {
        self.figure_over(report, |point| f64::from(point.at), figure)
    }

    /// The figure over another measure than where the points are.
    fn figure_over(
        &self,
        report: &Report,
        x: impl Fn(&Point) -> f64,
        figure: impl Fn(&Reading) -> Option<Spread>,
    ) -> Option<Figure> {
        let dot = |point: &Point| {
            let spread = figure(&point.reading)?;
            Some(Dot {
                x: x(point),
                y: spread.median,
                least: spread.least,
                most: spread.most,
            })
        };
        let series = |connector: &String| Series {
            hue: report.hue(connector),
            form: Form::Points,
            points: of(self.points, connector).filter_map(dot).collect(),
        };
        let series: Vec<Series> = report.connectors.iter().map(series).collect();
        drawn(self, report, series)
    }
}

fn drawn(scale: &Scale<'_>, report: &Report, series: Vec<Series>) -> Option<Figure> {
    let dots = || series.iter().flat_map(|series| &series.points);
    dots().next()?;
    let heights = dots()
        .map(|dot| dot.most)
        .chain(scale.goal.map(|(goal, _)| goal));
    let marks = scale.goal.map(|(height, bound)| plot::Mark {
        height,
        word: format!("goal: {bound} {}", short(height)),
        kind: MarkKind::Goal,
    });
    let lines = Lines {
        title: scale.caption.to_owned(),
        description: told(report, &series, scale),
        x: Axis::linear(scale.x, dots().map(|dot| dot.x)),
        y: Axis::linear(scale.y, heights),
        marks: marks.into_iter().collect(),
        series,
    };
    Some(Figure {
        caption: scale.caption.to_owned(),
        note: scale.note.to_owned(),
        legend: legend(report),
        svg: lines.svg(&format!("scale-{}", scale.id)),
        table: scaling::table(scale.x, scale.points),
    })
}

/// Processor time of a read by its size: a straight line is linear growth.
fn growth_of_time(report: &Report) -> Option<Figure> {
    let scale = Scale {
        id: "growth-time",
        caption: "Growth: processor time",
        note: "a straight line is linear growth",
        x: "MB of the table",
        y: "ms of processor time for a read",
        points: &report.scaling.growth,
        goal: None,
    };
    let figure = scale.figure_over(
        report,
        |point| megabytes(point.reading.cold.json_bytes),
        |reading| Spread::of(reading.runs.iter().map(|run| run.cpu_seconds * 1e3)),
    )?;
    let table = scaling::table("pages", scale.points);
    Some(Figure { table, ..figure })
}

fn compression(report: &Report) -> Option<Figure> {
    let all = &report.scaling.compression;
    if all.is_empty() {
        return None;
    }
    let group = |choice: &str| {
        let of_choice = all
            .iter()
            .filter(|compressed| compressed.page_compression == choice);
        let bars = of_choice.map(|compressed| {
            let spread = compressed.reading.mb_per_second;
            Bar {
                parts: vec![Part {
                    hue: report.hue(&compressed.reading.connector),
                    value: spread.map_or(0.0, |spread| spread.median),
                }],
                spread: spread.map(|spread| (spread.least, spread.most)),
                text: spread.map_or_else(|| "-".to_owned(), |spread| short(spread.median)),
            }
        });
        Group {
            label: format!("page_compression={choice}"),
            bars: bars.collect(),
            goal: None,
        }
    };
    let groups = vec![group(PLAIN), group(CHOSEN)];
    let unit = "MB of JSON a second, wall";
    let heading = [
        "connector",
        "page_compression",
        "MB/s",
        "MB sent",
        "MB of JSON",
    ];
    let mut table = Table::new(2, &heading);
    for compressed in all {
        // The first read decides whether it helps, so a later one shows what it is worth.
        let run = compressed
            .reading
            .runs
            .last()
            .unwrap_or(&compressed.reading.cold);
        table.push(vec![
            compressed.reading.connector.clone(),
            compressed.page_compression.to_owned(),
            tenths(compressed.reading.mb_per_second.map(|speed| speed.median)),
            format!("{:.1}", megabytes(run.sent_bytes)),
            format!("{:.1}", megabytes(run.json_bytes)),
        ]);
    }
    let caption = "Pages in gzip over a slow link";
    let plot = Bars {
        title: caption.to_owned(),
        description: described(&groups, unit),
        unit: unit.to_owned(),
        groups,
    };
    let keys = report.connectors.iter().enumerate();
    let keys = keys.map(|(place, connector)| Key::new(Mark::Bar(place), connector));
    Some(Figure {
        caption: caption.to_owned(),
        note: "a link of 75 MB a second unless told otherwise; the goal is 2.5 times the speed"
            .to_owned(),
        legend: keys.filter(|_| report.connectors.len() > 1).collect(),
        svg: plot.svg("scale-compression"),
        table,
    })
}

fn of<'p>(points: &'p [Point], connector: &str) -> impl Iterator<Item = &'p Point> {
    points
        .iter()
        .filter(move |point| point.reading.connector == connector)
}

/// Lines in words.
fn told(report: &Report, series: &[Series], scale: &Scale<'_>) -> String {
    let of_series = |(connector, series): (&String, &Series)| {
        let dots = series.points.iter();
        let dots: Vec<String> = dots
            .map(|dot| format!("{} at {}", short(dot.y), short(dot.x)))
            .collect();
        format!("{connector}: {}.", dots.join(", "))
    };
    let all: Vec<String> = report
        .connectors
        .iter()
        .zip(series)
        .map(of_series)
        .collect();
    format!("{} by {}. {}", scale.y, scale.x, all.join(" "))
}
