//! WHERE and SELECT agree: the rows that a constraint finds are those that a full scan shows and the same constraint keeps.

mod questions;

use crate::stack::{NewTable, Stack, cell, key, read, rows_of, shown_rows};
use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::Schema;
use athena_protocol::predicate::{Constraints, matching_rows};
use questions::{questions, truth};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

fn items() -> Vec<Value> {
    let items = (0..240_usize).map(|number| {
        let status = ["open", "paid", "shipped"][number % 3];
        let mut item = json!({
            "Pk": {"S": format!("p{}", number % 8)},
            "sk": {"N": (number / 8).to_string()},
            "Status": {"S": status},
            "price": {"N": format!("{}.{:03}", number % 50, number % 7)},
            "digits": {"S": (number % 30).to_string()},
            "blob": {"B": base64_simd::STANDARD.encode_to_string([u8::try_from(number).unwrap(), 7])},
            "flag": {"BOOL": number % 4 == 0},
        });
        // Texts around the place where UTF-8 and UTF-16 order differently.
        let name = ["alpha", "zeta", "\u{ffee}", "😀", "é"][number % 5];
        match number % 6 {
            0 => {}
            1 => item["name"] = json!({"NULL": true}),
            2 => item["name"] = json!({"N": "12"}),
            _ => item["name"] = json!({"S": name}),
        }
        if number % 11 == 0 {
            item.as_object_mut().unwrap().remove("Status");
        }
        item
    });
    items.collect()
}

fn kept(constraints: &Constraints, batches: &[RecordBatch]) -> Vec<RecordBatch> {
    let kept = batches
        .iter()
        .map(|batch| match matching_rows(constraints, batch) {
            None => batch.clone(),
            Some(mask) => filter_record_batch(batch, &mask).unwrap(),
        });
    kept.collect()
}

#[tokio::test]
async fn a_constraint_finds_the_rows_that_a_full_scan_shows() {
    let stack = Stack::start().await;
    let keys = [key("Pk", "S"), key("sk", "N")];
    NewTable::named("things", &keys)
        .indexed("by_status", &[key("Status", "S"), key("sk", "N")])
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("things").await;
    let all = stack.read(&table, Constraints::default()).await;
    rows_of(&all).assert_eq(&shown_rows(&items(), &table.schema).rows, "the full scan");

    let questions = questions();
    let (asked, mut queries, mut found) = (questions.len(), 0, 0);
    for (question, summary, count) in questions {
        let summary = summary
            .into_iter()
            .map(|(column, set)| (column.to_owned(), set))
            .collect();
        let constraints = Constraints {
            summary,
            ..Constraints::default()
        };
        let expected = rows_of(&kept(&constraints, &all));
        assert!(
            expected.len() > 0 && expected.len() < 240,
            "{question}: {} rows say little",
            expected.len()
        );
        if let Some(count) = count {
            assert_eq!(expected.len(), count, "{question}");
        }

        stack.aws.dynamodb.reset();
        let rows = stack.read(&table, constraints.clone()).await;
        rows_of(&kept(&constraints, &rows)).assert_eq(&expected, question);
        // More than is promised, but it is what makes LIMIT right.
        rows_of(&rows).assert_eq(&expected, &format!("{question}, unfiltered"));
        queries += usize::from(stack.aws.dynamodb.count("Query") > 0);
        found += expected.len();

        // The engine may leave the constrained columns out of what it reads: then too much may come, but never too little.
        let blob = table.schema.field_with_name("blob").unwrap().clone();
        let narrow = Arc::new(Schema::new_with_metadata(
            vec![blob],
            table.schema.metadata().clone(),
        ));
        let rows = read(&stack.query(), &table, constraints.clone(), narrow)
            .await
            .unwrap();
        let blobs = |batches: &[RecordBatch]| -> BTreeSet<String> {
            let cells = batches.iter().flat_map(|batch| {
                let column = batch.column_by_name("blob").unwrap().clone();
                (0..batch.num_rows()).map(move |row| cell(&column, row).to_string())
            });
            cells.collect()
        };
        let wanted = blobs(&kept(&constraints, &all));
        assert!(
            blobs(&rows).is_superset(&wanted),
            "{question}: rows are missing without the column"
        );
    }
    println!("{asked} questions, {found} rows, {queries} by Query");
    assert_eq!(queries, 6, "those on a hash key of table or index");
}

#[tokio::test]
async fn a_limit_counts_only_rows_that_qualify() {
    let stack = Stack::start().await;
    let keys = [key("Pk", "S"), key("sk", "N")];
    NewTable::named("things", &keys)
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("things").await;
    let summary = [("flag".to_owned(), truth(true))];
    let constraints = Constraints {
        summary: summary.into(),
        limit: 25,
        ..Constraints::default()
    };
    let rows = stack.read(&table, constraints.clone()).await;
    assert_eq!(rows_of(&rows).len(), 25);
    assert_eq!(rows_of(&kept(&constraints, &rows)).len(), 25);
}
