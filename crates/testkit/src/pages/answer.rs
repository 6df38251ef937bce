//! Answers the operations of a table of canned pages.

use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use crc32fast::Hasher;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_ENCODING, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::{Value, json};

use super::Counts;
use super::book::{self, Book, Position};
use super::wire::{Chunks, Wire};
use crate::aws_json;
use crate::credentials::REGION;

/// What the server knows.
#[derive(Debug)]
pub(super) struct Desk {
    pub(super) table: String,
    pub(super) book: Book,
    delay: Option<Duration>,
    throttle_one_in: Option<u64>,
    wire: Option<Arc<Wire>>,
    paged: AtomicU64,
    counts: Mutex<Counts>,
}

/// An error's name in DynamoDB's model, and its message.
type Refusal = (&'static str, String);

impl Desk {
    pub(super) fn new(
        table: String,
        book: Book,
        delay: Option<Duration>,
        throttle_one_in: Option<u64>,
        wire: Option<Arc<Wire>>,
    ) -> Self {
        let (paged, counts) = (AtomicU64::new(0), Mutex::default());
        Self {
            table,
            book,
            delay,
            throttle_one_in,
            wire,
            paged,
            counts,
        }
    }

    pub(super) fn counts(&self) -> Counts {
        *self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn answer(
        self: Arc<Self>,
        operation: String,
        body: Incoming,
        gzip: bool,
    ) -> Response<Chunks> {
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes)
            .unwrap_or_default();
        let answer = match serde_json::from_slice(&body) {
            Ok(request) => self.dispatch(&operation, &request, gzip).await,
            Err(_) => Err(("SerializationException", "the body is no JSON".to_owned())),
        };
        let response = answer.unwrap_or_else(|(kind, message)| {
            flatten(aws_json::fault(StatusCode::BAD_REQUEST, kind, &message))
        });
        let (sent, saved) = (response.body().left(), response.body().saved());
        self.count(|counts| {
            counts.bytes += sent;
            counts.clear_bytes += sent + saved;
        });
        response.map(|body| body.over(self.wire.as_ref()))
    }

    async fn dispatch(
        &self,
        operation: &str,
        request: &Value,
        gzip: bool,
    ) -> Result<Response<Chunks>, Refusal> {
        match operation {
            "ListTables" => {
                self.count(|counts| counts.list_tables += 1);
                let rest = request["ExclusiveStartTableName"].as_str();
                let names: Vec<&str> = [self.table.as_str()]
                    .into_iter()
                    .filter(|name| rest.is_none_or(|rest| *name > rest))
                    .collect();
                Ok(document(&json!({ "TableNames": names })))
            }
            "DescribeTable" => {
                self.count(|counts| counts.describe_table += 1);
                self.is_for_this_table(request)?;
                Ok(document(&self.description()))
            }
            "Scan" => {
                self.count(|counts| counts.scan += 1);
                self.page(request, self.segment(request)?, gzip).await
            }
            "Query" => {
                self.count(|counts| counts.query += 1);
                if request["KeyConditionExpression"].is_null() && request["KeyConditions"].is_null()
                {
                    return Err(invalid(
                        "Either the KeyConditions or KeyConditionExpression parameter must be specified in the request.",
                    ));
                }
                self.page(request, 0..self.book.pages(), gzip).await
            }
            "ExecuteStatement" => {
                self.count(|counts| counts.execute_statement += 1);
                self.page(request, 0..self.book.pages(), gzip).await
            }
            _ => Err((
                "UnknownOperationException",
                format!("canned pages know no `{operation}`"),
            )),
        }
    }

    /// The next page within `pages`.
    async fn page(
        &self,
        request: &Value,
        pages: Range<usize>,
        gzip: bool,
    ) -> Result<Response<Chunks>, Refusal> {
        self.is_for_this_table(request)?;
        if let Some(delay) = self.delay {
            tokio::time::sleep(delay).await;
        }
        let number = self.paged.fetch_add(1, Ordering::Relaxed) + 1;
        if self
            .throttle_one_in
            .is_some_and(|calls| number.is_multiple_of(calls))
        {
            self.count(|counts| counts.throttled += 1);
            return Ok(flatten(aws_json::throttled()));
        }
        let limit = match &request["Limit"] {
            Value::Null => usize::MAX,
            limit => limit
                .as_u64()
                .and_then(|limit| usize::try_from(limit).ok())
                .filter(|limit| *limit > 0)
                .ok_or_else(|| invalid("Limit must be greater than or equal to 1"))?,
        };
        let from = self.start(request, &pages)?;
        if from.page >= pages.end {
            let (head, tail) = around(request, &self.table, 0, 0, None);
            return Ok(page_of(
                head.into(),
                Bytes::new(),
                &Hasher::new(),
                tail.into(),
            ));
        }
        let cut = self.book.cut(from, limit);
        let last = match cut.end {
            Position { page, item: 0 } if page >= pages.end => None,
            Position { page, item: 0 } => Some((page - 1, self.book.items_of(page - 1) - 1)),
            Position { page, item } => Some((page, item - 1)),
        };
        let last = last.map(|(page, item)| book::id(page, item));
        let (head, tail) = around(request, &self.table, cut.count, cut.size, last);
        if gzip {
            self.count(|counts| counts.compressed += 1);
            let clear_bytes = head.len() + cut.items.len() + tail.len();
            // Each part is a member of its own, so that a page's items are compressed once for all their answers.
            let (items, checksum) = self.book.compressed(from, &cut);
            let (head, tail) = (book::gzip(head.as_bytes()), book::gzip(tail.as_bytes()));
            let page = page_of(head, items, &checksum, tail);
            let mut page = page.map(|body| body.instead_of(clear_bytes as u64));
            let gzip = HeaderValue::from_static("gzip");
            page.headers_mut().insert(CONTENT_ENCODING, gzip);
            return Ok(page);
        }
        Ok(page_of(head.into(), cut.items, &cut.checksum, tail.into()))
    }

    /// The pages of the request's segment, all without one.
    fn segment(&self, request: &Value) -> Result<Range<usize>, Refusal> {
        let number = |name: &str| {
            request[name]
                .as_u64()
                .and_then(|number| usize::try_from(number).ok())
        };
        match (number("Segment"), number("TotalSegments")) {
            (None, None) => Ok(0..self.book.pages()),
            (Some(segment), Some(total)) if segment < total && total <= 1_000_000 => {
                let bound = |segment: usize| self.book.pages() * segment / total;
                Ok(bound(segment)..bound(segment + 1))
            }
            _ => Err(invalid(
                "Segment must be less than TotalSegments, of which there are 1 to 1000000",
            )),
        }
    }

    /// Where the request wants to go on.
    fn start(&self, request: &Value, pages: &Range<usize>) -> Result<Position, Refusal> {
        let (key, token) = (&request["ExclusiveStartKey"], &request["NextToken"]);
        if key.is_null() && token.is_null() {
            return Ok(Position {
                page: pages.start,
                item: 0,
            });
        }
        let last = key["id"]["S"].as_str().or_else(|| token.as_str());
        let after = last.and_then(book::place);
        let after = after.ok_or_else(|| invalid("The provided starting key is invalid"))?;
        if !pages.contains(&after.page) {
            return Err(invalid(
                "The provided starting key is outside query boundaries or the segment",
            ));
        }
        if after.item + 1 < self.book.items_of(after.page) {
            Ok(Position {
                item: after.item + 1,
                ..after
            })
        } else {
            Ok(Position {
                page: after.page + 1,
                item: 0,
            })
        }
    }

    fn description(&self) -> Value {
        json!({ "Table": {
            "AttributeDefinitions": [{ "AttributeName": "id", "AttributeType": "S" }],
            "BillingModeSummary": { "BillingMode": "PAY_PER_REQUEST" },
            "CreationDateTime": 1_735_689_600,
            "ItemCount": self.book.items(),
            "KeySchema": [{ "AttributeName": "id", "KeyType": "HASH" }],
            "ProvisionedThroughput": { "NumberOfDecreasesToday": 0, "ReadCapacityUnits": 0, "WriteCapacityUnits": 0 },
            "TableArn": format!("arn:aws:dynamodb:{REGION}:123456789012:table/{}", self.table),
            "TableName": self.table,
            "TableSizeBytes": self.book.item_bytes(),
            "TableStatus": "ACTIVE",
        }})
    }

    /// Tables are asked for by name or by ARN.
    fn is_for_this_table(&self, request: &Value) -> Result<(), Refusal> {
        if request["Statement"].is_string() {
            // Statements are not read.
            return Ok(());
        }
        let name = request["TableName"].as_str().unwrap_or_default();
        if name.rsplit('/').next() == Some(self.table.as_str()) {
            return Ok(());
        }
        let message = format!("Requested resource not found: Table: {name} not found");
        Err(("ResourceNotFoundException", message))
    }

    fn count(&self, add: impl FnOnce(&mut Counts)) {
        add(&mut self.counts.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

/// What stands around the items of a page: `ConsumedCapacity` if asked for, `Count`, `Items`, `LastEvaluatedKey`, `ScannedCount`; of a
/// statement `ConsumedCapacity`, `Items` and `NextToken`.
fn around(
    request: &Value,
    table: &str,
    count: usize,
    size: usize,
    last: Option<String>,
) -> (String, String) {
    let capacity = match request["ReturnConsumedCapacity"].as_str() {
        Some("TOTAL" | "INDEXES") => {
            // A unit reads 4 KB, an eventually consistent one 8.
            let consistent = request["ConsistentRead"].as_bool().unwrap_or(false);
            let halves = size.div_ceil(4096).max(1) * if consistent { 2 } else { 1 };
            let units = format!("{}.{}", halves / 2, halves % 2 * 5);
            let name = json!(table);
            format!(r#""ConsumedCapacity":{{"CapacityUnits":{units},"TableName":{name}}},"#)
        }
        _ => String::new(),
    };
    if request["Statement"].is_string() {
        let token = last.map(|id| format!(r#","NextToken":"{id}""#));
        let token = token.unwrap_or_default();
        (format!(r#"{{{capacity}"Items":["#), format!("]{token}}}"))
    } else {
        let last = last.map(|id| format!(r#","LastEvaluatedKey":{{"id":{{"S":"{id}"}}}}"#));
        let last = last.unwrap_or_default();
        (
            format!(r#"{{{capacity}"Count":{count},"Items":["#),
            format!(r#"]{last},"ScannedCount":{count}}}"#),
        )
    }
}

/// A page's answer from its parts; `checksum` is that of `items`.
fn page_of(head: Bytes, items: Bytes, checksum: &Hasher, tail: Bytes) -> Response<Chunks> {
    let mut crc32 = Hasher::new();
    crc32.update(&head);
    crc32.combine(checksum);
    crc32.update(&tail);
    let body = Chunks::new([head, items, tail]);
    aws_json::head(StatusCode::OK, body.left(), crc32.finalize()).map(|()| body)
}

fn document(value: &Value) -> Response<Chunks> {
    flatten(aws_json::answer(StatusCode::OK, value.to_string().into()))
}

fn flatten(response: Response<Bytes>) -> Response<Chunks> {
    response.map(|body| Chunks::new([body]))
}

fn invalid(message: &str) -> Refusal {
    ("ValidationException", message.to_owned())
}
