use std::collections::BTreeMap;

use super::{filled, size, units_a_second, value};
use crate::plan::{
    Access, Estimate, Expressions, ItemKey, KeyCondition, Plan, RangeTest, Top, Value,
};

fn text(text: &str) -> Value {
    Value::S(text.to_owned())
}

fn number(text: &str) -> Value {
    Value::N(text.to_owned())
}

fn plan(access: Access) -> Plan {
    Plan {
        table: "Orders".to_owned(),
        role: None,
        index: None,
        access,
        hash_key: "id".to_owned(),
        range_key: Some("line".to_owned()),
        expressions: Expressions::default(),
        consistent: false,
        held: None,
        only_wanted: false,
        top: None,
        budget: None,
        estimate: None,
        left: Vec::new(),
    }
}

fn query(conditions: Vec<KeyCondition>) -> Access {
    let tested = conditions.iter().any(|condition| condition.range.is_some());
    Access::Query {
        hash: "id".to_owned(),
        range: tested.then(|| "line".to_owned()),
        splits: 4,
        conditions,
    }
}

fn status_filter() -> Expressions {
    Expressions {
        filter: Some("(#n0 = :v0 OR attribute_not_exists(#n1)) AND #n0 <> :v10".to_owned()),
        projection: Some("#n0, #n1".to_owned()),
        names: BTreeMap::from([
            ("#n0".to_owned(), "status".to_owned()),
            ("#n1".to_owned(), "ship date".to_owned()),
        ]),
        values: BTreeMap::from([
            (":v0".to_owned(), text("it's open")),
            (":v10".to_owned(), Value::Bool(false)),
        ]),
    }
}

#[track_caller]
fn check(plan: &Plan, expected: &[&str]) {
    let shown = plan.explain().to_string();
    assert_eq!(shown.lines().collect::<Vec<_>>(), expected);
}

#[test]
fn a_scan_shows_segments_filter_and_what_it_will_cost() {
    let mut scan = plan(Access::Scan {
        segments: 24,
        per_split: 10,
    });
    scan.expressions = status_filter();
    scan.estimate = Some(Estimate {
        bytes: 12_345_678,
        read_units: 1_508,
    });
    scan.budget = Some(2_500);
    scan.left = vec!["a condition on `total`".to_owned(), "the limit".to_owned()];
    check(
        &scan,
        &[
            "source    table Orders",
            "how       scan, 24 segments",
            "filter    (status = 'it''s open' OR attribute_not_exists(\"ship date\")) AND status <> false",
            "columns   status, \"ship date\"",
            "splits    3 splits",
            "estimate  12.3 MB, 1,508 read units",
            "pace      at most 2.5 read units a second",
            "engine    a condition on `total`",
            "          the limit",
        ],
    );
    assert_eq!(
        scan.explain().splits,
        ["segments 0–9", "segments 10–19", "segments 20–23"]
    );
}

#[test]
fn a_query_shows_both_keys_with_their_values() {
    let condition = KeyCondition {
        hash: text("a7"),
        range: Some(RangeTest::Between(number("1"), number("2.5"))),
    };
    let mut by_key = plan(query(vec![condition]));
    by_key.consistent = true;
    check(
        &by_key,
        &[
            "source    table Orders",
            "how       query, 1 key condition, consistent",
            "key       id = 'a7' AND line BETWEEN 1 AND 2.5",
            "filter    none",
            "columns   all attributes",
            "splits    1 split",
            "estimate  not known",
            "engine    nothing is left to filter",
        ],
    );
}

