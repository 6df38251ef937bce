//! Schemas that no schema of the protocol is, and flatbuffers that share their parts.

use super::forged::{Builder, field, message, one, schema_with, text};
use crate::block::{BlockError, frame};
use arrow::datatypes::{DataType, Field, Schema};
use arrow::ipc::{self, MessageHeader, MetadataVersion};
use flatbuffers::{UnionWIPOffset, WIPOffset};
use std::sync::Arc;

/// The schema of one field of a type is refused, with this message.
#[track_caller]
fn refused<'a>(
    kind: ipc::Type,
    children: usize,
    make: impl FnOnce(&mut Builder<'a>) -> WIPOffset<UnionWIPOffset>,
    expected: &str,
) {
    let bytes = schema_with(ipc::Endianness::Little, |builder| {
        field(builder, kind, children, make)
    });
    let error = frame::decode_schema(&bytes).unwrap_err();
    assert!(error.to_string().contains(expected), "{error}");
}

/// The same for a type of these parameters with as many children.
macro_rules! refused {
    ($table:ident: $args:ident { $($name:ident: $value:expr),* }, $children:expr => $expected:expr) => {
        refused(
            ipc::Type::$table,
            $children,
            |builder| ipc::$table::create(builder, &ipc::$args { $($name: $value),* }).as_union_value(),
            $expected,
        )
    };
}

#[test]
fn a_type_with_impossible_parameters_is_named() {
    use ipc::{DateUnit, IntervalUnit, Precision, TimeUnit};
    refused!(Int: IntArgs { bitWidth: 7, is_signed: true }, 0 => "column `c` has the type Int of 7 bits");
    refused!(FloatingPoint: FloatingPointArgs { precision: Precision(9) }, 0 => "FloatingPoint");
    refused!(Date: DateArgs { unit: DateUnit(-3) }, 0 => "the type Date,");
    refused!(Time: TimeArgs { unit: TimeUnit::NANOSECOND, bitWidth: 32 }, 0 => "Time of 32 bits and unit 3");
    refused!(Time: TimeArgs { unit: TimeUnit::SECOND, bitWidth: 64 }, 0 => "Time of 64 bits and unit 0");
    refused!(Time: TimeArgs { unit: TimeUnit::SECOND, bitWidth: 8 }, 0 => "Time of 8 bits");
    refused!(Timestamp: TimestampArgs { unit: TimeUnit(4), timezone: None }, 0 => "Timestamp");
    refused!(Interval: IntervalArgs { unit: IntervalUnit(3) }, 0 => "Interval");
    refused!(FixedSizeBinary: FixedSizeBinaryArgs { byteWidth: -1 }, 0 => "FixedSizeBinary(-1)");
    let decimals = [
        (0, 0, 128),
        (39, 0, 128),
        (9, 10, 128),
        (-1, 0, 128),
        (9, -300, 128),
        (9, 2, 256),
        (9, 2, 0),
    ];
    for (precision, scale, bits) in decimals {
        let expected = format!("Decimal({precision}, {scale}) of {bits} bits");
        refused!(Decimal: DecimalArgs { precision: precision, scale: scale, bitWidth: bits }, 0 => &expected);
    }
}

#[test]
fn types_that_the_protocol_lacks_are_named() {
    use ipc::{TimeUnit, UnionMode};
    refused!(LargeUtf8: LargeUtf8Args {}, 0 => "`c` has the type LargeUtf8");
    refused!(LargeBinary: LargeBinaryArgs {}, 0 => "LargeBinary");
    refused!(LargeList: LargeListArgs {}, 1 => "LargeList");
    refused!(Utf8View: Utf8ViewArgs {}, 0 => "Utf8View");
    refused!(BinaryView: BinaryViewArgs {}, 0 => "BinaryView");
    refused!(ListView: ListViewArgs {}, 1 => "ListView");
    refused!(LargeListView: LargeListViewArgs {}, 1 => "LargeListView");
    refused!(RunEndEncoded: RunEndEncodedArgs {}, 2 => "RunEndEncoded");
    refused!(Union: UnionArgs { mode: UnionMode::Sparse, typeIds: None }, 2 => "Union");
    refused!(Duration: DurationArgs { unit: TimeUnit::SECOND }, 0 => "Duration");
    let unknown = ipc::Type(99);
    refused(
        unknown,
        0,
        |builder| ipc::Utf8::create(builder, &ipc::Utf8Args {}).as_union_value(),
        "number 99",
    );
    let bytes = schema_with(ipc::Endianness::Little, |builder| {
        let encoding = Some(ipc::DictionaryEncoding::create(
            builder,
            &ipc::DictionaryEncodingArgs::default(),
        ));
        let type_ = Some(ipc::Utf8::create(builder, &ipc::Utf8Args {}).as_union_value());
        let args = ipc::FieldArgs {
            dictionary: encoding,
            type_type: ipc::Type::Utf8,
            type_,
            ..Default::default()
        };
        ipc::Field::create(builder, &args)
    });
    let error = frame::decode_schema(&bytes).unwrap_err();
    assert!(error.to_string().contains("the type Dictionary"), "{error}");
}

