//! Plans and splits that come back through the engine, and splits of the Java connector.

use std::collections::BTreeMap;

use athena_dynamodb::plan::handoff::SPLIT_KEY;
use athena_dynamodb::plan::{Plan, SplitWork};

use super::Target;

/// A JSON object of split properties, or the text of one of them.
pub(super) const TARGET: Target = Target {
    name: "handoff",
    seeds: || SEEDS.iter().map(|seed| seed.as_bytes().to_vec()).collect(),
    check,
};

fn check(input: &[u8]) {
    let Ok(text) = std::str::from_utf8(input) else {
        return;
    };
    if let Ok(plan) = Plan::of_text(text) {
        let again = Plan::of_text(&plan.to_text()).expect("what was written can be read");
        assert_eq!(again, plan);
        if let Some(split) = plan.split(0) {
            SplitWork::of_text(&split.to_text()).expect("a plan has splits that can be read");
        }
    }
    if let Ok(work) = SplitWork::of_text(text) {
        kept(&work);
    }
    if let Ok(properties) = serde_json::from_str::<BTreeMap<String, String>>(text)
        && let Ok(work) = SplitWork::of_properties(&properties)
    {
        kept(&work);
    }
}

fn kept(work: &SplitWork) {
    let properties = BTreeMap::from([(SPLIT_KEY.to_owned(), work.to_text())]);
    let again = SplitWork::of_properties(&properties).expect("what was written can be read");
    assert_eq!(again, *work);
}

const SEEDS: &[&str] = &[
    r##"{"v":1,"body":{"table":"Orders","index":"by_status","work":{"keys":{"hash":"status","range":"day","conditions":[{"hash":{"S":"x"},"range":{"between":[{"N":"1"},{"N":"2"}]}}]}},"hashKey":"id","rangeKey":"line","expressions":{"filter":"#n0 = :v0","projection":"#n0","names":{"#n0":"note"},"values":{":v0":{"B":"AQ=="}}},"consistent":false}}"##,
    r#"{"v":1,"body":{"table":"t","work":{"segments":{"first":4,"count":2,"total":6}}}}"#,
    r#"{"v":1,"body":{"table":"t","access":{"scan":{"segments":8,"perSplit":4}},"hashKey":"id","expressions":{},"consistent":true}}"#,
    r#"{"sourceTable":"t","segmentId":"0","segmentCount":"4","partitionType":"scan"}"#,
    r#"{"sourceTable":"t","hashKeyName":"id","id":"{\"id\":\"x\"}","index":"i","partitionType":"query"}"#,
    r#"{"sourceTable":"t","hashKeyName":"id","id":"{\"id\":12}"}"#,
];
