//! Hours in a minute: many calls through one process, and several at once.

use crate::spilling::{items, small_blocks};
use crate::stack::{NewTable, Stack, key, rows_of, shown_rows, table_name};
use athena_protocol::predicate::Constraints;
use futures::future::join_all;
use serde_json::json;

/// What a process holds: resident bytes, file descriptors, threads.
#[derive(Debug, Clone, Copy)]
struct Held {
    resident: u64,
    files: usize,
    threads: usize,
}

fn held(pid: u32) -> Held {
    let entries = |what: &str| {
        std::fs::read_dir(format!("/proc/{pid}/{what}"))
            .unwrap()
            .count()
    };
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kilobytes: u64 = line
        .trim()
        .strip_suffix("kB")
        .unwrap()
        .trim()
        .parse()
        .unwrap();
    Held {
        resident: kilobytes * 1024,
        files: entries("fd"),
        threads: entries("task"),
    }
}

#[tokio::test]
async fn ten_thousand_calls_leave_a_process_as_a_thousand_did() {
    let stack = Stack::with(|setup| setup.set("lookup_expiry_seconds", "0")).await;
    let items: Vec<_> = (0..3)
        .map(|n| json!({"id": {"S": format!("i{n}")}}))
        .collect();
    NewTable::named("items", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    let table = stack.query().get_table(&table_name("items")).await.unwrap();
    let mut calls = 1;
    let mut early = None;
    while calls < CALLS {
        // A whole query of three calls, and what a query that is only planned takes.
        let query = stack.query();
        for _ in 0..8 {
            query.ping().await.unwrap();
        }
        let plan = query.plan(&table, Constraints::default()).await.unwrap();
        if calls % 40 == 1 {
            let read = crate::stack::read_plan(&query, &plan, table.schema.clone()).await;
            assert_eq!(rows_of(&read.unwrap()).len(), 3);
        }
        calls = stack.emulator.stats().invocations;
        if calls >= CALLS / 10 && early.is_none() {
            early = Some(held(stack.emulator.pids()[0]));
        }
        stack.aws.dynamodb.reset();
        stack.aws.s3.reset();
    }
    let (early, late) = (early.unwrap(), held(stack.emulator.pids()[0]));
    println!(
        "after {} calls {early:?}, after {calls} {late:?}",
        CALLS / 10
    );
    assert_eq!(stack.emulator.stats().cold_starts, 1);
    assert!(
        late.resident < early.resident + (4 << 20),
        "{early:?}, {late:?}"
    );
    assert!(late.files <= early.files + 2, "{early:?}, {late:?}");
    assert!(late.threads <= early.threads + 2, "{early:?}, {late:?}");
}

#[tokio::test]
async fn several_calls_at_once_in_one_process_get_their_own_rows() {
    let stack = Stack::with(|setup| {
        small_blocks(setup);
        setup.calls_a_process = 6;
        setup.limits.calls_at_once = 6;
    })
    .await;
    let tables: Vec<_> = (0..6)
        .map(|n| (format!("items{n}"), items(20 + n, 20_000)))
        .collect();
    for (name, items) in &tables {
        NewTable::named(name, &[key("id", "S")])
            .load(&stack.aws, items)
            .await;
    }
    let reads = tables.iter().map(|(name, items)| {
        let stack = &stack;
        async move {
            for _ in 0..3 {
                let table = stack.query().get_table(&table_name(name)).await.unwrap();
                let rows = rows_of(&stack.read(&table, Constraints::default()).await);
                rows.assert_eq(&shown_rows(items, &table.schema).rows, name);
            }
        }
    });
    join_all(reads).await;
    let stats = stack.emulator.stats();
    assert_eq!((stats.cold_starts, stats.errors), (1, 0), "{stats:?}");
    assert_eq!(stats.invocations, 6 * 3 * 4);
}

const CALLS: u64 = 10_000;
