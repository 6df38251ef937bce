use arrow::datatypes::{DataType, Schema};
use athena_protocol::predicate::{
    Asked, Bound, Constraints, Direction, Marker, OrderByField, Predicate, Range, Rule, Scalar,
    Test, ValueSet,
};
use std::collections::BTreeMap;

use super::plan;
use crate::plan::{Access, Column, Columns, Plan, PlanOptions, Value};
use crate::table::{Index, KeyAttribute, KeyKind, Keys, Projection, Scope, Table};

const TOTAL: DataType = DataType::Decimal128(10, 2);

fn keys(hash: &str, range: Option<(&str, KeyKind)>) -> Keys {
    let key = |name: &str, kind| KeyAttribute {
        name: name.to_owned(),
        kind,
    };
    Keys {
        hash: key(hash, KeyKind::S),
        range: range.map(|(name, kind)| key(name, kind)),
    }
}

fn orders() -> Table {
    let index = |name: &str, keys, scope, projection| Index {
        name: name.to_owned(),
        keys,
        scope,
        projection,
        active: true,
        size_bytes: 0,
        item_count: 0,
        read_units: None,
    };
    let some = Projection::Include(vec!["total".to_owned()]);
    Table {
        name: "Orders".to_owned(),
        keys: keys("id", Some(("day", KeyKind::N))),
        indexes: vec![
            index(
                "by_status",
                keys("status", Some(("total", KeyKind::N))),
                Scope::Global,
                Projection::All,
            ),
            index(
                "by_note",
                keys("note", Some(("day", KeyKind::N))),
                Scope::Global,
                some,
            ),
            index(
                "by_total",
                keys("id", Some(("total", KeyKind::N))),
                Scope::Local,
                Projection::All,
            ),
        ],
        size_bytes: 1 << 30,
        item_count: 1 << 20,
        read_units: None,
    }
}

fn columns() -> Columns {
    [
        ("id", DataType::Utf8),
        ("day", DataType::Int64),
        ("status", DataType::Utf8),
        ("total", TOTAL),
        ("note", DataType::Utf8),
        ("paid", DataType::Boolean),
        ("raw", DataType::Binary),
        ("at", DataType::Date64),
    ]
    .into_iter()
    .map(|(name, data_type)| {
        (
            name.to_owned(),
            Column {
                data_type,
                attributes: vec![name.to_owned()],
                any_case: false,
                times: None,
            },
        )
    })
    .collect()
}

fn text(values: &[&str]) -> ValueSet {
    ValueSet::of_values(
        &DataType::Utf8,
        values.iter().map(|value| Scalar::Utf8((*value).to_owned())),
    )
}

fn days(values: &[i64]) -> ValueSet {
    ValueSet::of_values(&DataType::Int64, values.iter().map(|day| Scalar::Int(*day)))
}

fn total(unscaled: i128) -> Scalar {
    Scalar::Decimal { unscaled, scale: 2 }
}

/// The range from `low` to `high`, the lower end excluded, or without upper end.
fn between(data_type: &DataType, low: Scalar, high: Option<Scalar>) -> ValueSet {
    let marker = |value, bound| Marker {
        data_type: data_type.clone(),
        value: Some(value),
        bound,
    };
    let high = high.map_or(Marker::upper_unbounded(data_type), |high| {
        marker(high, Bound::Exactly)
    });
    let ranges = vec![Range {
        low: marker(low, Bound::Above),
        high,
    }];
    ValueSet::SortedRangeSet {
        data_type: data_type.clone(),
        ranges,
        null_allowed: false,
    }
}

fn or_null(mut set: ValueSet) -> ValueSet {
    if let ValueSet::SortedRangeSet { null_allowed, .. } = &mut set {
        *null_allowed = true;
    }
    set
}

fn planned(summary: Vec<(&str, ValueSet)>, wanted: Option<&[&str]>) -> Plan {
    let summary = summary
        .into_iter()
        .map(|(name, set)| (name.to_owned(), set))
        .collect();
    let constraints = Constraints {
        summary,
        ..Constraints::default()
    };
    let wanted = wanted.map(|wanted| {
        wanted
            .iter()
            .map(|name| (*name).to_owned())
            .collect::<Vec<_>>()
    });
    let asked = Asked::of(&constraints, "orders", &Schema::empty());
    plan(
        &orders(),
        &columns(),
        wanted.as_deref(),
        &asked,
        &PlanOptions::default(),
    )
}

