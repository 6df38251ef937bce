//! What a plan must have, and what its literals must be.

use super::super::messages::{
    Cast, DecimalLiteral, ExpressionKind, FilterRel, ListLiteral, Literal, LiteralKind, Mask,
    NamedTable, PrecisionLiteral, Present, Relation, RelationKind, SingleRel, SingularOrList,
    SortField, SortRel, Source, StructType, TypeKind,
};
use super::super::{PlanError, read as read_plan};
use super::build::{
    aggregate, equal, expression, fetch, field, filter, in_list, int, literal, old_fetch, plain,
    plan, read, relation, schema, table, try_read,
};
use crate::predicate::QueryPlan;

#[track_caller]
fn check(relation: Relation, message: &str) {
    let error = try_read(&plan(relation)).unwrap_err();
    assert_eq!(error.to_string(), message);
}

#[test]
fn a_plan_is_one_relation() {
    assert_eq!(read_plan(&[]), Err(PlanError::Relations { got: 0 }));
    let mut two = plan(read());
    two.relations.push(two.relations[0].clone());
    assert_eq!(try_read(&two), Err(PlanError::Relations { got: 2 }));
    let mut none = plan(read());
    none.relations[0].relation = None;
    let error = try_read(&none).unwrap_err().to_string();
    assert_eq!(error, "a PlanRel of the query plan has no relation");
}

#[test]
fn what_is_missing_is_named() {
    let of = |kind: RelationKind| relation(kind);
    let input = || Some(read());
    check(
        of(RelationKind::Filter(Box::new(FilterRel {
            input: input(),
            ..Default::default()
        }))),
        "a FilterRel of the query plan has no condition",
    );
    check(
        of(RelationKind::Filter(Box::new(FilterRel {
            condition: Some(int(1)),
            ..Default::default()
        }))),
        "a FilterRel of the query plan has no input",
    );
    check(
        of(RelationKind::Fetch(Box::default())),
        "a FetchRel of the query plan has no input",
    );
    check(
        of(RelationKind::Sort(Box::default())),
        "a SortRel of the query plan has no input",
    );
    check(
        of(RelationKind::Project(Box::default())),
        "a ProjectRel of the query plan has no input",
    );
    check(
        of(RelationKind::Aggregate(Box::<SingleRel>::default())),
        "a relation of the query plan has no input",
    );
    let sorts = vec![SortField::default()];
    check(
        of(RelationKind::Sort(Box::new(SortRel {
            input: input(),
            sorts,
            ..Default::default()
        }))),
        "a SortField of the query plan has no expr",
    );
    let condition = |kind| filter(read(), expression(kind));
    check(
        condition(ExpressionKind::SingularOrList(
            Box::<SingularOrList>::default(),
        )),
        "a SingularOrList of the query plan has no value",
    );
    check(
        condition(ExpressionKind::Cast(Box::<Cast>::default())),
        "a Cast of the query plan has no input",
    );
    let cast = Cast {
        input: Some(int(1)),
        to: None,
    };
    check(
        condition(ExpressionKind::Cast(Box::new(cast))),
        "a Cast of the query plan has no type",
    );
}

#[test]
fn a_read_is_of_a_named_table_with_a_schema() {
    let reads = |change: fn(&mut super::super::messages::ReadRel), message: &str| {
        let mut table = table();
        change(&mut table);
        check(
            aggregate(relation(RelationKind::Read(Box::new(table)))),
            message,
        );
    };
    let other = |what| format!("the query plan reads {what}, expected one named table");
    reads(
        |read| read.source = None,
        &other("a table of an unknown kind"),
    );
    reads(
        |read| read.source = Some(Source::VirtualTable(Present {})),
        &other("values"),
    );
    reads(
        |read| read.source = Some(Source::LocalFiles(Present {})),
        &other("files"),
    );
    reads(
        |read| read.source = Some(Source::ExtensionTable(Present {})),
        &other("a table of another kind"),
    );
    reads(
        |read| read.source = Some(Source::IcebergTable(Present {})),
        &other("a table of another kind"),
    );
    reads(
        |read| read.source = Some(Source::NamedTable(NamedTable::default())),
        "a NamedTable of the query plan has no names",
    );
    reads(
        |read| read.base_schema = None,
        "a ReadRel of the query plan has no base_schema",
    );
    reads(
        |read| read.base_schema.as_mut().unwrap().fields = None,
        "a NamedStruct of the query plan has no struct",
    );
    reads(
        |read| read.base_schema = Some(schema(&["a"], vec![])),
        "the schema of the query plan has 1 names for 0 fields",
    );
    let two = "the schema of the query plan has 1 names for 2 fields";
    reads(
        |read| read.base_schema = Some(schema(&["a"], vec![plain(TypeKind::I8); 2])),
        two,
    );
    reads(
        |read| read.projection = Some(Mask::default()),
        "a MaskExpression of the query plan has no select",
    );
}

