//! Record batches that lie: each lie is an error of its own.

use super::super::arrays::{MAX_FREE_VALUES, MAX_ROWS};
use super::forged::{Forged, forged, message, one};
use crate::block::{BlockError, frame};
use arrow::array::{Array, AsArray};
use arrow::buffer::Buffer;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use arrow::ipc::{self, MessageHeader, MetadataVersion};
use std::sync::Arc;

fn list(inner: DataType) -> DataType {
    DataType::List(Arc::new(Field::new("i", inner, true)))
}

fn lists_of(size: i32, inner: DataType) -> DataType {
    DataType::FixedSizeList(Arc::new(Field::new("i", inner, true)), size)
}

const NO_COLUMNS: Forged<'static> = forged(3, &[], &[], &[]);

#[test]
fn rows_without_columns_are_counted_up_to_a_bound() {
    let schema = Arc::new(Schema::empty());
    for rows in [0, 1, 3, i64::from(i32::MAX)] {
        let batch = frame::decode_batch(&schema, &Forged { rows, ..NO_COLUMNS }.bytes()).unwrap();
        assert_eq!(i64::try_from(batch.num_rows()).unwrap(), rows);
        assert_eq!(batch.num_columns(), 0);
    }
    for rows in [-1, 1 << 31, 1 << 62, i64::MIN, i64::MAX] {
        let error =
            frame::decode_batch(&schema, &Forged { rows, ..NO_COLUMNS }.bytes()).unwrap_err();
        assert!(
            matches!(
                error,
                BlockError::Rows {
                    limit: MAX_ROWS,
                    ..
                }
            ),
            "{error}"
        );
    }
}

/// Three numbers, the second of which is null.
const NUMBERS: Forged<'static> = forged(
    3,
    &[(3, 1)],
    &[(0, 1), (8, 12)],
    &[
        0b101, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0,
    ],
);

#[test]
fn an_honest_batch_is_read_in_both_versions() {
    for version in [MetadataVersion::V4, MetadataVersion::V5] {
        let bytes = NUMBERS.with(version, |_, _| ());
        let batch = frame::decode_batch(&one(DataType::Int32), &bytes).unwrap();
        let column = batch
            .column(0)
            .as_primitive::<arrow::datatypes::Int32Type>();
        assert_eq!(column.iter().collect::<Vec<_>>(), [Some(1), None, Some(3)]);
    }
    for version in [MetadataVersion::V1, MetadataVersion::V3] {
        let bytes = NUMBERS.with(version, |_, _| ());
        let error = frame::decode_batch(&one(DataType::Int32), &bytes).unwrap_err();
        assert!(matches!(error, BlockError::Unsupported { .. }), "{error}");
    }
}

#[test]
fn compression_views_and_other_messages_are_refused() {
    let schema = one(DataType::Int32);
    let compressed = NUMBERS.with(MetadataVersion::V5, |builder, args| {
        args.compression = Some(ipc::BodyCompression::create(
            builder,
            &ipc::BodyCompressionArgs::default(),
        ));
    });
    let views = NUMBERS.with(MetadataVersion::V5, |builder, args| {
        args.variadicBufferCounts = Some(builder.create_vector(&[1i64]));
    });
    for bytes in [compressed, views] {
        let error = frame::decode_batch(&schema, &bytes).unwrap_err();
        assert!(matches!(error, BlockError::Unsupported { .. }), "{error}");
    }
    let dictionary = message(
        MessageHeader::DictionaryBatch,
        MetadataVersion::V5,
        &[],
        |builder| {
            ipc::DictionaryBatch::create(builder, &ipc::DictionaryBatchArgs::default())
                .as_union_value()
        },
    );
    for bytes in [dictionary, frame::encode_schema(&schema)] {
        let error = frame::decode_batch(&schema, &bytes).unwrap_err();
        assert!(matches!(error, BlockError::MessageKind { .. }), "{error}");
    }
    let error = frame::decode_schema(&NUMBERS.bytes()).unwrap_err();
    assert!(
        matches!(error, BlockError::MessageKind { expected: "schema" }),
        "{error}"
    );
}

