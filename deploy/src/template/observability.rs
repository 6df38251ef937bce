//! What watches the function: a dashboard and alarms over the metrics that the connector writes (docs/operations.md) and Lambda's own.
//!
//! Said once, and written in each template's form. Metrics that are zero are not written, so that missing data is good data.

use serde_json::{Value, json};

/// The namespace of the connector's metrics, unless `--env metrics_namespace=…` says another.
pub(super) const NAMESPACE: &str = "AthenaDynamoDB";
/// The variable that has the connector write them.
pub(super) const VARIABLE: &str = "metrics_namespace";
const LAMBDA: &str = "AWS/Lambda";
/// Seconds that an alarm looks at at once.
pub(super) const PERIOD: u32 = 300;

/// How a template speaks of what is not known yet.
pub(super) struct Names<'a> {
    /// Text that becomes the function's name.
    pub(super) function: &'a str,
    /// Text that becomes the Region.
    pub(super) region: &'a str,
    /// Text that becomes the function's timeout in seconds.
    pub(super) timeout: &'a str,
    /// Where the connector's metrics are.
    pub(super) namespace: &'a str,
}

/// Something that should not stay unseen.
pub(super) struct Alarm {
    /// Part of its name.
    pub(super) id: &'static str,
    pub(super) description: &'static str,
    /// What is watched: metrics, and what is computed of them, if anything.
    pub(super) metrics: Vec<Metric>,
    pub(super) expression: Option<String>,
    /// What is too much.
    pub(super) threshold: u32,
    /// So many periods in a row.
    pub(super) periods: u32,
}

/// A metric of the function.
pub(super) struct Metric {
    /// Its name in an expression.
    pub(super) id: &'static str,
    pub(super) namespace: String,
    pub(super) name: &'static str,
    pub(super) statistic: &'static str,
}

/// All alarms.
pub(super) fn alarms(names: &Names<'_>) -> Vec<Alarm> {
    let own = |id, name| Metric {
        id,
        namespace: names.namespace.to_owned(),
        name,
        statistic: "Sum",
    };
    let lambda = |id, name, statistic| Metric {
        id,
        namespace: LAMBDA.to_owned(),
        name,
        statistic,
    };
    let alarm = |id, description, metric, threshold, periods| Alarm {
        id,
        description,
        metrics: vec![metric],
        expression: None,
        threshold,
        periods,
    };
    vec![
        alarm(
            "Failures",
            "Calls that the connector answered with an error; see the lines `request failed` of its log",
            own("failures", "Failures"),
            5,
            1,
        ),
        alarm(
            "Throttles",
            "DynamoDB turns reads away for a quarter of an hour: the table lacks capacity, or queries take too much of it",
            own("throttles", "Throttles"),
            100,
            3,
        ),
        alarm(
            "Mismatches",
            "Values did not fit their column and are null; the log names column and type",
            own("mismatches", "Mismatches"),
            1,
            1,
        ),
        Alarm {
            expression: Some("errors - FILL(failures, 0)".to_owned()),
            metrics: vec![
                lambda("errors", "Errors", "Sum"),
                own("failures", "Failures"),
            ],
            ..alarm(
                "LambdaErrors",
                "Calls that ended without a word of the connector: its time was up, its memory, or it could not start",
                own("failures", "Failures"),
                1,
                1,
            )
        },
        alarm(
            "LambdaThrottles",
            "Calls that Lambda turned away: the account's or the function's concurrency is used up",
            lambda("throttles", "Throttles", "Sum"),
            1,
            1,
        ),
        Alarm {
            expression: Some(format!("duration / (10 * {})", names.timeout)),
            ..alarm(
                "NearTimeout",
                "A call took 90 % of the time that it may take, or more; smaller splits or a longer timeout help",
                lambda("duration", "Duration", "Maximum"),
                90,
                1,
            )
        },
    ]
}

/// The body of the dashboard.
pub(super) fn dashboard(names: &Names<'_>) -> Value {
    let of = |namespace: &str, name: &str| json!([namespace, name, "FunctionName", names.function]);
    let own =
        |all: &[&str]| -> Vec<Value> { all.iter().map(|name| of(names.namespace, name)).collect() };
    let by_request = |name: &str, statistic: &str| {
        let search = format!(
            "SEARCH('{{{},FunctionName,Request}} MetricName=\"{name}\" FunctionName=\"{}\"', '{statistic}')",
            names.namespace, names.function
        );
        json!([{"expression": search, "id": name.to_lowercase()}])
    };
    let lambda = |name: &str, statistic: &str| json!([LAMBDA, name, "FunctionName", names.function, {"stat": statistic}]);
    let mut widgets = Vec::new();
    let mut add = |title: &str, metrics: Vec<Value>, stacked: bool| {
        let at = widgets.len();
        widgets.push(json!({
            "type": "metric", "width": 12, "height": 6, "x": at % 2 * 12, "y": at / 2 * 6,
            "properties": {
                "title": title, "region": names.region, "view": "timeSeries", "stacked": stacked,
                "stat": "Sum", "period": PERIOD, "metrics": metrics,
            },
        }));
    };
    add("Calls, by kind", vec![by_request("Calls", "Sum")], true);
    add(
        "Failures, by kind",
        vec![by_request("Failures", "Sum")],
        true,
    );
    add(
        "Longest call, by kind, in ms",
        vec![by_request("Duration", "Maximum")],
        false,
    );
    add(
        "What was read and given",
        own(&["Pages", "Items", "Rows"]),
        false,
    );
    add(
        "Read capacity, and calls turned away",
        own(&["ReadCapacityUnits", "Throttles", "Retries"]),
        false,
    );
    add(
        "Bytes read and spilled",
        own(&["PageBytes", "SpilledBytes"]),
        false,
    );
    let parts = [
        "FetchTime",
        "DecodeTime",
        "SealTime",
        "PutTime",
        "ThrottleWait",
        "PaceWait",
        "SpillWait",
    ];
    add("Where time goes, in ms over all streams", own(&parts), true);
    add(
        "Cold starts, and values that became null",
        own(&["ColdStarts", "Mismatches"]),
        false,
    );
    let of_lambda = vec![
        lambda("ConcurrentExecutions", "Maximum"),
        lambda("Errors", "Sum"),
        lambda("Throttles", "Sum"),
    ];
    add("Lambda", of_lambda, false);
    json!({ "widgets": widgets })
}
