use super::*;
use crate::block::Block;
use crate::predicate::expression::FunctionName;
use crate::predicate::{Expression, Scalar};
use arrow::array::{
    Array, ArrayRef, BooleanArray, Decimal128Array, Float64Array, Int64Array, RecordBatch,
    StringArray,
};
use arrow::datatypes::{DataType, Field};
use std::sync::Arc;

fn batch() -> RecordBatch {
    let ints: ArrayRef = Arc::new(Int64Array::from(vec![Some(1), Some(2), None, Some(4)]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        Some("ab"),
        None,
        Some("abc"),
        Some("x"),
    ]));
    let truths: ArrayRef = Arc::new(BooleanArray::from(vec![
        Some(true),
        Some(false),
        None,
        Some(true),
    ]));
    let floats: ArrayRef = Arc::new(Float64Array::from(vec![
        Some(-0.0),
        Some(0.0),
        Some(1.5),
        None,
    ]));
    let decimals = Decimal128Array::from(vec![Some(150), Some(-10), None, Some(0)]);
    let decimals: ArrayRef = Arc::new(decimals.with_precision_and_scale(10, 2).unwrap());
    RecordBatch::try_from_iter([
        ("n", ints),
        ("t", texts),
        ("b", truths),
        ("f", floats),
        ("d", decimals),
    ])
    .unwrap()
}

fn of(name: &str) -> Expression {
    let data_type = batch()
        .schema()
        .field_with_name(name)
        .unwrap()
        .data_type()
        .clone();
    Expression::Variable {
        column_name: name.to_owned(),
        data_type,
    }
}

fn is(value: impl Array + 'static) -> Expression {
    let data_type = value.data_type().clone();
    let field = Field::new("col1", data_type.clone(), true);
    let schema = Arc::new(Schema::new(vec![field]));
    let values = RecordBatch::try_new(schema, vec![Arc::new(value)]).unwrap();
    Expression::Constant {
        value_block: Block::new(values),
        data_type,
    }
}

fn int(int: i64) -> Expression {
    is(Int64Array::from(vec![int]))
}

fn text(text: &str) -> Expression {
    is(StringArray::from(vec![text]))
}

fn null() -> Expression {
    is(Int64Array::from(vec![None]))
}

fn call(function: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Call {
        data_type: DataType::Boolean,
        function_name: FunctionName {
            function_name: function.to_owned(),
        },
        arguments,
    }
}

fn asked(expression: Expression) -> Asked {
    let constraints = Constraints {
        expression: vec![expression],
        ..Constraints::default()
    };
    Asked::of(&constraints, "t", &batch().schema())
}

/// The rows that stay, and whether they are exactly those that qualify.
#[track_caller]
fn check(expression: impl std::borrow::Borrow<Expression>, rows: &[usize], exact: bool) {
    let expression = expression.borrow();
    let asked = asked(expression.clone());
    let kept: Vec<usize> = match asked.predicate.matches(&batch()) {
        None => vec![0, 1, 2, 3],
        Some(mask) => mask.set_indices().collect(),
    };
    assert_eq!(kept, rows, "{expression:?}");
    assert_eq!(
        asked.predicate.decides(&batch().schema()),
        exact,
        "{expression:?}"
    );
    // What the columns may show permits all of those rows.
    let Some(domains) = asked.predicate.domains() else {
        assert!(rows.is_empty());
        return;
    };
    for (name, domain) in domains {
        let mask = domain
            .into_set()
            .matches(batch().column_by_name(&name).unwrap());
        assert!(rows.iter().all(|row| mask.value(*row)), "{expression:?}");
    }
}

#[test]
fn comparisons_and_their_negations_leave_nulls_out() {
    let less = || call("$less_than", vec![of("n"), int(3)]);
    check(less(), &[0, 1], true);
    check(call("$not", vec![less()]), &[3], true);
    check(call("$greater_than", vec![int(3), of("n")]), &[0, 1], true);
    check(call("$not_equal", vec![of("n"), int(2)]), &[0, 3], true);
    check(call("$equal", vec![of("n"), null()]), &[], true);
    check(
        call("$not", vec![call("$equal", vec![of("n"), null()])]),
        &[],
        true,
    );
    check(call("$is_null", vec![of("n")]), &[2], true);
    check(
        call("$not", vec![call("$is_null", vec![of("n")])]),
        &[0, 1, 3],
        true,
    );
}

