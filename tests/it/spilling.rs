//! Answers above the inline limit: every block is an object in S3 under the query's prefix, sealed with the split's key, in the
//! legacy framing, and no larger than a block may be.

use crate::stack::{CATALOG, NewTable, Setup, Stack, clear, key, read, rows_of, says, shown_rows};
use arrow::array::AsArray;
use arrow::datatypes::Schema;
use athena_client::{Query, Table};
use athena_protocol::block::{frame, size};
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::{EncryptionKey, SealError, open};
use athena_protocol::wire::{
    FederatedIdentity, GetSplitsRequest, GetTableLayoutRequest, ReadRecordsRequest,
    RemoteReadRecordsResponse, Request, Response, Split,
};
use athena_testkit::aws::SPILL_BUCKET;
use serde_json::{Value, json};
use std::sync::Arc;

const SMALL_BLOCK: u64 = 200_000;

pub(crate) fn items(count: usize, bytes: usize) -> Vec<Value> {
    let items = (0..count).map(|number| {
        json!({
            "id": {"S": format!("i{number:04}")}, "n": {"N": number.to_string()},
            "text": {"S": format!("{number:04}").repeat(bytes / 4)}, "list": {"L": [{"S": "a"}, {"NULL": true}]},
        })
    });
    items.collect()
}

pub(crate) async fn with_items(items: &[Value], adapt: impl FnOnce(&mut Setup)) -> (Stack, Table) {
    let stack = Stack::with(adapt).await;
    NewTable::named("items", &[key("id", "S")])
        .load(&stack.aws, items)
        .await;
    let table = stack.table("items").await;
    (stack, table)
}

pub(crate) fn small_blocks(setup: &mut Setup) {
    setup.set("MAX_BLOCK_SIZE_BYTES", &SMALL_BLOCK.to_string());
}

/// The splits of a query for the whole table, asked with `identity`.
pub(crate) async fn splits(
    stack: &Stack,
    query: &Query,
    table: &Table,
    identity: FederatedIdentity,
) -> Vec<Split> {
    let layout = Request::GetTableLayout(GetTableLayoutRequest {
        identity: Some(identity.clone()),
        query_id: query.id().to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table.name.clone(),
        constraints: Constraints::default(),
        schema: table.schema.clone(),
        partition_columns: Vec::new(),
    });
    let Response::GetTableLayout(layout) = stack.ask(&layout).await else {
        panic!("no layout")
    };
    let splits = Request::GetSplits(GetSplitsRequest {
        identity: Some(identity),
        query_id: query.id().to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table.name.clone(),
        partitions: layout.partitions,
        partition_columns: Vec::new(),
        constraints: Constraints::default(),
        continuation_token: None,
    });
    let Response::GetSplits(splits) = stack.ask(&splits).await else {
        panic!("no splits")
    };
    splits.splits
}

async fn remote(
    stack: &Stack,
    query: &Query,
    table: &Table,
    split: &Split,
) -> RemoteReadRecordsResponse {
    remote_as(stack, query, table, split, FederatedIdentity::default()).await
}

/// The answer for a split that has to be spilled, asked with `identity`.
pub(crate) async fn remote_as(
    stack: &Stack,
    query: &Query,
    table: &Table,
    split: &Split,
    identity: FederatedIdentity,
) -> RemoteReadRecordsResponse {
    match stack.ask(&records(query, table, split, identity)).await {
        Response::RemoteReadRecords(answer) => answer,
        other => panic!("a {} where blocks have to be spilled", other.kind()),
    }
}

pub(crate) fn records(
    query: &Query,
    table: &Table,
    split: &Split,
    identity: FederatedIdentity,
) -> Request {
    Request::ReadRecords(ReadRecordsRequest {
        identity: Some(identity),
        query_id: query.id().to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table.name.clone(),
        schema: table.schema.clone(),
        split: split.clone(),
        constraints: Constraints::default(),
        max_block_size: 16_000_000,
        max_inline_block_size: 5_242_880,
    })
}

