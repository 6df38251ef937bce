//! Bytes of any kind, in bounded time.

use super::super::messages::{Expression, ExpressionKind, LiteralKind, Relation};
use super::super::{Expr, PlanError, read as read_plan};
use super::build::{
    AND, NOT, call, equal, fetch, field, filter, in_list, int, literal, plan, project, read,
    try_read,
};
use super::golden;
use proptest::prelude::*;
use prost::Message as _;
use prost::encoding::{WireType, encode_varint};
use std::error::Error as _;

/// A message in a message, `depth` times: `fields` are the numbers of the fields from the inside out, in turn.
fn nested(depth: usize, fields: &[u32], inner: &[u8]) -> Vec<u8> {
    let mut bytes = inner.to_vec();
    for field in fields.iter().cycle().take(depth * fields.len()) {
        let mut outer = Vec::with_capacity(bytes.len() + 12);
        let tag = field << 3 | WireType::LengthDelimited as u32;
        encode_varint(tag.into(), &mut outer);
        encode_varint(bytes.len() as u64, &mut outer);
        outer.extend_from_slice(&bytes);
        bytes = outer;
    }
    bytes
}

#[test]
fn ten_thousand_nested_messages_of_each_kind_are_an_error() {
    // Plan.relations, PlanRel.root, RelRoot.input
    const ROOT: [u32; 3] = [1, 2, 3];
    // FilterRel.condition, Rel.filter
    const CONDITION: [u32; 2] = [3, 2];
    // NamedStruct.struct, ReadRel.base_schema, Rel.read
    const SCHEMA: [u32; 3] = [2, 2, 1];
    let below_root: [(&str, &[u32], &[u32]); 8] = [
        ("Rel.filter of FilterRel.input", &[2, 2], &[]),
        ("Rel.aggregate of AggregateRel.input", &[2, 4], &[]),
        ("ScalarFunction, FunctionArgument", &[3, 4, 3], &CONDITION),
        ("ScalarFunction.args", &[2, 3], &CONDITION),
        ("SingularOrList.options", &[2, 8], &CONDITION),
        ("Literal.List.values", &[1, 30], &[1, 3, 2]),
        ("FieldReference, StructField.child", &[2, 2], &[1, 2, 3, 2]),
        ("Type.struct, Struct.types", &[25, 1], &SCHEMA),
    ];
    for (name, fields, above) in below_root {
        let bytes = nested(10_000, fields, &[]);
        let bytes = nested(1, &ROOT, &nested(1, above, &bytes));
        let error = read_plan(&bytes).unwrap_err();
        let source = error.source().unwrap().to_string();
        assert!(source.contains("recursion limit"), "{name}: {source}");
    }
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
    let bytes = plan(fetch(filter(read(), list), 0, 10)).encode_to_vec();
    let plan = read_plan(&bytes).unwrap();
    assert!(plan.is_complete());
    let Some(Expr::InList { options, .. }) = plan.filter else {
        panic!("not a list")
    };
    assert_eq!(options.len(), 100_000);
}

#[test]
fn more_parts_than_any_query_has_are_an_error() {
    // Four bytes each: a literal of no kind.
    let empty = Expression {
        kind: Some(ExpressionKind::Literal(Box::default())),
    };
    let options = vec![empty; 1 << 19];
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
