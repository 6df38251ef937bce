//! Wrong settings and services out of reach: each is one clear sentence that names what and where, and none hangs.

use crate::stack::{NewTable, Setup, Stack, fault_of, key, read, says, table_name};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::FaultDocument;
use serde_json::json;

/// An address where nobody listens.
fn closed() -> String {
    let free = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap();
    format!("http://{free}")
}

async fn with_table(adapt: impl FnOnce(&mut Setup)) -> Stack {
    let stack = Stack::with(adapt).await;
    let items = [json!({"id": {"S": "a"}, "n": {"N": "1"}})];
    NewTable::named("things", &[key("id", "S")])
        .load(&stack.aws, &items)
        .await;
    stack
}

/// The fault of a query from `GetTable` on.
async fn query_fails(stack: &Stack) -> FaultDocument {
    let query = stack.query();
    let table = match query.get_table(&table_name("things")).await {
        Ok(table) => table,
        failed => return fault_of(failed),
    };
    fault_of(read(&query, &table, Constraints::default(), table.schema.clone()).await)
}

#[tokio::test]
async fn without_a_region_every_call_says_so() {
    let stack = with_table(|setup| {
        setup.region = None;
        setup.unset("AWS_REGION");
    })
    .await;
    for _ in 0..2 {
        says(
            &fault_of(stack.query().ping().await),
            &["Region", "`AWS_REGION`"],
        );
    }
    assert_eq!(stack.emulator.stats().cold_starts, 1, "the process stays");
}

#[tokio::test]
async fn all_wrong_settings_are_named_at_once() {
    let stack = with_table(|setup| {
        setup.set(
            "cross_account_role_arn",
            "arn:aws:iam::210987654321:user/reader",
        );
        setup.set("split_size_mb", "many");
        setup.set("disable_spill_encryption", "perhaps");
        setup.set("spill_put_request_headers", "[1]");
    })
    .await;
    let fault = fault_of(stack.query().ping().await);
    let names = [
        "cross_account_role_arn",
        "split_size_mb",
        "disable_spill_encryption",
        "spill_put_request_headers",
    ];
    says(&fault, &names);
    for value in ["210987654321", "many", "perhaps"] {
        assert!(
            !fault.error_message.contains(value),
            "{}",
            fault.error_message
        );
    }
}

#[tokio::test]
async fn without_a_spill_bucket_splits_are_refused_and_the_rest_works() {
    let stack = with_table(|setup| setup.unset("spill_bucket")).await;
    stack.query().ping().await.unwrap();
    says(
        &query_fails(&stack).await,
        &["no spill bucket", "hint", "`spill_bucket`"],
    );
}

#[tokio::test]
async fn a_spill_bucket_that_does_not_exist_is_named() {
    let stack = with_table(|setup| setup.set("spill_bucket", "nowhere-at-all")).await;
    for _ in 0..2 {
        says(
            &query_fails(&stack).await,
            &["`nowhere-at-all`", "does not exist", "hint"],
        );
    }
}

#[tokio::test]
async fn an_unreachable_dynamodb_is_an_error_with_a_hint() {
    let stack = with_table(|setup| setup.set("AWS_ENDPOINT_URL_DYNAMODB", &closed())).await;
    stack.query().ping().await.unwrap();
    says(
        &query_fails(&stack).await,
        &["DynamoDB cannot be reached", "`things`", "hint", "endpoint"],
    );
}

#[tokio::test]
async fn an_unreachable_bucket_is_an_error_with_a_hint() {
    let stack = with_table(|setup| setup.set("AWS_ENDPOINT_URL_S3", &closed())).await;
    says(
        &query_fails(&stack).await,
        &["S3 cannot be reached", "`athena-spill-local`", "hint"],
    );
}

#[tokio::test]
async fn an_unreachable_kms_is_an_error_that_names_the_key() {
    let stack = with_table(|setup| {
        setup.set("kms_key_id", "alias/spill");
        setup.set("AWS_ENDPOINT_URL_KMS", &closed());
    })
    .await;
    says(
        &query_fails(&stack).await,
        &[
            "KMS",
            "`alias/spill`",
            "cannot be reached",
            "hint",
            "kms:Generate",
        ],
    );
}

#[tokio::test]
async fn credentials_that_are_missing_are_told_as_such() {
    let stack = with_table(|setup| {
        setup.unset("AWS_ACCESS_KEY_ID");
        setup.unset("AWS_SECRET_ACCESS_KEY");
        // Neither the machine's own files nor a metadata service may help out.
        setup.set("AWS_EC2_METADATA_DISABLED", "true");
        setup.set("HOME", "/nowhere");
    })
    .await;
    says(&query_fails(&stack).await, &["credentials", "hint"]);
}
