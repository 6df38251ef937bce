//! Bytes of any kind, in bounded time.

use super::super::messages::{
    Expression, FieldSegment, LiteralKind, Relation, Segment, SegmentKind,
};
use super::super::{Expr, PlanError, read as read_plan};
use super::build::{
    AND, NOT, call, equal, fetch, field, filter, in_list, int, literal, plan, project, read,
    try_read,
};
use super::golden;
use proptest::prelude::*;
use prost::Message as _;

/// A message that holds itself `depth` times: fields' numbers and wire types from the inside out, in turn.
fn nested(depth: usize, keys: &[u8], inner: &[u8]) -> Vec<u8> {
    let mut bytes = inner.to_vec();
    for key in keys.iter().cycle().take(depth * keys.len()) {
        let mut outer = vec![*key];
        prost::encoding::encode_varint(bytes.len() as u64, &mut outer);
        outer.extend_from_slice(&bytes);
        bytes = outer;
    }
    bytes
}

const fn key(field: u8) -> u8 {
    field << 3 | 2
}

#[test]
fn ten_thousand_nested_expressions_are_an_error() {
    // FunctionArgument.value, ScalarFunction.arguments, Expression.scalar_function
    let condition = nested(10_000, &[key(3), key(4), key(3)], &[]);
    let filter = nested(1, &[key(3), key(2), key(1), key(2), key(3)], &condition);
    let error = read_plan(&filter).unwrap_err();
    assert!(matches!(error, PlanError::Decode(_)), "{error:?}");
}

#[test]
fn ten_thousand_nested_relations_are_an_error() {
    // FilterRel.input, Rel.filter
    let relation = nested(10_000, &[key(2), key(2)], &[]);
    let root = nested(1, &[key(1), key(2), key(3)], &relation);
    let error = read_plan(&root).unwrap_err();
    assert!(matches!(error, PlanError::Decode(_)), "{error:?}");
}

#[test]
fn nested_types_literals_and_references_are_bounded_too() {
    // Type.struct and Struct.types; Literal.list and List.values
    for (keys, above) in [
        (
            &[key(1), 25 << 3 & 0x7f | 2][..],
            &[key(1), key(2), key(2)][..],
        ),
        (&[key(1)][..], &[key(3)][..]),
    ] {
        let bytes = nested(1, above, &nested(10_000, keys, &[]));
        let _ = read_plan(&bytes);
    }
    let mut segment = Segment { kind: None };
    for _ in 0..90 {
        let child = Some(segment);
        segment = Segment {
            kind: Some(SegmentKind::Field(Box::new(FieldSegment {
                field: 0,
                child,
            }))),
        };
    }
    let bytes = segment.encode_to_vec();
    assert!(Segment::decode(bytes.as_slice()).is_err());
}

#[test]
fn conditions_of_ordinary_depth_are_read() {
    // What a query may nest: messages 100 deep, three for each call.
    let deep = (0..25).fold(equal(0, 1), |below, _| call(NOT, [below]));
    let plan = try_read(&plan(filter(read(), deep))).unwrap();
    assert!(plan.is_complete());
    let wide = call(AND, (0..1000).map(|value| equal(0, value)));
    assert!(
        try_read(&super::build::plan(filter(read(), wide)))
            .unwrap()
            .is_complete()
    );
}

#[test]
fn a_list_of_100_000_values_is_read() {
    let values =
        (0..100_000).map(|value| literal(LiteralKind::String(format!("value {value:06}"))));
    let list = in_list(field(&[0]), values.collect());
    let plan = try_read(&plan(fetch(filter(read(), list), 0, 10))).unwrap();
    assert!(plan.is_complete());
    let Some(Expr::InList { options, .. }) = plan.filter else {
        panic!("not a list")
    };
    assert_eq!(options.len(), 100_000);
}

#[test]
fn more_parts_than_any_query_has_are_an_error() {
    // Two bytes each: an expression of no kind.
    let options = vec![Expression::default(); 1 << 20];
    let error = try_read(&plan(filter(read(), in_list(int(1), options)))).unwrap_err();
    assert!(matches!(error, PlanError::TooManyParts { .. }), "{error:?}");
}

#[test]
fn a_column_that_is_projected_over_and_over_costs_its_references() {
    let wide = |below: Relation| {
        let mapping: Vec<i32> = std::iter::repeat_n(0, 1000).collect();
        project(below, vec![int(1)], Some(&mapping))
    };
    let many = (0..30).fold(read(), |below, _| wide(below));
    assert_eq!(
        try_read(&plan(many)).unwrap().projection.unwrap().len(),
        1000
    );
}

#[test]
fn text_that_is_not_utf8_is_an_error() {
    let bytes = read_plan(&plan(read()).encode_to_vec());
    assert!(bytes.is_ok());
    let mut bytes = plan(read()).encode_to_vec();
    let at = bytes.windows(2).position(|pair| pair == [1, b't']).unwrap();
    bytes[at + 1] = 0xff;
    let error = read_plan(&bytes).unwrap_err();
    assert_eq!(
        error.to_string(),
        "cannot decode the query plan as a `substrait.Plan`"
    );
}

#[test]
fn plans_that_break_off_do_not_panic() {
    for plan in golden::bytes() {
        for end in 0..plan.len() {
            let _ = read_plan(&plan[..end]);
        }
    }
}

proptest! {
    #[test]
    fn bytes_of_any_kind_do_not_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let _ = read_plan(&bytes);
    }

    #[test]
    fn plans_with_other_bytes_do_not_panic(
        at in any::<prop::sample::Index>(),
        changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let plans = golden::bytes();
        let mut plan = at.get(&plans).clone();
        for (at, byte) in changes {
            let at = at.index(plan.len());
            plan[at] = byte;
        }
        if let Err(error) = read_plan(&plan) {
            prop_assert!(!error.to_string().is_empty());
        }
    }
}
