//! Request to response: reads the document, calls the connector, adds what the protocol adds, logs one line.

use crate::buffers::Buffers;
use crate::clock::Clock;
use crate::config::Config;
use crate::connector::{Call, Connector};
use crate::credentials::{self, Tokens};
use crate::emf;
use crate::fault::Fault;
use crate::metrics::Metrics;
use crate::query_status::{QueryState, QueryStates, QueryStatus};
use crate::records;
use crate::spill::{BucketCheck, KeyFactory, Ownership, SpillStore};
use crate::supported;
use crate::throttle::{Insistence, Sources, Throttle};
use athena_protocol::spill::SpillLocation;
use athena_protocol::wire::{
    CAPABILITIES, FederatedIdentity, GetDataSourceCapabilitiesResponse, GetSplitsRequest,
    GetSplitsResponse, GetTableLayoutResponse, GetTableResponse, ListSchemasResponse,
    ListTablesResponse, PingResponse, Request, Response, SERDE_VERSION, SourceErrorCode, Split,
};
use aws_credential_types::Credentials;
use futures::FutureExt;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;
use tracing::{Instrument, info, info_span, warn};

/// Answers requests with the help of a connector.
pub struct Service {
    connector: Arc<dyn Connector>,
    config: Config,
    store: Arc<dyn SpillStore>,
    keys: Arc<dyn KeyFactory>,
    buffers: Arc<Buffers>,
    bucket: BucketCheck,
    tokens: Option<Tokens>,
    sources: Arc<Sources>,
    queries: Option<QueryStatus>,
    clock: Arc<dyn Clock>,
    told: Option<Tell>,
    warm: AtomicBool,
}

/// Takes a line of the log as it is.
pub type Tell = Arc<dyn Fn(&str) + Send + Sync>;

/// What Lambda says of an invocation.
#[derive(Debug, Clone, Default)]
pub struct Invocation {
    /// Id of the invocation.
    pub request_id: String,
    /// The function's ARN.
    pub function_arn: String,
    /// Time since 1970-01-01 at which Lambda ends it.
    pub deadline: Duration,
}

impl Service {
    /// Puts the parts together.
    pub fn new(
        connector: Arc<dyn Connector>,
        config: Config,
        store: Arc<dyn SpillStore>,
        keys: Arc<dyn KeyFactory>,
        clock: Arc<dyn Clock>,
    ) -> Self {
        Self {
            sources: Arc::new(Sources::new(config.throttle)),
            buffers: Buffers::new(config.spill.in_flight_bytes + (1 << 20)),
            connector,
            config,
            store,
            keys,
            bucket: BucketCheck::default(),
            tokens: None,
            queries: None,
            clock,
            told: None,
            warm: AtomicBool::new(false),
        }
    }

    /// Gives the metrics of each call to `tell`, where the configuration asks for them.
    #[must_use]
    pub fn with_metrics_to(self, tell: Tell) -> Self {
        Self {
            told: Some(tell),
            ..self
        }
    }

    /// Takes credentials that come with a request. Without this such requests are refused.
    #[must_use]
    pub fn with_tokens(self, tokens: Tokens) -> Self {
        Self {
            tokens: Some(tokens),
            ..self
        }
    }

    /// Ends a read soon after `states` tells that its query has ended.
    #[must_use]
    pub fn with_query_states(mut self, states: Arc<dyn QueryStates>) -> Self {
        let (limits, clock) = (self.config.throttle, self.clock.clone());
        self.queries = Some(QueryStatus::new(states, limits, clock));
        self
    }

