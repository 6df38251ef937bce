//! What a side costs: measured here, and told by the connector where it tells.

use crate::print::size;
use crate::sql::Answer;
use athena_client::Figures;
use std::time::Duration;

/// One way of asking, and what each run of it cost.
#[derive(Debug, Clone)]
pub(super) struct Side {
    pub(super) name: String,
    pub(super) runs: Vec<Run>,
}

/// One run.
#[derive(Debug, Clone)]
pub(super) struct Run {
    pub(super) rows: usize,
    pub(super) took: Duration,
    pub(super) figures: Figures,
}

/// A figure of both sides.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Measure {
    pub(super) name: &'static str,
    /// `None` where the connector does not tell.
    pub(super) values: [Option<f64>; 2],
    unit: Unit,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Unit {
    Count,
    Bytes,
    Milliseconds,
    /// Of reading, which come in halves.
    ReadUnits,
}

impl Run {
    pub(super) fn of(answer: &Answer) -> Self {
        Self {
            rows: answer.rows,
            took: answer.took,
            figures: answer.figures.clone(),
        }
    }
}

impl Side {
    pub(super) fn new(name: String) -> Self {
        Self {
            name,
            runs: Vec::new(),
        }
    }

    /// The times of all runs in milliseconds, in the order of the runs.
    pub(super) fn times(&self) -> Vec<f64> {
        self.runs
            .iter()
            .map(|run| run.took.as_secs_f64() * 1e3)
            .collect()
    }

    /// Least, median and most of the times, in milliseconds.
    pub(super) fn spread(&self) -> [f64; 3] {
        let mut times = self.times();
        times.sort_by(f64::total_cmp);
        let at = |place: usize| times.get(place).copied().unwrap_or_default();
        let last = times.len().saturating_sub(1);
        let middle = f64::midpoint(at(last / 2), at(last.div_ceil(2)));
        [at(0), middle, at(last)]
    }
}

/// All figures, those of the first run but for the times.
pub(super) fn measures(sides: &[Side; 2]) -> Vec<Measure> {
    let counted = |name, unit, of: fn(&Run) -> Option<u64>| {
        let value = |side: &Side| side.runs.first().and_then(of).map(exact);
        Measure {
            name,
            values: [value(&sides[0]), value(&sides[1])],
            unit,
        }
    };
    let times = |name, place: usize| Measure {
        name,
        values: [0, 1].map(|side: usize| Some(sides[side].spread()[place])),
        unit: Unit::Milliseconds,
    };
    let mut all = vec![times("time, median", 1)];
    if sides[0].runs.len() > 1 {
        all.extend([times("time, least", 0), times("time, most", 2)]);
    }
    all.extend([
        counted("rows", Unit::Count, |run| Some(run.rows as u64)),
        counted("rows from the connector", Unit::Count, |run| {
            Some(run.figures.rows)
        }),
        counted("calls", Unit::Count, |run| {
            Some(run.figures.calls.values().sum())
        }),
        counted("splits", Unit::Count, |run| Some(run.figures.splits)),
        counted("bytes received", Unit::Bytes, |run| {
            Some(run.figures.received_bytes)
        }),
        counted("blocks spilled", Unit::Count, |run| {
            Some(run.figures.spilled_blocks)
        }),
        counted("pages read", Unit::Count, |run| {
            source(run, run.figures.source.pages)
        }),
        counted("items read", Unit::Count, |run| {
            source(run, run.figures.source.items)
        }),
        counted("bytes read", Unit::Bytes, |run| {
            source(run, run.figures.source.bytes)
        }),
    ]);
    let units = |side: &Side| {
        let run = side.runs.first()?;
        source(run, run.figures.source.milli_units).map(|milli| exact(milli) / 1e3)
    };
    all.push(Measure {
        name: "read units",
        values: [units(&sides[0]), units(&sides[1])],
        unit: Unit::ReadUnits,
    });
    all
}

/// A figure of the source, if every call told it.
fn source(run: &Run, figure: u64) -> Option<u64> {
    run.figures.source.are_complete().then_some(figure)
}

impl Measure {
    /// The value of a side as it is shown; a dash for what is not told.
    pub(super) fn shown(&self, side: usize) -> String {
        let Some(value) = self.values[side] else {
            return "–".to_owned();
        };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "counts and bytes are whole and came from a u64"
        )]
        let whole = value as u64;
        match self.unit {
            Unit::Count => grouped(whole),
            Unit::Bytes => size(whole),
            Unit::Milliseconds if value < 10_000.0 => format!("{value:.1} ms"),
            Unit::Milliseconds => format!("{:.2} s", value / 1e3),
            Unit::ReadUnits => format!("{value:.1}"),
        }
    }

    /// How many times the first side the second is; empty where that says nothing.
    pub(super) fn ratio(&self) -> String {
        let [Some(left), Some(right)] = self.values else {
            return String::new();
        };
        if left <= 0.0 || right <= 0.0 {
            return String::new();
        }
        format!("×{:.2}", right / left)
    }
}

fn grouped(number: u64) -> String {
    let text = crate::print::counted(number, "");
    text.trim_end_matches('s').trim_end().to_owned()
}

#[expect(clippy::cast_precision_loss, reason = "three digits are shown")]
fn exact(count: u64) -> f64 {
    count as f64
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    pub(in super::super) fn side(name: &str, millis: &[u64], rows: usize, bytes: u64) -> Side {
        let run = |millis: &u64| {
            let mut figures = Figures {
                splits: 3,
                received_bytes: bytes,
                ..Figures::default()
            };
            figures.source.told = 3;
            figures.source.pages = 4;
            figures.source.milli_units = 2500;
            Run {
                rows,
                took: Duration::from_millis(*millis),
                figures,
            }
        };
        Side {
            name: name.to_owned(),
            runs: millis.iter().map(run).collect(),
        }
    }

    #[test]
    fn the_median_of_two_lies_between_them() {
        let spread = |millis: &[u64]| {
            side("a", millis, 1, 1)
                .spread()
                .map(|time| format!("{time:.1}"))
        };
        assert_eq!(spread(&[30, 10]), ["10.0", "20.0", "30.0"]);
        assert_eq!(spread(&[30, 10, 11]), ["10.0", "11.0", "30.0"]);
        assert_eq!(spread(&[7]), ["7.0"; 3]);
    }

    #[test]
    fn what_a_connector_does_not_tell_is_a_dash_and_no_zero() {
        let mut sides = [side("a", &[10], 5, 1000), side("b", &[25], 5, 12_345)];
        sides[1].runs[0].figures.source.untold = 1;
        let shown = |name: &str| {
            let measures = measures(&sides);
            let found = measures.iter().find(|measure| measure.name == name);
            let found = found.unwrap();
            (found.shown(0), found.shown(1), found.ratio())
        };
        let told = |a: &str, b: &str, c: &str| (a.to_owned(), b.to_owned(), c.to_owned());
        assert_eq!(shown("read units"), told("2.5", "–", ""));
        assert_eq!(shown("pages read"), told("4", "–", ""));
        assert_eq!(shown("bytes received"), told("1.0 KB", "12.3 KB", "×12.35"));
        assert_eq!(shown("time, median"), told("10.0 ms", "25.0 ms", "×2.50"));
        assert_eq!(shown("rows"), told("5", "5", "×1.00"));
    }
}