#[test]
fn a_table_without_columns_is_one() {
    let mut table = table();
    table.base_schema.as_mut().unwrap().names.clear();
    table.base_schema.as_mut().unwrap().fields = Some(StructType::default());
    let plan = try_read(&plan(relation(RelationKind::Read(Box::new(table))))).unwrap();
    assert_eq!((plan.columns.len(), plan.projection), (0, Some(Vec::new())));
}

#[test]
fn rows_are_not_counted_below_zero() {
    check(
        fetch(read(), -1, 1),
        "the offset of a fetch of the query plan is negative",
    );
    check(
        fetch(read(), 0, -1),
        "the count of a fetch of the query plan is negative",
    );
    check(
        old_fetch(read(), 0, -2),
        "the count of a fetch of the query plan is negative",
    );
    check(
        old_fetch(read(), i64::MIN, 1),
        "the offset of a fetch of the query plan is negative",
    );
}

#[test]
fn a_literal_is_one_of_its_type() {
    let decimal = |value: Vec<u8>, precision, scale| {
        LiteralKind::Decimal(Box::new(DecimalLiteral {
            value,
            precision,
            scale,
        }))
    };
    let digits = |unscaled: i128| unscaled.to_le_bytes().to_vec();
    let stamp = |precision| {
        LiteralKind::PrecisionTimestamp(PrecisionLiteral {
            precision,
            value: 4711,
        })
    };
    let nested = LiteralKind::List(ListLiteral {
        values: vec![Literal {
            kind: Some(LiteralKind::I8(4711)),
            variation: 0,
        }],
    });
    for (kind, message) in [
        (
            LiteralKind::I8(4711),
            "a literal of type i8 of the query plan is out of its range",
        ),
        (
            nested,
            "a literal of type i8 of the query plan is out of its range",
        ),
        (
            LiteralKind::I16(-47_110),
            "a literal of type i16 of the query plan is out of its range",
        ),
        (
            decimal(vec![47; 15], 9, 0),
            "a literal of type decimal of the query plan has not 16 bytes",
        ),
        (
            decimal(digits(4711), 0, 0),
            "a literal of type decimal of the query plan has a precision that is not 1 to 38",
        ),
        (
            decimal(digits(4711), 39, 0),
            "a literal of type decimal of the query plan has a precision that is not 1 to 38",
        ),
        (
            decimal(digits(4711), 9, 10),
            "a literal of type decimal of the query plan has a scale outside its precision",
        ),
        (
            decimal(digits(4711), 9, -1),
            "a literal of type decimal of the query plan has a scale outside its precision",
        ),
        (
            decimal(digits(4711), 3, 0),
            "a literal of type decimal of the query plan has more digits than its precision",
        ),
        (
            decimal(digits(i128::MIN), 38, 0),
            "a literal of type decimal of the query plan has more digits than its precision",
        ),
        (
            stamp(13),
            "a literal of type precision_timestamp of the query plan has a precision that is not 0 to 12",
        ),
        (
            stamp(-1),
            "a literal of type precision_timestamp of the query plan has a precision that is not 0 to 12",
        ),
    ] {
        check(
            filter(read(), in_list(field(&[0]), vec![literal(kind)])),
            message,
        );
    }
}

#[test]
fn a_list_with_an_unknown_value_is_unknown() {
    let values = vec![Literal::default()];
    let list = literal(LiteralKind::List(ListLiteral { values }));
    let plan = try_read(&plan(filter(read(), in_list(list, vec![])))).unwrap();
    assert_eq!(super::show::expr(plan.filter.as_ref().unwrap()), "in(?; )");
}

#[test]
fn text_that_is_not_base64_or_too_long_is_not_decoded() {
    let plan = |substrait_plan: String| QueryPlan {
        substrait_version: String::new(),
        substrait_plan,
    };
    assert_eq!(plan("hush!".to_owned()).read(), Err(PlanError::Text));
    assert_eq!(plan("aGk".to_owned()).read(), Err(PlanError::Text));
    assert_eq!(
        plan(String::new()).read(),
        Err(PlanError::Relations { got: 0 })
    );
    let long = plan("A".repeat(6 << 20)).read();
    assert!(matches!(long, Err(PlanError::TooLong { .. })), "{long:?}");
    let long = read_plan(&vec![0; (4 << 20) + 1]);
    assert!(matches!(long, Err(PlanError::TooLong { .. })), "{long:?}");
}

#[test]
fn unused_parts_of_a_plan_need_not_be_right() {
    // Not claimed, so not looked at.
    let above = filter(aggregate(read()), equal(99, 1));
    assert!(try_read(&plan(above)).is_ok());
}
