//! The connector in this process, over an embedded DynamoDB with a small shop, in several splits.

use async_trait::async_trait;
use athena_client::conformance::{Options, Target};
use athena_client::{InvokeError, Invoked, Invoker};
use athena_dynamodb::config::Config;
use athena_dynamodb::connector::DynamoDb;
use athena_federation::clock::SystemClock;
use athena_federation::dispatch::{Invocation, Service};
use athena_federation::spill::{LocalKeys, S3Store};
use athena_protocol::wire::TableName;
use athena_testkit::{LocalAws, Shop};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// A connector over these servers.
pub(crate) struct Rig {
    _aws: LocalAws,
    target: Target,
    shop: Shop,
    /// Rows of the table of orders.
    pub(crate) orders: u64,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        let aws = LocalAws::start().await.unwrap();
        let shop = Shop::generate(3, 0.003);
        let client = aws.dynamodb.client();
        shop.load(&client, |_, _| {}).await.unwrap();
        let mut vars: BTreeMap<String, String> = aws.function_environment();
        vars.insert("streams_per_split".to_owned(), "1".to_owned());
        let mut config = Config::from_vars(&|name| vars.get(name).cloned()).unwrap();
        // Tables are small here, and their scans fall into several splits all the same.
        config.split_bytes = SPLIT_BYTES;
        let federation = config.federation.clone();
        let clock = Arc::new(SystemClock);
        let sts = aws_sdk_sts::Config::builder()
            .behavior_version(aws_sdk_sts::config::BehaviorVersion::latest())
            .region(aws_sdk_sts::config::Region::new("us-east-1"));
        let sts = aws_sdk_sts::Client::from_conf(sts.build());
        let dynamodb = DynamoDb::new(client, sts, config, clock.clone());
        let service = Service::new(
            Arc::new(dynamodb),
            federation,
            Arc::new(S3Store::new(aws.s3.client())),
            Arc::new(LocalKeys::default()),
            clock,
        );
        let target = Target {
            invoker: Arc::new(InProcess(service)),
            store: Arc::new(athena_client::S3Store::new(aws.s3.client())),
            catalog: "judged".to_owned(),
        };
        Self {
            orders: shop.orders.len() as u64,
            _aws: aws,
            target,
            shop,
        }
    }

    pub(crate) fn target(&self) -> Target {
        self.target.clone()
    }

    /// Values of the orders that no name, type or number of a message looks like.
    pub(crate) fn values(&self) -> Vec<String> {
        let orders = self.shop.orders.iter();
        orders
            .flat_map(|order| {
                [
                    order.order_id.clone(),
                    order.created_at.clone(),
                    order.sku.clone(),
                ]
            })
            .chain(self.shop.orders.iter().map(|order| order.status.clone()))
            .collect()
    }
}

/// One table, and fewer questions than by default.
pub(crate) fn options() -> Options {
    Options {
        tables: vec![TableName::new("default", athena_testkit::shop::ORDERS)],
        questions_at_most: 12,
        call_limit: Duration::from_secs(20),
        ..Options::default()
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
                payload: response.to_json().unwrap().into(),
                log_tail: None,
            }),
            Err(fault) => Err(InvokeError::Function {
                fault: fault.document(),
                log_tail: None,
            }),
        }
    }
}

/// Bytes of items a split: a few splits of every table.
const SPLIT_BYTES: u64 = 6_000;
