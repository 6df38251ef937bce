//! PartiQL statements through the real connector: `SELECT … FROM TABLE(catalog.system.query(QUERY => '…'))`.
//!
//! The embedded DynamoDB answers a statement in one page unless it is told a limit, so the pages of a sample are made by
//! `schema_sample_items`, which becomes that limit, and the pages of a read by the server of canned pages.

use crate::stack::{
    CATALOG, NewTable, Rows, Setup, Stack, clear, fault_of, key, read, rows_of, says, shown_rows,
};
use arrow::datatypes::DataType;
use athena_client::Table;
use athena_protocol::block::Block;
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use athena_protocol::spill::SpillLocation;
use athena_protocol::wire::{
    FaultDocument, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest, ReadRecordsRequest,
    Request, Response, Split, TableName,
};
use athena_testkit::dynamodb::Fault;
use serde_json::{Value, json};
use std::collections::BTreeMap;

fn items() -> Vec<Value> {
    let items = (0..12).map(|number| {
        json!({
            "Id": {"S": format!("i{number:02}")},
            "n": {"N": number.to_string()},
            "status": {"S": if number < 9 { "open" } else { "paid" }},
            "tags": {"SS": ["a", "b"]},
        })
    });
    items.collect()
}

async fn with_items(adapt: impl FnOnce(&mut Setup)) -> Stack {
    let stack = Stack::with(adapt).await;
    NewTable::named("Shop.Orders", &[key("Id", "S")])
        .indexed("by-status", &[key("status", "S"), key("n", "N")])
        .load(&stack.aws, &items())
        .await;
    stack
}

fn function() -> TableName {
    TableName::new("system", "query")
}

fn arguments(statement: &str) -> BTreeMap<String, String> {
    [("schemaFunctionName", "SYSTEM.QUERY"), ("QUERY", statement)]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into()
}

fn constraints(statement: &str) -> Constraints {
    Constraints {
        query_passthrough_arguments: arguments(statement),
        ..Constraints::default()
    }
}

fn get_table(arguments: BTreeMap<String, String>) -> Request {
    Request::GetTable(GetTableRequest {
        identity: None,
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: function(),
        query_passthrough_arguments: arguments,
    })
}

/// All calls that carry a statement, the last with the split that the others would have led to.
fn all_calls(table: &Table, arguments: &BTreeMap<String, String>) -> [Request; 4] {
    let constraints = Constraints {
        query_passthrough_arguments: arguments.clone(),
        ..Constraints::default()
    };
    let (query_id, catalog_name) = ("q".to_owned(), CATALOG.to_owned());
    let location = SpillLocation {
        bucket: "athena-spill-local".to_owned(),
        key: "athena-spill/q".to_owned(),
        directory: true,
    };
    [
        get_table(arguments.clone()),
        Request::GetTableLayout(GetTableLayoutRequest {
            identity: None,
            query_id: query_id.clone(),
            catalog_name: catalog_name.clone(),
            table_name: function(),
            constraints: constraints.clone(),
            schema: table.schema.clone(),
            partition_columns: Vec::new(),
        }),
        Request::GetSplits(GetSplitsRequest {
            identity: None,
            query_id: query_id.clone(),
            catalog_name: catalog_name.clone(),
            table_name: function(),
            partitions: Block::empty(table.schema.clone()),
            partition_columns: Vec::new(),
            constraints: constraints.clone(),
            continuation_token: None,
        }),
        Request::ReadRecords(ReadRecordsRequest {
            identity: None,
            query_id,
            catalog_name,
            table_name: function(),
            schema: table.schema.clone(),
            split: Split {
                spill_location: Some(location),
                encryption_key: None,
                properties: arguments.clone(),
            },
            constraints,
            max_block_size: 16_000_000,
            max_inline_block_size: 5_242_880,
        }),
    ]
}

