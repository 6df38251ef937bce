//! What can go wrong between a caller and a service: one vocabulary for every server of this crate.
//!
//! A server asks [`Faults`] what the next call of an operation meets. Refusals are written in the service's own words and protocol
//! ([`Dialect`]); what happens on the wire (delays, broken connections, damaged bodies) is alike for all and done by [`spoil`].

use std::collections::{HashMap, VecDeque};
use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures::{FutureExt, Stream, StreamExt, future, stream};
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{Response, StatusCode};
use serde_json::json;

use crate::aws_json::{self, CRC32};
use crate::server::HangUp;

/// What happens to a call instead of a plain answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Refused, in the service's words for too many calls.
    Throttle,
    /// 503, in the service's words.
    SlowDown,
    /// 500, in the service's words.
    InternalError,
    /// Refused for want of a permission.
    AccessDenied,
    /// Refused, as the credentials that signed it have ended.
    Expired,
    /// Refused, as what the call is about is not there.
    Missing,
    /// The true answer, this much later.
    Delay(Duration),
    /// Done, and never answered.
    Silence,
    /// Done, and the connection is closed without an answer.
    HangUp,
    /// The true answer, of which half is sent before the connection breaks.
    Truncate,
    /// The true answer, of which half is sent and then nothing, while the connection stays.
    Stall,
    /// Half of the true answer, with a head that promises no more; a checksum stays that of the whole.
    Shorten,
    /// The true answer in eight pieces, each this much after the one before.
    Trickle(Duration),
    /// The true answer with one bit of its body changed; a checksum stays that of the true one.
    Flip,
    /// A page of HTML with this status, as a proxy in between would send it.
    Html(u16),
    /// The head of the true answer, and noise with the right length and checksum.
    Garbage,
}

/// A service's protocol, and its words for what it refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    DynamoDb,
    S3,
    Kms,
    Glue,
    Athena,
    Sts,
    RuntimeApi,
}

/// The faults to come, by operation.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<HashMap<String, VecDeque<Fault>>>);

impl Faults {
    /// Has the next `calls` calls of `operation` meet `fault`, after those that were asked for before. [`ANY`] stands for each
    /// operation that has none of its own.
    pub(crate) fn add(&self, operation: &str, calls: usize, fault: Fault) {
        let mut faults = self.lock();
        let faults = faults.entry(operation.to_owned()).or_default();
        faults.extend(std::iter::repeat_n(fault, calls));
    }

    /// What this call of `operation` meets.
    pub(crate) fn next(&self, operation: &str) -> Option<Fault> {
        let mut faults = self.lock();
        let mut of = |name: &str| faults.get_mut(name).and_then(VecDeque::pop_front);
        of(operation).or_else(|| of(ANY))
    }

