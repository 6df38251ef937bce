//! What items may store so that a column shows a point in time between two others.
//!
//! **Numbers** count from 1970 in the column's unit, so that they lie in an interval of the same length. A clock on the wall shows
//! an instant in the table's zone; where it is changed nearby the interval is an hour or so longer.
//!
//! **Texts** are read in any form of ISO 8601 and as digits of a number, so no one interval holds them all. But (see
//! [`iso`](crate::types::datetime)):
//!
//! * a date begins with its year in four digits; only a year with a sign, and blanks, come before the first digit in the order of
//!   bytes, and nothing that begins with a greater byte than `9` is read at all;
//! * what a text spells and what is shown for it are less than two days apart: both zones are at most 18 hours from UTC;
//! * of all texts of a date the one in the form `2020-01-02` comes first: months and days of one digit, and dates without dashes,
//!   have a greater byte where they differ. So that form of the first day is a lower bound for all of them;
//! * upper bounds are needed in the last year alone, and there one for each form: `2020-01.` is behind all days of January in two
//!   digits or one, `2020-1.` behind those of a month in one digit, `20200102:` behind a day without dashes;
//! * a number has no dash behind its first character, but in an exponent. So a text with a dash and without `E-` is none.
//!
//! Of texts that a format of the table's own may read nothing is said.

use athena_protocol::predicate::{Range, Scalar};
use athena_protocol::timestamp;
use chrono::{DateTime, Datelike};

use super::interval::{End, Interval, merge};
use super::stored::{Shown, Values, intervals};
use super::value::Value;
use crate::types::datetime::{DAY_MILLIS, EpochUnit, TimeReader};

/// What may be stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Moments {
    /// Numbers.
    pub(super) numbers: Values,
    /// Where texts lie that are no numbers; `None` if any text may qualify.
    pub(super) texts: Option<Vec<Interval>>,
}

impl Moments {
    /// What may be stored so that the column shows one of `shown`, as `reader` reads it; `None` if nothing can be told.
    pub(super) fn of(reader: &TimeReader, shown: &Shown<'_>) -> Option<Self> {
        let spans: Vec<Span> = match shown {
            Shown::Any => return None,
            Shown::Points(points) => points
                .iter()
                .map(|point| Ends::of(point).map(Span::of_one))
                .collect::<Option<_>>()?,
            Shown::Ranges(ranges) => ranges.iter().map(Span::of).collect::<Option<_>>()?,
        };
        let spans = if spans.len() > MAX_SPANS {
            vec![Span::around(&spans)]
        } else {
            spans
        };
        let numbers = spans.iter().flat_map(|span| span.numbers(reader)).map(Some);
        let texts = reader.is_plain().then(|| {
            let spelled = spans.iter().flat_map(Span::texts);
            merge(spelled.chain([before_digits()]).collect())
        });
        Some(Self {
            numbers: intervals(numbers),
            texts,
        })
    }
}

/// A stretch of time in milliseconds since 1970, both ends included; `None` for no end.
#[derive(Debug, Clone, Copy)]
struct Span {
    first: Option<i64>,
    last: Option<i64>,
    /// Whether instants are meant; else what a clock shows in the table's zone.
    instants: bool,
}

/// The milliseconds that show as one value.
#[derive(Debug, Clone, Copy)]
struct Ends {
    first: i64,
    last: i64,
    instants: bool,
}

impl Ends {
    fn of(value: &Scalar) -> Option<Self> {
        let (first, last, instants) = match value {
            Scalar::Date32(days) => {
                let midnight = i64::from(*days) * DAY_MILLIS;
                (midnight, midnight + DAY_MILLIS - 1, false)
            }
            Scalar::Date64(millis) => (*millis, *millis, false),
            Scalar::Timestamp(packed) => {
                let instant = timestamp::epoch_millis(*packed);
                (instant, instant, true)
            }
            _ => return None,
        };
        Some(Self {
            first,
            last,
            instants,
        })
    }
}

impl Span {
    fn of_one(ends: Ends) -> Self {
        Self {
            first: Some(ends.first),
            last: Some(ends.last),
            instants: ends.instants,
        }
    }

    /// A range's ends count as included.
    fn of(range: &Range) -> Option<Self> {
        let end = |value: Option<&Scalar>| value.map(|value| Ends::of(value).ok_or(()));
        let low = end(range.low.value.as_ref()).transpose().ok()?;
        let high = end(range.high.value.as_ref()).transpose().ok()?;
        let instants = low.as_ref().or(high.as_ref())?.instants;
        Some(Self {
            first: low.map(|low| low.first),
            last: high.map(|high| high.last),
            instants,
        })
    }

