//! Glue and Athena: what a table looks like, and whether the query is still running.

use super::{ALWAYS, PASSING, SLOW, Trial};
use crate::stack::{Setup, Stack, fault_of, read_plan, says};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::TableName;
use athena_testkit::Fault;
use athena_testkit::athena::State;
use serde_json::json;
use std::time::Duration;

fn sales() -> TableName {
    TableName::new("sales", "sold")
}

fn add_table(stack: &Stack) {
    let columns = json!([{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "bigint"}]);
    let parameters = json!({"classification": "dynamodb", "sourceTable": "items"});
    let table = json!({"Name": "sold", "StorageDescriptor": {"Columns": columns}, "Parameters": parameters});
    stack.aws.glue.add_table("sales", table);
}

async fn with_glue() -> Trial {
    Trial::prepared(|setup: &mut Setup| setup.unset("disable_glue"), add_table).await
}

#[tokio::test]
async fn a_catalog_that_fails_once_in_any_way_is_asked_again_and_changes_no_schema() {
    let trial = with_glue().await;
    let sold = trial.stack.query().get_table(&sales()).await.unwrap();
    assert_eq!(sold.schema.fields().len(), 2);
    for fault in PASSING.into_iter().chain([Fault::Silence]) {
        trial.stack.aws.glue.fail_next(1, fault);
        let again = trial.stack.query().get_table(&sales()).await;
        assert_eq!(again.unwrap(), sold, "{fault:?}");
    }
}

#[tokio::test]
async fn a_catalog_that_answers_nonsense_is_an_error_and_never_another_schema() {
    let trial = with_glue().await;
    for fault in [
        Fault::InternalError,
        Fault::SlowDown,
        Fault::Expired,
        Fault::Garbage,
        Fault::Shorten,
        Fault::Html(200),
        Fault::Html(502),
    ] {
        // As often as it is tried.
        trial.stack.aws.glue.fail_next(3, fault);
        let outcome = trial.stack.query().get_table(&sales()).await;
        says(&fault_of(outcome), &["Glue"]);
        trial.stack.aws.glue.clear_faults();
    }
    trial.stack.query().get_table(&sales()).await.unwrap();
}

#[tokio::test]
async fn an_athena_that_is_out_of_its_mind_ends_no_read_and_its_later_word_does() {
    let trial = Trial::with(|setup| setup.set("answer_timeout_ms", "500")).await;
    let (athena, dynamodb) = (&trial.stack.aws.athena, &trial.stack.aws.dynamodb);
    for fault in [
        Fault::HangUp,
        Fault::Garbage,
        Fault::Html(200),
        Fault::Truncate,
        Fault::Silence,
    ] {
        athena.fail_next(1, fault);
    }
    let query = trial.stack.query();
    let plan = query
        .plan(&trial.table, Constraints::default())
        .await
        .unwrap();
    athena.set_state(query.id(), State::Running);
    // A table that is throttled without end keeps the read waiting, as silence would not.
    dynamodb.fail_next("Scan", ALWAYS * 100, Fault::Throttle);
    let cancel = async {
        athena.was_asked(5).await;
        athena.set_state(query.id(), State::Cancelled);
    };
    let read = read_plan(&query, &plan, trial.table.schema.clone());
    let (rows, ()) = tokio::join!(read, cancel);
    let fault = fault_of(rows);
    says(&fault, &["no longer running", "CANCELLED"]);
    trial.recovers("another query").await;
}

#[tokio::test]
async fn an_athena_that_answers_late_or_refuses_leaves_every_row() {
    for fault in [
        Fault::Delay(SLOW),
        Fault::AccessDenied,
        Fault::Expired,
        Fault::SlowDown,
    ] {
        let trial = Trial::with(|_| {}).await;
        trial.stack.aws.athena.fail_next(ALWAYS, fault);
        // Long enough for the first question.
        let late = Fault::Delay(Duration::from_millis(1300));
        trial.stack.aws.dynamodb.fail_next("Scan", 1, late);
        let rows = trial.read(Constraints::default()).await.unwrap();
        trial.is_whole(&rows, &format!("{fault:?}"));
        assert!(!trial.stack.aws.athena.asked().is_empty(), "{fault:?}");
    }
}
