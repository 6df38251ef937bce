use super::*;
use crate::block::Block;
use crate::timestamp::{Zone, pack};
use arrow::array::{
    ArrayRef, BinaryArray, BooleanArray, Date32Array, Date64Array, Decimal128Array, Float32Array,
    Float64Array, Int8Array, Int32Array, Int64Array, ListArray, MapArray, RecordBatch, StringArray,
    StructArray, TimestampMicrosecondArray, TimestampMillisecondArray, UInt8Array, UInt32Array,
    new_null_array,
};
use arrow::buffer::{OffsetBuffer, ScalarBuffer};
use arrow::compute::take;
use arrow::datatypes::{DataType, Field, Fields, Schema};
use proptest::prelude::*;
use proptest::sample::Index;
use std::sync::Arc;

fn decimals(precision: u8, scale: i8, values: &[i128]) -> ArrayRef {
    let array = Decimal128Array::from_iter_values(values.iter().copied());
    Arc::new(array.with_precision_and_scale(precision, scale).unwrap())
}

fn timestamps() -> ArrayRef {
    let zones = [
        "UTC",
        "-00:01",
        "+05:30",
        "+14:00",
        "America/New_York",
        "Europe/Berlin",
        "Europe/Paris",
        "Asia/Kolkata",
    ];
    let mut packed: Vec<i64> = zones
        .iter()
        .flat_map(|id| {
            [-1, 0, 1_700_000_000_000].map(|at| pack(at, Zone::from_id(id).unwrap()).unwrap())
        })
        .collect();
    // A key that is of no zone.
    packed.extend([4095, 2040]);
    Arc::new(TimestampMillisecondArray::from(packed).with_timezone("UTC"))
}

fn lists(element: &str, values: ArrayRef, lengths: &[usize]) -> ArrayRef {
    let field = Arc::new(Field::new(element, values.data_type().clone(), true));
    let offsets = OffsetBuffer::from_lengths(lengths.iter().copied());
    Arc::new(ListArray::new(field, offsets, values, None))
}

fn nans() -> ArrayRef {
    let payload = f64::from_bits(0x7ff8_0000_dead_beef);
    Arc::new(Float64Array::from(vec![
        f64::NAN,
        payload,
        -f64::NAN,
        -0.0,
        0.0,
        1.0,
    ]))
}

fn structs(name: &str) -> ArrayRef {
    let fields = Fields::from(vec![
        Field::new(name, DataType::Utf8, true),
        Field::new("b", DataType::Decimal128(38, 9), true),
    ]);
    let texts = StringArray::from(vec![Some("x"), Some("x"), None, Some("")]);
    let columns = vec![Arc::new(texts) as ArrayRef, decimals(38, 9, &[1, 2, 1, 0])];
    Arc::new(StructArray::new(fields, columns, None))
}

fn maps() -> ArrayRef {
    let fields = Fields::from(vec![
        Field::new("key", DataType::Utf8, false),
        Field::new("value", DataType::Int32, true),
    ]);
    let keys = StringArray::from(vec!["a", "a", "b", "b", "a"]);
    let values = Int32Array::from(vec![1, 1, 2, 2, 1]);
    Arc::new(MapArray::new(
        Arc::new(Field::new_struct("entries", fields.clone(), false)),
        OffsetBuffer::new(ScalarBuffer::from(vec![0, 1, 1, 3, 5])),
        StructArray::new(fields, vec![Arc::new(keys), Arc::new(values)], None),
        None,
        false,
    ))
}

/// Every type with the values at which its order is easily mistaken; similar types stand side by side.
fn pools() -> Vec<ArrayRef> {
    let ints = |values: Vec<i32>| -> ArrayRef { Arc::new(Int32Array::from(values)) };
    let digits = 10i128.pow(38) - 1;
    vec![
        Arc::new(StringArray::from(vec![
            "",
            "a",
            "ab",
            "\u{d7ff}",
            "\u{e000}",
            "\u{ffff}",
            "\u{10000}",
            "\u{10ffff}",
            "a\u{e000}",
            "a\u{1f600}",
        ])),
        Arc::new(BinaryArray::from_vec(vec![
            b"",
            b"a",
            b"ab",
            b"\x7f",
            b"\x80",
            b"\xff",
            b"\xff\x00",
        ])),
        Arc::new(BooleanArray::from(vec![false, true])),
        Arc::new(Int8Array::from(vec![i8::MIN, -1, 0, 1, i8::MAX])),
        ints(vec![i32::MIN, -1, 0, 1, 127, i32::MAX]),
        Arc::new(Int64Array::from(vec![i64::MIN, -1, 0, 1, 127, i64::MAX])),
        Arc::new(Date32Array::from(vec![i32::MIN, -1, 0, 1, 19_000])),
        Arc::new(Date64Array::from(vec![
            i64::MIN,
            -1,
            0,
            1,
            1_700_000_000_000,
        ])),
        Arc::new(Float32Array::from(vec![
            f32::NEG_INFINITY,
            -1.5,
            -0.0,
            0.0,
            f32::MIN_POSITIVE,
            1.5,
            f32::INFINITY,
            f32::NAN,
            f32::from_bits(0xffc0_beef),
        ])),
        Arc::new(Float64Array::from(vec![
            f64::NEG_INFINITY,
            -1.5,
            -0.0,
            0.0,
            f64::MIN_POSITIVE,
            1.5,
            f64::INFINITY,
            f64::NAN,
            f64::from_bits(0x7ff8_0000_dead_beef),
            -f64::NAN,
        ])),
        decimals(
            38,
            9,
            &[
                -digits,
                -1_000_000_000,
                -1,
                0,
                1,
                999_999_999,
                1_000_000_000,
                digits,
            ],
        ),
        decimals(38, 0, &[-digits, -1, 0, 1, digits]),
        decimals(38, 38, &[-digits, -1, 0, 1, digits]),
        decimals(38, -5, &[-digits, -1, 0, 1, digits]),
        timestamps(),
        Arc::new(TimestampMicrosecondArray::from(vec![-1, 0, 1]).with_timezone("UTC")),
        lists("item", ints(vec![1, 2, 1, 2, 2, 1, 1]), &[2, 0, 2, 2, 1]),
        lists("tags.element", ints(vec![1, 2, 3]), &[2, 1, 0]),
        lists("item", nans(), &[1, 1, 1, 1, 1, 1, 0]),
        structs("a"),
        structs("other"),
        maps(),
    ]
}