    /// Forgets the faults to come.
    pub(crate) fn clear(&self) {
        self.lock().clear();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, VecDeque<Fault>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Any operation.
pub(crate) const ANY: &str = "";

impl Fault {
    /// The answer of a service that refuses the call without looking at it, if this is such a fault.
    pub(crate) fn refusal(self, dialect: Dialect) -> Option<Response<Bytes>> {
        let (status, code) = dialect.words(self)?;
        Some(dialect.refuse(status, code))
    }

    /// Waits, if the fault is that the service does so before it looks at the call.
    pub(crate) async fn dawdle(self) {
        if let Self::Delay(delay) = self {
            tokio::time::sleep(delay).await;
        }
    }

    /// How many bytes of a body of `length` are sent.
    pub(crate) fn sent(self, length: usize) -> usize {
        match self {
            Self::Truncate | Self::Stall | Self::Shorten => length / 2,
            Self::Silence | Self::HangUp => 0,
            Self::Html(_) => HTML.len(),
            _ => length,
        }
    }
}

impl Dialect {
    /// Status and code of a refusal.
    fn words(self, fault: Fault) -> Option<(u16, &'static str)> {
        Some(match (fault, self) {
            (Fault::Throttle, Self::DynamoDb) => (400, "ProvisionedThroughputExceededException"),
            (Fault::Throttle, Self::Athena) => (400, "TooManyRequestsException"),
            (Fault::Throttle | Fault::SlowDown, Self::S3) => (503, "SlowDown"),
            (Fault::Throttle, Self::Sts) => (400, "Throttling"),
            (Fault::Throttle, Self::RuntimeApi) => (429, "TooManyRequests"),
            (Fault::Throttle, _) => (400, "ThrottlingException"),
            (Fault::SlowDown, Self::Kms) => (503, "DependencyTimeoutException"),
            (Fault::SlowDown, _) => (503, "ServiceUnavailable"),
            (Fault::InternalError, Self::DynamoDb | Self::RuntimeApi) => {
                (500, "InternalServerError")
            }
            (Fault::InternalError, Self::S3) => (500, "InternalError"),
            (Fault::InternalError, Self::Kms) => (500, "KMSInternalException"),
            (Fault::InternalError, Self::Glue) => (500, "InternalServiceException"),
            (Fault::InternalError, Self::Athena) => (500, "InternalServerException"),
            (Fault::InternalError, Self::Sts) => (500, "InternalFailure"),
            (Fault::AccessDenied, Self::S3 | Self::Sts) => (403, "AccessDenied"),
            (Fault::AccessDenied, Self::RuntimeApi) => (403, "Forbidden"),
            (Fault::AccessDenied, _) => (400, "AccessDeniedException"),
            (Fault::Missing, Self::DynamoDb) => (400, "ResourceNotFoundException"),
            (Fault::Missing, Self::S3) => (404, "NoSuchBucket"),
            (Fault::Missing, Self::Kms) => (400, "NotFoundException"),
            (Fault::Missing, Self::Glue) => (400, "EntityNotFoundException"),
            (Fault::Missing, Self::Athena) => (400, "InvalidRequestException"),
            (Fault::Missing, Self::Sts) => (404, "NoSuchEntity"),
            (Fault::Missing, Self::RuntimeApi) => (404, "NotFound"),
            (Fault::Expired, Self::S3) => (400, "ExpiredToken"),
            (Fault::Expired, Self::Sts | Self::RuntimeApi) => (403, "ExpiredToken"),
            (Fault::Expired, _) => (400, "ExpiredTokenException"),
            _ => return None,
        })
    }

    fn refuse(self, status: u16, code: &str) -> Response<Bytes> {
        let status = StatusCode::from_u16(status).expect("a constant of this module");
        let message = match code {
            "ProvisionedThroughputExceededException" => aws_json::THROTTLED,
            "SlowDown" => "Please reduce your request rate.",
            "AccessDeniedException" => "not authorized to perform this action",
            _ => "as asked for",
        };
        match self {
            Self::DynamoDb => aws_json::fault(status, code, message),
            Self::Kms | Self::Glue | Self::Athena => aws_json::refuse_1_1(status, code, message),
            Self::S3 => {
                let text = format!(
                    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
                     <Error><Code>{code}</Code><Message>{message}</Message></Error>"
                );
                typed(status, "application/xml", text)
            }
            Self::Sts => {
                let text = format!(
                    "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type>\
                     <Code>{code}</Code><Message>{message}</Message></Error></ErrorResponse>"
                );
                typed(status, "text/xml", text)
            }
            Self::RuntimeApi => {
                let document = json!({ "errorMessage": message, "errorType": code });
                typed(status, "application/json", document.to_string())
            }
        }
    }
}

/// A body that may be late or never end.
pub(crate) type Body = UnsyncBoxBody<Bytes, io::Error>;

/// Sends the answer as the fault has it. A refusal is sent as it is.
pub(crate) async fn spoil(fault: Option<Fault>, response: Response<Bytes>) -> Response<Body> {
    let (mut head, body) = response.into_parts();
    let whole_length = body.len();
    let half = body.len() / 2;
    let body = match fault {
        Some(Fault::Silence) => future::pending().await,
        Some(Fault::HangUp) => {
            head.extensions.insert(HangUp);
            whole(Bytes::new())
        }
        Some(Fault::Truncate) => in_pieces(now(body.slice(..half)).chain(break_off())),
        Some(Fault::Stall) => in_pieces(now(body.slice(..half)).chain(stream::pending())),
        Some(Fault::Shorten) => {
            head.headers.insert(CONTENT_LENGTH, half.into());
            whole(body.slice(..half))
        }
        Some(Fault::Trickle(pause)) => in_pieces(trickle(body, pause)),
        Some(Fault::Flip) => {
            let mut changed = body.to_vec();
            if let Some(byte) = changed.get_mut(half) {
                *byte ^= 1;
            }
            whole(changed.into())
        }
        Some(Fault::Html(status)) => {
            head.status = StatusCode::from_u16(status).expect("a status of HTTP");
            head.headers.clear();
            let html = HeaderValue::from_static("text/html");
            head.headers.insert(CONTENT_TYPE, html);
            head.headers.insert(CONTENT_LENGTH, HTML.len().into());
            whole(Bytes::from_static(HTML.as_bytes()))
        }
        Some(Fault::Garbage) => {
            // No UTF-8.
            let noise: Vec<u8> = (0x80..=0xff).cycle().take(body.len()).collect();
            if head.headers.contains_key(CRC32) {
                head.headers.insert(CRC32, crc32fast::hash(&noise).into());
            }
            whole(noise.into())
        }
        _ => whole(body),
    };
    if matches!(
        fault,
        Some(Fault::Truncate | Fault::Stall | Fault::Trickle(_))
    ) {
        head.headers.insert(CONTENT_LENGTH, whole_length.into());
    }
    Response::from_parts(head, body)
}

/// An answer with its whole body.
pub(crate) fn whole(body: Bytes) -> Body {
    Full::new(body)
        .map_err(|never| match never {})
        .boxed_unsync()
}

fn typed(status: StatusCode, kind: &'static str, text: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(text));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static(kind);
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}

type Piece = Result<Bytes, io::Error>;

fn in_pieces(pieces: impl Stream<Item = Piece> + Send + 'static) -> Body {
    StreamBody::new(pieces.map(|piece| piece.map(Frame::data))).boxed_unsync()
}

fn now(part: Bytes) -> impl Stream<Item = Piece> {
    future::ready(Ok(part)).into_stream()
}

fn break_off() -> impl Stream<Item = Piece> {
    let broken = async {
        // hyper throws away what it has not written when a body fails, so it gets the time to write.
        tokio::time::sleep(TIME_TO_WRITE).await;
        Err(io::Error::new(
            io::ErrorKind::ConnectionReset,
            "cut on purpose",
        ))
    };
    broken.into_stream()
}

fn trickle(body: Bytes, pause: Duration) -> impl Stream<Item = Piece> {
    let piece = body.len().div_ceil(PIECES).max(1);
    stream::unfold(body, move |mut left| async move {
        if left.is_empty() {
            return None;
        }
        tokio::time::sleep(pause).await;
        let piece = left.split_to(piece.min(left.len()));
        Some((Ok(piece), left))
    })
}

const HTML: &str = "<html><body><h1>The page cannot be displayed</h1></body></html>";
/// Of a body that trickles.
const PIECES: usize = 8;
/// Long for a few megabytes on loopback.
const TIME_TO_WRITE: Duration = Duration::from_millis(50);

#[cfg(test)]
mod tests {
    use super::*;

    const SERVICES: [Dialect; 7] = [
        Dialect::DynamoDb,
        Dialect::S3,
        Dialect::Kms,
        Dialect::Glue,
        Dialect::Athena,
        Dialect::Sts,
        Dialect::RuntimeApi,
    ];

    #[test]
    fn each_service_refuses_in_words_of_its_own_and_what_happens_on_the_wire_is_no_refusal() {
        for dialect in SERVICES {
            for fault in [
                Fault::Throttle,
                Fault::SlowDown,
                Fault::InternalError,
                Fault::AccessDenied,
                Fault::Expired,
                Fault::Missing,
            ] {
                let (status, code) = dialect.words(fault).unwrap();
                let answer = fault.refusal(dialect).unwrap();
                assert_eq!(answer.status().as_u16(), status);
                let text = String::from_utf8(answer.into_body().to_vec()).unwrap();
                assert!(text.contains(code), "{dialect:?}: {text}");
            }
            for fault in [Fault::Silence, Fault::Truncate, Fault::Html(200)] {
                assert!(fault.refusal(dialect).is_none());
            }
        }
    }

    async fn sent(fault: Fault) -> (Response<()>, Result<Bytes, io::Error>) {
        let answer = aws_json::answer(StatusCode::OK, Bytes::from_static(b"0123456789"));
        let (head, body) = spoil(Some(fault), answer).await.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        (Response::from_parts(head, ()), body)
    }

    #[tokio::test(start_paused = true)]
    async fn bodies_are_damaged_as_the_fault_says_and_heads_do_not_give_it_away() {
        let length =
            |head: &Response<()>| head.headers()[CONTENT_LENGTH].to_str().unwrap().to_owned();
        let (head, body) = sent(Fault::Truncate).await;
        assert!(body.is_err());
        assert_eq!(length(&head), "10");
        let (head, body) = sent(Fault::Shorten).await;
        assert_eq!(body.unwrap().as_ref(), b"01234");
        assert_eq!(length(&head), "5");
        let (head, body) = sent(Fault::Flip).await;
        let body = body.unwrap();
        assert_eq!(body.as_ref(), b"0123446789");
        assert_ne!(head.headers()[CRC32], crc32fast::hash(&body).to_string());
        let (head, body) = sent(Fault::Garbage).await;
        let body = body.unwrap();
        assert_eq!(body.len(), 10);
        assert_eq!(head.headers()[CRC32], crc32fast::hash(&body).to_string());
        let (head, body) = sent(Fault::Html(502)).await;
        assert_eq!(
            (head.status().as_u16(), body.unwrap().len()),
            (502, HTML.len())
        );
        assert!(!head.headers().contains_key(CRC32));
        let (_, body) = sent(Fault::Trickle(Duration::from_secs(1))).await;
        assert_eq!(body.unwrap().as_ref(), b"0123456789");
        let stalled = tokio::time::timeout(Duration::from_hours(1), sent(Fault::Stall)).await;
        assert!(stalled.is_err());
        let silent = tokio::time::timeout(Duration::from_hours(1), sent(Fault::Silence)).await;
        assert!(silent.is_err());
    }

    #[test]
    fn an_operation_meets_its_own_faults_in_order_and_then_those_of_any() {
        let faults = Faults::default();
        faults.add(ANY, 1, Fault::Throttle);
        faults.add("Scan", 1, Fault::Flip);
        faults.add("Scan", 1, Fault::HangUp);
        let met: Vec<_> = (0..4).map(|_| faults.next("Scan")).collect();
        assert_eq!(
            met,
            [
                Some(Fault::Flip),
                Some(Fault::HangUp),
                Some(Fault::Throttle),
                None
            ]
        );
        faults.add("Query", 3, Fault::Flip);
        assert_eq!(faults.next("Scan"), None);
        faults.clear();
        assert_eq!(faults.next("Query"), None);
    }
}
