//! Pages of Scan and Query as raw bytes, each whole and checked; and what pages of any call have in common.
//!
//! Throttled calls are repeated by the federation's throttle. Once the body is taken from the SDK, a body that breaks off is no longer
//! seen by its retries: those are made here, with the same start key, so that no row is lost or read twice.

use super::compression::Link;
use super::fault::{TableContext, fault};
use super::gzip::{BrokenGzip, inflate_into};
use super::patience::stall;
use super::raw_body::{Encoding, RawBody, TakeBody};
use super::throttling::throttles_unrepeated;
use crate::config::PageCompression;
use athena_federation::buffers::Buffers;
use athena_federation::metrics::Metrics;
use athena_federation::throttle::Throttle;
use athena_federation::{Call, Fault};
use athena_protocol::wire::SourceErrorCode;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::query::QueryError;
use aws_sdk_dynamodb::operation::scan::ScanError;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnConsumedCapacity};
use bytes::Bytes;
use http_body_util::BodyExt;
use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

/// One page: a whole answer of DynamoDB, JSON text.
pub type Page = Bytes;

/// Key attributes, for `ExclusiveStartKey`.
pub type Key = HashMap<String, AttributeValue>;

/// What to ask for, apart from where to start.
#[derive(Debug, Clone, Default)]
pub struct PageRequest {
    /// The table's real name.
    pub table: String,
    /// An index of it.
    pub index: Option<String>,
    /// A key condition makes it a Query; none a Scan.
    pub key_condition: Option<String>,
    /// Segment and number of segments of a Scan.
    pub segment: Option<(i32, i32)>,
    /// Filter.
    pub filter: Option<String>,
    /// Wanted attributes.
    pub projection: Option<String>,
    /// Aliases of names, only those that occur.
    pub names: HashMap<String, String>,
    /// Aliases of values, only those that occur.
    pub values: HashMap<String, AttributeValue>,
    /// Items to look at, at most.
    pub limit: Option<i32>,
    /// Strongly consistent.
    pub consistent: bool,
    /// Whether a Query gives the greatest range keys first.
    pub backward: bool,
}

/// Reads pages.
#[derive(Clone)]
pub struct Pages {
    client: Client,
    metrics: Arc<Metrics>,
    throttle: Arc<Throttle>,
    link: Arc<Link>,
    buffers: Arc<Buffers>,
    /// Time that a body may stand still.
    stall: Duration,
}

impl Pages {
    /// Reads through `client` for `call`, pages as they are.
    pub fn new(client: Client, call: &Call) -> Self {
        Self {
            stall: stall(&client),
            client,
            metrics: call.metrics.clone(),
            throttle: call.throttle.clone(),
            link: Link::new(PageCompression::Never),
            buffers: Buffers::new(MAX_IDLE_BYTES),
        }
    }

    /// Asks for pages compressed where that is best for `link`.
    #[must_use]
    pub fn over(mut self, link: &Arc<Link>) -> Self {
        link.begin();
        self.link = link.clone();
        self
    }

    /// What is known of the network.
    pub fn link(&self) -> &Link {
        &self.link
    }

    /// Takes the body of a call.
    pub(super) fn take_body(&self) -> TakeBody {
        TakeBody::new(self.link.gzip())
    }

    /// The page that begins after `start`; all reads of a table share what it grants, so they share a throttle.
    ///
    /// # Errors
    /// The fault of the service or of the throttle, or of a body that broke off or was damaged five times.
    pub async fn page(&self, request: &PageRequest, start: Option<&Key>) -> Result<Page, Fault> {
        let send = || self.send(request, start);
        let throttled = || self.throttle.run(&request.table, send);
        let page = self.whole(request.context(), throttled).await?;
        self.count(&page);
        Ok(page)
    }

    /// What calls of all kinds go through.
    pub(super) fn throttle(&self) -> &Throttle {
        &self.throttle
    }

    /// Figures of the call.
    pub fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    pub(super) fn client(&self) -> &Client {
        &self.client
    }

    /// Counts a page that is handed on.
    pub(super) fn count(&self, page: &Page) {
        self.metrics.pages.add(1);
        self.metrics.bytes.add_usize(page.len());
        self.link.came(page.len());
    }

    /// The body of an answer, asked for again with `send` where it broke.
    ///
    /// # Errors
    /// The fault of `send`, or of a body that broke off or was damaged five times.
    pub(super) async fn whole<F>(
        &self,
        context: TableContext<'_>,
        mut send: impl FnMut() -> F + Send,
    ) -> Result<Page, Fault>
    where
        F: Future<Output = Result<RawBody, Fault>> + Send,
    {
        let mut attempt = 1;
        loop {
            let taken = send().await?;
            let fetching = self.metrics.fetch_us.stopwatch();
            let page = read_whole(taken, self.stall, &self.link, &self.buffers).await;
            drop(fetching);
            match page {
                Ok(page) => return Ok(page),
                Err(broken) if attempt < ATTEMPTS => {
                    tracing::debug!(table = context.table, attempt, error = %broken, "page broken, asking again");
                    self.metrics.retries.add(1);
                    tokio::time::sleep(pause(attempt)).await;
                    attempt += 1;
                }
                Err(broken) => {
                    return Err(Fault::new(
                        SourceErrorCode::InvalidResponse,
                        format!(
                            "a page of {}{} broke {ATTEMPTS} times: {broken}",
                            context.operation,
                            context.on()
                        ),
                    ));
                }
            }
        }
    }