#[test]
fn every_comparison_of_the_range_key_is_written_as_dynamodb_takes_it() {
    let tests = [
        (RangeTest::Equal(text("x")), "line = 'x'"),
        (RangeTest::Less(text("x")), "line < 'x'"),
        (RangeTest::LessOrEqual(text("x")), "line <= 'x'"),
        (RangeTest::Greater(text("x")), "line > 'x'"),
        (RangeTest::GreaterOrEqual(text("x")), "line >= 'x'"),
        (RangeTest::BeginsWith(text("x")), "begins_with(line, 'x')"),
    ];
    for (test, expected) in tests {
        let condition = KeyCondition {
            hash: text("a"),
            range: Some(test),
        };
        let explained = plan(query(vec![condition])).explain();
        assert_eq!(explained.keys, [format!("id = 'a' AND {expected}")]);
    }
}

#[test]
fn the_first_rows_of_an_index_are_told_with_their_order() {
    let condition = KeyCondition {
        hash: text("open"),
        range: None,
    };
    let mut first = plan(query(vec![condition]));
    first.index = Some("by_status".to_owned());
    first.top = Some(Top {
        column: "day".to_owned(),
        descending: true,
        rows: 10,
    });
    let shown = first.explain().to_string();
    assert!(
        shown.starts_with("source    index by_status of table Orders\n"),
        "{shown}"
    );
    assert!(
        shown.contains("\nrows      10 rows, greatest day first\n"),
        "{shown}"
    );
}

#[test]
fn of_many_keys_the_first_are_written_and_the_others_counted() {
    let keys = (0..250).map(|place| ItemKey {
        hash: text(&format!("a{place}")),
        range: Some(number("1")),
    });
    let batch = plan(Access::Batch {
        hash: "id".to_owned(),
        range: Some("line".to_owned()),
        keys: keys.collect(),
        splits: 3,
    });
    let explained = batch.explain();
    let lines = explained.lines();
    assert_eq!(lines[1].1, "get by key, 250 items");
    assert_eq!(lines[2], ("key", "id = 'a0' AND line = 1".to_owned()));
    assert_eq!(lines[6], ("", "id = 'a4' AND line = 1".to_owned()));
    assert_eq!(lines[7], ("", "… and 245 more".to_owned()));
    assert_eq!(explained.splits.len(), 3);
}

#[test]
fn where_no_item_can_qualify_nothing_more_is_said() {
    check(
        &plan(Access::Nothing),
        &[
            "source    table Orders",
            "how       nothing is read: no item can qualify",
        ],
    );
}

#[test]
fn long_and_odd_values_stay_on_their_line() {
    assert_eq!(value(&text("a\n\u{1b}b")), "'a\\n\\u{1b}b'");
    assert_eq!(value(&Value::B(vec![0, 255])), "X'00FF'");
    assert_eq!(
        value(&text(&"ü".repeat(61))),
        format!("'{}…'", "ü".repeat(60))
    );
    assert_eq!(
        value(&Value::B(vec![1; 40])),
        format!("X'{}…'", "01".repeat(30))
    );
}

#[test]
fn a_placeholder_in_a_value_is_not_filled_in_again() {
    let values = BTreeMap::from([
        (":v1".to_owned(), text(":v2 #n1")),
        (":v2".to_owned(), text("no")),
    ]);
    let names = BTreeMap::from([("#n1".to_owned(), "n".to_owned())]);
    assert_eq!(filled("#n1.#n1 = :v1", &names, &values), "n.n = ':v2 #n1'");
}

#[test]
fn figures_have_units_that_suit_them() {
    assert_eq!(
        [
            size(0),
            size(999),
            size(1_000),
            size(5_242_880),
            size(u64::MAX)
        ],
        ["0 B", "999 B", "1.0 KB", "5.2 MB", "18,446,744.0 TB"]
    );
    assert_eq!(units_a_second(1_000), "1 read unit a second");
    assert_eq!(units_a_second(1_250_050), "1,250.05 read units a second");
}

#[test]
fn debug_shows_no_value() {
    let condition = KeyCondition {
        hash: text("secret"),
        range: None,
    };
    let explained = plan(query(vec![condition])).explain();
    assert!(explained.to_string().contains("secret"));
    assert!(!format!("{explained:?}").contains("secret"));
}