async fn described(stack: &Stack, statement: &str) -> Table {
    match stack.ask(&get_table(arguments(statement))).await {
        Response::GetTable(table) => Table {
            name: table.table_name,
            schema: table.schema,
            partition_columns: table.partition_columns,
        },
        _ => panic!("not a table"),
    }
}

async fn refused(stack: &Stack, request: &Request) -> FaultDocument {
    clear(stack.refusal(serde_json::to_vec(request).unwrap()).await)
}

/// The fault of `GetTable`.
async fn fails(stack: &Stack, statement: &str) -> FaultDocument {
    refused(stack, &get_table(arguments(statement))).await
}

async fn rows(stack: &Stack, table: &Table, constraints: Constraints) -> Rows {
    rows_of(&stack.read(table, constraints).await)
}

fn columns(table: &Table) -> Vec<(&str, DataType)> {
    let fields = table.schema.fields().iter();
    fields
        .map(|field| (field.name().as_str(), field.data_type().clone()))
        .collect()
}

fn statements(stack: &Stack) -> Vec<Value> {
    let calls = stack.aws.dynamodb.calls().into_iter();
    let calls = calls.filter(|call| call.operation == "ExecuteStatement");
    calls
        .map(|call| serde_json::from_slice(&call.request).unwrap())
        .collect()
}

#[tokio::test]
async fn a_statement_gives_the_items_that_dynamodb_answers() {
    let stack = with_items(|_| {}).await;
    let statement = r#"SELECT * FROM "Shop.Orders"."by-status" WHERE status = 'open' AND n >= 3"#;
    let table = described(&stack, statement).await;
    assert_eq!(table.name, function());
    let list = table
        .schema
        .field_with_name("tags")
        .unwrap()
        .data_type()
        .clone();
    let expected = [
        ("id", DataType::Utf8),
        ("n", DataType::Decimal128(38, 9)),
        ("status", DataType::Utf8),
        ("tags", list),
    ];
    assert_eq!(columns(&table), expected);
    assert_eq!(stack.aws.dynamodb.count("ExecuteStatement"), 1);
    stack.aws.dynamodb.reset();

    let query = stack.query();
    let plan = query.plan(&table, constraints(statement)).await.unwrap();
    assert_eq!(plan.splits().len(), 1);
    assert_eq!(stack.aws.dynamodb.calls().len(), 0, "planning asks nobody");
    let found = rows(&stack, &table, constraints(statement)).await;
    found.assert_eq(
        &shown_rows(&items()[3..9], &table.schema).rows,
        "open ones from 3",
    );
    let asked = statements(&stack);
    assert_eq!(asked.len(), 1);
    assert_eq!(asked[0]["Statement"], statement);
    assert_eq!(
        asked[0]["Limit"],
        Value::Null,
        "a limit counts items before the conditions"
    );
    assert!(
        stack.summaries("ReadRecordsRequest")[0]["ok"]
            .as_bool()
            .unwrap()
    );
    assert!(!stack.log().contains("SELECT"), "{}", stack.log());
}

#[tokio::test]
async fn all_pages_are_read() {
    let pages = athena_testkit::pages::Pages::builder()
        .pages(5)
        .page_bytes(20_000)
        .start()
        .await
        .unwrap();
    let endpoint = pages.endpoint();
    let stack = Stack::with(|setup| {
        setup.set("AWS_ENDPOINT_URL_DYNAMODB", &endpoint);
        setup.set("schema_sample_items", "1");
    })
    .await;
    let statement = "SELECT * FROM pages WHERE x = 1";
    let table = described(&stack, statement).await;
    assert_eq!(
        pages.counts().execute_statement,
        1,
        "one item is enough of a sample"
    );
    let found = rows(&stack, &table, constraints(statement)).await;
    assert_eq!(found.len() as u64, pages.items());
    assert_eq!(pages.counts().execute_statement, 6);
    let told = &stack.summaries("ReadRecordsRequest")[0];
    assert_eq!(told["pages"], 5);
}

