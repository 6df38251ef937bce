//! Types, schemas and blocks of all kinds, nested ones too.

use super::arbitrary::{any_map, any_text};
use crate::block::Block;
use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Float32Array,
    Float64Array, Int8Array, Int16Array, Int32Array, Int64Array, ListArray, MapArray, RecordBatch,
    StringArray, StructArray, TimestampMicrosecondArray, TimestampMillisecondArray,
};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use proptest::collection::vec;
use proptest::prelude::*;
use std::sync::Arc;

pub(super) fn any_flat_type() -> BoxedStrategy<DataType> {
    let zone = || proptest::sample::select(vec!["UTC", "America/New_York", "+01:00"]);
    prop_oneof![
        proptest::sample::select(vec![
            DataType::Utf8,
            DataType::Binary,
            DataType::Boolean,
            DataType::Int8,
            DataType::Int16,
            DataType::Int32,
            DataType::Int64,
            DataType::Float32,
            DataType::Float64,
            DataType::Date32,
            DataType::Date64,
        ]),
        (20u8..=38, 0i8..=18).prop_map(|(digits, places)| DataType::Decimal128(digits, places)),
        zone().prop_map(|zone| DataType::Timestamp(TimeUnit::Millisecond, Some(zone.into()))),
        zone().prop_map(|zone| DataType::Timestamp(TimeUnit::Microsecond, Some(zone.into()))),
    ]
    .boxed()
}

pub(super) fn any_type() -> BoxedStrategy<DataType> {
    any_flat_type()
        .prop_recursive(3, 8, 3, |inner| {
            let child = inner.clone();
            prop_oneof![
                (any_text(), child).prop_map(|(name, child)| {
                    DataType::List(Arc::new(Field::new(name, child, true)))
                }),
                vec((any_text(), inner.clone()), 1..3).prop_map(|children| {
                    let fields = children.into_iter();
                    DataType::Struct(
                        fields
                            .map(|(name, child)| Field::new(name, child, true))
                            .collect(),
                    )
                }),
                (any_flat_type(), inner).prop_map(|(key, value)| {
                    let entries = Fields::from(vec![
                        Field::new("key", key, false),
                        Field::new("value", value, true),
                    ]);
                    let entries = Field::new("entries", DataType::Struct(entries), false);
                    DataType::Map(Arc::new(entries), false)
                }),
            ]
        })
        .boxed()
}

pub(super) fn any_schema() -> BoxedStrategy<SchemaRef> {
    let fields = vec((any_text(), any_type(), any::<bool>()), 0..4);
    (fields, any_map())
        .prop_map(|(fields, metadata)| {
            let fields = fields.into_iter();
            let fields: Vec<Field> = fields
                .map(|(name, of, null)| Field::new(name, of, null))
                .collect();
            Arc::new(Schema::new_with_metadata(
                fields,
                metadata.into_iter().collect(),
            ))
        })
        .boxed()
}

pub(super) fn any_block() -> BoxedStrategy<Block> {
    (any_schema(), vec(any::<u64>(), 0..5))
        .prop_map(|(schema, seeds)| {
            if schema.fields().is_empty() || seeds.is_empty() {
                return Block::empty(schema);
            }
            let columns = schema.fields().iter().enumerate().map(|(index, field)| {
                let salt = u64::try_from(index).unwrap() << 3;
                let seeds = seeds
                    .iter()
                    .map(|seed| (seed ^ salt) | u64::from(!field.is_nullable()));
                column(field.data_type(), &seeds.collect::<Vec<_>>())
            });
            let columns = columns.collect();
            Block::new(RecordBatch::try_new(schema, columns).unwrap())
        })
        .boxed()
}

/// The block of a value set or a constant.
pub(super) fn values(data_type: &DataType, seeds: &[u64]) -> Block {
    let schema = Schema::new(vec![Field::new("col1", data_type.clone(), true)]);
    let seeds: Vec<u64> = seeds.iter().map(|seed| seed | 1).collect();
    Block::new(RecordBatch::try_new(schema.into(), vec![column(data_type, &seeds)]).unwrap())
}

