//! Asks the connector, under a time limit, and has every answer judged as it comes.

use super::documents;
use super::ledger::Ledger;
use super::rules::Rule;
use crate::connector::Connector;
use crate::invoke::{InvokeError, Invoker};
use crate::store::SpillStore;
use athena_protocol::block::Framing;
use athena_protocol::wire::{FederatedIdentity, PingRequest, Request, Response, Version};
use bytes::Bytes;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

/// The connector that is judged, and where its spilled blocks are.
#[derive(Clone)]
pub struct Target {
    /// Reaches the connector.
    pub invoker: Arc<dyn Invoker>,
    /// Has its spilled blocks.
    pub store: Arc<dyn SpillStore>,
    /// The catalog that the connector is told to be.
    pub catalog: String,
}

impl Target {
    /// What queries of this connector ask.
    pub fn of(connector: &Connector) -> Self {
        Self {
            invoker: connector.invoker(),
            store: connector.store(),
            catalog: connector.catalog().to_owned(),
        }
    }
}

/// A conversation with the connector.
pub(super) struct Session {
    pub(super) target: Target,
    pub(super) ledger: Ledger,
    /// The version that requests are written in: the answered one, as far as it is known here.
    pub(super) version: Version,
    /// Calls so far.
    pub(super) calls: u64,
    call_limit: Duration,
}

/// Why a call gave no answer that can be gone on with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Failure {
    /// The connector's own error: its type and its message, which may repeat a value of the request.
    Fault { kind: String, message: String },
    /// The process was lost.
    Lost(String),
    /// Not in time.
    Late,
    /// The call did not get through to the connector.
    Unreached(String),
    /// An answer that is none.
    Unreadable(String),
    /// An answer to another question.
    Unexpected(&'static str),
    /// The protocol's version has no place for the request.
    Unwritable,
    /// A list without end, or blocks that cannot be had; told under a rule of its own.
    Told,
}

impl Session {
    pub(super) fn new(target: Target, call_limit: Duration) -> Self {
        Self {
            target,
            ledger: Ledger::default(),
            version: Version::HIGHEST,
            calls: 0,
            call_limit,
        }
    }

    /// Sends a request in the version of the conversation.
    pub(super) async fn ask(&mut self, request: &Request) -> Result<Response, Failure> {
        self.ask_as(request, self.version).await
    }

    /// Sends a request in this version.
    pub(super) async fn ask_as(
        &mut self,
        request: &Request,
        version: Version,
    ) -> Result<Response, Failure> {
        let payload = request.to_json(version).map_err(|_| Failure::Unwritable)?;
        let text = self.send(payload).await?;
        // A ping tells the version, so what is said before is judged as the newest.
        let framing = (self.version >= Version::V3).then_some(Framing::Current);
        documents::judge(&text, request, framing, &mut self.ledger);
        let kind = request.kind();
        match Response::from_json(&text) {
            Ok(response) => {
                let belongs = belongs(request, &response);
                let got = response.kind();
                self.ledger.check(Rule::AnswerReadable, belongs, || {
                    format!("{kind} was answered with a {got}")
                });
                if belongs {
                    Ok(response)
                } else {
                    Err(Failure::Unexpected(got))
                }
            }
            Err(error) => {
                let why = error.to_string().replace("request", "answer");
                self.ledger.fail(
                    Rule::AnswerReadable,
                    format!("the answer to a {kind}: {why}"),
                );
                Err(Failure::Unreadable(why))
            }
        }
    }

    /// Sends a document as it is.
    pub(super) async fn send(&mut self, document: Vec<u8>) -> Result<Bytes, Failure> {
        self.calls += 1;
        let invoked = self.target.invoker.invoke(document);
        let outcome = match tokio::time::timeout(self.call_limit, invoked).await {
            Err(_) | Ok(Err(InvokeError::TimedOut { .. })) => Err(Failure::Late),
            Ok(Ok(invoked)) => Ok(invoked.payload),
            Ok(Err(InvokeError::Function { fault, .. })) => {
                let messages = fault.chain().map(|fault| fault.error_message.as_str());
                let message = { messages }.find(|message| !message.is_empty());
                let message = message.unwrap_or_default().to_owned();
                Err(Failure::of_fault(fault.error_type, message))
            }
            Ok(Err(other)) => Err(Failure::Unreached(other.to_string())),
        };
        let seconds = self.call_limit.as_secs_f64();
        match &outcome {
            Err(Failure::Late) => self.ledger.fail(
                Rule::AnswerTime,
                format!("call {} had no answer within {seconds} s", self.calls),
            ),
            Err(Failure::Lost(how)) => {
                let call = self.calls;
                self.ledger
                    .fail(Rule::AnswerTime, format!("call {call}: {how}"));
            }
            Err(_) => self.ledger.pass(Rule::AnswerTime),
            Ok(text) => {
                self.ledger.pass(Rule::AnswerTime);
                let bytes = text.len();
                self.ledger
                    .check(Rule::AnswerSize, bytes <= MAX_ANSWER_BYTES, || {
                        format!("an answer of {bytes} bytes, {MAX_ANSWER_BYTES} get through")
                    });
            }
        }
        if let Err(Failure::Fault { kind, .. }) = &outcome
            && kind == "Function.ResponseSizeTooLarge"
        {
            self.ledger
                .fail(Rule::AnswerSize, "an answer was too large for Lambda");
        }
        outcome
    }

