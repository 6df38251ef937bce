//! Whether an answer will do: no row that the table lacks, none twice, none missing that is wanted.

use super::predicate::text;
use super::questions::Question;
use super::truth::{Dialect, order, unsettled};
use arrow::array::{ArrayRef, AsArray, RecordBatch};
use athena_protocol::predicate::{Direction, Scalar};
use std::cmp::Ordering;
use std::collections::BTreeMap;

/// Rows by their column `id`, which no two share.
pub(super) type Rows = BTreeMap<String, Vec<Option<Scalar>>>;

/// The rows of all batches.
///
/// # Errors
/// If a row comes twice.
pub(super) fn rows(batches: &[RecordBatch]) -> Result<Rows, String> {
    let mut rows = Rows::new();
    for batch in batches {
        let ids = batch
            .column_by_name("id")
            .expect("the id is always asked for");
        for row in 0..batch.num_rows() {
            let Some(Scalar::Utf8(id)) = Scalar::of(ids, row) else {
                return Err("a row without an id".to_owned());
            };
            let columns = batch.columns().iter();
            let cells = columns.map(|column| Scalar::of(column, row)).collect();
            if rows.insert(id.clone(), cells).is_some() {
                return Err(format!("row {id} comes twice"));
            }
        }
    }
    Ok(rows)
}

/// Compares the answer, which has the columns `shown` of the table, with all rows of the table.
///
/// # Errors
/// What is wrong with it.
pub(super) fn check(
    question: &Question,
    all: &Rows,
    answer: &Rows,
    shown: &[usize],
) -> Result<(), String> {
    for (id, cells) in answer {
        let row = all.get(id).ok_or(format!("row {id} is not in the table"))?;
        for (cell, column) in cells.iter().zip(shown) {
            let of_cell = |cell: &Option<Scalar>| match cell {
                Some(Scalar::Nested(value)) if question.fields_only => first_field(value),
                cell => cell.clone(),
            };
            let (cell, expected) = (of_cell(cell), of_cell(&row[*column]));
            let settled = !unsettled(cell.as_ref()) || !unsettled(expected.as_ref());
            if settled && cell != expected {
                let (got, expected) = (text(cell.as_ref()), text(expected.as_ref()));
                return Err(format!(
                    "row {id} shows {got} in #{column}, the table {expected}"
                ));
            }
        }
    }
    let wanted = all.iter().filter(|(_, row)| question.predicate.wants(row));
    let Some(limit) = question.limit else {
        let missing: Vec<_> = wanted.filter(|(id, _)| !answer.contains_key(*id)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let missing: Vec<_> = missing.iter().map(|(id, row)| (id, cells(row))).collect();
        return Err(format!("{} rows are missing: {missing:#?}", missing.len()));
    };
    let limit = usize::try_from(limit).unwrap_or(usize::MAX);
    let wanted: Vec<_> = wanted.map(|(_, row)| row.as_slice()).collect();
    let came = answer.keys().map(|id| all[id].as_slice());
    let came: Vec<_> = came
        .filter(|row| question.predicate.may_want(row))
        .collect();
    let enough = limit.min(wanted.len());
    if came.len() < enough {
        return Err(format!("{} qualifying rows of {enough}", came.len()));
    }
    let unsettled = |row: &[Option<Scalar>]| {
        let mut keys = question.order.iter();
        keys.any(|(column, _)| unsettled(row[*column].as_ref()))
    };
    if question.order.is_empty() || all.values().any(|row| unsettled(row)) {
        return Ok(());
    }
    // Of rows that are equal in the order any will do.
    let first = |mut rows: Vec<&[Option<Scalar>]>| {
        rows.sort_by(|a, b| by(&question.order, a, b));
        rows.truncate(enough);
        let keys = rows.into_iter().map(|row| {
            let keys = question
                .order
                .iter()
                .map(|(column, _)| text(row[*column].as_ref()));
            keys.collect::<Vec<_>>()
        });
        keys.collect::<Vec<_>>()
    };
    // Rows that qualify by one dialect only may or may not be among the first.
    let certain: Vec<_> = came
        .into_iter()
        .filter(|row| question.predicate.wants(row))
        .collect();
    let (came, wanted) = (first(certain), first(wanted));
    if came == wanted {
        Ok(())
    } else {
        Err(format!("the first rows are {came:?}, not {wanted:?}"))
    }
}

/// The first field of a struct; another value as it is.
fn first_field(value: &ArrayRef) -> Option<Scalar> {
    match value.as_struct_opt() {
        Some(fields) => Scalar::of(fields.column(0), 0),
        None => Some(Scalar::Nested(value.clone())),
    }
}

/// The order that the question wants.
fn by(keys: &[(usize, Direction)], a: &[Option<Scalar>], b: &[Option<Scalar>]) -> Ordering {
    let orders = keys.iter().map(|(column, direction)| {
        let (nulls_first, descending) = match direction {
            Direction::AscNullsFirst => (true, false),
            Direction::AscNullsLast => (false, false),
            Direction::DescNullsFirst => (true, true),
            Direction::DescNullsLast => (false, true),
        };
        match (&a[*column], &b[*column]) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) if nulls_first => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) if nulls_first => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(a), Some(b)) => {
                let order = order(a, b, Dialect::Engine).unwrap_or(Ordering::Equal);
                if descending { order.reverse() } else { order }
            }
        }
    });
    orders.fold(Ordering::Equal, Ordering::then)
}

/// A row for people.
pub(super) fn cells(row: &[Option<Scalar>]) -> String {
    let cells: Vec<_> = row.iter().map(|cell| text(cell.as_ref())).collect();
    cells.join(" | ")
}
