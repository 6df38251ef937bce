//! A whole service over a tiny connector and a store in memory.

#![expect(clippy::unwrap_used, reason = "a test may stop where it stands")]

use arrow::array::{AsArray, RecordBatch, StringArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use athena_federation::clock::{Clock, SystemClock};
use athena_federation::config::Config;
use athena_federation::dispatch::{Invocation, Service};
use athena_federation::query_status::{QueryState, QueryStates, StatusError};
use athena_federation::spill::{LocalKeys, SpillStore};
use athena_federation::{BatchStream, Call, Connector, Fault, SplitPage, TablePage, TableSchema};
use athena_protocol::block::{Block, frame, size};
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::{EncryptionKey, SpillLocation, open};
use athena_protocol::wire::{
    CapabilitySubType, FederatedIdentity, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest,
    ListSchemasRequest, ListTablesRequest, ReadRecordsRequest, Request, Response, SourceErrorCode,
    Split, TableName, UserDefinedFunctionRequest,
};
use aws_credential_types::Credentials;
use bytes::Bytes;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

/// Answers `rows` texts of `row_bytes` each, 100 a batch; its schemas make it panic.
struct Texts {
    rows: usize,
    row_bytes: usize,
}

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("text", DataType::Utf8, true)]))
}

#[async_trait]
impl Connector for Texts {
    fn source_type(&self) -> &'static str {
        "texts"
    }
    fn capabilities(&self) -> Vec<(String, Vec<CapabilitySubType>)> {
        Vec::new()
    }
    async fn list_schemas(&self, _call: &Call) -> Result<Vec<String>, Fault> {
        panic!("as asked");
    }
    async fn list_tables(
        &self,
        _call: &Call,
        _request: &ListTablesRequest,
    ) -> Result<TablePage, Fault> {
        Err(Fault::invalid_input("no tables here").with_hint("look elsewhere"))
    }
    async fn get_table(
        &self,
        _call: &Call,
        _request: &GetTableRequest,
    ) -> Result<TableSchema, Fault> {
        Ok(TableSchema {
            schema: schema(),
            partition_columns: Vec::new(),
        })
    }
    async fn get_table_layout(
        &self,
        _call: &Call,
        _request: &GetTableLayoutRequest,
    ) -> Result<Block, Fault> {
        Ok(Block::empty(schema()))
    }
    async fn get_splits(
        &self,
        _call: &Call,
        _request: &GetSplitsRequest,
    ) -> Result<SplitPage, Fault> {
        Ok(SplitPage {
            splits: vec![BTreeMap::new(); 3],
            continuation_token: None,
        })
    }
    async fn read_records(
        &self,
        _call: &Call,
        _request: &ReadRecordsRequest,
    ) -> Result<BatchStream, Fault> {
        let (rows, row_bytes) = (self.rows, self.row_bytes);
        let batches = (0..rows).step_by(100).map(move |first| {
            let texts = (first..rows.min(first + 100)).map(|row| text(row, row_bytes));
            let column = Arc::new(StringArray::from_iter_values(texts));
            Ok(RecordBatch::try_new(schema(), vec![column]).unwrap())
        });
        Ok(futures::stream::iter(batches).boxed())
    }
}

/// Answers whatever stream it is given, and a table with a column of this type.
struct Given {
    batches: Mutex<Option<BatchStream>>,
    column: DataType,
}

impl Given {
    fn stream(batches: BatchStream) -> Self {
        Self {
            batches: Mutex::new(Some(batches)),
            column: DataType::Utf8,
        }
    }
}

#[async_trait]
impl Connector for Given {
    fn source_type(&self) -> &'static str {
        "given"
    }
    fn capabilities(&self) -> Vec<(String, Vec<CapabilitySubType>)> {
        Vec::new()
    }
    async fn list_schemas(&self, _: &Call) -> Result<Vec<String>, Fault> {
        Ok(Vec::new())
    }
    async fn list_tables(&self, _: &Call, _: &ListTablesRequest) -> Result<TablePage, Fault> {
        std::future::pending().await
    }
    async fn get_table(&self, _: &Call, _: &GetTableRequest) -> Result<TableSchema, Fault> {
        let child = Field::new("size", self.column.clone(), true);
        let column = Field::new("shape", DataType::Struct(vec![child].into()), true);
        Ok(TableSchema {
            schema: Arc::new(Schema::new(vec![column])),
            partition_columns: Vec::new(),
        })
    }
    async fn get_table_layout(&self, _: &Call, _: &GetTableLayoutRequest) -> Result<Block, Fault> {
        Ok(Block::empty(schema()))
    }
    async fn get_splits(&self, _: &Call, _: &GetSplitsRequest) -> Result<SplitPage, Fault> {
        Ok(SplitPage::default())
    }
    async fn read_records(&self, _: &Call, _: &ReadRecordsRequest) -> Result<BatchStream, Fault> {
        Ok(self.batches.lock().unwrap().take().unwrap())
    }
}