    /// Answers one request document. A panic becomes a fault, and the next call works.
    ///
    /// # Errors
    /// The [`Fault`] that the caller will see; it is logged here and nowhere else.
    pub async fn call(&self, document: &[u8], invocation: Invocation) -> Result<Response, Fault> {
        let started = self.clock.now();
        let cold = !self.warm.swap(true, Ordering::Relaxed);
        let metrics = Arc::new(Metrics::default());
        let time = invocation.deadline.saturating_sub(self.clock.since_epoch());
        // A function with a short timeout keeps half of it for work.
        let margin = self.config.deadline_margin.min(time / 2);
        let deadline = invocation.deadline.saturating_sub(margin);
        let request = match Request::from_json(document) {
            Ok(request) => request,
            Err(error) => {
                let fault = Fault::from(error);
                warn!(request_id = invocation.request_id, bytes = document.len(), error = %fault, "request refused");
                return Err(fault);
            }
        };
        let call = Call {
            request_id: invocation.request_id,
            function_arn: invocation.function_arn,
            deadline,
            credentials: None,
            throttle: Arc::new(self.throttle(&request, deadline, &metrics)),
            metrics: metrics.clone(),
            clock: self.clock.clone(),
        };
        let kind = request.kind();
        let left = request
            .constraints()
            .map(|constraints| constraints.not_understood.clone())
            .unwrap_or_default();
        let directory = match &request {
            Request::ReadRecords(read) => read.split.spill_location.clone(),
            _ => None,
        };
        let span = info_span!(
            "request",
            request_id = call.request_id,
            query_id = request.query_id()
        );
        async {
            for condition in left {
                warn!(
                    request = kind,
                    condition, "left to the engine, and no limit applied"
                );
            }
            // A process that is killed at its limit could not say why.
            // Boxed, or the futures of all calls nest deeper than the compiler follows.
            let answer = self.answer(&call, request).boxed();
            let answer = tokio::time::timeout(call.time_left(), answer);
            let answer = match AssertUnwindSafe(answer).catch_unwind().await {
                Ok(Ok(answer)) => answer,
                Ok(Err(_)) => Err(call.out_of_time()),
                Err(_) => Err(Fault::new(
                    SourceErrorCode::InternalService,
                    format!("the connector failed on a {kind}"),
                )
                .with_hint("see the line `panicked` in the function's log")),
            };
            let answer = answer
                .map_err(|fault| records::with_leftovers(fault, &metrics, directory.as_ref()));
            let took = self.clock.now().saturating_duration_since(started);
            let outcome = emf::Outcome {
                kind,
                ok: answer.is_ok(),
                cold,
                took,
                at: self.clock.since_epoch(),
            };
            self.summarize(outcome, &metrics);
            if let Err(fault) = &answer {
                warn!(request = kind, code = fault.code.as_str(), error = %fault, "request failed");
            }
            answer
        }
        .instrument(span)
        .await
    }

    /// The line of the log that each call ends with, and its metrics.
    fn summarize(&self, outcome: emf::Outcome<'_>, m: &Metrics) {
        info!(
            request = outcome.kind,
            ok = outcome.ok,
            pages = m.pages.get(),
            items = m.items.get(),
            bytes = m.bytes.get(),
            milli_capacity = m.milli_capacity.get(),
            retries = m.retries.get(),
            throttles = m.throttles.get(),
            throttled_ms = m.throttled_ms.get(),
            rows = m.rows.get(),
            mismatches = m.mismatches.get(),
            blocks = m.spilled_blocks.get(),
            spilled_bytes = m.spilled_bytes.get(),
            unconfirmed_blocks = records::unconfirmed_blocks(m),
            fetch_ms = m.fetch_us.get() / 1000,
            decode_ms = m.decode_us.get() / 1000,
            seal_ms = m.seal_us.get() / 1000,
            put_ms = m.put_us.get() / 1000,
            paced_ms = m.paced_us.get() / 1000,
            spill_wait_ms = m.spill_wait_us.get() / 1000,
            cold = outcome.cold,
            micros = u64::try_from(outcome.took.as_micros()).unwrap_or(u64::MAX),
            "request done"
        );
        if let (Some(tell), Some(config)) = (&self.told, &self.config.metrics) {
            tell(&emf::document(config, outcome, m));
        }
    }

    async fn answer(&self, call: &Call, request: Request) -> Result<Response, Fault> {
        let call = &self.with_credentials(call, &request).await?;
        let (store, keys) = match &call.credentials {
            Some(credentials) => (
                &self.store.clone().signed_by(credentials),
                &self.keys.clone().signed_by(credentials),
            ),
            None => (&self.store, &self.keys),
        };
        Ok(match request {
            Request::Ping(request) => Response::Ping(PingResponse {
                catalog_name: request.catalog_name,
                query_id: request.query_id,
                source_type: self.connector.source_type().to_owned(),
                capabilities: CAPABILITIES,
                ser_de_version: SERDE_VERSION,
            }),
            Request::ListSchemas(request) => Response::ListSchemas(ListSchemasResponse {
                schemas: self.connector.list_schemas(call).await?,
                catalog_name: request.catalog_name,
            }),
            Request::ListTables(request) => {
                let page = self.connector.list_tables(call, &request).await?;
                Response::ListTables(ListTablesResponse {
                    tables: page.tables,
                    catalog_name: request.catalog_name,
                    next_token: page.next_token,
                })
            }
            Request::GetTable(request) => {
                let table = self.connector.get_table(call, &request).await?;
                supported::check(&request.table_name, &table.schema)?;
                Response::GetTable(GetTableResponse {
                    catalog_name: request.catalog_name,
                    table_name: request.table_name,
                    schema: table.schema,
                    partition_columns: table.partition_columns,
                })
            }
            Request::GetTableLayout(request) => {
                let partitions = self.connector.get_table_layout(call, &request).await?;
                Response::GetTableLayout(GetTableLayoutResponse {
                    catalog_name: request.catalog_name,
                    table_name: request.table_name,
                    partitions,
                })
            }
            Request::GetSplits(request) => {
                Response::GetSplits(self.get_splits(call, store, keys, request).await?)
            }
            Request::ReadRecords(request) => {
                let query = request.query_id.clone();
                let read = records::read(
                    self.connector.as_ref(),
                    store,
                    &self.config.spill,
                    &self.buffers,
                    call,
                    request,
                );
                tokio::select! {
                    biased;
                    answer = read => answer?,
                    state = self.query_ended(&query, call.credentials.as_ref()) => return Err(state.fault()),
                }
            }
            Request::GetDataSourceCapabilities(request) => {
                Response::GetDataSourceCapabilities(GetDataSourceCapabilitiesResponse {
                    catalog_name: request.catalog_name,
                    capabilities: self.connector.capabilities(),
                })
            }
            // Java's words, which say "class" twice.
            Request::UserDefinedFunction(_) => {
                return Err(Fault::invalid_input(
                    "Unknown request class class com.amazonaws.athena.connector.lambda.udf.UserDefinedFunctionRequest",
                ));
            }
        })
    }

