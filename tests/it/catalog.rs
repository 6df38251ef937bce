//! Tables as the Glue Data Catalog and DynamoDB name them.

use crate::stack::{NewTable, Setup, Stack, clear, fault_of, key, rows_of, says, table_name};
use arrow::datatypes::{DataType, Schema};
use athena_dynamodb::catalog::Tables;
use athena_dynamodb::catalog::glue::{GlueCatalog, table_input};
use athena_dynamodb::catalog::survey::survey;
use athena_dynamodb::types::infer::NumberType;
use athena_federation::Call;
use athena_federation::clock::{Clock, SystemClock};
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use athena_protocol::wire::TableName;
use athena_testkit::glue::Fault;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use serde_json::{Value, json};
use std::sync::Arc;
use std::time::Duration;

async fn with_glue(adapt: impl FnOnce(&mut Setup)) -> Stack {
    Stack::with(|setup| {
        setup.unset("disable_glue");
        adapt(setup);
    })
    .await
}

/// Orders with names in mixed case, and some in two.
async fn load_orders(stack: &Stack) {
    let orders = (0..20).map(|number| {
        let note = if number % 2 == 0 { "Note" } else { "NOTE" };
        json!({
            "OrderId": {"S": format!("o{number}")}, "Total": {"N": format!("{number}.50")},
            "PlacedAt": {"S": format!("2020-01-{:02}T12:00:00Z", number + 1)},
            "Ship": {"M": {"ZipCode": {"S": format!("{number:05}")}}}, note: {"S": format!("n{number}")},
        })
    });
    let orders: Vec<Value> = orders.collect();
    NewTable::named("Orders", &[key("OrderId", "S")])
        .load(&stack.aws, &orders)
        .await;
}

fn glue_table(name: &str, columns: &[(&str, &str)], parameters: &Value) -> Value {
    let columns: Vec<Value> = columns
        .iter()
        .map(|(name, kind)| json!({"Name": name, "Type": kind}))
        .collect();
    json!({"Name": name, "StorageDescriptor": {"Columns": columns}, "Parameters": parameters})
}

fn shape(schema: &Schema) -> Vec<(String, DataType)> {
    schema
        .fields()
        .iter()
        .map(|field| (field.name().clone(), field.data_type().clone()))
        .collect()
}

async fn tables(stack: &Stack, schema: &str) -> Vec<String> {
    let tables = stack.query().list_tables(schema).await.unwrap();
    tables.into_iter().map(|table| table.table_name).collect()
}

#[tokio::test]
async fn marked_databases_and_tables_are_listed_with_those_of_dynamodb_whatever_else_there_is() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    let glue = &stack.aws.glue;
    glue.add_database("sales", Some("s3://any/dynamo-db-flag"));
    glue.add_database("files", Some("s3://bucket/files"));
    glue.add_database("default", None);
    let marked = json!({"classification": "dynamodb"});
    for number in 0..250 {
        glue.add_table("sales", glue_table(&format!("t{number:03}"), &[], &marked));
        glue.add_table("sales", json!({"Name": format!("s3_{number:03}"), "StorageDescriptor": {"Location": "s3://b/"}}));
    }
    // Neither location nor anything else.
    glue.add_table("sales", json!({"Name": "broken"}));
    glue.add_table("default", glue_table("shown", &[], &marked));
    assert_eq!(
        stack.query().list_schemas().await.unwrap(),
        ["sales", "default"]
    );
    let listed = tables(&stack, "sales").await;
    assert_eq!(listed.len(), 250);
    assert_eq!((listed[0].as_str(), listed[249].as_str()), ("t000", "t249"));
    assert_eq!(tables(&stack, "default").await, ["shown", "orders"]);
    let pages = glue
        .asked()
        .iter()
        .filter(|asked| asked.operation == "GetTables" && asked.name == "sales")
        .count();
    assert_eq!(pages, 6);
}

