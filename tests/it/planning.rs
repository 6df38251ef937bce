//! What queries cost by the plan that is made for them: calls, and items that are read.

use crate::stack::{NewTable, Setup, Stack, fault_of, key, read, read_plan, says, table_name};
use arrow::array::{ArrayRef, AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema};
use athena_client::Table;
use athena_protocol::block::Block;
use athena_protocol::predicate::{
    Bound, Constraints, Direction, Expression, FunctionName, Marker, OrderByField, Range, Scalar,
    ValueSet,
};
use athena_testkit::dynamodb::Fault;
use serde_json::{Value, json};
use std::sync::Arc;

/// 200 visits: ten sites with twenty pages each, in the order of their addresses.
fn visits() -> Vec<Value> {
    let items = (0..200).map(|number| {
        let page = number % 20;
        json!({
            "site": {"S": format!("site{}", number / 20)},
            "page": {"S": format!("{}{page:02}", if page < 5 { "about/" } else { "news/" })},
            "hits": {"N": (number * 7 % 50).to_string()},
        })
    });
    items.collect()
}

async fn with_visits(adapt: impl FnOnce(&mut Setup)) -> (Stack, Table) {
    let stack = Stack::with(adapt).await;
    NewTable::named("visits", &[key("site", "S"), key("page", "S")])
        .load(&stack.aws, &visits())
        .await;
    let table = stack.table("visits").await;
    stack.aws.dynamodb.reset();
    (stack, table)
}

fn texts<const N: usize>(values: [&str; N]) -> ValueSet {
    let values = values.map(|value| Scalar::Utf8(value.to_owned()));
    ValueSet::of_values(&DataType::Utf8, values)
}

fn column(name: &str) -> Expression {
    Expression::Variable {
        column_name: name.to_owned(),
        data_type: DataType::Utf8,
    }
}

fn text(value: &str) -> Expression {
    let values: ArrayRef = Arc::new(StringArray::from(vec![value]));
    let schema = Schema::new(vec![Field::new("col1", DataType::Utf8, true)]);
    let batch = RecordBatch::try_new(Arc::new(schema), vec![values]).unwrap();
    Expression::Constant {
        value_block: Block::new(batch),
        data_type: DataType::Utf8,
    }
}

fn call(function: &str, arguments: Vec<Expression>) -> Expression {
    Expression::Call {
        data_type: DataType::Boolean,
        function_name: FunctionName {
            function_name: function.to_owned(),
        },
        arguments,
    }
}

/// The operations that DynamoDB was asked for, in order.
fn operations(stack: &Stack) -> Vec<String> {
    let calls = stack.aws.dynamodb.calls().into_iter();
    calls.map(|call| call.operation).collect()
}

/// Items that came in the pages of all reads.
fn items_read(stack: &Stack) -> u64 {
    let reads = stack.summaries("ReadRecordsRequest");
    reads
        .iter()
        .map(|read| read["items"].as_u64().unwrap())
        .sum()
}

#[tokio::test]
async fn whole_keys_are_fetched_together() {
    let (stack, table) = with_visits(|_| ()).await;
    let keys = Constraints {
        summary: [
            ("site".to_owned(), texts(["site1", "site2", "nowhere"])),
            ("page".to_owned(), texts(["news/05", "news/19"])),
        ]
        .into(),
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, keys).await.len(), 4);
    assert_eq!(operations(&stack), ["DescribeTable", "BatchGetItem"]);
    assert_eq!(items_read(&stack), 4);
}

#[tokio::test]
async fn a_role_that_may_not_fetch_many_items_has_them_queried_for() {
    let (stack, table) = with_visits(|_| ()).await;
    stack
        .aws
        .dynamodb
        .fail_next("BatchGetItem", 1, Fault::AccessDenied);
    let keys = Constraints {
        summary: [
            ("site".to_owned(), texts(["site1", "site2"])),
            ("page".to_owned(), texts(["news/05", "none"])),
        ]
        .into(),
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, keys).await.len(), 2);
    let expected = [
        "DescribeTable",
        "BatchGetItem",
        "Query",
        "Query",
        "Query",
        "Query",
    ];
    assert_eq!(operations(&stack), expected);
    assert!(stack.log().contains("one by one"));
}

