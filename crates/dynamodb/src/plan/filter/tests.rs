use super::{MAX_OPERATORS, MAX_TEXT, filter, operators};
use crate::plan::Columns;
use crate::plan::aliases::Aliases;
use crate::plan::alternatives::Sayable;
use crate::plan::conditions::Condition;
use crate::plan::interval::{End, Interval};
use crate::plan::stored::Values;
use crate::plan::value::{Kind, Value};
use crate::table::{KeyAttribute, KeyKind, Keys, Table};

/// The filter of conditions alone.
fn said(conditions: &[Condition], aliases: &mut Aliases) -> Option<String> {
    let keys = Keys {
        hash: KeyAttribute {
            name: "id".to_owned(),
            kind: KeyKind::S,
        },
        range: None,
    };
    let table = Table {
        name: "t".to_owned(),
        keys,
        indexes: Vec::new(),
        size_bytes: 0,
        item_count: 0,
        read_units: None,
    };
    let sayable = Sayable {
        table: &table,
        columns: &Columns::new(),
        attribute: &|_| true,
    };
    filter(conditions, &[], &sayable, aliases)
}

fn numbers(attribute: &str, count: u32) -> Condition {
    let values = (0..count)
        .map(|number| Value::N(number.to_string()))
        .collect();
    Condition {
        attribute: attribute.to_owned(),
        kind: Some(Kind::N),
        key: true,
        null: false,
        values: Values::OneOf(values),
        exact: None,
        texts: None,
    }
}

fn intervals(attribute: &str, count: u32) -> Condition {
    let closed = |number: u32| {
        Interval::closed(
            Value::N((2 * number).to_string()),
            Value::N((2 * number + 1).to_string()),
        )
    };
    Condition {
        values: Values::Intervals((0..count).map(closed).collect()),
        ..numbers(attribute, 0)
    }
}

#[test]
fn a_list_holds_a_hundred_values_at_most() {
    let text = said(&[numbers("a", 201)], &mut Aliases::default()).unwrap();
    let lengths: Vec<usize> = text
        .split(" OR ")
        .map(|list| list.matches(":v").count())
        .collect();
    assert_eq!(lengths, [100, 100, 1]);
    assert!(text.starts_with("(#n0 IN (:v0, :v1, ") && text.ends_with(" OR #n0 = :v200)"));
}

#[test]
fn what_does_not_fit_is_left_out_with_its_placeholders() {
    let mut aliases = Aliases::default();
    let conditions = [
        numbers("a", 10),
        numbers("long", 1000),
        intervals("wide", 150),
        numbers("b", 1),
    ];
    let text = said(&conditions, &mut aliases).unwrap();
    assert!(text.ends_with(" AND #n1 = :v0"), "{text}");
    let (names, values) = aliases.into_maps();
    assert_eq!(names.into_values().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(values.len(), 10);
}

#[test]
fn values_that_would_bloat_every_split_are_left_out() {
    let large = Condition {
        values: Values::OneOf(vec![Value::S("x".repeat(20_000))]),
        ..numbers("a", 0)
    };
    let mut aliases = Aliases::default();
    assert_eq!(said(&[large], &mut aliases), None);
    assert!(aliases.into_maps().0.is_empty());
}

#[test]
fn the_longest_filter_keeps_the_limits() {
    for count in 1..200 {
        let one = [numbers("a", count * 10)];
        let text = said(&one, &mut Aliases::default()).unwrap_or_default();
        assert!(text.len() <= MAX_TEXT && operators(&text) <= MAX_OPERATORS);
        let text = said(&[intervals("a", count)], &mut Aliases::default()).unwrap_or_default();
        assert!(text.len() <= MAX_TEXT && operators(&text) <= MAX_OPERATORS);
        assert_eq!(text.is_empty(), count > 100, "{count}");
    }
}

#[test]
fn every_operator_and_function_counts() {
    let end = |number: &str, inclusive| {
        Some(End {
            value: Value::N(number.to_owned()),
            inclusive,
        })
    };
    let interval = Interval {
        low: end("1", false),
        high: end("2", true),
    };
    let condition = Condition {
        key: false,
        values: Values::Intervals(vec![interval]),
        ..numbers("a", 0)
    };
    let text = said(&[condition], &mut Aliases::default()).unwrap();
    assert_eq!(
        text,
        "((#n0 > :v0 AND #n0 <= :v1) OR (attribute_exists(#n0) AND NOT attribute_type(#n0, :v2)))"
    );
    assert_eq!(operators(&text), 8);
}

#[test]
fn times_are_numbers_texts_of_some_days_or_texts_that_may_be_numbers() {
    let text = |text: &str| Value::S(text.to_owned());
    let days = Interval {
        low: Some(End::included(text("2020-01-02"))),
        high: Some(End {
            value: text("2020-03."),
            inclusive: false,
        }),
    };
    let of_key = Condition {
        kind: None,
        values: Values::Any,
        texts: Some(vec![days]),
        ..numbers("at", 0)
    };
    let texts = "(#n0 >= :v0 AND #n0 < :v1) OR (attribute_type(#n0, :v2) AND NOT contains(#n0, :v3)) OR \
                 contains(#n0, :v4) OR contains(#n0, :v5)";
    let said_of_key = said(std::slice::from_ref(&of_key), &mut Aliases::default());
    assert_eq!(said_of_key.unwrap(), format!("({texts})"));
    let of_attribute = Condition {
        kind: Some(Kind::N),
        key: false,
        values: Values::OneOf(vec![Value::N("7".to_owned())]),
        ..of_key
    };
    let text = said(&[of_attribute], &mut Aliases::default()).unwrap();
    let renumbered = (0..6).rev().fold(texts.to_owned(), |text, place| {
        text.replace(&format!(":v{place}"), &format!(":v{}", place + 1))
    });
    assert_eq!(text, format!("(#n0 = :v0 OR {renumbered})"));
    assert_eq!(operators(&text), 14);
}
