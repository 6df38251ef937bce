//! What expressions say.

use super::super::messages::{
    Argument, ArgumentKind, Cast, Expression, ExpressionKind, Literal, LiteralKind, Plan, Present,
    ScalarFunction, Type,
};
use super::super::{Expr, PlanError};
use super::build::{
    AND, EQUAL, GT, NOT, OR, argument, call, equal, expression, field, filter, function, in_list,
    int, literal, plan, read, shown, shown_filter, try_read, uri,
};
use super::show;

#[track_caller]
fn check(condition: Expression, expected: &str) {
    assert_eq!(shown_filter(filter(read(), condition)), expected);
}

#[test]
fn not_and_or_keep_their_structure() {
    let either = call(
        OR,
        [
            equal(0, 1),
            call(NOT, [call(AND, [equal(0, 2), equal(2, 3)])]),
        ],
    );
    let expected = "or(equal(a, i64 1), not(and(equal(a, i64 2), equal(b, i64 3))))";
    check(either, expected);
}

#[test]
fn sides_are_not_exchanged() {
    check(call(GT, [int(5), field(&[0])]), "gt(i64 5, a)");
    check(call(EQUAL, [field(&[0]), field(&[2])]), "equal(a, b)");
}

#[test]
fn a_list_is_one_expression() {
    check(
        in_list(field(&[0]), vec![int(1), int(2)]),
        "in(a; i64 1, i64 2)",
    );
    check(call(NOT, [in_list(field(&[0]), vec![])]), "not(in(a; ))");
}

#[test]
fn kinds_that_are_not_known_are_unknown_where_they_stand() {
    let kinds = [
        Some(ExpressionKind::IfThen(Box::default())),
        Some(ExpressionKind::Subquery(Present {})),
        Some(ExpressionKind::DynamicParameter(Present {})),
        Some(ExpressionKind::Literal(Box::default())),
        Some(ExpressionKind::Literal(Box::new(Literal {
            kind: Some(LiteralKind::I32(1)),
            variation: 7,
        }))),
        Some(ExpressionKind::Cast(Box::new(Cast {
            to: Some(Type::default()),
            input: Some(int(1)),
        }))),
    ];
    for kind in kinds {
        let either = call(OR, [equal(0, 1), Expression { kind }]);
        let plan = try_read(&plan(filter(read(), either))).unwrap();
        let filter = plan.filter.as_ref().unwrap();
        assert_eq!(show::expr(filter), "or(equal(a, i64 1), ?)");
        assert!(!filter.is_known());
        assert_eq!(plan.not_understood.len(), 1);
        assert!(!plan.is_complete());
    }
}

#[test]
fn functions_that_are_changed_or_called_in_two_ways_are_unknown() {
    let of = |call: ScalarFunction| expression(ExpressionKind::ScalarFunction(Box::new(call)));
    let args = vec![field(&[0]), int(1)];
    let old = ScalarFunction {
        function: EQUAL,
        args,
        ..Default::default()
    };
    check(of(old.clone()), "equal(a, i64 1)");
    let with_options = ScalarFunction {
        options: vec![Present {}],
        ..old.clone()
    };
    check(of(with_options), "?");
    let kind = |kind| Argument { kind };
    let both = ScalarFunction {
        arguments: vec![argument(int(1))],
        ..old
    };
    check(of(both), "?");
    let other = ScalarFunction {
        function: EQUAL,
        arguments: vec![
            kind(Some(ArgumentKind::Enum("YEAR".to_owned()))),
            kind(Some(ArgumentKind::Type(Present {}))),
        ],
        ..Default::default()
    };
    check(of(other), "equal(?, ?)");
}

#[test]
fn functions_are_declared_in_both_forms() {
    let with = |change: fn(&mut Plan)| {
        let mut plan = plan(filter(read(), call(9, [field(&[0]), int(1)])));
        plan.extensions = vec![function(9, "equal:any_any")];
        change(&mut plan);
        show::expr(try_read(&plan).unwrap().filter.as_ref().unwrap())
    };
    let known = "equal(a, i64 1)";
    assert_eq!(with(|_| {}), known);
    assert_eq!(
        with(|plan| plan.uris = vec![uri(0, "/functions_comparison.yaml")]),
        known
    );
    assert_eq!(
        with(|plan| plan.urns = vec![uri(0, "extension:io.substrait:functions_comparison")]),
        known
    );
    assert_eq!(
        with(|plan| plan.urns = vec![uri(1, "extension:org.example:f")]),
        known
    );
    assert_eq!(
        with(|plan| plan.urns = vec![uri(0, "extension:org.example:f")]),
        "?"
    );
    assert_eq!(
        with(|plan| plan.uris = vec![uri(0, "https://example.org/f.yaml")]),
        "?"
    );
    assert_eq!(
        with(|plan| plan.extensions = vec![function(9, ":any_any")]),
        "?"
    );
}

#[test]
fn functions_are_declared_once() {
    let mut twice = plan(read());
    twice.extensions.push(function(EQUAL, "gt"));
    let error = PlanError::FunctionTwice { anchor: EQUAL };
    assert_eq!(try_read(&twice), Err(error));
    let never = plan(filter(read(), call(77, [])));
    assert_eq!(
        try_read(&never),
        Err(PlanError::UnknownFunction { anchor: 77 })
    );
}

#[test]
fn values_are_not_shown() {
    let secret = || literal(LiteralKind::String("hush".to_owned()));
    let either = call(EQUAL, [field(&[0]), secret()]);
    let plan = try_read(&plan(filter(read(), either))).unwrap();
    let text = format!("{plan:?}");
    assert!(text.contains("String(..)"), "{text}");
    assert!(!text.contains("hush"), "{text}");
    assert!(matches!(plan.filter, Some(Expr::Call { .. })));
    let shown = shown(filter(read(), in_list(secret(), vec![])));
    assert_eq!(shown["filter"], "in(string hush; )");
}
