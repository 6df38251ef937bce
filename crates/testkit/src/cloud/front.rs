//! Takes requests in: whom they are from, whether they fail on purpose, and on to the service.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use bytes::Bytes;
use http_body_util::{BodyExt, Collected};
use hyper::body::Incoming;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use s3s::Body;

use super::answer::{Refusal, Reply, respond};
use super::gate::Call;
use super::lambda::Runner;
use super::record::{CloudCall, CutOff, Outcome};
use super::relay::Relay;
use super::s3::Store;
use super::wire::{Scope, Service, Wire};
use super::world::World;
use super::{Builder, Next, athena, iam, kms, lambda, logs, relay, s3, sts};
use crate::Error;
use crate::server::HangUp;

/// What all connections share.
#[derive(Debug)]
pub(super) struct Front {
    world: Mutex<World>,
    store: Store,
    runner: Runner,
    relay: Relay,
    endpoint: OnceLock<String>,
}

impl Front {
    pub(super) fn new(settings: Builder) -> Result<Self, Error> {
        let Builder {
            program,
            environment,
            dynamodb,
            pace,
        } = settings;
        let mut world = World::default();
        world.pace = pace;
        Ok(Self {
            world: Mutex::new(world),
            store: Store::new()?,
            runner: Runner::new(program, environment),
            relay: Relay::new(dynamodb),
            endpoint: OnceLock::new(),
        })
    }

    /// Said once, before anybody knows where to ask.
    pub(super) fn listens_at(&self, endpoint: String) {
        self.endpoint.get_or_init(|| endpoint);
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        // Whoever broke off does not read the answer.
        let body = body.collect().await.map(Collected::to_bytes);
        let body = body.unwrap_or_default();
        let scope = match Scope::of(&head.headers) {
            Some(Ok(scope)) => scope,
            Some(Err(refusal)) => return respond(Service::Sts, "", Err(refusal)),
            None => {
                let message = "Request is missing Authentication Token";
                let refusal = Refusal::new(403, "MissingAuthenticationToken", message);
                return respond(Service::Sts, "", Err(refusal));
            }
        };
        let service = scope.service;
        if let Some(how) = self.lock().record.is_cut_off() {
            return cut_off(service, how);
        }
        let wire = Wire::new(service, &head, body.clone());
        let mut entry = CloudCall {
            service,
            operation: wire.operation.clone(),
            account: None,
            caller: String::new(),
            region: scope.region.clone(),
            is_write: wire.is_write(),
            outcome: Outcome::Done,
        };
        let response = self.serve(scope, wire, (head, body), &mut entry).await;
        let cut = self.lock().record.enter(entry);
        cut.map_or(response, |how| cut_off(service, how))
    }

    async fn serve(
        &self,
        scope: Scope,
        wire: Wire,
        whole: (Parts, Bytes),
        entry: &mut CloudCall,
    ) -> Response<Body> {
        let (service, operation) = (scope.service, wire.operation.clone());
        let mut secret = (String::new(), String::new());
        let next = {
            let mut world = self.lock();
            world.signer(&scope, &whole.0.headers).and_then(|key| {
                entry.account = Some(key.holder.account.to_string());
                entry.caller = key.holder.arn();
                let credentials = &key.credentials;
                secret = (
                    credentials.access_key_id.clone(),
                    credentials.secret_access_key.clone(),
                );
                if let Some(refusal) = world.record.fault(&operation) {
                    return Err(refusal);
                }
                let call = Call::new(scope, key, wire);
                self.dispatch(&mut world, &call)
            })
        };
        let outcome = match next {
            Ok(Next::Store) => {
                let (head, body) = whole;
                let response = self.store.forward(head, body, (&secret.0, &secret.1)).await;
                return passed_on(response, entry);
            }
            Ok(Next::Relay) => {
                let response = self.relay.forward(whole).await;
                return passed_on(response, entry);
            }
            Ok(Next::Invoke(job)) => {
                let endpoint = self.endpoint.get().map_or("", String::as_str);
                match self.runner.run(job, endpoint).await {
                    Ok(response) => return passed_on(response, entry),
                    Err(refusal) => Err(refusal),
                }
            }
            Ok(Next::Databases(job)) => {
                let endpoint = self.endpoint.get().map_or("", String::as_str);
                let outcome = self.runner.outcome(job, endpoint).await;
                outcome.and_then(|outcome| athena::databases(&outcome))
            }
            Ok(Next::Done(reply)) => Ok(reply),
            Err(refusal) => Err(refusal),
        };
        entry.outcome = came_of(&outcome);
        respond(service, &operation, outcome)
    }

    fn dispatch(&self, world: &mut World, call: &Call) -> Result<Next, Refusal> {
        match call.service {
            Service::Sts => sts::answer(world, call).map(Next::Done),
            Service::Iam => iam::answer(world, call).map(Next::Done),
            Service::Lambda => lambda::answer(world, call, &self.store),
            Service::S3 => s3::answer(world, call, &self.store),
            Service::Athena => athena::answer(world, call),
            Service::Logs => logs::answer(world, call).map(Next::Done),
            Service::Kms => kms::answer(world, call).map(Next::Done),
            Service::DynamoDb => relay::answer(world, call, &self.relay),
        }
    }
}

fn came_of(outcome: &Result<Reply, Refusal>) -> Outcome {
    match outcome {
        // A HEAD that was refused.
        Ok(Reply::Plain(status, _, _)) if *status >= 300 => Outcome::Failed(status.to_string()),
        Ok(_) => Outcome::Done,
        Err(refusal) if refusal.is_denial() => Outcome::Denied,
        Err(refusal) => Outcome::Failed(refusal.code.clone()),
    }
}

fn passed_on(response: Response<Body>, entry: &mut CloudCall) -> Response<Body> {
    let status = response.status();
    entry.outcome = match status {
        StatusCode::FORBIDDEN => Outcome::Denied,
        status if status.is_client_error() || status.is_server_error() => {
            Outcome::Failed(status.as_u16().to_string())
        }
        _ => Outcome::Done,
    };
    response
}

fn cut_off(service: Service, how: CutOff) -> Response<Body> {
    if let Some(refusal) = how.refusal() {
        return respond(service, "", Err(refusal));
    }
    let mut response = Response::new(Body::empty());
    response.extensions_mut().insert(HangUp);
    response
}
