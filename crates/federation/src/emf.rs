//! The figures of a call as a CloudWatch metrics document: one line of the log that CloudWatch turns into metrics by itself.
//!
//! AWS: "Embedded metric format specification". CloudWatch bills each metric of each set of dimensions, so that figures
//! which are zero are left out, and only what is asked of every call has the kind of request as a dimension.

use crate::metrics::Metrics;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// Where the figures of calls belong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricsConfig {
    /// Namespace of the metrics.
    pub namespace: String,
    /// Name of the function: the dimension `FunctionName`.
    pub function: String,
}

/// What is told of a call beside its [`Metrics`].
#[derive(Debug, Clone, Copy)]
pub struct Outcome<'a> {
    /// Kind of the request as the protocol names it, such as `ReadRecordsRequest`.
    pub kind: &'a str,
    /// Whether it was answered.
    pub ok: bool,
    /// Whether it was the first of its process.
    pub cold: bool,
    /// How long it took.
    pub took: Duration,
    /// Time of its end since 1970-01-01 UTC.
    pub at: Duration,
}

/// Metrics that are written for every call, also by the kind of request.
const OF_EVERY_CALL: [(&str, &str); 3] = [
    ("Calls", "Count"),
    ("Failures", "Count"),
    ("Duration", "Milliseconds"),
];

/// The document of one call, without a line break.
pub fn document(config: &MetricsConfig, outcome: Outcome<'_>, metrics: &Metrics) -> String {
    let MetricsConfig {
        namespace,
        function,
    } = config;
    let request = outcome.kind.strip_suffix("Request").unwrap_or(outcome.kind);
    let figures = figures(outcome, metrics);
    let definitions = |names: &mut dyn Iterator<Item = (&str, &str)>| -> Vec<Value> {
        names
            .map(|(name, unit)| json!({"Name": name, "Unit": unit}))
            .collect()
    };
    let mut directives = vec![json!({
        "Namespace": namespace,
        "Dimensions": [["FunctionName"], ["FunctionName", "Request"]],
        "Metrics": definitions(&mut OF_EVERY_CALL.into_iter()),
    })];
    if !figures.is_empty() {
        directives.push(json!({
            "Namespace": namespace,
            "Dimensions": [["FunctionName"]],
            "Metrics": definitions(&mut figures.iter().map(|(name, unit, _)| (*name, *unit))),
        }));
    }
    let mut document = Map::from_iter([
        (
            "_aws".to_owned(),
            json!({"Timestamp": millis(outcome.at), "CloudWatchMetrics": directives}),
        ),
        ("FunctionName".to_owned(), json!(function)),
        ("Request".to_owned(), json!(request)),
        ("Calls".to_owned(), json!(1)),
        ("Failures".to_owned(), json!(u8::from(!outcome.ok))),
        (
            "Duration".to_owned(),
            json!(outcome.took.as_secs_f64() * 1000.0),
        ),
    ]);
    for (name, _, value) in figures {
        document.insert(name.to_owned(), json!(value));
    }
    Value::Object(document).to_string()
}

/// Name, unit and value of what is not zero.
fn figures(outcome: Outcome<'_>, m: &Metrics) -> Vec<(&'static str, &'static str, f64)> {
    let thousandths = |count: u64| as_float(count) / 1000.0;
    let all = [
        ("ColdStarts", "Count", f64::from(u8::from(outcome.cold))),
        ("Pages", "Count", as_float(m.pages.get())),
        ("Items", "Count", as_float(m.items.get())),
        ("Rows", "Count", as_float(m.rows.get())),
        ("PageBytes", "Bytes", as_float(m.bytes.get())),
        (
            "ReadCapacityUnits",
            "Count",
            thousandths(m.milli_capacity.get()),
        ),
        ("Retries", "Count", as_float(m.retries.get())),
        ("Throttles", "Count", as_float(m.throttles.get())),
        ("Mismatches", "Count", as_float(m.mismatches.get())),
        ("SpilledBlocks", "Count", as_float(m.spilled_blocks.get())),
        ("SpilledBytes", "Bytes", as_float(m.spilled_bytes.get())),
        (
            "ThrottleWait",
            "Milliseconds",
            as_float(m.throttled_ms.get()),
        ),
        ("PaceWait", "Milliseconds", thousandths(m.paced_us.get())),
        (
            "SpillWait",
            "Milliseconds",
            thousandths(m.spill_wait_us.get()),
        ),
        ("FetchTime", "Milliseconds", thousandths(m.fetch_us.get())),
        ("DecodeTime", "Milliseconds", thousandths(m.decode_us.get())),
        ("SealTime", "Milliseconds", thousandths(m.seal_us.get())),
        ("PutTime", "Milliseconds", thousandths(m.put_us.get())),
    ];
    all.into_iter()
        .filter(|(_, _, value)| *value > 0.0)
        .collect()
}

#[expect(
    clippy::cast_precision_loss,
    reason = "a count above 2^53 would be years of work"
)]
fn as_float(count: u64) -> f64 {
    count as f64
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn told(ok: bool, cold: bool, metrics: &Metrics) -> Value {
        let config = MetricsConfig {
            namespace: "Queries".to_owned(),
            function: "connector".to_owned(),
        };
        let outcome = Outcome {
            kind: "ReadRecordsRequest",
            ok,
            cold,
            took: Duration::from_micros(1500),
            at: Duration::from_millis(1_700_000_000_123),
        };
        let line = document(&config, outcome, metrics);
        assert!(!line.contains('\n'), "one line");
        serde_json::from_str(&line).unwrap()
    }

    #[test]
    fn every_metric_that_is_declared_has_a_number_and_every_dimension_a_text() {
        let metrics = Metrics::default();
        metrics.pages.add(3);
        metrics.milli_capacity.add(1500);
        metrics.mismatches.add(7);
        metrics.fetch_us.add(2500);
        let document = told(true, true, &metrics);
        let mut declared = BTreeSet::new();
        for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            assert_eq!(directive["Namespace"], "Queries");
            for dimension in directive["Dimensions"].as_array().unwrap() {
                for name in dimension.as_array().unwrap() {
                    assert!(document[name.as_str().unwrap()].is_string(), "{name}");
                }
            }
            for metric in directive["Metrics"].as_array().unwrap() {
                let name = metric["Name"].as_str().unwrap().to_owned();
                assert!(document[&name].is_number(), "{name}");
                assert!(declared.insert(name), "{metric} declared twice");
            }
        }
        let wanted = [
            "Calls",
            "ColdStarts",
            "Duration",
            "Failures",
            "FetchTime",
            "Mismatches",
            "Pages",
            "ReadCapacityUnits",
        ];
        assert_eq!(declared, wanted.map(str::to_owned).into());
        assert_eq!(document["_aws"]["Timestamp"], 1_700_000_000_123_u64);
        assert_eq!(document["FunctionName"], "connector");
        assert_eq!(document["Request"], "ReadRecords");
        assert_eq!(document["ReadCapacityUnits"], 1.5);
        assert_eq!(document["FetchTime"], 2.5);
        assert_eq!(document["Duration"], 1.5);
    }

    #[test]
    fn a_call_without_figures_tells_only_what_is_asked_of_every_call() {
        let document = told(false, false, &Metrics::default());
        let directives = document["_aws"]["CloudWatchMetrics"].as_array().unwrap();
        assert_eq!(directives.len(), 1, "zeros are paid for too");
        assert_eq!(document["Failures"], 1);
        assert_eq!(document["Calls"], 1);
    }
}
