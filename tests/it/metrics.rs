//! The figures that each call writes for CloudWatch: they are those of the call, and there are none unless they are asked for.

use crate::stack::{NewTable, Setup, Stack, fault_of, key, read};
use athena_client::Table;
use athena_protocol::predicate::Constraints;
use athena_testkit::dynamodb::Fault;
use serde_json::{Value, json};

fn items() -> Vec<Value> {
    let items = (0..120).map(|number| {
        json!({"id": {"S": format!("i{number:03}")}, "flag": {"N": number.to_string()}, "text": {"S": "secret-value ".repeat(1500)}})
    });
    items.collect()
}

fn told(setup: &mut Setup) {
    setup.set("metrics_namespace", "Athena/Tables");
    setup.set("MAX_BLOCK_SIZE_BYTES", "500000");
}

async fn with_items(adapt: impl FnOnce(&mut Setup)) -> (Stack, Table) {
    let stack = Stack::with(adapt).await;
    NewTable::named("items", &[key("id", "S")])
        .load(&stack.aws, &items())
        .await;
    let table = stack.table("items").await;
    (stack, table)
}

/// The documents among the lines of the log, each checked for what CloudWatch demands of it.
fn documents(stack: &Stack) -> Vec<Value> {
    let log = stack.log();
    let lines = log.lines().filter(|line| line.contains("\"_aws\""));
    let documents = lines.map(|line| {
        let document: Value = serde_json::from_str(line).expect("a line of its own");
        for directive in document["_aws"]["CloudWatchMetrics"].as_array().unwrap() {
            assert_eq!(directive["Namespace"], "Athena/Tables");
            for metric in directive["Metrics"].as_array().unwrap() {
                assert!(document[metric["Name"].as_str().unwrap()].is_number());
            }
        }
        document
    });
    documents.collect()
}

fn of<'a>(documents: &'a [Value], request: &str) -> Vec<&'a Value> {
    let of = documents.iter().filter(|line| line["Request"] == request);
    of.collect()
}

#[tokio::test]
async fn each_call_tells_cloudwatch_what_its_summary_tells_the_log() {
    let (stack, table) = with_items(told).await;
    assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 120);
    let documents = documents(&stack);
    let summary = &stack.summaries("ReadRecordsRequest")[0];
    let reads = of(&documents, "ReadRecords");
    assert_eq!(reads.len(), 1);
    let pairs = [
        ("Pages", "pages"),
        ("Items", "items"),
        ("Rows", "rows"),
        ("PageBytes", "bytes"),
        ("SpilledBlocks", "blocks"),
        ("SpilledBytes", "spilled_bytes"),
    ];
    for (metric, field) in pairs {
        let (metric, field) = (reads[0][metric].as_f64(), summary[field].as_f64());
        assert!(
            metric == field && metric > Some(0.0),
            "{metric:?} {field:?}"
        );
    }
    let units = summary["milli_capacity"].as_f64().unwrap() / 1000.0;
    assert_eq!(reads[0]["ReadCapacityUnits"], units);
    for time in ["FetchTime", "DecodeTime", "SealTime", "PutTime", "Duration"] {
        assert!(reads[0][time].as_f64() > Some(0.0), "{time}");
    }
    assert_eq!(reads[0]["Failures"], 0);
    assert_eq!(of(&documents, "GetTable").len(), 1);
    let cold = documents.iter().filter(|line| line["ColdStarts"] == 1.0);
    assert_eq!(cold.count(), 1, "one process answered all calls");
    assert!(!stack.log().contains("secret-value"));
}

#[tokio::test]
async fn a_call_that_failed_is_counted_as_one() {
    let (stack, table) = with_items(told).await;
    stack.aws.dynamodb.fail_next("Scan", 1000, Fault::Truncate);
    let query = stack.query();
    fault_of(read(&query, &table, Constraints::default(), table.schema.clone()).await);
    let documents = documents(&stack);
    let reads = of(&documents, "ReadRecords");
    assert_eq!((reads.len(), &reads[0]["Failures"]), (1, &json!(1)));
    assert!(reads[0]["Retries"].as_f64() > Some(0.0));
    assert_eq!(reads[0].get("Pages"), None, "what is zero is not sent");
}

#[tokio::test]
async fn without_a_namespace_nothing_is_told_and_nothing_billed() {
    let (stack, table) = with_items(|_| {}).await;
    stack.rows(&table, Constraints::default()).await;
    assert!(!stack.log().contains("_aws"));
}

#[tokio::test]
async fn a_namespace_that_cloudwatch_would_refuse_is_named() {
    let stack = Stack::with(|setup| setup.set("metrics_namespace", "AWS/Lambda")).await;
    let query = stack.query();
    let fault = fault_of(query.list_schemas().await);
    crate::stack::says(&fault, &["`metrics_namespace`", "namespace of CloudWatch"]);
}
