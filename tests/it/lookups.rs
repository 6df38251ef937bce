//! What is looked up of a table, how long it is used again, and by whom.

use crate::credentials::{SERVICE_KEY, bringing, token};
use crate::stack::{CATALOG, NewTable, Setup, Stack, fault_of, key, says, table_name};
use athena_dynamodb::api::sts_client;
use athena_dynamodb::catalog::Tables;
use athena_federation::Call;
use athena_federation::clock::{Clock, SystemClock};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{FederatedIdentity, GetTableRequest, Request, Response, TableName};
use athena_testkit::glue::Fault;
use athena_testkit::kms::KeyState;
use athena_testkit::{ACCESS_KEY_ID, CALLERS_ACCESS_KEY_ID};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use futures::future::join_all;
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// A table `Orders`, and the Glue table `sales.bought` over it, one of whose columns only items tell the spelling of.
async fn stack(adapt: impl FnOnce(&mut Setup)) -> Stack {
    let stack = Stack::with(|setup| {
        setup.unset("disable_glue");
        adapt(setup);
    })
    .await;
    let items = [json!({"OrderId": {"S": "a"}, "Total": {"N": "1"}})];
    NewTable::named("Orders", &[key("OrderId", "S")])
        .load(&stack.aws, &items)
        .await;
    define(&stack, "decimal(10,2)");
    stack.aws.dynamodb.reset();
    stack
}

fn define(stack: &Stack, type_of_total: &str) {
    let columns =
        json!([{"Name": "orderid", "Type": "string"}, {"Name": "total", "Type": type_of_total}]);
    let parameters = json!({"classification": "dynamodb", "sourceTable": "Orders"});
    let table = json!({"Name": "bought", "StorageDescriptor": {"Columns": columns}, "Parameters": parameters});
    stack.aws.glue.add_table("sales", table);
}

fn bought() -> TableName {
    TableName::new("sales", "bought")
}

/// How often the table was defined, described and scanned since the last reset; in Glue since the start.
fn looks(stack: &Stack) -> [usize; 3] {
    let asked = stack.aws.glue.asked().into_iter();
    let defined =
        asked.filter(|asked| asked.operation == "GetTable" && asked.name == "sales.bought");
    let dynamodb = &stack.aws.dynamodb;
    [
        defined.count(),
        dynamodb.count("DescribeTable"),
        dynamodb.count("Scan"),
    ]
}

async fn columns(stack: &Stack, name: &TableName) -> Vec<String> {
    let table = stack.query().get_table(name).await.unwrap();
    let fields = table.schema.fields().iter();
    fields
        .map(|field| format!("{} {}", field.name(), field.data_type()))
        .collect()
}

#[tokio::test]
async fn a_table_is_looked_up_once_for_queries_that_follow_each_other() {
    for (expiry, looked) in [("60", [1, 1, 1]), ("0", [3, 3, 3])] {
        let stack = stack(|setup| setup.set("lookup_expiry_seconds", expiry)).await;
        for _ in 0..3 {
            columns(&stack, &bought()).await;
        }
        assert_eq!(looks(&stack), looked, "{expiry} s");
    }
}

#[tokio::test]
async fn a_sample_is_taken_once_and_planning_describes_anew() {
    let stack = stack(|_| {}).await;
    for _ in 0..3 {
        let table = stack
            .query()
            .get_table(&table_name("orders"))
            .await
            .unwrap();
        assert_eq!(stack.rows(&table, Constraints::default()).await.len(), 1);
    }
    let [_, described, scanned] = looks(&stack);
    // The name in lower case, the real one, and three plans; one sample and three reads.
    assert_eq!((described, scanned), (5, 4));
    assert_eq!(stack.aws.dynamodb.count("ListTables"), 1);
}

