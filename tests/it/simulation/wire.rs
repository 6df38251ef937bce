//! What stands where the SDK's network would: calls reach a world in simulated time, and their answers what the seed has for them.

use super::fate::Fate;
use super::world::{Answer, World, refusal};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use futures::{Stream, StreamExt, stream};
use http_body::Frame;
use http_body_util::{BodyExt, StreamBody};
use serde_json::{Value, json};
use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::sleep;

/// An HTTP client whose every server is a world.
#[derive(Clone)]
pub(super) struct Wire {
    world: Arc<World>,
    read_limit: Duration,
}

impl Wire {
    pub(super) fn to(world: Arc<World>) -> Self {
        Self {
            world,
            read_limit: FOREVER,
        }
    }
}

impl fmt::Debug for Wire {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wire")
    }
}

impl HttpClient for Wire {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        _: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Self {
            world: self.world.clone(),
            read_limit: settings.read_timeout().unwrap_or(FOREVER),
        })
    }
}

impl HttpConnector for Wire {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let wire = self.clone();
        HttpConnectorFuture::new(async move {
            let limit = wire.read_limit;
            let call = wire.carry(request);
            match tokio::time::timeout(limit, call).await {
                Ok(answer) => answer,
                Err(_) => Err(ConnectorError::timeout("nothing came".into())),
            }
        })
    }
}

/// A request as the worlds tell them apart.
struct Call {
    service: Service,
    operation: String,
    /// Where in the table, or which object.
    place: String,
    body: Bytes,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Service {
    DynamoDb,
    S3,
    Kms,
    Athena,
}

impl Wire {
    async fn carry(&self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let call = Call::of(request).await;
        let (fate, late) = self
            .world
            .meet(&format!("{} {}", call.operation, call.place));
        let broken =
            |problem: &str| ConnectorError::io(io::Error::other(problem.to_owned()).into());
        sleep(late).await;
        match fate {
            Fate::Unconnected => return Err(broken("no connection")),
            Fate::HungUp { done: false } => return Err(broken("connection closed")),
            Fate::Silent { done: false } => return std::future::pending().await,
            _ => {}
        }
        if let Some(refused) = call.refused(fate) {
            return Ok(whole(&refused, fate));
        }
        let answer = call.answer(&self.world);
        match fate {
            Fate::HungUp { .. } => Err(broken("connection closed")),
            Fate::Silent { .. } => std::future::pending().await,
            Fate::CutOff => {
                let at = self.world.state().place(answer.body.len());
                let part = answer.body.slice(..at);
                Ok(parts(
                    &answer,
                    vec![(Duration::ZERO, Ok(part)), (SOON, Err(()))],
                ))
            }
            Fate::Stalled => {
                let at = self.world.state().place(answer.body.len());
                let part = answer.body.slice(..at);
                Ok(parts(
                    &answer,
                    vec![(Duration::ZERO, Ok(part)), (FOREVER, Err(()))],
                ))
            }
            Fate::Trickled => {
                let step = answer.body.len().div_ceil(4).max(1);
                let pieces = answer.body.chunks(step);
                let pieces = pieces.map(|piece| (SLOW, Ok(Bytes::copy_from_slice(piece))));
                let pieces = pieces.collect();
                Ok(parts(&answer, pieces))
            }
            Fate::Flipped if call.service == Service::DynamoDb => {
                let at = self.world.state().place(answer.body.len());
                let mut body = answer.body.to_vec();
                body[at] ^= 4;
                let mut response = whole(&answer, fate);
                *response.body_mut() = SdkBody::from(body);
                Ok(response)
            }
            Fate::Shortened => {
                let at = self.world.state().place(answer.body.len());
                let mut response = whole(&answer, fate);
                let body = response.body().bytes().unwrap()[..at].to_vec();
                response
                    .headers_mut()
                    .insert("content-length", at.to_string());
                *response.body_mut() = SdkBody::from(body);
                Ok(response)
            }
            _ => Ok(whole(&answer, fate)),
        }
    }
}

impl Call {
    async fn of(mut request: HttpRequest) -> Self {
        let body = std::mem::replace(request.body_mut(), SdkBody::empty());
        let body = body.collect().await.unwrap().to_bytes();
        let target = request.headers().get("x-amz-target").map(str::to_owned);
        let Some((service, operation)) =
            target.as_deref().and_then(|target| target.rsplit_once('.'))
        else {
            let path = request.uri().split("//").nth(1).unwrap_or_default();
            let key = path.split_once('/').map_or("", |(_, path)| path);
            let key = key.split('?').next().unwrap_or_default();
            // Behind bucket, prefix and query comes the split, whose name is random.
            let place = key.rsplit_once('.').map_or("", |(_, number)| number);
            return Self {
                service: Service::S3,
                operation: request.method().to_owned(),
                place: place.to_owned(),
                body: if request.method() == "PUT" {
                    [key.as_bytes(), b"\n", &body].concat().into()
                } else {
                    Bytes::new()
                },
            };
        };
        let service = match service {
            name if name.starts_with("DynamoDB") => Service::DynamoDb,
            "TrentService" => Service::Kms,
            "AmazonAthena" => Service::Athena,
            other => panic!("no world has {other}"),
        };
        let asked: Value = serde_json::from_slice(&body).unwrap();
        let place = json!([asked["Segment"], asked["ExclusiveStartKey"]]);
        Self {
            service,
            operation: operation.to_owned(),
            place: place.to_string(),
            body,
        }
    }

