//! Which relations are claimed, and in which order.

use super::super::messages::{
    Cast, Expression, ExpressionKind, FilterRel, IfClause, IfThen, Present, Relation, RelationKind,
    Root, SingleRel, SortField, SortKind, SortRel,
};
use super::build::{
    ADD, AND, aggregate, call, computed_fetch, enhanced, equal, expression, fetch, field, filter,
    in_list, int, old_fetch, plan, project, read, reference, relation, shown, shown_filter, sort,
    table, try_read,
};
use serde_json::{Value, json};

type Kind<T> = fn(T) -> RelationKind;

/// The parts of what is shown that relations tell.
#[track_caller]
fn check(relation: Relation, filter: &str, fetch: Option<[u64; 2]>, not_understood: &[&str]) {
    let shown = shown(relation);
    let (filter, fetch) = (Value::from(filter), json!(fetch));
    assert_eq!(*shown.get("filter").unwrap_or(&Value::from("")), filter);
    assert_eq!(*shown.get("fetch").unwrap_or(&Value::Null), fetch);
    let understood = json!([]);
    assert_eq!(
        *shown.get("notUnderstood").unwrap_or(&understood),
        json!(not_understood)
    );
}

#[test]
fn filter_then_fetch_are_claimed() {
    let rows = fetch(filter(read(), equal(0, 1)), 2, 3);
    check(rows, "equal(a, i64 1)", Some([2, 3]), &[]);
}

#[test]
fn filters_of_all_relations_and_of_the_read_are_joined() {
    let mut table = table();
    table.filter = Some(equal(0, 1));
    table.best_effort_filter = Some(equal(2, 9));
    let read = relation(RelationKind::Read(Box::new(table)));
    let rows = filter(filter(read, equal(2, 2)), equal(0, 3));
    let shown = shown(rows);
    assert_eq!(
        shown["filter"],
        "and(and(equal(a, i64 1), equal(b, i64 2)), equal(a, i64 3))"
    );
    assert_eq!(shown["bestEffortFilter"], "equal(b, i64 9)");
}

#[test]
fn a_filter_above_a_fetch_takes_neither() {
    const WHY: &[&str] = &["a condition above a fetch"];
    let below = || fetch(filter(read(), equal(0, 1)), 0, 3);
    check(filter(below(), equal(2, 2)), "equal(a, i64 1)", None, WHY);
    // Whatever stands between that keeps the rows.
    let between = sort(project(below(), vec![int(1)], Some(&[2, 0])), 0, 1);
    let why = ["an order above a fetch", WHY[0]];
    check(filter(between, equal(0, 2)), "equal(a, i64 1)", None, &why);
    // Nor what stands above.
    let above = fetch(filter(below(), equal(2, 2)), 0, 1);
    let why = [WHY[0], "a fetch above something that is not understood"];
    check(above, "equal(a, i64 1)", None, &why);
}

#[test]
fn a_having_is_no_where() {
    let groups = aggregate(filter(read(), equal(0, 1)));
    let why = [
        "an aggregate",
        "a condition on something that is not understood",
        "a fetch above something that is not understood",
        "an order above something that is not understood",
    ];
    let rows = sort(fetch(filter(groups, equal(0, 2)), 0, 5), 0, 1);
    let shown = shown(rows);
    assert_eq!(shown["filter"], "equal(a, i64 1)");
    assert_eq!(shown["notUnderstood"], json!(why));
    assert_eq!(
        [
            shown.get("projection"),
            shown.get("fetch"),
            shown.get("sort")
        ],
        [None; 3]
    );
}

#[test]
fn a_fetch_below_an_aggregate_stays_whatever_is_above() {
    let groups = aggregate(fetch(filter(read(), equal(0, 1)), 0, 5));
    let why = [
        "an aggregate",
        "a condition on something that is not understood",
    ];
    check(
        filter(groups, equal(0, 2)),
        "equal(a, i64 1)",
        Some([0, 5]),
        &why,
    );
}

#[test]
fn relations_that_make_other_rows_end_what_is_claimed() {
    let single: [(Kind<Box<SingleRel>>, &str); 6] = [
        (RelationKind::Aggregate, "an aggregate"),
        (RelationKind::Window, "a window relation"),
        (RelationKind::TopN, "a top-n relation"),
        (RelationKind::Exchange, "an exchange"),
        (RelationKind::Expand, "an expansion"),
        (RelationKind::ExtensionSingle, "a relation of an extension"),
    ];
    for (kind, what) in single {
        let input = Some(filter(read(), equal(0, 1)));
        let above = relation(kind(Box::new(SingleRel { input })));
        let why = [what, "a fetch above something that is not understood"];
        check(fetch(above, 0, 1), "equal(a, i64 1)", None, &why);
    }
}

