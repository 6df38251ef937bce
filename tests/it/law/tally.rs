//! What was met, so that a law that nothing tests any more is noticed.

use super::answer::Rows;
use super::forms::Form;
use super::questions::Question;
use athena_testkit::dynamodb::Call;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt;

/// Counts by name.
#[derive(Debug, Default)]
pub(super) struct Tally {
    cases: u64,
    counts: BTreeMap<String, u64>,
}

impl Tally {
    /// Counts a question and its answer.
    pub(super) fn add(&mut self, form: Form, question: &Question, all: &Rows, answer: &Rows) {
        self.cases += 1;
        self.count(&format!("as {form:?}"));
        let wanted = all
            .values()
            .filter(|row| question.predicate.wants(row))
            .count();
        self.count(match wanted {
            0 => "finds nothing",
            found if found == all.len() => "finds everything",
            _ => "finds some",
        });
        if answer.len() < all.len() {
            self.count("answered with fewer rows than the table has");
        }
        match (question.limit, question.order.is_empty()) {
            (None, _) => {}
            (Some(_), true) => self.count("with a limit"),
            (Some(_), false) => self.count("with an order and a limit"),
        }
    }

    /// Counts how it was asked for.
    pub(super) fn add_calls(&mut self, calls: &[Call], splits: usize) {
        let reads = calls
            .iter()
            .filter(|call| ["Scan", "Query"].contains(&call.operation.as_str()));
        let reads: Vec<(&Call, Value)> = reads
            .map(|call| {
                (
                    call,
                    serde_json::from_slice(&call.request).unwrap_or_default(),
                )
            })
            .collect();
        let mut met = |name: &str, test: &dyn Fn(&Call, &Value) -> bool| {
            if reads.iter().any(|(call, request)| test(call, request)) {
                self.count(name);
            }
        };
        met("by Scan", &|call, _| {
            call.operation == "Scan" && call.index.is_none()
        });
        met("by Scan of an index", &|call, _| {
            call.operation == "Scan" && call.index.is_some()
        });
        met("by Query", &|call, _| {
            call.operation == "Query" && call.index.is_none()
        });
        met("by Query of an index", &|call, _| {
            call.operation == "Query" && call.index.is_some()
        });
        met("with a filter", &|_, request| {
            request["FilterExpression"].is_string()
        });
        met("with a small page", &|_, request| {
            request["Limit"].is_number()
        });
        met("with a condition on the range key", &|_, request| {
            request["KeyConditionExpression"]
                .as_str()
                .is_some_and(|text| text.contains(" AND "))
        });
        met("in several segments", &|_, request| {
            request["TotalSegments"].is_number()
        });
        met("by a nested path", &|_, request| {
            request["ProjectionExpression"]
                .as_str()
                .is_some_and(|text| text.contains('.'))
        });
        met("with texts that show a time", &|_, request| {
            request["FilterExpression"]
                .as_str()
                .is_some_and(|text| text.contains("NOT contains("))
        });
        if splits > 1 {
            self.count("in several splits");
        }
        if reads.is_empty() {
            self.count("by nothing");
        }
    }

    /// Fails unless each kind was met in at least one of a hundred cases, or of a thousand.
    #[track_caller]
    pub(super) fn assert_met(&self) {
        for name in MET {
            let met = self.counts.get(*name).copied().unwrap_or_default();
            assert!(met * 100 >= self.cases, "{name}: {met} times\n{self}");
        }
        // These take a column of a certain type, which a few dozen tables have more or less of.
        for name in RARELY_MET {
            let met = self.counts.get(*name).copied().unwrap_or_default();
            assert!(met * 1_000 >= self.cases, "{name}: {met} times\n{self}");
        }
    }

    fn count(&mut self, name: &str) {
        *self.counts.entry(name.to_owned()).or_default() += 1;
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{} questions", self.cases)?;
        for (name, count) in &self.counts {
            writeln!(f, "{count:>8} {name}")?;
        }
        Ok(())
    }
}

const RARELY_MET: &[&str] = &["by a nested path", "with texts that show a time"];

const MET: &[&str] = &[
    "answered with fewer rows than the table has",
    "as Calls",
    "as Plan",
    "as PlanAndSets",
    "as Sets",
    "as SetsAndCalls",
    "by Query",
    "by Query of an index",
    "by Scan",
    "by nothing",
    "finds nothing",
    "finds some",
    "in several segments",
    "in several splits",
    "with a condition on the range key",
    "with a filter",
    "with a limit",
    "with an order and a limit",
];
