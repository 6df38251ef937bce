use super::*;
use crate::predicate::{Bound, InvalidRange};
use crate::timestamp::{Zone, pack};
use arrow::array::{ArrayRef, BinaryArray, Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{Field, Schema, TimeUnit};
use proptest::prelude::*;
use serde_json::{Value, json};
use std::sync::Arc;

fn block(columns: Vec<(&str, ArrayRef)>) -> Value {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, column)| Field::new(*name, column.data_type().clone(), true))
        .collect();
    let columns: Vec<_> = columns.into_iter().map(|(_, column)| column).collect();
    let schema = Arc::new(Schema::new(fields));
    let batch = match columns {
        columns if columns.is_empty() => RecordBatch::new_empty(schema),
        columns => RecordBatch::try_new(schema, columns).unwrap(),
    };
    serde_json::to_value(Block::new(batch)).unwrap()
}

fn ints(values: Vec<Option<i32>>) -> ArrayRef {
    Arc::new(Int32Array::from(values))
}

fn marker(value: Option<i32>, bound: &str) -> Value {
    let column = ints(value.map(Some).into_iter().collect());
    json!({"valueBlock": block(vec![("col1", column)]), "bound": bound, "nullValue": value.is_none()})
}

fn ranges(ranges: &[(Value, Value)]) -> Value {
    let ranges: Vec<_> = ranges
        .iter()
        .map(|(low, high)| json!({"low": low, "high": high}))
        .collect();
    json!({
        "@type": "SortedRangeSet",
        "type": {"@type": "Int", "bitWidth": 32, "isSigned": true},
        "ranges": ranges,
        "nullAllowed": false,
    })
}

#[track_caller]
fn refused(set: Value, why: &str) {
    let error = serde_json::from_value::<ValueSet>(set)
        .unwrap_err()
        .to_string();
    assert!(error.contains(why), "{error}");
    assert!(!error.contains("4711"), "an error tells no value: {error}");
}

#[test]
fn a_range_that_java_would_not_make_is_refused() {
    let some = |value, bound| marker(Some(value), bound);
    for (low, high, why) in [
        (
            some(4711, "EXACTLY"),
            some(5, "EXACTLY"),
            "above its high end",
        ),
        (
            some(4711, "ABOVE"),
            some(4711, "BELOW"),
            "above its high end",
        ),
        (
            some(4711, "ABOVE"),
            some(4711, "EXACTLY"),
            "above its high end",
        ),
        (
            some(4711, "EXACTLY"),
            some(4711, "BELOW"),
            "above its high end",
        ),
        (
            some(4711, "BELOW"),
            some(4712, "EXACTLY"),
            "low end has the bound Below",
        ),
        (
            some(1, "ABOVE"),
            some(4711, "ABOVE"),
            "high end has the bound Above",
        ),
        (
            marker(None, "BELOW"),
            some(4711, "EXACTLY"),
            "low end has the bound Below",
        ),
        (
            some(4711, "ABOVE"),
            marker(None, "ABOVE"),
            "high end has the bound Above",
        ),
        (marker(None, "EXACTLY"), some(4711, "EXACTLY"), "no value"),
        (some(4711, "ABOVE"), marker(None, "EXACTLY"), "no value"),
    ] {
        refused(ranges(&[(low, high)]), why);
    }
}

#[test]
fn markers_of_another_type_are_refused() {
    let text = || {
        let block = block(vec![(
            "col1",
            Arc::new(StringArray::from(vec!["4711"])) as ArrayRef,
        )]);
        json!({"valueBlock": block, "bound": "EXACTLY", "nullValue": false})
    };
    refused(
        ranges(&[(marker(Some(1), "EXACTLY"), text())]),
        "from a value of type Int32 to one of type Utf8",
    );
    refused(
        ranges(&[(text(), text())]),
        "of type Int32 has a marker of type Utf8",
    );
}

#[test]
fn the_zone_of_a_type_is_not_told() {
    let set = |zone: &str| {
        let data_type = DataType::Timestamp(TimeUnit::Millisecond, Some(zone.into()));
        serde_json::to_value(ValueSet::not_null(&data_type)).unwrap()
    };
    let mut document = set("UTC");
    document["type"] = set("8472639105")["type"].take();
    refused(
        document,
        "of type Timestamp(ms) with a zone has a marker of type Timestamp(ms) with a zone",
    );
}

#[test]
fn a_block_that_holds_no_single_value_is_refused() {
    let cases = [
        (block(vec![]), "one column"),
        (
            block(vec![
                ("col1", ints(vec![Some(1)])),
                ("col2", ints(vec![Some(1)])),
            ]),
            "one column",
        ),
        (block(vec![("col1", ints(vec![]))]), "one row"),
        (
            block(vec![("col1", ints(vec![Some(1), Some(2)]))]),
            "one row",
        ),
        (block(vec![("col1", ints(vec![None]))]), "null or of a type"),
    ];
    for (block, why) in cases {
        let low = json!({"valueBlock": block, "bound": "EXACTLY", "nullValue": false});
        refused(ranges(&[(low, marker(None, "BELOW"))]), why);
    }
    let two = block(vec![("col1", ints(vec![])), ("col2", ints(vec![]))]);
    for block in [block(vec![]), two] {
        let set = json!({"@type": "EquatableValueSet", "valueBlock": block, "whiteList": true, "nullAllowed": true});
        refused(set, "one column");
    }
}

#[test]
fn rows_behind_an_unbounded_marker_are_ignored() {
    let block = block(vec![("col1", ints(vec![Some(1), None]))]);
    let low = json!({"valueBlock": block, "bound": "ABOVE", "nullValue": true});
    let set: ValueSet = serde_json::from_value(ranges(&[(low, marker(None, "BELOW"))])).unwrap();
    assert_eq!(set, ValueSet::not_null(&DataType::Int32));
}