#[test]
fn nodes_and_buffers_are_as_many_as_the_schema_calls_for() {
    for nodes in [&[][..], &[(3, 1), (3, 1)]] {
        Forged { nodes, ..NUMBERS }.refused(DataType::Int32, "field nodes, expected 1");
    }
    for buffers in [&[][..], &[(0, 1)], &[(0, 1), (8, 12), (0, 0)]] {
        Forged { buffers, ..NUMBERS }.refused(DataType::Int32, "buffers, expected 2");
    }
    NUMBERS.refused(DataType::Utf8, "2 buffers, expected 3");
    NUMBERS.refused(list(DataType::Int32), "1 field nodes, expected 2");
}

#[test]
fn lengths_and_nulls_are_possible_ones() {
    for node in [
        (-1, 0),
        (3, -1),
        (3, 4),
        (1 << 62, 0),
        (i64::MAX, i64::MAX),
        (i64::MIN, 0),
    ] {
        Forged {
            nodes: &[node],
            ..NUMBERS
        }
        .refused(DataType::Int32, "column `c` announces");
    }
    // Fewer or more nulls than the bits say, and no bits for nulls.
    for nulls in [2, 3] {
        Forged {
            nodes: &[(3, nulls)],
            ..NUMBERS
        }
        .refused(DataType::Int32, "column `c` has 1 nulls");
    }
    Forged {
        buffers: &[(0, 0), (8, 12)],
        ..NUMBERS
    }
    .refused(DataType::Int32, "0 bytes of validity, expected 1");
    // The batch and its column differ.
    for rows in [0, 2, 4] {
        Forged { rows, ..NUMBERS }.refused(DataType::Int32, "column `c` has 3 values");
    }
    Forged {
        rows: 1 << 62,
        ..NUMBERS
    }
    .refused(DataType::Int32, "rows, at most 2147483647");
    Forged {
        rows: 150,
        nodes: &[(150, 0)],
        ..NUMBERS
    }
    .refused(DataType::Int32, "12 bytes of values, expected 600");
}

#[test]
fn buffers_lie_in_the_body_and_not_upon_each_other() {
    for buffer in [
        (-8, 12),
        (8, -12),
        (16, 12),
        (8, i64::MAX),
        (i64::MAX, 1),
        (25, 0),
    ] {
        let buffers = &[(0, 1), buffer];
        Forged { buffers, ..NUMBERS }.refused(DataType::Int32, "malformed");
    }
    Forged {
        buffers: &[(0, 24), (8, 12)],
        ..NUMBERS
    }
    .refused(DataType::Int32, "malformed");
    let mut cut = NUMBERS.bytes();
    cut.pop();
    let error = frame::decode_batch(&one(DataType::Int32), &cut).unwrap_err();
    assert!(
        matches!(
            error,
            BlockError::Truncated {
                needed: 24,
                got: 23
            }
        ),
        "{error}"
    );
}

#[test]
fn values_that_are_not_aligned_are_read_all_the_same() {
    let mut body = vec![0; 3];
    body.extend([7i64, 8].iter().flat_map(|number| number.to_le_bytes()));
    let batch = forged(2, &[(2, 0)], &[(0, 0), (3, 16)], &body);
    let batch = batch.read(DataType::Int64).unwrap();
    let column = batch
        .column(0)
        .as_primitive::<arrow::datatypes::Int64Type>();
    assert_eq!(column.values(), &[7, 8]);

    let mut body = vec![0; 1];
    body.extend([0i32, 1, 3].iter().flat_map(|offset| offset.to_le_bytes()));
    body.extend(*b"abc");
    let text = forged(2, &[(2, 0)], &[(0, 0), (1, 12), (13, 3)], &body);
    let batch = text.read(DataType::Utf8).unwrap();
    assert_eq!(batch.column(0).as_string::<i32>().value(1), "bc");
    let nodes = &[(2, 0), (3, 0)];
    let buffers = &[(0, 0), (1, 12), (0, 0), (13, 3)];
    let lists = Forged {
        nodes,
        buffers,
        ..text
    };
    let batch = lists.read(list(DataType::Int8)).unwrap();
    assert_eq!(batch.column(0).as_list::<i32>().value_length(1), 2);
}

