//! Whole reads of each shape, and the steps that they are made of.

use super::figure::{Figure, Key, Mark};
use super::latency::legend;
use crate::args::ShapeName;
use crate::decode;
use crate::figures::Spread;
use crate::goals;
use crate::plot::{
    self, Axis, Bar, Bars, Form, Group, Lines, MarkKind, Part, Point, Series, short,
};
use crate::read::{self, ReadFigures};
use crate::reading::Reading;
use crate::report::Report;
use crate::table::{Table, tenths};

pub(super) const TEXT: &str = "One ReadRecords call fetches all pages, decodes them and spills every row, encrypted. Bars are medians of \
    the warm runs, the line across a bar's end goes from the least to the most. MB are 10^6 bytes of DynamoDB's JSON.";
pub(super) const MEMORY_TEXT: &str = "Resident memory of the connector's process during its reads, the first one among them, one after \
    another; between reads it is not looked at.";
pub(super) const STEPS_TEXT: &str = "One page, or one block, again and again in the benchmark's own process: the best repetition, by \
    processor time of the thread. These are steps of this project's connector, whatever others are compared.";

/// Throughput and cost by shape.
pub(super) fn figures(report: &Report) -> Vec<Figure> {
    if report.reads.is_empty() {
        return Vec::new();
    }
    let inverse = |spread: Spread| Spread {
        median: 1e3 / spread.median,
        least: 1e3 / spread.most,
        most: 1e3 / spread.least,
    };
    let goal_of = |shape| Some(1e3 / goals::mb_per_cpu_second(shape));
    let wall = by_shape(report, |reading| reading.mb_per_second, |_| None);
    let cpu = by_shape(
        report,
        |reading| reading.mb_per_cpu_second.map(inverse),
        goal_of,
    );
    let speed = by_shape(
        report,
        |reading| reading.mb_per_cpu_second,
        |shape| Some(goals::mb_per_cpu_second(shape)),
    );
    let peak = by_shape(
        report,
        |reading| Spread::of([reading.peak_memory_mb]),
        |_| Some(goals::PEAK_MEMORY_MB),
    );
    [
        ("wall", "Throughput", "MB of JSON a second, wall", wall, ""),
        (
            "cpu",
            "CPU per MB",
            "ms of processor time for a MB",
            cpu,
            "at most",
        ),
        (
            "speed",
            "Throughput of a processor",
            "MB of JSON a CPU-second",
            speed,
            "at least",
        ),
        (
            "peak",
            "Peak memory",
            "MB, most that the process ever held",
            peak,
            "at most",
        ),
    ]
    .into_iter()
    .map(|(id, caption, unit, groups, goal)| {
        let mut legend = legend_of_bars(report);
        if !goal.is_empty() {
            legend.push(Key::new(Mark::Goal, format!("goal: {goal}")));
        }
        let plot = Bars {
            title: caption.to_owned(),
            description: described(&groups, unit),
            unit: unit.to_owned(),
            groups,
        };
        Figure {
            caption: caption.to_owned(),
            note: String::new(),
            legend,
            svg: plot.svg(&format!("reads-{id}")),
            table: read::table(&report.reads),
        }
    })
    .collect()
}

/// One plot a shape.
pub(super) fn memory(report: &Report) -> Vec<Figure> {
    let mut figures = Vec::new();
    for shape in report.shapes() {
        let of_shape: Vec<_> = of_shape(report, shape).collect();
        let samples = || of_shape.iter().flat_map(|read| &read.reading.memory);
        if samples().next().is_none() {
            continue;
        }
        let series = of_shape.iter().map(|read| Series {
            hue: report.hue(&read.reading.connector),
            form: Form::Trace,
            points: trace(&read.reading),
        });
        let told = of_shape.iter().map(|read| {
            let Reading {
                connector,
                peak_memory_mb,
                ..
            } = &read.reading;
            format!("{connector}: at most {} MB.", short(*peak_memory_mb))
        });
        let label = shape.label();
        let goal = goals::PEAK_MEMORY_MB;
        let plot = Lines {
            title: format!("Memory over time, {label}"),
            description: told.collect::<Vec<_>>().join(" "),
            x: Axis::linear("seconds of reading", samples().map(|sample| sample.seconds)),
            y: Axis::linear(
                "MB resident",
                samples().map(|sample| sample.mb).chain([goal]),
            ),
            series: series.collect(),
            marks: vec![plot::Mark {
                height: goal,
                word: format!("goal: at most {} MB", short(goal)),
                kind: MarkKind::Goal,
            }],
        };
        figures.push(Figure {
            caption: format!("Memory, {label}"),
            note: String::new(),
            legend: legend(report),
            svg: plot.svg(&format!("memory-{label}")),
            table: memory_table(&of_shape),
        });
    }
    figures
}

