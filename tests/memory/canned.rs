//! A DynamoDB of canned pages and an S3 that keeps nothing, where the SDK's network would be: no byte of theirs is allocated while a
//! read is measured, but the few heads and tails of pages.

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use flate2::Compression;
use flate2::write::GzEncoder;
use futures::stream;
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use std::convert::Infallible;
use std::fmt::{self, Write as _};
use std::io::Write as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// What the items of a page look like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Shape {
    /// A text of a kilobyte in each.
    Texts,
    /// Twenty small numbers in each, whose JSON is three times their size.
    Numbers,
}

/// A table whose segments have the same pages over and over.
#[derive(Clone)]
pub(crate) struct Canned {
    /// The items of a page, with the commas between them.
    items: Bytes,
    /// The same in gzip, for those who ask for it.
    compressed: Bytes,
    pub(crate) items_a_page: u64,
    pages_a_segment: u64,
    /// What `DescribeTable` tells.
    told_bytes: u64,
    /// Time that a PUT takes.
    put: Duration,
    pub(crate) counts: Arc<Counts>,
}

#[derive(Default)]
pub(crate) struct Counts {
    pub(crate) pages: AtomicU64,
    pub(crate) put_bytes: AtomicU64,
}

impl Canned {
    /// Pages of about `page_bytes` of JSON.
    pub(crate) fn new(
        shape: Shape,
        page_bytes: usize,
        pages_a_segment: u64,
        told_bytes: u64,
    ) -> Self {
        let (mut items, mut count) = (String::with_capacity(page_bytes + 4096), 0);
        while items.len() < page_bytes {
            if count > 0 {
                items.push(',');
            }
            let _ = write!(items, r#"{{"id":{{"S":"i{count:06}"}}"#);
            match shape {
                Shape::Texts => {
                    let _ = write!(items, r#","text":{{"S":"{}"}}"#, "lorem ipsum ".repeat(84));
                }
                Shape::Numbers => {
                    for column in 0..20 {
                        let _ = write!(items, r#","n{column:02}":{{"N":"{}"}}"#, count % 100);
                    }
                }
            }
            items.push('}');
            count += 1;
        }
        Self {
            compressed: gzip(items.as_bytes()),
            items: items.into(),
            items_a_page: count,
            pages_a_segment,
            told_bytes,
            put: Duration::from_millis(5),
            counts: Arc::default(),
        }
    }

    /// With an S3 that takes so long for each block.
    pub(crate) fn with_slow_puts(self, put: Duration) -> Self {
        Self { put, ..self }
    }

    async fn answer(&self, mut request: HttpRequest) -> HttpResponse {
        let body = std::mem::replace(request.body_mut(), SdkBody::empty());
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        let accepts_gzip = request.headers().get("accept-encoding") == Some("gzip");
        let operation = target.as_deref().and_then(|target| target.rsplit_once('.'));
        let Some((_, operation)) = operation else {
            return self.take(body).await;
        };
        let asked = body.collect().await.expect("a body in memory").to_bytes();
        let asked: Value = serde_json::from_slice(&asked).expect("JSON");
        match operation {
            "ListTables" => whole(json!({"TableNames": ["canned"]}).to_string()),
            "DescribeTable" => whole(self.description()),
            _ => self.page(&asked, accepts_gzip),
        }
    }

    /// A PUT, of which the bytes are counted and let go.
    async fn take(&self, mut body: SdkBody) -> HttpResponse {
        if body.content_length().unwrap_or(0) > 0 {
            tokio::time::sleep(self.put).await;
        }
        while let Some(frame) = body.frame().await {
            let frame = frame.expect("a body in memory");
            let bytes = frame.data_ref().map_or(0, Bytes::len);
            self.counts
                .put_bytes
                .fetch_add(bytes as u64, Ordering::Relaxed);
        }
        let mut response = whole(String::new());
        response.headers_mut().insert("etag", "\"e\"");
        response
    }

    fn description(&self) -> String {
        json!({"Table": {
            "TableName": "canned", "TableStatus": "ACTIVE",
            "ItemCount": self.told_bytes / 1000, "TableSizeBytes": self.told_bytes,
            "KeySchema": [{"AttributeName": "id", "KeyType": "HASH"}],
            "AttributeDefinitions": [{"AttributeName": "id", "AttributeType": "S"}],
            "BillingModeSummary": {"BillingMode": "PAY_PER_REQUEST"},
        }})
        .to_string()
    }

    /// A page, whose number is the id of its start key.
    fn page(&self, asked: &Value, compressed: bool) -> HttpResponse {
        let start = asked["ExclusiveStartKey"]["id"]["S"].as_str();
        let number: u64 = start.map_or(0, |text| text.parse().expect("a page's number"));
        // A sample has a limit, and gets no more than the first page.
        let is_last = number + 1 >= self.pages_a_segment || !asked["Limit"].is_null();
        let tail = if is_last {
            "]}".to_owned()
        } else {
            let next = number + 1;
            format!(r#"],"LastEvaluatedKey":{{"id":{{"S":"{next}"}}}}}}"#)
        };
        if asked["Limit"].is_null() {
            self.counts.pages.fetch_add(1, Ordering::Relaxed);
        }
        let count = self.items_a_page;
        let head = format!(r#"{{"Count":{count},"ScannedCount":{count},"Items":["#);
        // A gzip file may have several members, one after the other.
        let (head, items, tail) = if compressed {
            let small = |text: String| gzip(text.as_bytes());
            (small(head), self.compressed.clone(), small(tail))
        } else {
            (Bytes::from(head), self.items.clone(), Bytes::from(tail))
        };
        let length = head.len() + items.len() + tail.len();
        // In the pieces that a socket would give.
        let pieces = (0..items.len().div_ceil(PIECE))
            .map(move |at| items.slice(at * PIECE..items.len().min((at + 1) * PIECE)));
        let parts = std::iter::once(head).chain(pieces).chain([tail]);
        let frames = parts.map(|part| Ok::<_, Infallible>(Frame::data(part)));
        let mut response = whole(String::new());
        response
            .headers_mut()
            .insert("content-length", length.to_string());
        if compressed {
            response.headers_mut().insert("content-encoding", "gzip");
        }
        *response.body_mut() = SdkBody::from_body_1_x(StreamBody::new(stream::iter(frames)));
        response
    }
}

impl fmt::Debug for Canned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Canned")
    }
}

impl HttpClient for Canned {
    fn http_connector(
        &self,
        _: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

impl HttpConnector for Canned {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let canned = self.clone();
        HttpConnectorFuture::new(async move { Ok(canned.answer(request).await) })
    }
}

fn whole(body: String) -> HttpResponse {
    let status = 200.try_into().expect("a status of HTTP");
    let length = body.len();
    let mut response = HttpResponse::new(status, SdkBody::from(body));
    response
        .headers_mut()
        .insert("content-length", length.to_string());
    response
}

fn gzip(text: &[u8]) -> Bytes {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(text).expect("memory takes all");
    encoder.finish().expect("memory takes all").into()
}

/// What hyper reads at once.
const PIECE: usize = 16 << 10;