/// Checks a plan's description, and its filter with the placeholders filled in.
#[track_caller]
fn check(summary: Vec<(&str, ValueSet)>, description: &str, filter: &str) {
    let plan = planned(summary, None);
    assert_eq!(plan.describe(), description);
    let words = plan
        .expressions
        .filter
        .as_deref()
        .unwrap_or_default()
        .split_inclusive([' ', '(', ')', ',']);
    let filled: String = words
        .map(|word| {
            let alias = word.trim_end_matches([' ', '(', ')', ',']);
            let end = &word[alias.len()..];
            let name = plan.expressions.names.get(alias).cloned();
            let value = plan.expressions.values.get(alias).map(|value| match value {
                Value::S(text) => format!("'{text}'"),
                Value::N(text) => text.clone(),
                Value::B(bytes) => format!("{bytes:?}"),
                Value::Bool(truth) => truth.to_string(),
            });
            name.or(value).unwrap_or(alias.to_owned()) + end
        })
        .collect();
    assert_eq!(filled, filter);
}

/// The key conditions of the plan, with values filled in.
fn queries(plan: &Plan) -> Vec<String> {
    let Access::Query { conditions, .. } = &plan.access else {
        return Vec::new();
    };
    let filled = conditions.iter().map(|condition| {
        let (mut text, values) = condition.expression("hash", "range");
        for (alias, value) in values {
            let (Value::S(value) | Value::N(value)) = value else {
                panic!("{value:?}")
            };
            text = text.replace(&alias, &value);
        }
        text
    });
    filled.collect()
}

#[test]
fn without_constraints_the_table_is_scanned() {
    check(vec![], "scan table in 32 segments, no filter, 8 splits", "");
}

#[test]
fn filters_let_attributes_of_other_types_pass() {
    let scan = "scan table in 32 segments, filter on 1 attribute, 8 splits";
    let one = "(status = 'x' OR (attribute_exists(status) AND NOT attribute_type(status, 'S')))";
    // Not through `by_status`, as items without `total` are not in it.
    check(vec![("status", text(&["x"]))], scan, one);
    let many =
        "(status IN ('x', 'y') OR (attribute_exists(status) AND NOT attribute_type(status, 'S')))";
    check(vec![("status", text(&["y", "x"]))], scan, many);
    let null = "(status = 'x' OR attribute_not_exists(status) OR NOT attribute_type(status, 'S'))";
    check(vec![("status", or_null(text(&["x"])))], scan, null);
    let only_null = "(attribute_not_exists(status) OR NOT attribute_type(status, 'S'))";
    check(
        vec![("status", ValueSet::only_null(&DataType::Utf8))],
        scan,
        only_null,
    );
    let not_null = "(attribute_exists(at) AND NOT attribute_type(at, 'NULL'))";
    check(
        vec![("at", ValueSet::not_null(&DataType::Date64))],
        scan,
        not_null,
    );
    let yes = ValueSet::of_values(&DataType::Boolean, [Scalar::Bool(true)]);
    let paid = "(paid = true OR (attribute_exists(paid) AND NOT attribute_type(paid, 'BOOL')))";
    check(vec![("paid", yes)], scan, paid);
    let bytes = ValueSet::of_values(&DataType::Binary, [Scalar::Binary(vec![0, 255])]);
    let raw = "(raw = [0, 255] OR (attribute_exists(raw) AND NOT attribute_type(raw, 'B')))";
    check(vec![("raw", bytes)], scan, raw);
}

#[test]
fn decimals_are_moved_out_by_half_a_unit() {
    let scan = "scan table in 32 segments, filter on 1 attribute, 8 splits";
    let other = "(attribute_exists(total) AND NOT attribute_type(total, 'N'))";
    let one = ValueSet::of_values(&TOTAL, [total(1250)]);
    check(
        vec![("total", one.clone())],
        scan,
        &format!("(total BETWEEN 12.495 AND 12.505 OR {other})"),
    );
    let from = between(&TOTAL, total(-100), None);
    check(
        vec![("total", from)],
        scan,
        &format!("(total >= -1.005 OR {other})"),
    );
    let or_null = or_null(one);
    let null = "(total < -99999999.99 OR total BETWEEN 12.495 AND 12.505 OR total > 99999999.99 \
                OR attribute_not_exists(total) OR NOT attribute_type(total, 'N'))";
    check(vec![("total", or_null)], scan, null);
}