/// The steps of each shape.
pub(super) fn steps(report: &Report) -> Vec<Figure> {
    let mut figures = Vec::new();
    for shape in ShapeName::ALL {
        let of_shape = report.decode.iter().filter(|step| step.shape == shape);
        let of_shape: Vec<_> = of_shape.cloned().collect();
        if of_shape.is_empty() {
            continue;
        }
        let label = shape.label();
        let bar = |milliseconds: f64| Bar {
            parts: vec![Part {
                hue: 0,
                value: milliseconds,
            }],
            spread: None,
            text: short(milliseconds),
        };
        let groups: Vec<Group> = of_shape
            .iter()
            .map(|step| {
                let mb = crate::figures::megabytes(step.bytes);
                Group {
                    label: format!("{}, of a {}", step.step, step.of),
                    bars: vec![bar(step.milliseconds / mb)],
                    goal: None,
                }
            })
            .collect();
        let unit = "ms of processor time for a MB of what is worked on";
        let plot = Bars {
            title: format!("Steps, {label}"),
            description: described(&groups, unit),
            unit: unit.to_owned(),
            groups,
        };
        figures.push(Figure {
            caption: format!("Steps, {label}"),
            note: String::new(),
            legend: Vec::new(),
            svg: plot.svg(&format!("steps-{label}")),
            table: decode::table(&of_shape),
        });
    }
    figures
}

fn by_shape(
    report: &Report,
    figure: impl Fn(&Reading) -> Option<Spread>,
    goal: impl Fn(ShapeName) -> Option<f64>,
) -> Vec<Group> {
    let group = |shape: ShapeName| {
        let bars = of_shape(report, shape).map(|read| {
            let spread = figure(&read.reading);
            let value = spread.map_or(0.0, |spread| spread.median);
            Bar {
                parts: vec![Part {
                    hue: report.hue(&read.reading.connector),
                    value,
                }],
                spread: spread
                    .map(|spread| (spread.least, spread.most))
                    .filter(|(least, most)| most > least),
                text: spread.map_or_else(|| "-".to_owned(), |spread| short(spread.median)),
            }
        });
        Group {
            label: shape.label().to_owned(),
            bars: bars.collect(),
            goal: goal(shape),
        }
    };
    report.shapes().map(group).collect()
}

fn of_shape(report: &Report, shape: ShapeName) -> impl Iterator<Item = &ReadFigures> {
    report.reads.iter().filter(move |read| read.shape == shape)
}

fn trace(reading: &Reading) -> Vec<Point> {
    let samples = reading.memory.iter();
    samples
        .map(|sample| Point::at(sample.seconds, sample.mb))
        .collect()
}

fn memory_table(reads: &[&ReadFigures]) -> Table {
    let heading = [
        "connector",
        "seconds of reading",
        "samples",
        "median MB",
        "most MB",
        "peak MB",
    ];
    let mut table = Table::new(1, &heading);
    for read in reads {
        let reading = &read.reading;
        let spread = Spread::of(reading.memory.iter().map(|sample| sample.mb));
        let seconds = reading.memory.last().map(|last| last.seconds);
        table.push(vec![
            reading.connector.clone(),
            seconds.map_or_else(|| "-".to_owned(), |seconds| format!("{seconds:.2}")),
            reading.memory.len().to_string(),
            tenths(spread.map(|spread| spread.median)),
            tenths(spread.map(|spread| spread.most)),
            format!("{:.1}", reading.peak_memory_mb),
        ]);
    }
    table
}

fn legend_of_bars(report: &Report) -> Vec<Key> {
    let mut keys = legend(report);
    for (place, key) in keys.iter_mut().enumerate() {
        key.mark = Mark::Bar(place);
    }
    keys
}

/// Bars in words.
pub(super) fn described(groups: &[Group], unit: &str) -> String {
    let of_group = |group: &Group| {
        let bars: Vec<&str> = group.bars.iter().map(|bar| bar.text.as_str()).collect();
        format!("{}: {}", group.label, bars.join(", "))
    };
    let groups: Vec<String> = groups.iter().map(of_group).collect();
    format!("{}; in {unit}.", groups.join("; "))
}
