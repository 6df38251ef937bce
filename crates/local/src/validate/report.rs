//! The report for people: every rule in a line, and below those that are broken what the protocol says and what speaks against it.

use crate::print::counted;
use athena_client::conformance::{Finding, Outcome, Report};
use std::fmt::Write as _;
use std::time::Duration;

/// The report; `verbose` adds the protocol's words to every rule.
pub(super) fn text(report: &Report, took: Duration, verbose: bool) -> String {
    let mut text = String::new();
    // Writing into a string does not fail.
    let _ = writeln!(text, "{}\n", head(report, took));
    for finding in &report.findings {
        line(&mut text, finding);
        if verbose || finding.outcome == Outcome::Failed {
            let (section, says) = (finding.rule.section(), finding.rule.says());
            let _ = writeln!(text, "      protocol {section}: {says}");
        }
        if finding.outcome == Outcome::Failed {
            for evidence in &finding.evidence {
                let _ = writeln!(text, "      - {evidence}");
            }
            let shown = finding.evidence.len() as u64;
            if let Some(more @ 1..) = finding.failures.checked_sub(shown) {
                let _ = writeln!(text, "      - {}", counted(more, "more time"));
            }
        }
    }
    let _ = write!(
        text,
        "\n{} passed, {} failed, {} skipped",
        report.count(Outcome::Passed),
        report.count(Outcome::Failed),
        report.count(Outcome::Skipped)
    );
    text
}

fn head(report: &Report, took: Duration) -> String {
    let what = match (&report.source, report.version) {
        (Some(source), Some(version)) => {
            format!("source `{source}`, protocol version {version}")
        }
        _ => "a connector that does not answer".to_owned(),
    };
    let mut lines = vec![format!(
        "{what} · {} in {:.1} s",
        counted(report.calls, "call"),
        took.as_secs_f64()
    )];
    lines.extend(report.tables.iter().map(|table| {
        format!(
            "judged by {}: {}, {}, {}",
            table.name,
            counted(table.columns as u64, "column"),
            counted(table.splits as u64, "split"),
            counted(table.rows as u64, "row")
        )
    }));
    lines.join("\n")
}

fn line(text: &mut String, finding: &Finding) {
    let name = finding.rule.name();
    let checks = counted(finding.checks, "check");
    let _ = match finding.outcome {
        Outcome::Passed => writeln!(text, "  ✓ {name:22} {checks}"),
        Outcome::Failed => writeln!(
            text,
            "  ✗ {name:22} broken in {} of {checks}",
            finding.failures
        ),
        Outcome::Skipped => {
            let why = finding.evidence.first().map_or("", String::as_str);
            writeln!(text, "  – {name:22} not tried: {why}")
        }
    };
}

#[cfg(test)]
mod tests {
    use super::*;
    use athena_client::conformance::{JudgedTable, Rule};
    use athena_protocol::wire::TableName;

    fn finding(rule: Rule, outcome: Outcome, failures: u64, evidence: &[&str]) -> Finding {
        Finding {
            rule,
            outcome,
            checks: if outcome == Outcome::Skipped { 0 } else { 1234 },
            failures,
            evidence: evidence.iter().map(|text| (*text).to_owned()).collect(),
        }
    }

    #[test]
    fn broken_rules_are_told_with_the_protocols_words_and_the_others_in_a_line() {
        let report = Report {
            source: Some("ddb".to_owned()),
            version: Some(6),
            tables: vec![JudgedTable {
                name: TableName::new("default", "orders"),
                columns: 9,
                splits: 1,
                rows: 4000,
            }],
            calls: 77,
            findings: vec![
                finding(Rule::PingAnswer, Outcome::Passed, 0, &[]),
                finding(Rule::LimitEnough, Outcome::Failed, 3, &["one", "two"]),
                finding(Rule::TableCase, Outcome::Skipped, 0, &["no capitals"]),
            ],
        };
        let text = text(&report, Duration::from_millis(1250), false);
        let expected = "\
source `ddb`, protocol version 6 · 77 calls in 1.2 s
judged by default.orders: 9 columns, 1 split, 4,000 rows

  ✓ ping/answer            1,234 checks
  ✗ limit/enough           broken in 3 of 1,234 checks
      protocol §8: Under a limit at least that many rows come, if there are so many.
      - one
      - two
      - 1 more time
  – table/case             not tried: no capitals

1 passed, 1 failed, 1 skipped";
        assert_eq!(text, expected);
    }
}