#[tokio::test]
async fn spilled_blocks_are_sealed_objects_below_the_querys_prefix() {
    let items = items(90, 20_000);
    let (stack, table) = with_items(&items, small_blocks).await;
    let query = stack.query();
    let splits = splits(&stack, &query, &table, FederatedIdentity::default()).await;
    let (mut batches, mut objects) = (Vec::new(), Vec::new());
    for split in &splits {
        let answer = remote(&stack, &query, &table, split).await;
        let key = split.encryption_key.as_ref().unwrap();
        assert_eq!(
            answer.encryption_key.as_ref(),
            Some(key),
            "the split's own key"
        );
        let prefix = &split.spill_location.as_ref().unwrap().key;
        for (number, location) in answer.remote_blocks.iter().enumerate() {
            assert_eq!(
                location.key,
                format!("{prefix}.{number}"),
                "blocks are numbered in their order"
            );
            assert_eq!(
                (location.bucket.as_str(), location.directory),
                (SPILL_BUCKET, false)
            );
            assert!(
                location
                    .key
                    .starts_with(&format!("athena-spill/{}/", query.id())),
                "{}",
                location.key
            );
            let sealed = stack
                .aws
                .s3
                .get(SPILL_BUCKET, &location.key)
                .await
                .unwrap()
                .to_vec();
            assert_ne!(&sealed[..4], [0xFF; 4]);
            assert!(
                frame::decode_batch(&table.schema, &sealed).is_err(),
                "nobody reads it without the key"
            );
            let mut other = key.expose_key().to_vec();
            other[31] ^= 1;
            let other = EncryptionKey::new(other, key.nonce().to_vec());
            assert_eq!(open(&other, sealed.clone()), Err(SealError::Forged));
            let clear = open(key, sealed.clone()).unwrap();
            assert_ne!(
                &clear[..4],
                [0xFF; 4],
                "legacy framing has no continuation marker"
            );
            let batch = frame::decode_batch(&answer.schema, &clear).unwrap();
            let bytes = size::batch_bytes(&batch) as u64;
            assert!(
                bytes <= SMALL_BLOCK && batch.num_rows() > 0,
                "{bytes} bytes"
            );
            let text = batch.column_by_name("text").unwrap();
            let text = &text.as_string::<i32>().value(0)[..16];
            assert!(
                contains(&clear, text) && !contains(&sealed, text),
                "no text shows through"
            );
            batches.push(batch);
            objects.push(location.key.clone());
        }
    }
    rows_of(&batches).assert_eq(&shown_rows(&items, &table.schema).rows, "all items");
    println!("{} blocks of {} splits", objects.len(), splits.len());
    assert!(objects.len() >= 10, "1.8 MB in blocks of 200 kB");
    let mut stored = stack.aws.s3.objects(SPILL_BUCKET).await.unwrap();
    stored.sort();
    objects.sort();
    assert_eq!(stored, objects, "no object more, and none less");
    let summary = stack.summaries("ReadRecordsRequest").pop().unwrap();
    assert_eq!(summary["blocks"], objects.len());
}

fn contains(bytes: &[u8], part: &str) -> bool {
    bytes
        .windows(part.len())
        .any(|window| window == part.as_bytes())
}

#[tokio::test]
async fn an_answer_above_the_inline_limit_is_spilled_in_one_block() {
    let items = items(18, 350_000);
    let (stack, table) = with_items(&items, |_| {}).await;
    let query = stack.query();
    let batches = read(&query, &table, Constraints::default(), table.schema.clone())
        .await
        .unwrap();
    rows_of(&batches).assert_eq(&shown_rows(&items, &table.schema).rows, "6.3 MB");
    let figures = query.stats().figures();
    assert_eq!(
        (
            figures.spilled_blocks,
            figures.encrypted_blocks,
            figures.inline_blocks
        ),
        (1, 1, 0)
    );
    assert!(figures.spilled_bytes > 6_300_000 && figures.spilled_bytes < 16_000_000);
}

#[tokio::test]
async fn an_answer_below_the_inline_limit_is_spilled_where_its_text_would_be_too_long() {
    // 5 MB as the engine counts, 6.7 MB of base64: Lambda would refuse it.
    let items = items(16, 312_500);
    let (stack, table) = with_items(&items, |_| {}).await;
    let query = stack.query();
    let batches = read(&query, &table, Constraints::default(), table.schema.clone())
        .await
        .unwrap();
    let counted: usize = batches.iter().map(size::batch_bytes).sum();
    assert!(counted < 5_242_880, "{counted}");
    assert_eq!(rows_of(&batches).len(), 16);
    assert_eq!(query.stats().figures().spilled_blocks, 1);
}

#[tokio::test]
async fn without_encryption_objects_are_plain_and_there_is_no_key() {
    let items = items(30, 20_000);
    let (stack, table) = with_items(&items, |setup| {
        small_blocks(setup);
        setup.set("disable_spill_encryption", "true");
    })
    .await;
    let query = stack.query();
    let splits = splits(&stack, &query, &table, FederatedIdentity::default()).await;
    let mut batches = Vec::new();
    for split in &splits {
        assert_eq!(split.encryption_key, None);
        let answer = remote(&stack, &query, &table, split).await;
        assert_eq!(answer.encryption_key, None);
        let first = stack
            .aws
            .s3
            .get(SPILL_BUCKET, &answer.remote_blocks[0].key)
            .await
            .unwrap();
        assert_ne!(&first[..4], [0xFF; 4], "legacy framing");
        batches.extend(stack.fetch(&answer).await);
    }
    rows_of(&batches).assert_eq(&shown_rows(&items, &table.schema).rows, "all items");
}