#[test]
fn overlapping_and_touching_ranges_become_one_when_they_are_read() {
    let some = |value, bound| marker(Some(value), bound);
    let read = |pairs: &[(Value, Value)]| {
        let set: ValueSet = serde_json::from_value(ranges(pairs)).unwrap();
        let again = serde_json::from_value(serde_json::to_value(&set).unwrap()).unwrap();
        assert_eq!(set, again);
        match set {
            ValueSet::SortedRangeSet { ranges, .. } => ranges,
            _ => panic!("a set of ranges"),
        }
    };
    let touching = read(&[
        (some(5, "EXACTLY"), some(9, "BELOW")),
        (some(1, "EXACTLY"), some(5, "BELOW")),
        (some(3, "ABOVE"), some(4, "EXACTLY")),
    ]);
    let wanted = Range::new(
        Marker {
            data_type: DataType::Int32,
            value: Some(Scalar::Int(1)),
            bound: Bound::Exactly,
        },
        Marker {
            data_type: DataType::Int32,
            value: Some(Scalar::Int(9)),
            bound: Bound::Below,
        },
    );
    assert_eq!(touching, [wanted.unwrap()]);
    // A value that both leave out keeps them apart.
    let apart = read(&[
        (some(5, "ABOVE"), marker(None, "BELOW")),
        (marker(None, "ABOVE"), some(5, "BELOW")),
    ]);
    assert_eq!(apart.len(), 2);
}

#[test]
fn ends_at_one_instant_in_zones_of_unknown_order_stay_apart() {
    let data_type = DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let from = |id| {
        let packed = pack(0, Zone::from_id(id).unwrap()).unwrap();
        let low = Marker {
            data_type: data_type.clone(),
            value: Some(Scalar::Timestamp(packed)),
            bound: Bound::Exactly,
        };
        Range::new(low, Marker::upper_unbounded(&data_type)).unwrap()
    };
    for (zones, left) in [
        (["Europe/Berlin", "Europe/Paris"], 2),
        (["Asia/Tokyo", "America/New_York"], 1),
    ] {
        let mut set = ValueSet::SortedRangeSet {
            data_type: data_type.clone(),
            ranges: zones.map(from).to_vec(),
            null_allowed: false,
        };
        set.normalise();
        let ValueSet::SortedRangeSet { ranges, .. } = set else {
            panic!("a set of ranges")
        };
        assert_eq!(ranges.len(), left, "{zones:?}");
        assert_eq!(
            ranges.last(),
            Some(&from(zones[1])),
            "the earliest end is kept"
        );
    }
}

#[test]
fn a_hundred_thousand_ranges_are_sorted_and_merged() {
    let count = 100_000;
    let range = |at: i64| {
        let marker = |value, bound| Marker {
            data_type: DataType::Int64,
            value: Some(Scalar::Int(value)),
            bound,
        };
        // Every other range touches the one before.
        let low = 3 * at + i64::from(at % 2 == 0);
        Range::new(
            marker(low, Bound::Exactly),
            marker(3 * at + 3, Bound::Below),
        )
        .unwrap()
    };
    let mut set = ValueSet::SortedRangeSet {
        data_type: DataType::Int64,
        ranges: (0..count).map(|at| range(at * 7_919 % count)).collect(),
        null_allowed: false,
    };
    set.normalise();
    let ValueSet::SortedRangeSet { ranges, .. } = &set else {
        panic!("a set of ranges")
    };
    assert_eq!(ranges.len(), 50_000);
    let column: ArrayRef = Arc::new(
        (0..30_000)
            .map(|at| Some(10 * at))
            .collect::<arrow::array::Int64Array>(),
    );
    let inside = set.matches(&column);
    assert!((0..30_000).all(|row| inside.value(row) == (10 * row % 6 != 0)));
}

#[test]
fn a_range_can_be_refused_before_it_is_written() {
    let marker = |value, bound| Marker {
        data_type: DataType::Int32,
        value: Some(Scalar::Int(value)),
        bound,
    };
    assert_eq!(
        Range::new(marker(2, Bound::Exactly), marker(1, Bound::Exactly)),
        Err(InvalidRange::Reversed)
    );
}

#[test]
fn a_marker_takes_no_more_room_than_its_value_needs() {
    // A set of 100,000 ranges comes in some 100 MB of text; in memory it is a tenth of that.
    assert!(size_of::<Marker>() <= 96, "{}", size_of::<Marker>());
}

proptest! {
    #[test]
    fn any_block_is_read_or_refused(
        rows in proptest::collection::vec(proptest::option::of(any::<Vec<u8>>()), 0..3),
        columns in 0..3usize,
        null_value: bool,
        white_list: bool,
        bound in prop_oneof![Just("BELOW"), Just("EXACTLY"), Just("ABOVE")],
    ) {
        let column: ArrayRef = Arc::new(rows.iter().map(Option::as_deref).collect::<BinaryArray>());
        let block = block(vec![("col1", column.clone()); columns]);
        let marker = json!({"valueBlock": block, "bound": bound, "nullValue": null_value});
        let listed = json!({"@type": "EquatableValueSet", "valueBlock": block, "whiteList": white_list, "nullAllowed": true});
        for set in [ranges(&[(marker.clone(), marker)]), listed] {
            if let Ok(set) = serde_json::from_value::<ValueSet>(set) {
                let _ = (set.single_values(), set.matches(&column), set.contains_unstored(None));
            }
        }
    }
}
