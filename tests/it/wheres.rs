//! WHERE and SELECT agree: the rows that a constraint finds are those that a full scan shows and the same constraint keeps.

use crate::stack::{NewTable, Stack, cell, key, read, rows_of, shown_rows};
use arrow::array::RecordBatch;
use arrow::compute::filter_record_batch;
use arrow::datatypes::{DataType, Schema};
use athena_protocol::block::Block;
use athena_protocol::predicate::{
    Bound, Constraints, Marker, Range, Scalar, ValueSet, matching_rows,
};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;

const DECIMAL: DataType = DataType::Decimal128(38, 9);

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

fn text(text: &str) -> Scalar {
    Scalar::Utf8(text.to_owned())
}

/// A decimal of nine places.
fn decimal(thousandths: i128) -> Scalar {
    Scalar::Decimal {
        unscaled: thousandths * 1_000_000,
        scale: 9,
    }
}

fn one_of<const N: usize>(data_type: &DataType, values: [Scalar; N]) -> ValueSet {
    ValueSet::of_values(data_type, values)
}

fn range(
    data_type: &DataType,
    low: Option<(Scalar, Bound)>,
    high: Option<(Scalar, Bound)>,
    null_allowed: bool,
) -> ValueSet {
    let marker = |end: Option<(Scalar, Bound)>, unbounded: Marker| {
        end.map_or(unbounded, |(value, bound)| Marker {
            data_type: data_type.clone(),
            value: Some(value),
            bound,
        })
    };
    let range = Range {
        low: marker(low, Marker::lower_unbounded(data_type)),
        high: marker(high, Marker::upper_unbounded(data_type)),
    };
    ValueSet::SortedRangeSet {
        data_type: data_type.clone(),
        ranges: vec![range],
        null_allowed,
    }
}

fn listed(
    data_type: &DataType,
    values: &[Scalar],
    white_list: bool,
    null_allowed: bool,
) -> ValueSet {
    let column = Scalar::to_array(data_type, values).unwrap();
    let batch = RecordBatch::try_from_iter([("col1", column)]).unwrap();
    ValueSet::EquatableValueSet {
        value_block: Block::new(batch),
        white_list,
        null_allowed,
    }
}

/// What is asked, and how many rows that are, counted by hand or by what the name says.
fn questions() -> Vec<(&'static str, Vec<(&'static str, ValueSet)>, Option<usize>)> {
    let utf8 = DataType::Utf8;
    let exactly = |value| Some((value, Bound::Exactly));
    let but = |value, bound| Some((value, bound));
    vec![
        (
            "the hash key equals",
            vec![("pk", one_of(&utf8, [text("p3")]))],
            Some(30),
        ),
        (
            "the hash key is one of three, one of which is not there",
            vec![("pk", one_of(&utf8, [text("p1"), text("p7"), text("none")]))],
            Some(60),
        ),
        (
            "the hash key equals, the range key lies between",
            vec![
                ("pk", one_of(&utf8, [text("p0")])),
                (
                    "sk",
                    range(
                        &DECIMAL,
                        exactly(decimal(3000)),
                        but(decimal(9000), Bound::Below),
                        false,
                    ),
                ),
            ],
            Some(6),
        ),
        (
            "the whole key",
            vec![
                ("pk", one_of(&utf8, [text("p5")])),
                ("sk", one_of(&DECIMAL, [decimal(7000)])),
            ],
            Some(1),
        ),
        (
            "the range key alone",
            vec![(
                "sk",
                range(&DECIMAL, but(decimal(27000), Bound::Above), None, false),
            )],
            Some(16),
        ),
        (
            "the key of an index",
            vec![("status", one_of(&utf8, [text("paid")]))],
            Some(73),
        ),
        (
            "both keys of an index, and a plain attribute",
            vec![
                ("status", one_of(&utf8, [text("open"), text("shipped")])),
                ("sk", range(&DECIMAL, None, exactly(decimal(4000)), false)),
                (
                    "flag",
                    listed(&DataType::Boolean, &[Scalar::Bool(true)], true, false),
                ),
            ],
            None,
        ),
        (
            "the key of an index is null",
            vec![("status", ValueSet::only_null(&utf8))],
            Some(22),
        ),
        (
            "the key of an index is not null",
            vec![("status", ValueSet::not_null(&utf8))],
            Some(218),
        ),
        (
            "decimals in a range",
            vec![(
                "price",
                range(
                    &DECIMAL,
                    but(decimal(10_002), Bound::Above),
                    but(decimal(20_000), Bound::Below),
                    false,
                ),
            )],
            None,
        ),
        (
            "one decimal",
            vec![("price", one_of(&DECIMAL, [decimal(13_006)]))],
            None,
        ),
        (
            "all decimals but one",
            vec![("price", listed(&DECIMAL, &[decimal(13_006)], false, false))],
            None,
        ),
        (
            "text that holds numbers, by text",
            vec![(
                "digits",
                range(
                    &utf8,
                    exactly(text("2")),
                    but(text("3"), Bound::Below),
                    false,
                ),
            )],
            Some(88),
        ),
        (
            "text that holds a number",
            vec![("digits", one_of(&utf8, [text("12"), text("7")]))],
            Some(16),
        ),
        (
            "bytes in a range",
            vec![(
                "blob",
                range(
                    &DataType::Binary,
                    exactly(Scalar::Binary(vec![200])),
                    None,
                    false,
                ),
            )],
            Some(40),
        ),
        (
            "bytes that equal",
            vec![(
                "blob",
                one_of(&DataType::Binary, [Scalar::Binary(vec![9, 7])]),
            )],
            Some(1),
        ),
        (
            "false",
            vec![(
                "flag",
                listed(&DataType::Boolean, &[Scalar::Bool(false)], true, false),
            )],
            Some(180),
        ),
        (
            "a value or null",
            vec![(
                "name",
                range(&utf8, exactly(text("alpha")), exactly(text("alpha")), true),
            )],
            None,
        ),
        ("null", vec![("name", ValueSet::only_null(&utf8))], Some(80)),
        (
            "a number shown as text",
            vec![("name", one_of(&utf8, [text("12")]))],
            Some(40),
        ),
        (
            "text above a character beyond the basic plane",
            vec![(
                "name",
                range(&utf8, but(text("😀"), Bound::Above), None, false),
            )],
            None,
        ),
        (
            "text up to one",
            vec![("name", range(&utf8, None, exactly(text("\u{ffee}")), false))],
            None,
        ),
        (
            "all but a list of texts, null too",
            vec![(
                "name",
                listed(&utf8, &[text("alpha"), text("é")], false, true),
            )],
            None,
        ),
    ]
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

    let (mut queries, mut found) = (0, 0);
    for (question, summary, count) in questions() {
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
    println!(
        "{} questions, {found} rows, {queries} by Query",
        questions().len()
    );
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
    let summary = [(
        "flag".to_owned(),
        listed(&DataType::Boolean, &[Scalar::Bool(true)], true, false),
    )];
    let constraints = Constraints {
        summary: summary.into(),
        limit: 25,
        ..Constraints::default()
    };
    let rows = stack.read(&table, constraints.clone()).await;
    assert_eq!(rows_of(&rows).len(), 25);
    assert_eq!(rows_of(&kept(&constraints, &rows)).len(), 25);
}
