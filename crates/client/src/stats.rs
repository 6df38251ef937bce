//! What a query cost: counted here, and read from the connector's own log where the call brings it.
//!
//! This project's connector ends each request with one JSON line of figures. Other connectors have none, so those figures are
//! then unknown, not zero.

use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The counters of one query; shared by all its calls.
#[derive(Debug, Default)]
pub struct QueryStats {
    figures: Mutex<Figures>,
}

/// What was counted so far.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// Calls by kind of request, for instance `ReadRecordsRequest`.
    pub calls: BTreeMap<&'static str, u64>,
    /// Splits that were planned.
    pub splits: u64,
    /// Splits whose last block has come.
    pub splits_done: u64,
    /// Rows received.
    pub rows: u64,
    /// Bytes received of `ReadRecords` answers and spilled objects, as they travelled.
    pub received_bytes: u64,
    /// Blocks that came inside a response, those without rows included.
    pub inline_blocks: u64,
    /// Blocks that were fetched from the spill bucket.
    pub spilled_blocks: u64,
    /// Bytes of those objects as they were stored.
    pub spilled_bytes: u64,
    /// Spilled blocks that were encrypted.
    pub encrypted_blocks: u64,
    /// What the source delivered to `ReadRecords` calls.
    pub source: SourceFigures,
}

impl Figures {
    /// Adds the figures of another query, such as one over a second connector for the same statement.
    pub fn add(&mut self, other: &Self) {
        for (kind, calls) in &other.calls {
            *self.calls.entry(kind).or_default() += calls;
        }
        self.splits += other.splits;
        self.splits_done += other.splits_done;
        self.rows += other.rows;
        self.received_bytes += other.received_bytes;
        self.inline_blocks += other.inline_blocks;
        self.spilled_blocks += other.spilled_blocks;
        self.spilled_bytes += other.spilled_bytes;
        self.encrypted_blocks += other.encrypted_blocks;
        self.source.told += other.source.told;
        self.source.untold += other.source.untold;
        self.source.pages += other.source.pages;
        self.source.items += other.source.items;
        self.source.bytes += other.source.bytes;
        self.source.milli_units += other.source.milli_units;
    }
}

/// What the connector read from its source, by its own account.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct SourceFigures {
    /// `ReadRecords` calls that told.
    pub told: u64,
    /// `ReadRecords` calls that did not, or whose log was cut off.
    pub untold: u64,
    /// Pages.
    pub pages: u64,
    /// Items in them, before any filter of the connector.
    pub items: u64,
    /// Bytes of them.
    pub bytes: u64,
    /// Thousandths of the read units that they cost.
    pub milli_units: u64,
}

impl SourceFigures {
    /// Whether every call told, so that the sums are those of the whole query.
    pub fn are_complete(&self) -> bool {
        self.untold == 0
    }
}

impl QueryStats {
    /// A copy of the counters.
    pub fn figures(&self) -> Figures {
        self.lock().clone()
    }

    pub(crate) fn add_call(&self, kind: &'static str) {
        *self.lock().calls.entry(kind).or_default() += 1;
    }

    pub(crate) fn add_splits(&self, splits: usize) {
        self.lock().splits += splits as u64;
    }

    pub(crate) fn add_split_done(&self) {
        self.lock().splits_done += 1;
    }

    pub(crate) fn add_received(&self, bytes: usize) {
        self.lock().received_bytes += bytes as u64;
    }

    pub(crate) fn add_inline_block(&self, rows: usize) {
        let mut figures = self.lock();
        figures.inline_blocks += 1;
        figures.rows += rows as u64;
    }

    pub(crate) fn add_spilled_block(&self, rows: usize, stored_bytes: usize, encrypted: bool) {
        let mut figures = self.lock();
        figures.spilled_blocks += 1;
        figures.spilled_bytes += stored_bytes as u64;
        figures.received_bytes += stored_bytes as u64;
        figures.encrypted_blocks += u64::from(encrypted);
        figures.rows += rows as u64;
    }