#[tokio::test]
async fn a_limit_ends_the_read_and_makes_pages_small_where_every_item_counts() {
    let stack = with_items(|_| {}).await;
    for (condition, sent) in [("", json!(2)), (" WHERE n >= 0", Value::Null)] {
        let statement = format!(r#"SELECT * FROM "Shop.Orders"{condition}"#);
        let table = described(&stack, &statement).await;
        stack.aws.dynamodb.reset();
        let limited = Constraints {
            limit: 2,
            ..constraints(&statement)
        };
        assert_eq!(rows(&stack, &table, limited).await.len(), 2, "{condition}");
        let asked = statements(&stack);
        assert_eq!(asked.len(), 1, "{condition}");
        assert_eq!(asked[0]["Limit"], sent, "{condition}");
    }
}

#[tokio::test]
async fn conditions_of_the_engine_are_tested_on_the_rows() {
    let stack = with_items(|_| {}).await;
    let statement = r#"SELECT "Id", status FROM "Shop.Orders""#;
    let table = described(&stack, statement).await;
    let paid = ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8("paid".to_owned())]);
    let narrowed = Constraints {
        summary: BTreeMap::from([("status".to_owned(), paid)]),
        limit: 2,
        ..constraints(statement)
    };
    assert_eq!(rows(&stack, &table, narrowed).await.len(), 2);
}

#[tokio::test]
async fn columns_are_looked_for_page_by_page_until_there_are_items() {
    let stack = with_items(|setup| setup.set("schema_sample_items", "2")).await;
    let statement = r#"SELECT * FROM "Shop.Orders" WHERE n = 7"#;
    let table = described(&stack, statement).await;
    let names: Vec<_> = columns(&table).into_iter().map(|(name, _)| name).collect();
    assert_eq!(names, ["id", "n", "status", "tags"]);
    let asked = statements(&stack);
    assert!(asked.iter().all(|body| body["Limit"] == 2), "{asked:?}");
    assert!((2..=7).contains(&asked.len()), "{} calls", asked.len());
    let found = rows(&stack, &table, constraints(statement)).await;
    found.assert_eq(
        &shown_rows(&items()[7..8], &table.schema).rows,
        "the seventh",
    );
}

#[tokio::test]
async fn an_empty_result_has_the_columns_that_can_be_told_and_no_rows() {
    let stack = with_items(|_| {}).await;
    let nothing = r#"FROM "Shop.Orders" WHERE n > 100"#;
    let decimal = DataType::Decimal128(38, 9);
    for (list, expected) in [
        // The names of the statement, keys in their type and the rest as text.
        (
            "Total, \"Id\", n",
            vec![
                ("total", DataType::Utf8),
                ("id", DataType::Utf8),
                ("n", decimal.clone()),
            ],
        ),
        // The keys of table and indexes.
        (
            "*",
            vec![
                ("id", DataType::Utf8),
                ("n", decimal.clone()),
                ("status", DataType::Utf8),
            ],
        ),
        (
            "tags[0]",
            vec![
                ("id", DataType::Utf8),
                ("n", decimal),
                ("status", DataType::Utf8),
            ],
        ),
    ] {
        let statement = format!("SELECT {list} {nothing}");
        let table = described(&stack, &statement).await;
        assert_eq!(columns(&table), expected, "{statement}");
        assert_eq!(rows(&stack, &table, constraints(&statement)).await.len(), 0);
    }
    // Here the table is not certain, for want of knowing how comments are read.
    let unclear = format!("SELECT * /* all */ {nothing}");
    let table = described(&stack, &unclear).await;
    assert_eq!(columns(&table), [("item", DataType::Utf8)]);
    assert_eq!(rows(&stack, &table, constraints(&unclear)).await.len(), 0);
}

#[tokio::test]
async fn a_named_column_that_no_item_of_the_sample_has_is_there_as_text() {
    let stack = with_items(|_| {}).await;
    let statement = r#"SELECT n, note FROM "Shop.Orders""#;
    let table = described(&stack, statement).await;
    assert_eq!(
        columns(&table),
        [("note", DataType::Utf8), ("n", DataType::Decimal128(38, 9))]
    );
    assert_eq!(rows(&stack, &table, constraints(statement)).await.len(), 12);
}

