//! What the measured reads would do, and cost, in a function.

use super::figure::{Figure, Key, Mark};
use super::latency::legend;
use super::reads::described;
use crate::lambda::{
    BURST_CREDIT_MB, BURST_MB, Bill, Bound, MEMORY_MB, NETWORK_MB, PRICES_IN, PRICES_OF, Roof,
    processor_mb_per_second,
};
use crate::plot::{
    self, Axis, Bar, Bars, Form, Group, LIMIT, Lines, MarkKind, Part, Point, Series, short,
};
use crate::report::Report;
use crate::table::Table;

pub(super) const TEXT: &str = "Computed, not measured: a function has a share of processors that grows with its memory (1,769 MB are \
    one) and a network that gives 365 MB/s for its first 290 MB and some 75 MB/s after that. A second of this machine's processor is \
    taken for one of the function's; pages are not compressed.";

/// The roofline and the bill, of the first shape that was read.
pub(super) fn figures(report: &Report) -> Vec<Figure> {
    [roofline(report), bills(report)]
        .into_iter()
        .flatten()
        .collect()
}

fn roofline(report: &Report) -> Option<Figure> {
    let shape = report.roofline.first()?.shape;
    let of_shape: Vec<&Roof> = report
        .roofline
        .iter()
        .filter(|roof| roof.shape == shape)
        .collect();
    let speeds = || of_shape.iter().map(|roof| roof.mb_per_cpu_second);
    let x = Axis::logarithmic(
        "MB of JSON a CPU-second, log scale",
        speeds().chain([10.0, 500.0]),
    );
    let (slowest, fastest) = x.ends();
    let roof = |limit: f64| {
        let knee = limit / processor_mb_per_second(1.0);
        let speeds = [slowest, knee.clamp(slowest, fastest), fastest];
        let reached = |speed| Point::at(speed, processor_mb_per_second(speed).min(limit));
        Series {
            hue: LIMIT,
            form: Form::Trace,
            points: speeds.map(reached).into(),
        }
    };
    let mut series = vec![roof(BURST_MB), roof(NETWORK_MB)];
    for roof in &of_shape {
        let points = [roof.burst_mb_per_second, roof.sustained_mb_per_second]
            .map(|height| Point::at(roof.mb_per_cpu_second, height));
        series.push(Series {
            hue: report.hue(&roof.connector),
            form: Form::Drops,
            points: points.into(),
        });
    }
    let told = of_shape.iter().map(|roof| {
        let sustained = short(roof.sustained_mb_per_second);
        format!(
            "{}: {sustained} MB/s, bound by the {}.",
            roof.connector,
            word(roof.bound_by)
        )
    });
    let mut legend = legend(report);
    legend.push(Key::new(
        Mark::Line(LIMIT),
        "the function's processor, then its network",
    ));
    let lowest = processor_mb_per_second(slowest);
    let caption = format!("Roofline, {}", shape.label());
    let plot = Lines {
        title: caption.clone(),
        description: told.collect::<Vec<_>>().join(" "),
        y: Axis::logarithmic(
            "MB/s that a function reaches, log scale",
            [lowest, BURST_MB * 1.3],
        ),
        x,
        series,
        marks: vec![
            reference(
                BURST_MB,
                format!("burst, the first {} MB", short(BURST_CREDIT_MB)),
            ),
            reference(NETWORK_MB, "network, for long".to_owned()),
        ],
    };
    let heading = [
        "shape",
        "connector",
        "MB/CPU-s",
        "MB/s of the processor",
        "MB/s for long",
        "MB/s in the burst",
        "bound by",
        "enough memory, MB",
    ];
    let mut table = Table::new(2, &heading);
    for roof in &report.roofline {
        table.push(vec![
            roof.shape.label().to_owned(),
            roof.connector.clone(),
            short(roof.mb_per_cpu_second),
            short(roof.processor_mb_per_second),
            short(roof.sustained_mb_per_second),
            short(roof.burst_mb_per_second),
            word(roof.bound_by).to_owned(),
            format!("{:.0}", roof.enough_memory_mb),
        ]);
    }
    Some(Figure {
        caption,
        note: format!("of a function of {} MB", short(MEMORY_MB)),
        legend,
        svg: plot.svg("lambda-roofline"),
        table,
    })
}

fn bills(report: &Report) -> Option<Figure> {
    let shape = report.bills_per_tb.first()?.shape;
    let parts = |bill: &Bill| [bill.dynamodb_reads, bill.lambda, bill.s3_puts];
    let group = |bill: &Bill| Group {
        label: bill.connector.clone(),
        bars: vec![Bar {
            parts: (0..)
                .zip(parts(bill))
                .map(|(hue, value)| Part { hue, value })
                .collect(),
            spread: None,
            text: format!("${:.2}", bill.total),
        }],
        goal: None,
    };
    let of_shape = report
        .bills_per_tb
        .iter()
        .filter(|bill| bill.shape == shape);
    let groups: Vec<Group> = of_shape.map(group).collect();
    let unit = "$ for a TB of items";
    let caption = format!("Cost of reading a TB, {}", shape.label());
    let plot = Bars {
        title: caption.clone(),
        description: described(&groups, unit),
        unit: unit.to_owned(),
        groups,
    };
    let heading = [
        "shape",
        "connector",
        "DynamoDB $",
        "Lambda $",
        "S3 PUT $",
        "total $",
        "Lambda s",
    ];
    let mut table = Table::new(2, &heading);
    for bill in &report.bills_per_tb {
        let mut row = vec![bill.shape.label().to_owned(), bill.connector.clone()];
        row.extend(parts(bill).map(|part| format!("{part:.2}")));
        row.push(format!("{:.2}", bill.total));
        row.push(short(bill.lambda_seconds));
        table.push(row);
    }
    let words = ["DynamoDB reads, on demand", "Lambda", "S3 PUT of blocks"];
    let keys = words.into_iter().enumerate();
    Some(Figure {
        caption,
        note: format!(
            "{PRICES_IN}, prices of {PRICES_OF}, eventually consistent reads, network for long"
        ),
        legend: keys
            .map(|(hue, word)| Key::new(Mark::Bar(hue), word))
            .collect(),
        svg: plot.svg("lambda-bill"),
        table,
    })
}

fn reference(height: f64, word: String) -> plot::Mark {
    plot::Mark {
        height,
        word,
        kind: MarkKind::Ceiling,
    }
}

fn word(bound: Bound) -> &'static str {
    match bound {
        Bound::Processor => "processor",
        Bound::Network => "network",
    }
}