#[test]
fn a_key_that_is_not_queried_is_filtered_without_regard_to_other_types() {
    let scan = "scan table in 32 segments, filter on 1 attribute, 8 splits";
    check(vec![("day", days(&[3]))], scan, "day = 3");
    let range = between(&DataType::Int64, Scalar::Int(3), Some(Scalar::Int(5)));
    check(vec![("day", range)], scan, "(day > 3 AND day <= 5)");
    check(
        vec![("day", ValueSet::not_null(&DataType::Int64))],
        &scan.replace("filter on 1 attribute", "no filter"),
        "",
    );
}

#[test]
fn keys_are_queried_and_not_filtered() {
    let plan = planned(
        vec![
            ("status", text(&["b", "a"])),
            ("total", ValueSet::of_values(&TOTAL, [total(100)])),
        ],
        None,
    );
    assert_eq!(
        plan.describe(),
        "query index by_status by hash and range key, 2 keys, no filter, 2 splits"
    );
    let expected = [
        "a AND range BETWEEN 0.995 AND 1.005",
        "b AND range BETWEEN 0.995 AND 1.005",
    ];
    assert_eq!(
        queries(&plan),
        expected.map(|text| format!("hash = {text}"))
    );

    let range = between(&DataType::Int64, Scalar::Int(3), Some(Scalar::Int(5)));
    let plan = planned(
        vec![
            ("id", text(&["a"])),
            ("day", range),
            ("paid", ValueSet::not_null(&DataType::Boolean)),
        ],
        None,
    );
    assert_eq!(
        plan.describe(),
        "query table by hash and range key, 1 key, filter on 1 attribute, 1 split"
    );
    assert_eq!(queries(&plan), ["hash = a AND range BETWEEN 3 AND 5"]);
}

#[test]
fn items_are_fetched_by_their_whole_keys() {
    let plan = planned(
        vec![
            ("id", text(&["b", "a"])),
            ("day", days(&[3, 1])),
            ("paid", ValueSet::not_null(&DataType::Boolean)),
        ],
        None,
    );
    assert_eq!(plan.describe(), "get 4 items by key, 1 split");
    assert_eq!(plan.expressions.filter, None);
    let Access::Batch { keys, .. } = &plan.access else {
        panic!("{plan:?}")
    };
    let pairs: Vec<_> = keys
        .iter()
        .map(|key| (key.hash.clone(), key.range.clone().unwrap()))
        .collect();
    let pair = |id: &str, day: &str| (Value::S(id.to_owned()), Value::N(day.to_owned()));
    assert_eq!(
        pairs,
        [
            pair("a", "1"),
            pair("a", "3"),
            pair("b", "1"),
            pair("b", "3")
        ]
    );
    // One item may as well be queried for, which takes a filter.
    let one = planned(vec![("id", text(&["a"])), ("day", days(&[3]))], None);
    assert_eq!(
        one.describe(),
        "query table by hash and range key, 1 key, no filter, 1 split"
    );
}

#[test]
fn an_index_is_queried_only_if_it_has_every_item_and_attribute_that_qualifies() {
    let status = || ("status", text(&["x"]));
    let note = || ("note", text(&["x"]));
    let some_total = || ("total", between(&TOTAL, total(100), None));
    let index =
        |summary, wanted: Option<&[&str]>| planned(summary, wanted).index.unwrap_or_default();
    assert_eq!(
        index(vec![status()], None),
        "",
        "items without `total` would be missed"
    );
    assert_eq!(
        index(vec![status(), ("total", ValueSet::not_null(&TOTAL))], None),
        "by_status"
    );
    assert_eq!(index(vec![status(), some_total()], None), "by_status");
    assert_eq!(
        index(
            vec![
                status(),
                ("total", or_null(ValueSet::of_values(&TOTAL, [total(1)])))
            ],
            None
        ),
        ""
    );
    assert_eq!(
        index(vec![note()], None),
        "",
        "unknown columns may not be in the index"
    );
    assert_eq!(
        index(vec![note()], Some(&["id", "note", "total"])),
        "by_note"
    );
    assert_eq!(index(vec![note()], Some(&["id", "note", "paid"])), "");
    assert_eq!(
        index(
            vec![note(), ("paid", ValueSet::not_null(&DataType::Boolean))],
            Some(&["id"])
        ),
        ""
    );
    assert_eq!(
        index(vec![("id", text(&["a"])), some_total()], None),
        "by_total"
    );
    assert_eq!(
        index(vec![("id", text(&["a"])), status()], None),
        "",
        "the table's own key is as good"
    );
}

