//! What is written is read again, in both framings.

use crate::block::model::{any_rows, every_type, pair};
use crate::block::{BlockError, Framing, frame};
use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema};
use proptest::prelude::*;
use std::sync::Arc;

const FRAMINGS: [Framing; 2] = [Framing::Current, Framing::Legacy];

proptest! {
    #[test]
    fn batches_of_all_types_come_back_whole_and_sliced(
        rows in any_rows(20),
        cut in any::<(prop::sample::Index, prop::sample::Index)>(),
    ) {
        let batch = rows.batch();
        let offset = cut.0.index(rows.len() + 1);
        let slice = batch.slice(offset, cut.1.index(rows.len() - offset + 1));
        for framing in FRAMINGS {
            let message = frame::encode_schema_as(&rows.schema, framing);
            let schema = Arc::new(frame::decode_schema(&message).unwrap());
            prop_assert_eq!(&schema, &rows.schema);
            for part in [&batch, &slice] {
                let message = frame::encode_batch(part, framing).unwrap();
                let read = frame::decode_batch(&schema, &message).unwrap();
                prop_assert_eq!(&read, part);
                prop_assert_eq!(read.schema(), schema.clone());
                for column in read.columns() {
                    column.to_data().validate_full().unwrap();
                }
            }
        }
    }
}

#[test]
fn a_schema_of_every_type_comes_back_with_its_notes() {
    let mut schema = every_type();
    schema
        .metadata
        .insert("sourceTable".into(), "Orders ✓".into());
    let noted = Field::new("noted", DataType::Utf8, false)
        .with_metadata([("key".to_owned(), "value".to_owned())].into());
    let sorted = match pair(DataType::Utf8, DataType::Utf8) {
        DataType::Map(entries, _) => DataType::Map(entries, true),
        other => other,
    };
    let sorted = Field::new("sorted", sorted, true);
    let fields = schema.fields().iter().map(|field| field.as_ref().clone());
    let fields: Vec<Field> = fields.chain([noted, sorted]).collect();
    let schema = Schema::new_with_metadata(fields, schema.metadata);
    for framing in FRAMINGS {
        let message = frame::encode_schema_as(&schema, framing);
        let read = frame::decode_schema(&message).unwrap();
        assert_eq!(read, schema);
        // Fields are equal with different notes, so those are looked at by themselves.
        assert_eq!(
            read.field_with_name("noted").unwrap().metadata()["key"],
            "value"
        );
    }
}

#[test]
fn a_map_is_read_by_any_names_and_given_back_by_them() {
    let entries = vec![
        Field::new("keys", DataType::Utf8, false),
        Field::new("values", DataType::Int32, true),
    ];
    let entries = Field::new("key_value", DataType::Struct(entries.into()), false);
    let field = Field::new("m", DataType::Map(Arc::new(entries), false), true);
    let schema = Arc::new(Schema::new(vec![field]));
    let read = frame::decode_schema(&frame::encode_schema(&schema)).unwrap();
    assert_eq!(&read, schema.as_ref());
    let column = arrow::array::new_null_array(schema.field(0).data_type(), 3);
    let batch = RecordBatch::try_new(schema.clone(), vec![column]).unwrap();
    let message = frame::encode_batch(&batch, Framing::Current).unwrap();
    assert_eq!(frame::decode_batch(&schema, &message).unwrap(), batch);
}

#[test]
fn rows_without_columns_are_not_written() {
    let options = RecordBatchOptions::new().with_row_count(Some(4));
    let batch =
        RecordBatch::try_new_with_options(Arc::new(Schema::empty()), Vec::new(), &options).unwrap();
    for framing in FRAMINGS {
        let error = frame::encode_batch(&batch, framing).unwrap_err();
        assert!(
            matches!(error, BlockError::NoColumns { rows: 4 }),
            "{error}"
        );
        assert!(frame::encode_batch(&batch.slice(0, 0), framing).is_ok());
    }
}

#[test]
fn a_type_that_the_protocol_lacks_is_not_written_and_named_with_its_place() {
    let inner = Field::new("price", DataType::LargeUtf8, true);
    let list = Field::new("item", DataType::Struct(vec![inner].into()), true);
    let field = Field::new("orders", DataType::List(Arc::new(list)), true);
    let column = arrow::array::new_null_array(field.data_type(), 1);
    let batch = RecordBatch::try_new(Arc::new(Schema::new(vec![field])), vec![column]).unwrap();
    let error = frame::encode_batch(&batch, Framing::Current).unwrap_err();
    assert_eq!(
        error.to_string(),
        "column `orders.item.price` has the type LargeUtf8, which the protocol does not have"
    );
}

#[test]
fn what_follows_a_message_is_ignored() {
    let batch = RecordBatch::try_from_iter([(
        "n",
        Arc::new(arrow::array::Int32Array::from(vec![1])) as arrow::array::ArrayRef,
    )])
    .unwrap();
    for framing in FRAMINGS {
        let mut schema = frame::encode_schema_as(&batch.schema(), framing);
        let mut message = frame::encode_batch(&batch, framing).unwrap();
        for message in [&mut schema, &mut message] {
            message.extend([0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0]);
        }
        let schema = Arc::new(frame::decode_schema(&schema).unwrap());
        assert_eq!(frame::decode_batch(&schema, &message).unwrap(), batch);
    }
}
