//! Credentials that come with a request (protocol §12): tokens that the AWS Encryption SDK made, and whose keys sign what.

use crate::spilling::{items, remote_as, small_blocks, splits, with_items};
use crate::stack::{CATALOG, Stack, clear, rows_of, says, shown_rows, table_name};
use athena_client::Table;
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{
    FaultDocument, FederatedIdentity, GetTableRequest, ListTablesRequest, PingRequest,
    ReadRecordsRequest, Request, Response, Split, TableName,
};
use athena_testkit::kms::KeyState;
use athena_testkit::{ACCESS_KEY_ID, CALLERS_ACCESS_KEY_ID, CALLERS_SECRET_ACCESS_KEY};
use serde_json::Value;
use std::collections::BTreeMap;

/// A token of `tests/fixtures/encryption_sdk`.
pub(crate) fn token(name: &str) -> String {
    let path = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/fixtures/encryption_sdk/tokens.json"
    );
    let tokens: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    tokens[name]["token"].as_str().unwrap().to_owned()
}

pub(crate) fn bringing(token: &str, key: &str) -> FederatedIdentity {
    let options = [("fas_token", token), ("service_kms_key_id", key)];
    FederatedIdentity {
        config_options: options
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..FederatedIdentity::default()
    }
}

fn list(identity: Option<FederatedIdentity>) -> Request {
    Request::ListTables(ListTablesRequest {
        identity,
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        schema_name: "default".to_owned(),
        next_token: None,
        page_size: -1,
    })
}

/// A table, and a KMS with the keys of the tokens; the spill key is made by the service's key too.
async fn stack() -> (Stack, Table, Vec<Value>) {
    let items = items(60, 20_000);
    let (stack, table) = with_items(&items, |setup| {
        small_blocks(setup);
        setup.set("kms_key_id", SERVICE_KEY);
    })
    .await;
    for arn in [SERVICE_KEY, OTHER_KEY] {
        stack.aws.kms.set(arn, KeyState::Enabled);
    }
    reset(&stack);
    (stack, table, items)
}

fn reset(stack: &Stack) {
    stack.aws.dynamodb.reset();
    stack.aws.s3.reset();
    stack.aws.kms.reset();
}

/// How often each access key signed, by service and operation.
fn signers(stack: &Stack) -> BTreeMap<(String, String), usize> {
    let dynamodb = stack.aws.dynamodb.calls().into_iter();
    let dynamodb = dynamodb.map(|call| (call.operation, call.access_key_id));
    let s3 = stack.aws.s3.asked().into_iter();
    let s3 = s3.map(|asked| (asked.method, asked.access_key_id));
    let kms = stack.aws.kms.calls().into_iter();
    let kms = kms.map(|call| (call.operation, call.access_key_id));
    let mut signers = BTreeMap::new();
    for (operation, signer) in dynamodb.chain(s3).chain(kms) {
        *signers.entry((operation, signer.unwrap())).or_insert(0) += 1;
    }
    signers
}

#[tokio::test]
async fn all_that_is_done_for_the_caller_is_signed_with_its_credentials() {
    let (stack, table, items) = stack().await;
    let identity = bringing(&token("good"), SERVICE_KEY);
    stack.ask(&list(Some(identity.clone()))).await;
    let described = Request::GetTable(GetTableRequest {
        identity: Some(identity.clone()),
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table_name("items"),
        query_passthrough_arguments: BTreeMap::new(),
    });
    stack.ask(&described).await;
    let query = stack.query();
    let splits = splits(&stack, &query, &table, identity.clone()).await;
    let mut answers = Vec::new();
    for split in &splits {
        answers.push(remote_as(&stack, &query, &table, split, identity.clone()).await);
    }
    let signers = signers(&stack);
    for ((operation, signer), times) in &signers {
        let own = ["Decrypt", "GenerateRandom"].contains(&operation.as_str());
        let expected = if own {
            ACCESS_KEY_ID
        } else {
            CALLERS_ACCESS_KEY_ID
        };
        assert_eq!(signer, expected, "{operation}, {times} times");
    }
    let operations: Vec<&str> = signers
        .keys()
        .map(|(operation, _)| operation.as_str())
        .collect();
    let expected = [
        "Decrypt",
        "DescribeTable",
        "GenerateDataKey",
        "GenerateRandom",
        "HEAD",
        "ListTables",
        "PUT",
        "Scan",
    ];
    assert_eq!(operations, expected);
    assert_eq!(
        stack.aws.kms.count("Decrypt"),
        1,
        "the token is opened once"
    );
    for put in stack.aws.s3.puts() {
        // s3s checks the signature, so the secret is the caller's too.
        let session = put.headers["x-amz-security-token"].as_str();
        assert_eq!((put.status, session), (200, "federated-session-token"));
    }
    let mut batches = Vec::new();
    for answer in &answers {
        batches.extend(stack.fetch(answer).await);
    }
    rows_of(&batches).assert_eq(&shown_rows(&items, &table.schema).rows, "all items");
    hides_secrets(&stack, &token("good"));
}