#[test]
fn the_filter_of_an_index_leaves_out_the_index_keys_only() {
    let range = between(&TOTAL, total(100), None);
    let note = ("note", or_null(text(&["n"])));
    check(
        vec![
            ("status", text(&["x"])),
            ("total", range),
            ("day", days(&[7])),
            note,
        ],
        "query index by_status by hash and range key, 1 key, filter on 2 attributes, 1 split",
        "day = 7 AND (note = 'n' OR attribute_not_exists(note) OR NOT attribute_type(note, 'S'))",
    );
}

#[test]
fn a_contradiction_reads_nothing() {
    let plan = planned(
        vec![
            ("id", text(&[""])),
            ("paid", ValueSet::not_null(&DataType::Boolean)),
        ],
        None,
    );
    assert_eq!(plan.describe(), "nothing to read, no item can qualify");
    assert_eq!(plan.split_count(), 0);
    assert!(plan.expressions.names.is_empty());
}

#[test]
fn the_projection_shares_placeholders_with_the_filter() {
    let plan = planned(vec![("note", text(&["n"]))], Some(&["id", "note", "paid"]));
    assert_eq!(plan.expressions.projection.as_deref(), Some("#n0,#p0,#p2"));
    assert_eq!(plan.expressions.names["#n0"], "note");
    let plan = planned(vec![], Some(&[]));
    assert_eq!(
        (
            plan.expressions.projection.as_deref(),
            plan.expressions.names["#p0"].as_str()
        ),
        (Some("#p0"), "id")
    );
}

#[test]
fn many_keys_share_sixteen_splits() {
    let ids: Vec<String> = (0..1000).map(|id| id.to_string()).collect();
    let ids: Vec<&str> = ids.iter().map(String::as_str).collect();
    let note = planned(vec![("note", text(&ids))], Some(&["id", "note"]));
    assert_eq!(
        note.describe(),
        "query index by_note by hash key, 1000 keys, no filter, 16 splits"
    );
    let days = days(&(0..200).map(|day| day * 2).collect::<Vec<_>>());
    let plan = planned(vec![("id", text(&["a"])), ("day", days)], None);
    assert_eq!(plan.describe(), "get 200 items by key, 2 splits");
}

fn table_with_figures() -> Table {
    let mut table = orders();
    table.item_count = 1 << 20;
    table.indexes.truncate(1);
    table.indexes[0].keys = keys("day_text", Some(("id", KeyKind::S)));
    table.indexes[0].projection = Projection::KeysOnly;
    table.indexes[0].size_bytes = 64 << 20;
    table.indexes[0].item_count = 1 << 20;
    table
}

#[test]
fn a_smaller_index_is_scanned_if_no_item_can_be_missing_from_it() {
    let mut table = table_with_figures();
    let of = |table: &Table, wanted: &[&str], options: &PlanOptions| {
        let wanted: Vec<String> = wanted.iter().map(|name| (*name).to_owned()).collect();
        let asked = Asked::of(&Constraints::default(), "orders", &Schema::empty());
        plan(table, &columns(), Some(&wanted), &asked, options)
    };
    let options = PlanOptions::default();
    let source = |plan: &Plan| plan.index.clone().unwrap_or_default();
    // Items without `day_text` are not in it.
    assert_eq!(source(&of(&table, &["id"], &options)), "");
    table.indexes[0].keys = keys("id", Some(("day", KeyKind::N)));
    let plan = of(&table, &["id", "day"], &options);
    assert_eq!(
        plan.describe(),
        "scan index by_status in 4 segments, no filter, 1 split"
    );
    assert_eq!(plan.held, Some(vec!["id".to_owned(), "day".to_owned()]));
    let estimate = plan.estimate.unwrap();
    assert_eq!((estimate.bytes, estimate.read_units), (64 << 20, 8192));
    assert_eq!(source(&of(&table, &["id", "note"], &options)), "");
    let consistent = PlanOptions {
        consistent: true,
        ..PlanOptions::default()
    };
    assert_eq!(source(&of(&table, &["id"], &consistent)), "");
    table.indexes[0].size_bytes = 600 << 20;
    assert_eq!(source(&of(&table, &["id"], &options)), "");
}

