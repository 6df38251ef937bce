//! The service around any connector, in this process: panics, and how often the bucket is asked for.

use crate::stack::{CATALOG, clear, says, table_name};
use arrow::array::{Int32Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema};
use async_trait::async_trait;
use athena_federation::clock::SystemClock;
use athena_federation::config::Config;
use athena_federation::dispatch::{Invocation, Service};
use athena_federation::spill::{LocalKeys, SpillStore};
use athena_federation::{BatchStream, Call, Connector, Fault, SplitPage, TablePage, TableSchema};
use athena_protocol::block::Block;
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::SpillLocation;
use athena_protocol::wire::{
    CapabilitySubType, FederatedIdentity, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest,
    ListTablesRequest, ReadRecordsRequest, Request, Response, Split,
};
use aws_sdk_s3::config::Credentials;
use bytes::Bytes;
use futures::StreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// A connector that fails on the table `panics`, at once or while its rows are read.
struct Fragile;

fn batch() -> RecordBatch {
    let field = Field::new("n", DataType::Int32, true);
    RecordBatch::try_new(
        Arc::new(Schema::new(vec![field])),
        vec![Arc::new(Int32Array::from(vec![7]))],
    )
    .unwrap()
}

#[async_trait]
impl Connector for Fragile {
    fn source_type(&self) -> &'static str {
        "fragile"
    }

    fn capabilities(&self) -> Vec<(String, Vec<CapabilitySubType>)> {
        Vec::new()
    }

    async fn list_schemas(&self, _: &Call) -> Result<Vec<String>, Fault> {
        Ok(vec!["default".to_owned()])
    }

    async fn list_tables(&self, _: &Call, _: &ListTablesRequest) -> Result<TablePage, Fault> {
        Ok(TablePage::default())
    }

    async fn get_table(&self, _: &Call, request: &GetTableRequest) -> Result<TableSchema, Fault> {
        assert_ne!(request.table_name.table_name, "panics", "a secret value");
        Ok(TableSchema {
            schema: batch().schema(),
            partition_columns: Vec::new(),
        })
    }

    async fn get_table_layout(&self, _: &Call, _: &GetTableLayoutRequest) -> Result<Block, Fault> {
        Ok(Block::new(batch()))
    }

    async fn get_splits(&self, _: &Call, _: &GetSplitsRequest) -> Result<SplitPage, Fault> {
        Ok(SplitPage {
            splits: vec![BTreeMap::new(); 3],
            continuation_token: None,
        })
    }

    async fn read_records(
        &self,
        _: &Call,
        request: &ReadRecordsRequest,
    ) -> Result<BatchStream, Fault> {
        let panics = request.table_name.table_name == "panics";
        let rows = futures::stream::iter([0, 1]).map(move |number| {
            assert!(!(panics && number == 1), "a secret value");
            Ok(batch())
        });
        Ok(rows.boxed())
    }
}

/// A bucket that counts how often it is asked for.
#[derive(Default)]
struct Counted(AtomicUsize);

#[async_trait]
impl SpillStore for Counted {
    async fn put(
        &self,
        _: &SpillLocation,
        _: &BTreeMap<String, String>,
        _: Bytes,
    ) -> Result<(), Fault> {
        Ok(())
    }

    async fn head_bucket(&self, bucket: &str, _: Option<&str>) -> Result<(), Option<u16>> {
        self.0.fetch_add(1, Ordering::Relaxed);
        match bucket {
            "forbidden" => Err(Some(403)),
            "unreachable" => Err(None),
            _ => Ok(()),
        }
    }

    fn signed_by(self: Arc<Self>, _: &Credentials) -> Arc<dyn SpillStore> {
        self
    }
}

fn service() -> (Service, Arc<Counted>) {
    service_with_bucket("bucket")
}

fn service_with_bucket(bucket: &str) -> (Service, Arc<Counted>) {
    let vars = BTreeMap::from([("AWS_REGION", "us-east-1"), ("spill_bucket", bucket)]);
    let config = Config::from_vars(&|name| vars.get(name).map(|text| (*text).to_owned())).unwrap();
    let store = Arc::new(Counted::default());
    let keys = Arc::new(LocalKeys::default());
    (
        Service::new(
            Arc::new(Fragile),
            config,
            store.clone(),
            keys,
            Arc::new(SystemClock),
        ),
        store,
    )
}

