//! The walk against a connector that answers from a script.

use crate::invoke::{InvokeError, Invoked, Invoker};
use crate::store::{SpillStore, StoreError};
use crate::{Connector, Error, Limits, Table};
use arrow::array::{Int32Array, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use athena_protocol::block::{Block, Framing, frame};
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::{EncryptionKey, SealError, SpillLocation, seal};
use athena_protocol::wire::{
    FaultDocument, GetSplitsResponse, GetTableLayoutResponse, ListTablesResponse, PingResponse,
    ReadRecordsResponse, RemoteReadRecordsResponse, Request, Response, Split, TableName, Version,
};
use bytes::Bytes;
use futures::TryStreamExt;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

/// Answers in the order of its script and keeps what it was asked.
#[derive(Default)]
struct Script {
    answers: Mutex<VecDeque<Result<Response, FaultDocument>>>,
    asked: Mutex<Vec<Request>>,
}

#[async_trait]
impl Invoker for Script {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        self.asked
            .lock()
            .unwrap()
            .push(Request::from_json(&payload).unwrap());
        let answer = self
            .answers
            .lock()
            .unwrap()
            .pop_front()
            .expect("the script is long enough");
        let log_tail = Some(LOG.to_owned());
        match answer {
            Ok(response) => Ok(Invoked {
                payload: response.to_json().unwrap().into(),
                log_tail,
            }),
            Err(fault) => Err(InvokeError::Function { fault, log_tail }),
        }
    }
}

/// Objects in memory.
struct Objects(HashMap<String, Vec<u8>>);

#[async_trait]
impl SpillStore for Objects {
    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        assert_eq!(bucket, "spill");
        self.0
            .get(key)
            .cloned()
            .map(Bytes::from)
            .ok_or(StoreError::NotFound)
    }
}

const LOG: &str =
    "START\n{\"message\":\"request done\",\"pages\":2,\"items\":9,\"bytes\":900}\nEND\n";

fn script(answers: impl IntoIterator<Item = Response>) -> Arc<Script> {
    Arc::new(Script {
        answers: Mutex::new(answers.into_iter().map(Ok).collect()),
        asked: Mutex::default(),
    })
}

fn connector(script: &Arc<Script>, objects: HashMap<String, Vec<u8>>) -> Connector {
    Connector::new(
        script.clone(),
        Arc::new(Objects(objects)),
        "ddb",
        Limits::default(),
    )
}

fn name() -> TableName {
    TableName::new("default", "orders")
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("n", DataType::Int32, true),
    ]))
}

fn rows(from: i32, count: i32) -> RecordBatch {
    let ids: StringArray = (from..from + count)
        .map(|n| Some(format!("id {n}")))
        .collect();
    let numbers: Int32Array = (from..from + count).map(Some).collect();
    RecordBatch::try_new(schema(), vec![Arc::new(ids), Arc::new(numbers)]).unwrap()
}

fn table() -> Table {
    Table {
        name: name(),
        schema: schema(),
        partition_columns: Vec::new(),
    }
}

fn layout(partitions: i32) -> Response {
    let field = Field::new("partitionId", DataType::Int32, true);
    let words = HashMap::from([("words".to_owned(), "of the connector".to_owned())]);
    let schema = Schema::new_with_metadata(vec![field], words);
    let ids: Int32Array = (0..partitions).map(Some).collect();
    let batch = RecordBatch::try_new(Arc::new(schema), vec![Arc::new(ids)]).unwrap();
    let partitions = Block::new(batch);
    Response::GetTableLayout(GetTableLayoutResponse {
        catalog_name: "ddb".into(),
        table_name: name(),
        partitions,
    })
}

fn split(number: u8) -> Split {
    Split {
        spill_location: Some(SpillLocation::for_split(
            "spill",
            "prefix",
            "query",
            &number.to_string(),
        )),
        encryption_key: Some(EncryptionKey::new(vec![number; 32], vec![number; 12])),
        properties: BTreeMap::new(),
    }
}

fn splits(numbers: impl IntoIterator<Item = u8>, token: Option<&str>) -> Response {
    Response::GetSplits(GetSplitsResponse {
        catalog_name: "ddb".into(),
        splits: numbers.into_iter().map(split).collect(),
        continuation_token: token.map(str::to_owned),
    })
}

fn inline(batch: RecordBatch) -> Response {
    Response::ReadRecords(ReadRecordsResponse {
        catalog_name: "ddb".into(),
        records: Block::new(batch),
    })
}

/// A remote answer with its sealed objects.
fn remote(batches: &[RecordBatch], split: &Split) -> (Response, HashMap<String, Vec<u8>>) {
    let place = split.spill_location.as_ref().unwrap();
    let mut objects = HashMap::new();
    let mut remote_blocks = Vec::new();
    for (number, batch) in batches.iter().enumerate() {
        let location = place.object(number as u64);
        let mut object = frame::encode_batch(batch, Framing::Legacy).unwrap();
        seal(split.encryption_key.as_ref().unwrap(), &mut object).unwrap();
        objects.insert(location.key.clone(), object);
        remote_blocks.push(location);
    }
    let response = RemoteReadRecordsResponse {
        catalog_name: "ddb".into(),
        schema: schema(),
        remote_blocks,
        encryption_key: split.encryption_key.clone(),
    };
    (Response::RemoteReadRecords(response), objects)
}

