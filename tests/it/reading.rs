//! Every call of the protocol, once each, against tables as they are.

use crate::stack::{CATALOG, NewTable, Stack, key, read, rows_of, shown_rows, table_name};
use arrow::array::{AsArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{FederatedIdentity, ListTablesRequest, Request, Response};
use serde_json::{Value, json};
use std::sync::Arc;

/// Ten orders with names in mixed case, nested values and a number key.
fn orders() -> Vec<Value> {
    let orders = (0..10).map(|number| {
        let status = ["open", "paid"][number % 2];
        json!({
            "CustomerId": {"S": format!("c{}", number % 3)},
            "orderNo": {"N": number.to_string()},
            "Status": {"S": status},
            "Total": {"N": format!("{number}.5")},
            "paid": {"BOOL": number % 2 == 1},
            "Receipt": {"B": "AQID"},
            "tags": {"SS": ["a", "b"]},
            "Lines": {"L": [{"M": {"Sku": {"S": "x"}, "qty": {"N": "2"}}}]},
        })
    });
    orders.collect()
}

async fn with_orders() -> Stack {
    let stack = Stack::start().await;
    let keys = [key("CustomerId", "S"), key("orderNo", "N")];
    let index = [key("Status", "S"), key("orderNo", "N")];
    NewTable::named("Shop.Orders", &keys)
        .indexed("by_status", &index)
        .load(&stack.aws, &orders())
        .await;
    stack
}

#[tokio::test]
async fn a_ping_tells_kind_abilities_and_version() {
    let stack = Stack::start().await;
    let query = stack.query();
    let pong = query.ping().await.unwrap();
    assert_eq!(
        (
            pong.source_type.as_str(),
            pong.capabilities,
            pong.ser_de_version
        ),
        ("ddb", 24, 6)
    );
    assert_eq!(
        (pong.catalog_name.as_str(), pong.query_id.as_str()),
        (CATALOG, query.id())
    );
    assert_eq!(stack.aws.dynamodb.calls().len(), 0, "a ping asks nobody");
}

#[tokio::test]
async fn there_is_one_schema_and_all_that_is_applied_is_offered() {
    let stack = Stack::start().await;
    assert_eq!(stack.query().list_schemas().await.unwrap(), ["default"]);
    let capabilities = stack.query().capabilities().await.unwrap().capabilities;
    let names: Vec<_> = capabilities.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(
        names,
        [
            "SYSTEM.QUERY",
            "supports_limit_pushdown",
            "supports_top_n_pushdown",
            "supports_complex_expression_pushdown"
        ]
    );
}

#[tokio::test]
async fn tables_are_listed_in_lower_case_at_once_or_in_pages() {
    let stack = Stack::start().await;
    for name in [
        "Orders",
        "CUSTOMERS",
        "events-2024",
        "Mixed.Case_Name",
        "zeta",
    ] {
        NewTable::named(name, &[key("id", "S")])
            .load(&stack.aws, &[])
            .await;
    }
    let mut all = stack.query().list_tables("default").await.unwrap();
    all.sort();
    let expected = [
        "customers",
        "events-2024",
        "mixed.case_name",
        "orders",
        "zeta",
    ];
    assert_eq!(all, expected.map(table_name));

    let (mut paged, mut sizes, mut next_token) = (Vec::new(), Vec::new(), None);
    loop {
        let request = ListTablesRequest {
            identity: Some(FederatedIdentity::default()),
            query_id: "pages".to_owned(),
            catalog_name: CATALOG.to_owned(),
            schema_name: "default".to_owned(),
            next_token,
            page_size: 2,
        };
        let Response::ListTables(page) = stack.ask(&Request::ListTables(request)).await else {
            panic!("not a list of tables")
        };
        sizes.push(page.tables.len());
        paged.extend(page.tables);
        next_token = page.next_token;
        if next_token.is_none() {
            break;
        }
        assert!(sizes.len() < 10, "the pages never end");
    }
    paged.sort();
    assert_eq!(paged, all);
    assert_eq!(sizes, [2, 2, 1]);
    assert_eq!(stack.query().list_tables("other").await.unwrap(), []);
}

#[tokio::test]
async fn a_schema_is_inferred_with_keys_first_and_the_attributes_names_kept() {
    let stack = with_orders().await;
    let table = stack.table("shop.orders").await;
    let element = |name: &str, data_type| Arc::new(Field::new(name, data_type, true));
    let line = DataType::Struct(
        vec![
            Field::new("qty", DataType::Decimal128(38, 9), true),
            Field::new("sku", DataType::Utf8, true),
        ]
        .into(),
    );
    let expected = [
        ("customerid", DataType::Utf8),
        ("orderno", DataType::Decimal128(38, 9)),
        ("status", DataType::Utf8),
        ("lines", DataType::List(element("lines.element", line))),
        ("paid", DataType::Boolean),
        ("receipt", DataType::Binary),
        (
            "tags",
            DataType::List(element("tags.element", DataType::Utf8)),
        ),
        ("total", DataType::Decimal128(38, 9)),
    ];
    let found: Vec<_> = table
        .schema
        .fields()
        .iter()
        .map(|field| (field.name().as_str(), field.data_type().clone()))
        .collect();
    assert_eq!(found, expected);
    assert!(
        table
            .schema
            .fields()
            .iter()
            .all(|field| field.is_nullable())
    );
    assert_eq!(table.schema.metadata()["sourceTable"], "Shop.Orders");
    let names: Value = serde_json::from_str(&table.schema.metadata()["attributeNames"]).unwrap();
    let expected = json!({
        "customerid": ["CustomerId"], "lines": ["Lines"], "orderno": ["orderNo"], "receipt": ["Receipt"],
        "status": ["Status"], "total": ["Total"],
    });
    assert_eq!(names, expected);
    assert_eq!(
        table.name,
        table_name("shop.orders"),
        "the name is as asked"
    );
}

#[tokio::test]
async fn an_empty_table_has_the_columns_of_its_keys_and_no_rows() {
    let stack = Stack::start().await;
    let keys = [key("Device", "S"), key("at", "N")];
    NewTable::named("readings", &keys)
        .indexed("by_blob", &[key("Blob", "B")])
        .load(&stack.aws, &[])
        .await;
    let table = stack.table("READINGS").await;
    let found: Vec<_> = table
        .schema
        .fields()
        .iter()
        .map(|field| (field.name().as_str(), field.data_type().clone()))
        .collect();
    let expected = [
        ("device", DataType::Utf8),
        ("at", DataType::Decimal128(38, 9)),
        ("blob", DataType::Binary),
    ];
    assert_eq!(found, expected);
    let query = stack.query();
    let batches = read(&query, &table, Constraints::default(), table.schema.clone())
        .await
        .unwrap();
    assert_eq!(rows_of(&batches).len(), 0);
    assert!(
        query.stats().figures().inline_blocks > 0,
        "the answer is a block without rows"
    );
}

#[tokio::test]
async fn layout_splits_and_records_give_every_item_once() {
    let stack = with_orders().await;
    let table = stack.table("shop.orders").await;
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    assert!(!plan.splits().is_empty());
    for split in plan.splits() {
        let location = split.spill_location.as_ref().unwrap();
        assert!(location.directory);
        assert!(
            location
                .key
                .starts_with(&format!("athena-spill/{}/", query.id())),
            "{}",
            location.key
        );
        let key = split.encryption_key.as_ref().unwrap();
        assert_eq!((key.expose_key().len(), key.nonce().len()), (32, 12));
    }
    let rows = stack.rows(&table, Constraints::default()).await;
    rows.assert_eq(&shown_rows(&orders(), &table.schema).rows, "all orders");
    assert_eq!(stack.aws.s3.puts().len(), 0, "ten rows are answered inline");
}

#[tokio::test]
async fn only_the_columns_asked_for_are_answered_in_their_order() {
    let stack = with_orders().await;
    let table = stack.table("shop.orders").await;
    let fields: Vec<_> = ["total", "customerid"]
        .map(|name| table.schema.field_with_name(name).unwrap().clone())
        .into();
    let narrow = Schema::new_with_metadata(fields, table.schema.metadata().clone());
    let batches = read(
        &stack.query(),
        &table,
        Constraints::default(),
        Arc::new(narrow),
    )
    .await
    .unwrap();
    assert_eq!(batches[0].schema().field(0).name(), "total");
    assert_eq!(batches.iter().map(RecordBatch::num_rows).sum::<usize>(), 10);
    assert!(batches.iter().all(|batch| {
        batch
            .column(1)
            .as_string::<i32>()
            .iter()
            .flatten()
            .all(|id| id.starts_with('c'))
    }));
    let scan = stack
        .aws
        .dynamodb
        .calls()
        .into_iter()
        .find(|call| call.operation == "Scan")
        .unwrap();
    let request: Value = serde_json::from_slice(&scan.request).unwrap();
    let mut asked: Vec<_> = request["ExpressionAttributeNames"]
        .as_object()
        .unwrap()
        .values()
        .map(|name| name.as_str().unwrap())
        .collect();
    asked.sort_unstable();
    assert_eq!(
        asked,
        ["CustomerId", "Total"],
        "DynamoDB is asked for no more"
    );
}
