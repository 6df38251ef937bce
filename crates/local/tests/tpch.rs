//! Customers, orders and line items, also nested ones: each question has the answer that DataFusion gives over the raw items.
#![expect(
    clippy::unwrap_used,
    reason = "a test that cannot go on fails, and says where"
)]

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use arrow::json::ReaderBuilder;
use arrow::util::display::{ArrayFormatter, FormatOptions};
use athena_client::Limits;
use athena_local::in_process;
use athena_local::sql::{Keep, Shell};
use athena_testkit::DynamoDb;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, KeySchemaElement, KeyType,
    ScalarAttributeType,
};
use datafusion::datasource::MemTable;
use datafusion::prelude::{SessionConfig, SessionContext};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::sync::Arc;

const SEGMENTS: [&str; 4] = ["BUILDING", "AUTOMOBILE", "MACHINERY", "HOUSEHOLD"];
const NATIONS: [&str; 3] = ["FRANCE", "PERU", "日本"];

fn day(number: u32) -> String {
    format!(
        "199{}-{:02}-{:02}",
        2 + number % 6,
        1 + number % 12,
        1 + number % 28
    )
}

/// A table's name, its key, and its items. What is null has no attribute.
fn tables() -> [(&'static str, &'static str, Vec<Value>); 3] {
    let customers = (0..24_u32).map(|n| {
        json!({
            "c_custkey": format!("c{n:02}"),
            "c_name": format!("Customer#{n}"),
            "c_nation": NATIONS[n as usize % 3],
            "c_segment": SEGMENTS[n as usize % 4],
            "c_acctbal": (if n % 5 == 0 { None } else { Some(f64::from(n) * 100.25 - 500.0) }),
            "c_address": {"city": format!("city {}", n % 7), "geo": {"zip": n * 11 % 40}},
            "c_phones": (0..n % 3).map(|p| format!("{n}-{p}")).collect::<Vec<_>>(),
        })
    });
    let line = |order: u32, n: u32| {
        json!({
            "part": format!("p{}", (order * 7 + n * 3) % 20),
            "quantity": 1 + (order + n * 5) % 50,
            "price": f64::from((order * 31 + n * 17) % 900) + 0.5,
            "shipped": day(order + n * 9),
        })
    };
    let orders = (0..72_u32).map(|n| {
        json!({
            "o_orderkey": format!("o{n:03}"),
            "o_custkey": format!("c{:02}", n * 5 % 20),
            "o_status": (["F", "O", "P"][n as usize % 3]),
            "o_total": f64::from(n * n % 997) + 0.25,
            "o_date": day(n),
            "o_clerk": (if n % 4 == 0 { None } else { Some(format!("Clerk#{}", n % 9)) }),
            "o_urgent": n % 6 == 1,
            "o_lines": (0..=n % 3).map(|l| line(n, l)).collect::<Vec<_>>(),
        })
    });
    let items = (0..72_u32).flat_map(|order| (0..=order % 3).map(move |n| (order, n)));
    let items = items.map(|(order, n)| {
        json!({
            "l_id": format!("o{order:03}-{n}"),
            "l_orderkey": format!("o{order:03}"),
            "l_part": format!("p{}", (order * 7 + n * 3) % 20),
            "l_quantity": 1 + (order + n * 5) % 50,
            "l_price": f64::from((order * 31 + n * 17) % 900) + 0.5,
            "l_discount": f64::from((order + n) % 11) / 100.0,
            "l_flag": (["A", "N", "R"][(order + n) as usize % 3]),
            "l_shipped": (if (order + n) % 8 == 7 { None } else { Some(day(order + n * 9)) }),
        })
    });
    [
        ("customer", "c_custkey", customers.collect()),
        ("orders", "o_orderkey", orders.collect()),
        ("lineitem", "l_id", items.collect()),
    ]
}

fn attribute(value: &Value) -> AttributeValue {
    match value {
        Value::Null => AttributeValue::Null(true),
        Value::Bool(truth) => AttributeValue::Bool(*truth),
        Value::Number(number) => AttributeValue::N(number.to_string()),
        Value::String(text) => AttributeValue::S(text.clone()),
        Value::Array(values) => AttributeValue::L(values.iter().map(attribute).collect()),
        Value::Object(_) => AttributeValue::M(attributes(value)),
    }
}

