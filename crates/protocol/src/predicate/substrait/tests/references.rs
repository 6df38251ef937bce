//! That a reference leads to the column it means, or to none.

use super::super::PlanError;
use super::super::messages::{
    ListType, MapType, PlanRelation, PlanRoot, Planned, Present, Reference, Relation, RelationKind,
    Root, Segment, SegmentKind, Type, TypeKind,
};
use super::build::{
    ADD, call, common, equal, field, filter, in_list, int, mask, plain, plan, project, read,
    reference, relation, schema, shown, shown_filter, structure, table, try_read,
};
use serde_json::json;

#[track_caller]
fn check(input: Relation, path: &[i32], column: &str) {
    let condition = in_list(field(path), Vec::new());
    assert_eq!(
        shown_filter(filter(input, condition)),
        format!("in({column}; )")
    );
}

#[test]
fn fields_of_structs_have_their_names() {
    check(read(), &[0], "a");
    check(read(), &[1], "s");
    check(read(), &[1, 0], "s.x");
    check(read(), &[1, 1], "s.y");
    check(read(), &[1, 1, 0], "s.y.z");
    check(read(), &[2], "b");
    check(read(), &[0, 0], "?");
}

#[test]
fn emits_and_projections_are_followed() {
    let sum = || call(ADD, [field(&[0]), int(1)]);
    // a, s, b, b, s.y, a + 1
    let wide = || project(read(), vec![field(&[2]), field(&[1, 1]), sum()], None);
    for (at, column) in ["a", "s", "b", "b", "s.y", "?"].into_iter().enumerate() {
        check(wide(), &[i32::try_from(at).unwrap()], column);
    }
    check(wide(), &[4, 0], "s.y.z");
    let narrow = || project(wide(), vec![int(1)], Some(&[6, 5, 4, 3, 3, 0]));
    for (at, column) in ["?", "?", "s.y", "b", "b", "a"].into_iter().enumerate() {
        check(narrow(), &[i32::try_from(at).unwrap()], column);
    }
    check(
        project(narrow(), vec![field(&[2, 0])], Some(&[6])),
        &[0],
        "s.y.z",
    );
}

#[test]
fn the_emit_of_every_relation_counts() {
    let mut read = table();
    read.common = Some(common(&[2, 0]));
    let mut below = filter(relation(RelationKind::Read(Box::new(read))), equal(0, 1));
    if let Some(RelationKind::Filter(filter)) = &mut below.kind {
        filter.common = Some(common(&[1, 0]));
    }
    let above = shown_filter(filter(below, equal(0, 2)));
    assert_eq!(above, "and(equal(b, i64 1), equal(a, i64 2))");
}

#[test]
fn a_mask_narrows_what_is_above_it_and_not_the_filter_of_the_read() {
    let masked = |items: &[(i32, bool)], maintain| {
        let mut read = table();
        read.filter = Some(equal(0, 1));
        read.projection = Some(mask(items, maintain));
        let above = filter(relation(RelationKind::Read(Box::new(read))), equal(0, 2));
        shown_filter(above)
    };
    let with = |column| format!("and(equal(a, i64 1), equal({column}, i64 2))");
    assert_eq!(masked(&[(2, false), (0, false)], true), with("b"));
    assert_eq!(masked(&[(2, false)], false), with("b"));
    // A part of a struct numbers its fields anew, and a lone struct may be opened.
    assert_eq!(masked(&[(1, true), (0, false)], true), with("?"));
    assert_eq!(masked(&[(1, false)], false), with("?"));
    assert_eq!(masked(&[(1, false)], true), with("s"));
}

