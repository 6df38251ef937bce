//! Options of planning: what queries may cost, and how they are read.

use super::choice::choice;
use crate::plan::{FullScan, ScanGuard};
use std::collections::BTreeMap;

/// What becomes of a query that scans all of a table or an index: `allow`, `warn` or `refuse`. Default `allow`.
pub const FULL_SCAN: &str = "full_scan";
/// Read units that a scan may consume by its estimate; a query that would consume more is refused. Default: no limit.
pub const MAX_SCAN_READ_UNITS: &str = "max_scan_read_units";
/// Read units a second that all splits of a query may consume together. Default: no limit.
pub const MAX_READ_CAPACITY_UNITS: &str = "max_read_capacity_units";
/// Hundredths of the capacity of a table or an index that all splits of a query may consume together, 1 to 100. Default: no limit.
pub const MAX_READ_CAPACITY_PERCENT: &str = "max_read_capacity_percent";
/// `true` reads with strong consistency, at twice the price and never by a global index. Default `false`.
pub const CONSISTENT_READ: &str = "consistent_read";
/// Indexes to prefer where they can be queried: `table=index` pairs with commas between them. Default: the cheapest key.
pub const INDEX_HINTS: &str = "index_hints";

/// Checked options of planning.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Planning {
    /// What scans may cost.
    pub guard: ScanGuard,
    /// Read units a second for a query.
    pub max_read_units: Option<u64>,
    /// Hundredths of the capacity for a query.
    pub max_read_percent: Option<u8>,
    /// Whether reads are strongly consistent.
    pub consistent: bool,
    /// Preferred indexes by table, exact in case.
    pub index_hints: BTreeMap<String, String>,
}

impl Planning {
    /// Checks the options that `text` answers, without blanks around them; what is wrong is added to `problems`.
    pub(super) fn from_texts(
        text: &dyn Fn(&str) -> Option<String>,
        problems: &mut Vec<String>,
    ) -> Self {
        let mut number = |name: &str, most: u64| {
            let number: Option<u64> = text(name)?
                .parse()
                .ok()
                .filter(|number| (1..=most).contains(number));
            if number.is_none() {
                problems.push(wrong(name, &format!("a number from 1 to {most}")));
            }
            number
        };
        let max_scan_read_units = number(MAX_SCAN_READ_UNITS, MAX_UNITS);
        let max_read_units = number(MAX_READ_CAPACITY_UNITS, MAX_UNITS);
        let percent = number(MAX_READ_CAPACITY_PERCENT, 100);
        let full_scan = choice(
            text,
            FULL_SCAN,
            &[
                ("allow", FullScan::Allow),
                ("warn", FullScan::Warn),
                ("refuse", FullScan::Refuse),
            ],
            FullScan::Allow,
            problems,
        );
        let consistent = choice(
            text,
            CONSISTENT_READ,
            &[("true", true), ("false", false)],
            false,
            problems,
        );
        let mut index_hints = BTreeMap::new();
        for pair in text(INDEX_HINTS).iter().flat_map(|text| text.split(',')) {
            match pair
                .split_once('=')
                .map(|(table, index)| (table.trim(), index.trim()))
            {
                _ if pair.trim().is_empty() => {}
                Some((table, index)) if !table.is_empty() && !index.is_empty() => {
                    index_hints.insert(table.to_owned(), index.to_owned());
                }
                _ => {
                    let expected = "pairs `table=index` with commas between them";
                    problems.push(wrong(INDEX_HINTS, expected));
                    break;
                }
            }
        }
        Self {
            guard: ScanGuard {
                full_scan,
                max_read_units: max_scan_read_units,
            },
            max_read_units,
            max_read_percent: percent.and_then(|percent| u8::try_from(percent).ok()),
            consistent,
            index_hints,
        }
    }
}

fn wrong(name: &str, expected: &str) -> String {
    format!("the environment variable `{name}` must be {expected}")
}

/// Far beyond what any table grants.
const MAX_UNITS: u64 = 1_000_000_000_000;

#[cfg(test)]
mod tests {
    use super::*;

    fn read(vars: &[(&str, &str)]) -> Result<Planning, Vec<String>> {
        let mut problems = Vec::new();
        let text = |name: &str| {
            let found = vars.iter().find(|(key, _)| *key == name);
            found.map(|(_, text)| (*text).to_owned())
        };
        let planning = Planning::from_texts(&text, &mut problems);
        if problems.is_empty() {
            Ok(planning)
        } else {
            Err(problems)
        }
    }

    #[test]
    fn nothing_set_is_no_limit() {
        assert_eq!(read(&[]), Ok(Planning::default()));
    }

    #[test]
    fn all_options_are_read() {
        let planning = read(&[
            (FULL_SCAN, "Refuse"),
            (MAX_SCAN_READ_UNITS, "5000"),
            (MAX_READ_CAPACITY_UNITS, "100"),
            (MAX_READ_CAPACITY_PERCENT, "25"),
            (CONSISTENT_READ, "TRUE"),
            (INDEX_HINTS, "Orders=by_day, Lines = by_note,"),
        ])
        .unwrap();
        assert_eq!(planning.guard.full_scan, FullScan::Refuse);
        assert_eq!(planning.guard.max_read_units, Some(5000));
        assert_eq!(planning.max_read_units, Some(100));
        assert_eq!(planning.max_read_percent, Some(25));
        assert!(planning.consistent);
        assert_eq!(planning.index_hints["Lines"], "by_note");
        assert_eq!(planning.index_hints.len(), 2);
    }

    #[test]
    fn all_that_is_wrong_is_told_at_once() {
        let problems = read(&[
            (FULL_SCAN, "maybe"),
            (MAX_SCAN_READ_UNITS, "-1"),
            (MAX_READ_CAPACITY_UNITS, "0"),
            (MAX_READ_CAPACITY_PERCENT, "101"),
            (CONSISTENT_READ, "yes"),
            (INDEX_HINTS, "Orders"),
        ])
        .unwrap_err();
        assert_eq!(problems.len(), 6, "{problems:?}");
        assert!(problems[2].contains("`max_read_capacity_percent` must be a number from 1 to 100"));
    }
}