fn batch(rows: std::ops::Range<usize>, row_bytes: usize) -> RecordBatch {
    let texts = rows.map(|row| text(row, row_bytes));
    let column = Arc::new(StringArray::from_iter_values(texts));
    RecordBatch::try_new(schema(), vec![column]).unwrap()
}

/// A clock that does not wait.
struct Hasty;

impl Clock for Hasty {
    fn now(&self) -> std::time::Instant {
        SystemClock.now()
    }
    fn since_epoch(&self) -> Duration {
        SystemClock.since_epoch()
    }
    fn sleep(&self, _: Duration) -> futures::future::BoxFuture<'static, ()> {
        Box::pin(tokio::task::yield_now())
    }
}

/// Answers one state, and tells how often it was asked.
struct States {
    answer: Result<QueryState, StatusError>,
    asked: tokio::sync::watch::Sender<usize>,
}

#[async_trait]
impl QueryStates for States {
    async fn state(
        &self,
        query_id: &str,
        _: Option<&Credentials>,
    ) -> Result<QueryState, StatusError> {
        assert_eq!(query_id, "q1");
        self.asked.send_modify(|asked| *asked += 1);
        self.answer.clone()
    }
}

fn states(answer: Result<QueryState, StatusError>) -> Arc<States> {
    Arc::new(States {
        answer,
        asked: tokio::sync::watch::Sender::new(0),
    })
}

fn text(row: usize, bytes: usize) -> String {
    format!("{row:0bytes$}")
}

/// Keeps objects, counts questions, refuses or stalls on demand.
#[derive(Default)]
struct MemoryStore {
    objects: Mutex<BTreeMap<String, Bytes>>,
    heads: AtomicUsize,
    missing_bucket: bool,
    refuse_from: Option<usize>,
    stall: bool,
}

#[async_trait]
impl SpillStore for MemoryStore {
    async fn put(
        &self,
        location: &SpillLocation,
        _: &BTreeMap<String, String>,
        object: Bytes,
    ) -> Result<(), Fault> {
        if self.stall {
            std::future::pending::<()>().await;
        }
        let mut objects = self.objects.lock().unwrap();
        if self.refuse_from.is_some_and(|from| objects.len() >= from) {
            return Err(Fault::new(
                SourceErrorCode::AccessDenied,
                "the store refuses",
            ));
        }
        objects.insert(format!("{}/{}", location.bucket, location.key), object);
        Ok(())
    }
    async fn head_bucket(&self, _bucket: &str, _owner: Option<&str>) -> Result<(), Option<u16>> {
        self.heads.fetch_add(1, Ordering::Relaxed);
        if self.missing_bucket {
            Err(Some(404))
        } else {
            Ok(())
        }
    }

    fn signed_by(self: Arc<Self>, _: &Credentials) -> Arc<dyn SpillStore> {
        self
    }
}

fn service(connector: impl Connector, store: &Arc<MemoryStore>, vars: &[(&str, &str)]) -> Service {
    let mut all = BTreeMap::from([
        ("AWS_REGION", "us-east-1"),
        ("spill_bucket", "spill"),
        ("spill_prefix", "pre"),
    ]);
    all.extend(vars.iter().copied());
    let config = Config::from_vars(&|name| all.get(name).map(|text| (*text).to_owned())).unwrap();
    Service::new(
        Arc::new(connector),
        config,
        store.clone(),
        Arc::new(LocalKeys::default()),
        Arc::new(Hasty),
    )
}

async fn call(service: &Service, request: Request) -> Result<Response, Fault> {
    call_within(service, request, Duration::from_mins(1)).await
}

