//! Every kind of value in many forms: what is read is what was loaded, and what does not fit is null, counted, and never logged.

use crate::stack::{NewTable, Stack, cell, clear, fault_of, key, read, rows_of, says, shown_rows};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use athena_client::Table;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use aws_sdk_dynamodb::types::AttributeValue;
use serde_json::{Value, json};
use std::sync::Arc;

fn numbers() -> Vec<&'static str> {
    vec![
        "0",
        "-0",
        "1",
        "-1",
        "10",
        "007",
        "0.1",
        "-2.50",
        "0.000000001",
        "-0.0000000005",
        "0.00000000049",
        "1E+3",
        "1.5e-3",
        "12345678901234567890123456789",
        "-99999999999999999999999999999.999999999",
        "9999999999999999999999999999.9999999995",
        "12345678901234567890123456789012345678",
        "3.1415926535897932384626433832795028842",
        "1E+125",
        "1E-130",
        "-9.9999999999999999999999999999999999999E+125",
        "9007199254740993",
        "0.30000000000000004",
    ]
}

fn texts() -> Vec<String> {
    let texts = [
        "",
        " ",
        "plain",
        "naïve ☃ 😀 𝔘",
        "quote\" back\\slash / tab\t line\n return\r",
        "\u{1}\u{8}\u{c}\u{1f}\u{7f}",
        "\u{feff}bom",
        "e\u{301}",
        "\u{2028}\u{2029}",
        "\u{e000}\u{ffff}",
        "12",
        "true",
        "null",
        "{\"S\":\"x\"}",
        "\\u0041",
    ];
    let mut texts: Vec<String> = texts.map(str::to_owned).into();
    texts.push("long é".repeat(2000));
    texts
}

/// One item a number; the other attributes go round through their forms.
///
/// Sets have no order; theirs is the one in which DynamoDB answers them, numbers from the highest.
fn kinds() -> Vec<Value> {
    let texts = texts();
    let binaries = ["", "AA==", "/////w==", "AAECAwQFBgcICQoLDA0ODw=="];
    let lists = [
        json!([]),
        json!([{"N": "1"}, {"N": "2.5"}]),
        json!([{"NULL": true}, {"N": "-1E+2"}]),
        json!([{"N": "0"}]),
    ];
    let mixed = [
        json!({"S": "text"}),
        json!({"N": "1.5E+2"}),
        json!({"BOOL": true}),
        json!({"B": "AQI="}),
        json!({"SS": ["a", "b"]}),
        json!({"NS": ["2", "1"]}),
        json!({"BS": ["AA==", "AQ=="]}),
        json!({"L": [{"S": "a\"\n"}, {"N": "1"}, {"NULL": true}, {"L": []}]}),
        json!({"M": {"k": {"M": {"é": {"L": [{"BOOL": false}]}}}}}),
        json!({"NULL": true}),
        json!({"M": {}}),
        json!({"L": []}),
        json!({"S": ""}),
    ];
    let five = json!({"M": {"A": {"M": {"b": {"L": [{"M": {"C": {"M": {"d": {"N": "5"}, "E": {"S": "deep"}}}}}, {"NULL": true}]}}}}});
    let nested = [
        five,
        json!({"M": {}}),
        json!({"M": {"A": {"NULL": true}}}),
        json!({"M": {"A": {"M": {"b": {"L": []}}}}}),
        json!({"NULL": true}),
        json!({"M": {"other": {"S": "x"}}}),
    ];
    let items = numbers().into_iter().enumerate().map(|(at, number)| {
        let mut item = json!({
            "id": {"S": format!("item {at:02}")},
            "Number": {"N": number},
            "Text": {"S": texts[at % texts.len()]},
            "blob": {"B": binaries[at % binaries.len()]},
            "list": {"L": lists[at % lists.len()]},
            "mixed": mixed[at % mixed.len()],
            "Nested": nested[at % nested.len()],
            "words": {"SS": ["a", "ä", "😀"]},
            "figures": {"NS": ["3", "2", "1"]},
            "blobs": {"BS": ["AA==", "AQ=="]},
            "flag": {"BOOL": at % 2 == 0},
            "matrix": {"L": [{"L": [{"S": "x"}]}, {"L": []}]},
        });
        // Each attribute but the key is absent from some item, and NULL in another.
        let attributes: Vec<String> = item
            .as_object()
            .unwrap()
            .keys()
            .filter(|name| *name != "id")
            .cloned()
            .collect();
        let (absent, null) = (
            &attributes[at % attributes.len()],
            &attributes[(at + 5) % attributes.len()],
        );
        if at % 2 == 1 {
            item.as_object_mut().unwrap().remove(absent);
            item[null] = json!({"NULL": true});
        }
        item
    });
    items.collect()
}