#[tokio::test]
async fn a_statement_is_run_and_read_with_the_callers_credentials() {
    let (stack, table, _) = stack().await;
    let identity = bringing(&token("good"), SERVICE_KEY);
    let arguments = [
        ("schemaFunctionName", "SYSTEM.QUERY"),
        ("QUERY", "SELECT * FROM items"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()));
    let described = Request::GetTable(GetTableRequest {
        identity: Some(identity.clone()),
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: TableName::new("system", "query"),
        query_passthrough_arguments: arguments.clone().into(),
    });
    stack.ask(&described).await;
    let read = Request::ReadRecords(ReadRecordsRequest {
        identity: Some(identity),
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: TableName::new("system", "query"),
        schema: table.schema.clone(),
        split: Split {
            spill_location: None,
            encryption_key: None,
            properties: BTreeMap::new(),
        },
        constraints: Constraints {
            query_passthrough_arguments: arguments.into(),
            // What fits an answer: where to spill is no matter here.
            limit: 5,
            ..Constraints::default()
        },
        max_block_size: 16_000_000,
        max_inline_block_size: 5_242_880,
    });
    let Response::ReadRecords(answer) = stack.ask(&read).await else {
        panic!("not an inline answer")
    };
    assert_eq!(answer.records.batch().num_rows(), 5);
    let calls = stack.aws.dynamodb.calls();
    assert_eq!(calls.len(), 2);
    for call in calls {
        let signer = call.access_key_id.unwrap();
        assert_eq!(
            (call.operation.as_str(), signer.as_str()),
            ("ExecuteStatement", CALLERS_ACCESS_KEY_ID)
        );
    }
}

#[tokio::test]
async fn a_call_without_a_token_uses_the_functions_own_credentials_again() {
    let (stack, table, _) = stack().await;
    let query = stack.query();
    for identity in [
        bringing(&token("good"), SERVICE_KEY),
        FederatedIdentity::default(),
    ] {
        reset(&stack);
        let brought = !identity.config_options.is_empty();
        stack.ask(&list(Some(identity.clone()))).await;
        let splits = splits(&stack, &query, &table, identity.clone()).await;
        remote_as(&stack, &query, &table, &splits[0], identity).await;
        let of_caller = signers(&stack)
            .keys()
            .any(|(_, signer)| signer == CALLERS_ACCESS_KEY_ID);
        assert_eq!(of_caller, brought);
    }
    let mut without_key = bringing(&token("good"), SERVICE_KEY);
    without_key.config_options.remove("service_kms_key_id");
    reset(&stack);
    splits(&stack, &query, &table, without_key).await;
    assert_eq!(stack.aws.kms.count("Decrypt"), 0);
    assert!(
        signers(&stack)
            .keys()
            .all(|(_, signer)| signer == ACCESS_KEY_ID)
    );
}

#[tokio::test]
async fn each_token_is_opened_once_whoever_signs_it_and_with_the_key_that_is_named() {
    let (stack, _, _) = stack().await;
    let opened = |name: &str, key: &str| {
        let identity = bringing(&token(name), key);
        let stack = &stack;
        async move {
            let before = stack.aws.kms.count("Decrypt");
            stack.ask(&list(Some(identity))).await;
            stack.aws.kms.count("Decrypt") - before
        }
    };
    for name in ["good", "rotated", "unsigned", "two_keys"] {
        assert_eq!(opened(name, SERVICE_KEY).await, 1, "{name}");
        assert_eq!(opened(name, SERVICE_KEY).await, 0, "{name} again");
    }
    assert_eq!(
        opened("two_keys", OTHER_KEY).await,
        1,
        "another key is another token"
    );
    for call in stack.aws.kms.calls() {
        let context = &call.request["EncryptionContext"];
        assert_eq!(context["service"], "athena", "{call:?}");
        assert!([SERVICE_KEY, OTHER_KEY].contains(&call.request["KeyId"].as_str().unwrap()));
    }
}

#[tokio::test]
async fn neither_bucket_verdicts_nor_listings_pass_from_one_caller_to_the_next() {
    let (stack, table, _) = stack().await;
    let query = stack.query();
    let identities = [
        FederatedIdentity::default(),
        bringing(&token("good"), SERVICE_KEY),
        bringing(&token("rotated"), SERVICE_KEY),
    ];
    for identity in identities {
        let brought = !identity.config_options.is_empty();
        reset(&stack);
        for _ in 0..2 {
            splits(&stack, &query, &table, identity.clone()).await;
            stack.ask(&list(Some(identity.clone()))).await;
        }
        let heads = stack.aws.s3.asked().len();
        assert_eq!(
            heads,
            if brought { 2 } else { 1 },
            "a caller's verdict is not kept"
        );
        let listings = stack.aws.dynamodb.count("ListTables");
        assert_eq!(
            listings, 1,
            "a listing is kept for the caller who asked for it"
        );
    }
}

