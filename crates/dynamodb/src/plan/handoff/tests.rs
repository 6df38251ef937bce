use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{HandoffError, SPLIT_KEY};
use crate::plan::{Access, Expressions, KeyCondition, Plan, RangeTest, SplitWork, Value, Work};

fn plan() -> Plan {
    let condition = KeyCondition {
        hash: Value::S("secret".to_owned()),
        range: Some(RangeTest::Between(
            Value::N("1".to_owned()),
            Value::N("2".to_owned()),
        )),
    };
    Plan {
        table: "Orders".to_owned(),
        role: None,
        index: Some("by_status".to_owned()),
        access: Access::Query {
            hash: "status".to_owned(),
            range: Some("day".to_owned()),
            conditions: vec![condition],
            splits: 1,
        },
        hash_key: "id".to_owned(),
        range_key: Some("line".to_owned()),
        expressions: Expressions {
            filter: Some("#n0 = :v0".to_owned()),
            projection: Some("#n0".to_owned()),
            names: BTreeMap::from([("#n0".to_owned(), "note".to_owned())]),
            values: BTreeMap::from([(":v0".to_owned(), Value::B(vec![1]))]),
        },
        consistent: false,
        held: None,
        only_wanted: false,
        top: None,
        budget: None,
        estimate: None,
        left: Vec::new(),
    }
}

const SPLIT: &str = concat!(
    r##"{"v":1,"body":{"table":"Orders","index":"by_status","work":{"keys":{"hash":"status","range":"day","conditions":"##,
    r##"[{"hash":{"S":"secret"},"range":{"between":[{"N":"1"},{"N":"2"}]}}]}},"hashKey":"id","rangeKey":"line","expressions":"##,
    r##"{"filter":"#n0 = :v0","projection":"#n0","names":{"#n0":"note"},"values":{":v0":{"B":"AQ=="}}},"consistent":false}}"##,
);

const SCAN: &str =
    r#"{"v":1,"body":{"table":"t","work":{"segments":{"first":4,"count":2,"total":6}}}}"#;

fn properties(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
    pairs
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect()
}

#[test]
fn the_text_of_a_split_stays_as_it_is_within_a_version() {
    let work = plan().split(0).unwrap();
    assert_eq!(work.to_text(), SPLIT);
    assert_eq!(
        SplitWork::of_properties(&properties(&[(SPLIT_KEY, SPLIT)])).unwrap(),
        work
    );
    let scan = SplitWork::of_text(SCAN).unwrap();
    assert_eq!(
        scan.work,
        Work::Segments {
            first: 4,
            count: 2,
            total: 6
        }
    );
}

/// The text with one part replaced is refused, with this message, which shows no value.
#[track_caller]
fn refused(text: &str, from: &str, to: &str, message: &str) {
    assert!(text.contains(from), "{from}");
    let error = SplitWork::of_text(&text.replacen(from, to, 1)).unwrap_err();
    assert!(error.to_string().contains(message), "{error}");
    let shown = format!("{error:?}{error}");
    assert!(
        !shown.contains("secret") && std::error::Error::source(&error).is_none(),
        "{shown}"
    );
}

#[test]
fn text_of_another_shape_is_refused() {
    refused(
        SPLIT,
        r#""v":1"#,
        r#""v":2"#,
        "split has version 2, expected 1",
    );
    refused(
        SPLIT,
        r#""v":1,"#,
        "",
        "split is not the expected JSON, line 1, column",
    );
    refused(SPLIT, "secret", "secret\u{1}", "not the expected JSON");
    refused(
        SPLIT,
        r#"{"S":"secret"}"#,
        r#""secret""#,
        "not the expected JSON",
    );
}

#[test]
fn keys_that_no_item_can_have_are_refused() {
    refused(
        SPLIT,
        r#"{"S":"secret"}"#,
        r#"{"BOOL":true}"#,
        "a key condition does not fit a key",
    );
    refused(
        SPLIT,
        "\"secret\"",
        "\"\"",
        "a key condition does not fit a key",
    );
    refused(
        SPLIT,
        r#""range":"day","#,
        "",
        "a key condition does not fit a key",
    );
    refused(
        SPLIT,
        r#"{"N":"1"}"#,
        r#"{"N":"one"}"#,
        "a value of type N is not a number",
    );
    refused(
        SPLIT,
        r#""table""#,
        r#""secret":1,"table""#,
        "not the expected JSON",
    );
    refused(SPLIT, "Orders", "", "name of the table is empty");
    refused(
        SPLIT,
        "Orders",
        &"x".repeat(1025),
        "name of the table has 1025 bytes, at most 1024 are permitted",
    );
}

