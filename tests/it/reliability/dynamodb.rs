//! DynamoDB: pages of each kind of read, and what planning asks.

use super::{ALWAYS, PASSING, SLOW, Trial};
use crate::stack::{says, shown_rows};
use arrow::datatypes::DataType;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use athena_testkit::Fault;
use serde_json::Value;
use std::time::Duration;

/// Has the first call of `operation` be answered well, and those after it meet `fault`.
fn on_the_second(trial: &Trial, operation: &str, calls: usize, fault: Fault) {
    let dynamodb = &trial.stack.aws.dynamodb;
    dynamodb.reset();
    dynamodb.fail_next(operation, 1, Fault::Delay(Duration::ZERO));
    dynamodb.fail_next(operation, calls, fault);
}

#[tokio::test]
async fn a_page_that_fails_once_in_any_way_is_asked_for_again_and_no_row_is_lost_or_doubled() {
    let trial = Trial::with(|_| {}).await;
    let damaged = [
        Fault::Stall,
        Fault::Shorten,
        Fault::Flip,
        Fault::Html(200),
        Fault::Silence,
    ];
    for fault in PASSING.into_iter().chain(damaged) {
        on_the_second(&trial, "Scan", 1, fault);
        let rows = trial.read(Constraints::default()).await;
        trial.is_whole(&rows.unwrap(), &format!("{fault:?}"));
        let scans = trial.stack.aws.dynamodb.count("Scan");
        let again = !matches!(fault, Fault::Trickle(_) | Fault::Delay(_));
        assert_eq!(scans, 2 + usize::from(again), "{fault:?}");
    }
    assert_eq!(trial.stack.emulator.stats().cold_starts, 1);
}

#[tokio::test]
async fn a_page_that_never_comes_right_is_an_error_that_names_table_and_call() {
    let trial = Trial::with(|_| {}).await;
    for (fault, words) in [
        (Fault::SlowDown, ["ServiceUnavailable", "Scan", "`items`"]),
        (
            Fault::InternalError,
            ["InternalServerError", "Scan", "`items`"],
        ),
        (
            Fault::AccessDenied,
            ["AccessDeniedException", "allow dynamodb:Scan", "`items`"],
        ),
        (
            Fault::Expired,
            [
                "ExpiredTokenException",
                "check the function's credentials",
                "`items`",
            ],
        ),
        (Fault::HangUp, ["cannot be reached", "Scan", "`items`"]),
        (
            Fault::Truncate,
            ["broke 5 times: the connection broke", "Scan", "`items`"],
        ),
        (
            Fault::Stall,
            [
                "broke 5 times: nothing came for 0.5 seconds",
                "Scan",
                "`items`",
            ],
        ),
        (
            Fault::Shorten,
            [
                "broke 5 times: the checksum does not fit",
                "Scan",
                "`items`",
            ],
        ),
        (
            Fault::Flip,
            [
                "broke 5 times: the checksum does not fit",
                "Scan",
                "`items`",
            ],
        ),
        (
            Fault::Html(200),
            [
                "broke 5 times: it is no JSON by its own word",
                "Scan",
                "`items`",
            ],
        ),
        (
            Fault::Html(502),
            ["unreadable (status 502)", "Scan", "`items`"],
        ),
        (
            Fault::Html(407),
            ["unreadable (status 407)", "Scan", "`items`"],
        ),
        (
            Fault::Garbage,
            ["cannot decode a page", "byte 0", "`items`"],
        ),
    ] {
        on_the_second(&trial, "Scan", ALWAYS, fault);
        let fault = trial
            .fails(trial.read(Constraints::default()).await, &words)
            .await;
        assert!(!fault.error_message.contains("html"), "{fault:?}");
    }
}

#[tokio::test]
async fn a_table_that_stops_to_answer_is_an_error_in_good_time() {
    let trial = Trial::with(|setup| setup.set("answer_timeout_ms", "500")).await;
    trial
        .stack
        .aws
        .dynamodb
        .fail_next("Scan", ALWAYS, Fault::Silence);
    let outcome = trial.read(Constraints::default()).await;
    trial
        .fails(outcome, &["did not answer Scan", "in time", "`items`"])
        .await;
}