async fn call(service: &Service, request: &Request) -> Result<Response, Fault> {
    let invocation = Invocation {
        deadline: Duration::MAX,
        ..Invocation::default()
    };
    service
        .call(&serde_json::to_vec(request).unwrap(), invocation)
        .await
}

fn get_table(table: &str) -> Request {
    Request::GetTable(GetTableRequest {
        identity: None,
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table_name(table),
        query_passthrough_arguments: BTreeMap::new(),
    })
}

fn get_splits(bucket: Option<&str>) -> Request {
    let options = bucket.map(|bucket| ("spill_bucket".to_owned(), bucket.to_owned()));
    Request::GetSplits(GetSplitsRequest {
        identity: Some(FederatedIdentity {
            config_options: options.into_iter().collect(),
            ..FederatedIdentity::default()
        }),
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table_name("fine"),
        partitions: Block::new(batch()),
        partition_columns: Vec::new(),
        constraints: Constraints::default(),
        continuation_token: None,
    })
}

fn read_records(table: &str) -> Request {
    Request::ReadRecords(ReadRecordsRequest {
        identity: None,
        query_id: "q".to_owned(),
        catalog_name: CATALOG.to_owned(),
        table_name: table_name(table),
        schema: batch().schema(),
        split: Split {
            spill_location: None,
            encryption_key: None,
            properties: BTreeMap::new(),
        },
        constraints: Constraints::default(),
        max_block_size: 1_000_000,
        max_inline_block_size: 1_000_000,
    })
}

#[tokio::test]
async fn a_panic_is_an_error_of_its_call_and_the_next_call_works() {
    let (service, _) = service();
    for (request, kind) in [
        (get_table("panics"), "GetTableRequest"),
        (read_records("panics"), "ReadRecordsRequest"),
    ] {
        let fault = clear(call(&service, &request).await.unwrap_err().document());
        says(
            &fault,
            &[kind, "hint: see the line `panicked` in the function's log"],
        );
        assert!(
            !fault.error_message.contains("secret"),
            "{}",
            fault.error_message
        );
        assert!(call(&service, &get_table("fine")).await.is_ok());
        let Response::ReadRecords(rows) = call(&service, &read_records("fine")).await.unwrap()
        else {
            panic!("no rows")
        };
        assert_eq!(rows.records.batch().num_rows(), 2);
    }
}

#[tokio::test]
async fn the_bucket_is_asked_for_once_for_all_queries() {
    let (service, store) = service();
    for _ in 0..4 {
        let Response::GetSplits(answer) = call(&service, &get_splits(None)).await.unwrap() else {
            panic!("no splits")
        };
        let mut places: Vec<_> = answer
            .splits
            .iter()
            .map(|split| split.spill_location.clone().unwrap().key)
            .collect();
        places.sort();
        places.dedup();
        assert_eq!(places.len(), 3, "equal splits have places of their own");
    }
    assert_eq!(store.0.load(Ordering::Relaxed), 1);

    // What the request names is not checked, as the Java connector does not.
    assert!(call(&service, &get_splits(Some("forbidden"))).await.is_ok());
    assert_eq!(store.0.load(Ordering::Relaxed), 1);

    for (bucket, asked) in [("forbidden", 3), ("unreachable", 3)] {
        let (service, store) = service_with_bucket(bucket);
        for _ in 0..3 {
            let fault = clear(
                call(&service, &get_splits(None))
                    .await
                    .unwrap_err()
                    .document(),
            );
            says(&fault, &[bucket, "hint"]);
        }
        assert_eq!(
            store.0.load(Ordering::Relaxed),
            asked,
            "only a bucket that can be used is remembered: {bucket}"
        );
    }
}

#[tokio::test]
async fn a_bucket_of_the_callers_is_not_asked_for() {
    let (service, store) = service();
    for (bucket, asked) in [("forbidden", 0), ("bucket", 1), (" ", 1)] {
        let answered = call(&service, &get_splits(Some(bucket))).await;
        assert!(answered.is_ok(), "{bucket}");
        assert_eq!(store.0.load(Ordering::Relaxed), asked, "{bucket}");
    }
}
