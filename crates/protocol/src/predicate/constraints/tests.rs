//! What constraints forgive, what they leave to the engine, and what they refuse.

use super::*;
use serde_json::{Value, json};

fn read(constraints: &Value) -> Result<Constraints, String> {
    serde_json::from_str(&constraints.to_string()).map_err(|error| error.to_string())
}

#[track_caller]
fn understood(constraints: &Value) -> Constraints {
    let constraints = read(constraints).unwrap();
    assert_eq!(constraints.not_understood, [""; 0]);
    constraints
}

/// Constraints with one value set, of the column `c`.
fn of(set: &Value) -> Value {
    json!({"summary": {"c": set, "d": {"@type": "AllOrNoneValueSet", "type": {"@type": "Utf8"}, "all": true, "nullAllowed": true}}})
}

fn written(set: &ValueSet) -> Value {
    serde_json::to_value(set).unwrap()
}

fn int_range() -> ValueSet {
    ValueSet::of_values(&DataType::Int32, [Scalar::Int(4), Scalar::Int(7)])
}

fn variable(column: &str) -> Value {
    json!({"@type": "VariableExpression", "columnName": column, "type": {"@type": "Bool"}})
}

fn call(arguments: &[Value]) -> Value {
    json!({
        "@type": "FunctionCallExpression", "type": {"@type": "Bool"},
        "functionName": {"functionName": "$and"}, "arguments": arguments,
    })
}

#[test]
fn what_is_absent_or_null_has_its_default() {
    for document in [
        json!({}),
        json!({
            "summary": null, "expression": null, "orderByClause": null, "limit": null,
            "queryPassthroughArguments": null, "queryPlan": null,
        }),
        json!({"summary": {}, "limit": "-1", "later": {"than": "version 6"}}),
    ] {
        assert_eq!(understood(&document), Constraints::default(), "{document}");
    }
}

#[test]
fn a_limit_may_be_any_whole_number() {
    for (limit, expected) in [
        ("1000", Some(1000)),
        ("\"1000\"", Some(1000)),
        ("0", Some(0)),
        ("-1", None),
        ("-7", None),
        ("9223372036854775807", Some(u64::MAX / 2)),
        ("99999999999999999999", Some(u64::MAX / 2)),
        (
            "\"99999999999999999999999999999999999999999999\"",
            Some(u64::MAX / 2),
        ),
        ("-99999999999999999999", None),
    ] {
        let read: Constraints = serde_json::from_str(&format!("{{\"limit\":{limit}}}")).unwrap();
        assert_eq!(read.limit(), expected, "{limit}");
    }
    for limit in ["10.5", "\"ten\"", "true", "[10]", "1e999"] {
        let read = serde_json::from_str::<Constraints>(&format!("{{\"limit\":{limit}}}"));
        assert!(read.is_err(), "{limit}");
    }
}

#[test]
fn a_value_set_that_is_not_known_is_left_out_and_the_others_stay() {
    let mut of_union = written(&int_range());
    of_union["type"] = json!({"@type": "Union", "mode": "Sparse", "typeIds": [1, 2]});
    let mut of_intervals = written(&int_range());
    of_intervals["type"] = json!({"@type": "Interval", "unit": "DAY_TIME"});
    for (set, what) in [
        (
            json!({"@type": "BloomFilterSet", "bits": "AAAA"}),
            "the kind `BloomFilterSet`",
        ),
        (of_union, "the arrow type `Union`"),
        (of_intervals, "values of type Interval(DayTime)"),
        (
            json!({"@type": "AllOrNoneValueSet", "type": {"@type": "Utf8View"}, "all": true, "nullAllowed": true}),
            "the arrow type `Utf8View`",
        ),
    ] {
        let constraints = read(&of(&set)).unwrap();
        assert_eq!(
            constraints.not_understood,
            [format!("{what}, in the value set of column `c`")]
        );
        assert_eq!(constraints.summary.keys().collect::<Vec<_>>(), ["d"]);
    }
}

#[test]
fn a_limit_is_not_applied_to_rows_that_may_not_all_qualify() {
    let mut document = of(&json!({"@type": "BloomFilterSet"}));
    document["limit"] = json!(10);
    let constraints = read(&document).unwrap();
    assert_eq!((constraints.limit, constraints.limit()), (10, None));
}