/// The items of these keys.
fn only(keys: &[&str]) -> Constraints {
    let keys = keys.iter().map(|key| Scalar::Utf8((*key).to_owned()));
    let set = ValueSet::of_values(&DataType::Utf8, keys);
    Constraints {
        summary: [("id".to_owned(), set)].into(),
        ..Constraints::default()
    }
}

#[tokio::test]
async fn queries_and_batches_of_keys_get_over_the_same_faults() {
    let trial = Trial::with(|_| {}).await;
    for (operation, keys) in [
        ("Query", &["i0007"][..]),
        ("BatchGetItem", &["i0007", "i0041", "i0079"][..]),
    ] {
        let wanted: Vec<Value> = (trial.items.iter())
            .filter(|item| keys.contains(&item["id"]["S"].as_str().unwrap()))
            .cloned()
            .collect();
        let wanted = shown_rows(&wanted, &trial.table.schema).rows;
        for fault in PASSING
            .into_iter()
            .chain([Fault::Stall, Fault::Shorten, Fault::Flip])
        {
            let dynamodb = &trial.stack.aws.dynamodb;
            dynamodb.reset();
            dynamodb.fail_next(operation, 1, fault);
            let rows = trial.read(only(keys)).await.unwrap();
            rows.assert_eq(&wanted, &format!("{operation}, {fault:?}"));
            assert!(dynamodb.count(operation) >= 1, "{operation} was asked");
        }
        for (fault, words) in [
            (Fault::InternalError, ["InternalServerError", operation]),
            (Fault::Expired, ["ExpiredTokenException", operation]),
            (Fault::Flip, ["the checksum does not fit", operation]),
            (Fault::Garbage, ["`items`", "byte 0"]),
        ] {
            trial.stack.aws.dynamodb.fail_next(operation, ALWAYS, fault);
            trial.fails(trial.read(only(keys)).await, &words).await;
        }
    }
}

#[tokio::test]
async fn a_description_or_sample_that_fails_once_is_asked_for_again_and_changes_no_schema() {
    let trial = Trial::with(|_| {}).await;
    for operation in ["DescribeTable", "Scan"] {
        for fault in PASSING.into_iter().chain([Fault::Shorten, Fault::Flip]) {
            let dynamodb = &trial.stack.aws.dynamodb;
            dynamodb.reset();
            dynamodb.fail_next(operation, 1, fault);
            let table = trial.stack.query().get_table(&trial.table.name).await;
            assert_eq!(table.unwrap(), trial.table, "{operation}, {fault:?}");
        }
    }
    for (fault, words) in [
        (
            Fault::InternalError,
            ["InternalServerError", "DescribeTable"],
        ),
        (
            Fault::AccessDenied,
            ["AccessDeniedException", "allow dynamodb:DescribeTable"],
        ),
        (Fault::Expired, ["ExpiredTokenException", "DescribeTable"]),
        (Fault::HangUp, ["cannot be reached", "DescribeTable"]),
        (Fault::Garbage, ["DescribeTable", "unreadable"]),
        (Fault::Shorten, ["DescribeTable", "unreadable"]),
        (Fault::Html(200), ["DescribeTable", "unreadable"]),
    ] {
        trial
            .stack
            .aws
            .dynamodb
            .fail_next("DescribeTable", ALWAYS, fault);
        trial.fails(trial.query().await, &words).await;
    }
}

#[tokio::test]
async fn a_table_that_is_deleted_while_it_is_read_is_an_error_and_not_the_rows_so_far() {
    let trial = Trial::with(|_| {}).await;
    on_the_second(&trial, "Scan", 1, Fault::Delay(SLOW * 5));
    let (dynamodb, client) = (&trial.stack.aws.dynamodb, trial.stack.aws.dynamodb.client());
    let delete = async {
        dynamodb.was_asked("Scan", 1).await;
        client
            .delete_table()
            .table_name("items")
            .send()
            .await
            .unwrap();
    };
    let (rows, ()) = tokio::join!(trial.read(Constraints::default()), delete);
    says(
        &crate::stack::fault_of(rows),
        &["`items`", "does not exist"],
    );
    crate::stack::NewTable::named("items", &[crate::stack::key("id", "S")])
        .load(&trial.stack.aws, &trial.items)
        .await;
    trial.recovers("made anew").await;
}
