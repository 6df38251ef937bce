use super::*;
use crate::block::Block;
use crate::predicate::{Bound, Marker, Range};
use crate::timestamp::{Zone, pack};
use arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::datatypes::{Field, Schema};
use std::sync::Arc;

const MONEY: DataType = DataType::Decimal128(38, 2);

fn money(unscaled: i128, scale: i8) -> Scalar {
    Scalar::Decimal { unscaled, scale }
}

fn listed(column: ArrayRef, white_list: bool) -> ValueSet {
    let schema = Schema::new(vec![Field::new("col1", column.data_type().clone(), true)]);
    ValueSet::EquatableValueSet {
        value_block: Block::new(RecordBatch::try_new(Arc::new(schema), vec![column]).unwrap()),
        white_list,
        null_allowed: false,
    }
}

#[test]
fn storing_rounds_half_away_from_zero_before_the_comparison() {
    let one = ValueSet::of_values(&MONEY, [money(100, 2)]);
    for (value, stored) in [
        (money(1_005, 3), false),
        (money(1_004, 3), true),
        (money(995, 3), true),
        (money(9_949, 4), false),
        (money(1, 0), true),
    ] {
        assert_eq!(one.contains(&MONEY, Some(&value)), stored, "{value:?}");
        let exact = decimal(&value) == (1, 0);
        assert_eq!(one.contains_unstored(Some(&value)), exact);
    }
    let minus = ValueSet::of_values(&MONEY, [money(-101, 2)]);
    assert!(minus.contains(&MONEY, Some(&money(-1_005, 3))));
    assert!(!minus.contains(&MONEY, Some(&money(-1_004, 3))));
}

fn decimal(value: &Scalar) -> (i128, i8) {
    match *value {
        Scalar::Decimal {
            mut unscaled,
            mut scale,
        } => {
            while unscaled % 10 == 0 && scale > 0 {
                (unscaled, scale) = (unscaled / 10, scale - 1);
            }
            (unscaled, scale)
        }
        _ => panic!("no decimal"),
    }
}

#[test]
fn a_black_list_lets_null_through_to_the_projector_alone() {
    let texts = |values: Vec<Option<&str>>| Arc::new(StringArray::from(values)) as ArrayRef;
    for (values, white_list, projector) in [
        (vec![Some("a")], false, true),
        (vec![Some("a"), None], false, false),
        (vec![Some("a")], true, false),
        (vec![Some("a"), None], true, true),
    ] {
        let set = listed(texts(values), white_list);
        assert!(!set.contains(&DataType::Utf8, None));
        assert_eq!(set.contains_unstored(None), projector, "{set:?}");
    }
}

#[test]
fn all_or_none_is_read_as_it_stands() {
    let set = |all, null_allowed| ValueSet::AllOrNoneValueSet {
        data_type: DataType::Utf8,
        all,
        null_allowed,
    };
    let text = Scalar::Utf8("a".to_owned());
    for all in [true, false] {
        for nulls in [true, false] {
            let set = set(all, nulls);
            assert_eq!(set.contains(&DataType::Utf8, Some(&text)), all);
            assert_eq!(set.contains_unstored(Some(&text)), all);
            assert_eq!(set.contains(&DataType::Utf8, None), nulls);
            assert_eq!(set.contains_unstored(None), nulls);
        }
    }
}

#[test]
fn microseconds_are_kept_since_they_cannot_be_compared() {
    let micros =
        Arc::new(TimestampMicrosecondArray::from(vec![7]).with_timezone("UTC")) as ArrayRef;
    let data_type = micros.data_type().clone();
    let point = ValueSet::of_values(&data_type, [Scalar::Micros(7)]);
    for set in [listed(micros.clone(), true), listed(micros, false), point] {
        for value in [7, 8] {
            assert!(
                set.contains(&data_type, Some(&Scalar::Micros(value))),
                "{set:?}"
            );
        }
        assert!(!set.decides(&data_type));
    }
}

#[test]
fn one_instant_in_another_zone_is_another_value() {
    let data_type =
        DataType::Timestamp(arrow::datatypes::TimeUnit::Millisecond, Some("UTC".into()));
    let at = |id| Scalar::Timestamp(pack(0, Zone::from_id(id).unwrap()).unwrap());
    let berlin = ValueSet::of_values(&data_type, [at("Europe/Berlin")]);
    assert!(berlin.contains(&data_type, Some(&at("Europe/Berlin"))));
    assert!(!berlin.contains(&data_type, Some(&at("Europe/Paris"))));
    // Whether Paris comes before Berlin at that instant is not known, so the row stays.
    let from_berlin = ValueSet::SortedRangeSet {
        data_type: data_type.clone(),
        ranges: vec![Range {
            low: Marker {
                data_type: data_type.clone(),
                value: Some(at("Europe/Berlin")),
                bound: Bound::Exactly,
            },
            high: Marker::upper_unbounded(&data_type),
        }],
        null_allowed: false,
    };
    assert!(from_berlin.contains(&data_type, Some(&at("Europe/Paris"))));
    assert!(!from_berlin.contains(&data_type, Some(&at("America/Los_Angeles"))));
    assert!(berlin.decides(&data_type) && !from_berlin.decides(&data_type));
}

#[test]
fn a_value_of_another_type_is_kept() {
    let int = Scalar::Int(5);
    let texts = ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8("5".to_owned())]);
    assert!(texts.contains(&DataType::Int32, Some(&int)));
    assert!(!texts.decides(&DataType::Int32));
    let none = ValueSet::only_null(&DataType::Utf8);
    assert!(!none.contains(&DataType::Int32, Some(&int)));
}