/// The cell of one item's column.
#[track_caller]
fn at(batches: &[RecordBatch], id: &str, column: &str) -> Value {
    let found = batches.iter().find_map(|batch| {
        let ids = batch.column_by_name("id").unwrap().as_string::<i32>();
        let row = ids.iter().position(|other| other == Some(id))?;
        Some(cell(batch.column_by_name(column).unwrap(), row))
    });
    found.unwrap_or_else(|| panic!("no item {id}"))
}

#[tokio::test]
async fn every_kind_of_value_is_read_as_it_was_loaded() {
    let stack = Stack::start().await;
    let items = kinds();
    NewTable::named("kinds", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    let table = stack.table("kinds").await;
    let batches = stack.read(&table, Constraints::default()).await;
    let expected = shown_rows(&items, &table.schema);
    rows_of(&batches).assert_eq(&expected.rows, "all kinds");

    // The model is not believed blindly.
    assert_eq!(at(&batches, "item 00", "number"), "0");
    assert_eq!(at(&batches, "item 12", "number"), "1500000");
    assert_eq!(at(&batches, "item 16", "number"), Value::Null, "47 digits");
    assert_eq!(at(&batches, "item 00", "mixed"), "text");
    assert_eq!(at(&batches, "item 14", "mixed"), "150");
    assert_eq!(at(&batches, "item 08", "mixed"), r#"{"k":{"é":[false]}}"#);
    assert_eq!(at(&batches, "item 04", "text"), texts()[4]);
    assert_eq!(at(&batches, "item 02", "blob"), "/////w==");
    let deep = json!({"a": {"b": [{"c": {"d": "5000000000", "e": "deep"}}, null]}, "other": null});
    assert_eq!(at(&batches, "item 00", "nested"), deep);

    let summary = &stack.summaries("ReadRecordsRequest")[0];
    assert_eq!(summary["mismatches"], expected.misfits);
    assert_eq!(summary["rows"], items.len());
    assert_eq!(summary["items"], items.len());
    assert!(
        expected.misfits >= 3,
        "numbers of more than 29 digits before the point"
    );
    println!(
        "{} items, {} columns, {} misfits",
        items.len(),
        table.schema.fields().len(),
        expected.misfits
    );
}

#[tokio::test]
async fn values_that_do_not_fit_are_null_and_counted_and_nothing_stored_is_ever_logged() {
    const CANARY: &str = "canary-7f3a";
    let stack = Stack::with(|setup| setup.set("ATHENA_FEDERATION_SDK_LOG_LEVEL", "trace")).await;
    let canary = |number: usize| format!("{CANARY}-{number}");
    let odd = |number: usize| match number % 5 {
        0 => json!({"S": canary(number)}),
        1 => json!({"M": {canary(number): {"S": canary(number)}}}),
        2 => json!({"SS": [canary(number)]}),
        3 => json!({"BOOL": true}),
        _ => json!({"N": "12.345"}),
    };
    let items: Vec<Value> = (0..20)
        .map(|number| json!({"id": {"S": canary(number)}, "odd": odd(number), "list": {"L": [odd(number), {"N": "7"}]}}))
        .collect();
    NewTable::named("odd", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    let table = stack.table("odd").await;
    let element = Field::new("list.element", DataType::Decimal128(38, 9), true);
    let fields = vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("odd", DataType::Decimal128(10, 2), true),
        Field::new("list", DataType::List(Arc::new(element)), true),
    ];
    let schema = Arc::new(Schema::new_with_metadata(
        fields,
        table.schema.metadata().clone(),
    ));
    let table = Table { schema, ..table };

    let expected = shown_rows(&items, &table.schema);
    assert_eq!(expected.misfits, 32, "four of five, in both columns");
    stack
        .rows(&table, Constraints::default())
        .await
        .assert_eq(&expected.rows, "odd values");
    let summary = &stack.summaries("ReadRecordsRequest")[0];
    assert_eq!(summary["mismatches"], 32);

    // A literal of the query is as secret as what is stored, and a failed call tells no more than a good one.
    let mut constraints = Constraints::default();
    let listed = [3, 4].map(|number| Scalar::Utf8(canary(number)));
    constraints.summary.insert(
        "id".to_owned(),
        ValueSet::of_values(&DataType::Utf8, listed),
    );
    assert_eq!(stack.rows(&table, constraints.clone()).await.len(), 2);
    let plan = stack.query().plan(&table, constraints).await.unwrap();
    let mut split = plan.splits()[0].clone();
    let work = split.properties.get_mut("splitWork").unwrap();
    *work = work.replace("\"v\":1", "\"v\":1,\"x\":1");
    let outcome: Result<Vec<_>, _> =
        futures::TryStreamExt::try_collect(stack.query().read(&plan, &split, table.schema.clone()))
            .await;
    let fault = crate::stack::fault_of(outcome);
    assert!(
        !fault.error_message.contains(CANARY),
        "{}",
        fault.error_message
    );

    let log = stack.log();
    let told: Vec<_> = log.lines().filter(|line| line.contains(CANARY)).collect();
    assert!(told.is_empty(), "{told:#?}");
    let columns: Vec<_> = log
        .lines()
        .filter(|line| line.contains("values do not fit"))
        .collect();
    assert!(
        columns
            .iter()
            .any(|line| line.contains("\"column\":\"odd\"") && line.contains("\"found\":\"SS\"")),
        "{columns:#?}"
    );
    assert!(
        log.contains("\"level\":\"DEBUG\"") || log.contains("planned"),
        "the log is on"
    );
}

#[tokio::test]
async fn a_value_that_does_not_fit_ends_the_read_if_that_is_wanted() {
    let stack = Stack::with(|setup| {
        setup.set("value_mismatch", "error");
        setup.unset("disable_glue");
    })
    .await;
    let items = [
        json!({"id": {"S": "a"}, "n": {"N": "1"}}),
        json!({"id": {"S": "b"}, "n": {"S": "hunter2"}}),
    ];
    NewTable::named("Mixed", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    let columns = json!([{"Name": "id", "Type": "string"}, {"Name": "n", "Type": "int"}]);
    stack.aws.glue.add_table(
        "default",
        json!({"Name": "mixed", "StorageDescriptor": {"Columns": columns}, "Parameters": {"classification": "dynamodb"}}),
    );
    let table = stack.table("mixed").await;
    let fault = clear(fault_of(
        read(
            &stack.query(),
            &table,
            Constraints::default(),
            table.schema.clone(),
        )
        .await,
    ));
    says(&fault, &["`n`", "`Mixed`", "Int32", "value_mismatch"]);
    assert!(!fault.error_message.contains("hunter2"));
}

#[tokio::test]
async fn columns_of_json_show_whole_items_and_what_no_other_column_shows() {
    let stack = Stack::with(|setup| {
        setup.set("item_column", "whole");
        setup.set("extra_column", "_rest");
        setup.set("schema_sample_items", "1");
    })
    .await;
    let first = json!({"id": {"S": "a"}, "n": {"N": "1"}});
    NewTable::named("Tail", &[key("id", "S")])
        .load(&stack.aws, std::slice::from_ref(&first))
        .await;
    let table = stack.table("tail").await;
    let client = stack.aws.dynamodb.client();
    let late = [
        ("id", AttributeValue::S("b".to_owned())),
        ("n", AttributeValue::N("2".to_owned())),
        (
            "later",
            AttributeValue::N("12345678901234567890.5".to_owned()),
        ),
    ];
    let put = client.put_item().table_name("Tail");
    let put = late
        .into_iter()
        .fold(put, |put, (name, value)| put.item(name, value));
    put.send().await.unwrap();
    let batches = stack.read(&table, Constraints::default()).await;
    let texts = |column: &str| {
        let mut texts: Vec<Option<String>> = batches
            .iter()
            .flat_map(|batch| {
                let column = batch.column_by_name(column).unwrap().as_string::<i32>();
                column
                    .iter()
                    .map(|text| text.map(str::to_owned))
                    .collect::<Vec<_>>()
            })
            .collect();
        texts.sort();
        texts
    };
    assert_eq!(
        texts("_rest"),
        [None, Some(r#"{"later":12345678901234567890.5}"#.to_owned())]
    );
    for text in texts("whole") {
        let item: Value = serde_json::from_str(&text.unwrap()).unwrap();
        assert!(item["id"].is_string() && item["n"].is_number());
    }
    // A condition on such a column is left to the engine: no row is lost.
    let set = ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8("{}".to_owned())]);
    let plan = stack
        .query()
        .plan(
            &table,
            Constraints {
                summary: [("_rest".to_owned(), set)].into(),
                ..Constraints::default()
            },
        )
        .await;
    assert_eq!(plan.unwrap().splits().len(), 1);
}