#[tokio::test]
async fn the_place_that_the_request_names_wins() {
    let items = items(30, 20_000);
    let (stack, table) = with_items(&items, small_blocks).await;
    stack.aws.s3.create_bucket("teams-own").await.unwrap();
    let options = [("spill_bucket", "teams-own"), ("spill_prefix", "deep/er")];
    let identity = FederatedIdentity {
        config_options: options
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .into(),
        ..FederatedIdentity::default()
    };
    let query = stack.query();
    let splits = splits(&stack, &query, &table, identity).await;
    for split in &splits {
        let location = split.spill_location.as_ref().unwrap();
        assert_eq!(location.bucket, "teams-own");
        remote(&stack, &query, &table, split).await;
    }
    let stored = stack.aws.s3.objects("teams-own").await.unwrap();
    assert!(
        stored.len() >= 3
            && stored
                .iter()
                .all(|key| key.starts_with(&format!("deep/er/{}/", query.id()))),
        "{stored:?}"
    );
    assert_eq!(
        stack.aws.s3.objects(SPILL_BUCKET).await.unwrap(),
        Vec::<String>::new()
    );
}

#[tokio::test]
async fn the_headers_that_are_asked_for_are_on_every_object() {
    let items = items(30, 20_000);
    let (stack, table) = with_items(&items, |setup| {
        small_blocks(setup);
        setup.set(
            "spill_put_request_headers",
            r#"{"x-amz-acl":"bucket-owner-full-control"}"#,
        );
    })
    .await;
    let rows = stack.rows(&table, Constraints::default()).await;
    assert_eq!(rows.len(), 30);
    let puts = stack.aws.s3.puts();
    assert!(puts.len() >= 3);
    for put in puts {
        // s3s checks the signature, so the header is signed too.
        assert_eq!(
            (put.status, put.headers["x-amz-acl"].as_str()),
            (200, "bucket-owner-full-control")
        );
    }
}

#[tokio::test]
async fn blocks_are_written_only_while_the_bucket_belongs_to_the_account_that_owned_it() {
    let items = items(30, 20_000);
    let (stack, table) = with_items(&items, small_blocks).await;
    let account = stack.emulator.function_arn();
    let account = account.split(':').nth(4).unwrap();
    let query = stack.query();
    let identity = FederatedIdentity::default;
    let mut split = splits(&stack, &query, &table, identity()).await.remove(0);
    remote_as(&stack, &query, &table, &split, identity()).await;
    let puts = stack.aws.s3.puts();
    assert!(puts.len() >= 3);
    for put in puts {
        assert_eq!(put.headers["x-amz-expected-bucket-owner"], account);
    }

    let owner = split.properties.get_mut("spillBucketOwner").unwrap();
    "nobody".clone_into(owner);
    let forged = records(&query, &table, &split, identity());
    let fault = stack.refusal(serde_json::to_vec(&forged).unwrap()).await;
    says(&clear(fault), &["`spillBucketOwner`", "account"]);

    // A bucket of the request's own is another's affair.
    let mut elsewhere = identity();
    let options = &mut elsewhere.config_options;
    options.insert("spill_bucket".to_owned(), "another-bucket".to_owned());
    for split in splits(&stack, &query, &table, elsewhere).await {
        assert!(!split.properties.contains_key("spillBucketOwner"));
    }
}

#[tokio::test]
async fn an_item_larger_than_a_block_is_named_by_its_key_and_its_largest_attribute() {
    let stack = Stack::with(small_blocks).await;
    let item = json!({
        "Customer": {"S": "secret"}, "day": {"N": "7"}, "note": {"S": "secret".repeat(50_000)},
    });
    NewTable::named("orders", &[key("Customer", "S"), key("day", "N")])
        .load(&stack.aws, &[item])
        .await;
    let (query, table) = (stack.query(), stack.table("orders").await);
    let splits = splits(&stack, &query, &table, FederatedIdentity::default()).await;
    let request = serde_json::to_vec(&records(
        &query,
        &table,
        &splits[0],
        FederatedIdentity::default(),
    ))
    .unwrap();
    let fault = clear(stack.refusal(request).await);
    says(
        &fault,
        &[
            "row 1 of this read of table `orders` (its key is `Customer`, `day`)",
            "a block at most 200000",
            "the largest column is `note` with 3000",
        ],
    );
    assert!(!fault.error_message.contains("secret"), "{fault:?}");
}

#[tokio::test]
async fn a_read_of_no_columns_is_an_empty_block_or_a_fault_that_names_a_column_to_ask_for() {
    for (count, name) in [(0, "empty"), (2, "items")] {
        let stack = Stack::start().await;
        NewTable::named(name, &[key("id", "S")])
            .load(&stack.aws, &items(count, 4))
            .await;
        let (query, table) = (stack.query(), stack.table(name).await);
        let splits = splits(&stack, &query, &table, FederatedIdentity::default()).await;
        let bare = Schema::empty().with_metadata(table.schema.metadata().clone());
        let bare = Table {
            schema: Arc::new(bare),
            ..table
        };
        let request = records(&query, &bare, &splits[0], FederatedIdentity::default());
        if count == 0 {
            let Response::ReadRecords(answer) = stack.ask(&request).await else {
                panic!("a spilled block of nothing")
            };
            assert_eq!(answer.records.batch().num_rows(), 0);
            continue;
        }
        let fault = clear(stack.refusal(serde_json::to_vec(&request).unwrap()).await);
        says(&fault, &["table `items`", "`count(id)`"]);
    }
}