#[test]
fn and_or_not_follow_three_valued_logic() {
    let one = || call("$equal", vec![of("n"), int(1)]);
    let abc = || call("$equal", vec![of("t"), text("abc")]);
    check(call("$or", vec![one(), abc()]), &[0, 2], true);
    // Row 1 has no text and row 2 no number, so that neither is certain.
    check(
        call("$not", vec![call("$or", vec![one(), abc()])]),
        &[3],
        true,
    );
    check(
        call("$not", vec![call("$and", vec![one(), abc()])]),
        &[0, 1, 3],
        true,
    );
    check(of("b"), &[0, 3], true);
    check(call("$not", vec![of("b")]), &[1], true);
}

#[test]
fn lists_with_null_and_distinctness_are_understood() {
    let list = |values| is(Int64Array::from(values));
    let within = |values| call("$in", vec![of("n"), list(values)]);
    check(within(vec![Some(1), Some(4)]), &[0, 3], true);
    check(within(vec![Some(1), None]), &[0], true);
    check(
        call("$not", vec![within(vec![Some(1), Some(4)])]),
        &[1],
        true,
    );
    check(call("$not", vec![within(vec![Some(1), None])]), &[], true);
    let array = call("$array", vec![int(2), int(4)]);
    check(call("$in", vec![of("n"), array]), &[1, 3], true);
    let distinct = |value| call("$is_distinct_from", vec![of("n"), value]);
    check(distinct(int(1)), &[1, 2, 3], true);
    check(distinct(null()), &[0, 1, 3], true);
    check(call("$not", vec![distinct(int(1))]), &[0], true);
}

#[test]
fn patterns_are_matched_and_give_a_prefix() {
    let like = |pattern| call("$like_pattern", vec![of("t"), text(pattern)]);
    check(like("ab%"), &[0, 2], true);
    check(like("%b_"), &[2], true);
    check(call("$not", vec![like("ab%")]), &[3], true);
    let domains = asked(like("ab%")).predicate.domains().unwrap();
    let set = domains["t"].clone().into_set();
    let inside = |text: &str| set.contains(&DataType::Utf8, Some(&Scalar::Utf8(text.to_owned())));
    assert!(inside("ab") && inside("ab\u{10ffff}") && !inside("ac") && !inside("aa"));
}

#[test]
fn both_zeros_are_equal() {
    let zero = |sign: f64| is(Float64Array::from(vec![0.0 * sign]));
    for sign in [1.0, -1.0] {
        check(call("$equal", vec![of("f"), zero(sign)]), &[0, 1], true);
        check(call("$greater_than", vec![of("f"), zero(sign)]), &[2], true);
        check(
            call("$greater_than_or_equal", vec![of("f"), zero(sign)]),
            &[0, 1, 2],
            true,
        );
        check(call("$not_equal", vec![of("f"), zero(sign)]), &[2], true);
        check(call("$less_than", vec![of("f"), zero(sign)]), &[], true);
    }
}

#[test]
fn decimals_are_compared_by_worth() {
    let decimal = |unscaled| {
        let digits = Decimal128Array::from(vec![Some(unscaled)]);
        is(digits.with_precision_and_scale(5, 1).unwrap())
    };
    check(call("$equal", vec![of("d"), decimal(15)]), &[0], true);
    check(
        call("$less_than_or_equal", vec![of("d"), int(0)]),
        &[1, 3],
        true,
    );
}

#[test]
fn what_is_not_understood_is_left_to_the_engine() {
    let sum = call("$add", vec![of("n"), int(1)]);
    let odd = || call("$equal", vec![sum.clone(), int(2)]);
    check(odd(), &[0, 1, 2, 3], false);
    check(call("$not", vec![odd()]), &[0, 1, 2, 3], false);
    let one = || call("$equal", vec![of("n"), int(1)]);
    check(call("$and", vec![odd(), one()]), &[0], false);
    check(call("$or", vec![odd(), one()]), &[0, 1, 2, 3], false);
    check(call("$equal", vec![of("n"), of("n")]), &[0, 1, 2, 3], false);
    check(
        call("$equal", vec![of("n"), text("1")]),
        &[0, 1, 2, 3],
        false,
    );
    // Ordered by code points in SQL, by UTF-16 units in ranges.
    check(
        call("$less_than", vec![of("t"), text("\u{e000}")]),
        &[0, 1, 2, 3],
        false,
    );
    assert!(!asked(odd()).not_understood.is_empty());
    assert!(asked(one()).not_understood.is_empty());
}

#[test]
fn ten_thousand_alternatives_are_understood_in_time() {
    let alternatives = (0..10_000).map(|int_| call("$equal", vec![of("n"), int(int_)]));
    let asked = asked(call("$or", alternatives.collect()));
    let domains = asked.predicate.domains().unwrap();
    // Neighbours stay apart: nothing is known of what lies between two integers.
    assert_eq!(domains["n"].ranges().len(), 10_000);
}