#[derive(Debug, Clone)]
enum Shape {
    Ranges(Vec<[(Option<Index>, bool); 2]>),
    Points(Vec<Index>),
    Listed(Vec<Option<Index>>, bool),
    AllOrNone(bool),
}

fn shape() -> impl Strategy<Value = Shape> {
    let end = || {
        (
            proptest::option::weighted(0.9, any::<Index>()),
            any::<bool>(),
        )
    };
    let few = 0..5usize;
    prop_oneof![
        4 => proptest::collection::vec([end(), end()], few.clone()).prop_map(Shape::Ranges),
        2 => proptest::collection::vec(any::<Index>(), few.clone()).prop_map(Shape::Points),
        3 => (proptest::collection::vec(proptest::option::weighted(0.9, any::<Index>()), few), any::<bool>())
            .prop_map(|(values, white)| Shape::Listed(values, white)),
        1 => any::<bool>().prop_map(Shape::AllOrNone),
    ]
}

/// The set of this shape over the values of `pool`.
fn set(shape: &Shape, pool: &ArrayRef, null_allowed: bool) -> ValueSet {
    let data_type = pool.data_type().clone();
    let value = |index: &Index| Scalar::of(pool, index.index(pool.len())).unwrap();
    let ranges = match shape {
        Shape::Listed(values, white_list) => {
            let rows: UInt32Array = values
                .iter()
                .map(|index| index.map(|index| u32::try_from(index.index(pool.len())).unwrap()))
                .collect();
            let column = take(pool, &rows, None).unwrap();
            let schema = Schema::new(vec![Field::new("col1", data_type, true)]);
            return ValueSet::EquatableValueSet {
                value_block: Block::new(
                    RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap(),
                ),
                white_list: *white_list,
                null_allowed,
            };
        }
        Shape::AllOrNone(all) => {
            return ValueSet::AllOrNoneValueSet {
                data_type,
                all: *all,
                null_allowed,
            };
        }
        Shape::Points(values) => values
            .iter()
            .map(|index| Range::equal(&data_type, value(index)))
            .collect(),
        Shape::Ranges(ranges) => {
            let marker = |(index, exactly): &(Option<Index>, bool), open| Marker {
                data_type: data_type.clone(),
                value: index.as_ref().map(value),
                bound: if *exactly && index.is_some() {
                    Bound::Exactly
                } else {
                    open
                },
            };
            // Neither sorted, nor disjoint, nor the right way round.
            let ranges = ranges.iter().map(|[low, high]| Range {
                low: marker(low, Bound::Above),
                high: marker(high, Bound::Below),
            });
            // Of values without order such a range would be kept, as all ranges are, until another one swallows it.
            let nested = Kind::of(&data_type) == Some(Kind::Nested);
            ranges
                .filter(|range| {
                    !nested || Range::new(range.low.clone(), range.high.clone()).is_ok()
                })
                .collect()
        }
    };
    ValueSet::SortedRangeSet {
        data_type,
        ranges,
        null_allowed,
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4096))]

    #[test]
    fn a_column_is_filtered_as_its_values_are(
        (of, to) in (any::<Index>(), prop_oneof![3 => Just(0usize), 1 => 1..4usize, 1 => 4..40usize]),
        shape in shape(),
        null_allowed: bool,
        rows in proptest::collection::vec(proptest::option::weighted(0.8, any::<Index>()), 1..20),
        skipped in 0..3usize,
    ) {
        let pools = pools();
        let of = of.index(pools.len());
        let (pool, other) = (&pools[of], &pools[(of + to) % pools.len()]);
        let mut set = set(&shape, pool, null_allowed);
        let rows: UInt32Array = rows
            .iter()
            .map(|row| row.map(|row| u32::try_from(row.index(other.len())).unwrap()))
            .collect();
        let column = take(other, &rows, None).unwrap();
        // Batches are cut, and a cut array begins within its buffers.
        let column = column.slice(skipped.min(column.len()), column.len().saturating_sub(skipped));
        let wanted: Vec<bool> = (0..column.len())
            .map(|row| set.contains(column.data_type(), Scalar::of(&column, row).as_ref()))
            .collect();
        let found = set.matches(&column).iter().collect::<Vec<_>>();
        prop_assert_eq!(&found, &wanted, "{:?} in {:?}", set, column);

        set.normalise();
        let found = set.matches(&column).iter().collect::<Vec<_>>();
        prop_assert_eq!(&found, &wanted, "{:?} in {:?}, normalised", set, column);
        let again = set.clone();
        set.normalise();
        prop_assert_eq!(format!("{set:?}"), format!("{again:?}"), "a second time changes nothing");
    }

    #[test]
    fn a_set_that_decides_keeps_no_value_that_is_outside(
        (of, to) in (any::<Index>(), 0..3usize), shape in shape(), null_allowed: bool,
    ) {
        let pools = pools();
        let of = of.index(pools.len());
        let (pool, column) = (&pools[of], &pools[(of + to) % pools.len()]);
        let set = set(&shape, pool, null_allowed);
        if !set.decides(column.data_type()) {
            return Ok(());
        }
        for row in 0..column.len() {
            let value = Scalar::of(column, row).unwrap();
            let told = match &set {
                ValueSet::SortedRangeSet { ranges, .. } => {
                    ranges.iter().any(|range| range.contains(&value) == Some(true))
                }
                ValueSet::EquatableValueSet { value_block, white_list, .. } => {
                    let listed = value_block.batch().column(0);
                    let equal = |at| Scalar::of(listed, at).is_some_and(|other| value.order(&other) == Some(std::cmp::Ordering::Equal));
                    (0..listed.len()).any(equal) == *white_list
                }
                ValueSet::AllOrNoneValueSet { all, .. } => *all,
            };
            prop_assert_eq!(set.matches(column).value(row), told);
        }
    }
}