    async fn send(&self, request: &PageRequest, start: Option<&Key>) -> Result<RawBody, Fault> {
        let _time = self.metrics.fetch_us.stopwatch();
        let taken = self.take_body();
        let context = request.context();
        let start = start.cloned();
        let names = (!request.names.is_empty()).then(|| request.names.clone());
        let values = (!request.values.is_empty()).then(|| request.values.clone());
        if request.key_condition.is_some() {
            self.client
                .query()
                .table_name(&request.table)
                .set_index_name(request.index.clone())
                .set_key_condition_expression(request.key_condition.clone())
                .set_filter_expression(request.filter.clone())
                .set_projection_expression(request.projection.clone())
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_exclusive_start_key(start)
                .set_limit(request.limit)
                .set_consistent_read(request.consistent.then_some(true))
                .set_scan_index_forward(request.backward.then_some(false))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .customize()
                .config_override(throttles_unrepeated::<QueryError>())
                .interceptor(taken.clone())
                .send()
                .await
                .map_err(|error| fault(context, &error))?;
        } else {
            let (segment, segments) = request.segment.unzip();
            self.client
                .scan()
                .table_name(&request.table)
                .set_index_name(request.index.clone())
                .set_segment(segment)
                .set_total_segments(segments)
                .set_filter_expression(request.filter.clone())
                .set_projection_expression(request.projection.clone())
                .set_expression_attribute_names(names)
                .set_expression_attribute_values(values)
                .set_exclusive_start_key(start)
                .set_limit(request.limit)
                .set_consistent_read(request.consistent.then_some(true))
                .return_consumed_capacity(ReturnConsumedCapacity::Total)
                .customize()
                .config_override(throttles_unrepeated::<ScanError>())
                .interceptor(taken.clone())
                .send()
                .await
                .map_err(|error| fault(context, &error))?;
        }
        body_of(&taken)
    }
}

impl PageRequest {
    fn context(&self) -> TableContext<'_> {
        TableContext {
            operation: if self.key_condition.is_some() {
                "Query"
            } else {
                "Scan"
            },
            table: &self.table,
        }
    }
}

/// What the interceptor took of a call that succeeded.
pub(super) fn body_of(taken: &TakeBody) -> Result<RawBody, Fault> {
    taken.take().ok_or_else(|| {
        Fault::new(
            SourceErrorCode::InternalService,
            "the SDK gave no body for a page",
        )
    })
}

/// Collects a body, checks it against its length and checksum, both of which count it as it was sent, and unpacks it.
async fn read_whole(
    taken: RawBody,
    stall: Duration,
    link: &Arc<Link>,
    buffers: &Arc<Buffers>,
) -> Result<Page, BrokenBody> {
    if taken.is_foreign {
        return Err(BrokenBody::Foreign);
    }
    let mut body = taken.body;
    let mut lent = buffers.lend();
    let page = lent.bytes_mut();
    let length = taken.length.unwrap_or(0).min(MAX_PAGE_BYTES);
    // Large pages of a table differ a little, and a buffer is to hold the next one too.
    page.reserve_exact(if length > ROUNDING {
        length.next_multiple_of(ROUNDING)
    } else {
        length
    });
    let transfer = link.transfer();
    loop {
        let frame = tokio::time::timeout(stall, body.frame())
            .await
            .map_err(|_| BrokenBody::Stalled { after: stall })?;
        let Some(frame) = frame else { break };
        let frame = frame.map_err(|_| BrokenBody::BrokeOff { got: page.len() })?;
        if let Some(bytes) = frame.data_ref() {
            page.extend_from_slice(bytes);
        }
    }
    drop(transfer);
    if let Some(expected) = taken.length.filter(|expected| *expected != page.len()) {
        return Err(BrokenBody::Length {
            expected,
            got: page.len(),
        });
    }
    if taken
        .crc32
        .is_some_and(|expected| crc32fast::hash(page) != expected)
    {
        return Err(BrokenBody::Checksum);
    }
    match taken.encoding {
        Encoding::Plain => Ok(Bytes::from_owner(lent)),
        Encoding::Gzip => {
            let mut text = buffers.lend();
            match inflate_into(page, MAX_INFLATED_BYTES, text.bytes_mut()) {
                Ok(()) => Ok(Bytes::from_owner(text)),
                Err(broken) => {
                    link.broken();
                    Err(BrokenBody::Gzip(broken))
                }
            }
        }
        Encoding::Unknown => Err(BrokenBody::Encoding),
    }
}

/// Why a body cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
enum BrokenBody {
    #[error("nothing came for {} seconds", .after.as_secs_f64())]
    Stalled { after: Duration },
    #[error("the connection broke after {got} bytes")]
    BrokeOff { got: usize },
    #[error("expected {expected} bytes, got {got}")]
    Length { expected: usize, got: usize },
    #[error("the checksum does not fit")]
    Checksum,
    #[error("it is no JSON by its own word")]
    Foreign,
    #[error("{0}")]
    Gzip(BrokenGzip),
    #[error("it is compressed in a way that was not asked for")]
    Encoding,
}

/// 50, 100, 200 … milliseconds and up to as much again, so that streams that broke together do not return together.
fn pause(attempt: u32) -> Duration {
    let base = 50u64 << attempt.min(6).saturating_sub(1);
    Duration::from_millis(base + fastrand::u64(0..base))
}

/// Times that one page is asked for.
pub(super) const ATTEMPTS: u32 = 5;
/// Memory that is set aside because a header says so, at most.
const MAX_PAGE_BYTES: usize = 16 << 20;
const ROUNDING: usize = 1 << 18;
/// Memory of pages that waits for the next ones, at most: that of all pages of four readers.
const MAX_IDLE_BYTES: usize = 24 << 20;
/// The JSON of a page, at most: 16 MB of items in a batch, whose JSON is at most some six times as long.
const MAX_INFLATED_BYTES: usize = 128 << 20;