#[test]
fn placeholders_that_dynamodb_would_refuse_are_refused() {
    refused(
        SPLIT,
        "\"#n0\":\"note\"",
        "\"#n1\":\"note\"",
        "placeholder `#n0`",
    );
    refused(SPLIT, "#n0 = :v0", "#n0 = :v1", "placeholder `:v0`");
    refused(SPLIT, ":v0", ":h", "placeholder `:h`");
    refused(
        &SPLIT.replace(":v0", ":h"),
        "Orders",
        "o",
        "placeholder `:h`",
    );
    refused(
        SPLIT,
        "#n0 = :v0",
        &format!("#n0 = :v0{}", " ".repeat(4096)),
        "filter has 4105 bytes",
    );
    refused(
        SPLIT,
        "#n0 = :v0",
        &"NOT ".repeat(301),
        "filter has 301 operators, at most 300 are permitted",
    );
    refused(
        SPLIT,
        r#"[{"hash":{"S":"secret"},"range":{"between":[{"N":"1"},{"N":"2"}]}}]"#,
        "[]",
        "list of keys is empty",
    );
}

#[test]
fn segments_that_do_not_exist_are_refused() {
    refused(
        SCAN,
        r#""count":2"#,
        r#""count":3"#,
        "segments 4 and 3 on of 6",
    );
    refused(
        SCAN,
        r#""count":2"#,
        r#""count":0"#,
        "segments 4 and 0 on of 6",
    );
    refused(
        SCAN,
        r#""count":2"#,
        r#""count":4294967295"#,
        "segments 4 and 4294967295 on of 6",
    );
    refused(
        SCAN,
        r#""total":6"#,
        r#""total":1000001"#,
        "in a scan of at most 1000000",
    );
    refused(
        SCAN,
        r#""first":4"#,
        r#""first":-1"#,
        "not the expected JSON",
    );
}