/// A column with a cell for each seed: null if it is even, except in the keys of a map.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "any bits will do"
)]
pub(super) fn column(data_type: &DataType, seeds: &[u64]) -> ArrayRef {
    let cells = || seeds.iter().map(|seed| (seed % 2 == 1).then_some(*seed));
    let bits = || cells().map(|cell| cell.map(|seed| (seed >> 1) as i64));
    let float = |seed: u64| match seed % 7 {
        0 => f64::INFINITY,
        1 => -0.0,
        _ => (seed >> 3) as i64 as f64 / 3.0,
    };
    match data_type {
        DataType::Utf8 => Arc::new(
            cells()
                .map(|cell| cell.map(|seed| format!("{}ä😀", seed >> 60)))
                .collect::<StringArray>(),
        ),
        DataType::Binary => Arc::new(
            cells()
                .map(|cell| cell.map(|seed| seed.to_le_bytes()[..(seed % 9) as usize].to_vec()))
                .collect::<BinaryArray>(),
        ),
        DataType::Boolean => Arc::new(
            cells()
                .map(|cell| cell.map(|seed| seed & 2 == 0))
                .collect::<BooleanArray>(),
        ),
        DataType::Int8 => Arc::new(
            bits()
                .map(|bits| bits.map(|b| b as i8))
                .collect::<Int8Array>(),
        ),
        DataType::Int16 => Arc::new(
            bits()
                .map(|bits| bits.map(|b| b as i16))
                .collect::<Int16Array>(),
        ),
        DataType::Int32 => Arc::new(
            bits()
                .map(|bits| bits.map(|b| b as i32))
                .collect::<Int32Array>(),
        ),
        DataType::Int64 => Arc::new(bits().collect::<Int64Array>()),
        DataType::Float32 => Arc::new(
            cells()
                .map(|cell| cell.map(|seed| float(seed) as f32))
                .collect::<Float32Array>(),
        ),
        DataType::Float64 => Arc::new(
            cells()
                .map(|cell| cell.map(float))
                .collect::<Float64Array>(),
        ),
        DataType::Date32 => Arc::new(
            bits()
                .map(|bits| bits.map(|b| b as i32))
                .collect::<Date32Array>(),
        ),
        DataType::Date64 => Arc::new(bits().collect::<Date64Array>()),
        DataType::Decimal128(precision, scale) => {
            let digits = bits()
                .map(|bits| bits.map(i128::from))
                .collect::<Decimal128Array>();
            Arc::new(digits.with_precision_and_scale(*precision, *scale).unwrap())
        }
        DataType::Timestamp(TimeUnit::Millisecond, zone) => {
            let column = bits().collect::<TimestampMillisecondArray>();
            Arc::new(column.with_timezone_opt(zone.clone()))
        }
        DataType::Timestamp(TimeUnit::Microsecond, zone) => {
            let column = bits().collect::<TimestampMicrosecondArray>();
            Arc::new(column.with_timezone_opt(zone.clone()))
        }
        DataType::List(child) => {
            let (offsets, items) = items(seeds);
            let items = column(child.data_type(), &items);
            Arc::new(ListArray::new(child.clone(), offsets, items, nulls(seeds)))
        }
        DataType::Struct(fields) => {
            let children = fields
                .iter()
                .map(|child| column(child.data_type(), seeds))
                .collect();
            Arc::new(StructArray::new(fields.clone(), children, nulls(seeds)))
        }
        DataType::Map(entries, sorted) => {
            let (offsets, items) = items(seeds);
            let items = map_entries(entries, &items);
            Arc::new(MapArray::new(
                entries.clone(),
                offsets,
                items,
                nulls(seeds),
                *sorted,
            ))
        }
        other => panic!("no cells of {other}"),
    }
}

fn map_entries(entries: &FieldRef, items: &[u64]) -> StructArray {
    let DataType::Struct(fields) = entries.data_type() else {
        panic!("the entries of a map are structs")
    };
    let keys: Vec<u64> = items.iter().map(|seed| seed | 1).collect();
    let children = vec![
        column(fields[0].data_type(), &keys),
        column(fields[1].data_type(), items),
    ];
    StructArray::new(fields.clone(), children, None)
}

/// Up to three items a cell, none in a null.
fn items(seeds: &[u64]) -> (OffsetBuffer<i32>, Vec<u64>) {
    let lengths = seeds
        .iter()
        .map(|seed| usize::try_from(seed % 2 * (seed >> 5) % 4).unwrap());
    let lengths: Vec<usize> = lengths.collect();
    let cells = seeds.iter().zip(&lengths);
    let items = cells.flat_map(|(seed, length)| {
        let item = |at: usize| seed.rotate_left(9 * u32::try_from(at).unwrap() + 7);
        (0..*length).map(item).collect::<Vec<_>>()
    });
    let items = items.collect();
    (OffsetBuffer::from_lengths(lengths), items)
}

fn nulls(seeds: &[u64]) -> Option<NullBuffer> {
    let nulls = seeds
        .iter()
        .map(|seed| seed % 2 == 1)
        .collect::<NullBuffer>();
    (nulls.null_count() > 0).then_some(nulls)
}