#[test]
fn a_column_of_a_type_without_order_is_kept() {
    let set = set(&Shape::Listed(Vec::new(), true), &pools()[0], false);
    let strange: [ArrayRef; 2] = [
        Arc::new(UInt8Array::from(vec![Some(1), None])),
        Arc::new(TimestampMillisecondArray::from(vec![Some(1), None])),
    ];
    for column in strange {
        assert_eq!(
            set.matches(&column).iter().collect::<Vec<_>>(),
            [true, false]
        );
    }
    let nulls = new_null_array(&DataType::Null, 2);
    assert_eq!(set.matches(&nulls).count_set_bits(), 0);
}

#[test]
fn a_hundred_thousand_values_are_found_without_walking_through_them() {
    // Were each row compared with each value, this would take minutes.
    let many = 100_000;
    let text = |at: usize| format!("{at:06}\u{1f600}");
    let texts: ArrayRef = Arc::new(
        (0..many)
            .rev()
            .map(|at| Some(text(2 * at)))
            .collect::<StringArray>(),
    );
    let schema = Schema::new(vec![Field::new("col1", DataType::Utf8, true)]);
    let listed = ValueSet::EquatableValueSet {
        value_block: Block::new(RecordBatch::try_new(Arc::new(schema), vec![texts]).unwrap()),
        white_list: true,
        null_allowed: false,
    };
    let points = (0..many).rev().map(|at| Scalar::Utf8(text(2 * at)));
    let ranges = ValueSet::of_values(&DataType::Utf8, points);
    let column: ArrayRef = Arc::new(
        (0..10_000)
            .map(|at| Some(text(at)))
            .collect::<StringArray>(),
    );
    for set in [listed, ranges] {
        let found = set.matches(&column);
        assert!((0..10_000).all(|at| found.value(at) == (at % 2 == 0)));
    }

    let lengths = vec![1; many];
    let numbers = Arc::new(
        (0..many)
            .map(|at| i32::try_from(at).ok())
            .collect::<Int32Array>(),
    );
    let lists = lists("item", numbers, &lengths);
    let rows: UInt32Array = (0..many).map(|at| u32::try_from(at).ok()).collect();
    let schema = Schema::new(vec![Field::new("col1", lists.data_type().clone(), true)]);
    let column = take(&lists, &rows, None).unwrap();
    let black = ValueSet::EquatableValueSet {
        value_block: Block::new(RecordBatch::try_new(Arc::new(schema), vec![lists]).unwrap()),
        white_list: false,
        null_allowed: false,
    };
    assert_eq!(black.matches(&column.slice(0, 10_000)).count_set_bits(), 0);
}
