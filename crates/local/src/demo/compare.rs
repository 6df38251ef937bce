//! Compares an answer with what was loaded, row by row.

use super::expected::Row;
use super::questions::{Answers, Question};
use super::value::Value;
use crate::print::counted;
use crate::sql::Answer;
use arrow::ipc::root_as_message;
use athena_testkit::Shop;

/// What is wrong with the answer; nothing if it is right.
pub(super) fn compare(answer: &Answer, question: &Question, shop: &Shop) -> Vec<String> {
    let Some(got) = rows(answer, question.sets) else {
        return vec!["the answer has a column of a type that the demo does not expect".to_owned()];
    };
    differences(got, (question.expected)(shop), question.answers)
}

/// Whether an object can be read as a record batch as it lies there, in either framing.
pub(super) fn is_plain_arrow(object: &[u8]) -> bool {
    [4, 8].iter().any(|start| {
        let length = object
            .get(start - 4..*start)
            .map(|word| i32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        let metadata =
            length.and_then(|length| object.get(*start..start + usize::try_from(length).ok()?));
        metadata.is_some_and(|metadata| root_as_message(metadata).is_ok())
    })
}

fn rows(answer: &Answer, sets: &[&str]) -> Option<Vec<Row>> {
    let sets: Vec<_> = answer
        .schema
        .fields()
        .iter()
        .map(|field| sets.contains(&field.name().as_str()))
        .collect();
    let mut rows = Vec::with_capacity(answer.rows);
    for batch in &answer.batches {
        for row in 0..batch.num_rows() {
            let cells = batch.columns().iter().zip(&sets).map(|(column, set)| {
                let value = Value::of(column, row)?;
                Some(if *set { value.unordered() } else { value })
            });
            rows.push(cells.collect::<Option<Row>>()?);
        }
    }
    Some(rows)
}

fn differences(mut got: Vec<Row>, mut expected: Vec<Row>, answers: Answers) -> Vec<String> {
    if got == expected {
        return Vec::new();
    }
    let ordered = answers == Answers::Ordered;
    let as_answered = got.clone();
    got.sort();
    expected.sort();
    if got == expected {
        return if ordered {
            vec!["the rows are right, but not in the order asked for".to_owned()]
        } else {
            Vec::new()
        };
    }
    let mut complaints = vec![format!(
        "{} answered, {} loaded",
        counted(got.len() as u64, "row"),
        expected.len()
    )];
    let missing = expected
        .iter()
        .filter(|row| got.binary_search(row).is_err());
    complaints.extend(missing.take(SHOWN).map(|row| format!("missing: {row:?}")));
    let added = as_answered
        .iter()
        .filter(|row| expected.binary_search(row).is_err());
    complaints.extend(added.take(SHOWN).map(|row| format!("not loaded: {row:?}")));
    complaints
}

const SHOWN: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::array::{Int32Array, RecordBatch};
    use arrow::datatypes::{DataType, Field, Schema};
    use athena_protocol::block::{Framing, frame};
    use std::sync::Arc;

    fn row(number: i64) -> Row {
        vec![Value::from(number)]
    }

    #[test]
    fn order_counts_only_where_it_was_asked_for() {
        let (got, loaded) = (vec![row(2), row(1)], vec![row(1), row(2)]);
        assert_eq!(
            differences(got.clone(), loaded.clone(), Answers::AnyOrder),
            [""; 0]
        );
        assert_eq!(differences(got, loaded, Answers::Ordered).len(), 1);
    }

    #[test]
    fn a_missing_a_changed_and_a_doubled_row_are_found() {
        let loaded = vec![row(1), row(2)];
        assert!(!differences(vec![row(1)], loaded.clone(), Answers::AnyOrder).is_empty());
        assert_eq!(
            differences(vec![row(1), row(3)], loaded.clone(), Answers::AnyOrder).len(),
            3
        );
        assert!(!differences(vec![row(1), row(2), row(2)], loaded, Answers::AnyOrder).is_empty());
    }

    #[test]
    fn plain_arrow_is_recognised_and_noise_is_not() {
        let schema = Arc::new(Schema::new(vec![Field::new("n", DataType::Int32, true)]));
        let batch =
            RecordBatch::try_new(schema, vec![Arc::new(Int32Array::from(vec![1, 2]))]).unwrap();
        for framing in [Framing::Legacy, Framing::Current] {
            assert!(is_plain_arrow(
                &frame::encode_batch(&batch, framing).unwrap()
            ));
        }
        assert!(!is_plain_arrow(&[0x5a; 400]));
        assert!(!is_plain_arrow(b""));
    }
}