#[test]
fn names_are_taken_through_lists_and_maps() {
    let boxed = |of| Some(Box::new(of));
    let pair = || structure(vec![plain(TypeKind::I8), plain(TypeKind::I8)]);
    let list = Type {
        kind: Some(TypeKind::List(Box::new(ListType {
            element: boxed(pair()),
        }))),
    };
    let map = Type {
        kind: Some(TypeKind::Map(Box::new(MapType {
            key: boxed(pair()),
            value: boxed(list.clone()),
        }))),
    };
    let outer = structure(vec![map.clone(), plain(TypeKind::I8)]);
    let names = [
        "l", "l1", "l2", "m", "k1", "k2", "v1", "v2", "o", "om", "c1", "c2", "d1", "d2", "on", "p",
    ];
    let mut read = table();
    read.base_schema = Some(schema(&names, vec![list, map, outer, plain(TypeKind::I8)]));
    let read = || relation(RelationKind::Read(Box::new(read.clone())));
    assert_eq!(shown(read())["columns"], "l m o p");
    check(read(), &[2, 1], "o.on");
    check(read(), &[3], "p");
    check(read(), &[0, 0], "?");
}

#[test]
fn references_to_anything_but_a_field_of_the_row_are_not_followed() {
    let segment = |kind| Segment { kind };
    let direct = |kind| Some(Reference::Direct(segment(kind)));
    let row = Some(Root::Input(Present {}));
    let whole = field(&[0]);
    let Some(super::super::messages::ExpressionKind::Selection(whole)) = whole.kind else {
        unreachable!()
    };
    for (of, root) in [
        (whole.reference.clone(), None),
        (whole.reference, Some(Root::Outer(Present {}))),
        (direct(None), row.clone()),
        (direct(Some(SegmentKind::MapKey(Present {}))), row.clone()),
        (
            direct(Some(SegmentKind::ListElement(Present {}))),
            row.clone(),
        ),
        (Some(Reference::Masked(Present {})), row.clone()),
        (None, row),
    ] {
        let condition = in_list(reference(of, root), Vec::new());
        let shown = shown(filter(read(), condition));
        assert_eq!(shown["filter"], "in(?; )");
        assert_eq!(shown["notUnderstood"].as_array().unwrap().len(), 1);
    }
}

#[test]
fn a_field_that_does_not_exist_is_an_error() {
    #[track_caller]
    fn check(relation: Relation, field: i32, fields: usize) {
        assert_eq!(
            try_read(&plan(relation)),
            Err(PlanError::Field { field, fields })
        );
    }
    check(filter(read(), equal(3, 1)), 3, 3);
    check(filter(read(), equal(-1, 1)), -1, 3);
    check(filter(read(), in_list(field(&[1, 2]), Vec::new())), 2, 2);
    check(project(read(), vec![field(&[9])], None), 9, 3);
    check(project(read(), vec![int(1)], Some(&[0, 4])), 4, 4);
    check(
        project(read(), vec![int(1)], Some(&[i32::MIN])),
        i32::MIN,
        4,
    );
    let mut masked = table();
    masked.projection = Some(mask(&[(3, false)], true));
    check(relation(RelationKind::Read(Box::new(masked))), 3, 3);
}

#[test]
fn the_names_of_the_result_skip_those_of_fields() {
    let outputs = |relation, names: &[&str]| {
        let mut plan = plan(relation);
        let Some(PlanRelation::Root(PlanRoot { input, .. })) = plan.relations.remove(0).relation
        else {
            unreachable!()
        };
        let names = names.iter().map(ToString::to_string).collect();
        plan.relations = vec![Planned {
            relation: Some(PlanRelation::Root(PlanRoot { input, names })),
        }];
        let read = try_read(&plan).unwrap();
        super::show::plan(&read)["projection"].clone()
    };
    let names = ["1", "2", "2x", "2y", "2z", "3"];
    assert_eq!(outputs(read(), &names), json!(["1 = a", "2 = s", "3 = b"]));
    // With one too few it cannot be told whose it is.
    assert_eq!(
        outputs(read(), &names[1..]),
        json!(["- = a", "- = s", "- = b"])
    );
    let computed = project(read(), vec![int(1)], Some(&[3, 1]));
    assert_eq!(
        outputs(computed, &["n", "2", "2x", "2y", "2z"]),
        json!(["n = ?", "2 = s"])
    );
}

#[test]
fn a_plan_without_a_root_has_no_names() {
    let mut plan = plan(read());
    plan.relations[0].relation = Some(PlanRelation::Relation(read()));
    let read = try_read(&plan).unwrap();
    assert_eq!(
        super::show::plan(&read)["projection"],
        json!(["- = a", "- = s", "- = b"])
    );
}
