//! One seed's run: a query through the whole connector in its world, held against the model.

use super::wire::Wire;
use super::world::{Asked, KEY, Of, Setting, TABLE, World};
use crate::stack::{Rows, rows_of, shown_rows, table_name};
use arrow::array::RecordBatch;
use arrow::datatypes::DataType;
use async_trait::async_trait;
use athena_client::{
    Connector, Error, InvokeError, Invoked, Invoker, Limits, SpillStore as Fetch, StoreError, Table,
};
use athena_dynamodb::api::sts_client;
use athena_dynamodb::config::Config;
use athena_dynamodb::connector::DynamoDb;
use athena_federation::aws::{self, AthenaQueries};
use athena_federation::clock::Clock;
use athena_federation::config::Encryption;
use athena_federation::dispatch::{Invocation, Service};
use athena_federation::spill::{KeyFactory, KmsKeys, LocalKeys, NoKeys, S3Store};
use athena_protocol::predicate::{Constraints, Scalar, ValueSet};
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_smithy_async::rt::sleep::TokioSleep;
use aws_smithy_async::time::StaticTimeSource;
use aws_smithy_runtime::client::retries::RetryPartition;
use bytes::Bytes;
use futures::TryStreamExt;
use futures::future::join_all;
use std::sync::Arc;
use std::time::{Duration, UNIX_EPOCH};
use tokio::time::{Instant, timeout};

/// How a seed's query ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Complete, and equal to the model.
    Whole,
    /// With this error.
    Error(String),
}

/// What came of a seed.
pub(super) struct Story {
    pub(super) end: End,
    pub(super) trace: String,
    pub(super) calls: usize,
    pub(super) time: Duration,
}

/// Runs a seed to its end.
///
/// # Errors
/// The promise that was broken: rows that are missing, doubled or wrong, a run that hangs, an error without words, or a query after
/// all faults have ended that is not whole.
pub(super) fn run(seed: u64, sabotage: bool) -> Result<Story, String> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_time()
        .start_paused(true)
        .build()
        .unwrap();
    // What the SDK and the connector draw, for their pauses, comes from this thread's generator.
    fastrand::seed(seed);
    runtime.block_on(story(seed, sabotage))
}

async fn story(seed: u64, sabotage: bool) -> Result<Story, String> {
    let (world, setting) = World::draw(seed);
    if sabotage {
        world.clear_up();
        world.lose_items();
    }
    let world = Arc::new(world);
    let house = House::of(world.clone(), &setting);
    let end = timeout(FOREVER, house.query(&setting.asked)).await;
    let end = end.map_err(|_| "hangs".to_owned())?;
    world.note("the query has ended");
    let story = |end| Story {
        end,
        trace: world.trace(),
        calls: world.calls(),
        time: world.time(),
    };
    let end = match end {
        Ok((table, rows)) => {
            equal(&world, &setting.asked, &table, &rows)?;
            End::Whole
        }
        Err(error) => End::Error(words(&error)?),
    };
    let story = story(end);
    // Nothing of it may be in the way of the next query. Where all went well there is less to see.
    if story.end == End::Whole && !seed.is_multiple_of(4) {
        return Ok(story);
    }
    world.clear_up();
    let again = timeout(FOREVER, house.query(&setting.asked)).await;
    match again.map_err(|_| "the next query hangs".to_owned())? {
        Ok((table, rows)) => equal(&world, &setting.asked, &table, &rows)?,
        Err(_) if world.is_deleted() => {}
        Err(error) => return Err(format!("the next query fails: {}", words(&error)?)),
    }
    Ok(story)
}

/// The connector with all that is around it, as `bootstrap` puts it together.
struct House {
    connector: Connector,
}

impl House {
    fn of(world: Arc<World>, setting: &Setting) -> Self {
        let config = Config::from_vars(&|name| setting.variables.get(name).cloned()).unwrap();
        let federation = config.federation.clone();
        let shared = shared(&world, &config);
        // Each seed has retries of its own. Else what one used up another would miss.
        let partition = || RetryPartition::custom("seed").build();
        let dynamodb = aws_sdk_dynamodb::config::Builder::from(&shared)
            .allow_no_auth()
            .retry_partition(partition())
            .build();
        let s3 = aws_sdk_s3::config::Builder::from(&shared)
            .force_path_style(true)
            .allow_no_auth()
            .retry_partition(partition())
            .build();
        let kms = aws_sdk_kms::config::Builder::from(&shared)
            .allow_no_auth()
            .retry_partition(partition())
            .build();
        let keys: Arc<dyn KeyFactory> = match &federation.spill.encryption {
            Encryption::Off => Arc::new(NoKeys),
            Encryption::Local => Arc::new(LocalKeys::default()),
            Encryption::Kms(_) => Arc::new(KmsKeys::new(
                aws_sdk_kms::Client::from_conf(kms),
                KEY.to_owned(),
            )),
        };
        let clock: Arc<dyn Clock> = Arc::new(Paused);
        let client = aws_sdk_dynamodb::Client::from_conf(dynamodb);
        let source = DynamoDb::new(client, sts_client(&shared), config, clock.clone());
        let store = Arc::new(S3Store::new(aws_sdk_s3::Client::from_conf(s3)));
        let service = Service::new(Arc::new(source), federation, store, keys, clock)
            .with_query_states(Arc::new(AthenaQueries::new(&signed(shared))));
        let limits = Limits {
            max_block_bytes: setting.max_block_bytes,
            max_inline_block_bytes: setting.max_inline_bytes,
            ..Limits::default()
        };
        let lambda = Lambda {
            service,
            timeout: setting.timeout,
            world: world.clone(),
        };
        Self {
            connector: Connector::new(Arc::new(lambda), Arc::new(Fetcher(world)), "cat", limits),
        }
    }

