//! `Connector`: what a data source has to say. It returns plain data and streams of batches; it never sees the spiller.

use crate::clock::Clock;
use crate::config::ThrottleConfig;
use crate::fault::Fault;
use crate::metrics::Metrics;
use crate::throttle::{Insistence, Sources, Throttle};
use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use athena_protocol::block::Block;
use athena_protocol::wire::{
    CapabilitySubType, GetSplitsRequest, GetTableLayoutRequest, GetTableRequest, ListTablesRequest,
    ReadRecordsRequest, SourceErrorCode, TableName,
};
use aws_credential_types::Credentials;
use futures::stream::BoxStream;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Batches of one read, each within memory bounds that the connector keeps; dropping the stream ends the read.
pub type BatchStream = BoxStream<'static, Result<RecordBatch, Fault>>;

/// What surrounds one call.
#[derive(Clone)]
pub struct Call {
    /// Lambda's id of the invocation.
    pub request_id: String,
    /// The invoked function's ARN.
    pub function_arn: String,
    /// Time since 1970-01-01 at which the call has to end.
    pub deadline: Duration,
    /// Credentials that came with the request: all that is read for the caller is read with them. `None`: the function's own.
    pub credentials: Option<Credentials>,
    /// Figures of the call.
    pub metrics: Arc<Metrics>,
    /// Where time comes from.
    pub clock: Arc<dyn Clock>,
    /// Holds calls to the source back while it throttles: each goes through [`Throttle::run`].
    pub throttle: Arc<Throttle>,
}

impl Call {
    /// A call that no invocation stands behind, for tools and tests: it may last for this long.
    pub fn lasting(time: Duration, clock: Arc<dyn Clock>) -> Self {
        let deadline = clock.since_epoch().saturating_add(time);
        let metrics = Arc::new(Metrics::default());
        let throttle = Throttle::new(
            Arc::new(Sources::new(ThrottleConfig::default())),
            Insistence::UntilDeadline,
            deadline,
            metrics.clone(),
            clock.clone(),
        );
        Self {
            request_id: String::new(),
            function_arn: String::new(),
            deadline,
            credentials: None,
            metrics,
            clock,
            throttle: Arc::new(throttle),
        }
    }

    /// The function's account, the fifth part of `arn:aws:lambda:region:account:function:name`; `None` where no ARN is known.
    pub fn account(&self) -> Option<&str> {
        let account = self.function_arn.split(':').nth(4);
        account.filter(|account| is_account(account))
    }

    /// Time left, zero when it is up.
    pub fn time_left(&self) -> Duration {
        self.deadline.saturating_sub(self.clock.since_epoch())
    }

    /// Fails once the time is up, so that the call ends with words instead of being killed.
    ///
    /// # Errors
    /// An [`OperationTimeout`](SourceErrorCode::OperationTimeout) fault with what was read so far.
    pub fn check_time(&self) -> Result<(), Fault> {
        if self.time_left().is_zero() {
            Err(self.out_of_time())
        } else {
            Ok(())
        }
    }

    /// The fault of a call whose time is up: that of the throttled source, if that is what it waited for.
    pub fn out_of_time(&self) -> Fault {
        if let Some(throttled) = self.throttle.out_of_time() {
            return throttled;
        }
        let m = &self.metrics;
        let (rows, pages, blocks) = (m.rows.get(), m.pages.get(), m.spilled_blocks.get());
        Fault::new(
            SourceErrorCode::OperationTimeout,
            format!(
                "the function's time is almost up after {pages} pages, {rows} rows and {blocks} spilled blocks"
            ),
        )
        .with_hint(
            "raise the timeout of the Lambda function, of which the setting `deadline_margin_ms` is kept back, or narrow the query",
        )
    }
}

/// Whether a text is the id of an AWS account.
pub(crate) fn is_account(text: &str) -> bool {
    text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// A page of table names.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TablePage {
    /// The tables.
    pub tables: Vec<TableName>,
    /// Token of the next page.
    pub next_token: Option<String>,
}

/// A table's schema.
#[derive(Debug, Clone, PartialEq)]
pub struct TableSchema {
    /// Columns, with metadata that comes back in later calls.
    pub schema: SchemaRef,
    /// Names of partition columns.
    pub partition_columns: Vec<String>,
}

/// A page of splits: only their properties; place and key for spilling are added by the caller.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SplitPage {
    /// Properties of each split.
    pub splits: Vec<BTreeMap<String, String>>,
    /// Token of the next page.
    pub continuation_token: Option<String>,
}

/// A data source behind the federation protocol.
#[async_trait]
pub trait Connector: Send + Sync + 'static {
    /// Kind of source in the answer to a ping.
    fn source_type(&self) -> &'static str;

    /// What can be pushed down, in the order of writing.
    fn capabilities(&self) -> Vec<(String, Vec<CapabilitySubType>)>;

    /// Names of all schemas.
    async fn list_schemas(&self, call: &Call) -> Result<Vec<String>, Fault>;

    /// A page of a schema's tables.
    async fn list_tables(
        &self,
        call: &Call,
        request: &ListTablesRequest,
    ) -> Result<TablePage, Fault>;

    /// A table's schema.
    async fn get_table(&self, call: &Call, request: &GetTableRequest)
    -> Result<TableSchema, Fault>;

    /// One row a partition; none if nothing is to be read. Metadata of the block's schema reaches `get_splits`.
    async fn get_table_layout(
        &self,
        call: &Call,
        request: &GetTableLayoutRequest,
    ) -> Result<Block, Fault>;

    /// A page of splits of these partitions.
    async fn get_splits(&self, call: &Call, request: &GetSplitsRequest)
    -> Result<SplitPage, Fault>;

    /// The rows of one split, in batches of exactly the request's schema.
    ///
    /// Rows that do not qualify may be among them; rows that do are never missing.
    async fn read_records(
        &self,
        call: &Call,
        request: &ReadRecordsRequest,
    ) -> Result<BatchStream, Fault>;

    /// Names of what identifies a row of this read, for errors about one of them; none if that is not known.
    fn key_columns(&self, _request: &ReadRecordsRequest) -> Vec<String> {
        Vec::new()
    }
}
