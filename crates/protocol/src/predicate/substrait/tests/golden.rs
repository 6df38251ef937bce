//! Plans that other programs wrote.

use super::super::read;
use super::show;
use crate::predicate::Constraints;
use crate::text;
use serde::Deserialize;
use serde_json::{Value, json};

#[derive(Deserialize)]
struct Golden {
    producer: String,
    name: String,
    plan: String,
    expected: Value,
}

#[test]
fn plans_of_other_producers_say_what_they_mean() {
    for Golden {
        producer,
        name,
        plan,
        expected,
    } in golden()
    {
        let got = match read(&text::decode(&plan).unwrap()) {
            Ok(plan) => show::plan(&plan),
            Err(error) => json!({"error": error.to_string()}),
        };
        assert_eq!(got, expected, "{producer}: {name}");
    }
}

#[test]
fn the_plan_that_the_java_sdk_sends_is_understood() {
    let expected = json!({
        "table": "default.orders",
        "columns": "c_utf8 c_big",
        "filter": "equal(c_utf8, string alpha)",
        "projection": ["a = c_utf8", "b = c_big"],
        "fetch": [0, 10],
    });
    let document =
        include_str!("../../../../../../tests/fixtures/wire/v6/read_records_request.json");
    let document: Value = serde_json::from_str(document).unwrap();
    let constraints: Constraints = serde_json::from_value(document["constraints"].clone()).unwrap();
    let plan = constraints.query_plan.unwrap();
    assert_eq!(show::plan(&plan.read().unwrap()), expected);
    // Nor does the wire's form show what the query looks for.
    assert!(!format!("{plan:?}").contains(&plan.substrait_plan));
}

/// The bytes of all plans.
pub(super) fn bytes() -> Vec<Vec<u8>> {
    golden()
        .iter()
        .map(|golden| text::decode(&golden.plan).unwrap())
        .collect()
}

fn golden() -> Vec<Golden> {
    let plans = include_str!("../../../../../../tests/fixtures/substrait/plans.json");
    serde_json::from_str(plans).unwrap()
}