    /// From the first of all to the last; there is at least one.
    fn around(spans: &[Self]) -> Self {
        let ends =
            |end: fn(&Self) -> Option<i64>| spans.iter().map(end).collect::<Option<Vec<_>>>();
        Self {
            first: ends(|span| span.first).and_then(|ends| ends.into_iter().min()),
            last: ends(|span| span.last).and_then(|ends| ends.into_iter().max()),
            instants: spans.iter().any(|span| span.instants),
        }
    }

    /// The numbers that may show as a time within.
    fn numbers(&self, reader: &TimeReader) -> Vec<Interval> {
        let (mut first, mut last) = (self.first, self.last);
        if !self.instants {
            let zone = reader.zone();
            first = first.and_then(|first| zone.instants_between(first, first).0);
            last = last.and_then(|last| zone.instants_between(last, last).1);
        }
        let millis = || counted(first, last, 0);
        let seconds = || counted(first, last, 3);
        match reader.unit() {
            EpochUnit::Millis => vec![millis()],
            EpochUnit::Seconds => vec![seconds()],
            EpochUnit::Auto => vec![millis(), seconds()],
        }
    }

    /// Where the texts lie that are dates and times within.
    fn texts(&self) -> Vec<Interval> {
        let first = self.first.and_then(|first| date(first, -2));
        let last = self.last.and_then(|last| date(last, 2));
        let low = match first {
            Some((year @ 0..=9999, month, day)) => format!("{year:04}-{month:02}-{day:02}"),
            Some((10_000.., ..)) => return Vec::new(),
            _ => "0".to_owned(),
        };
        let (year, month, day) = match last {
            Some((year @ 0..=9999, month, day)) => (format!("{year:04}"), month, day),
            Some((..0, ..)) => return Vec::new(),
            _ => return vec![between(low, ":".to_owned())],
        };
        let same_year = low.starts_with(&year);
        let mut found = vec![between(low.clone(), format!("{year}-{month:02}."))];
        // Of the same year those that are spelled otherwise: those of earlier years come before it.
        let earliest = first.filter(|_| same_year).map_or(1, |(_, month, _)| month);
        let latest = month.min(9);
        if earliest <= 1 {
            found.push(between(format!("{year}-1-"), format!("{year}-1.")));
        }
        if latest >= 2 && earliest <= 9 {
            let earliest = earliest.max(2);
            found.push(between(
                format!("{year}-{earliest}-"),
                format!("{year}-{latest}."),
            ));
        }
        let basic = if same_year {
            low.replace('-', "")
        } else {
            format!("{year}0")
        };
        found.push(between(basic, format!("{year}{month:02}{day:02}:")));
        found
    }
}

/// What lies before the texts that begin with a digit.
fn before_digits() -> Interval {
    Interval {
        low: None,
        high: Some(excluded(Value::S("0".to_owned()))),
    }
}

fn between(low: String, high: String) -> Interval {
    Interval {
        low: Some(End::included(Value::S(low))),
        high: Some(excluded(Value::S(high))),
    }
}

fn excluded(value: Value) -> End {
    End {
        value,
        inclusive: false,
    }
}

/// The date so many days away from a time; `None` beyond the calendar.
fn date(millis: i64, days: i64) -> Option<(i32, u32, u32)> {
    let date = DateTime::from_timestamp_millis(millis.checked_add(days * DAY_MILLIS)?)?;
    Some((date.year(), date.month(), date.day()))
}

/// The numbers that are read as `first` to `last`, in units of `10^-places` of theirs: a number is rounded to billionths, and then down.
fn counted(first: Option<i64>, last: Option<i64>, places: i32) -> Interval {
    let low = first.and_then(|first| {
        let billionths = i128::from(first) * 10_i128.pow(9 - places.unsigned_abs()) - 1;
        Value::number(billionths, 9)
    });
    let high = last.and_then(|last| Value::number(i128::from(last) + 1, places));
    Interval {
        low: low.map(End::included),
        high: high.map(excluded),
    }
}

/// Stretches of time that are told one by one; more are taken together.
const MAX_SPANS: usize = 16;

#[cfg(test)]
mod tests;
