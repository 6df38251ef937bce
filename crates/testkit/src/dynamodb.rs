//! DynamoDB in memory: embedded dynoxide behind a front that counts the calls and fails on demand.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_sdk_dynamodb::config::{BehaviorVersion, Credentials, Region};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_LENGTH;
use hyper::{HeaderMap, Request, Response, StatusCode};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::AbortHandle;

use crate::credentials::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY, signer};
use crate::fault::{Body, Dialect, Faults, spoil, whole};
use crate::server::Server;
use crate::{Error, aws_json};

pub use crate::fault::Fault;

/// A DynamoDB of its own, empty at first. Dropping it ends it.
#[derive(Debug)]
pub struct DynamoDb {
    server: Server,
    front: Arc<Front>,
    /// The embedded engine, unless it is somebody else's.
    engine: Option<AbortHandle>,
}

/// One call that was answered.
#[derive(Clone, Debug)]
pub struct Call {
    /// The operation, as in `Scan`.
    pub operation: String,
    /// The table; of a batch the first one; none where the request names none, as PartiQL.
    pub table: Option<String>,
    /// The index of a Scan or Query.
    pub index: Option<String>,
    /// Who signed it.
    pub access_key_id: Option<String>,
    /// The request's body.
    pub request: Bytes,
    /// The HTTP status of the answer.
    pub status: u16,
    /// The bytes of the answer's body that were sent.
    pub response_bytes: usize,
}

impl DynamoDb {
    /// Starts an empty DynamoDB.
    ///
    /// # Errors
    /// [`Error::Listen`] without a port, [`Error::Embedded`] if the database cannot be opened.
    pub async fn start() -> Result<Self, Error> {
        let database = dynoxide::Database::memory();
        let database = database.map_err(|error| Error::Embedded {
            server: NAME,
            reason: error.to_string(),
        })?;
        let listen = |source| Error::Listen {
            server: NAME,
            source,
        };
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(listen)?;
        let private = listener.local_addr().map_err(listen)?;
        let engine = tokio::spawn(dynoxide::server::serve_on(listener, database)).abort_handle();
        let mut started = Self::in_front_of(&format!("http://{private}")).await?;
        started.engine = Some(engine);
        Ok(started)
    }

    /// Counts the calls, and fails on demand, in front of another DynamoDB at `endpoint`, such as
    /// [`DynamoDbLocal`](crate::DynamoDbLocal); that one is not ended with this value.
    ///
    /// # Errors
    /// [`Error::Listen`] without a port.
    pub async fn in_front_of(endpoint: &str) -> Result<Self, Error> {
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        let front = Arc::new(Front {
            engine: format!("{endpoint}/"),
            client: Client::builder(TokioExecutor::new()).build(connector),
            record: Mutex::default(),
            faults: Faults::default(),
            answered: watch::Sender::new(()),
        });
        let asked = front.clone();
        let server = Server::start(NAME, move |request| asked.clone().answer(request)).await?;
        Ok(Self {
            server,
            front,
            engine: None,
        })
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A client for it, in [`REGION`], with the keys of this crate.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        client(&self.endpoint())
    }

    /// The calls since the start or the last [`reset`](Self::reset), by the order of their answers.
    pub fn calls(&self) -> Vec<Call> {
        self.front.lock().calls.clone()
    }

    /// How many of the calls asked for this operation.
    pub fn count(&self, operation: &str) -> usize {
        self.front
            .lock()
            .calls
            .iter()
            .filter(|call| call.operation == operation)
            .count()
    }

    /// Waits until so many calls of `operation` were answered, or are about to be.
    pub async fn was_asked(&self, operation: &str, calls: usize) {
        let mut answered = self.front.answered.subscribe();
        // The sender lives as long as this value.
        let _ = answered.wait_for(|()| self.count(operation) >= calls).await;
    }

    /// Forgets the calls and the faults to come; the tables stay.
    pub fn reset(&self) {
        *self.front.lock() = Record::default();
        self.front.faults.clear();
    }

    /// Has the next `calls` calls of `operation` meet `fault`, after those that were asked for before.
    pub fn fail_next(&self, operation: &str, calls: usize, fault: Fault) {
        self.front.faults.add(operation, calls, fault);
    }
}

