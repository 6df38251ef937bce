//! Services that fail: what can be repaired is repaired without a row lost or doubled, and the rest is a clear error.

use crate::stack::{NewTable, Setup, Stack, fault_of, key, read, rows_of, says, shown_rows};
use athena_client::Table;
use athena_protocol::predicate::Constraints;
use athena_testkit::dynamodb::Fault;
use athena_testkit::s3::PutFault;
use serde_json::{Value, json};
use std::time::Duration;

/// 120 items of 20 kB: three pages.
fn items() -> Vec<Value> {
    let items = (0..120).map(|number| {
        json!({"id": {"S": format!("i{number:03}")}, "text": {"S": format!("{number:03} ").repeat(5000)}})
    });
    items.collect()
}

async fn with_items(adapt: impl FnOnce(&mut Setup)) -> (Stack, Table) {
    let stack = Stack::with(adapt).await;
    NewTable::named("items", &[key("id", "S")])
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("items").await;
    (stack, table)
}

/// Reads everything while Scan meets `fault` this often, and checks that nothing is missing or there twice.
async fn survives(fault: Fault, calls: usize) {
    let (stack, table) = with_items(|_| {}).await;
    stack.aws.dynamodb.fail_next("Scan", calls, fault);
    let rows = stack.rows(&table, Constraints::default()).await;
    rows.assert_eq(&shown_rows(&items(), &table.schema).rows, "all items");
    let scans: Vec<_> = stack
        .aws
        .dynamodb
        .calls()
        .into_iter()
        .filter(|call| call.operation == "Scan")
        .collect();
    let good = scans.iter().filter(|call| call.status == 200).count();
    println!("{fault:?}: {} scans, {good} answered", scans.len());
    let (told, broken) = (
        stack.summaries("ReadRecordsRequest"),
        if fault == Fault::Truncate { calls } else { 0 },
    );
    let pages: u64 = told
        .iter()
        .map(|line| line["pages"].as_u64().unwrap())
        .sum();
    assert_eq!(pages, (good - broken) as u64, "only whole pages count");
}

#[tokio::test]
async fn pages_that_met_an_internal_error_are_asked_for_again() {
    survives(Fault::InternalError, 2).await;
}

#[tokio::test]
async fn pages_that_broke_off_are_asked_for_again() {
    survives(Fault::Truncate, 4).await;
}

#[tokio::test]
async fn a_table_whose_pages_always_break_off_is_an_error() {
    let (stack, table) = with_items(|_| {}).await;
    stack.aws.dynamodb.fail_next("Scan", 1000, Fault::Truncate);
    let query = stack.query();
    let fault = fault_of(read(&query, &table, Constraints::default(), table.schema.clone()).await);
    says(&fault, &["`items`", "Scan", "5 times"]);
    assert_eq!(
        query.stats().figures().rows,
        0,
        "no answer with a part of the rows"
    );
    let summary = &stack.summaries("ReadRecordsRequest")[0];
    assert_eq!(
        (&summary["ok"], &summary["pages"]),
        (&json!(false), &json!(0))
    );
    assert!(stack.log().contains("request failed"));
    // The next query is none the worse for it.
    stack.aws.dynamodb.reset();
    assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 120);
}

fn small_blocks(setup: &mut Setup) {
    setup.set("MAX_BLOCK_SIZE_BYTES", "500000");
}

#[tokio::test]
async fn puts_that_failed_once_are_repeated() {
    let (stack, table) = with_items(small_blocks).await;
    stack.aws.s3.fail_puts(1, PutFault::SlowDown);
    stack.aws.s3.fail_puts(1, PutFault::InternalError);
    let rows = stack.rows(&table, Constraints::default()).await;
    rows.assert_eq(&shown_rows(&items(), &table.schema).rows, "all items");
    let puts = stack.aws.s3.puts();
    let failed = puts.iter().filter(|put| put.status != 200).count();
    assert_eq!(failed, 2, "{puts:?}");
    assert!(puts.len() - failed >= 5, "2.4 MB in blocks of 500 kB");
}

#[tokio::test]
async fn a_block_that_cannot_be_written_is_an_error_and_no_answer() {
    let (stack, table) = with_items(small_blocks).await;
    stack.aws.s3.fail_puts(1000, PutFault::AccessDenied);
    let query = stack.query();
    let fault = fault_of(read(&query, &table, Constraints::default(), table.schema.clone()).await);
    says(
        &fault,
        &[
            "spilled block",
            "`athena-spill-local`",
            "AccessDenied",
            "hint",
            "s3:PutObject",
        ],
    );
    assert_eq!(query.stats().figures().rows, 0);
    assert_eq!(stack.summaries("ReadRecordsRequest")[0]["ok"], false);
    stack.aws.s3.reset();
    assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 120);
}