#[tokio::test]
async fn a_glue_table_gives_types_and_the_items_the_names() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    let columns = [
        ("orderid", "string"),
        ("total", "decimal(10,2)"),
        ("placedat", "timestamp"),
        ("ship", "struct<zipcode:string>"),
        ("note", "varchar(10)"),
        ("never", "bigint"),
    ];
    let properties = json!({"classification": "dynamodb", "sourceTable": "ORDERS", "defaultTimeZone": "America/New_York"});
    stack
        .aws
        .glue
        .add_table("sales", glue_table("bought", &columns, &properties));
    let name = TableName::new("sales", "bought");
    let table = stack.query().get_table(&name).await.unwrap();
    let shapes = shape(&table.schema);
    assert_eq!(shapes[1], ("total".to_owned(), DataType::Decimal128(10, 2)));
    assert_eq!(shapes[2], ("placedat".to_owned(), DataType::Date64));
    let all = rows_of(&stack.read(&table, Constraints::default()).await);
    let expected = |wanted: &dyn Fn(u32) -> bool| {
        let rows = (0..20).filter(|number| wanted(*number)).map(|number| {
            json!({
                "orderid": format!("o{number}"), "total": format!("{}", 100 * number + 50),
                "placedat": NOON_IN_LONDON + 86_400_000 * i64::from(number) - 5 * 3_600_000,
                "ship": {"zipcode": format!("{number:05}")}, "note": format!("n{number}"), "never": null,
            })
        });
        crate::stack::Rows::new(rows)
    };
    all.assert_eq(&expected(&|_| true), "all rows");
    // WHERE speaks of the same attributes: of the key, of one that has two spellings, and of one that no item has.
    for (column, value, wanted) in [
        (
            "orderid",
            "o7",
            Box::new(|number: u32| number == 7) as Box<dyn Fn(u32) -> bool>,
        ),
        ("note", "n3", Box::new(|number| number == 3)),
        ("note", "n4", Box::new(|number| number == 4)),
    ] {
        let set = ValueSet::of_values(&DataType::Utf8, [Scalar::Utf8(value.to_owned())]);
        let constraints = Constraints {
            summary: [(column.to_owned(), set)].into(),
            ..Constraints::default()
        };
        let rows = rows_of(&stack.read(&table, constraints).await);
        rows.assert_eq(&expected(&*wanted), &format!("{column} = {value}"));
    }
}

/// 2020-01-01T12:00 in milliseconds since 1970.
const NOON_IN_LONDON: i64 = 1_577_880_000_000;

#[tokio::test]
async fn a_mapping_names_the_attribute_exactly() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    let properties = json!({"classification": "dynamodb", "sourceTable": "Orders", "columnMapping": "orderid=OrderId,remark=NOTE"});
    let glue = glue_table(
        "orders",
        &[("orderid", "string"), ("remark", "string")],
        &properties,
    );
    stack.aws.glue.add_table("default", glue);
    let table = stack.table("orders").await;
    let names: Vec<_> = shape(&table.schema)
        .into_iter()
        .map(|(name, _)| name)
        .collect();
    assert_eq!(names, ["orderid", "note"]);
    let rows = rows_of(&stack.read(&table, Constraints::default()).await);
    let expected = (0..20).map(|number: u32| {
        let note = (number % 2 == 1).then(|| format!("n{number}"));
        json!({"orderid": format!("o{number}"), "note": note})
    });
    rows.assert_eq(&crate::stack::Rows::new(expected), "one spelling only");
}

#[tokio::test]
async fn a_member_of_a_struct_is_read_from_the_attribute_that_its_mapping_names() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    let properties = json!({"classification": "dynamodb", "sourceTable": "Orders", "columnMapping": "ship=Ship,Ship.zip=ZipCode"});
    let columns = [("orderid", "string"), ("ship", "struct<zip:string>")];
    let glue = glue_table("orders", &columns, &properties);
    stack.aws.glue.add_table("default", glue);
    let table = stack.table("orders").await;
    let rows = rows_of(&stack.read(&table, Constraints::default()).await);
    let expected = (0..20).map(|number: u32| {
        json!({"orderid": format!("o{number}"), "ship": {"zip": format!("{number:05}")}})
    });
    rows.assert_eq(&crate::stack::Rows::new(expected), "mapped members");
}

#[tokio::test]
async fn glue_that_is_disabled_is_never_asked_and_names_nothing() {
    for (value, is_read) in [
        (Some("true"), false),
        (Some("yes"), false),
        (Some("false"), true),
        (None, true),
    ] {
        let stack = Stack::with(|setup| match value {
            Some(value) => setup.set("disable_glue", value),
            None => setup.unset("disable_glue"),
        })
        .await;
        load_orders(&stack).await;
        let glue = &stack.aws.glue;
        glue.add_database("sales", Some("s3://any/dynamo-db-flag"));
        let properties = json!({"classification": "dynamodb"});
        let columns = [("orderid", "string")];
        glue.add_table("default", glue_table("orders", &columns, &properties));
        let schemas = stack.query().list_schemas().await.unwrap();
        assert_eq!(schemas.len(), 1 + usize::from(is_read), "{value:?}");
        let columns = stack.table("orders").await.schema.fields().len();
        assert_eq!(columns == 1, is_read, "{value:?} shows {columns} columns");
        assert_eq!(glue.asked().is_empty(), !is_read, "{value:?}");
    }
}

