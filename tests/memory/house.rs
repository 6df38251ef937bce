//! The connector in this process, over canned pages, asked with the protocol's own requests.

use crate::canned::Canned;
use arrow::datatypes::SchemaRef;
use athena_dynamodb::api::sts_client;
use athena_dynamodb::config::Config;
use athena_dynamodb::connector::DynamoDb;
use athena_federation::clock::{Clock, SystemClock};
use athena_federation::dispatch::{Invocation, Service};
use athena_federation::spill::{LocalKeys, S3Store};
use athena_protocol::block::Block;
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{
    FederatedIdentity, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest,
    ReadRecordsRequest, Request, Response, Split, TableName,
};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A connector whose table is canned.
pub(crate) struct House(Service);

/// What `GetTable` and `GetTableLayout` answered.
pub(crate) struct Plan {
    schema: SchemaRef,
    partitions: Block,
}

/// As many threads as a function of 3,008 MB has.
pub(crate) fn runtime() -> tokio::runtime::Runtime {
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    builder.worker_threads(2).enable_time().build().unwrap()
}

impl House {
    pub(crate) fn of(canned: &Canned, variables: &[(&str, &str)]) -> Self {
        let mut all = BTreeMap::from([
            ("AWS_REGION", "us-east-1"),
            ("spill_bucket", "spilled"),
            ("disable_glue", "true"),
        ]);
        all.extend(variables.iter().copied());
        let config = Config::from_vars(&|name| all.get(name).map(ToString::to_string)).unwrap();
        let credentials = Credentials::new("AKID", "secret", None, None, "canned");
        let shared = SdkConfig::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .endpoint_url("http://canned.test")
            .http_client(canned.clone())
            .credentials_provider(SharedCredentialsProvider::new(credentials))
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&shared).force_path_style(true);
        let store = Arc::new(S3Store::new(aws_sdk_s3::Client::from_conf(s3.build())));
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let client = aws_sdk_dynamodb::Client::new(&shared);
        let federation = config.federation.clone();
        let source = DynamoDb::new(client, sts_client(&shared), config, clock.clone());
        let keys = Arc::new(LocalKeys::default());
        Self(Service::new(
            Arc::new(source),
            federation,
            store,
            keys,
            clock,
        ))
    }

    async fn ask(&self, request: &Request) -> Response {
        let invocation = Invocation {
            deadline: SystemClock.since_epoch() + Duration::from_hours(24),
            ..Invocation::default()
        };
        let document = serde_json::to_vec(request).unwrap();
        self.0.call(&document, invocation).await.unwrap()
    }

    pub(crate) async fn plan(&self) -> Plan {
        let request = Request::GetTable(GetTableRequest {
            identity: Some(FederatedIdentity::default()),
            query_id: "q".to_owned(),
            catalog_name: "cat".to_owned(),
            table_name: table(),
            query_passthrough_arguments: BTreeMap::new(),
        });
        let Response::GetTable(answer) = self.ask(&request).await else {
            panic!("no table")
        };
        let schema = answer.schema;
        let request = Request::GetTableLayout(GetTableLayoutRequest {
            identity: Some(FederatedIdentity::default()),
            query_id: "q".to_owned(),
            catalog_name: "cat".to_owned(),
            table_name: table(),
            constraints: Constraints::default(),
            schema: schema.clone(),
            partition_columns: Vec::new(),
        });
        let Response::GetTableLayout(layout) = self.ask(&request).await else {
            panic!("no layout")
        };
        Plan {
            schema,
            partitions: layout.partitions,
        }
    }

    /// A page of splits, and the token of the next one.
    pub(crate) async fn splits(
        &self,
        plan: &Plan,
        token: Option<String>,
    ) -> (Vec<Split>, Option<String>) {
        let request = Request::GetSplits(GetSplitsRequest {
            identity: Some(FederatedIdentity::default()),
            query_id: "q".to_owned(),
            catalog_name: "cat".to_owned(),
            table_name: table(),
            partitions: plan.partitions.clone(),
            partition_columns: Vec::new(),
            constraints: Constraints::default(),
            continuation_token: token,
        });
        match self.ask(&request).await {
            Response::GetSplits(answer) => (answer.splits, answer.continuation_token),
            other => panic!("a {}", other.kind()),
        }
    }

    /// Reads a split, whose rows must be spilled.
    pub(crate) async fn read(&self, plan: &Plan, split: &Split, block_bytes: usize) {
        let request = Request::ReadRecords(ReadRecordsRequest {
            identity: Some(FederatedIdentity::default()),
            query_id: "q".to_owned(),
            catalog_name: "cat".to_owned(),
            table_name: table(),
            schema: plan.schema.clone(),
            split: split.clone(),
            constraints: Constraints::default(),
            max_block_size: block_bytes as u64,
            max_inline_block_size: 1000,
        });
        let Response::RemoteReadRecords(answer) = self.ask(&request).await else {
            panic!("an answer that was not spilled")
        };
        assert!(answer.remote_blocks.len() > 1, "blocks were cut");
    }
}

/// The segments of a split: the first, how many, and of how many.
pub(crate) fn segments(split: &Split) -> (usize, usize, usize) {
    let work = split.properties.values().find_map(|text| {
        let work: Value = serde_json::from_str(text).ok()?;
        find(&work, "total").is_some().then_some(work)
    });
    let work = work.expect("a split of a scan");
    let number = |name| usize::try_from(find(&work, name).unwrap()).unwrap();
    (number("first"), number("count"), number("total"))
}

/// A number somewhere in a document.
fn find(document: &Value, name: &str) -> Option<u64> {
    let object = document.as_object()?;
    let here = object.get(name).and_then(Value::as_u64);
    here.or_else(|| object.values().find_map(|value| find(value, name)))
}

fn table() -> TableName {
    TableName::new("default", "canned")
}
