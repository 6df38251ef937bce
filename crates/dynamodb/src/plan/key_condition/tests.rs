use super::{KeyCondition, RangeTest, key_conditions, range_tests};
use crate::plan::interval::{End, Interval};
use crate::plan::stored::Values;
use crate::plan::value::Value;

fn text(text: &str) -> Value {
    Value::S(text.to_owned())
}

fn end(value: &str, inclusive: bool) -> Option<End> {
    (value != "*").then(|| End {
        value: text(value),
        inclusive,
    })
}

#[track_caller]
fn check(intervals: &[(&str, bool, &str, bool)], expected: &[&str]) {
    let interval = |(low, low_in, high, high_in): &(&str, bool, &str, bool)| Interval {
        low: end(low, *low_in),
        high: end(high, *high_in),
    };
    let tests = range_tests(&Values::Intervals(intervals.iter().map(interval).collect()));
    let filled = tests.into_iter().flatten().map(|test| {
        let condition = KeyCondition {
            hash: text("h"),
            range: Some(test),
        };
        let (mut expression, values) = condition.expression("#h", "#r");
        for (alias, value) in values {
            let Value::S(value) = value else {
                panic!("{value:?}")
            };
            expression = expression.replace(&alias, &value);
        }
        expression
            .strip_prefix("#h = h AND ")
            .unwrap()
            .replace("#r ", "")
    });
    assert_eq!(filled.collect::<Vec<_>>(), expected, "{intervals:?}");
}

#[test]
fn each_interval_becomes_one_comparison() {
    check(&[("a", true, "a", true)], &["= a"]);
    check(&[("a", true, "*", true)], &[">= a"]);
    check(&[("a", false, "*", true)], &["> a"]);
    check(&[("*", true, "a", true)], &["<= a"]);
    check(&[("*", true, "a", false)], &["< a"]);
    check(&[("a", true, "b", true)], &["BETWEEN a AND b"]);
    check(
        &[("*", true, "b", false), ("b", false, "*", true)],
        &["< b", "> b"],
    );
}

#[test]
fn half_open_pairs_are_closed_and_then_merged_so_that_nothing_is_read_twice() {
    check(&[("a", false, "b", false)], &["BETWEEN a AND b"]);
    check(
        &[("a", true, "b", false), ("b", false, "c", true)],
        &["BETWEEN a AND c"],
    );
    check(
        &[("*", true, "b", false), ("b", false, "c", true)],
        &["<= c"],
    );
    check(
        &[("a", true, "c", false), ("c", false, "*", true)],
        &[">= a"],
    );
}

#[test]
fn texts_up_to_the_next_beginning_are_those_with_a_beginning() {
    check(&[("ab", true, "ac", false)], &["begins_with(#r, ab)"]);
    check(&[("aé", true, "aê", false)], &["begins_with(#r, aé)"]);
    check(
        &[("a", true, "b", false), ("b", false, "*", true)],
        &["begins_with(#r, a)", "> b"],
    );
    check(&[("ab", true, "ad", false)], &["BETWEEN ab AND ad"]);
    check(&[("ab", false, "ac", false)], &["BETWEEN ab AND ac"]);
    check(&[("ab", true, "ac", true)], &["BETWEEN ab AND ac"]);
    check(
        &[("ab", true, "ac", false), ("abc", true, "ax", true)],
        &["BETWEEN ab AND ax"],
    );
}

#[test]
fn no_test_is_needed_where_everything_qualifies() {
    assert_eq!(range_tests(&Values::Any), None);
    check(&[("*", true, "*", true)], &[]);
}

#[test]
fn the_range_key_is_left_alone_when_that_would_take_too_many_queries() {
    let hash = [text("a"), text("b")];
    let range: Vec<_> = ["1", "2", "3"]
        .into_iter()
        .map(|value| RangeTest::Equal(text(value)))
        .collect();
    let queries = key_conditions(&hash, Some(&range), 6);
    assert_eq!(queries.len(), 6);
    assert!(queries.iter().all(|query| query.range.is_some()));
    let queries = key_conditions(&hash, Some(&range), 5);
    assert_eq!(queries, hash.map(|hash| KeyCondition { hash, range: None }));
}