#[test]
fn a_plan_that_could_not_have_been_made_is_refused() {
    let text = plan().to_text();
    assert_eq!(Plan::of_text(&text).unwrap(), plan());
    for (from, to) in [
        (r#""splits":1"#, r#""splits":0"#),
        ("\"id\"", "\"\""),
        ("#n0 =", "#n1 ="),
        (r#""v":1"#, r#""v":0"#),
    ] {
        assert!(Plan::of_text(&text.replacen(from, to, 1)).is_err(), "{to}");
    }
    for (segments, per_split) in [(0, 4), (8, 0), (1_000_001, 4)] {
        let plan = Plan {
            access: Access::Scan {
                segments,
                per_split,
            },
            ..plan()
        };
        assert!(
            matches!(
                Plan::of_text(&plan.to_text()),
                Err(HandoffError::Segments { .. })
            ),
            "{segments} {per_split}"
        );
    }
}

#[test]
fn the_role_of_a_table_goes_from_plan_to_split_and_must_be_one() {
    let arn = "arn:aws-cn:iam::111122223333:role/reader";
    let mut plan = Plan {
        role: Some(arn.to_owned()),
        ..plan()
    };
    let again = Plan::of_text(&plan.to_text()).unwrap();
    let split = again.split(0).unwrap();
    assert_eq!(split.role.as_deref(), Some(arn));
    assert_eq!(SplitWork::of_text(&split.to_text()).unwrap(), split);
    for wrong in ["", "reader", "arn:aws:iam::111122223333:user/canary"] {
        plan.role = Some(wrong.to_owned());
        let split = SplitWork {
            role: Some(wrong.to_owned()),
            ..split.clone()
        };
        for error in [
            Plan::of_text(&plan.to_text()).unwrap_err(),
            SplitWork::of_text(&split.to_text()).unwrap_err(),
        ] {
            assert!(matches!(error, HandoffError::Role { .. }), "{error}");
            assert!(!error.to_string().contains("canary"), "{error}");
        }
    }
}

#[test]
fn splits_of_the_java_connector_are_read_for_the_place_of_their_items() {
    let scan = properties(&[
        ("sourceTable", "Orders"),
        ("partitionType", "scan"),
        ("segmentId", "3"),
        ("segmentCount", "8"),
        ("nonKeyFilter", "#c = :v0"),
        ("expressionAttributeNames", r##"{"#c":"c"}"##),
        ("expressionAttributeValues", r#"{":v0":"AQ=="}"#),
    ]);
    let work = SplitWork::of_properties(&scan).unwrap();
    assert_eq!(
        work.work,
        Work::Segments {
            first: 3,
            count: 1,
            total: 8
        }
    );
    assert_eq!(work.expressions, Expressions::default());

    let query = [
        ("sourceTable", "Orders"),
        ("partitionType", "query"),
        ("index", "by_status"),
        ("hashKeyName", "status"),
        ("rangeKeyName", "day"),
        ("rangeKeyFilter", "(#day <> :v0)"),
    ];
    for (text, value) in [
        (r#"{"status":"se\"cret"}"#, Value::S("se\"cret".to_owned())),
        (
            r#"{"status":12345678901234567890.000000000}"#,
            Value::N("12345678901234567890.000000000".to_owned()),
        ),
        (r#"{"status":-1.6E+12}"#, Value::N("-1.6E+12".to_owned())),
    ] {
        let mut query = properties(&query);
        query.insert("status".to_owned(), text.to_owned());
        let work = SplitWork::of_properties(&query).unwrap();
        let conditions = vec![KeyCondition {
            hash: value,
            range: None,
        }];
        assert_eq!(
            work.work,
            Work::Keys {
                hash: "status".to_owned(),
                range: None,
                conditions
            }
        );
        assert_eq!(work.index.as_deref(), Some("by_status"));
        assert_eq!(SplitWork::of_text(&work.to_text()).unwrap(), work);
    }
}

#[test]
fn faulty_splits_of_the_java_connector_are_refused() {
    let check = |pairs: &[(&str, &str)], message: &str| {
        let error = SplitWork::of_properties(&properties(pairs))
            .unwrap_err()
            .to_string();
        assert!(error.contains(message), "{error}");
    };
    let table = ("sourceTable", "t");
    let query = ("partitionType", "query");
    check(&[], "no property `sourceTable`");
    check(&[table], "no property `hashKeyName`");
    check(
        &[table, ("partitionType", "all")],
        "`partitionType` is not `scan` or `query`",
    );
    check(&[table, ("segmentId", "0")], "no property `segmentCount`");
    check(
        &[table, ("segmentId", "-1"), ("segmentCount", "4")],
        "`segmentId` is not a number",
    );
    check(
        &[table, ("segmentId", "4"), ("segmentCount", "4")],
        "segments 4 and 1 on of 4",
    );
    check(&[table, query, ("hashKeyName", "id")], "no property `id`");
    check(
        &[
            table,
            query,
            ("hashKeyName", "index"),
            ("index", r#"{"index":"x"}"#),
        ],
        "`hashKeyName` is not a name",
    );
    for value in [
        "x",
        "{}",
        r#"{"other":"x"}"#,
        r#"{"id":null}"#,
        r#"{"id":true}"#,
        r#"{"id":["x"]}"#,
    ] {
        check(
            &[table, query, ("hashKeyName", "id"), ("id", value)],
            "`id` is not a JSON object from the hash key",
        );
    }
    check(
        &[table, query, ("hashKeyName", "id"), ("id", r#"{"id":""}"#)],
        "does not fit a key",
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_reading_panic(at in 0..SPLIT.len(), cut in 0..9_usize, insert in "[\\PC]{0,8}") {
        let mut text = SPLIT.to_owned();
        text.replace_range(at..(at + cut).min(SPLIT.len()), &insert);
        if let Ok(work) = SplitWork::of_text(&text) {
            prop_assert_eq!(SplitWork::of_text(&work.to_text()).unwrap(), work.clone());
            if let Work::Keys { conditions, .. } = &work.work {
                work.request(conditions.first());
            }
        }
        let _ = Plan::of_text(&insert);
        let _ = SplitWork::of_properties(&properties(&[("sourceTable", &insert), ("hashKeyName", "k"), ("k", &insert)]));
    }
}