#[tokio::test]
async fn a_page_of_tables_that_cannot_be_is_refused_in_a_clear_sentence() {
    let stack = with_glue(|_| {}).await;
    let request = |schema: &str, token: Option<&str>, size: i32| {
        json!({
            "@type": "ListTablesRequest", "identity": null, "queryId": "q", "catalogName": "c",
            "schemaName": schema, "nextToken": token, "pageSize": size,
        })
        .to_string()
    };
    for (document, words) in [
        (
            request("sales", Some("t1"), 10),
            ["`sales` has one page", "token"],
        ),
        (
            request("default", None, 0),
            ["page size", "must be positive"],
        ),
    ] {
        says(&stack.refusal(document).await, &words);
    }
}

#[tokio::test]
async fn a_table_of_something_else_is_no_schema() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    let files = json!({"Name": "orders", "StorageDescriptor": {"Columns": [{"Name": "x", "Type": "int"}], "Location": "s3://b/o"}});
    stack.aws.glue.add_table("default", files);
    let table = stack.table("orders").await;
    assert!(table.schema.field_with_name("orderid").is_ok());
    assert!(table.schema.field_with_name("x").is_err());
}

#[tokio::test]
async fn a_type_that_cannot_be_read_is_an_error_or_by_option_a_look_at_items() {
    for strict in [true, false] {
        let stack = with_glue(|setup| {
            if !strict {
                setup.set("strict_schema", "false");
            }
        })
        .await;
        load_orders(&stack).await;
        let columns = [("orderid", "string"), ("total", "uniontype<int,string>")];
        let marked = json!({"classification": "dynamodb"});
        stack
            .aws
            .glue
            .add_table("default", glue_table("orders", &columns, &marked));
        let answer = stack.query().get_table(&table_name("orders")).await;
        if strict {
            let fault = clear(fault_of(answer));
            says(
                &fault,
                &["`total`", "`orders`", "uniontype", "strict_schema"],
            );
        } else {
            assert_eq!(
                answer
                    .unwrap()
                    .schema
                    .field_with_name("total")
                    .unwrap()
                    .data_type(),
                &DataType::Decimal128(38, 9)
            );
            assert!(
                stack.log().contains("taken from items instead of Glue"),
                "{}",
                stack.log()
            );
        }
    }
}

#[tokio::test]
async fn each_table_that_cannot_be_used_is_named_and_none_hides_or_breaks_another() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    let glue = &stack.aws.glue;
    glue.add_database("sales", Some("dynamo-db-flag"));
    let good = [("orderid", "string")];
    let dates = [("orderid", "string"), ("placedat", "timestamp")];
    let with = |name: &str, value: &str| {
        let mut properties = json!({"classification": "dynamodb", "sourceTable": "Orders"});
        properties[name] = value.into();
        properties
    };
    let unmarked = json!({"classification": "mongodb", "sourceTable": "Orders"});
    for (name, columns, properties) in [
        ("mapping", &good[..], with("columnMapping", "orderid")),
        ("zone", &dates[..], with("defaultTimeZone", "Mars/Olympus")),
        (
            "format",
            &dates[..],
            with("datetimeFormatMapping", "placedat="),
        ),
        ("unit", &dates[..], with("epochUnit", "weeks")),
        (
            "twice",
            &[("orderid", "string"), ("ORDERID", "int")][..],
            with("x", "y"),
        ),
        ("kind", &[("orderid", "uniontype<int>")][..], with("x", "y")),
        ("gone", &good[..], with("sourceTable", "Nothing")),
        ("other", &good[..], unmarked),
        ("good", &good[..], with("x", "y")),
    ] {
        glue.add_table("sales", glue_table(name, columns, &properties));
    }
    let listed = [
        "format", "gone", "good", "kind", "mapping", "twice", "unit", "zone",
    ];
    assert_eq!(tables(&stack, "sales").await, listed);
    for (name, words) in [
        ("mapping", &["`mapping`", "columnMapping"][..]),
        ("zone", &["`zone`", "defaultTimeZone"]),
        ("format", &["`format`", "datetimeFormatMapping"]),
        ("unit", &["`unit`", "epochUnit"]),
        ("twice", &["`twice`", "orderid"]),
        ("kind", &["`kind`", "`orderid`", "uniontype"]),
        ("gone", &["`Nothing`", "does not exist"]),
        // No table of DynamoDB's in Glue, and none of that name in DynamoDB.
        ("other", &["`other`", "does not exist"]),
    ] {
        let name = TableName::new("sales", name);
        let fault = clear(fault_of(stack.query().get_table(&name).await));
        says(&fault, words);
        let good = TableName::new("sales", "good");
        let table = stack.query().get_table(&good).await.unwrap();
        assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 20);
    }
}