#[test]
fn relations_without_one_input_have_no_table() {
    let none: [(Kind<Present>, &str); 13] = [
        (RelationKind::Join, "a join"),
        (RelationKind::HashJoin, "a join"),
        (RelationKind::MergeJoin, "a join"),
        (RelationKind::NestedLoopJoin, "a join"),
        (RelationKind::LateralJoin, "a join"),
        (RelationKind::Cross, "a cross product"),
        (RelationKind::Set, "a set operation"),
        (RelationKind::ExtensionMulti, "a relation of an extension"),
        (RelationKind::ExtensionLeaf, "a relation of an extension"),
        (RelationKind::Reference, "a shared relation"),
        (RelationKind::Write, "nothing but changes a table"),
        (RelationKind::Update, "nothing but changes a table"),
        (RelationKind::Ddl, "nothing but changes a table"),
    ];
    let kinds = none.map(|(kind, what)| (relation(kind(Present {})), what));
    let unknown = (Relation { kind: None }, "a relation of an unknown kind");
    for (below, what) in kinds.into_iter().chain([unknown]) {
        let error = try_read(&plan(filter(below, equal(0, 1)))).unwrap_err();
        let expected = format!("the query plan reads {what}, expected one named table");
        assert_eq!(error.to_string(), expected);
    }
}

#[test]
fn a_fetch_of_a_fetch_is_one() {
    check(fetch(fetch(read(), 2, 10), 3, 100), "", Some([5, 7]), &[]);
    let between = project(fetch(read(), 2, 10), vec![int(1)], None);
    check(fetch(between, 0, 4), "", Some([2, 4]), &[]);
}

#[test]
fn both_forms_of_a_fetch_are_read() {
    check(old_fetch(read(), 1, 2), "", Some([1, 2]), &[]);
    check(old_fetch(read(), 0, 0), "", Some([0, 0]), &[]);
    for all in [
        old_fetch(read(), 1, -1),
        computed_fetch(read(), Some(int(1)), None),
    ] {
        assert_eq!(shown(all)["fetch"], json!([1, null]));
    }
    let sum = || Some(call(ADD, [int(1), int(2)]));
    let why = ["a fetch of a computed number of rows"];
    check(computed_fetch(read(), None, sum()), "", None, &why);
    check(computed_fetch(read(), sum(), Some(int(1))), "", None, &why);
    let above = filter(computed_fetch(read(), None, sum()), equal(0, 1));
    let why = [why[0], "a condition on something that is not understood"];
    check(above, "", None, &why);
}

#[test]
fn an_order_belongs_to_the_fetch_above_it() {
    let rows = shown(fetch(sort(filter(read(), equal(0, 1)), 2, 3), 0, 4));
    assert_eq!(rows["sort"], json!(["b desc nulls first"]));
    assert_eq!(rows["fetch"], json!([0, 4]));
    assert_eq!(rows.get("notUnderstood"), None);
    // The last of two orders counts.
    let rows = shown(sort(sort(read(), 2, 1), 0, 2));
    assert_eq!(rows["sort"], json!(["a asc nulls last"]));
}

#[test]
fn an_order_above_a_fetch_tells_nothing_of_it() {
    let rows = shown(sort(fetch(sort(read(), 0, 1), 0, 4), 2, 1));
    assert_eq!(rows["sort"], json!(["a asc nulls first"]));
    assert_eq!(rows["fetch"], json!([0, 4]));
    assert_eq!(rows["notUnderstood"], json!(["an order above a fetch"]));
    // Nor may a fetch above it count in the other order.
    let rows = shown(fetch(sort(fetch(sort(read(), 0, 1), 0, 4), 2, 1), 0, 2));
    assert_eq!(rows["fetch"], json!([0, 4]));
}

#[test]
fn an_order_of_no_direction_is_told() {
    for kind in [
        None,
        Some(SortKind::Direction(0)),
        Some(SortKind::Direction(5)),
        Some(SortKind::Direction(-1)),
        Some(SortKind::Comparison(1)),
    ] {
        let expression = Some(field(&[0]));
        let rows = shown(relation(RelationKind::Sort(Box::new(SortRel {
            input: Some(read()),
            sorts: vec![SortField { expression, kind }],
            ..Default::default()
        }))));
        assert_eq!(rows["sort"], json!(["a ?"]));
        assert_eq!(
            rows["notUnderstood"],
            json!(["an order of another direction"])
        );
    }
}