#[test]
fn offsets_rise_within_the_values() {
    for offsets in [
        [0, 2, 1],
        [-1, 0, 1],
        [0, 1, 4],
        [2, 2, i32::MAX],
        [i32::MIN, 0, 0],
    ] {
        let mut body: Vec<u8> = offsets
            .iter()
            .flat_map(|offset| offset.to_le_bytes())
            .collect();
        body.extend([0; 4]);
        body.extend(*b"abc");
        let text = forged(2, &[(2, 0)], &[(0, 0), (0, 12), (16, 3)], &body);
        for data_type in [DataType::Utf8, DataType::Binary] {
            assert!(
                matches!(text.read(data_type), Err(BlockError::Values { .. })),
                "{offsets:?}"
            );
        }
        let lists = Forged {
            nodes: &[(2, 0), (3, 0)],
            buffers: &[(0, 0), (0, 12), (0, 0), (16, 3)],
            ..text
        };
        lists.refused(list(DataType::Int8), "offsets of column `c`");
    }
    let body = [0; 8];
    let short = forged(2, &[(2, 0)], &[(0, 0), (0, 8), (0, 0)], &body);
    short.refused(DataType::Utf8, "8 bytes of offsets, expected 12");
    let lists = Forged {
        nodes: &[(2, 0), (0, 0)],
        buffers: &[(0, 0), (0, 8), (0, 0), (0, 0)],
        ..short
    };
    lists.refused(list(DataType::Int8), "8 bytes of offsets, expected 12");
}

#[test]
fn text_is_utf8() {
    let mut body: Vec<u8> = [0i32, 1, 3]
        .iter()
        .flat_map(|offset| offset.to_le_bytes())
        .collect();
    body.extend([0; 4]);
    let read = |text: [u8; 3]| {
        let body = [&body[..], &text].concat();
        let batch = forged(2, &[(2, 0)], &[(0, 0), (0, 12), (16, 3)], &body);
        batch.read(DataType::Utf8)
    };
    assert!(read(*b"a\xc3\xa9").is_ok());
    // Not UTF-8 at all, and a character that two values share.
    for text in [*b"a\xff\xff", *b"\xc3\xa9a"] {
        let error = read(text).unwrap_err();
        assert!(matches!(error, BlockError::Values { .. }), "{error}");
    }
}

#[test]
fn values_without_bytes_are_bounded() {
    let free = i64::try_from(MAX_FREE_VALUES).unwrap();
    let no_children = DataType::Struct(Fields::empty());
    let bytes = DataType::FixedSizeBinary(0);
    for len in [1, MAX_FREE_VALUES] {
        let rows = i64::try_from(len).unwrap();
        let (nulls, values) = ([(rows, rows)], [(rows, 0)]);
        let read = |batch: Forged<'_>, data_type| batch.read(data_type).unwrap().column(0).len();
        assert_eq!(read(forged(rows, &nulls, &[], &[]), DataType::Null), len);
        let batch = forged(rows, &values, &[(0, 0)], &[]);
        assert_eq!(read(batch, no_children.clone()), len);
        let batch = forged(rows, &values, &[(0, 0), (0, 0)], &[]);
        assert_eq!(read(batch, bytes.clone()), len);
    }
    for rows in [free + 1, i64::from(i32::MAX)] {
        let (nulls, values) = ([(rows, rows)], [(rows, 0)]);
        forged(rows, &nulls, &[], &[]).refused(DataType::Null, "at most 65536");
        let batch = forged(rows, &values, &[(0, 0)], &[]);
        batch.refused(no_children.clone(), "at most 65536");
        let batch = forged(rows, &values, &[(0, 0), (0, 0)], &[]);
        batch.refused(bytes.clone(), "at most 65536");
    }
    // Nulls that are none.
    forged(3, &[(3, 0)], &[], &[]).refused(DataType::Null, "0 nulls, expected 3");
}

