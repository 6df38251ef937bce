//! The engine's query ends before its reads: they end soon after, with an error and never with a short answer.
//!
//! The connector asks for the first time a second after a read began, so these reads are made to last longer.

use crate::stack::{NewTable, Setup, Stack, fault_of, key, read_plan, rows_of, says, shown_rows};
use athena_client::{Plan, Query, Table};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::FaultDocument;
use athena_testkit::athena::{Fault as AthenaFault, State};
use athena_testkit::dynamodb::Fault;
use serde_json::{Value, json};
use std::time::Duration;

/// 120 items of 20 kB: three pages.
fn items() -> Vec<Value> {
    let items = (0..120).map(|number| {
        json!({"id": {"S": format!("i{number:03}")}, "text": {"S": format!("{number:03} ").repeat(5000)}})
    });
    items.collect()
}

struct Planned {
    stack: Stack,
    table: Table,
    query: Query,
    plan: Plan,
}

async fn planned(adapt: impl FnOnce(&mut Setup)) -> Planned {
    let stack = Stack::with(adapt).await;
    NewTable::named("items", &[key("id", "S")])
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("items").await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    Planned {
        stack,
        table,
        query,
        plan,
    }
}

impl Planned {
    fn set_state(&self, state: State) {
        self.stack.aws.athena.set_state(self.query.id(), state);
    }

    /// Pages come this late.
    fn slow_pages(&self, pages: usize, delay: Duration) {
        let dynamodb = &self.stack.aws.dynamodb;
        dynamodb.fail_next("Scan", pages, Fault::Delay(delay));
    }

    async fn fault(&self) -> FaultDocument {
        fault_of(read_plan(&self.query, &self.plan, self.table.schema.clone()).await)
    }

    async fn reads_everything(&self) {
        let rows = read_plan(&self.query, &self.plan, self.table.schema.clone()).await;
        let expected = shown_rows(&items(), &self.table.schema);
        rows_of(&rows.unwrap()).assert_eq(&expected.rows, "all items");
    }
}

/// Longer than any test may last: what waits for it is ended, or the test fails.
const NEVER: Duration = Duration::from_mins(10);
/// Long enough for the first question.
const AWHILE: Duration = Duration::from_millis(1500);

#[tokio::test]
async fn a_cancelled_query_ends_its_reads_with_an_error() {
    let planned = planned(|_| {}).await;
    planned.set_state(State::Running);
    planned.slow_pages(10, NEVER);
    let cancel = async {
        planned.stack.aws.athena.was_asked(1).await;
        planned.set_state(State::Cancelled);
    };
    let (fault, ()) = tokio::join!(planned.fault(), cancel);
    says(&fault, &["no longer running", "CANCELLED"]);
    assert_eq!(planned.query.stats().figures().rows, 0);
    assert_eq!(planned.stack.aws.athena.asked(), [planned.query.id(); 2]);
    let line = &planned.stack.summaries("ReadRecordsRequest")[0];
    assert_eq!((&line["ok"], &line["pages"]), (&json!(false), &json!(0)));
    // The process is none the worse for it.
    planned.stack.aws.dynamodb.reset();
    let rows = planned
        .stack
        .rows(&planned.table, Constraints::default())
        .await;
    assert_eq!(rows.len(), 120);
    assert_eq!(planned.stack.emulator.stats().cold_starts, 1);
}

#[tokio::test]
async fn a_query_that_ended_in_any_way_ends_reads_that_spilled_and_names_what_is_left() {
    for (state, word) in [(State::Failed, "FAILED"), (State::Succeeded, "SUCCEEDED")] {
        let planned = planned(|setup| setup.set("MAX_BLOCK_SIZE_BYTES", "200000")).await;
        planned.set_state(state);
        planned.slow_pages(2, Duration::ZERO);
        planned.slow_pages(10, NEVER);
        let fault = planned.fault().await;
        says(&fault, &[word, "remain in bucket `athena-spill-local`"]);
        let stored = planned.stack.aws.s3.objects("athena-spill-local").await;
        assert!(!stored.unwrap().is_empty(), "as the error says");
    }
}

#[tokio::test]
async fn a_query_that_is_not_known_here_is_read_to_its_end() {
    let planned = planned(|_| {}).await;
    planned.slow_pages(3, AWHILE);
    planned.reads_everything().await;
    assert_eq!(
        planned.stack.aws.athena.asked().len(),
        1,
        "and is not asked for again"
    );
}

#[tokio::test]
async fn without_the_permission_to_ask_reads_go_on_and_the_log_says_so_once() {
    let planned = planned(|_| {}).await;
    planned.set_state(State::Cancelled);
    let athena = &planned.stack.aws.athena;
    athena.fail_next(100, AthenaFault::AccessDenied);
    for reads in 1..=2 {
        planned.slow_pages(1, AWHILE);
        planned.reads_everything().await;
        assert_eq!(athena.asked().len(), reads, "once a read");
    }
    let log = planned.stack.log();
    assert_eq!(log.matches("athena:GetQueryExecution").count(), 1, "{log}");
}

#[tokio::test]
async fn an_athena_that_fails_or_throttles_is_asked_again_and_reads_go_on() {
    let planned = planned(|_| {}).await;
    planned.set_state(State::Cancelled);
    let athena = &planned.stack.aws.athena;
    athena.fail_next(1, AthenaFault::Throttle);
    athena.fail_next(1, AthenaFault::InternalError);
    planned.slow_pages(10, NEVER);
    says(&planned.fault().await, &["CANCELLED"]);
    assert_eq!(athena.asked().len(), 3);
    let log = planned.stack.log();
    let told = log.matches("cannot ask whether a query is still running");
    assert_eq!(told.count(), 1, "{log}");
}

#[tokio::test]
async fn with_polling_off_nobody_asks() {
    let planned = planned(|setup| setup.set("query_status_polling", "false")).await;
    planned.set_state(State::Cancelled);
    planned.slow_pages(1, AWHILE);
    planned.reads_everything().await;
    assert_eq!(planned.stack.aws.athena.asked().len(), 0);
}
