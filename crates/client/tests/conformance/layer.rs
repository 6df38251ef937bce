//! A layer around a connector that breaks one thing in it.

use async_trait::async_trait;
use athena_client::conformance::{Rule, Target};
use athena_client::{InvokeError, Invoked, Invoker, SpillStore, StoreError};
use athena_protocol::wire::{Request, Response, Version};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// One thing that is broken.
pub(crate) struct Breach {
    /// The rule that is to find it.
    pub(crate) rule: Rule,
    pub(crate) what: &'static str,
    pub(crate) how: How,
}

pub(crate) type Outcome = Result<Invoked, InvokeError>;

/// What is done to calls; the number says how many of that kind there were before.
pub(crate) enum How {
    /// Another question reaches the connector. Its answer passes as it is.
    Request(fn(Request) -> Request),
    /// The question is changed, and the answer too.
    Both(
        fn(Request) -> Request,
        fn(&Request, Response, usize) -> Response,
    ),
    /// The answer is changed.
    Response(fn(&Request, Response, usize) -> Response),
    /// The answer's text is changed.
    Text(fn(&Request, Response, String) -> String),
    /// Whatever came of the document is changed; `None` for a document that is no request.
    Outcome(fn(Option<&Request>, Outcome, usize) -> Outcome),
    /// There is no answer.
    Hang(fn(&Request) -> bool),
    /// Objects are changed before they are fetched.
    Object(fn(Vec<u8>) -> Vec<u8>),
    /// The document must not be of this version.
    Version(Version),
}

pub(crate) struct Layer {
    inner: Target,
    breach: &'static Breach,
    calls: Mutex<BTreeMap<&'static str, usize>>,
}

impl Layer {
    pub(crate) fn over(inner: Target, breach: &'static Breach) -> Target {
        let catalog = inner.catalog.clone();
        let layer = Arc::new(Self {
            inner,
            breach,
            calls: Mutex::default(),
        });
        Target {
            invoker: layer.clone(),
            store: layer,
            catalog,
        }
    }

    fn number(&self, request: Option<&Request>) -> usize {
        let kind = request.map_or("", Request::kind);
        let mut calls = self.calls.lock().unwrap();
        let number = calls.entry(kind).or_default();
        *number += 1;
        *number - 1
    }

    async fn ask(&self, request: &Request) -> Result<Response, InvokeError> {
        let payload = request.to_json(Version::HIGHEST).unwrap();
        let invoked = self.inner.invoker.invoke(payload).await?;
        Ok(Response::from_json(&invoked.payload).unwrap())
    }
}

#[expect(clippy::unnecessary_wraps, reason = "an answer is one kind of outcome")]
pub(crate) fn answered(text: impl Into<Bytes>) -> Outcome {
    Ok(Invoked {
        payload: text.into(),
        log_tail: None,
    })
}

fn written(response: &Response) -> Outcome {
    answered(response.to_json().unwrap())
}

#[async_trait]
impl Invoker for Layer {
    async fn invoke(&self, payload: Vec<u8>) -> Outcome {
        let request = Request::from_json(&payload).ok();
        let number = self.number(request.as_ref());
        if let How::Outcome(change) = &self.breach.how {
            let outcome = self.inner.invoker.invoke(payload).await;
            return change(request.as_ref(), outcome, number);
        }
        let Some(request) = request else {
            return self.inner.invoker.invoke(payload).await;
        };
        match &self.breach.how {
            How::Request(change) => written(&self.ask(&change(request)).await?),
            How::Both(ask, change) => {
                let response = self.ask(&ask(request.clone())).await?;
                written(&change(&request, response, number))
            }
            How::Response(change) => {
                let response = self.ask(&request).await?;
                written(&change(&request, response, number))
            }
            How::Text(change) => {
                let response = self.ask(&request).await?;
                let text = String::from_utf8(response.to_json().unwrap()).unwrap();
                answered(change(&request, response, text))
            }
            How::Hang(hangs) if hangs(&request) => std::future::pending().await,
            // Other kinds of requests have the same text in all versions.
            How::Version(version)
                if matches!(request, Request::GetTableLayout(_))
                    && request.to_json(*version).is_ok_and(|text| text == payload) =>
            {
                Err(breach_fault("AthenaConnectorException", "no such version"))
            }
            _ => self.inner.invoker.invoke(payload).await,
        }
    }
}

pub(crate) fn breach_fault(kind: &str, message: &str) -> InvokeError {
    InvokeError::Function {
        fault: athena_protocol::wire::FaultDocument {
            error_type: kind.to_owned(),
            error_message: message.to_owned(),
            ..Default::default()
        },
        log_tail: None,
    }
}

#[async_trait]
impl SpillStore for Layer {
    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        let object = self.inner.store.get(bucket, key).await?;
        Ok(match &self.breach.how {
            How::Object(change) => change(object.to_vec()).into(),
            _ => object,
        })
    }
}