#[tokio::test]
async fn one_block_of_many_that_cannot_be_written_fails_the_whole_answer_and_the_rest_is_named() {
    let (stack, table) = with_items(small_blocks).await;
    stack.aws.s3.fail_puts(2, PutFault::Delay(Duration::ZERO));
    stack.aws.s3.fail_puts(1, PutFault::AccessDenied);
    let query = stack.query();
    let fault = fault_of(read(&query, &table, Constraints::default(), table.schema.clone()).await);
    says(&fault, &["AccessDenied", "of the unfinished answer"]);
    // What the fault says of the bucket is true: so many objects, up to so many more, in this place and in no other.
    let (_, rest) = fault.error_message.split_once("answer, ").unwrap();
    let numbers: Vec<usize> = rest
        .split(|c: char| !c.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect();
    let (blocks, bytes) = (numbers[0], numbers[1]);
    let more = if rest.contains("up to") {
        numbers[2]
    } else {
        0
    };
    let (_, place) = rest.split_once("under `").unwrap();
    let (prefix, _) = place.split_once('`').unwrap();
    let stored = stack.aws.s3.objects("athena-spill-local").await.unwrap();
    assert!(
        stored.iter().all(|key| key.starts_with(prefix)),
        "{stored:?}"
    );
    assert!(
        (blocks..=blocks + more).contains(&stored.len()),
        "{stored:?}: {fault:?}"
    );
    let line = stack.summaries("ReadRecordsRequest").pop().unwrap();
    assert_eq!(
        (&line["blocks"], &line["spilled_bytes"]),
        (&json!(blocks), &json!(bytes))
    );
    assert!(stack.log().contains(prefix), "the log names the place too");
}

fn short_of_time(setup: &mut Setup) {
    setup.timeout = Duration::from_secs(4);
    setup.set("deadline_margin_ms", "1500");
}

#[tokio::test]
async fn a_read_that_runs_out_of_time_ends_itself_with_words() {
    let (stack, table) = with_items(short_of_time).await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    let pid = stack.emulator.pids();
    stack
        .aws
        .dynamodb
        .fail_next("Scan", 1000, Fault::Delay(Duration::from_secs(10)));
    let fault = fault_of(crate::stack::read_plan(&query, &plan, table.schema.clone()).await);
    says(&fault, &["time is almost up", "hint", "timeout"]);
    assert_eq!(stack.emulator.pids(), pid, "the process was not killed");
    stack.aws.dynamodb.reset();
    assert_eq!(
        rows_of(&stack.read(&table, Constraints::default()).await).len(),
        120
    );
}

#[tokio::test]
async fn a_spill_that_runs_out_of_time_ends_itself_with_words() {
    let (stack, table) = with_items(|setup| {
        short_of_time(setup);
        small_blocks(setup);
    })
    .await;
    stack
        .aws
        .s3
        .fail_puts(1000, PutFault::Delay(Duration::from_secs(10)));
    let fault = fault_of(
        read(
            &stack.query(),
            &table,
            Constraints::default(),
            table.schema.clone(),
        )
        .await,
    );
    says(
        &fault,
        &[
            "time is almost up",
            "120 rows",
            "hint",
            "`deadline_margin_ms`",
            // S3 may yet take what the queue had.
            "0 blocks (0 bytes) and up to 4 more remain in bucket `athena-spill-local` under `athena-spill/",
        ],
    );
    let line = &stack.summaries("ReadRecordsRequest")[0];
    assert_eq!(
        (&line["blocks"], &line["unconfirmed_blocks"]),
        (&json!(0), &json!(4))
    );
}

#[tokio::test]
async fn planning_that_runs_out_of_time_ends_itself_with_words() {
    let (stack, table) = with_items(short_of_time).await;
    for operation in ["DescribeTable", "ListTables"] {
        stack
            .aws
            .dynamodb
            .fail_next(operation, 1000, Fault::Delay(Duration::from_secs(10)));
    }
    let pid = stack.emulator.pids();
    says(
        &fault_of(stack.query().plan(&table, Constraints::default()).await),
        &["time is almost up", "hint"],
    );
    says(
        &fault_of(stack.query().list_tables("default").await),
        &["time is almost up", "hint"],
    );
    assert_eq!(stack.emulator.pids(), pid, "the process was not killed");
}