#[test]
fn fixed_sizes_do_not_overflow() {
    const ROWS: i64 = 60_000;
    const ZERO: (i64, i64) = (0, 0);
    let wide = forged(ROWS, &[(ROWS, 0)], &[ZERO, ZERO], &[]);
    wide.refused(
        DataType::FixedSizeBinary(i32::MAX),
        "expected 128849018820000",
    );
    wide.refused(DataType::FixedSizeBinary(-1), "FixedSizeBinary(-1)");
    let lists = forged(ROWS, &[(ROWS, 0), (ROWS, 0)], &[ZERO, ZERO], &[]);
    let nothing = DataType::Struct(Fields::empty());
    lists.refused(lists_of(i32::MAX, nothing.clone()), "values in its lists");
    lists.refused(lists_of(-1, nothing.clone()), "FixedSizeList");
    assert!(lists.read(lists_of(1, nothing.clone())).is_ok());
    let empty = forged(ROWS, &[(ROWS, 0), ZERO], &[ZERO, ZERO], &[]);
    assert_eq!(empty.read(lists_of(0, nothing)).unwrap().num_rows(), 60_000);
}

#[test]
fn members_are_as_long_as_their_struct_and_named_with_it() {
    let inner = DataType::Struct(vec![Field::new("m", DataType::Int8, true)].into());
    let batch = forged(2, &[(2, 0), (3, 0)], &[(0, 0), (0, 0), (0, 8)], &[0; 8]);
    batch.refused(inner, "column `c.m` has 3 values, expected 2");
}

#[test]
fn nulls_where_the_schema_has_none_are_refused() {
    let schema = Arc::new(Schema::new(vec![Field::new("c", DataType::Int32, false)]));
    let error = frame::decode_batch(&schema, &NUMBERS.bytes()).unwrap_err();
    assert!(matches!(error, BlockError::Decode { .. }), "{error}");
    let field = Field::new("c", DataType::Null, false);
    let schema = Arc::new(Schema::new(vec![field]));
    let error = frame::decode_batch(&schema, &forged(3, &[(3, 3)], &[], &[]).bytes()).unwrap_err();
    assert!(matches!(error, BlockError::Mismatch { .. }), "{error}");
    assert!(frame::decode_batch(&schema, &forged(0, &[(0, 0)], &[], &[]).bytes()).is_ok());
}

#[test]
fn a_length_that_is_not_there_is_a_truncated_message() {
    for header in [
        &[][..],
        &[1, 0, 0],
        &[0xff; 4],
        &[0xff; 8],
        &[8, 0, 0, 0, 1],
        &[0; 4],
        &[0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0],
    ] {
        assert!(frame::decode_schema(header).is_err());
        assert!(frame::decode_batch(&one(DataType::Int8), header).is_err());
    }
    let huge = [&[0xff; 4][..], &i32::MAX.to_le_bytes(), &[0; 64]].concat();
    let error = frame::decode_schema(&huge).unwrap_err();
    assert!(
        matches!(
            error,
            BlockError::Truncated {
                needed: 0x8000_0007,
                got: 72
            }
        ),
        "{error}"
    );
}

#[test]
fn columns_share_the_bytes_of_the_body() {
    let batch = NUMBERS.read(DataType::Int32).unwrap();
    let data = batch.column(0).to_data();
    // The one copy is the body; validity and values are parts of it.
    let values: &Buffer = &data.buffers()[0];
    assert_eq!(values.data_ptr(), data.nulls().unwrap().buffer().data_ptr());
}
