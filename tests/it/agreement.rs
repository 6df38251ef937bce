//! What SELECT shows and what WHERE finds agree, for every type that Glue can name and every kind of attribute: over the embedded
//! DynamoDB and over Amazon's own stand-in.

use crate::stack::{NewTable, Stack, key, second_opinion};
use arrow::array::{Array, AsArray};
use arrow::datatypes::DataType;
use athena_client::Table;
use athena_protocol::predicate::{Constraints, Marker, Range, Scalar, ValueSet};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// Values of every kind, in spellings that some types take.
fn values() -> Vec<Value> {
    let texts = [
        "",
        "a",
        "true",
        "FALSE",
        "7",
        "-7",
        "3.5",
        "3.50",
        "1E+2",
        "007",
        "300",
        "2020-01-02",
        "20200102",
        "2020-01-02T03:04:05Z",
        "2020-01-02 03:04:05.678+05:30",
        "2020-01-01T22:04:05-05:00",
        "2020-01-02T03:04:05 Europe/Berlin",
        "2020-02-30",
        "1577934245000",
        "ä\u{1F600}",
        "\u{E000}",
    ];
    let numbers = [
        "0",
        "-0",
        "7",
        "7.0",
        "-7",
        "3.5",
        "3.45",
        "3.449",
        "300",
        "1E+2",
        "1577934245000",
        "99999999999999999999999999999999999999",
    ];
    let texts = texts.iter().map(|text| json!({"S": text}));
    let numbers = numbers.iter().map(|number| json!({"N": number}));
    let others = [
        json!({"BOOL": true}),
        json!({"BOOL": false}),
        json!({"NULL": true}),
        json!({"B": "AQI="}),
        json!({"SS": ["a", "b"]}),
        json!({"NS": ["1", "2"]}),
        json!({"L": [{"S": "x"}, {"N": "1"}]}),
        json!({"M": {"a": {"S": "x"}}}),
    ];
    texts.chain(numbers).chain(others).collect()
}

const TYPES: &[&str] = &[
    "string",
    "boolean",
    "binary",
    "tinyint",
    "int",
    "bigint",
    "float",
    "double",
    "decimal(5,1)",
    "decimal(38,9)",
    "date",
    "timestamp",
    "timestamp with time zone",
    "array<string>",
    "struct<a:string>",
];

/// Ids of the rows that a query gives, with the value that each shows.
async fn shown(
    stack: &Stack,
    table: &Table,
    set: Option<ValueSet>,
) -> BTreeMap<String, Option<Scalar>> {
    let constraints = Constraints {
        summary: set.map(|set| ("c".to_owned(), set)).into_iter().collect(),
        ..Constraints::default()
    };
    let mut rows = BTreeMap::new();
    for batch in stack.read(table, constraints).await {
        let ids = batch.column_by_name("id").unwrap().as_string::<i32>();
        let column = batch.column_by_name("c").unwrap();
        for row in 0..batch.num_rows() {
            let value = column
                .is_valid(row)
                .then(|| Scalar::of(column, row).unwrap());
            assert!(rows.insert(ids.value(row).to_owned(), value).is_none());
        }
    }
    rows
}

/// Sets that name the values: each alone, all below and above each, all but null, null.
fn sets(data_type: &DataType, values: &[Scalar]) -> Vec<ValueSet> {
    let mut sets = vec![
        ValueSet::not_null(data_type),
        ValueSet::only_null(data_type),
    ];
    let nested = matches!(data_type, DataType::List(_) | DataType::Struct(_));
    for value in values {
        sets.push(ValueSet::of_values(data_type, [value.clone()]));
        if nested {
            continue;
        }
        let point = Range::equal(data_type, value.clone());
        let below = Range {
            low: Marker::lower_unbounded(data_type),
            high: point.high.clone(),
        };
        let above = Range {
            low: point.low.clone(),
            high: Marker::upper_unbounded(data_type),
        };
        for (range, null_allowed) in [(below, true), (above, false)] {
            sets.push(ValueSet::SortedRangeSet {
                data_type: data_type.clone(),
                ranges: vec![range],
                null_allowed,
            });
        }
    }
    sets
}

#[tokio::test]
async fn a_condition_finds_the_rows_that_show_what_it_asks_for() {
    hold(&Stack::with(|setup| setup.unset("disable_glue")).await).await;
}

#[tokio::test]
async fn a_condition_finds_the_same_rows_over_dynamodb_local() {
    let Some((_server, aws)) = second_opinion().await else {
        return;
    };
    hold(&Stack::over(aws, |setup| setup.unset("disable_glue")).await).await;
}

async fn hold(stack: &Stack) {
    let items: Vec<Value> = values()
        .into_iter()
        .enumerate()
        .map(|(number, value)| json!({"id": {"S": format!("i{number:02}")}, "C": value}))
        .chain([json!({"id": {"S": "absent"}})])
        .collect();
    NewTable::named("Kinds", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    let mut asked = 0;
    for type_text in TYPES {
        let columns = json!([{"Name": "id", "Type": "string"}, {"Name": "c", "Type": type_text}]);
        stack.aws.glue.add_table(
            "default",
            json!({
                "Name": "kinds", "StorageDescriptor": {"Columns": columns},
                "Parameters": {"classification": "dynamodb", "defaultTimeZone": "Europe/Berlin"},
            }),
        );
        let table = stack.table("kinds").await;
        let data_type = table
            .schema
            .field_with_name("c")
            .unwrap()
            .data_type()
            .clone();
        let all = shown(stack, &table, None).await;
        assert_eq!(all.len(), items.len(), "{type_text}");
        let values: Vec<Scalar> = all.values().flatten().cloned().collect();
        assert!(!values.is_empty(), "{type_text} shows nothing");
        for set in sets(&data_type, &values) {
            let found = shown(stack, &table, Some(set.clone())).await;
            let wanted: BTreeSet<&String> = all
                .iter()
                .filter(|(_, value)| set.contains(&data_type, value.as_ref()))
                .map(|(id, _)| id)
                .collect();
            let found: BTreeSet<&String> = found.keys().collect();
            assert_eq!(found, wanted, "{type_text}: {set:?}");
            asked += 1;
        }
    }
    println!(
        "{asked} conditions on {} types over {} items",
        TYPES.len(),
        items.len()
    );
}
