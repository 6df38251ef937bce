//! The reads that every connector for DynamoDB makes, over DynamoDB Local: a scan in segments, queries on table, global and local
//! index, and a filter.

use crate::stack::{Index, Kept, NewTable, Stack, key, rows_of, second_opinion, shown_rows};
use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use athena_client::Table;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// 2.4 MB: two splits, since none is under a MiB.
const ITEMS: usize = 1200;

fn items() -> Vec<Value> {
    let items = (0..ITEMS).map(|number| {
        let mut item = json!({
            "customer": {"S": format!("c{:02}", number % 40)},
            "order": {"N": (number / 40).to_string()},
            "total": {"N": format!("{}.{:02}", number % 90, number % 7)},
            "note": {"S": "n".repeat(2000)},
        });
        // Most items are not in the indexes.
        if number % 4 == 0 {
            let status = ["open", "paid"][number / 4 % 2];
            item["status"] = json!({"S": status});
            item["rank"] = json!({"N": (number % 13).to_string()});
        }
        item
    });
    items.collect()
}

fn equal(column: &str, data_type: &DataType, value: Scalar) -> (String, ValueSet) {
    let set = ValueSet::of_values(data_type, [value]);
    (column.to_owned(), set)
}

fn text(column: &str, value: &str) -> (String, ValueSet) {
    equal(column, &DataType::Utf8, Scalar::Utf8(value.to_owned()))
}

fn number(column: &str, value: i128) -> (String, ValueSet) {
    let unscaled = value * 1_000_000_000;
    let value = Scalar::Decimal { unscaled, scale: 9 };
    equal(column, &DataType::Decimal128(38, 9), value)
}

/// The rows of a condition, and how they were asked for: each operation with its index, and whether there was a filter.
async fn asked(
    stack: &Stack,
    table: &Table,
    conditions: &[(String, ValueSet)],
) -> (Vec<RecordBatch>, BTreeSet<String>) {
    stack.aws.dynamodb.reset();
    let constraints = Constraints {
        summary: conditions.iter().cloned().collect(),
        ..Constraints::default()
    };
    let rows = stack.read(table, constraints).await;
    let calls = stack.aws.dynamodb.calls().into_iter();
    let calls = calls.filter(|call| ["Scan", "Query"].contains(&call.operation.as_str()));
    let how = calls.map(|call| {
        let request: Value = serde_json::from_slice(&call.request).unwrap();
        let index = call.index.map(|index| format!(" {index}"));
        let filter = request["FilterExpression"].as_str().map(|_| " filtered");
        let (index, filter) = (index.unwrap_or_default(), filter.unwrap_or_default());
        format!("{}{index}{filter}", call.operation)
    });
    (rows, how.collect())
}

#[tokio::test]
async fn scans_queries_and_filters_give_the_same_over_dynamodb_local() {
    let Some((_server, aws)) = second_opinion().await else {
        return;
    };
    let stack = Stack::over(aws, |setup| {
        setup.set("split_size_mb", "1");
        setup.set("streams_per_split", "1");
    })
    .await;
    let keys = [key("customer", "S"), key("order", "N")];
    let items = items();
    NewTable::named("orders", &keys)
        .with_index(Index {
            name: "by_status",
            keys: &[key("status", "S"), key("order", "N")],
            kept: Kept::All,
            local: false,
        })
        .with_index(Index {
            name: "by_rank",
            keys: &[key("customer", "S"), key("rank", "N")],
            kept: Kept::All,
            local: true,
        })
        .load(&stack.aws, &items)
        .await;
    let table = stack.table("orders").await;

    let plan = stack.query().plan(&table, Constraints::default()).await;
    assert!(plan.unwrap().splits().len() > 1, "the scan has segments");
    for (conditions, expected_way) in [
        (vec![], "Scan"),
        (vec![text("customer", "c07")], "Query"),
        (vec![text("customer", "c07"), number("order", 3)], "Query"),
        (vec![text("status", "open")], "Query by_status"),
        (
            vec![text("status", "paid"), number("order", 2)],
            "Query by_status",
        ),
        (
            vec![text("customer", "c08"), number("rank", 5)],
            "Query by_rank",
        ),
        (vec![number("total", 70)], "Scan filtered"),
        (
            vec![text("customer", "c01"), text("note", "x")],
            "Query filtered",
        ),
    ] {
        let (rows, how) = asked(&stack, &table, &conditions).await;
        let question = format!("{expected_way}: {conditions:?}");
        assert_eq!(how, BTreeSet::from([expected_way.to_owned()]), "{question}");
        let qualifying = items.iter().filter(|item| {
            conditions.iter().all(|(column, set)| {
                let wanted = set.single_values().unwrap().remove(0);
                match (&item[column.as_str()], wanted) {
                    (Value::Null, _) => false,
                    (value, Scalar::Utf8(text)) => value["S"] == text,
                    (value, Scalar::Decimal { unscaled, .. }) => {
                        let number: f64 = value["N"].as_str().unwrap().parse().unwrap();
                        number.to_string() == (unscaled / 1_000_000_000).to_string()
                    }
                    other => panic!("no condition of this test: {other:?}"),
                }
            })
        });
        let qualifying: Vec<Value> = qualifying.cloned().collect();
        rows_of(&rows).assert_eq(&shown_rows(&qualifying, &table.schema).rows, &question);
    }
}