fn attributes(item: &Value) -> HashMap<String, AttributeValue> {
    let fields = item.as_object().unwrap().iter();
    let held = fields.filter(|(_, value)| !value.is_null());
    held.map(|(name, value)| (name.clone(), attribute(value)))
        .collect()
}

async fn load(client: &aws_sdk_dynamodb::Client, table: &str, key: &str, items: &[Value]) {
    let schema = KeySchemaElement::builder().attribute_name(key);
    let defined = AttributeDefinition::builder().attribute_name(key);
    client
        .create_table()
        .table_name(table)
        .key_schema(schema.key_type(KeyType::Hash).build().unwrap())
        .attribute_definitions(
            defined
                .attribute_type(ScalarAttributeType::S)
                .build()
                .unwrap(),
        )
        .billing_mode(BillingMode::PayPerRequest)
        .send()
        .await
        .unwrap();
    for item in items {
        let put = client.put_item().table_name(table);
        put.set_item(Some(attributes(item))).send().await.unwrap();
    }
}

/// The raw items as rows with these columns.
fn rows_of(items: &[Value], schema: SchemaRef) -> RecordBatch {
    let mut decoder = ReaderBuilder::new(schema).build_decoder().unwrap();
    decoder.serialize(items).unwrap();
    decoder.flush().unwrap().unwrap()
}

/// Rows as texts, in the order of the answer.
fn texts(batches: &[RecordBatch]) -> Vec<String> {
    let options = FormatOptions::new().with_null("(null)");
    let mut rows = Vec::new();
    for batch in batches {
        let columns = batch.columns().iter();
        let columns = columns.map(|column| ArrayFormatter::try_new(column, &options).unwrap());
        let columns: Vec<_> = columns.collect();
        rows.extend((0..batch.num_rows()).map(|row| {
            let cells = columns.iter().map(|column| column.value(row).to_string());
            cells.collect::<Vec<_>>().join(" | ")
        }));
    }
    rows
}

const QUESTIONS: [&str; 20] = [
    // Sums of a period, as TPC-H 1 and 6 ask them.
    "select l_flag, sum(l_quantity) as quantity, sum(l_price * (1 - l_discount)) as revenue, count(*) as n
     from lineitem where l_shipped <= '1996-09-02' group by l_flag order by l_flag",
    "select sum(l_price * l_discount) as revenue from lineitem
     where l_shipped >= '1994-01-01' and l_shipped < '1996-01-01' and l_discount between 0.02 and 0.07 and l_quantity < 24",
    // Joins of two and three tables, as 3, 5, 10 and 12 ask them.
    "select o_orderkey, sum(l_price * (1 - l_discount)) as revenue, o_date from customer, orders, lineitem
     where c_segment = 'BUILDING' and c_custkey = o_custkey and l_orderkey = o_orderkey and o_date < '1996-03-15'
     group by o_orderkey, o_date order by revenue desc, o_orderkey limit 10",
    "select c_nation, count(distinct o_orderkey) as orders from customer join orders on o_custkey = c_custkey
     group by c_nation order by c_nation",
    "select c_custkey, c_name, sum(o_total) as spent from customer left join orders on o_custkey = c_custkey and o_status = 'F'
     group by c_custkey, c_name having count(o_orderkey) = 0 or sum(o_total) > 900",
    "select o_status, sum(case when l_flag in ('A', 'R') then 1 else 0 end) as returned from orders
     join lineitem on o_orderkey = l_orderkey group by o_status",
    // EXISTS, IN and scalar subqueries, as 4, 16, 17, 18 and 22 ask them.
    "select o_status, count(*) as n from orders
     where exists (select 1 from lineitem where l_orderkey = o_orderkey and l_quantity > 40) group by o_status",
    "select c_custkey from customer where c_custkey not in (select o_custkey from orders)",
    "select o_orderkey, o_total from orders where o_total > (select avg(o_total) * 1.5 from orders) order by o_total desc, o_orderkey",
    "select o_orderkey from orders where o_orderkey in
     (select l_orderkey from lineitem group by l_orderkey having sum(l_quantity) > 90)",
    // Texts, sets, nulls, truth.
    "select c_custkey, c_nation from customer where c_name like 'Customer#1%' or c_nation = '日本'",
    "select o_orderkey, o_clerk from orders where o_clerk is null or not (o_status = 'O' or o_urgent)",
    "select count(*) as n, count(c_acctbal) as with_balance, min(c_acctbal) as least, max(c_acctbal) as most from customer",
    "select c_custkey, c_acctbal from customer where c_acctbal > 0 order by c_acctbal desc limit 5",
    "select o_orderkey, o_date from orders where o_custkey in ('c00', 'c05', 'c10') and o_date between '1993-01-01' and '1995-12-31'",
    // Fields and elements of nested values.
    "select c_address['city'] as city, count(*) as n, avg(c_address['geo']['zip']) as zip from customer
     where c_address['geo']['zip'] > 5 group by c_address['city']",
    "select o_orderkey, o_lines[1]['part'] as first_part, cardinality(o_lines) as lines from orders
     where o_lines[1]['quantity'] > 10 and o_status <> 'P'",
    "select line['part'] as part, sum(line['quantity']) as quantity, count(*) as n
     from (select unnest(o_lines) as line from orders where o_total > 100) as t group by line['part'] order by quantity desc, part limit 7",
    "select c_custkey, phone from (select c_custkey, unnest(c_phones) as phone from customer) as t where phone like '%-1'",
    // The nested lines are those of the other table.
    "select count(*) as same from (select o_orderkey as k, unnest(o_lines) as line from orders) as t
     join lineitem on l_orderkey = k and l_part = line['part'] and l_quantity = line['quantity'] and l_price = line['price']",
];