#[test]
fn the_first_rows_of_a_hash_key_are_read_in_their_order() {
    let of = |direction, column: &str, ids: &[&str]| {
        let constraints = Constraints {
            summary: BTreeMap::from([
                ("id".to_owned(), text(ids)),
                ("total".to_owned(), ValueSet::not_null(&TOTAL)),
            ]),
            order_by_clause: vec![OrderByField {
                column_name: column.to_owned(),
                direction,
            }],
            limit: 5,
            ..Constraints::default()
        };
        let asked = Asked::of(&constraints, "orders", &Schema::empty());
        let plan = plan(&orders(), &columns(), None, &asked, &PlanOptions::default());
        let index = plan.index.clone().unwrap_or_default();
        plan.top.map(|top| (index, top.descending, top.rows))
    };
    let last = Direction::DescNullsLast;
    assert_eq!(of(last, "day", &["a"]), Some((String::new(), true, 5)));
    // An index orders by another attribute.
    let ascending = of(Direction::AscNullsLast, "total", &["a"]);
    assert_eq!(ascending, Some(("by_total".to_owned(), false, 5)));
    // Numbers that the column cannot hold would have to come first.
    assert_eq!(of(Direction::AscNullsFirst, "day", &["a"]), None);
    assert_eq!(of(last, "day", &["a", "b"]), None);
    assert_eq!(of(last, "note", &["a"]), None);
}

#[test]
fn alternatives_over_several_columns_are_filtered_for() {
    let test = |column: &str, set| {
        Predicate::Test(Test::new(column.to_owned(), Vec::new(), Rule::In(set)))
    };
    let paid = ValueSet::of_values(&DataType::Boolean, [Scalar::Bool(true)]);
    let either = |parts| Asked {
        predicate: Predicate::All(vec![Predicate::Any(parts)]),
        order: Vec::new(),
        limit: None,
        shown: None,
        not_understood: Vec::new(),
    };
    let filter = |asked: &Asked| {
        let plan = plan(&orders(), &columns(), None, asked, &PlanOptions::default());
        plan.expressions.filter
    };
    let asked = either(vec![test("id", text(&["a"])), test("paid", paid.clone())]);
    assert_eq!(
        filter(&asked).as_deref(),
        Some(
            "(#n0 = :v0 OR (#n1 = :v1 OR (attribute_exists(#n1) AND NOT attribute_type(#n1, :v2))))"
        )
    );
    // Of dates nothing can be said, so the alternatives say nothing.
    let day = test(
        "at",
        ValueSet::of_values(&DataType::Date64, [Scalar::Date64(0)]),
    );
    let asked = either(vec![day, test("paid", paid.clone())]);
    let said = filter(&asked).unwrap();
    assert!(said.contains("attribute_exists(#n0)"), "{said}");
    let asked = either(vec![Predicate::Unknown, test("paid", paid.clone())]);
    assert_eq!(filter(&asked), None);
    // No placeholder is left of a part that says nothing.
    let nothing = Predicate::Any(vec![test("note", text(&["n"])), Predicate::Unknown]);
    let all = Predicate::All(vec![
        nothing,
        test("raw", ValueSet::not_null(&DataType::Binary)),
    ]);
    let asked = either(vec![all, test("paid", paid)]);
    let plan = plan(&orders(), &columns(), None, &asked, &PlanOptions::default());
    assert_eq!(Plan::of_text(&plan.to_text()).unwrap(), plan);
    assert_eq!(plan.expressions.names.len(), 2);
}