async fn read_all(connector: &Connector) -> (Result<Vec<RecordBatch>, Error>, crate::Figures) {
    let query = connector.query();
    let plan = query.plan(&table(), Constraints::default()).await.unwrap();
    let mut batches = Vec::new();
    for split in plan.splits() {
        match query
            .read(&plan, split, schema())
            .try_collect::<Vec<_>>()
            .await
        {
            Ok(read) => batches.extend(read),
            Err(error) => return (Err(error), query.stats().figures()),
        }
    }
    (Ok(batches), query.stats().figures())
}

#[tokio::test]
async fn a_plan_keeps_the_connectors_words_even_if_nothing_qualifies() {
    let script = script([layout(0)]);
    let query = connector(&script, HashMap::new()).query();
    let plan = query.plan(&table(), Constraints::default()).await.unwrap();
    assert!(plan.splits().is_empty());
    assert_eq!(plan.metadata()["words"], "of the connector");
}

#[tokio::test]
async fn splits_of_all_pages_are_read_with_the_requests_of_one_query() {
    let script = script([
        layout(1),
        splits([1, 2], Some("1")),
        splits([3], None),
        inline(rows(0, 2)),
        inline(rows(2, 0)),
        inline(rows(2, 3)),
    ]);
    let (batches, figures) = read_all(&connector(&script, HashMap::new())).await;
    assert_eq!(batches.unwrap(), [rows(0, 2), rows(2, 0), rows(2, 3)]);
    assert_eq!(
        (
            figures.splits,
            figures.rows,
            figures.inline_blocks,
            figures.spilled_blocks
        ),
        (3, 5, 3, 0)
    );
    assert_eq!(
        (
            figures.source.pages,
            figures.source.items,
            figures.source.bytes
        ),
        (6, 27, 2700)
    );
    assert_eq!(figures.calls["ReadRecordsRequest"], 3);
    assert_eq!(figures.calls["GetSplitsRequest"], 2);

    let asked = script.asked.lock().unwrap();
    assert!(
        asked
            .iter()
            .all(|request| request.query_id() == asked[0].query_id())
    );
    let tokens: Vec<_> = asked
        .iter()
        .filter_map(|request| {
            if let Request::GetSplits(request) = request {
                Some(&request.continuation_token)
            } else {
                None
            }
        })
        .collect();
    assert_eq!(tokens, [&None, &Some("1".to_owned())]);
    let Request::ReadRecords(last) = asked.last().unwrap() else {
        panic!("{:?}", asked.last())
    };
    assert_eq!(last.split, split(3));
    assert_eq!(
        (last.max_block_size, last.max_inline_block_size),
        (16_000_000, 5_242_880)
    );
}

#[tokio::test]
async fn a_layout_without_partitions_ends_the_walk() {
    let script = script([layout(0)]);
    let (batches, figures) = read_all(&connector(&script, HashMap::new())).await;
    assert_eq!(batches.unwrap(), []);
    assert_eq!(figures.splits, 0);
    assert_eq!(
        script.asked.lock().unwrap().len(),
        1,
        "neither splits nor records were asked for"
    );
}

#[tokio::test]
async fn equal_splits_are_read_once() {
    let script = script([layout(1), splits([1, 1], None), inline(rows(0, 1))]);
    let (batches, figures) = read_all(&connector(&script, HashMap::new())).await;
    assert_eq!(batches.unwrap(), [rows(0, 1)]);
    assert_eq!(figures.splits, 1);
}

#[tokio::test]
async fn spilled_blocks_are_fetched_opened_and_given_in_order() {
    let batches: Vec<_> = (0..5).map(|block| rows(block * 10, 10)).collect();
    let (response, objects) = remote(&batches, &split(1));
    let stored: u64 = objects.values().map(|object| object.len() as u64).sum();
    let script = script([layout(1), splits([1], None), response]);
    let (read, figures) = read_all(&connector(&script, objects)).await;
    assert_eq!(read.unwrap(), batches);
    assert_eq!((figures.rows, figures.inline_blocks), (50, 0));
    assert_eq!(
        (
            figures.spilled_blocks,
            figures.encrypted_blocks,
            figures.spilled_bytes
        ),
        (5, 5, stored)
    );
}