    /// The answer of a service that does not even look at the call.
    fn refused(&self, fate: Fate) -> Option<Answer> {
        use Service::{Athena, DynamoDb, Kms, S3};
        let (status, kind) = match (fate, self.service) {
            (Fate::Throttled, DynamoDb) => (400, "ProvisionedThroughputExceededException"),
            (Fate::Throttled, Athena) => (400, "TooManyRequestsException"),
            (Fate::Throttled | Fate::SlowedDown, S3) => (503, "SlowDown"),
            (Fate::Throttled, Kms) => (400, "ThrottlingException"),
            (Fate::SlowedDown, _) => (503, "ServiceUnavailable"),
            (Fate::Failed, S3) => (500, "InternalError"),
            (Fate::Failed, DynamoDb) => (500, "InternalServerError"),
            (Fate::Failed, _) => (500, "InternalFailure"),
            (Fate::Denied, S3) => (403, "AccessDenied"),
            (Fate::Denied, _) => (400, "AccessDeniedException"),
            (Fate::Expired, S3) => (400, "ExpiredToken"),
            (Fate::Expired, _) => (400, "ExpiredTokenException"),
            (Fate::Missing, _) => (400, "ResourceNotFoundException"),
            (Fate::Html(status), _) => {
                return Some(Answer {
                    status,
                    body: Bytes::from_static(b"<html><h1>proxy</h1></html>"),
                    is_s3: self.service == S3,
                });
            }
            (Fate::Noise, _) => {
                return Some(Answer {
                    status: 200,
                    body: Bytes::from_static(b"\xff\x00\xfenoise"),
                    is_s3: self.service == S3,
                });
            }
            _ => return None,
        };
        if self.service != S3 {
            return Some(refusal(status, kind));
        }
        let text = format!("<Error><Code>{kind}</Code><Message>m</Message></Error>");
        Some(Answer {
            status,
            body: text.into(),
            is_s3: true,
        })
    }

    /// The true answer, of a call that is done.
    fn answer(&self, world: &World) -> Answer {
        let well = |body: Value| Answer {
            status: 200,
            body: body.to_string().into(),
            is_s3: false,
        };
        match self.service {
            Service::DynamoDb => {
                let request = serde_json::from_slice(&self.body).unwrap();
                world.state().dynamodb(&self.operation, &request)
            }
            Service::S3 => {
                if let Some(at) = self.body.iter().position(|byte| *byte == b'\n') {
                    let key = String::from_utf8(self.body[..at].to_vec()).unwrap();
                    world.state().put(key, self.body.slice(at + 1..));
                }
                Answer {
                    status: 200,
                    body: Bytes::new(),
                    is_s3: true,
                }
            }
            Service::Kms => {
                let bytes = if self.operation == "GenerateRandom" {
                    12
                } else {
                    16
                };
                let text = base64_simd::STANDARD.encode_to_string(vec![7_u8; bytes]);
                well(json!({"KeyId": "k", "Plaintext": text, "CiphertextBlob": text}))
            }
            Service::Athena => {
                let state = if world.is_cancelled() {
                    "CANCELLED"
                } else {
                    "RUNNING"
                };
                well(json!({"QueryExecution": {"Status": {"State": state}}}))
            }
        }
    }
}

fn head(answer: &Answer, fate: Fate) -> HttpResponse {
    let status = answer.status.try_into().unwrap();
    let mut response = HttpResponse::new(status, SdkBody::empty());
    let headers = response.headers_mut();
    headers.insert("content-length", answer.body.len().to_string());
    let is_foreign = matches!(fate, Fate::Html(_) | Fate::Noise);
    if answer.is_s3 && !is_foreign {
        headers.insert("etag", "\"e\"");
    } else if matches!(fate, Fate::Html(_)) {
        headers.insert("content-type", "text/html");
    } else {
        // Noise passes for a page that is whole: a service with a bug, which no checksum shows.
        headers.insert("x-amz-crc32", crc32fast::hash(&answer.body).to_string());
    }
    response
}

fn whole(answer: &Answer, fate: Fate) -> HttpResponse {
    let mut response = head(answer, fate);
    *response.body_mut() = SdkBody::from(answer.body.to_vec());
    response
}

type Parts = Vec<(Duration, Result<Bytes, ()>)>;

fn parts(answer: &Answer, parts: Parts) -> HttpResponse {
    let mut response = head(answer, Fate::Well);
    *response.body_mut() = SdkBody::from_body_1_x(StreamBody::new(frames(parts)));
    response
}

fn frames(parts: Parts) -> impl Stream<Item = Result<Frame<Bytes>, io::Error>> {
    stream::iter(parts).then(|(pause, part)| async move {
        sleep(pause).await;
        part.map(Frame::data)
            .map_err(|()| io::Error::other("connection closed"))
    })
}

const SOON: Duration = Duration::from_millis(1);
/// Shorter than what a body may stand still.
const SLOW: Duration = Duration::from_secs(3);
/// Longer than any run.
const FOREVER: Duration = Duration::from_hours(100);
