//! Several calls at once: each gets its own rows.

use crate::stack::{NewTable, Stack, key, rows_of, shown_rows};
use arrow::datatypes::DataType;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use futures::future::join_all;
use serde_json::{Value, json};

#[tokio::test]
async fn eight_reads_at_once_through_four_processes_get_their_own_rows() {
    let stack = Stack::with(|setup| {
        setup.concurrency = 4;
        setup.limits.calls_at_once = 8;
        setup.set("MAX_BLOCK_SIZE_BYTES", "100000");
    })
    .await;
    let items: Vec<Value> = (0..160)
        .map(|number| {
            json!({
                "owner": {"S": format!("o{}", number % 8)}, "no": {"N": number.to_string()},
                "text": {"S": format!("{number:03} ").repeat(2500)},
            })
        })
        .collect();
    let keys = [key("owner", "S"), key("no", "N")];
    NewTable::named("items", &keys)
        .load(&stack.aws, &items)
        .await;
    let table = stack.table("items").await;

    let reads = (0..8).map(|owner| {
        let (stack, table, items) = (&stack, &table, &items);
        async move {
            let owner = format!("o{owner}");
            let set = ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8(owner.clone())]);
            let constraints = Constraints {
                summary: [("owner".to_owned(), set)].into(),
                ..Constraints::default()
            };
            let rows = rows_of(&stack.read(table, constraints).await);
            let own: Vec<Value> = items
                .iter()
                .filter(|item| item["owner"]["S"] == owner)
                .cloned()
                .collect();
            rows.assert_eq(&shown_rows(&own, &table.schema).rows, &owner);
            rows.len()
        }
    });
    assert_eq!(join_all(reads).await, [20; 8]);
    let stats = stack.emulator.stats();
    println!(
        "{} processes, {} invocations",
        stats.cold_starts, stats.invocations
    );
    assert!((2..=4).contains(&stats.cold_starts), "{stats:?}");
    assert_eq!(stats.errors, 0);
    assert!(
        stack.aws.s3.puts().len() >= 16,
        "each answer is more than one block"
    );
}