async fn call_within(
    service: &Service,
    request: Request,
    time: Duration,
) -> Result<Response, Fault> {
    let deadline = SystemClock.since_epoch() + time;
    let document = serde_json::to_vec(&request).unwrap();
    service
        .call(
            &document,
            Invocation {
                deadline,
                ..Invocation::default()
            },
        )
        .await
}

fn read(max_block_size: u64, max_inline_block_size: u64) -> Request {
    Request::ReadRecords(ReadRecordsRequest {
        identity: Some(FederatedIdentity::default()),
        query_id: "q1".into(),
        catalog_name: "c".into(),
        table_name: TableName::new("s", "t"),
        schema: schema(),
        split: Split {
            spill_location: Some(SpillLocation::for_split("spill", "pre", "q1", "s1")),
            encryption_key: Some(EncryptionKey::new(vec![7; 32], vec![9; 12])),
            properties: BTreeMap::new(),
        },
        constraints: Constraints::default(),
        max_block_size,
        max_inline_block_size,
    })
}

fn splits(identity: FederatedIdentity) -> Request {
    Request::GetSplits(GetSplitsRequest {
        identity: Some(identity),
        query_id: "q1".into(),
        catalog_name: "c".into(),
        table_name: TableName::new("s", "t"),
        partitions: Block::empty(schema()),
        partition_columns: Vec::new(),
        constraints: Constraints::default(),
        continuation_token: None,
    })
}

#[tokio::test]
async fn few_rows_are_answered_inline() {
    let store = Arc::default();
    let service = service(
        Texts {
            rows: 250,
            row_bytes: 20,
        },
        &store,
        &[],
    );
    let Response::ReadRecords(response) =
        call(&service, read(16_000_000, 5_242_880)).await.unwrap()
    else {
        panic!("inline expected")
    };
    assert_eq!(response.records.batch().num_rows(), 250);
    assert!(store.objects.lock().unwrap().is_empty());
}

#[tokio::test]
async fn no_rows_are_answered_inline_even_if_nothing_may_be() {
    let service = service(
        Texts {
            rows: 0,
            row_bytes: 1,
        },
        &Arc::default(),
        &[],
    );
    let Response::ReadRecords(response) = call(&service, read(16_000_000, 0)).await.unwrap() else {
        panic!("inline expected")
    };
    assert_eq!(response.records.batch().num_rows(), 0);
}

#[tokio::test]
async fn spilled_blocks_hold_all_rows_in_order_each_below_the_limit() {
    let store: Arc<MemoryStore> = Arc::default();
    let service = service(
        Texts {
            rows: 2_345,
            row_bytes: 50,
        },
        &store,
        &[],
    );
    let Response::RemoteReadRecords(response) =
        call(&service, read(10_000, 5_242_880)).await.unwrap()
    else {
        panic!("remote expected")
    };
    let key = response.encryption_key.unwrap();
    let mut rows = 0;
    for (number, location) in response.remote_blocks.iter().enumerate() {
        assert_eq!(location.key, format!("pre/q1/s1.{number}"));
        assert!(!location.directory);
        let sealed = store.objects.lock().unwrap()[&format!("spill/{}", location.key)].to_vec();
        let block = frame::decode_batch(&response.schema, &open(&key, sealed).unwrap()).unwrap();
        assert!(size::batch_bytes(&block) <= 10_000);
        for at in 0..block.num_rows() {
            assert_eq!(block.column(0).as_string::<i32>().value(at), text(rows, 50));
            rows += 1;
        }
    }
    assert_eq!(rows, 2_345);
    assert_eq!(
        store.objects.lock().unwrap().len(),
        response.remote_blocks.len()
    );
}

#[tokio::test]
async fn a_failing_upload_ends_the_call_with_its_fault() {
    let store = Arc::new(MemoryStore {
        refuse_from: Some(2),
        ..MemoryStore::default()
    });
    let service = service(
        Texts {
            rows: 2_000,
            row_bytes: 50,
        },
        &store,
        &[],
    );
    let fault = call(&service, read(10_000, 5_242_880)).await.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::AccessDenied);
    let objects = store.objects.lock().unwrap();
    let (blocks, bytes) = (
        objects.len(),
        objects.values().map(Bytes::len).sum::<usize>(),
    );
    assert_eq!(blocks, 2);
    let (first, last) = (
        format!("the store refuses; of the unfinished answer, 2 blocks ({bytes} bytes)"),
        "remain in bucket `spill` under `pre/q1/s1.`",
    );
    assert!(
        fault.message.starts_with(&first) && fault.message.ends_with(last),
        "{fault}"
    );
}

