//! Conditions on a batch.

use std::collections::BTreeMap;

use arrow::array::{Array as _, RecordBatch};
use athena_protocol::predicate::{Constraints, Domain, Scalar, ValueSet, matching_rows};
use athena_testkit::pages::Shape;
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};

use crate::page::{canned, decoded};

/// One text of many.
#[divan::bench]
fn equal_text(bencher: Bencher<'_, '_>) {
    let batch = mixed();
    let set = values(&batch, "customer_id", &[7]);
    measure(bencher, &batch, [("customer_id", set)]);
}

/// Some two hundred texts, as `IN` lists have.
#[divan::bench]
fn texts_in_a_list(bencher: Bencher<'_, '_>) {
    let batch = mixed();
    let rows: Vec<usize> = (0..200).map(|row| row * 3).collect();
    let set = values(&batch, "customer_id", &rows);
    measure(bencher, &batch, [("customer_id", set)]);
}

/// A range of numbers.
#[divan::bench]
fn range_of_decimals(bencher: Bencher<'_, '_>) {
    let batch = mixed();
    let set = above(&batch, "total", 7);
    measure(bencher, &batch, [("total", set)]);
}

/// Both, and what is not null.
#[divan::bench]
fn three_columns(bencher: Bencher<'_, '_>) {
    let batch = mixed();
    let some = {
        let column = batch
            .column_by_name("discount")
            .expect("mixed items have discounts");
        Domain::not_null(column.data_type()).into_set()
    };
    let status = values(&batch, "status", &[0]);
    let sets = [
        ("total", above(&batch, "total", 7)),
        ("status", status),
        ("discount", some),
    ];
    measure(bencher, &batch, sets);
}

fn measure<const N: usize>(
    bencher: Bencher<'_, '_>,
    batch: &RecordBatch,
    sets: [(&str, ValueSet); N],
) {
    let sets = sets.into_iter().map(|(name, set)| (name.to_owned(), set));
    let constraints = Constraints {
        summary: sets.collect::<BTreeMap<_, _>>(),
        ..Constraints::default()
    };
    let kept = matching_rows(&constraints, batch).expect("not all rows qualify");
    assert!(kept.true_count() > 0, "some rows qualify");
    bencher
        .counter(ItemsCount::new(batch.num_rows()))
        .bench(|| matching_rows(black_box(&constraints), black_box(batch)));
}

fn mixed() -> RecordBatch {
    decoded(&canned(Shape::Mixed)).1
}

/// The values that a column has in some rows.
fn values(batch: &RecordBatch, name: &str, rows: &[usize]) -> ValueSet {
    let column = batch
        .column_by_name(name)
        .expect("mixed items have the column");
    let values = rows.iter().filter_map(|row| Scalar::of(column, *row));
    Domain::values(column.data_type(), values).into_set()
}

/// What is above the value of a row.
fn above(batch: &RecordBatch, name: &str, row: usize) -> ValueSet {
    let column = batch
        .column_by_name(name)
        .expect("mixed items have the column");
    let value = Scalar::of(column, row).expect("every mixed item has one");
    Domain::above(column.data_type(), value, false).into_set()
}
