//! What this project wants to reach, and whether a connector did.
//!
//! Absolute figures hold for two quiet cores of a present server; elsewhere they are a hint, and ratios count.

use serde::Serialize;

use crate::args::ShapeName;
use crate::report::Report;
use crate::scaling::{CHOSEN, PAGE_MILLISECONDS, PLAIN, Point};

/// Least MB of JSON a second of processor time.
pub(crate) fn mb_per_cpu_second(shape: ShapeName) -> f64 {
    match shape {
        ShapeName::Mixed | ShapeName::Narrow | ShapeName::Wide => 400.0,
        ShapeName::Nested => 250.0,
    }
}
/// Least MB a second with pages of [`PAGE_MILLISECONDS`] and the usual segments.
pub(crate) const WALL_MB_PER_SECOND: f64 = 60.0;
/// Most milliseconds from the start of the process to its first poll.
pub(crate) const FIRST_POLL_MS: f64 = 10.0;
/// Most milliseconds of the first ping.
pub(crate) const FIRST_PING_MS: f64 = 2.0;
/// Most MB of memory, whatever is read.
pub(crate) const PEAK_MEMORY_MB: f64 = 100.0;
/// Most that a byte of 400 columns may cost, in costs of one of 20.
pub(crate) const WIDE_RATIO: f64 = 1.5;
/// Most that a MB of the largest table may cost, in costs of one of the smallest: what linear means here.
pub(crate) const GROWTH_RATIO: f64 = 1.2;
/// Least that gzip gains over a slow link.
pub(crate) const COMPRESSION_RATIO: f64 = 2.5;
/// Least MB of mixed JSON a second of processor time, decoded.
pub(crate) const DECODE_MB: f64 = 1000.0;
/// The same, skipped.
pub(crate) const SKIP_MB: f64 = 1500.0;

/// A goal and what one connector reached.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Goal {
    pub(crate) figure: String,
    pub(crate) connector: String,
    pub(crate) unit: &'static str,
    /// Whether more is better.
    pub(crate) at_least: bool,
    pub(crate) wanted: f64,
    pub(crate) reached: f64,
    pub(crate) met: bool,
}

/// All goals whose figures are in `report`.
pub(crate) fn of(report: &Report) -> Vec<Goal> {
    let mut goals = Vec::new();
    for connector in &report.connectors {
        let mut list = List {
            connector,
            goals: &mut goals,
        };
        list.reads(report);
        list.start(report);
        list.scales(report);
    }
    // The steps are measured in this process, so they are this project's.
    for (step, figure, goal) in [
        ("decode all columns", "decode alone, mixed", DECODE_MB),
        ("decode no columns", "skip attributes, mixed", SKIP_MB),
    ] {
        let measured = report
            .decode
            .iter()
            .find(|figures| figures.shape == ShapeName::Mixed && figures.step == step);
        let mut list = List {
            connector: "self",
            goals: &mut goals,
        };
        list.at_least(
            figure,
            "MB/CPU-s",
            goal,
            measured.and_then(|step| step.mb_per_second),
        );
    }
    goals
}

/// The goals of one connector.
struct List<'a> {
    connector: &'a str,
    goals: &'a mut Vec<Goal>,
}