#[tokio::test]
async fn only_select_is_handed_on() {
    let stack = with_items(|_| {}).await;
    let table = described(&stack, r#"SELECT * FROM "Shop.Orders""#).await;
    stack.aws.dynamodb.reset();
    for (statement, word) in [
        (
            r#"DELETE FROM "Shop.Orders" WHERE "Id" = 'i-secret'"#,
            "DELETE",
        ),
        (
            r#"-- SELECT
            insert into "Shop.Orders" value {'Id': 'i-secret'}"#,
            "INSERT",
        ),
        (
            r#"UPDATE "Shop.Orders" SET n = 1 WHERE "Id" = 'i-secret'"#,
            "UPDATE",
        ),
        ("'i-secret'", "does not begin with a word"),
    ] {
        for request in all_calls(&table, &arguments(statement)) {
            let fault = refused(&stack, &request).await;
            says(&fault, &["must be a SELECT", word, "hint"]);
            assert!(!fault.error_message.contains("i-secret"), "{fault:?}");
        }
    }
    assert_eq!(stack.aws.dynamodb.calls().len(), 0);
    assert!(!stack.log().contains("i-secret"));
}

#[tokio::test]
async fn what_does_not_call_the_function_is_told_what_is_expected() {
    let stack = with_items(|_| {}).await;
    let table = described(&stack, r#"SELECT * FROM "Shop.Orders""#).await;
    stack.aws.dynamodb.reset();
    let statement = ("QUERY", "SELECT 1");
    for wrong in [
        vec![statement],
        vec![("schemaFunctionName", "SYSTEM.OTHER"), statement],
        vec![("schemaFunctionName", "SYSTEM.QUERY")],
        vec![("schemaFunctionName", "SYSTEM.QUERY"), ("QUERY", " ")],
    ] {
        let wrong: BTreeMap<String, String> = wrong
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect();
        for request in all_calls(&table, &wrong) {
            says(
                &refused(&stack, &request).await,
                &["`system.query`", "hint", "QUERY =>"],
            );
        }
    }
    assert_eq!(stack.aws.dynamodb.calls().len(), 0);
}

#[tokio::test]
async fn switched_off_it_is_neither_offered_nor_served() {
    let stack = with_items(|setup| setup.set("enable_query_passthrough", "false")).await;
    let capabilities = stack.query().capabilities().await.unwrap().capabilities;
    let names: Vec<_> = capabilities.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "supports_limit_pushdown",
            "supports_top_n_pushdown",
            "supports_complex_expression_pushdown"
        ]
    );
    let table = stack.table("shop.orders").await;
    for request in all_calls(&table, &arguments(r#"SELECT * FROM "Shop.Orders""#)) {
        let fault = refused(&stack, &request).await;
        says(
            &fault,
            &["switched off", "hint", "`enable_query_passthrough`"],
        );
    }
    assert_eq!(stack.aws.dynamodb.calls().len(), 0);
}

#[tokio::test]
async fn the_capability_is_told_as_the_java_connector_tells_it() {
    let stack = Stack::start().await;
    let request = json!({
        "@type": "GetDataSourceCapabilitiesRequest", "identity": null, "queryId": "q", "catalogName": CATALOG,
    });
    let answer: Value = serde_json::from_str(&stack.answer(request.to_string()).await).unwrap();
    let expected = json!([
        {"subType": "query_passthrough_schema", "properties": ["system"]},
        {"subType": "query_passthrough_name", "properties": ["query"]},
        {"subType": "query_passthrough_arguments", "properties": ["QUERY"]},
    ]);
    assert_eq!(answer["capabilities"]["SYSTEM.QUERY"], expected);
}

#[tokio::test]
async fn what_dynamodb_says_of_a_bad_statement_is_told() {
    let stack = with_items(|_| {}).await;
    says(
        &fails(&stack, "SELECT FROM WHERE").await,
        &[
            "DynamoDB refused ExecuteStatement",
            "ValidationException",
            "Statement wasn't well formed",
        ],
    );
    says(
        &fails(&stack, "SELECT * FROM nowhere").await,
        &["`nowhere`", "does not exist"],
    );
}

#[tokio::test]
async fn a_statement_reads_no_table_that_is_not_shown() {
    let stack = with_items(|setup| setup.set("denied_tables", "secret*")).await;
    for table in [
        "secrets",
        "SECRETS",
        r#""secrets"."by-day""#,
        r#""arn:aws:dynamodb:eu-west-1:123456789012:table/secrets""#,
    ] {
        let fault = fails(&stack, &format!("SELECT * FROM {table}")).await;
        says(
            &fault,
            &[
                "not among those that the connector shows",
                "`denied_tables`",
            ],
        );
    }
    for statement in [
        r#"SELECT * FROM "Shop.Orders", secrets"#,
        r#"SELECT * /* FROM "Shop.Orders" */ FROM secrets"#,
        "SELECT 1",
    ] {
        says(
            &fails(&stack, statement).await,
            &["cannot be told", "`allowed_tables`"],
        );
    }
    assert_eq!(stack.aws.dynamodb.calls().len(), 0);
    let statement = r#"SELECT * FROM "Shop.Orders""#;
    let table = described(&stack, statement).await;
    assert_eq!(rows(&stack, &table, constraints(statement)).await.len(), 12);
}

#[tokio::test]
async fn throttled_and_broken_pages_are_asked_for_again() {
    let stack = with_items(|_| {}).await;
    let statement = r#"SELECT * FROM "Shop.Orders""#;
    let table = described(&stack, statement).await;
    stack.aws.dynamodb.reset();
    stack
        .aws
        .dynamodb
        .fail_next("ExecuteStatement", 2, Fault::Throttle);
    stack
        .aws
        .dynamodb
        .fail_next("ExecuteStatement", 1, Fault::Truncate);
    let found = rows(&stack, &table, constraints(statement)).await;
    found.assert_eq(&shown_rows(&items(), &table.schema).rows, "all items");
    assert_eq!(stack.aws.dynamodb.count("ExecuteStatement"), 4);
}

#[tokio::test]
async fn settings_for_columns_hold_for_statements_too() {
    let stack = with_items(|setup| {
        setup.set("item_column", "whole");
        setup.set("number_type", "auto");
        setup.set("value_mismatch", "error");
        setup.set("schema_sample_items", "1");
    })
    .await;
    let statement = r#"SELECT n, status FROM "Shop.Orders""#;
    let table = described(&stack, statement).await;
    let expected = [
        ("n", DataType::Int64),
        ("status", DataType::Utf8),
        ("whole", DataType::Utf8),
    ];
    assert_eq!(columns(&table), expected);
    assert_eq!(rows(&stack, &table, constraints(statement)).await.len(), 12);
    let item = json!({"Id": {"S": "zz"}, "n": {"N": "1.5"}, "status": {"S": "odd"}});
    let client = stack.aws.dynamodb.client();
    let put = client.put_item().table_name("Shop.Orders");
    let values = item.as_object().unwrap().iter().map(|(name, value)| {
        let (tag, text) = value.as_object().unwrap().iter().next().unwrap();
        let text = text.as_str().unwrap().to_owned();
        let value = match tag.as_str() {
            "N" => aws_sdk_dynamodb::types::AttributeValue::N(text),
            _ => aws_sdk_dynamodb::types::AttributeValue::S(text),
        };
        (name.clone(), value)
    });
    put.set_item(Some(values.collect())).send().await.unwrap();
    let failed = read(
        &stack.query(),
        &table,
        constraints(statement),
        table.schema.clone(),
    )
    .await;
    says(&fault_of(failed), &["column `n`", "`value_mismatch`"]);
}
