use std::cmp::Ordering;

use arrow::datatypes::{DataType, Schema};
use athena_protocol::predicate::order::utf16_order;
use athena_protocol::predicate::{Asked, Constraints, Scalar, ValueSet};
use proptest::prelude::*;

use super::{Condition, conditions, key_values};
use crate::plan::interval::{End, Interval};
use crate::plan::stored::{Values, like_ordered, lowered, raised};
use crate::plan::{Column, Columns, Value};
use crate::table::{KeyAttribute, KeyKind, Keys, Table};
use crate::types::decimal::{self, Decimal};

fn table(kind: KeyKind) -> Table {
    let hash = KeyAttribute {
        name: "pk".to_owned(),
        kind,
    };
    Table {
        name: "t".to_owned(),
        keys: Keys { hash, range: None },
        indexes: Vec::new(),
        size_bytes: 0,
        item_count: 0,
        read_units: None,
    }
}

fn found(
    attributes: &[&str],
    data_type: DataType,
    set: ValueSet,
    kind: KeyKind,
) -> Option<Vec<Condition>> {
    let attributes = attributes.iter().map(|name| (*name).to_owned()).collect();
    let columns = Columns::from([(
        "c".to_owned(),
        Column {
            data_type,
            attributes,
            any_case: false,
            times: None,
        },
    )]);
    let mut constraints = Constraints::default();
    constraints.summary.insert("c".to_owned(), set);
    let asked = Asked::of(&constraints, "t", &Schema::empty());
    conditions(&table(kind), &columns, asked.predicate.domains()?)
}

fn texts(values: &[&str]) -> ValueSet {
    ValueSet::of_values(
        &DataType::Utf8,
        values.iter().map(|text| Scalar::Utf8((*text).to_owned())),
    )
}

#[test]
fn a_column_with_several_attributes_says_nothing_unless_the_first_is_a_key() {
    let ask = |names: &[&str]| {
        found(names, DataType::Utf8, texts(&["x"]), KeyKind::S)
            .unwrap()
            .len()
    };
    assert_eq!(ask(&["a"]), 1);
    assert_eq!(ask(&["a", "A"]), 0);
    assert_eq!(ask(&["pk", "PK"]), 1);
    assert_eq!(ask(&["PK", "pk"]), 0);
}

#[test]
fn a_key_of_another_type_than_its_column_says_nothing() {
    assert_eq!(
        found(&["pk"], DataType::Utf8, texts(&["5"]), KeyKind::N),
        Some(Vec::new())
    );
}

#[test]
fn keys_are_never_null_empty_or_too_long() {
    let long = "x".repeat(2049);
    for none in [
        ValueSet::only_null(&DataType::Utf8),
        texts(&[""]),
        texts(&["", &long]),
    ] {
        assert_eq!(found(&["pk"], DataType::Utf8, none, KeyKind::S), None);
    }
    let some = found(
        &["pk"],
        DataType::Utf8,
        texts(&["", "x", &long]),
        KeyKind::S,
    )
    .unwrap();
    assert_eq!(some[0].exact, Some(vec![Value::S("x".to_owned())]));
    assert_eq!(
        found(&["a"], DataType::Utf8, texts(&[""]), KeyKind::S)
            .unwrap()
            .len(),
        1
    );
}

#[test]
fn bounds_that_no_key_reaches_are_moved_to_ones_that_it_does() {
    let value = |text: &str| Value::S(text.to_owned());
    let check = |low: &str, high: &str, expected: Values| {
        let interval = Interval::closed(value(low), value(high));
        assert_eq!(
            key_values(Values::Intervals(vec![interval]), 3),
            expected,
            "{low} {high}"
        );
    };
    let from = |text: &str| Interval {
        low: Some(End::included(value(text))),
        high: None,
    };
    check(
        "",
        "b",
        Values::Intervals(vec![Interval {
            low: None,
            high: Some(End::included(value("b"))),
        }]),
    );
    check(
        "abcd",
        "b",
        Values::Intervals(vec![Interval::closed(value("abc"), value("b"))]),
    );
    check("aéé", "zzzz", Values::Intervals(vec![from("aé")]));
    check("", "", Values::Intervals(Vec::new()));
    check("abcd", "abcd", Values::Intervals(Vec::new()));
    check("", "zzzz", Values::Any);
}

#[test]
fn everything_but_null_may_come_as_nothing_at_all() {
    let set = ValueSet::AllOrNoneValueSet {
        data_type: DataType::Utf8,
        all: false,
        null_allowed: false,
    };
    let conditions = found(&["a"], DataType::Utf8, set, KeyKind::S).unwrap();
    assert_eq!(
        (&conditions[0].values, conditions[0].null),
        (&Values::Any, false)
    );
}

#[test]
fn an_empty_set_is_a_contradiction_whatever_the_column() {
    let none = ValueSet::SortedRangeSet {
        data_type: DataType::Date32,
        ranges: Vec::new(),
        null_allowed: false,
    };
    assert_eq!(found(&["a", "A"], DataType::Date32, none, KeyKind::S), None);
}

#[test]
fn a_null_integer_may_be_a_fraction_so_nothing_is_said() {
    let mut set = ValueSet::of_values(&DataType::Int32, [Scalar::Int(5)]);
    assert_eq!(
        found(&["a"], DataType::Int32, set.clone(), KeyKind::S)
            .unwrap()
            .len(),
        1
    );
    if let ValueSet::SortedRangeSet { null_allowed, .. } = &mut set {
        *null_allowed = true;
    }
    assert_eq!(
        found(&["a"], DataType::Int32, set, KeyKind::S),
        Some(Vec::new())
    );
}

#[test]
fn bounds_of_38_digits_are_moved_by_a_whole_unit() {
    let greatest = 10_i128.pow(38) - 1;
    let Some(Value::N(high)) = raised(greatest, 2, 2).map(|end| end.value) else {
        panic!("no bound")
    };
    assert_eq!(high, format!("1{}", "0".repeat(36)));
    let Some(Value::N(low)) = lowered(greatest, 0, 0).map(|end| end.value) else {
        panic!("no bound")
    };
    assert_eq!(low, (greatest - 1).to_string());
}

fn letters() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop::sample::select(vec!['a', '\u{d7ff}', '\u{e000}', '\u{ffff}', '😀']),
        0..4,
    )
    .prop_map(|chars| chars.into_iter().collect())
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_cut_lower_bound_is_below_all_that_is_above_the_whole(text in letters(), bound in letters()) {
        if utf16_order(&text, &bound) != Ordering::Less {
            prop_assert!(text.as_str() >= like_ordered(&bound));
        }
        if like_ordered(&bound) == bound {
            prop_assert_eq!(utf16_order(&text, &bound), text.as_str().cmp(&bound));
        }
    }

    #[test]
    fn a_number_lies_within_half_a_unit_of_what_is_shown(digits in any::<i64>(), from in 0_i8..12, to in 0_i8..12) {
        let Some(Value::N(stored)) = Value::number(digits.into(), from.into()) else { panic!("too long") };
        let (Decimal::Exact(shown) | Decimal::Rounded(shown)) = decimal::parse(stored.as_bytes(), 38, to) else {
            return Ok(());
        };
        let stored = Value::N(stored);
        prop_assert!(lowered(shown, to, to).is_none_or(|low| low.value.order(&stored).is_le()));
        prop_assert!(raised(shown, to, to).is_none_or(|high| high.value.order(&stored).is_ge()));
    }
}