#[tokio::test]
async fn without_permission_there_are_the_tables_of_dynamodb_and_the_log_says_so_once() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    stack.aws.glue.add_database("sales", Some("dynamo-db-flag"));
    stack.aws.glue.fail_next(3, Fault::AccessDenied);
    assert_eq!(stack.query().list_schemas().await.unwrap(), ["default"]);
    assert_eq!(tables(&stack, "default").await, ["orders"]);
    assert!(stack.query().get_table(&table_name("orders")).await.is_ok());
    assert_eq!(
        stack.log().matches("without the Glue Data Catalog").count(),
        1,
        "{}",
        stack.log()
    );
    // Once it is there again, it is used again.
    assert_eq!(
        stack.query().list_schemas().await.unwrap(),
        ["sales", "default"]
    );
}

#[tokio::test]
async fn a_catalog_that_cannot_be_reached_is_left_alone_for_a_while() {
    let stack = with_glue(|setup| setup.set("AWS_ENDPOINT_URL_GLUE", "http://127.0.0.1:1")).await;
    load_orders(&stack).await;
    for _ in 0..3 {
        assert_eq!(stack.query().list_schemas().await.unwrap(), ["default"]);
    }
    assert_eq!(
        stack.log().matches("cannot be reached").count(),
        1,
        "{}",
        stack.log()
    );
}

#[tokio::test]
async fn a_catalog_with_a_bad_moment_changes_no_schema() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    // Two failures are repeated; as many as there are attempts are an error.
    stack.aws.glue.fail_next(2, Fault::InternalError);
    assert_eq!(stack.query().list_schemas().await.unwrap(), ["default"]);
    stack.aws.glue.fail_next(3, Fault::InternalError);
    let fault = clear(fault_of(
        stack.query().get_table(&table_name("orders")).await,
    ));
    says(&fault, &["Glue", "GetTable", "InternalServiceException"]);
}

#[tokio::test]
async fn the_catalog_of_the_function_or_the_one_that_is_named_is_asked() {
    for (option, id) in [(None, None), (Some("999988887777"), Some("999988887777"))] {
        let stack = with_glue(|setup| {
            if let Some(account) = option {
                setup.set("glue_catalog", account);
            }
        })
        .await;
        stack.query().list_schemas().await.unwrap();
        let asked = stack.aws.glue.asked();
        let catalog = &asked[0].catalog;
        match id {
            Some(id) => assert_eq!(catalog, id),
            None => assert_eq!(
                catalog.len(),
                12,
                "the account in the function's ARN: {catalog}"
            ),
        }
    }
}

#[tokio::test]
async fn patterns_hide_tables_from_listing_and_reading() {
    let stack = with_glue(|setup| {
        setup.set("allowed_tables", "ord*,sales.*");
        setup.set("denied_tables", "*_backup");
    })
    .await;
    load_orders(&stack).await;
    for name in ["orders_backup", "users"] {
        NewTable::named(name, &[key("id", "S")])
            .load(&stack.aws, &[])
            .await;
    }
    stack.aws.glue.add_table(
        "sales",
        glue_table(
            "any",
            &[("id", "string")],
            &json!({"classification": "dynamodb", "sourceTable": "users"}),
        ),
    );
    assert_eq!(tables(&stack, "default").await, ["orders"]);
    assert_eq!(tables(&stack, "sales").await, ["any"]);
    for name in ["users", "orders_backup"] {
        let fault = clear(fault_of(stack.query().get_table(&table_name(name)).await));
        says(&fault, &[name, "allowed_tables"]);
    }
    assert!(
        stack
            .query()
            .get_table(&TableName::new("sales", "any"))
            .await
            .is_ok()
    );
}