#[test]
fn children_have_to_fit_their_type() {
    for children in [0, 2] {
        refused!(List: ListArgs {}, children => "exactly one child");
        refused!(Map: MapArgs { keysSorted: false }, children => "exactly one child");
        refused!(FixedSizeList: FixedSizeListArgs { listSize: 1 }, children => "exactly one child");
    }
    refused!(FixedSizeList: FixedSizeListArgs { listSize: -1 }, 1 => "negative size");
    refused!(Map: MapArgs { keysSorted: true }, 1 => "entries of a map are not a struct");
    refused!(Utf8: Utf8Args {}, 1 => "a type without children has some");
    let nulls = DataType::FixedSizeList(Arc::new(Field::new("i", DataType::Null, true)), 2);
    let error = frame::decode_schema(&frame::encode_schema(&one(nulls))).unwrap_err();
    assert!(error.to_string().contains("consists of nulls"), "{error}");
    for (nullable_entries, nullable_key, columns) in
        [(true, false, 2), (false, true, 2), (false, false, 3)]
    {
        let pair: Vec<Field> = (0..columns)
            .map(|at| Field::new("k", DataType::Utf8, at > 0 || nullable_key))
            .collect();
        let entries = Field::new("entries", DataType::Struct(pair.into()), nullable_entries);
        let schema = one(DataType::Map(Arc::new(entries), false));
        let error = frame::decode_schema(&frame::encode_schema(&schema)).unwrap_err();
        assert!(matches!(error, BlockError::MalformedType { .. }), "{error}");
    }
}

#[test]
fn what_a_field_leaves_out_has_a_meaning_or_is_refused() {
    let bytes = schema_with(ipc::Endianness::Little, |builder| {
        let mut decimal = ipc::DecimalBuilder::new(builder);
        decimal.add_precision(38);
        decimal.add_scale(9);
        let type_ = Some(decimal.finish().as_union_value());
        ipc::Field::create(
            builder,
            &ipc::FieldArgs {
                type_type: ipc::Type::Decimal,
                type_,
                ..Default::default()
            },
        )
    });
    // Neither a name, nor children, nor a width.
    let schema = frame::decode_schema(&bytes).unwrap();
    assert_eq!(
        schema.field(0),
        &Field::new("", DataType::Decimal128(38, 9), false)
    );
    let bytes = schema_with(ipc::Endianness::Little, |builder| {
        ipc::Field::create(builder, &ipc::FieldArgs::default())
    });
    let error = frame::decode_schema(&bytes).unwrap_err();
    assert!(
        matches!(error, BlockError::UnsupportedType { .. }),
        "{error}"
    );
    let bytes = message(MessageHeader::Schema, MetadataVersion::V4, &[], |builder| {
        ipc::Schema::create(builder, &ipc::SchemaArgs::default()).as_union_value()
    });
    assert_eq!(frame::decode_schema(&bytes).unwrap(), Schema::empty());
}

#[test]
fn big_endian_schemas_and_other_versions_are_refused() {
    let bytes = schema_with(ipc::Endianness::Big, |builder| text(builder));
    let error = frame::decode_schema(&bytes).unwrap_err();
    assert!(error.to_string().contains("big-endian"), "{error}");
    for version in [0, 1, 2, 5, -1].map(MetadataVersion) {
        let bytes = message(MessageHeader::Schema, version, &[], |builder| {
            ipc::Schema::create(builder, &ipc::SchemaArgs::default()).as_union_value()
        });
        let error = frame::decode_schema(&bytes).unwrap_err();
        assert!(matches!(error, BlockError::Unsupported { .. }), "{error}");
    }
}

/// A tree of 2^18 fields in some hundred bytes, since each level refers twice to the one below.
#[test]
fn tables_that_are_shared_do_not_multiply() {
    let bytes = schema_with(ipc::Endianness::Little, |builder| {
        let mut below = text(builder);
        for _ in 0..18 {
            let children = Some(builder.create_vector(&[below, below]));
            let type_ = Some(ipc::Struct_::create(builder, &ipc::Struct_Args {}).as_union_value());
            let args = ipc::FieldArgs {
                type_type: ipc::Type::Struct_,
                type_,
                children,
                ..Default::default()
            };
            below = ipc::Field::create(builder, &args);
        }
        below
    });
    let error = frame::decode_schema(&bytes).unwrap_err();
    assert!(matches!(error, BlockError::Metadata { .. }), "{error}");
}

/// Ten thousand columns that share one name of a hundred kilobytes.
#[test]
fn text_that_is_shared_does_not_multiply() {
    let bytes = message(MessageHeader::Schema, MetadataVersion::V5, &[], |builder| {
        let name = builder.create_string(&"n".repeat(100_000));
        let fields: Vec<_> = (0..10_000)
            .map(|_| {
                let type_ = Some(ipc::Utf8::create(builder, &ipc::Utf8Args {}).as_union_value());
                let args = ipc::FieldArgs {
                    name: Some(name),
                    type_type: ipc::Type::Utf8,
                    type_,
                    ..Default::default()
                };
                ipc::Field::create(builder, &args)
            })
            .collect();
        let fields = Some(builder.create_vector(&fields));
        ipc::Schema::create(
            builder,
            &ipc::SchemaArgs {
                fields,
                ..Default::default()
            },
        )
        .as_union_value()
    });
    let error = frame::decode_schema(&bytes).unwrap_err();
    assert!(matches!(error, BlockError::Metadata { .. }), "{error}");
}

#[test]
fn an_error_shows_no_more_than_the_ends_of_long_names() {
    let long = "long".repeat(1_000);
    let mut data_type = DataType::LargeUtf8;
    for _ in 0..50 {
        data_type = DataType::Struct(vec![Field::new(&long, data_type, true)].into());
    }
    let error = frame::decode_schema(&frame::encode_schema(&one(data_type))).unwrap_err();
    assert!(error.to_string().len() < 500, "{error}");
    assert!(error.to_string().contains("LargeUtf8"), "{error}");
}
