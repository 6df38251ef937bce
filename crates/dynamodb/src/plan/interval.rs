//! Intervals of values in `DynamoDB`'s order.

use std::cmp::Ordering;

use super::value::Value;

/// An interval of values of one kind.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interval {
    /// Lower end, `None` for no limit.
    pub low: Option<End>,
    /// Upper end, `None` for no limit.
    pub high: Option<End>,
}

/// One end of an interval.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct End {
    /// Where the interval ends.
    pub value: Value,
    /// Whether the value itself belongs to the interval.
    pub inclusive: bool,
}

impl End {
    /// An end whose value belongs to the interval.
    pub fn included(value: Value) -> Self {
        Self {
            value,
            inclusive: true,
        }
    }
}

impl Interval {
    /// The interval from `low` to `high`, both included.
    pub fn closed(low: Value, high: Value) -> Self {
        Self {
            low: Some(End::included(low)),
            high: Some(End::included(high)),
        }
    }

    /// Whether every value lies inside.
    pub fn is_everything(&self) -> bool {
        self.low.is_none() && self.high.is_none()
    }

    /// The text that all values inside, and no others, begin with.
    ///
    /// In the order of UTF-8 bytes, which is that of characters, these are the texts from it up to the first that begins with the
    /// next character instead.
    pub fn prefix(&self) -> Option<&Value> {
        let (Some(low), Some(high)) = (&self.low, &self.high) else {
            return None;
        };
        let (Value::S(start), Value::S(end)) = (&low.value, &high.value) else {
            return None;
        };
        let last = start.chars().next_back()?;
        let next = char::from_u32(u32::from(last) + 1)?;
        let rest = end.strip_prefix(&start[..start.len() - last.len_utf8()])?;
        let successor = rest.chars().eq([next]);
        (low.inclusive && !high.inclusive && successor).then_some(&low.value)
    }

    /// Whether no value lies inside.
    pub fn is_empty(&self) -> bool {
        let (Some(low), Some(high)) = (&self.low, &self.high) else {
            return false;
        };
        match low.value.order(&high.value) {
            Ordering::Less => false,
            Ordering::Equal => !(low.inclusive && high.inclusive),
            Ordering::Greater => true,
        }
    }

    /// Whether `later`, which does not begin before this one, overlaps it or continues it without a gap.
    fn reaches(&self, later: &Self) -> bool {
        let (Some(high), Some(low)) = (&self.high, &later.low) else {
            return true;
        };
        match high.value.order(&low.value) {
            Ordering::Less => false,
            Ordering::Equal => high.inclusive || low.inclusive,
            Ordering::Greater => true,
        }
    }
}

/// The same values as disjoint intervals in ascending order. Nothing may be read twice, so overlaps are merged.
pub fn merge(mut intervals: Vec<Interval>) -> Vec<Interval> {
    intervals.retain(|interval| !interval.is_empty());
    intervals.sort_by(|a, b| low_order(a.low.as_ref(), b.low.as_ref()));
    let mut merged: Vec<Interval> = Vec::with_capacity(intervals.len());
    for interval in intervals {
        match merged.last_mut() {
            Some(last) if last.reaches(&interval) => {
                if high_order(last.high.as_ref(), interval.high.as_ref()) == Ordering::Less {
                    last.high = interval.high;
                }
            }
            _ => merged.push(interval),
        }
    }
    merged
}

fn low_order(a: Option<&End>, b: Option<&End>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.value.order(&b.value).then(b.inclusive.cmp(&a.inclusive)),
        // No limit comes first.
        _ => a.is_some().cmp(&b.is_some()),
    }
}

fn high_order(a: Option<&End>, b: Option<&End>) -> Ordering {
    match (a, b) {
        (Some(a), Some(b)) => a.value.order(&b.value).then(a.inclusive.cmp(&b.inclusive)),
        // No limit comes last.
        _ => b.is_some().cmp(&a.is_some()),
    }
}

#[cfg(test)]
mod tests {
    use super::{End, Interval, merge};
    use crate::plan::value::Value;

    fn end(text: &str, inclusive: bool) -> Option<End> {
        (text != "*").then(|| End {
            value: Value::N(text.to_owned()),
            inclusive,
        })
    }

    fn parse(text: &str) -> Interval {
        let inner = &text[1..text.len() - 1];
        let (low, high) = inner.split_once(' ').unwrap();
        Interval {
            low: end(low, text.starts_with('[')),
            high: end(high, text.ends_with(']')),
        }
    }

    #[track_caller]
    fn check(intervals: &[&str], expected: &[&str]) {
        let merged = merge(intervals.iter().map(|text| parse(text)).collect());
        assert_eq!(
            merged,
            expected.iter().map(|text| parse(text)).collect::<Vec<_>>(),
            "{intervals:?}"
        );
    }

    #[test]
    fn what_overlaps_or_touches_becomes_one() {
        check(&["[5 9]", "[1 3]"], &["[1 3]", "[5 9]"]);
        check(&["[1 5]", "[3 9)", "[4 4]"], &["[1 9)"]);
        check(&["[1 5)", "[5 9]"], &["[1 9]"]);
        check(&["(* 5)", "(5 *)"], &["(* 5)", "(5 *)"]);
        check(&["(* 5]", "[5 *)"], &["(* *)"]);
        check(&["[2 *)", "(* 1)", "[7 8]"], &["(* 1)", "[2 *)"]);
        check(&["(1 2]", "[1 2)"], &["[1 2]"]);
        check(&["[10 20]", "[9 10)"], &["[9 20]"]);
    }

    #[test]
    fn empty_intervals_vanish() {
        check(&["(5 5]", "[9 5]", "[10 9]", "[7 7]"], &["[7 7]"]);
    }
}