    /// The call with the credentials that came with the request. Reading with the function's own what the caller wants read
    /// with its own would be worse than not reading.
    async fn with_credentials(&self, call: &Call, request: &Request) -> Result<Call, Fault> {
        let uses_none = matches!(
            request,
            Request::Ping(_) | Request::GetDataSourceCapabilities(_)
        );
        let credentials = match (request.identity(), &self.tokens) {
            (Some(identity), Some(tokens)) if !uses_none => tokens.credentials(identity).await?,
            (Some(identity), None) if credentials::token(identity).is_some() => {
                return Err(Fault::new(
                    SourceErrorCode::OperationNotSupported,
                    "the request carries credentials of its own, which this connector does not take",
                ));
            }
            _ => None,
        };
        Ok(Call {
            credentials,
            ..call.clone()
        })
    }

    /// Returns when the query has ended, if that is followed at all.
    async fn query_ended(&self, query_id: &str, credentials: Option<&Credentials>) -> QueryState {
        match &self.queries {
            Some(queries) => queries.ended(query_id, credentials).await,
            None => std::future::pending().await,
        }
    }

    fn throttle(&self, request: &Request, deadline: Duration, metrics: &Arc<Metrics>) -> Throttle {
        let insistence = match request {
            Request::ReadRecords(_) => Insistence::UntilPatienceEnds,
            _ => Insistence::UntilDeadline,
        };
        let (sources, clock) = (self.sources.clone(), self.clock.clone());
        Throttle::new(sources, insistence, deadline, metrics.clone(), clock)
    }

    /// The connector's splits, each with a spill location and a key of its own.
    async fn get_splits(
        &self,
        call: &Call,
        store: &Arc<dyn SpillStore>,
        keys: &Arc<dyn KeyFactory>,
        request: GetSplitsRequest,
    ) -> Result<GetSplitsResponse, Fault> {
        let identity = request.identity.clone().unwrap_or_default();
        let (bucket, prefix) = self.spill_place(&identity)?;
        // A caller's own bucket is not checked: its credentials may allow no more than to put objects there (protocol §9.6).
        let mut owner = None;
        if self.config.spill.bucket.as_ref() == Some(&bucket) {
            // What one caller may use says nothing of the next one.
            let of_caller = call.credentials.as_ref().map(|_| BucketCheck::default());
            let check = of_caller.as_ref().unwrap_or(&self.bucket);
            let account = call.account();
            if check.check(store.as_ref(), &bucket, account).await? == Ownership::Own {
                owner = account;
            }
        }
        let page = self.connector.get_splits(call, &request).await?;
        let mut splits = Vec::with_capacity(page.splits.len());
        for mut properties in page.splits {
            // Whoever reads the split may be another process, which has not looked at the bucket.
            if let Some(owner) = owner {
                properties.insert(records::BUCKET_OWNER.to_owned(), owner.to_owned());
            }
            let split_id = uuid::Uuid::new_v4().to_string();
            splits.push(Split {
                spill_location: Some(SpillLocation::for_split(
                    &bucket,
                    &prefix,
                    &request.query_id,
                    &split_id,
                )),
                encryption_key: keys.create().await?,
                properties,
            });
        }
        Ok(GetSplitsResponse {
            catalog_name: request.catalog_name,
            splits,
            continuation_token: page.continuation_token,
        })
    }

    /// Bucket and prefix for spilling: those of the request, else those of the environment (protocol §9.1).
    fn spill_place(&self, identity: &FederatedIdentity) -> Result<(String, String), Fault> {
        let option = |name: &str| {
            identity
                .config_options
                .get(name)
                .filter(|text| !text.trim().is_empty())
                .cloned()
        };
        let bucket = option("spill_bucket")
            .or_else(|| self.config.spill.bucket.clone())
            .ok_or_else(|| {
                Fault::invalid_input("no spill bucket is set")
                    .with_hint("set the environment variable `spill_bucket` of the function")
            })?;
        let prefix = option("spill_prefix").unwrap_or_else(|| self.config.spill.prefix.clone());
        Ok((bucket, prefix))
    }
}