#[tokio::test]
async fn what_is_wrong_or_not_there_is_looked_up_again() {
    let stack = stack(|_| {}).await;
    define(&stack, "uniontype<int>");
    says(
        &fault_of(stack.query().get_table(&bought()).await),
        &["`total`"],
    );
    define(&stack, "bigint");
    assert_eq!(
        columns(&stack, &bought()).await,
        ["orderid Utf8", "total Int64"]
    );

    let orders = table_name("orders");
    assert_eq!(
        columns(&stack, &orders).await,
        ["orderid Utf8", "total Decimal128(38, 9)"]
    );
    let glue = json!({
        "Name": "orders", "StorageDescriptor": {"Columns": [{"Name": "orderid", "Type": "string"}]},
        "Parameters": {"classification": "dynamodb", "sourceTable": "Orders"},
    });
    stack.aws.glue.add_table("default", glue);
    assert_eq!(columns(&stack, &orders).await, ["orderid Utf8"]);

    let later = table_name("later");
    says(
        &fault_of(stack.query().get_table(&later).await),
        &["`later`", "does not exist"],
    );
    let items = [json!({"id": {"S": "a"}})];
    NewTable::named("later", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    assert_eq!(columns(&stack, &later).await, ["id Utf8"]);
}

async fn delete(stack: &Stack) {
    let client = stack.aws.dynamodb.client();
    let deleted = client.delete_table().table_name("Orders").send().await;
    deleted.unwrap();
}

#[tokio::test]
async fn a_table_that_was_deleted_is_missed_by_planning_and_then_by_all() {
    let stack = stack(|_| {}).await;
    let orders = table_name("orders");
    let table = stack.query().get_table(&orders).await.unwrap();
    delete(&stack).await;
    assert!(
        stack.query().get_table(&orders).await.is_ok(),
        "as it was looked up"
    );
    for _ in 0..2 {
        let fault = fault_of(stack.query().plan(&table, Constraints::default()).await);
        says(&fault, &["`Orders`", "does not exist"]);
        let fault = fault_of(stack.query().get_table(&orders).await);
        says(&fault, &["does not exist"]);
    }
}

#[tokio::test]
async fn a_table_that_was_made_anew_is_planned_by_its_new_key_and_shown_by_it_then() {
    let stack = stack(|_| {}).await;
    let orders = table_name("orders");
    let old = stack.query().get_table(&orders).await.unwrap();
    delete(&stack).await;
    let items = [
        json!({"No": {"N": "7"}, "OrderId": {"S": "b"}}),
        json!({"No": {"N": "8"}, "OrderId": {"S": "b"}}),
    ];
    NewTable::named("Orders", &[key("No", "N")])
        .load(&stack.aws, &items)
        .await;
    let b = athena_protocol::predicate::Scalar::Utf8("b".to_owned());
    let set =
        athena_protocol::predicate::ValueSet::of_values(&arrow::datatypes::DataType::Utf8, [b]);
    let constraints = Constraints {
        summary: [("orderid".to_owned(), set)].into(),
        ..Constraints::default()
    };
    // By the old key this would be one item.
    assert_eq!(stack.rows(&old, constraints).await.len(), 2);
    assert_eq!(
        columns(&stack, &orders).await,
        ["no Decimal128(38, 9)", "orderid Utf8"]
    );
}

#[tokio::test]
async fn a_read_that_fails_has_the_next_query_look_again() {
    let stack = stack(|_| {}).await;
    let table = stack.query().get_table(&bought()).await.unwrap();
    let query = stack.query();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    delete(&stack).await;
    let rows = crate::stack::read_plan(&query, &plan, table.schema.clone()).await;
    says(&fault_of(rows), &["`Orders`", "does not exist"]);
    let fault = fault_of(stack.query().get_table(&bought()).await);
    says(&fault, &["`Orders`", "does not exist"]);
}

/// `GetTable` as a caller asks it.
async fn shown_to(stack: &Stack, identity: FederatedIdentity) -> usize {
    let request = Request::GetTable(GetTableRequest {
        identity: Some(identity),
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: bought(),
        query_passthrough_arguments: BTreeMap::new(),
    });
    match stack.ask(&request).await {
        Response::GetTable(answer) => answer.schema.fields().len(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_one_caller_looked_up_is_not_shown_to_another() {
    let stack = stack(|_| {}).await;
    stack.aws.kms.set(SERVICE_KEY, KeyState::Enabled);
    let caller = || bringing(&token("good"), SERVICE_KEY);
    let signers = |stack: &Stack| -> Vec<String> {
        let dynamodb = stack.aws.dynamodb.calls().into_iter();
        let dynamodb = dynamodb.filter_map(|call| call.access_key_id);
        let glue = stack.aws.glue.asked().into_iter();
        let glue = glue.filter_map(|asked| asked.access_key_id);
        let mut signers: Vec<_> = dynamodb.chain(glue).collect();
        signers.sort_unstable();
        signers
    };
    for _ in 0..2 {
        shown_to(&stack, FederatedIdentity::default()).await;
    }
    assert_eq!(signers(&stack), [ACCESS_KEY_ID; 3]);
    // The caller may not read what the function has looked up.
    let fault = athena_testkit::dynamodb::Fault::AccessDenied;
    stack.aws.dynamodb.fail_next("DescribeTable", 1, fault);
    let request = Request::GetTable(GetTableRequest {
        identity: Some(caller()),
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: bought(),
        query_passthrough_arguments: BTreeMap::new(),
    });
    let refused = stack.refusal(serde_json::to_vec(&request).unwrap()).await;
    says(&refused, &["DescribeTable"]);
    stack.aws.dynamodb.reset();
    for _ in 0..2 {
        assert_eq!(shown_to(&stack, caller()).await, 2);
    }
    let asked = stack.aws.dynamodb.calls();
    let asked: Vec<_> = asked
        .iter()
        .filter_map(|call| call.access_key_id.as_deref())
        .collect();
    assert_eq!(
        asked, [CALLERS_ACCESS_KEY_ID; 2],
        "described and sampled once, as itself"
    );
    // Nor is the function shown what Glue told the caller, once it is refused.
    let count = |stack: &Stack| stack.aws.glue.asked().len();
    let before = count(&stack);
    shown_to(&stack, caller()).await;
    assert_eq!(count(&stack), before);
    stack.aws.glue.fail_next(1, Fault::AccessDenied);
    let other = bringing(&token("good"), SERVICE_KEY);
    assert_eq!(
        shown_to(&stack, other).await,
        2,
        "the same credentials are the same caller"
    );
    assert_eq!(count(&stack), before);
}

/// Stands still until it is told how late it is.
struct ByHand {
    start: Instant,
    seconds: AtomicU64,
}

impl Clock for ByHand {
    fn now(&self) -> Instant {
        self.start + self.since_epoch()
    }

    fn since_epoch(&self) -> Duration {
        Duration::from_secs(self.seconds.load(Ordering::SeqCst))
    }
}

#[tokio::test]
async fn a_description_lasts_as_long_as_is_said_and_is_asked_for_once_by_calls_at_once() {
    let stack = stack(|_| {}).await;
    let clock = Arc::new(ByHand {
        start: SystemClock.now(),
        seconds: AtomicU64::new(0),
    });
    let shared = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(athena_testkit::REGION))
        .build();
    let tables = Tables::new(
        stack.aws.dynamodb.client(),
        sts_client(&shared),
        clock.clone(),
    );
    let tables = tables.with_expiry(Duration::from_secs(30));
    let call = Call::lasting(Duration::from_mins(10), clock.clone());
    for (second, described) in [(0, 2), (29, 2), (30, 4), (59, 4), (60, 6)] {
        clock.seconds.store(second, Ordering::SeqCst);
        let asked = (0..4).map(|_| tables.describe("orders", &call));
        for found in join_all(asked).await {
            assert_eq!(found.unwrap().table.name, "Orders");
        }
        let exact = tables.describe("Orders", &call).await;
        assert!(exact.is_ok());
        assert_eq!(
            stack.aws.dynamodb.count("DescribeTable"),
            described,
            "{second} s"
        );
    }
}
