//! A throttled table: calls are held back and repeated without a row lost or doubled, and the end of patience is an error that
//! asks the engine to slow down.

use crate::stack::{
    NewTable, Setup, Stack, fault_of, key, read, read_plan, says, shown_rows, table_name,
};
use athena_client::Table;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use athena_testkit::dynamodb::Fault;
use serde_json::{Value, json};
use std::time::Duration;

/// 160 items of 20 kB: four pages.
fn items() -> Vec<Value> {
    let items = (0..160).map(|number| {
        json!({
            "owner": {"S": format!("o{}", number % 2)}, "no": {"N": number.to_string()},
            "text": {"S": format!("{number:03} ").repeat(5000)},
        })
    });
    items.collect()
}

async fn with_items(adapt: impl FnOnce(&mut Setup)) -> (Stack, Table) {
    let stack = Stack::with(adapt).await;
    NewTable::named("items", &[key("owner", "S"), key("no", "N")])
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("items").await;
    (stack, table)
}

fn quick(setup: &mut Setup) {
    setup.set("throttle_max_delay_ms", "20");
}

/// Has the next calls be throttled between answers: `(good, throttled)` in turn.
fn in_turn(stack: &Stack, operation: &str, turns: &[(usize, usize)]) {
    for (good, throttled) in turns {
        let dynamodb = &stack.aws.dynamodb;
        dynamodb.fail_next(operation, *good, Fault::Delay(Duration::ZERO));
        dynamodb.fail_next(operation, *throttled, Fault::Throttle);
    }
}

/// The calls of an operation that were answered, and those that were not.
fn calls(stack: &Stack, operation: &str) -> (usize, usize) {
    let calls = stack.aws.dynamodb.calls();
    let (good, bad): (Vec<_>, Vec<_>) = calls
        .iter()
        .filter(|call| call.operation == operation)
        .partition(|call| call.status == 200);
    (good.len(), bad.len())
}

#[tokio::test]
async fn throttled_pages_are_asked_for_again_from_where_they_began() {
    let (stack, table) = with_items(|setup| {
        quick(setup);
        setup.set("streams_per_split", "1");
    })
    .await;
    in_turn(&stack, "Scan", &[(0, 7), (1, 9), (2, 1)]);
    let rows = stack.rows(&table, Constraints::default()).await;
    rows.assert_eq(&shown_rows(&items(), &table.schema).rows, "all items");
    let (good, throttled) = calls(&stack, "Scan");
    println!("{good} pages, {throttled} throttled calls");
    assert!(good >= 4);
    assert_eq!(
        throttled, 17,
        "each throttle is one call: the SDK adds none"
    );
    // Each throttled call is repeated as it was.
    let scans: Vec<(u16, Value)> = (stack.aws.dynamodb.calls().into_iter())
        .filter(|call| call.operation == "Scan")
        .map(|call| (call.status, serde_json::from_slice(&call.request).unwrap()))
        .collect();
    for pair in scans.windows(2) {
        assert_eq!(pair[0].1 == pair[1].1, pair[0].0 != 200);
    }
    let line = stack.summaries("ReadRecordsRequest").pop().unwrap();
    // The first page waits 10 and six times 20 ms, the second what is left, 10, and nine times 20, the others 10 each.
    assert_eq!(
        (&line["throttles"], &line["throttled_ms"]),
        (&json!(17), &json!(130 + 190 + 10 + 10))
    );
}

#[tokio::test]
async fn streams_that_are_throttled_together_lose_and_double_nothing() {
    let (stack, table) = with_items(|setup| {
        quick(setup);
        setup.set("streams_per_split", "4");
    })
    .await;
    in_turn(&stack, "Scan", &[(0, 13), (2, 6), (1, 5)]);
    let rows = stack.rows(&table, Constraints::default()).await;
    rows.assert_eq(&shown_rows(&items(), &table.schema).rows, "all items");
    let (good, throttled) = calls(&stack, "Scan");
    println!("{good} pages, {throttled} throttled calls");
    assert_eq!(throttled, 24);
}