#[tokio::test]
async fn a_call_ends_itself_before_lambda_would() {
    let store = Arc::new(MemoryStore {
        stall: true,
        ..MemoryStore::default()
    });
    let service = service(
        Texts {
            rows: 2_000,
            row_bytes: 50,
        },
        &store,
        &[],
    );
    // The default margin is longer than this function's time; half of that is kept for work.
    let time = Duration::from_millis(600);
    let began = SystemClock.since_epoch();
    let fault = call_within(&service, read(10_000, 5_242_880), time)
        .await
        .unwrap_err();
    let took = SystemClock.since_epoch().saturating_sub(began);
    assert_eq!(fault.code, SourceErrorCode::OperationTimeout);
    for words in [
        "timeout",
        "`deadline_margin_ms`",
        "0 spilled blocks",
        // Those that the queue took, and which may or may not be there.
        "0 blocks (0 bytes) and up to 4 more remain in bucket `spill` under `pre/q1/s1.`",
    ] {
        assert!(fault.to_string().contains(words), "{words} in {fault}");
    }
    assert!(took >= time / 2, "it stopped working after {took:?}");
}

#[tokio::test]
async fn a_panic_is_a_fault_and_the_next_call_works() {
    let service = service(
        Texts {
            rows: 1,
            row_bytes: 1,
        },
        &Arc::default(),
        &[],
    );
    let schemas = Request::ListSchemas(ListSchemasRequest {
        identity: None,
        query_id: "q".into(),
        catalog_name: "c".into(),
    });
    let fault = call(&service, schemas).await.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::InternalService);
    assert!(
        !fault.to_string().contains("as asked"),
        "the panic's text may hold a value"
    );
    assert!(call(&service, read(16_000_000, 5_242_880)).await.is_ok());
}

#[tokio::test]
async fn each_split_has_a_place_and_a_key_of_its_own_and_the_bucket_is_asked_once() {
    let store: Arc<MemoryStore> = Arc::default();
    let service = service(
        Texts {
            rows: 1,
            row_bytes: 1,
        },
        &store,
        &[],
    );
    for _ in 0..3 {
        let Response::GetSplits(response) = call(&service, splits(FederatedIdentity::default()))
            .await
            .unwrap()
        else {
            panic!("splits expected")
        };
        let places: std::collections::BTreeSet<_> = response
            .splits
            .iter()
            .map(|split| split.spill_location.as_ref().unwrap().key.clone())
            .collect();
        assert_eq!(places.len(), 3);
        assert!(places.iter().all(|place| place.starts_with("pre/q1/")));
        assert_ne!(
            response.splits[0].encryption_key,
            response.splits[1].encryption_key
        );
    }
    assert_eq!(store.heads.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn a_missing_bucket_is_refused_each_time_it_is_asked_for() {
    let store = Arc::new(MemoryStore {
        missing_bucket: true,
        ..MemoryStore::default()
    });
    let service = service(
        Texts {
            rows: 1,
            row_bytes: 1,
        },
        &store,
        &[],
    );
    for _ in 0..2 {
        let fault = call(&service, splits(FederatedIdentity::default()))
            .await
            .unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::InvalidInput);
        assert!(fault.message.contains("`spill`"), "{fault}");
    }
    assert_eq!(store.heads.load(Ordering::Relaxed), 2);
}

#[tokio::test]
async fn the_place_in_the_request_wins_over_the_environment() {
    let service = service(
        Texts {
            rows: 1,
            row_bytes: 1,
        },
        &Arc::default(),
        &[],
    );
    let mut identity = FederatedIdentity::default();
    identity
        .config_options
        .insert("spill_bucket".into(), "theirs".into());
    identity
        .config_options
        .insert("spill_prefix".into(), "their/q1".into());
    let Response::GetSplits(response) = call(&service, splits(identity)).await.unwrap() else {
        panic!("splits expected")
    };
    let place = response.splits[0].spill_location.as_ref().unwrap();
    assert_eq!(place.bucket, "theirs");
    assert_eq!(
        place.key.matches("q1").count(),
        1,
        "a prefix with the query id gets no second one: {}",
        place.key
    );
}

#[tokio::test]
async fn a_blank_place_in_the_request_counts_as_none() {
    let service = service(
        Texts {
            rows: 1,
            row_bytes: 1,
        },
        &Arc::default(),
        &[],
    );
    let mut identity = FederatedIdentity::default();
    for name in ["spill_bucket", "spill_prefix"] {
        identity.config_options.insert(name.into(), " \t".into());
    }
    let Response::GetSplits(response) = call(&service, splits(identity)).await.unwrap() else {
        panic!("splits expected")
    };
    let place = response.splits[0].spill_location.as_ref().unwrap();
    assert_eq!(place.bucket, "spill");
    assert!(place.key.starts_with("pre/q1/"), "{}", place.key);
}

#[tokio::test]
async fn a_function_is_refused_in_the_words_of_the_java_sdk() {
    let service = service(
        Texts {
            rows: 1,
            row_bytes: 10,
        },
        &Arc::default(),
        &[],
    );
    let request = Request::UserDefinedFunction(UserDefinedFunctionRequest {
        identity: None,
        input_records: Block::empty(schema()),
        output_schema: schema(),
        method_name: "len".into(),
        function_type: "SCALAR".into(),
    });
    let fault = call(&service, request).await.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::InvalidInput);
    assert_eq!(
        fault.message,
        "Unknown request class class com.amazonaws.athena.connector.lambda.udf.UserDefinedFunctionRequest"
    );
}

