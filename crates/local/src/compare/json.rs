//! The comparison for programs: one JSON object.

use super::measure::measures;
use super::{Comparison, told};
use serde_json::{Value, json};

/// The comparison as a text of several lines.
pub(super) fn of(comparison: &Comparison) -> String {
    let (sentence, lines) = told(comparison);
    let all = measures(&comparison.sides);
    let sides = comparison.sides.iter().enumerate().map(|(at, side)| {
        let figures = all.iter().map(|measure| {
            let value = measure.values[at].map_or(Value::Null, |value| json!(value));
            (measure.name.to_owned(), value)
        });
        json!({
            "name": side.name,
            "milliseconds": side.times(),
            "figures": figures.collect::<serde_json::Map<_, _>>(),
        })
    });
    let value = json!({
        "same": comparison.verdict.is_same(),
        "verdict": sentence,
        "differences": lines,
        "statement": comparison.statement,
        "sides": sides.collect::<Vec<_>>(),
    });
    format!("{value:#}")
}