    pub(crate) fn add_log_of_read(&self, log_tail: Option<&str>) {
        let summary = log_tail.and_then(CallSummary::in_log);
        let source = &mut self.lock().source;
        match summary {
            None => source.untold += 1,
            Some(summary) => {
                source.told += 1;
                source.pages += summary.pages;
                source.items += summary.items;
                source.bytes += summary.bytes;
                source.milli_units += summary.milli_units;
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Figures> {
        self.figures.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The figures of a connector's last log line of a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct CallSummary {
    pages: u64,
    items: u64,
    bytes: u64,
    milli_units: u64,
}

impl CallSummary {
    /// The last line of figures in `log`; fields stand under `fields` or, flattened, beside the time stamp.
    fn in_log(log: &str) -> Option<Self> {
        log.lines().rev().find_map(|line| {
            let line: Value = serde_json::from_str(line.trim()).ok()?;
            let fields = line
                .get("fields")
                .filter(|fields| fields.is_object())
                .unwrap_or(&line);
            if fields.get("message")?.as_str()? != "request done" {
                return None;
            }
            let number = |name: &str| fields.get(name).and_then(Value::as_u64);
            Some(Self {
                pages: number("pages")?,
                items: number("items").unwrap_or_default(),
                bytes: number("bytes").unwrap_or_default(),
                milli_units: number("milli_capacity").unwrap_or_default(),
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(log: &str, expected: Option<(u64, u64, u64)>) {
        let found = CallSummary::in_log(log).map(|found| (found.pages, found.items, found.bytes));
        assert_eq!(found, expected, "{log}");
    }

    #[test]
    fn figures_are_read_nested_and_flattened() {
        check(
            r#"{"level":"INFO","fields":{"message":"request done","pages":3,"items":40,"bytes":500}}"#,
            Some((3, 40, 500)),
        );
        check(
            r#"{"level":"INFO","message":"request done","pages":3,"items":40,"bytes":500,"rows":7}"#,
            Some((3, 40, 500)),
        );
    }

    #[test]
    fn the_last_line_of_figures_counts_among_other_lines() {
        let log = concat!(
            "1}\nSTART RequestId: 1 Version: $LATEST\n",
            "{\"message\":\"request done\",\"pages\":1,\"items\":1,\"bytes\":1}\n",
            "{\"message\":\"request done\",\"pages\":2,\"items\":2,\"bytes\":2}\r\n",
            "{\"_aws\":{\"Timestamp\":1},\"pages\":9}\n",
            "END RequestId: 1\nREPORT RequestId: 1\tDuration: 1.00 ms\n",
        );
        check(log, Some((2, 2, 2)));
    }

    #[test]
    fn a_log_without_figures_has_none() {
        check("", None);
        check("INFO  ReadRecords: rows[7]", None);
        check(r#"{"message":"split read","pages":2}"#, None);
        check(r#"e":"request done","pages":2}"#, None);
    }

    #[test]
    fn figures_of_the_source_are_complete_only_if_every_call_told() {
        let stats = QueryStats::default();
        stats.add_log_of_read(Some(
            r#"{"message":"request done","pages":2,"items":5,"bytes":70,"milli_capacity":1500}"#,
        ));
        assert!(stats.figures().source.are_complete());
        stats.add_log_of_read(None);
        let source = stats.figures().source;
        assert_eq!((source.told, source.untold, source.pages), (1, 1, 2));
        assert_eq!(source.milli_units, 1500);
        assert!(!source.are_complete());
    }

    #[test]
    fn the_figures_of_two_queries_add_up() {
        let figures = |kind, split: bool| {
            let stats = QueryStats::default();
            stats.add_call(kind);
            stats.add_splits(2);
            if split {
                stats.add_split_done();
            }
            stats.add_received(30);
            stats.add_inline_block(5);
            stats.add_spilled_block(7, 100, true);
            stats.add_log_of_read(None);
            stats.figures()
        };
        let mut sum = figures("PingRequest", true);
        sum.add(&figures("PingRequest", false));
        sum.add(&figures("GetTableRequest", true));
        let calls = [("GetTableRequest", 1), ("PingRequest", 2)];
        assert_eq!(sum.calls, BTreeMap::from(calls));
        assert_eq!((sum.splits, sum.splits_done), (6, 2));
        assert_eq!((sum.rows, sum.received_bytes), (36, 390));
        assert_eq!((sum.inline_blocks, sum.spilled_blocks), (3, 3));
        assert_eq!((sum.spilled_bytes, sum.encrypted_blocks), (300, 3));
        assert_eq!(sum.source.untold, 3);
    }
}