#[tokio::test(flavor = "multi_thread")]
async fn every_question_has_the_answer_of_the_raw_items() {
    let dynamodb = DynamoDb::start().await.unwrap();
    let client = dynamodb.client();
    let tables = tables();
    for (name, key, items) in &tables {
        load(&client, name, key, items).await;
    }
    let shared = aws_config::SdkConfig::builder()
        .behavior_version(aws_config::BehaviorVersion::latest())
        .region(aws_config::Region::new("us-east-1"))
        .credentials_provider(
            aws_credential_types::provider::SharedCredentialsProvider::new(
                aws_credential_types::Credentials::new("key", "secret", None, None, "test"),
            ),
        )
        .endpoint_url(dynamodb.endpoint())
        .build();
    // Blocks of a few rows, so that what is asked travels in many, and through the store.
    let option = |name: &str| (name == "MAX_BLOCK_SIZE_BYTES").then(|| "4000".to_owned());
    let connector = in_process::dynamodb(&shared, &option, "ddb", Limits::default()).unwrap();
    let shell = Shell::open(connector).await.unwrap();
    let plain = shell.clone().without_pushdown();

    let mut config = SessionConfig::new();
    config.options_mut().sql_parser.parse_float_as_decimal = true;
    let raw = SessionContext::new_with_config(config);
    for (name, _, items) in &tables {
        let (_, schema) = shell.describe(name).await.unwrap();
        let rows = rows_of(items, schema.clone());
        let table = MemTable::try_new(schema, vec![vec![rows]]).unwrap();
        raw.register_table(*name, Arc::new(table)).unwrap();
    }
    let mut spilled = 0;
    for question in QUESTIONS {
        let expected = raw.sql(question).await.unwrap().collect().await.unwrap();
        let mut expected = texts(&expected);
        assert!(!expected.is_empty(), "no row says nothing: {question}");
        let in_order = question.contains("order by");
        for shell in [&shell, &plain] {
            let answer = shell.run(question, Keep::All).await;
            let answer = answer.unwrap_or_else(|error| panic!("{question}: {error}"));
            spilled += answer.figures.spilled_blocks;
            let mut got = texts(&answer.batches);
            if !in_order {
                got.sort();
                expected.sort();
            }
            assert_eq!(got, expected, "{question}");
        }
    }
    assert!(spilled > 0, "blocks are that small");
}