/// The fault of a call with this token, which must not have touched any data.
async fn refused(stack: &Stack, token: &str, key: &str) -> FaultDocument {
    reset(stack);
    let request = list(Some(bringing(token, key)));
    let fault = clear(stack.refusal(serde_json::to_vec(&request).unwrap()).await);
    assert_eq!(
        stack.aws.dynamodb.calls().len(),
        0,
        "{}",
        fault.error_message
    );
    says(&fault, &["`fas_token`", "hint", "`service_kms_key_id`"]);
    let given = Some(token).filter(|token| !token.is_empty());
    for secret in SECRETS.into_iter().chain(given) {
        assert!(
            !fault.error_message.contains(secret),
            "{}",
            fault.error_message
        );
    }
    fault
}

#[tokio::test]
async fn a_token_that_cannot_be_used_is_one_clear_error() {
    let (stack, _, _) = stack().await;
    let good = token("good");
    let mut changed = good.clone().into_bytes();
    let middle = changed.len() / 2;
    changed[middle] = if changed[middle] == b'A' { b'B' } else { b'A' };
    let changed = String::from_utf8(changed).unwrap();
    let id = SERVICE_KEY.rsplit('/').next().unwrap();
    for (token, key, words) in [
        (
            token("other_key").as_str(),
            SERVICE_KEY,
            "none of its 1 data keys",
        ),
        (&good, OTHER_KEY, "none of its 1 data keys"),
        // As in Java, the key is named by its ARN or not at all.
        (&good, id, "none of its 1 data keys"),
        (&good, "", "none of its 1 data keys"),
        (&token("uncommitted"), SERVICE_KEY, "0x0378 does not commit"),
        (&token("no_secret"), SERVICE_KEY, "`secretToken`"),
        (&token("no_json"), SERVICE_KEY, "JSON object"),
        (&good[..good.len() - 8], SERVICE_KEY, "encrypted message"),
        ("canary in the mine", SERVICE_KEY, "not base64"),
        ("Y2FuYXJ5", SERVICE_KEY, "version"),
        ("", SERVICE_KEY, "ends in its version"),
    ] {
        let fault = refused(&stack, token, key).await;
        says(&fault, &[words]);
    }
    refused(&stack, &changed, SERVICE_KEY).await;
    hides_secrets(&stack, &good);
    assert!(!stack.log().contains("canary"));

    let good = list(Some(bringing(&good, SERVICE_KEY)));
    assert!(matches!(stack.ask(&good).await, Response::ListTables(_)));
}

#[tokio::test]
async fn a_key_that_kms_refuses_is_named_with_the_reason() {
    let (stack, _, _) = stack().await;
    let good = token("good");
    for (state, reason) in [
        (KeyState::Disabled, "DisabledException"),
        (KeyState::Denied, "AccessDeniedException"),
    ] {
        stack.aws.kms.set(SERVICE_KEY, state);
        let fault = refused(&stack, &good, SERVICE_KEY).await;
        says(&fault, &[reason, SERVICE_KEY, "kms:Decrypt"]);
        assert_eq!(stack.aws.kms.count("Decrypt"), 1, "asked once");
    }
    stack.aws.kms.set(SERVICE_KEY, KeyState::Enabled);
    stack.ask(&list(Some(bringing(&good, SERVICE_KEY)))).await;
    assert_eq!(
        stack.aws.kms.count("Decrypt"),
        2,
        "a refusal is not remembered"
    );
}

#[tokio::test]
async fn a_ping_does_not_look_at_the_token() {
    let (stack, _, _) = stack().await;
    let ping = Request::Ping(PingRequest {
        identity: Some(bringing("canary", SERVICE_KEY)),
        catalog_name: CATALOG.to_owned(),
        query_id: "q".to_owned(),
    });
    assert!(matches!(stack.ask(&ping).await, Response::Ping(_)));
    assert!(stack.aws.kms.calls().is_empty());
}

#[track_caller]
fn hides_secrets(stack: &Stack, token: &str) {
    let log = stack.log();
    for secret in SECRETS
        .into_iter()
        .chain([&token[..40], &token[token.len() / 2..]])
    {
        assert!(!log.contains(secret), "`{secret}` in the log");
    }
}

/// What the tokens hold and nobody may see.
const SECRETS: [&str; 3] = [
    CALLERS_SECRET_ACCESS_KEY,
    "federated-session-token",
    "another-session-token",
];
pub(crate) const SERVICE_KEY: &str =
    "arn:aws:kms:us-east-1:111122223333:key/11111111-2222-3333-4444-555555555555";
const OTHER_KEY: &str =
    "arn:aws:kms:us-east-1:111122223333:key/66666666-7777-8888-9999-000000000000";