#[tokio::test]
async fn a_pattern_reads_only_the_items_that_begin_so() {
    let (stack, table) = with_visits(|_| ()).await;
    let expression = vec![
        call("$equal", vec![column("site"), text("site3")]),
        call("$like_pattern", vec![column("page"), text("about/%")]),
    ];
    let constraints = Constraints {
        expression,
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, constraints).await.len(), 5);
    assert_eq!(operations(&stack), ["DescribeTable", "Query"]);
    assert_eq!(items_read(&stack), 5);
}

#[tokio::test]
async fn alternatives_are_filtered_by_dynamodb_and_tested_on_the_rows() {
    let (stack, table) = with_visits(|_| ()).await;
    let either = call(
        "$or",
        vec![
            call("$equal", vec![column("page"), text("about/01")]),
            call(
                "$and",
                vec![
                    call("$equal", vec![column("site"), text("site9")]),
                    call(
                        "$not",
                        vec![call("$like_pattern", vec![column("page"), text("%1_")])],
                    ),
                ],
            ),
        ],
    );
    let constraints = Constraints {
        expression: vec![either],
        ..Constraints::default()
    };
    // Ten pages of one name, and of the last site nine others without a one in that place.
    assert_eq!(stack.rows(&table, constraints).await.len(), 19);
    // DynamoDB knows no such pattern: it gives all pages of the site.
    assert_eq!(items_read(&stack), 29);
}

#[tokio::test]
async fn the_last_rows_of_a_key_are_read_from_the_end() {
    let (stack, table) = with_visits(|_| ()).await;
    let constraints = Constraints {
        summary: [("site".to_owned(), texts(["site4"]))].into(),
        order_by_clause: vec![OrderByField {
            column_name: "page".to_owned(),
            direction: Direction::DescNullsLast,
        }],
        limit: 3,
        ..Constraints::default()
    };
    let batches = stack.read(&table, constraints).await;
    let pages: Vec<String> = batches
        .iter()
        .flat_map(|batch| {
            let pages = batch.column_by_name("page").unwrap().as_string::<i32>();
            pages
                .iter()
                .map(|page| page.unwrap().to_owned())
                .collect::<Vec<_>>()
        })
        .collect();
    assert_eq!(pages, ["news/19", "news/18", "news/17"]);
    assert_eq!(operations(&stack), ["DescribeTable", "Query"]);
    assert_eq!(items_read(&stack), 3);
}

/// Thirty visits, each a day after the one before, with their time as text and as seconds since 1970.
fn days() -> Vec<Value> {
    let items = (0..30).map(|day| {
        let at = JANUARY_2020 / 1000 + 86_400 * day + 3_600;
        json!({
            "site": {"S": "site0"},
            "at": {"N": at.to_string()},
            "seen": {"S": format!("2020-01-{:02}T01:00:00Z", day + 1)},
        })
    });
    items.collect()
}

const JANUARY_2020: i64 = 1_577_836_800_000;

/// The visits as a table whose numbers are seconds.
async fn with_days() -> (Stack, Table) {
    let stack = Stack::start().await;
    NewTable::named("days", &[key("site", "S"), key("at", "N")])
        .load(&stack.aws, &days())
        .await;
    let fields = vec![
        Field::new("site", DataType::Utf8, true),
        Field::new("at", DataType::Date64, true),
        Field::new("seen", DataType::Date64, true),
    ];
    let metadata = [("epochUnit".to_owned(), "seconds".to_owned())];
    let schema = Schema::new_with_metadata(fields, metadata.into());
    let table = Table {
        name: table_name("days"),
        schema: Arc::new(schema),
        partition_columns: Vec::new(),
    };
    stack.aws.dynamodb.reset();
    (stack, table)
}

/// From the first millisecond of one day of January 2020 to the last before another.
fn january(first: i64, before: i64) -> ValueSet {
    let marker = |day: i64, bound| Marker {
        data_type: DataType::Date64,
        value: Some(Scalar::Date64(JANUARY_2020 + 86_400_000 * (day - 1))),
        bound,
    };
    ValueSet::SortedRangeSet {
        data_type: DataType::Date64,
        ranges: vec![Range {
            low: marker(first, Bound::Exactly),
            high: marker(before, Bound::Below),
        }],
        null_allowed: false,
    }
}

#[tokio::test]
async fn a_key_of_numbers_that_shows_times_is_queried_by_them() {
    let (stack, table) = with_days().await;
    let constraints = Constraints {
        summary: [
            ("site".to_owned(), texts(["site0"])),
            ("at".to_owned(), january(5, 8)),
        ]
        .into(),
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, constraints).await.len(), 3);
    assert_eq!(operations(&stack), ["DescribeTable", "Query"]);
    assert_eq!(items_read(&stack), 3);
}

