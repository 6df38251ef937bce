//! `validate`: the connector in the program passes, and what is broken ends it with a failure.

use crate::program::{run, shop};
use serde_json::Value;

#[tokio::test]
async fn the_connector_in_this_program_passes() {
    let aws = shop().await;
    let ended = run(&aws, &["validate", "--json", "--questions", "24"]).await;
    let report: Value = serde_json::from_str(&ended.out).unwrap();
    let broken: Vec<&Value> = report["rules"]
        .as_array()
        .unwrap()
        .iter()
        .filter(|rule| rule["outcome"] == "failed")
        .collect();
    assert!(broken.is_empty(), "{broken:#?}");
    assert_eq!((&report["ok"], ended.status), (&Value::Bool(true), Some(0)));
    assert_eq!(
        (&report["source"], &report["version"]),
        (&"ddb".into(), &6.into())
    );
    assert!(report["passed"].as_u64().unwrap() >= 45, "{report}");
    assert_eq!(report["tables"].as_array().unwrap().len(), 3);
    // How far it is goes to where people look, not to where programs read.
    assert!(
        ended.err.contains("spilling") && ended.err.contains("calls so far"),
        "{}",
        ended.err
    );
}

#[tokio::test]
async fn what_is_broken_is_told_with_the_protocols_words_and_a_status() {
    let aws = shop().await;
    let arguments = [
        "validate",
        "--table",
        "orders=1",
        "--rule",
        "records/complete",
        "--questions",
        "2",
    ];
    let ended = run(&aws, &arguments).await;
    assert_eq!(ended.status, Some(1), "{ended:?}");
    for words in [
        "✗ records/complete",
        "protocol §5.6",
        "said to have 1",
        "0 passed, 1 failed",
    ] {
        assert!(ended.out.contains(words), "`{words}` in {}", ended.out);
    }
    assert!(ended.err.contains("1 of 1 rule is broken"), "{}", ended.err);
}

#[tokio::test]
async fn a_program_that_is_no_connector_fails_the_first_rule() {
    let aws = shop().await;
    let ended = run(&aws, &["validate", "--connector", "false"]).await;
    assert_eq!(ended.status, Some(1), "{ended:?}");
    assert!(ended.out.contains("✗ ping/answer"), "{}", ended.out);
    assert!(
        ended
            .out
            .contains("not tried: the connector did not answer a ping"),
        "{}",
        ended.out
    );
}

#[tokio::test]
async fn rules_are_listed_and_unknown_ones_refused() {
    let aws = athena_testkit::LocalAws::start().await.unwrap();
    let ended = run(&aws, &["validate", "--list"]).await;
    assert_eq!(ended.status, Some(0));
    assert!(
        ended.out.lines().count() > 45 && ended.out.contains("hostile/lengths"),
        "{}",
        ended.out
    );
    let ended = run(&aws, &["validate", "--rule", "spill/nonsense"]).await;
    assert_eq!(ended.status, Some(1));
    assert!(
        ended.err.contains("no rule `spill/nonsense`") && ended.err.contains("--list"),
        "{}",
        ended.err
    );
}