#[tokio::test]
async fn numbers_become_bigint_and_double_where_the_items_allow_it() {
    let stack = Stack::with(|setup| setup.set("number_type", "auto")).await;
    let items = [
        json!({"id": {"N": "1"}, "price": {"N": "1.5"}, "big": {"N": "12345678901234567890"}}),
        json!({"id": {"N": "-7"}, "price": {"N": "3"}, "big": {"N": "1"}}),
    ];
    NewTable::named("Prices", &[key("id", "N")])
        .load(&stack.aws, &items)
        .await;
    let table = stack.table("prices").await;
    let types: Vec<_> = shape(&table.schema);
    assert_eq!(
        types,
        [
            ("id".to_owned(), DataType::Int64),
            ("big".to_owned(), DataType::Decimal128(38, 9)),
            ("price".to_owned(), DataType::Float64),
        ]
    );
    let set = ValueSet::of_values(&DataType::Int64, [Scalar::Int(-7)]);
    let constraints = Constraints {
        summary: [("id".to_owned(), set)].into(),
        ..Constraints::default()
    };
    assert_eq!(rows_of(&stack.read(&table, constraints).await).len(), 1);
}

#[tokio::test]
async fn a_sample_of_a_large_table_is_taken_in_several_places_and_of_all_if_wanted() {
    for (option, calls) in [("40", 4), ("all", 1)] {
        let stack = Stack::with(|setup| setup.set("schema_sample_items", option)).await;
        let items = (0..200).map(|number| json!({"id": {"S": format!("i{number}")}, format!("a{}", number % 5): {"N": "1"}}));
        let items: Vec<Value> = items.collect();
        NewTable::named("Many", &[key("id", "S")])
            .load(&stack.aws, &items)
            .await;
        stack.aws.dynamodb.reset();
        let table = stack.query().get_table(&table_name("many")).await.unwrap();
        assert_eq!(table.schema.fields().len(), 6, "{option}");
        let scans = stack.aws.dynamodb.count("Scan");
        assert_eq!(scans, calls, "{option}");
    }
}

/// Region, credentials and DynamoDB of the stack, for tools that ask without a connector.
async fn tools(stack: &Stack) -> SdkConfig {
    let keys = Credentials::new(
        athena_testkit::ACCESS_KEY_ID,
        athena_testkit::SECRET_ACCESS_KEY,
        None,
        None,
        "tests",
    );
    aws_config::defaults(BehaviorVersion::latest())
        .region(Region::new(athena_testkit::REGION))
        .credentials_provider(keys)
        .endpoint_url(stack.aws.dynamodb.endpoint())
        .load()
        .await
}

#[tokio::test]
async fn a_schema_that_was_looked_up_and_kept_in_glue_shows_the_same_rows() {
    let stack = with_glue(|_| {}).await;
    load_orders(&stack).await;
    let inferred = stack.table("orders").await;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let shared = tools(&stack).await;
    let call = Call::lasting(Duration::from_mins(1), clock.clone());
    let tables = Tables::connect(&shared, clock);
    let name = table_name("orders");
    let found = survey(&tables, None, &name, 1000, NumberType::Decimal, &call)
        .await
        .unwrap();
    assert_eq!(found.census.items(), 20);
    let note = found
        .census
        .lines()
        .into_iter()
        .find(|line| line.path == "note")
        .unwrap();
    assert_eq!(
        note.spellings,
        [("NOTE".to_owned(), 10), ("Note".to_owned(), 10)]
    );
    let (input, left_out) = table_input(&found.name, &found.table, &found.schema);
    assert!(left_out.is_empty());
    stack.aws.glue.add_database("default", None);
    let glue = GlueCatalog::new(&shared, Some(stack.aws.glue.endpoint()), None);
    for (replace, done) in [(false, true), (false, false), (true, true)] {
        let put = glue.put_table("default", &input, replace, &call).await;
        assert_eq!(put.unwrap(), done);
    }
    let kept = stack.table("orders").await;
    let names = |schema: &Schema| -> Vec<String> {
        shape(schema).into_iter().map(|(name, _)| name).collect()
    };
    assert_eq!(names(&kept.schema), names(&inferred.schema));
    let before = rows_of(&stack.read(&inferred, Constraints::default()).await);
    let after = rows_of(&stack.read(&kept, Constraints::default()).await);
    after.assert_eq(&before, "the table as kept in Glue");
}
