//! Fields of structs alone: DynamoDB is asked for them by their paths, and sends no more.

use super::plans::plan;
use super::predicate::Predicate;
use super::questions::Question;
use crate::stack::{NewTable, Stack, key, table_name};
use arrow::array::{Array, AsArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use athena_client::Table;
use athena_protocol::predicate::Constraints;
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

/// Fifty parcels with a short code and a long note each.
fn parcels() -> Vec<Value> {
    let items = (0..50).map(|number| {
        let ship = json!({"Zip": {"S": format!("{number:05}")}, "note": {"S": "x".repeat(2_000)}});
        json!({"id": {"S": format!("p{number:02}")}, "ship": {"M": ship}})
    });
    items.collect()
}

fn schema() -> SchemaRef {
    let ship = ["code", "note"].map(|name| Field::new(name, DataType::Utf8, true));
    let fields = vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("ship", DataType::Struct(ship.to_vec().into()), true),
    ];
    let members = json!({"ship.code": "Zip"}).to_string();
    let metadata = HashMap::from([("memberNames".to_owned(), members)]);
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

/// What was read.
struct Answer {
    /// Codes, ascending.
    codes: Vec<String>,
    /// Notes that came.
    notes: usize,
    /// The projection that DynamoDB was asked for, in names.
    projection: String,
    /// The bytes that it sent.
    bytes: usize,
}

/// Shows id and code of the parcels that qualify, or, unless `fields_only`, all of them.
async fn ask(stack: &Stack, fields_only: bool, predicate: Predicate) -> Answer {
    let question = Question {
        predicate,
        order: Vec::new(),
        limit: None,
        fields_only,
    };
    let schema = schema();
    let table = Table {
        name: table_name("parcels"),
        schema: schema.clone(),
        partition_columns: Vec::new(),
    };
    let constraints = Constraints {
        query_plan: Some(plan(&question, "parcels", &schema, &mut Rng::with_seed(1))),
        ..Constraints::default()
    };
    stack.aws.dynamodb.reset();
    let batches = stack.read(&table, constraints).await;
    let (mut codes, mut notes) = (Vec::new(), 0);
    for batch in &batches {
        let ship = batch.column_by_name("ship").unwrap().as_struct();
        let of_batch = ship.column(0).as_string::<i32>().iter();
        codes.extend(of_batch.map(|code| code.unwrap().to_owned()));
        notes += ship.len() - ship.column(1).null_count();
    }
    codes.sort();
    let calls = stack.aws.dynamodb.calls();
    let reads: Vec<_> = calls
        .iter()
        .filter(|call| call.operation == "Scan")
        .collect();
    let request: Value = serde_json::from_slice(&reads[0].request).unwrap();
    let mut projection = request["ProjectionExpression"].as_str().unwrap().to_owned();
    for (alias, name) in request["ExpressionAttributeNames"].as_object().unwrap() {
        projection = projection.replace(alias, name.as_str().unwrap());
    }
    let mut paths: Vec<&str> = projection.split(',').collect();
    paths.sort_unstable();
    let projection = paths.join(",");
    Answer {
        codes,
        notes,
        projection,
        bytes: reads.iter().map(|call| call.response_bytes).sum(),
    }
}

#[tokio::test]
async fn a_field_that_is_asked_for_alone_is_read_alone() {
    let stack = Stack::start().await;
    NewTable::named("parcels", &[key("id", "S")])
        .load(&stack.aws, &parcels())
        .await;
    let all = || Predicate::And(Vec::new());
    let whole = ask(&stack, false, all()).await;
    assert_eq!((whole.codes.len(), whole.notes), (50, 50));
    assert_eq!(whole.projection, "id,ship");
    assert!(whole.bytes > 100_000, "{} bytes", whole.bytes);
    let alone = ask(&stack, true, all()).await;
    assert_eq!((&alone.codes, alone.notes), (&whole.codes, 0));
    assert_eq!(alone.projection, "id,ship.Zip");
    assert!(alone.bytes < 10_000, "{} bytes", alone.bytes);
    // A condition on the struct needs all of it, though no more than a field is shown.
    let tested = ask(&stack, true, Predicate::Not(Box::new(Predicate::IsNull(1)))).await;
    assert_eq!((tested.codes.len(), tested.notes), (50, 50));
    assert_eq!(tested.projection, "id,ship");
}
