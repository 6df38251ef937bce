//! The report for programs: one JSON object.

use athena_client::conformance::{Outcome, Report};
use serde_json::{Value, json};
use std::time::Duration;

/// The report as a text of several lines.
pub(super) fn of(report: &Report, took: Duration) -> String {
    format!("{:#}", value(report, took))
}

fn value(report: &Report, took: Duration) -> Value {
    let rules = report.findings.iter().map(|finding| {
        json!({
            "rule": finding.rule.name(),
            "section": finding.rule.section(),
            "says": finding.rule.says(),
            "outcome": finding.outcome.as_str(),
            "checks": finding.checks,
            "failures": finding.failures,
            "evidence": finding.evidence,
        })
    });
    let tables = report.tables.iter().map(|table| {
        json!({
            "schema": table.name.schema_name,
            "table": table.name.table_name,
            "columns": table.columns,
            "splits": table.splits,
            "rows": table.rows,
        })
    });
    json!({
        "ok": report.passed(),
        "source": report.source,
        "version": report.version,
        "calls": report.calls,
        "seconds": took.as_secs_f64(),
        "passed": report.count(Outcome::Passed),
        "failed": report.count(Outcome::Failed),
        "skipped": report.count(Outcome::Skipped),
        "tables": tables.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
    })
}