#[test]
fn a_known_value_set_that_is_malformed_is_refused_by_the_name_of_its_column() {
    let good = written(&int_range());
    assert_eq!(understood(&of(&good)).summary["c"], int_range());
    for (place, value) in [
        ("/@type", json!(null)),
        ("/type", json!({"@type": "Int", "bitWidth": 32})),
        ("/type", json!("Int")),
        ("/ranges", json!({})),
        ("/ranges/0/low", json!(null)),
        ("/ranges/0/low/bound", json!("NEAR")),
        ("/ranges/0/low/nullValue", json!("hunter2")),
        ("/ranges/0/low/valueBlock/schema", json!("hunter2")),
        ("/ranges/0/low/valueBlock/records", json!("AAAA")),
        ("/nullAllowed", json!("hunter2")),
    ] {
        let mut set = good.clone();
        *set.pointer_mut(place).unwrap() = value;
        let error = read(&of(&set)).expect_err(place);
        assert!(
            error.starts_with("the value set of column `c` is malformed: "),
            "{place}: {error}"
        );
        assert!(!error.contains("hunter2"), "{place}: {error}");
    }
    for set in [json!(null), json!("x"), json!([]), json!({})] {
        assert!(read(&of(&set)).is_err(), "{set}");
    }
}

#[test]
fn an_expression_with_an_unknown_node_is_left_out_as_a_whole() {
    let unknown = json!({"@type": "LambdaExpression", "arguments": 7});
    let mut of_union = variable("b");
    of_union["type"] = json!({"@type": "Union", "mode": "Sparse", "typeIds": []});
    let document = json!({
        "expression": [
            call(&[variable("a"), call(std::slice::from_ref(&unknown))]), variable("c"), unknown, call(&[of_union]),
        ],
        "limit": 3,
    });
    let constraints = read(&document).unwrap();
    assert_eq!(
        constraints.expression,
        [Expression::Variable {
            column_name: "c".to_owned(),
            data_type: DataType::Boolean
        }]
    );
    assert_eq!(
        constraints.not_understood,
        [
            "the kind of an expression, in an expression",
            "the kind of an expression, in an expression",
            "the arrow type `Union`, in an expression",
        ]
    );
    assert_eq!(constraints.limit(), None);
}

#[test]
fn a_known_expression_that_is_malformed_is_refused() {
    for expression in [
        json!({"@type": "VariableExpression", "type": {"@type": "Bool"}}),
        json!({"@type": "VariableExpression", "columnName": "c"}),
        json!({"@type": "VariableExpression", "columnName": 7, "type": {"@type": "Bool"}}),
        json!({"@type": "FunctionCallExpression", "type": {"@type": "Bool"}, "arguments": []}),
        json!({"@type": "ConstantExpression", "type": {"@type": "Bool"}, "valueBlock": "hunter2"}),
        json!({"columnName": "c", "type": {"@type": "Bool"}}),
        json!("hunter2"),
        json!(null),
    ] {
        assert!(
            read(&json!({"expression": [expression.clone()]})).is_err(),
            "{expression}"
        );
        assert!(read(&json!({"expression": [call(&[expression])]})).is_err());
    }
}

#[test]
fn an_order_of_another_kind_stops_the_limit_instead_of_the_query() {
    let document = json!({
        "orderByClause": [
            {"columnName": "a", "direction": "DESC_NULLS_LAST"},
            {"columnName": "b", "direction": "RANDOM"},
        ],
        "limit": 3,
    });
    let constraints = read(&document).unwrap();
    assert_eq!(
        constraints.order_by_clause,
        [OrderByField {
            column_name: "a".to_owned(),
            direction: Direction::DescNullsLast
        }]
    );
    assert_eq!(
        constraints.not_understood,
        ["the direction `RANDOM`, in the order by column `b`"]
    );
    assert_eq!(constraints.limit(), None);
    assert!(read(&json!({"orderByClause": [{"columnName": "a"}]})).is_err());
}

#[test]
fn of_a_column_that_stands_twice_the_last_value_set_holds() {
    let set = written(&int_range());
    let text = format!("{{\"summary\":{{\"c\":{{\"@type\":\"Other\"}},\"c\":{set}}}}}");
    let constraints: Constraints = serde_json::from_str(&text).unwrap();
    assert_eq!(constraints.summary["c"], int_range());
    let twice = "{\"limit\":1,\"limit\":2}";
    assert!(serde_json::from_str::<Constraints>(twice).is_err());
}

#[test]
fn what_was_not_understood_is_no_part_of_the_wire() {
    let constraints = Constraints {
        not_understood: vec!["something".to_owned()],
        ..Constraints::default()
    };
    assert_eq!(
        serde_json::to_value(&constraints).unwrap(),
        serde_json::to_value(Constraints::default()).unwrap()
    );
}