    /// Whether the connector still answers.
    pub(super) async fn lives(&mut self) -> bool {
        let ping = self.ping_request();
        matches!(self.ask(&ping).await, Ok(Response::Ping(_)))
    }

    /// A ping with an id of its own.
    pub(super) fn ping_request(&self) -> Request {
        Request::Ping(PingRequest {
            identity: Some(identity()),
            catalog_name: self.target.catalog.clone(),
            query_id: query_id(),
        })
    }
}

impl Failure {
    fn of_fault(kind: String, message: String) -> Self {
        let lost = kind.starts_with("Runtime.") || kind.starts_with("Sandbox.");
        // The service tells a timeout in the message alone.
        if lost || (kind.is_empty() && message.contains("Task timed out")) {
            return Self::Lost(match kind.as_str() {
                "" => "the function ran into its time limit".to_owned(),
                kind => format!("the function's process was lost ({kind})"),
            });
        }
        Self::Fault { kind, message }
    }

    /// The failure with the connector's message, for requests that hold no value of an item.
    pub(super) fn in_full(&self) -> String {
        match self {
            Self::Fault { message, .. } => {
                let message: String = message.chars().take(SHOWN).collect();
                format!("{self}: {}", message.replace(['\n', '\r'], " "))
            }
            _ => self.to_string(),
        }
    }

    /// Whether a rule has told of it already.
    pub(super) fn is_told(&self) -> bool {
        matches!(self, Self::Told | Self::Unreadable(_) | Self::Unexpected(_))
    }
}

/// Without the connector's message, which may repeat a value.
impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Fault { kind, .. } => {
                let kind = kind.rsplit('.').next().unwrap_or(kind);
                write!(f, "the connector answered with an error")?;
                if kind.is_empty() {
                    return Ok(());
                }
                write!(f, " ({kind})")
            }
            Self::Lost(how) => f.write_str(how),
            Self::Late => f.write_str("there was no answer in time"),
            Self::Unreached(why) => f.write_str(why),
            Self::Unreadable(why) => write!(f, "the answer cannot be read: {why}"),
            Self::Unexpected(kind) => write!(f, "the answer is a {kind}"),
            Self::Unwritable => f.write_str("the connector's version has no place for it"),
            Self::Told => f.write_str("the answer cannot be gone on with, as another rule tells"),
        }
    }
}

/// Who asks; connectors of the Java SDK refuse a null here (protocol §4).
pub(super) fn identity() -> FederatedIdentity {
    FederatedIdentity::default()
}

/// An id of a query that nobody else has.
pub(super) fn query_id() -> String {
    uuid::Uuid::new_v4().to_string()
}

fn belongs(request: &Request, response: &Response) -> bool {
    matches!(
        (request, response),
        (Request::Ping(_), Response::Ping(_))
            | (Request::ListSchemas(_), Response::ListSchemas(_))
            | (Request::ListTables(_), Response::ListTables(_))
            | (Request::GetTable(_), Response::GetTable(_))
            | (Request::GetTableLayout(_), Response::GetTableLayout(_))
            | (Request::GetSplits(_), Response::GetSplits(_))
            | (
                Request::ReadRecords(_),
                Response::ReadRecords(_) | Response::RemoteReadRecords(_)
            )
            | (
                Request::GetDataSourceCapabilities(_),
                Response::GetDataSourceCapabilities(_)
            )
    )
}

/// What Lambda lets through (protocol §15).
const MAX_ANSWER_BYTES: usize = 6_291_556;
/// Letters of a connector's message that are repeated.
const SHOWN: usize = 200;

#[cfg(test)]
mod tests {
    use super::Failure;

    #[test]
    fn a_lost_process_is_no_error_of_the_connector() {
        let of = |kind: &str, message: &str| Failure::of_fault(kind.to_owned(), message.to_owned());
        assert!(matches!(of("Runtime.ExitError", "x"), Failure::Lost(_)));
        assert!(matches!(
            of("", "2026 id Task timed out after 3.00 seconds"),
            Failure::Lost(_)
        ));
        assert!(matches!(of("", "no such table"), Failure::Fault { .. }));
    }

    #[test]
    fn the_message_is_told_only_in_full() {
        let fault = Failure::of_fault("a.b.Connector".to_owned(), "no\nvalue".to_owned());
        assert_eq!(
            fault.to_string(),
            "the connector answered with an error (Connector)"
        );
        assert!(fault.in_full().ends_with("(Connector): no value"));
    }
}
