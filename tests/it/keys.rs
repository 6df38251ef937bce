//! Keys for spilled blocks that KMS makes (protocol §9.5): one data key and one nonce a split, and no plain object where a key
//! was asked for.

use crate::spilling::{items, remote_as, small_blocks, splits, with_items};
use crate::stack::{Setup, Stack, fault_of, rows_of, says, shown_rows};
use athena_client::Table;
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::open;
use athena_protocol::wire::{FaultDocument, FederatedIdentity};
use athena_testkit::ACCESS_KEY_ID;
use athena_testkit::aws::SPILL_BUCKET;
use athena_testkit::kms::KeyState;
use serde_json::{Value, json};

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/spill";

fn with_key(setup: &mut Setup) {
    small_blocks(setup);
    setup.set("kms_key_id", KEY);
}

async fn stack() -> (Stack, Table, Vec<Value>) {
    let items = items(90, 20_000);
    let (stack, table) = with_items(&items, with_key).await;
    assert_eq!(stack.aws.kms.create_key("spill"), KEY);
    stack.aws.kms.reset();
    stack.aws.s3.reset();
    (stack, table, items)
}

#[tokio::test]
async fn each_split_gets_a_data_key_of_16_bytes_and_its_blocks_are_sealed_with_it() {
    let (stack, table, items) = stack().await;
    let query = stack.query();
    let mut splits = Vec::new();
    for _ in 0..3 {
        let identity = FederatedIdentity::default();
        splits.extend(self::splits(&stack, &query, &table, identity).await);
    }
    assert!(splits.len() >= 3);
    let mut calls = stack.aws.kms.calls();
    calls.sort_by(|a, b| a.operation.cmp(&b.operation));
    assert_eq!(calls.len(), 2 * splits.len());
    for (number, call) in calls.iter().enumerate() {
        assert_eq!(call.access_key_id.as_deref(), Some(ACCESS_KEY_ID));
        let (operation, request) = if number < splits.len() {
            let request = json!({"KeyId": KEY, "KeySpec": "AES_128"});
            ("GenerateDataKey", request)
        } else {
            ("GenerateRandom", json!({"NumberOfBytes": 12}))
        };
        assert_eq!(
            (call.operation.as_str(), &call.request),
            (operation, &request)
        );
    }

    let expected = shown_rows(&items, &table.schema).rows;
    let mut pairs = Vec::new();
    for split in &splits {
        let key = split.encryption_key.as_ref().unwrap();
        assert_eq!((key.expose_key().len(), key.nonce().len()), (16, 12));
        let identity = FederatedIdentity::default();
        let answer = remote_as(&stack, &query, &table, split, identity).await;
        assert_eq!(answer.encryption_key.as_ref(), Some(key));
        rows_of(&stack.fetch(&answer).await).assert_eq(&expected, "all items");
        pairs.push((key.expose_key().to_vec(), key.nonce().to_vec(), answer));
    }
    for (_, _, answer) in &pairs {
        let object = &answer.remote_blocks[0].key;
        let object = stack.aws.s3.get(SPILL_BUCKET, object).await.unwrap();
        let fits = splits.iter().filter(|split| {
            let key = split.encryption_key.as_ref().unwrap();
            open(key, object.to_vec()).is_ok()
        });
        assert_eq!(fits.count(), 1, "the key of one split opens it");
    }
    pairs.sort_by(|a, b| (&a.0, &a.1).cmp(&(&b.0, &b.1)));
    pairs.dedup_by(|a, b| a.0 == b.0 || a.1 == b.1);
    assert_eq!(
        pairs.len(),
        splits.len(),
        "keys and nonces are new each time"
    );
    assert_eq!(
        stack.aws.kms.calls().len(),
        2 * splits.len(),
        "reading asks for none"
    );
}

/// The fault of a query while the key is of no use, after which nothing may lie in the bucket.
async fn refused(stack: &Stack, table: &Table) -> FaultDocument {
    let planned = stack.query().plan(table, Constraints::default()).await;
    let fault = fault_of(planned);
    assert_eq!(stack.aws.kms.count("GenerateDataKey"), 1, "asked once");
    let stored = stack.aws.s3.objects(SPILL_BUCKET).await.unwrap();
    assert_eq!(stored, Vec::<String>::new());
    stack.aws.kms.reset();
    fault
}

#[tokio::test]
async fn a_key_that_cannot_be_used_ends_the_query_and_nothing_is_spilled_plain() {
    let (stack, table, _) = stack().await;
    for (state, reason) in [
        (KeyState::Disabled, "DisabledException"),
        (KeyState::Denied, "AccessDeniedException"),
    ] {
        stack.aws.kms.set(KEY, state);
        let fault = refused(&stack, &table).await;
        let words = [KEY, reason, "hint", "`kms_key_id`", "kms:GenerateDataKey"];
        says(&fault, &words);
    }
    stack.aws.kms.set(KEY, KeyState::Enabled);
    let rows = stack.rows(&table, Constraints::default()).await;
    assert_eq!(rows.len(), 90, "and once it can be used, all is well");
}

#[tokio::test]
async fn a_key_that_does_not_exist_is_named() {
    let (stack, table) = with_items(&items(30, 20_000), with_key).await;
    let fault = refused(&stack, &table).await;
    says(&fault, &[KEY, "NotFoundException", "hint", "`kms_key_id`"]);
    let log = stack.log();
    assert!(
        log.contains("EntityNotFoundException"),
        "the code is in the log"
    );
}

#[tokio::test]
async fn without_encryption_kms_is_not_asked() {
    let (stack, table) = with_items(&items(30, 20_000), |setup| {
        with_key(setup);
        setup.set("disable_spill_encryption", "TRUE");
    })
    .await;
    let query = stack.query();
    let splits = splits(&stack, &query, &table, FederatedIdentity::default()).await;
    assert!(splits.iter().all(|split| split.encryption_key.is_none()));
    assert!(stack.aws.kms.calls().is_empty());
}
