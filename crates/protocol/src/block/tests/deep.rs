//! Nesting, and many columns.

use crate::block::model::pair;
use crate::block::{BlockError, Framing, MAX_NESTING, frame, size};
use arrow::array::{RecordBatch, new_null_array};
use arrow::datatypes::{DataType, Field, Schema};
use std::sync::Arc;

const FRAMINGS: [Framing; 2] = [Framing::Current, Framing::Legacy];

/// A schema of one column that nests as many levels; the column itself is the first.
fn nested(levels: usize, wrap: impl Fn(DataType) -> DataType) -> Arc<Schema> {
    let mut data_type = DataType::Utf8;
    for _ in 1..levels {
        data_type = wrap(data_type);
    }
    Arc::new(Schema::new(vec![Field::new("c", data_type, true)]))
}

fn list(inner: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("i", inner, true)))
}

fn structure(inner: DataType) -> DataType {
    DataType::Struct(vec![Field::new("s", inner, true)].into())
}

fn on_a_stack<T: Send + 'static>(bytes: usize, work: impl FnOnce() -> T + Send + 'static) -> T {
    let thread = std::thread::Builder::new().stack_size(bytes).spawn(work);
    thread.unwrap().join().unwrap()
}

/// Half of what an async worker has.
const SMALL: usize = 1 << 20;
/// Enough for Arrow to make what is too deep for us.
const LARGE: usize = 256 << 20;

/// Rows of nulls, made where there is room: Arrow needs more of it for that than for anything else.
fn nulls(schema: Arc<Schema>) -> RecordBatch {
    on_a_stack(LARGE, move || {
        let column = new_null_array(schema.field(0).data_type(), 5);
        RecordBatch::try_new(schema, vec![column]).unwrap()
    })
}

#[track_caller]
fn check(schema: Arc<Schema>) {
    let batch = nulls(schema.clone());
    on_a_stack(SMALL, move || {
        for framing in FRAMINGS {
            let message = frame::encode_schema_as(&schema, framing);
            let read = Arc::new(frame::decode_schema(&message).unwrap());
            assert_eq!(read, schema);
            let message = frame::encode_batch(&batch, framing).unwrap();
            let back = frame::decode_batch(&read, &message).unwrap();
            assert_eq!(back, batch);
            assert_eq!(size::batch_bytes(&back), size::batch_bytes(&batch));
            assert!(!format!("{:?}", back.schema()).is_empty());
        }
    });
}

#[test]
fn lists_structs_and_maps_nest_as_deep_as_the_source_does_and_deeper() {
    check(nested(MAX_NESTING, list));
    check(nested(MAX_NESTING, structure));
    // 32 levels of maps are 64 of Arrow, and the text within is one more.
    let maps = (0..32).fold(DataType::Utf8, |inner, _| pair(DataType::Utf8, inner));
    check(Arc::new(Schema::new(vec![Field::new("c", maps, true)])));
}

#[test]
fn a_schema_one_level_deeper_is_refused_both_ways() {
    let batch = nulls(nested(MAX_NESTING + 1, structure));
    on_a_stack(SMALL, move || {
        for framing in FRAMINGS {
            let error = frame::encode_batch(&batch, framing).unwrap_err();
            assert!(
                matches!(error, BlockError::TooDeep { limit: MAX_NESTING }),
                "{error}"
            );
            let message = frame::encode_schema_as(&batch.schema(), framing);
            let error = frame::decode_schema(&message).unwrap_err();
            assert!(
                matches!(error, BlockError::TooDeep { limit: MAX_NESTING }),
                "{error}"
            );
        }
    });
}

#[test]
fn a_schema_of_thousands_of_levels_is_an_error_and_takes_no_stack() {
    let message = on_a_stack(LARGE, || frame::encode_schema(&nested(5_000, list)));
    let error = on_a_stack(SMALL, move || frame::decode_schema(&message).unwrap_err());
    assert!(matches!(error, BlockError::TooDeep { .. }), "{error}");
}

#[test]
fn ten_thousand_columns_are_read_and_written() {
    let fields: Vec<Field> = (0..10_000)
        .map(|at| Field::new(format!("column_{at}"), DataType::Int32, true))
        .collect();
    let columns = fields
        .iter()
        .map(|field| new_null_array(field.data_type(), 3));
    let columns = columns.collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = RecordBatch::try_new(schema.clone(), columns).unwrap();
    for framing in FRAMINGS {
        let message = frame::encode_schema_as(&schema, framing);
        let read = Arc::new(frame::decode_schema(&message).unwrap());
        assert_eq!(read, schema);
        let message = frame::encode_batch(&batch, framing).unwrap();
        assert_eq!(frame::decode_batch(&read, &message).unwrap(), batch);
    }
}

/// Such columns share most of their bytes, which is what a message that unfolds into too much does too.
#[test]
fn the_smallest_columns_are_not_taken_for_a_trick() {
    for data_type in [DataType::Null, DataType::Utf8, list(DataType::Boolean)] {
        let fields: Vec<Field> = vec![Field::new("", data_type, false); 10_000];
        let schema = Schema::new(fields);
        let read = frame::decode_schema(&frame::encode_schema(&schema)).unwrap();
        assert_eq!(read, schema);
    }
}
