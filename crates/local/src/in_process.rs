//! A connector crate in this very process: no function, no emulator, no HTTP, but the same documents.

use crate::memory::Blocks;
use async_trait::async_trait;
use athena_client::{Connector, InvokeError, Invoked, Invoker, Limits};
use athena_dynamodb::api::sts_client;
use athena_dynamodb::config::Config;
use athena_dynamodb::connector::DynamoDb;
use athena_federation::Fault;
use athena_federation::clock::{Clock, SystemClock};
use athena_federation::dispatch::{Invocation, Service};
use athena_federation::spill::LocalKeys;
use aws_config::SdkConfig;
use std::sync::Arc;
use std::time::Duration;

/// Hands requests to a [`Service`] of one's own.
///
/// Answers larger than Lambda would let through are given all the same; spilled blocks go to the service's own store.
pub struct InProcess {
    service: Arc<Service>,
    clock: Arc<dyn Clock>,
    time_limit: Duration,
}

impl InProcess {
    /// Each call may take `time_limit`, and is told so as Lambda would tell it.
    pub fn new(service: Service, time_limit: Duration) -> Self {
        Self {
            service: Arc::new(service),
            clock: Arc::new(SystemClock),
            time_limit,
        }
    }
}

#[async_trait]
impl Invoker for InProcess {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let function = |fault| InvokeError::Function {
            fault,
            log_tail: None,
        };
        let invocation = Invocation {
            request_id: String::new(),
            function_arn: String::new(),
            deadline: self.clock.since_epoch() + self.time_limit,
        };
        let answer = self.service.call(&payload, invocation).await;
        let answer = answer.map_err(|fault| function(fault.document()))?;
        let payload = answer
            .to_json()
            .map_err(|error| function(Fault::invalid_input(error.to_string()).document()))?;
        Ok(Invoked {
            payload: payload.into(),
            log_tail: None,
        })
    }
}

/// The DynamoDB connector in this process, registered as `catalog`, with Region and credentials of `shared`. `option` gives the
/// connector's options by name. Blocks that it spills stay in memory, and the Glue Data Catalog is not asked.
///
/// # Errors
/// If an option is wrong, or there is no Region.
pub fn dynamodb(
    shared: &SdkConfig,
    option: &dyn Fn(&str) -> Option<String>,
    catalog: &str,
    limits: Limits,
) -> Result<Connector, Fault> {
    let config = Config::from_vars(&|name| match name {
        "AWS_REGION" => shared.region().map(ToString::to_string),
        "spill_bucket" => Some(BUCKET.to_owned()),
        name => option(name),
    });
    let config = config.map_err(|error| Fault::invalid_input(error.to_string()))?;
    let federation = config.federation.clone();
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let client = aws_sdk_dynamodb::Client::new(shared);
    let source = DynamoDb::new(client, sts_client(shared), config, clock.clone());
    let blocks = Blocks::default();
    let (store, keys) = (Arc::new(blocks.clone()), Arc::new(LocalKeys::default()));
    let service = Service::new(Arc::new(source), federation, store, keys, clock);
    let invoker = Arc::new(InProcess::new(service, TIME_LIMIT));
    Ok(Connector::new(invoker, Arc::new(blocks), catalog, limits))
}

const BUCKET: &str = "memory";
/// Lambda's own limit, which the connector expects.
const TIME_LIMIT: Duration = Duration::from_mins(15);
