//! The connector in this process: its service is handed the documents of the wire, without Lambda between.

use crate::stack::CATALOG;
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use athena_client::{InvokeError, Invoked, Invoker, Limits, Query, Table};
use athena_dynamodb::config::Config;
use athena_dynamodb::connector::DynamoDb;
use athena_federation::clock::SystemClock;
use athena_federation::dispatch::{Invocation, Service};
use athena_federation::spill::{NoKeys, S3Store};
use athena_protocol::predicate::Constraints;
use athena_testkit::LocalAws;
use aws_sdk_dynamodb::Client;
use futures::TryStreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Bytes of items a split: more than some tables have, and less than most.
const SPLIT_BYTES: u64 = 600;

/// A connector over these servers.
pub(super) struct Rig {
    pub(super) aws: LocalAws,
    /// For making tables.
    pub(super) client: Client,
    connector: athena_client::Connector,
}

impl Rig {
    pub(super) fn over(aws: LocalAws) -> Self {
        let mut vars: BTreeMap<String, String> = aws.function_environment();
        vars.insert("streams_per_split".to_owned(), "2".to_owned());
        let mut config = Config::from_vars(&|name| vars.get(name).cloned()).unwrap();
        // Tables are small here, and their scans fall into several splits all the same.
        config.split_bytes = SPLIT_BYTES;
        let federation = config.federation.clone();
        let clock = Arc::new(SystemClock);
        let client = aws.dynamodb.client();
        let dynamodb = DynamoDb::new(client.clone(), sts(), config, clock.clone());
        let store = Arc::new(S3Store::new(aws.s3.client()));
        let service = Service::new(
            Arc::new(dynamodb),
            federation,
            store,
            Arc::new(NoKeys),
            clock,
        );
        let store = Arc::new(athena_client::S3Store::new(aws.s3.client()));
        let limits = Limits::default();
        let connector =
            athena_client::Connector::new(Arc::new(InProcess(service)), store, CATALOG, limits);
        Self {
            aws,
            client,
            connector,
        }
    }

    pub(super) fn query(&self) -> Query {
        self.connector.query()
    }

    /// The rows of all splits, and how many splits there were.
    pub(super) async fn read(
        &self,
        table: &Table,
        constraints: Constraints,
        schema: &SchemaRef,
    ) -> Result<(Vec<RecordBatch>, usize), athena_client::Error> {
        let query = self.query();
        let plan = query.plan(table, constraints).await?;
        let mut batches = Vec::new();
        for split in plan.splits() {
            let stream = query.read(&plan, split, schema.clone());
            batches.extend(stream.try_collect::<Vec<_>>().await?);
        }
        Ok((batches, plan.splits().len()))
    }
}

struct InProcess(Service);

#[async_trait]
impl Invoker for InProcess {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let invocation = Invocation {
            deadline: Duration::MAX,
            ..Invocation::default()
        };
        match self.0.call(&payload, invocation).await {
            Ok(response) => Ok(Invoked {
                payload: serde_json::to_vec(&response).unwrap().into(),
                log_tail: None,
            }),
            Err(fault) => Err(InvokeError::Function {
                fault: fault.document(),
                log_tail: None,
            }),
        }
    }
}

/// No role is assumed here.
fn sts() -> aws_sdk_sts::Client {
    let config = aws_sdk_sts::Config::builder()
        .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
        .region(aws_sdk_sts::config::Region::new("us-east-1"));
    aws_sdk_sts::Client::from_conf(config.build())
}
