//! How long starts and single calls take, and how that is distributed.

use super::figure::{Figure, Key, Mark};
use crate::calls::{self, Kind};
use crate::figures::Distribution;
use crate::goals;
use crate::plot::{self, Axis, Form, Lines, MarkKind, Point, Series, short};
use crate::report::Report;
use crate::startup;

pub(super) const TEXT: &str = "Of each time, the share of samples that did not take longer. A steep line is a steady connector; where \
    it crosses 50 % is the median.";

/// One plot a kind of call.
pub(super) fn figures(report: &Report) -> Vec<Figure> {
    let mut figures = Vec::new();
    if !report.starts.is_empty() {
        let starts = report.starts.iter();
        let polls: Vec<_> = starts
            .map(|start| (&*start.connector, &start.first_poll_ms))
            .collect();
        let starts = report.starts.iter();
        let pings: Vec<_> = starts
            .map(|start| (&*start.connector, &start.first_ping_ms))
            .collect();
        for (id, caption, of_each, goal) in [
            (
                "first-poll",
                "Process start to first poll",
                polls,
                goals::FIRST_POLL_MS,
            ),
            (
                "first-ping",
                "First ping after it",
                pings,
                goals::FIRST_PING_MS,
            ),
        ] {
            let note = format!("goal: median at most {} ms", short(goal));
            let plot = distribution(report, caption, &of_each);
            figures.push(Figure {
                caption: caption.to_owned(),
                note,
                legend: legend(report),
                svg: plot.svg(id),
                table: startup::table(&report.starts),
            });
        }
    }
    for (kind, id) in [
        (Kind::Ping, "ping"),
        (Kind::Describe, "describe"),
        (Kind::Plan, "plan"),
        (Kind::Read, "read"),
    ] {
        let of_kind: Vec<_> = report
            .calls
            .iter()
            .filter(|figures| figures.call == kind)
            .cloned()
            .collect();
        if of_kind.is_empty() {
            continue;
        }
        let of_each: Vec<_> = of_kind
            .iter()
            .map(|figures| (&*figures.connector, &figures.ms))
            .collect();
        let caption = format!("Calls: {}", kind.label());
        let plot = distribution(report, &caption, &of_each);
        figures.push(Figure {
            note: format!("{} calls through one process", of_kind[0].ms.samples.len()),
            legend: legend(report),
            svg: plot.svg(&format!("call-{id}")),
            table: calls::table(&of_kind),
            caption,
        });
    }
    figures
}

fn distribution(report: &Report, caption: &str, of_each: &[(&str, &Distribution)]) -> Lines {
    let series = of_each.iter().map(|(connector, distribution)| Series {
        hue: report.hue(connector),
        form: Form::Steps,
        points: shares(&distribution.samples),
    });
    let samples = of_each
        .iter()
        .flat_map(|(_, distribution)| &distribution.samples);
    let samples: Vec<f64> = samples.copied().collect();
    let told = of_each.iter().map(|(connector, distribution)| {
        let (median, p99) = (distribution.spread.median, distribution.p99);
        format!(
            "{connector}: median {} ms, 99 % within {} ms.",
            short(median),
            short(p99)
        )
    });
    let least = samples.iter().copied().fold(f64::INFINITY, f64::min);
    let most = samples.iter().copied().fold(0.0, f64::max);
    // Times that lie far apart would be one line at the edge.
    let x = if most > 5.0 * least {
        Axis::logarithmic("milliseconds, log scale", samples)
    } else {
        Axis::linear("milliseconds", samples)
    };
    Lines {
        title: caption.to_owned(),
        description: told.collect::<Vec<_>>().join(" "),
        x,
        y: Axis::linear("% of samples", [100.0]),
        series: series.collect(),
        marks: vec![plot::Mark {
            height: 50.0,
            word: "median".to_owned(),
            kind: MarkKind::Middle,
        }],
    }
}

/// For each sample the share, in percent, of those that are not larger.
fn shares(samples: &[f64]) -> Vec<Point> {
    let count = f64::from(u32::try_from(samples.len()).unwrap_or(u32::MAX).max(1));
    let ranks = 1..=u32::try_from(samples.len()).unwrap_or(u32::MAX);
    let shares = samples
        .iter()
        .zip(ranks)
        .map(|(sample, rank)| Point::at(*sample, 100.0 * f64::from(rank) / count));
    let first = samples.first().map(|sample| Point::at(*sample, 0.0));
    first.into_iter().chain(shares).collect()
}

/// The connectors, where there are several.
pub(super) fn legend(report: &Report) -> Vec<Key> {
    if report.connectors.len() < 2 {
        return Vec::new();
    }
    let connectors = report.connectors.iter().enumerate();
    connectors
        .map(|(place, connector)| Key::new(Mark::Line(place), connector))
        .collect()
}