    /// Asks as the engine does: columns, plan, and all splits side by side.
    async fn query(&self, asked: &Asked) -> Result<(Table, Rows), Error> {
        let query = self.connector.query();
        let table = query.get_table(&table_name(TABLE)).await?;
        let mut constraints = match &asked.of {
            Of::Everything => Constraints::default(),
            Of::Keys(owners) => {
                let owners = owners.iter().cloned().map(Scalar::Utf8);
                let set = ValueSet::of_values(&DataType::Utf8, owners);
                Constraints {
                    summary: [("owner".to_owned(), set)].into(),
                    ..Constraints::default()
                }
            }
        };
        if let Some(limit) = asked.limit {
            constraints.limit = i64::try_from(limit).unwrap();
        }
        let plan = query.plan(&table, constraints).await?;
        let reads = plan.splits().iter().map(|split| {
            let read = query.read(&plan, split, table.schema.clone());
            read.try_collect::<Vec<RecordBatch>>()
        });
        let mut batches = Vec::new();
        for read in join_all(reads).await {
            batches.extend(read?);
        }
        Ok((table, rows_of(&batches)))
    }
}

/// Checks the rows of an answer against the items.
fn equal(world: &World, asked: &Asked, table: &Table, rows: &Rows) -> Result<(), String> {
    let shown = shown_rows(&world.wanted(asked), &table.schema).rows;
    let wrong = match asked.limit {
        None => rows.difference(&shown),
        // Any rows will do, as many as are wanted; each split may give so many.
        Some(limit) => {
            let surplus = rows.surplus(&shown);
            let enough = rows.len() >= limit.min(shown.len());
            (!surplus.is_empty() || !enough).then(|| {
                let (got, of) = (rows.len(), shown.len());
                format!("{got} rows of {of} for a limit of {limit}, wrong ones: {surplus:?}")
            })
        }
    };
    match wrong {
        None => Ok(()),
        Some(wrong) => Err(format!("the answer is not the model's: {wrong}")),
    }
}

/// The words of an error, which must be the connector's or Lambda's own.
fn words(error: &Error) -> Result<String, String> {
    match error {
        Error::Invoke {
            source: InvokeError::Function { fault, .. },
            ..
        } if !fault.error_message.is_empty() && !fault.error_message.contains('\n') => {
            Ok(fault.error_message.clone())
        }
        Error::Invoke {
            source: InvokeError::TimedOut { .. },
            ..
        } => Ok("the process was lost".to_owned()),
        other => Err(format!(
            "an error that is none of the connector's: {other:?}"
        )),
    }
}

/// The configuration of all clients. Nothing is signed: that would take a fifth of a seed's time, and no simulated time at all.
fn shared(world: &Arc<World>, config: &Config) -> SdkConfig {
    let patience = config.federation.patience;
    SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url("http://world.test")
        .http_client(Wire::to(world.clone()))
        .sleep_impl(TokioSleep::new())
        .time_source(StaticTimeSource::new(UNIX_EPOCH + START))
        .timeout_config(aws::time_limits(patience))
        .retry_config(aws::repetitions(patience))
        .build()
}

/// The same with credentials, for a client that cannot do without.
fn signed(shared: SdkConfig) -> SdkConfig {
    let credentials = Credentials::new("AKID", "secret", None, None, "simulation");
    let provider = SharedCredentialsProvider::new(credentials);
    shared.into_builder().credentials_provider(provider).build()
}

/// Runs calls as Lambda does: a deadline, and the end of a process that passes it.
struct Lambda {
    service: Service,
    timeout: Duration,
    world: Arc<World>,
}

#[async_trait]
impl Invoker for Lambda {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let invocation = Invocation {
            request_id: "r".to_owned(),
            function_arn: "arn:aws:lambda:us-east-1:111122223333:function:f".to_owned(),
            deadline: Paused.since_epoch() + self.timeout,
        };
        let limit = self.world.lives().unwrap_or(self.timeout).min(self.timeout);
        let answer = timeout(limit, self.service.call(&payload, invocation)).await;
        let Ok(answer) = answer else {
            // The connector ends its calls itself, unless somebody else does.
            assert!(limit < self.timeout, "a call passed its deadline");
            return Err(InvokeError::TimedOut { after: limit });
        };
        match answer {
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

/// Fetches what is in the world's bucket: only what was really written is there.
struct Fetcher(Arc<World>);

#[async_trait]
impl Fetch for Fetcher {
    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        let object = self.0.object(&format!("{bucket}/{key}"));
        object.ok_or(StoreError::NotFound)
    }
}

/// Simulated time.
struct Paused;

impl Clock for Paused {
    fn now(&self) -> std::time::Instant {
        Instant::now().into_std()
    }

    fn since_epoch(&self) -> Duration {
        thread_local! {
            static BEGAN: std::cell::Cell<Option<Instant>> = const { std::cell::Cell::new(None) };
        }
        // A moment of another run would be in the future or the past of this one; only spans matter.
        let began = BEGAN.get().filter(|began| *began <= Instant::now());
        let began = began.unwrap_or_else(Instant::now);
        BEGAN.set(Some(began));
        START + began.elapsed()
    }
}

/// When every world begins.
const START: Duration = Duration::from_secs(1_700_000_000);
/// Simulated time after which a run hangs: more than Lambda and all retries can take.
const FOREVER: Duration = Duration::from_hours(3);
