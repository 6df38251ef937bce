//! Value sets, and what they answer about the values they name.

use arrow::datatypes::DataType;
use athena_protocol::predicate::{Scalar, ValueSet};

use super::Target;
use crate::fixtures;

pub(super) const TARGET: Target = Target {
    name: "value_set",
    seeds,
    check,
};

fn seeds() -> Vec<Vec<u8>> {
    let sets = fixtures::json("constraints.json");
    sets.as_array()
        .expect("a list of sets")
        .iter()
        .flat_map(|entry| {
            ["valueSetV2", "valueSetV6"].map(|version| entry[version].to_string().into_bytes())
        })
        .collect()
}

fn check(json: &[u8]) {
    let Ok(set) = serde_json::from_slice::<ValueSet>(json) else {
        return;
    };
    let written = serde_json::to_vec(&set).expect("what was read can be written");
    let again: ValueSet = serde_json::from_slice(&written).expect("what was written can be read");
    let twice = serde_json::to_vec(&again).expect("once more");
    assert_eq!(written, twice);
    let mut normal = set.clone();
    normal.normalise();
    assert_eq!(
        written,
        serde_json::to_vec(&normal).expect("a normal form"),
        "reading normalises"
    );
    let Some(data_type) = set.data_type() else {
        return;
    };
    let values = named(&set);
    for value in values.iter().map(Some).chain([None]) {
        let verdict = set.contains(data_type, value);
        let _ = set.contains_unstored(value);
        if let Some(column) = Scalar::to_array(data_type, value) {
            let mask = set.matches(&column);
            assert!(
                value.is_none() || mask.value(0) == verdict,
                "the two evaluators differ"
            );
        }
    }
    let _ = set.decides(data_type) && set.decides(&DataType::Utf8);
}

/// At most 64 of the values that the set itself names.
fn named(set: &ValueSet) -> Vec<Scalar> {
    let values: Vec<Scalar> = if let ValueSet::SortedRangeSet { ranges, .. } = set {
        ranges
            .iter()
            .flat_map(|range| [&range.low, &range.high])
            .filter_map(|marker| marker.value.clone())
            .take(64)
            .collect()
    } else {
        set.single_values().unwrap_or_default()
    };
    values.into_iter().take(64).collect()
}
