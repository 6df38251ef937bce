//! The one call of Athena that a connector makes: is this query still running?

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};
use serde_json::{Value, json};
use tokio::sync::watch;

use crate::aws_json::{answer_1_1 as answer, refuse_1_1 as refuse};
use crate::fault::{ANY, Body, Dialect, Faults, spoil};
use crate::server::Server;
use crate::{Error, aws_json};

pub use crate::fault::Fault;

/// An Athena that knows the states of queries, none at first. Dropping it ends it.
#[derive(Debug)]
pub struct Athena {
    server: Server,
    front: Arc<Front>,
}

/// State of a query execution.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Waiting for its turn.
    Queued,
    /// At work.
    Running,
    /// Done.
    Succeeded,
    /// Ended with an error.
    Failed,
    /// Ended by somebody.
    Cancelled,
}

impl Athena {
    /// Starts an Athena that knows no query.
    ///
    /// # Errors
    /// [`Error::Listen`] without a port.
    pub async fn start() -> Result<Self, Error> {
        let front = Arc::new(Front {
            record: Mutex::default(),
            faults: Faults::default(),
            asked: watch::Sender::new(0),
        });
        let asked = front.clone();
        let server = Server::start("Athena", move |request| asked.clone().answer(request)).await?;
        Ok(Self { server, front })
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Sets the state of a query; one without a state is not known.
    pub fn set_state(&self, query_id: &str, state: State) {
        self.front.lock().states.insert(query_id.to_owned(), state);
    }

    /// Has the next `calls` calls meet `fault`, after those that were asked for before.
    pub fn fail_next(&self, calls: usize, fault: Fault) {
        self.front.faults.add(ANY, calls, fault);
    }

    /// Forgets the faults to come.
    pub fn clear_faults(&self) {
        self.front.faults.clear();
    }

    /// The queries that were asked for, in order, once a call.
    pub fn asked(&self) -> Vec<String> {
        self.front.lock().asked.clone()
    }

    /// Waits until so many calls were answered.
    pub async fn was_asked(&self, calls: usize) {
        let mut asked = self.front.asked.subscribe();
        // The sender lives as long as this value.
        let _ = asked.wait_for(|asked| *asked >= calls).await;
    }
}

#[derive(Debug)]
struct Front {
    record: Mutex<Record>,
    faults: Faults,
    asked: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct Record {
    states: HashMap<String, State>,
    asked: Vec<String>,
}

impl Front {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        let request: Value = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
        let query_id = request["QueryExecutionId"].as_str();
        let (Some(query_id), "GetQueryExecution") = (query_id, aws_json::operation(&head.headers))
        else {
            let problem = "only GetQueryExecution with an id is offered";
            let refusal = refuse(StatusCode::BAD_REQUEST, "InvalidRequestException", problem);
            return spoil(None, refusal).await;
        };
        let fault = self.faults.next("GetQueryExecution");
        if let Some(fault) = fault {
            fault.dawdle().await;
        }
        let state = {
            let mut record = self.lock();
            record.asked.push(query_id.to_owned());
            record.states.get(query_id).copied()
        };
        let refusal = fault.and_then(|fault| fault.refusal(Dialect::Athena));
        let response = match (refusal, state) {
            (Some(refusal), _) => refusal,
            (None, Some(state)) => told(query_id, state),
            (None, None) => refuse(
                StatusCode::BAD_REQUEST,
                "InvalidRequestException",
                &format!("QueryExecution {query_id} was not found"),
            ),
        };
        self.asked.send_modify(|asked| *asked += 1);
        spoil(fault, response).await
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn told(query_id: &str, state: State) -> Response<Bytes> {
    let state = match state {
        State::Queued => "QUEUED",
        State::Running => "RUNNING",
        State::Succeeded => "SUCCEEDED",
        State::Failed => "FAILED",
        State::Cancelled => "CANCELLED",
    };
    let query = json!({"QueryExecutionId": query_id, "Status": {"State": state}});
    answer(StatusCode::OK, &json!({"QueryExecution": query}))
}