impl List<'_> {
    fn reads(&mut self, report: &Report) {
        let mut peak: Option<f64> = None;
        for read in &report.reads {
            let reading = &read.reading;
            if reading.connector != self.connector {
                continue;
            }
            let speed = reading.mb_per_cpu_second.map(|speed| speed.median);
            let figure = format!("whole read, {}", read.shape.label());
            self.at_least(&figure, "MB/CPU-s", mb_per_cpu_second(read.shape), speed);
            peak = Some(peak.unwrap_or(0.0).max(reading.peak_memory_mb));
        }
        let growth = self.points(&report.scaling.growth);
        let largest = growth.last().map(|point| point.reading.peak_memory_mb);
        let peak = peak.into_iter().chain(largest).reduce(f64::max);
        self.at_most("peak memory of all reads", "MB", PEAK_MEMORY_MB, peak);
    }

    fn start(&mut self, report: &Report) {
        let mut starts = report.starts.iter();
        let start = starts.find(|start| start.connector == self.connector);
        let poll = start.map(|start| start.first_poll_ms.spread.median);
        self.at_most("start to first poll", "ms", FIRST_POLL_MS, poll);
        let ping = start.map(|start| start.first_ping_ms.spread.median);
        self.at_most("first ping", "ms", FIRST_PING_MS, ping);
    }

    fn scales(&mut self, report: &Report) {
        let scaling = &report.scaling;
        let wall = self
            .points(&scaling.latency)
            .find(|point| point.at == PAGE_MILLISECONDS);
        let wall = wall.and_then(|point| point.reading.mb_per_second);
        let figure = format!("wall speed, pages of {PAGE_MILLISECONDS} ms");
        self.at_least(
            &figure,
            "MB/s",
            WALL_MB_PER_SECOND,
            wall.map(|wall| wall.median),
        );

        for (figure, points, goal) in [
            (
                "a byte of 400 columns, in bytes of 20",
                &scaling.columns,
                WIDE_RATIO,
            ),
            (
                "a MB of the largest table, in MB of the smallest",
                &scaling.growth,
                GROWTH_RATIO,
            ),
        ] {
            let ends = self.points(points).next().zip(self.points(points).last());
            let ends = ends.filter(|(first, last)| first.at != last.at);
            let ratio = ends.and_then(|(first, last)| {
                Some(last.reading.cpu_ms_per_mb()? / first.reading.cpu_ms_per_mb()?)
            });
            self.at_most(figure, "times the CPU time", goal, ratio);
        }

        let speed = |choice| {
            let mut all = scaling.compression.iter();
            let found = all.find(|compressed| {
                compressed.page_compression == choice
                    && compressed.reading.connector == self.connector
            });
            found.and_then(|compressed| compressed.reading.mb_per_second)
        };
        let ratio = speed(CHOSEN).zip(speed(PLAIN));
        let ratio = ratio.map(|(chosen, plain)| chosen.median / plain.median);
        self.at_least(
            "gzip over a slow link",
            "times the wall speed",
            COMPRESSION_RATIO,
            ratio,
        );
    }

    fn points<'p>(&self, points: &'p [Point]) -> impl Iterator<Item = &'p Point> + use<'p, '_> {
        let connector = self.connector;
        points
            .iter()
            .filter(move |point| point.reading.connector == connector)
    }

    fn at_least(&mut self, figure: &str, unit: &'static str, goal: f64, reached: Option<f64>) {
        self.push(figure, unit, true, goal, reached);
    }

    fn at_most(&mut self, figure: &str, unit: &'static str, goal: f64, reached: Option<f64>) {
        self.push(figure, unit, false, goal, reached);
    }

    /// What was not measured has no line.
    fn push(
        &mut self,
        figure: &str,
        unit: &'static str,
        at_least: bool,
        wanted: f64,
        reached: Option<f64>,
    ) {
        let Some(reached) = reached else { return };
        let met = if at_least {
            reached >= wanted
        } else {
            reached <= wanted
        };
        self.goals.push(Goal {
            figure: figure.to_owned(),
            connector: self.connector.to_owned(),
            unit,
            at_least,
            wanted,
            reached,
            met,
        });
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::of;
    use crate::args::{CommandLine, ShapeName};
    use crate::read::ReadFigures;
    use crate::reading::tests::reading;
    use crate::report::Report;
    use crate::scaling::Point;

    fn report() -> Report {
        let arguments = CommandLine::parse_from(["bench", "--connector", "a", "--connector", "b"]);
        Report::new(&arguments, &arguments.programs().unwrap())
    }

    fn of_columns(connector: &str, at: u32, speed: f64) -> Point {
        Point {
            at,
            reading: reading(connector, 1, 1, 1, speed),
        }
    }

    #[test]
    fn what_was_not_measured_has_no_goal() {
        assert!(of(&report()).is_empty());
        let mut report = report();
        // One point is no scale.
        report.scaling.columns = vec![of_columns("a", 20, 100.0)];
        assert!(of(&report).is_empty());
    }

    #[test]
    fn each_connector_is_judged_by_its_own_figures() {
        let mut report = report();
        report.reads = [
            ("a", ShapeName::Nested, 250.0),
            ("b", ShapeName::Mixed, 399.0),
        ]
        .map(|(connector, shape, speed)| ReadFigures {
            shape,
            reading: reading(connector, 1, 1, 1, speed),
        })
        .into();
        report.scaling.columns = vec![
            of_columns("a", 20, 300.0),
            of_columns("b", 20, 300.0),
            of_columns("a", 400, 200.0),
            of_columns("b", 400, 150.0),
        ];
        let goals: Vec<String> = of(&report)
            .iter()
            .map(|goal| {
                format!(
                    "{} {} {:.1} {}",
                    goal.connector, goal.figure, goal.reached, goal.met
                )
            })
            .collect();
        assert_eq!(
            goals,
            [
                "a whole read, nested 250.0 true",
                "a peak memory of all reads 50.0 true",
                "a a byte of 400 columns, in bytes of 20 1.5 true",
                "b whole read, mixed 399.0 false",
                "b peak memory of all reads 50.0 true",
                "b a byte of 400 columns, in bytes of 20 2.0 false",
            ]
        );
    }
}
