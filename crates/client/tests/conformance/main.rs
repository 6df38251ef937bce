//! The judge judged: this project's connector passes, and a layer that breaks one thing in it is found out by the rule that says so.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

mod rig;
mod layer;
mod breaches;

use athena_client::conformance::{Finding, Options, Outcome, Report, Rule, Target, validate};
use athena_protocol::wire::TableName;
use breaches::BREACHES;
use layer::{Breach, Layer};
use rig::Rig;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::time::Duration;

async fn judge(target: Target, options: &Options) -> Report {
    validate(target, options, &mut |_| {}).await
}

fn finding(report: &Report, rule: Rule) -> &Finding {
    let mut findings = report.findings.iter();
    findings.find(|finding| finding.rule == rule).unwrap()
}

#[track_caller]
fn assert_passed(report: &Report) {
    for finding in &report.findings {
        let name = finding.rule.name();
        assert_ne!(
            finding.outcome,
            Outcome::Failed,
            "{name}: {:?}",
            finding.evidence
        );
    }
    assert!(report.passed());
}

#[tokio::test]
async fn this_projects_connector_keeps_every_rule() {
    let rig = Rig::start().await;
    let mut told = Vec::new();
    let options = Options {
        questions_at_most: 60,
        ..Options::default()
    };
    let report = validate(rig.target(), &options, &mut |progress| {
        told.push((progress.done, progress.all, progress.calls));
    })
    .await;
    assert_passed(&report);
    let skipped: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Skipped)
        .map(|finding| finding.rule.name())
        .collect();
    // All names of DynamoDB's tables are shown in lower case.
    assert_eq!(skipped, ["table/case"]);
    assert_eq!(
        (report.source.as_deref(), report.version),
        (Some("ddb"), Some(6))
    );
    assert_eq!(report.tables.len(), 3);
    assert!(report.tables.iter().all(|table| table.rows > 0));
    assert!(report.tables.iter().any(|table| table.splits > 1));
    // Progress never goes back, and ends where it said it would.
    assert!(told.is_sorted_by_key(|(done, _, calls)| (*done, *calls)));
    let (done, all, calls) = *told.last().unwrap();
    assert_eq!((done, calls), (all, report.calls));
}

#[tokio::test]
async fn every_rule_is_broken_by_something() {
    let broken: BTreeSet<Rule> = BREACHES.iter().map(|breach| breach.rule).collect();
    let unbroken: Vec<&str> = Rule::ALL
        .iter()
        .filter(|rule| !broken.contains(rule))
        .map(|rule| rule.name())
        .collect();
    assert_eq!(unbroken, [""; 0]);
}

/// Breaks the connector in each way whose place in the list leaves this rest.
async fn find_breaches(rest: usize) {
    let rig = Rig::start().await;
    let mut unfound = Vec::new();
    for breach in BREACHES.iter().skip(rest).step_by(4) {
        let rule = breach.rule;
        let mut options = Options {
            rules: vec![rule.name().to_owned()],
            ..rig::options()
        };
        match rule {
            rule if rule.name().starts_with("filter/") => options.questions_at_most = 36,
            // Waiting for an answer that never comes.
            Rule::AnswerTime => options.call_limit = Duration::from_secs(2),
            // The names as they are listed.
            Rule::TableCase => options.tables.clear(),
            _ => {}
        }
        let report = judge(Layer::over(rig.target(), breach), &options).await;
        assert_eq!(report.findings.len(), 1);
        let found = finding(&report, rule);
        if found.outcome != Outcome::Failed {
            unfound.push((rule.name(), breach.what, found.clone()));
            continue;
        }
        assert!(!found.evidence.is_empty() && !report.passed());
    }
    assert!(unfound.is_empty(), "{unfound:#?}");
}

#[tokio::test]
async fn breaches_are_found() {
    find_breaches(0).await;
}

#[tokio::test]
async fn breaches_of_a_second_lot_are_found() {
    find_breaches(1).await;
}

#[tokio::test]
async fn breaches_of_a_third_lot_are_found() {
    find_breaches(2).await;
}

#[tokio::test]
async fn breaches_of_a_fourth_lot_are_found() {
    find_breaches(3).await;
}

#[tokio::test]
async fn rows_that_are_never_given_are_missed_only_if_their_number_is_known() {
    let rig = Rig::start().await;
    let table = rig::options().tables[0].clone();
    let options = |rows: u64| Options {
        rules: vec!["records/complete".to_owned()],
        expected_rows: BTreeMap::from([(
            TableName::new("DEFAULT", table.table_name.clone()),
            rows,
        )]),
        ..rig::options()
    };
    let rows = rig.orders;
    assert_passed(&judge(rig.target(), &options(rows)).await);
    let report = judge(rig.target(), &options(rows + 1)).await;
    let found = finding(&report, Rule::RecordsComplete);
    assert_eq!(found.outcome, Outcome::Failed);
    assert!(found.evidence[0].contains(&rows.to_string()), "{found:?}");
}

#[tokio::test]
async fn a_connector_that_does_not_answer_has_all_else_skipped() {
    let rig = Rig::start().await;
    let options = Options {
        call_limit: Duration::from_millis(50),
        ..Options::default()
    };
    let report = judge(Layer::over(rig.target(), &DEAD), &options).await;
    let failed: Vec<&str> = report
        .findings
        .iter()
        .filter(|finding| finding.outcome == Outcome::Failed)
        .map(|finding| finding.rule.name())
        .collect();
    assert_eq!(failed, ["ping/answer", "answer/time"]);
    assert_eq!(report.count(Outcome::Skipped), Rule::ALL.len() - 2);
    assert_eq!(report.calls, 1);
}

#[tokio::test]
async fn evidence_holds_no_value_of_an_item() {
    let rig = Rig::start().await;
    let mut evidence = String::new();
    for breach in BREACHES {
        if !breach.rule.name().starts_with("filter/") {
            continue;
        }
        let options = Options {
            rules: vec![breach.rule.name().to_owned()],
            questions_at_most: 24,
            ..rig::options()
        };
        let report = judge(Layer::over(rig.target(), breach), &options).await;
        write!(evidence, "{:?}", report.findings).unwrap();
    }
    let values = rig.values();
    assert!(values.len() > 20 && evidence.len() > 1000);
    for value in values {
        assert!(!evidence.contains(&value), "{value}");
    }
}

#[tokio::test]
async fn a_table_that_is_too_large_is_passed_over() {
    let rig = Rig::start().await;
    let options = Options {
        rows_at_most: 0,
        rules: vec!["records".to_owned(), "filter".to_owned()],
        ..Options::default()
    };
    let report = judge(rig.target(), &options).await;
    assert_eq!(report.tables, []);
    let found = finding(&report, Rule::RecordsComplete);
    assert_eq!(found.outcome, Outcome::Skipped);
    assert!(found.evidence[0].contains("more than 0 rows"), "{found:?}");
    let found = finding(&report, Rule::FilterValues);
    assert_eq!(found.outcome, Outcome::Skipped);
}

/// A connector that says nothing.
static DEAD: Breach = Breach {
    rule: Rule::PingAnswer,
    what: "nothing is answered",
    how: layer::How::Hang(|_| true),
};