#[tokio::test]
async fn credentials_of_the_request_are_refused_rather_than_ignored() {
    let service = service(
        Texts {
            rows: 1,
            row_bytes: 1,
        },
        &Arc::default(),
        &[],
    );
    let mut identity = FederatedIdentity::default();
    identity
        .config_options
        .insert("fas_token".into(), "canary".into());
    identity
        .config_options
        .insert("service_kms_key_id".into(), "key".into());
    let fault = call(&service, splits(identity)).await.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::OperationNotSupported);
    assert!(!fault.to_string().contains("canary"));
}

/// Sends when it is dropped.
struct Dropped(Option<tokio::sync::oneshot::Sender<()>>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.take().unwrap().send(()).unwrap();
    }
}

#[tokio::test]
async fn a_read_whose_query_has_ended_is_an_error_and_reads_no_further() {
    for state in [
        QueryState::Cancelled,
        QueryState::Failed,
        QueryState::Succeeded,
    ] {
        let (sender, dropped) = tokio::sync::oneshot::channel();
        let guard = Dropped(Some(sender));
        let rows = futures::stream::iter([Ok(batch(0..300, 50))]);
        let then_nothing = futures::stream::once(async move {
            let _guard = guard;
            std::future::pending().await
        });
        let store: Arc<MemoryStore> = Arc::default();
        let states = states(Ok(state));
        let service = service(Given::stream(rows.chain(then_nothing).boxed()), &store, &[])
            .with_query_states(states.clone());
        let fault = call(&service, read(10_000, 5_242_880)).await.unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::PartialFailure);
        assert!(fault.message.contains(state.as_str()), "{fault}");
        assert!(
            fault.message.contains("remain in bucket `spill`"),
            "the first rows were spilled: {fault}"
        );
        dropped.await.expect("the stream is dropped");
        assert_eq!(*states.asked.borrow(), 1);
    }
}

#[tokio::test]
async fn a_read_whose_query_may_be_running_goes_on() {
    for (answer, questions) in [
        (Ok(QueryState::Running), 3),
        (Err(StatusError::UnknownQuery), 1),
        (Err(StatusError::Denied), 1),
        (Err(StatusError::Throttled), 3),
        (Err(StatusError::Other("down".to_owned())), 3),
    ] {
        let states = states(answer.clone());
        let mut asked = states.asked.subscribe();
        // The rows come when the last of the questions was asked.
        let rows = futures::stream::once(async move {
            asked.wait_for(|asked| *asked == questions).await.unwrap();
            Ok(batch(0..5, 10))
        });
        let service = service(Given::stream(rows.boxed()), &Arc::default(), &[])
            .with_query_states(states.clone());
        let response = call(&service, read(16_000_000, 5_242_880)).await;
        let Ok(Response::ReadRecords(response)) = response else {
            panic!("{answer:?}: rows expected, got {response:?}")
        };
        assert_eq!(response.records.batch().num_rows(), 5);
        if questions == 1 {
            assert_eq!(*states.asked.borrow(), 1, "{answer:?}");
        }
    }
}