#[test]
fn an_extension_that_changes_a_relation_ends_what_is_claimed() {
    let enhanced_filter = |input, condition| {
        relation(RelationKind::Filter(Box::new(FilterRel {
            input: Some(input),
            condition: Some(condition),
            advanced: Some(enhanced()),
            ..Default::default()
        })))
    };
    assert_eq!(shown_filter(enhanced_filter(read(), equal(0, 1))), "");
    let below = fetch(filter(read(), equal(0, 1)), 0, 3);
    let above = shown(enhanced_filter(below, equal(0, 2)));
    assert_eq!(above["filter"], "equal(a, i64 1)");
    assert_eq!(above.get("fetch"), None);
    // And one of the read, of its table or of the plan leaves only the table.
    let rows = || fetch(filter(read(), equal(0, 1)), 0, 1);
    let mut changed = plan(rows());
    changed.advanced = Some(enhanced());
    let changed = try_read(&changed).unwrap();
    assert_eq!(
        (changed.filter, changed.fetch, changed.projection),
        (None, None, None)
    );
    assert!(
        changed
            .not_understood
            .contains(&"an extension of the plan or its read")
    );
    let mut table = table();
    table.advanced = Some(enhanced());
    table.filter = Some(equal(0, 1));
    table.best_effort_filter = Some(equal(0, 1));
    let read = relation(RelationKind::Read(Box::new(table)));
    let shown = shown(fetch(read, 0, 1));
    assert_eq!(
        [
            shown.get("filter"),
            shown.get("bestEffortFilter"),
            shown.get("fetch")
        ],
        [None; 3]
    );
}

#[test]
fn nothing_is_moved_past_what_may_look_at_other_rows() {
    const ABOVE: &str = "a condition on something that is not understood";
    const FETCH: &str = "a fetch above something that is not understood";
    let window = || expression(ExpressionKind::WindowFunction(Present {}));
    let within = || {
        let ifs = vec![IfClause {
            condition: Some(equal(0, 1)),
            then: Some(window()),
        }];
        expression(ExpressionKind::IfThen(Box::new(IfThen {
            ifs,
            otherwise: None,
        })))
    };
    let cast = || {
        expression(ExpressionKind::Cast(Box::new(Cast {
            to: None,
            input: Some(window()),
        })))
    };
    let kinds = [
        window(),
        within(),
        cast(),
        call(ADD, [int(1), window()]),
        in_list(int(1), vec![window()]),
        in_list(window(), vec![]),
        expression(ExpressionKind::Switch(Present {})),
        expression(ExpressionKind::MultiOrList(Present {})),
        expression(ExpressionKind::Nested(Present {})),
        Expression::default(),
        reference(None, Some(Root::Expression(Present {}))),
    ];
    for of in kinds {
        let below = || filter(read(), equal(0, 1));
        let projected = project(below(), vec![of.clone()], None);
        let why = ["a projection that may look at other rows", ABOVE, FETCH];
        check(
            fetch(filter(projected, equal(0, 2)), 0, 1),
            "equal(a, i64 1)",
            None,
            &why,
        );
        // No part of such a condition is claimed, nor one above it.
        let judged = filter(below(), call(AND, [equal(0, 2), of.clone()]));
        let why = ["a condition that may look at other rows", ABOVE, FETCH];
        check(
            fetch(filter(judged, equal(0, 3)), 0, 1),
            "equal(a, i64 1)",
            None,
            &why,
        );
        let sorts = vec![SortField {
            expression: Some(of.clone()),
            kind: Some(SortKind::Direction(1)),
        }];
        let sorted = relation(RelationKind::Sort(Box::new(SortRel {
            input: Some(below()),
            sorts,
            ..Default::default()
        })));
        let why = ["an order that may look at other rows", ABOVE, FETCH];
        check(
            fetch(filter(sorted, equal(0, 3)), 0, 1),
            "equal(a, i64 1)",
            None,
            &why,
        );
        let mut table = table();
        table.best_effort_filter = Some(of);
        let read = relation(RelationKind::Read(Box::new(table)));
        assert_eq!(shown(read).get("bestEffortFilter"), None);
    }
}

#[test]
fn a_projection_of_one_row_lets_fetches_through() {
    let ifs = vec![IfClause {
        condition: Some(equal(0, 1)),
        then: Some(int(2)),
    }];
    let otherwise = Some(field(&[0]));
    let of = expression(ExpressionKind::IfThen(Box::new(IfThen { ifs, otherwise })));
    check(
        fetch(project(read(), vec![of], None), 0, 1),
        "",
        Some([0, 1]),
        &[],
    );
}