#[tokio::test]
async fn texts_that_show_times_of_other_months_stay_in_dynamodb() {
    let (stack, table) = with_days().await;
    let of = |first, before| Constraints {
        summary: [("seen".to_owned(), january(first, before))].into(),
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, of(20, 25)).await.len(), 5);
    // The lower bound is two days off, for zones; the upper one is the end of a month, for days of one digit.
    assert_eq!(items_read(&stack), 13);
    assert_eq!(stack.rows(&table, of(60, 70)).await.len(), 0);
    assert_eq!(items_read(&stack), 13);
}

#[tokio::test]
async fn a_scan_that_takes_longer_than_the_function_may_run_is_told_of() {
    let stack = Stack::with(|setup| setup.set("max_read_capacity_units", "1")).await;
    let text = "x".repeat(300_000);
    let items: Vec<Value> = (0..8)
        .map(|id| json!({"id": {"S": id.to_string()}, "text": {"S": text}}))
        .collect();
    NewTable::named("large", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    let table = stack.table("large").await;
    stack
        .query()
        .plan(&table, Constraints::default())
        .await
        .unwrap();
    assert!(stack.log().contains("longer than the function may run"));
}

#[tokio::test]
async fn a_scan_is_refused_before_anything_is_read_but_a_look_at_some_rows_is_not() {
    let (stack, table) = with_visits(|setup| setup.set("full_scan", "refuse")).await;
    let query = stack.query();
    let refused = read(&query, &table, Constraints::default(), table.schema.clone()).await;
    let fault = fault_of(refused);
    says(
        &fault,
        &[
            "`visits`",
            "full scans are not permitted",
            "`site` and `page`",
            "`full_scan`",
        ],
    );
    assert_eq!(operations(&stack), ["DescribeTable"]);
    let some = Constraints {
        limit: 5,
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, some).await.len(), 5);
    let site = Constraints {
        summary: [("site".to_owned(), texts(["site4"]))].into(),
        ..Constraints::default()
    };
    assert_eq!(stack.rows(&table, site).await.len(), 20);
}

#[tokio::test]
async fn a_scan_that_would_cost_more_than_it_may_is_refused_with_its_estimate() {
    for (most, refused) in [("1", true), ("1000000", false)] {
        let (stack, table) = with_visits(|setup| {
            setup.set("max_scan_read_units", most);
            // Then every 4 KB are a unit, and the table has more than that.
            setup.set("consistent_read", "true");
        })
        .await;
        let query = stack.query();
        let all = read(&query, &table, Constraints::default(), table.schema.clone()).await;
        assert_eq!(all.is_err(), refused, "{most}");
        if refused {
            let words = ["`visits`", "read units", "`site` and `page`"];
            says(&fault_of(all), &words);
            assert_eq!(operations(&stack), ["DescribeTable"]);
            let site = Constraints {
                summary: [("site".to_owned(), texts(["site4"]))].into(),
                ..Constraints::default()
            };
            assert_eq!(stack.rows(&table, site).await.len(), 20);
        }
    }
}

#[tokio::test]
async fn a_table_that_was_deleted_meanwhile_is_named_and_others_are_read() {
    let (stack, table) = with_visits(|_| ()).await;
    NewTable::named("others", &[key("id", "S")])
        .load(&stack.aws, &[json!({"id": {"S": "a"}})])
        .await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    let client = stack.aws.dynamodb.client();
    client
        .delete_table()
        .table_name("visits")
        .send()
        .await
        .unwrap();
    let fault = fault_of(read_plan(&query, &plan, table.schema.clone()).await);
    says(&fault, &["`visits`", "does not exist"]);
    let fault = fault_of(query.plan(&table, Constraints::default()).await);
    says(&fault, &["`visits`"]);
    let others = stack.table("others").await;
    assert_eq!(stack.rows(&others, Constraints::default()).await.len(), 1);
}

#[tokio::test]
async fn all_wrong_options_of_planning_are_named() {
    let stack = Stack::with(|setup| {
        setup.set("full_scan", "maybe");
        setup.set("max_read_capacity_percent", "120");
    })
    .await;
    let fault = fault_of(stack.query().ping().await);
    says(
        &fault,
        &["`full_scan`", "`max_read_capacity_percent`", "1 to 100"],
    );
}