impl Drop for DynamoDb {
    fn drop(&mut self) {
        if let Some(engine) = &self.engine {
            engine.abort();
        }
    }
}

/// A client for a DynamoDB of this crate.
pub(crate) fn client(endpoint: &str) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .credentials_provider(Credentials::new(
            ACCESS_KEY_ID,
            SECRET_ACCESS_KEY,
            None,
            None,
            "testkit",
        ))
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

/// Stands between the callers and the engine.
#[derive(Debug)]
struct Front {
    engine: String,
    client: Client<HttpConnector, Full<Bytes>>,
    record: Mutex<Record>,
    faults: Faults,
    answered: watch::Sender<()>,
}

#[derive(Debug, Default)]
struct Record {
    calls: Vec<Call>,
}

impl Front {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let operation = aws_json::operation(&head.headers).to_owned();
        let Ok(body) = body.collect().await else {
            // Whoever broke off does not read this.
            let fault =
                aws_json::fault(StatusCode::BAD_REQUEST, "SerializationException", "no body");
            return fault.map(whole);
        };
        let body = body.to_bytes();
        let access_key_id = signer(&head.headers);
        let fault = self.faults.next(&operation);
        let refusal = fault.and_then(|fault| fault.refusal(Dialect::DynamoDb));
        let response = match (refusal, fault) {
            (Some(refusal), _) => refusal,
            (None, fault) => {
                if let Some(fault) = fault {
                    fault.dawdle().await;
                }
                self.forward(head.headers, body.clone()).await
            }
        };
        let length = response.body().len();
        let sent = fault.map_or(length, |fault| fault.sent(length));
        // Before the last byte leaves, so that a caller who has its answer also finds it here.
        self.lock().calls.push(Call {
            access_key_id,
            ..call(operation, body, response.status(), sent)
        });
        self.answered.send_replace(());
        spoil(fault, response).await
    }

    /// The engine's answer, with the checksum of its body as the service sends it.
    async fn forward(&self, headers: HeaderMap, body: Bytes) -> Response<Bytes> {
        let mut request = Request::new(Full::new(by_name(body)));
        *request.method_mut() = hyper::Method::POST;
        *request.uri_mut() = self.engine.parse().expect("a socket address makes a URI");
        *request.headers_mut() = headers;
        // That of the body as it came; hyper counts anew.
        request.headers_mut().remove(CONTENT_LENGTH);
        let answer = async {
            let (head, body) = self
                .client
                .request(request)
                .await
                .map_err(|error| error.to_string())?
                .into_parts();
            let body = body.collect().await.map_err(|error| error.to_string())?;
            Ok::<_, String>(aws_json::answer(head.status, body.to_bytes()))
        };
        answer.await.unwrap_or_else(|error| {
            tracing::error!(error, "the DynamoDB behind the front does not answer");
            let status = StatusCode::INTERNAL_SERVER_ERROR;
            aws_json::fault(
                status,
                "InternalServerError",
                "the DynamoDB behind the front does not answer",
            )
        })
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn call(operation: String, request: Bytes, status: StatusCode, response_bytes: usize) -> Call {
    let parsed: Value = serde_json::from_slice(&request).unwrap_or_default();
    let text = |name: &str| parsed[name].as_str().map(str::to_owned);
    let batch = || parsed["RequestItems"].as_object()?.keys().next().cloned();
    Call {
        operation,
        table: text("TableName").or_else(batch),
        index: text("IndexName"),
        access_key_id: None,
        request,
        status: status.as_u16(),
        response_bytes,
    }
}

/// The request with its table's name in place of an ARN, which the engine does not know. It has one account for all.
fn by_name(request: Bytes) -> Bytes {
    let mut parsed: Value = serde_json::from_slice(&request).unwrap_or_default();
    let name = parsed["TableName"].as_str();
    let name = name.filter(|name| name.starts_with("arn:"));
    let name = name.and_then(|arn| Some(arn.split_once(":table/")?.1.to_owned()));
    match name {
        None => request,
        Some(name) => {
            parsed["TableName"] = name.into();
            parsed.to_string().into()
        }
    }
}

const NAME: &str = "DynamoDB";