#[tokio::test]
async fn a_failed_upload_ends_a_call_whose_source_is_silent() {
    let store = Arc::new(MemoryStore {
        refuse_from: Some(0),
        ..MemoryStore::default()
    });
    let rows = futures::stream::iter([Ok(batch(0..300, 50))]);
    let service = service(
        Given::stream(rows.chain(futures::stream::pending()).boxed()),
        &store,
        &[],
    );
    let fault = call(&service, read(10_000, 5_242_880)).await.unwrap_err();
    assert!(fault.message.starts_with("the store refuses"), "{fault}");
}

#[tokio::test]
async fn a_source_without_an_answer_ends_with_the_time() {
    let time = Duration::from_millis(200);
    for request in [
        read(16_000_000, 5_242_880),
        Request::ListTables(ListTablesRequest {
            identity: None,
            query_id: "q".into(),
            catalog_name: "c".into(),
            schema_name: "s".into(),
            next_token: None,
            page_size: -1,
        }),
    ] {
        let service = service(
            Given::stream(futures::stream::pending().boxed()),
            &Arc::default(),
            &[],
        );
        let fault = call_within(&service, request, time).await.unwrap_err();
        assert_eq!(fault.code, SourceErrorCode::OperationTimeout);
        assert!(
            !fault.message.contains("remain"),
            "nothing was spilled: {fault}"
        );
    }
}

#[tokio::test]
async fn the_smaller_of_the_two_block_limits_counts() {
    for (setting, request, limit) in [("10000", 16_000_000, 10_000), ("16000000", 10_000, 10_000)] {
        let store: Arc<MemoryStore> = Arc::default();
        let texts = Texts {
            rows: 1_000,
            row_bytes: 50,
        };
        let service = service(texts, &store, &[("MAX_BLOCK_SIZE_BYTES", setting)]);
        let Response::RemoteReadRecords(response) =
            call(&service, read(request, 5_242_880)).await.unwrap()
        else {
            panic!("remote expected")
        };
        assert_eq!(response.remote_blocks.len(), 6);
        let key = response.encryption_key.unwrap();
        for sealed in store.objects.lock().unwrap().values() {
            let clear = open(&key, sealed.to_vec()).unwrap();
            let block = frame::decode_batch(&response.schema, &clear).unwrap();
            assert!(block.num_rows() > 0 && size::batch_bytes(&block) <= limit);
        }
    }
}

#[tokio::test]
async fn a_table_with_a_type_that_the_engine_cannot_read_is_refused() {
    let request = || {
        Request::GetTable(GetTableRequest {
            identity: None,
            query_id: "q".into(),
            catalog_name: "c".into(),
            table_name: TableName::new("s", "t"),
            query_passthrough_arguments: BTreeMap::new(),
        })
    };
    let with = |column| {
        let given = Given {
            column,
            ..Given::stream(futures::stream::empty().boxed())
        };
        service(given, &Arc::default(), &[])
    };
    assert!(call(&with(DataType::Int64), request()).await.is_ok());
    let fault = call(&with(DataType::UInt64), request()).await.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::OperationNotSupported);
    for words in ["`s.t`", "`shape.size`", "UInt64"] {
        assert!(fault.message.contains(words), "{fault}");
    }
}

#[tokio::test]
async fn a_bucket_that_the_request_names_is_not_checked() {
    let store = Arc::new(MemoryStore {
        missing_bucket: true,
        ..MemoryStore::default()
    });
    let texts = Texts {
        rows: 1,
        row_bytes: 1,
    };
    let service = service(texts, &store, &[]);
    let mut identity = FederatedIdentity::default();
    let options = &mut identity.config_options;
    options.insert("spill_bucket".into(), "theirs".into());
    assert!(call(&service, splits(identity)).await.is_ok());
    assert_eq!(store.heads.load(Ordering::Relaxed), 0);
}
