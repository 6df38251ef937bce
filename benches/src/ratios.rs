//! Connectors compared: every figure of each in figures of the first one.

use serde::Serialize;

use crate::report::Report;

/// What one connector reached, divided by what the first one did.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Ratio {
    pub(crate) figure: String,
    pub(crate) connector: String,
    /// The first connector.
    pub(crate) of: String,
    /// 2 for twice as much.
    pub(crate) times: f64,
}

/// A figure's name, its connector and its value.
type Figure<'a> = (String, &'a str, Option<f64>);

/// All connectors but the first, in figures of the first; nothing if there is one only.
pub(crate) fn of(report: &Report) -> Vec<Ratio> {
    let Some(first) = report.connectors.first() else {
        return Vec::new();
    };
    let figures = figures(report);
    let mut ratios = Vec::new();
    for (figure, connector, value) in &figures {
        let mut all = figures.iter();
        let base = all.find(|(name, of, _)| name == figure && of == first);
        let base = base.and_then(|(_, _, value)| *value);
        if let (Some(value), Some(base)) = (*value, base.filter(|base| *base > 0.0))
            && connector != first
        {
            ratios.push(Ratio {
                figure: figure.clone(),
                connector: (*connector).to_owned(),
                of: first.clone(),
                times: value / base,
            });
        }
    }
    ratios
}

fn figures(report: &Report) -> Vec<Figure<'_>> {
    let mut figures: Vec<Figure<'_>> = Vec::new();
    for start in &report.starts {
        let poll = Some(start.first_poll_ms.spread.median);
        figures.push(("start to first poll, ms".to_owned(), &start.connector, poll));
        let ping = Some(start.first_ping_ms.spread.median);
        figures.push(("first ping, ms".to_owned(), &start.connector, ping));
    }
    for calls in &report.calls {
        let figure = format!("{}, ms", calls.call.label());
        figures.push((figure, &calls.connector, Some(calls.ms.spread.median)));
    }
    for read in &report.reads {
        let (shape, reading) = (read.shape.label(), &read.reading);
        let cpu = reading.mb_per_cpu_second.map(|speed| speed.median);
        let wall = reading.mb_per_second.map(|speed| speed.median);
        let cold = reading.cold.mb_per_cpu_second;
        let peak = Some(reading.peak_memory_mb);
        for (figure, value) in [
            ("MB per CPU-second", cpu),
            ("MB per CPU-second, first read", cold),
            ("MB a second", wall),
            ("peak MB", peak),
        ] {
            figures.push((format!("{shape}, {figure}"), &reading.connector, value));
        }
    }
    figures
}

#[cfg(test)]
mod tests {
    use clap::Parser as _;

    use super::of;
    use crate::args::{CommandLine, ShapeName};
    use crate::read::ReadFigures;
    use crate::reading::tests::reading;
    use crate::report::Report;

    #[test]
    fn connectors_are_compared_with_the_first_shape_by_shape() {
        let arguments = CommandLine::parse_from(["bench", "--connector", "a", "--connector", "b"]);
        let mut report = Report::new(&arguments, &arguments.programs().unwrap());
        report.reads = [
            ("a", ShapeName::Mixed, 100.0),
            ("b", ShapeName::Mixed, 25.0),
            // Without a figure of the first there is nothing to compare with.
            ("b", ShapeName::Wide, 25.0),
        ]
        .map(|(connector, shape, speed)| ReadFigures {
            shape,
            reading: reading(connector, 1, 1, 1, speed),
        })
        .into();
        let ratios: Vec<String> = of(&report)
            .iter()
            .map(|ratio| {
                format!(
                    "{} of {}: {} {:.2}",
                    ratio.connector, ratio.of, ratio.figure, ratio.times
                )
            })
            .collect();
        assert_eq!(
            ratios,
            [
                "b of a: mixed, MB per CPU-second 0.25",
                "b of a: mixed, MB per CPU-second, first read 0.25",
                "b of a: mixed, MB a second 0.25",
                "b of a: mixed, peak MB 1.00",
            ]
        );
    }
}