#[tokio::test]
async fn throttled_queries_are_asked_again_too() {
    let (stack, table) = with_items(quick).await;
    in_turn(&stack, "Query", &[(0, 2), (1, 6)]);
    let set = ValueSet::of_values(
        &arrow::datatypes::DataType::Utf8,
        [Scalar::Utf8("o1".to_owned())],
    );
    let constraints = Constraints {
        summary: [("owner".to_owned(), set)].into(),
        ..Constraints::default()
    };
    let rows = stack.rows(&table, constraints).await;
    let own: Vec<Value> = (items().into_iter())
        .filter(|item| item["owner"]["S"] == "o1")
        .collect();
    rows.assert_eq(&shown_rows(&own, &table.schema).rows, "one owner's items");
    assert_eq!(calls(&stack, "Query").1, 8);
}

#[tokio::test]
async fn a_read_that_spilled_nothing_asks_the_engine_to_slow_down_when_patience_ends() {
    let (stack, table) = with_items(|setup| {
        quick(setup);
        setup.set("throttle_patience_ms", "100");
        setup.set("streams_per_split", "1");
    })
    .await;
    in_turn(&stack, "Scan", &[(1, 1000)]);
    let query = stack.query();
    let fault = fault_of(read(&query, &table, Constraints::default(), table.schema.clone()).await);
    says(
        &fault,
        &[
            "ThrottlingInvoker requesting slow down due to",
            "ProvisionedThroughputExceededException",
            "`items`",
            "hint",
            "capacity",
        ],
    );
    assert!(stack.log().contains("\"code\":\"ThrottlingException\""));
    let throttled = calls(&stack, "Scan").1;
    // A tenth of a second has room for one delay of 10 ms and five of 20.
    assert!((2..=8).contains(&throttled), "{throttled} throttled calls");
    // The engine tries again, and nothing of the first attempt is in the way.
    stack.aws.dynamodb.reset();
    assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 160);
}

#[tokio::test]
async fn a_read_that_spilled_goes_on_without_patience() {
    let (stack, table) = with_items(|setup| {
        quick(setup);
        setup.set("throttle_patience_ms", "0");
        setup.set("MAX_BLOCK_SIZE_BYTES", "200000");
        setup.set("streams_per_split", "1");
    })
    .await;
    // The reader is two pages ahead of the blocks, so that the first ones are spilled when it asks for the fourth page.
    in_turn(&stack, "Scan", &[(3, 40)]);
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    let outcome = read_plan(&query, &plan, table.schema.clone()).await;
    match outcome {
        Ok(rows) => crate::stack::rows_of(&rows)
            .assert_eq(&shown_rows(&items(), &table.schema).rows, "all items"),
        Err(error) => panic!("{error:?}"),
    }
    assert_eq!(calls(&stack, "Scan").1, 40);
}

#[tokio::test]
async fn planning_waits_for_a_throttled_table_until_time_is_up() {
    let (stack, table) = with_items(|setup| {
        quick(setup);
        setup.timeout = Duration::from_secs(4);
        setup.set("deadline_margin_ms", "2500");
        // It counts for reads alone.
        setup.set("throttle_patience_ms", "0");
    })
    .await;
    for operation in ["DescribeTable", "ListTables"] {
        stack.aws.dynamodb.fail_next(operation, 12, Fault::Throttle);
    }
    let plan = stack.query().plan(&table, Constraints::default()).await;
    assert_eq!(plan.unwrap().splits().len(), 1);
    let tables = stack.query().list_tables("default").await.unwrap();
    assert_eq!(tables, [table_name("items")]);
    assert_eq!(calls(&stack, "DescribeTable").1, 12);
    assert_eq!(calls(&stack, "ListTables").1, 12);
    assert_eq!(stack.summaries("GetTableLayoutRequest")[0]["throttles"], 12);

    let pid = stack.emulator.pids();
    let dynamodb = &stack.aws.dynamodb;
    dynamodb.fail_next("DescribeTable", 10_000, Fault::Throttle);
    let fault = fault_of(stack.query().plan(&table, Constraints::default()).await);
    says(
        &fault,
        &[
            "`items`",
            "DescribeTable",
            "ProvisionedThroughputExceededException",
            "time is almost up",
            "hint",
            "capacity",
        ],
    );
    assert_eq!(stack.emulator.pids(), pid, "the process was not killed");
}
