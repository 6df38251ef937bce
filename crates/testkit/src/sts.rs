//! The one call of STS that a connector makes: `AssumeRole`, of roles that trust whom they are told to (STS API reference; AWS query
//! protocol).

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Collected};
use hyper::body::Incoming;
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::{Request, Response, StatusCode};

use crate::clock::{iso8601, unix_millis};
use crate::credentials::signer;
use crate::fault::{ANY, Body, Dialect, Fault, Faults, spoil};
use crate::server::Server;
use crate::{Error, percent};

/// An STS of its own, without roles at first. Dropping it ends it.
#[derive(Debug)]
pub struct Sts {
    server: Server,
    front: Arc<Front>,
}

/// A role, and whom it trusts.
#[derive(Clone, Debug)]
pub struct Role {
    /// The access key id of whoever may assume it; `None` for all.
    pub trusts: Option<String>,
    /// The external ID that it asks for.
    pub external_id: Option<String>,
    /// How long its credentials last; zero has them end as they are given.
    pub lasts: Duration,
}

impl Default for Role {
    /// Trusts everybody, for an hour each time.
    fn default() -> Self {
        Self {
            trusts: None,
            external_id: None,
            lasts: Duration::from_hours(1),
        }
    }
}

/// One call that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assumed {
    /// ARN of the role.
    pub role: String,
    /// The session's name.
    pub session_name: String,
    /// The external ID that was shown.
    pub external_id: Option<String>,
    /// Who signed it.
    pub access_key_id: Option<String>,
    /// The access key id that was given; none if it was refused.
    pub given: Option<String>,
}

impl Sts {
    /// Starts an STS without roles.
    ///
    /// # Errors
    /// [`Error::Listen`] without a port.
    pub async fn start() -> Result<Self, Error> {
        let front = Arc::new(Front::default());
        let asked = front.clone();
        let server = Server::start("STS", move |request| asked.clone().answer(request)).await?;
        Ok(Self { server, front })
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Adds or changes the role of this ARN.
    pub fn set_role(&self, arn: &str, role: Role) {
        self.front.lock().roles.insert(arn.to_owned(), role);
    }

    /// Removes a role; to assume it is refused from now on.
    pub fn remove_role(&self, arn: &str) {
        self.front.lock().roles.remove(arn);
    }

    /// The calls since the start or the last [`reset`](Self::reset), by the order of their answers.
    pub fn calls(&self) -> Vec<Assumed> {
        self.front.lock().calls.clone()
    }

    /// The access key ids that were given for a role since then.
    pub fn given(&self, arn: &str) -> Vec<String> {
        let calls = self.calls().into_iter();
        calls
            .filter(|call| call.role == arn)
            .filter_map(|call| call.given)
            .collect()
    }

    /// Has the next `calls` calls meet `fault`, after those that were asked for before. What is refused so is not recorded.
    pub fn fail_next(&self, calls: usize, fault: Fault) {
        self.front.faults.add(ANY, calls, fault);
    }

    /// Forgets the calls and the faults to come; the roles stay.
    pub fn reset(&self) {
        self.front.lock().calls.clear();
        self.front.faults.clear();
    }
}

#[derive(Debug, Default)]
struct Front {
    record: Mutex<Record>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Record {
    roles: BTreeMap<String, Role>,
    calls: Vec<Assumed>,
    /// Sessions that were given, ever: each has keys of its own.
    sessions: usize,
}

impl Front {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        // Whoever broke off does not read the answer.
        let body = body.collect().await.map(Collected::to_bytes);
        let form = form(&body.unwrap_or_default());
        let text = |name: &str| form.get(name).cloned();
        let fault = self.faults.next("AssumeRole");
        if let Some(refusal) = fault.and_then(|fault| fault.refusal(Dialect::Sts)) {
            return spoil(None, refusal).await;
        }
        if let Some(fault) = fault {
            fault.dawdle().await;
        }
        if text("Action").as_deref() != Some("AssumeRole") {
            return spoil(None, refused("InvalidAction", "only AssumeRole is offered")).await;
        }
        let asked = Assumed {
            role: text("RoleArn").unwrap_or_default(),
            session_name: text("RoleSessionName").unwrap_or_default(),
            external_id: text("ExternalId"),
            access_key_id: signer(&head.headers),
            given: None,
        };
        let answer = self.lock().assume(asked);
        spoil(fault, answer).await
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Record {
    fn assume(&mut self, asked: Assumed) -> Response<Bytes> {
        let role = self.roles.get(&asked.role).filter(|role| {
            let trusted = role.trusts.is_none() || role.trusts == asked.access_key_id;
            // A role that asks for none does not mind one.
            let shown = role.external_id.is_none() || role.external_id == asked.external_id;
            trusted && shown
        });
        let Some(role) = role else {
            let message = format!(
                "User: arn:aws:sts::111122223333:assumed-role/function/function is not authorized to perform: \
                 sts:AssumeRole on resource: {}",
                asked.role
            );
            self.calls.push(asked);
            return refused("AccessDenied", &message);
        };
        let lasts = u64::try_from(role.lasts.as_millis()).unwrap_or(u64::MAX);
        let expiration = iso8601(unix_millis().saturating_add(lasts));
        self.sessions += 1;
        let key = format!("ASIASESSION{:05}", self.sessions);
        let answer = format!(
            "<AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult><AssumedRoleUser>\
             <Arn>{role}/{session}</Arn><AssumedRoleId>AROAEXAMPLE:{session}</AssumedRoleId></AssumedRoleUser><Credentials>\
             <AccessKeyId>{key}</AccessKeyId><SecretAccessKey>secret/of/{key}</SecretAccessKey>\
             <SessionToken>token-of-{key}</SessionToken><Expiration>{expiration}</Expiration></Credentials></AssumeRoleResult>\
             <ResponseMetadata><RequestId>{id}</RequestId></ResponseMetadata></AssumeRoleResponse>",
            role = asked.role,
            session = asked.session_name,
            id = uuid::Uuid::new_v4(),
        );
        self.calls.push(Assumed {
            given: Some(key),
            ..asked
        });
        xml(StatusCode::OK, answer)
    }
}

/// The fields of a form in a request's body.
fn form(body: &[u8]) -> BTreeMap<String, String> {
    let decoded = |text: &str| percent::decode(&text.replace('+', " "));
    let text = String::from_utf8_lossy(body);
    let fields = text.split('&').filter_map(|field| field.split_once('='));
    fields
        .map(|(name, value)| (decoded(name), decoded(value)))
        .collect()
}

fn refused(code: &str, message: &str) -> Response<Bytes> {
    let id = uuid::Uuid::new_v4();
    let body = format!(
        "<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code>\
         <Message>{message}</Message></Error><RequestId>{id}</RequestId></ErrorResponse>"
    );
    xml(StatusCode::FORBIDDEN, body)
}

fn xml(status: StatusCode, body: String) -> Response<Bytes> {
    let mut response = Response::new(Bytes::from(body));
    *response.status_mut() = status;
    let kind = HeaderValue::from_static("text/xml");
    response.headers_mut().insert(CONTENT_TYPE, kind);
    response
}