#[tokio::test]
async fn a_block_that_was_sealed_with_another_key_is_an_error() {
    let (response, _) = remote(&[rows(0, 3)], &split(1));
    let (_, other) = remote(&[rows(0, 3)], &split(2));
    let objects = other
        .into_values()
        .map(|object| ("prefix/query/1.0".to_owned(), object))
        .collect();
    let script = script([layout(1), splits([1], None), response]);
    let (read, _) = read_all(&connector(&script, objects)).await;
    let error = read.unwrap_err();
    assert!(
        matches!(&error, Error::Seal { key, source: SealError::Forged } if key == "prefix/query/1.0"),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_missing_block_is_an_error_and_never_fewer_rows() {
    let (response, mut objects) = remote(&[rows(0, 3), rows(3, 3)], &split(1));
    objects.remove("prefix/query/1.1").unwrap();
    let script = script([layout(1), splits([1], None), response]);
    let (read, _) = read_all(&connector(&script, objects)).await;
    let error = read.unwrap_err();
    assert!(
        matches!(
            &error,
            Error::Fetch {
                source: StoreError::NotFound,
                ..
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn columns_that_were_not_asked_for_are_refused() {
    let other = Schema::new(vec![
        Field::new("id", DataType::Utf8, true),
        Field::new("n", DataType::Int64, true),
    ]);
    let script = script([
        layout(1),
        splits([1], None),
        inline(RecordBatch::new_empty(Arc::new(other))),
    ]);
    let (read, _) = read_all(&connector(&script, HashMap::new())).await;
    let error = read.unwrap_err();
    assert!(
        matches!(&error, Error::Column { name, got: DataType::Int64, .. } if name == "n"),
        "{error:?}"
    );
}

#[tokio::test]
async fn tables_of_all_pages_are_listed_and_a_token_that_repeats_is_an_error() {
    let page = |table: &str, token: Option<&str>| {
        Response::ListTables(ListTablesResponse {
            tables: vec![TableName::new("default", table)],
            catalog_name: "ddb".into(),
            next_token: token.map(str::to_owned),
        })
    };
    let names = script([page("a", Some("a")), page("b", None)]);
    let listed = connector(&names, HashMap::new())
        .query()
        .list_tables("default")
        .await
        .unwrap();
    assert_eq!(
        listed
            .iter()
            .map(|name| name.table_name.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );

    let endless = script([page("a", Some("a")), page("b", Some("a"))]);
    let error = connector(&endless, HashMap::new())
        .query()
        .list_tables("default")
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::TokenRepeats {
                operation: "ListTables"
            }
        ),
        "{error:?}"
    );
}

#[tokio::test]
async fn a_fault_and_a_wrong_kind_of_answer_are_told_apart() {
    let fault = FaultDocument {
        error_message: "no bucket".into(),
        error_type: "x".into(),
        ..FaultDocument::default()
    };
    let failing = Arc::new(Script {
        answers: Mutex::new([Err(fault)].into()),
        asked: Mutex::default(),
    });
    let error = connector(&failing, HashMap::new())
        .query()
        .ping()
        .await
        .unwrap_err();
    let Error::Invoke {
        operation: "Ping",
        source: InvokeError::Function { fault, .. },
    } = &error
    else {
        panic!("{error:?}")
    };
    assert_eq!(fault.error_message, "no bucket");

    let pong = PingResponse {
        catalog_name: "ddb".into(),
        query_id: "q".into(),
        source_type: "ddb".into(),
        capabilities: 24,
        ser_de_version: 6,
    };
    let confused = script([Response::Ping(pong)]);
    let error = connector(&confused, HashMap::new())
        .query()
        .list_schemas()
        .await
        .unwrap_err();
    assert!(
        matches!(
            error,
            Error::UnexpectedResponse {
                operation: "ListSchemas",
                got: "PingResponse"
            }
        ),
        "{error:?}"
    );
}

fn pong(ser_de_version: u32) -> Response {
    Response::Ping(PingResponse {
        catalog_name: "ddb".to_owned(),
        query_id: "q".to_owned(),
        source_type: "ddb".to_owned(),
        capabilities: 24,
        ser_de_version,
    })
}

#[tokio::test]
async fn requests_are_written_in_the_version_that_the_ping_answered() {
    for (answered, written) in [
        (1, Version::V2),
        (2, Version::V2),
        (4, Version::V4),
        (6, Version::V6),
        (9, Version::V6),
    ] {
        let script = script([pong(answered)]);
        let connector = connector(&script, HashMap::new());
        assert_eq!(connector.version(), Version::HIGHEST);
        connector.query().ping().await.unwrap();
        assert_eq!(connector.version(), written);
    }
    let script = script([pong(3), layout(0), pong(6)]);
    let connector = connector(&script, HashMap::new());
    let query = connector.query();
    query.ping().await.unwrap();
    query.plan(&table(), Constraints::default()).await.unwrap();
    // What the version has no place for is not sent, and not left out in silence.
    let limited = Constraints {
        limit: 5,
        ..Constraints::default()
    };
    let error = query.plan(&table(), limited).await.unwrap_err();
    assert!(matches!(error, Error::Request { .. }), "{error:?}");
    assert_eq!(script.asked.lock().unwrap().len(), 2);
    // One function has one version.
    query.ping().await.unwrap();
    assert_eq!(connector.version(), Version::V3);
}
