//! How a request reaches a connector: Lambda's Invoke API over plain HTTP (Lambda API reference, "Invoke").
//!
//! An emulator on loopback is reached that way, and so is anything else that answers that API without a signature.

use async_trait::async_trait;
use athena_protocol::wire::FaultDocument;
use bytes::Bytes;
use http_body_util::{BodyExt, Full, Limited};
use hyper::header::{CONTENT_TYPE, HeaderMap};
use hyper::{Method, Request, StatusCode, Uri};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use std::error::Error as StdError;
use std::time::Duration;

/// Carries one request document to a connector and its answer back.
#[async_trait]
pub trait Invoker: Send + Sync {
    /// Invokes the connector with one document.
    ///
    /// # Errors
    /// [`InvokeError::Function`] if the connector answered with a fault, the others if it was not reached or did not answer.
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError>;
}

/// What a connector answered.
#[derive(Debug, Clone)]
pub struct Invoked {
    /// The response document.
    pub payload: Bytes,
    /// The end of the call's log, if the way of invoking delivers it; at most 4,096 bytes of it.
    pub log_tail: Option<String>,
}

/// Why an invocation gave no response.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum InvokeError {
    /// The connector itself reports an error, or its process was lost.
    #[error("{}", messages(.fault))]
    Function {
        /// The error document.
        fault: FaultDocument,
        /// The end of the call's log.
        log_tail: Option<String>,
    },
    /// The address of the Invoke API cannot be used.
    #[error("the endpoint `{endpoint}` is not a URL of the form http://host:port")]
    Endpoint {
        /// As it was given.
        endpoint: String,
    },
    /// The Invoke API answered something other than a run of the function.
    #[error("the Invoke API at `{endpoint}` refused the call with status {status}: {message}")]
    Refused {
        /// Where it is.
        endpoint: String,
        /// HTTP status.
        status: u16,
        /// Its own words.
        message: String,
    },
    /// No connection, or one that broke off.
    #[error("cannot reach the Invoke API at `{endpoint}`")]
    Transport {
        /// Where it should be.
        endpoint: String,
        /// What the connection said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// Lambda did not run the function: the caller may not, there is none, or it is not ready.
    #[error("Lambda does not invoke the function `{function}`: {message} (status {status})")]
    Denied {
        /// Its name or ARN.
        function: String,
        /// HTTP status.
        status: u16,
        /// Lambda's own words.
        message: String,
    },
    /// Lambda was not reached, or did not answer in time.
    #[error("cannot invoke the function `{function}`")]
    Unreached {
        /// Its name or ARN.
        function: String,
        /// What the client said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
    /// No answer in time.
    #[error("the connector did not answer within {} s", .after.as_secs_f64())]
    TimedOut {
        /// The limit.
        after: Duration,
    },
}

/// Invokes a function through an Invoke API without credentials.
#[derive(Debug, Clone)]
pub struct EndpointInvoker {
    http: Client<HttpConnector, Full<Bytes>>,
    endpoint: String,
    uri: Uri,
    time_limit: Duration,
}

impl EndpointInvoker {
    /// Invokes `function` at `endpoint`, for instance `http://127.0.0.1:9001`; each call may take `time_limit`.
    ///
    /// # Errors
    /// [`InvokeError::Endpoint`] if the two do not make an `http` URL.
    pub fn new(endpoint: &str, function: &str, time_limit: Duration) -> Result<Self, InvokeError> {
        let wrong = || InvokeError::Endpoint {
            endpoint: endpoint.to_owned(),
        };
        let text = format!(
            "{}/2015-03-31/functions/{function}/invocations",
            endpoint.trim_end_matches('/')
        );
        let uri: Uri = text.parse().map_err(|_| wrong())?;
        if uri.scheme_str() != Some("http") || uri.host().is_none() {
            return Err(wrong());
        }
        let mut connector = HttpConnector::new();
        connector.set_nodelay(true);
        connector.set_connect_timeout(Some(CONNECT_LIMIT));
        let http = Client::builder(TokioExecutor::new()).build(connector);
        Ok(Self {
            http,
            endpoint: endpoint.to_owned(),
            uri,
            time_limit,
        })
    }

    async fn call(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let transport = |source: Box<dyn StdError + Send + Sync>| InvokeError::Transport {
            endpoint: self.endpoint.clone(),
            source,
        };
        let request = Request::builder()
            .method(Method::POST)
            .uri(self.uri.clone())
            .header(CONTENT_TYPE, "application/json")
            .header("x-amz-invocation-type", "RequestResponse")
            .header("x-amz-log-type", "Tail")
            .body(Full::new(Bytes::from(payload)))
            .expect("the URL was checked and the headers are constants");
        let response = self
            .http
            .request(request)
            .await
            .map_err(|error| transport(error.into()))?;
        let (head, body) = response.into_parts();
        let payload = Limited::new(body, READ_BYTES)
            .collect()
            .await
            .map_err(transport)?
            .to_bytes();
        if head.status != StatusCode::OK {
            return Err(InvokeError::Refused {
                endpoint: self.endpoint.clone(),
                status: head.status.as_u16(),
                message: refusal(&payload),
            });
        }
        let log_tail = log_tail(&head.headers);
        if head.headers.contains_key("x-amz-function-error") {
            return Err(InvokeError::Function {
                fault: fault(&payload),
                log_tail,
            });
        }
        Ok(Invoked { payload, log_tail })
    }
}

#[async_trait]
impl Invoker for EndpointInvoker {
    async fn invoke(&self, payload: Vec<u8>) -> Result<Invoked, InvokeError> {
        let late = InvokeError::TimedOut {
            after: self.time_limit,
        };
        tokio::time::timeout(self.time_limit, self.call(payload))
            .await
            .unwrap_or(Err(late))
    }
}

fn log_tail(headers: &HeaderMap) -> Option<String> {
    log_tail_of(headers.get("x-amz-log-result")?.as_bytes())
}

/// The text of a log tail as the API sends it.
pub(crate) fn log_tail_of(text: &[u8]) -> Option<String> {
    let bytes = base64_simd::STANDARD.decode_to_vec(text).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}

/// Reads an error document; a text that is none becomes the message.
pub(crate) fn fault(payload: &[u8]) -> FaultDocument {
    let document = serde_json::from_slice::<FaultDocument>(payload)
        .ok()
        .filter(|fault| !fault.error_message.is_empty());
    document.unwrap_or_else(|| FaultDocument {
        error_message: match payload {
            [] => "the function failed without a message".to_owned(),
            text => String::from_utf8_lossy(&text[..text.len().min(SHOWN_BYTES)]).into_owned(),
        },
        ..FaultDocument::default()
    })
}

/// The messages of a fault and of those behind it, each once: Java repeats a cause's message in its own.
fn messages(fault: &FaultDocument) -> String {
    let mut text = fault.error_message.clone();
    for behind in fault.chain().skip(1) {
        if !text.contains(&behind.error_message) {
            text = format!("{text}: {}", behind.error_message);
        }
    }
    text
}

/// The message of a refusal: its field `message` or `Message`, else the text itself.
fn refusal(payload: &[u8]) -> String {
    let document: Option<serde_json::Value> = serde_json::from_slice(payload).ok();
    let message = document.as_ref().and_then(|document| {
        ["message", "Message"]
            .iter()
            .find_map(|name| document.get(name)?.as_str().map(str::to_owned))
    });
    message.unwrap_or_else(|| {
        String::from_utf8_lossy(&payload[..payload.len().min(SHOWN_BYTES)]).into_owned()
    })
}

const CONNECT_LIMIT: Duration = Duration::from_secs(5);
/// More than any function may answer (protocol §15), so that a wrong address cannot fill the memory.
const READ_BYTES: usize = 16 << 20;
const SHOWN_BYTES: usize = 1000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_must_be_a_plain_http_url() {
        let limit = Duration::from_secs(1);
        assert!(EndpointInvoker::new("http://127.0.0.1:9001/", "orders", limit).is_ok());
        for endpoint in ["127.0.0.1:9001", "https://127.0.0.1:9001", "not a url", ""] {
            let error = EndpointInvoker::new(endpoint, "orders", limit).expect_err(endpoint);
            assert!(error.to_string().contains(endpoint), "{error}");
        }
    }

    #[test]
    fn a_fault_that_is_no_document_becomes_the_message() {
        assert_eq!(
            fault(br#"{"errorMessage":"no bucket","errorType":"x"}"#).error_message,
            "no bucket"
        );
        assert_eq!(fault(b"gateway down").error_message, "gateway down");
        assert_eq!(
            fault(b"").error_message,
            "the function failed without a message"
        );
    }

    #[test]
    fn the_causes_of_a_fault_are_told_once_each() {
        let fault = fault(
            br#"{"errorMessage":"cannot read: no table","cause":{"errorMessage":"no table","cause":{"errorMessage":"status 400"}}}"#,
        );
        let error = InvokeError::Function {
            fault,
            log_tail: None,
        };
        assert_eq!(error.to_string(), "cannot read: no table: status 400");
    }

    #[tokio::test]
    async fn nobody_listening_is_a_transport_error_that_names_the_endpoint() {
        let free = std::net::TcpListener::bind("127.0.0.1:0")
            .unwrap()
            .local_addr()
            .unwrap();
        let endpoint = format!("http://{free}");
        let invoker = EndpointInvoker::new(&endpoint, "orders", Duration::from_secs(30)).unwrap();
        let error = invoker.invoke(Vec::new()).await.unwrap_err();
        assert!(
            matches!(&error, InvokeError::Transport { endpoint: named, .. } if *named == endpoint),
            "{error:?}"
        );
    }

    #[tokio::test]
    async fn a_call_that_is_never_answered_ends_at_the_time_limit() {
        // The kernel accepts the connection; nobody reads it.
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let invoker = EndpointInvoker::new(&endpoint, "orders", Duration::from_millis(20)).unwrap();
        let error = invoker.invoke(b"{}".to_vec()).await.unwrap_err();
        assert!(matches!(error, InvokeError::TimedOut { .. }), "{error:?}");
    }
}
