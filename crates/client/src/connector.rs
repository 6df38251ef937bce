//! A connector as the engine sees it: where it is, under which catalog, and how much may be asked of it at once.

use crate::error::Error;
use crate::invoke::{Invoked, Invoker};
use crate::query::Query;
use crate::store::SpillStore;
use athena_protocol::wire::{FederatedIdentity, Request, Response, Version};
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// A connector that can be asked. Cloning is cheap.
#[derive(Clone)]
pub struct Connector {
    shared: Arc<Shared>,
}

/// Sizes and counts that hold for all calls.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Largest block in bytes, as the engine counts them (protocol §15).
    pub max_block_bytes: u64,
    /// Largest block that may come inside a response.
    pub max_inline_block_bytes: u64,
    /// Calls that may run at once; further ones wait.
    pub calls_at_once: usize,
    /// Spilled blocks of one split that are fetched ahead.
    pub blocks_ahead: usize,
}

impl Default for Limits {
    /// The sizes of Amazon's own validation tool, four calls and two blocks.
    fn default() -> Self {
        Self {
            max_block_bytes: 16_000_000,
            max_inline_block_bytes: 5_242_880,
            calls_at_once: 4,
            blocks_ahead: 2,
        }
    }
}

struct Shared {
    invoker: Arc<dyn Invoker>,
    store: Arc<dyn SpillStore>,
    catalog: String,
    identity: Option<FederatedIdentity>,
    limits: Limits,
    calls: Semaphore,
    version: OnceLock<Version>,
}

/// The answer to one request.
pub(crate) struct Answer {
    pub(crate) response: Response,
    /// The end of the call's log.
    pub(crate) log_tail: Option<String>,
    /// The size of the response document.
    pub(crate) bytes: usize,
}

impl Connector {
    /// A connector that is registered as `catalog`; its spilled blocks are fetched from `store`.
    pub fn new(
        invoker: Arc<dyn Invoker>,
        store: Arc<dyn SpillStore>,
        catalog: impl Into<String>,
        limits: Limits,
    ) -> Self {
        let calls = Semaphore::new(limits.calls_at_once.max(1));
        let identity = Some(FederatedIdentity::default());
        Self {
            shared: Arc::new(Shared {
                invoker,
                store,
                catalog: catalog.into(),
                identity,
                limits,
                calls,
                version: OnceLock::new(),
            }),
        }
    }

    /// Begins a query with an id of its own.
    pub fn query(&self) -> Query {
        Query::new(self.clone())
    }

    /// The name of the catalog.
    pub fn catalog(&self) -> &str {
        &self.shared.catalog
    }

    /// Sizes and counts.
    pub fn limits(&self) -> Limits {
        self.shared.limits
    }

    /// The version that requests are written in: the highest that the connector's first answer to a ping named, if that is one of ours
    /// (protocol §2); before it, the highest there is.
    pub fn version(&self) -> Version {
        self.shared
            .version
            .get()
            .copied()
            .unwrap_or(Version::HIGHEST)
    }

    /// Takes the version of an answer to a ping.
    pub(crate) fn speaks(&self, ser_de_version: u32) {
        let mut known = Version::ALL.into_iter().rev();
        let version = known
            .find(|version| version.number() <= ser_de_version)
            // What comes before the second is written as the second is.
            .unwrap_or(Version::V2);
        self.shared.version.get_or_init(|| version);
    }

    /// Who asks; connectors of the Java SDK refuse a null here (protocol §4).
    pub(crate) fn identity(&self) -> Option<FederatedIdentity> {
        self.shared.identity.clone()
    }

    pub(crate) fn invoker(&self) -> Arc<dyn Invoker> {
        self.shared.invoker.clone()
    }

    pub(crate) fn store(&self) -> Arc<dyn SpillStore> {
        self.shared.store.clone()
    }

    /// Sends one request, as soon as fewer calls than the limit are under way.
    pub(crate) async fn call(
        &self,
        operation: &'static str,
        request: &Request,
    ) -> Result<Answer, Error> {
        let payload = request.to_json(self.version());
        let payload = payload.map_err(|source| Error::Request { operation, source })?;
        let permit = self
            .shared
            .calls
            .acquire()
            .await
            .expect("the semaphore is never closed");
        let invoked = self.shared.invoker.invoke(payload).await;
        drop(permit);
        let Invoked { payload, log_tail } =
            invoked.map_err(|source| Error::Invoke { operation, source })?;
        let response = Response::from_json(&payload)
            .map_err(|source| Error::Response { operation, source })?;
        Ok(Answer {
            response,
            log_tail,
            bytes: payload.len(),
        })
    }
}

impl std::fmt::Debug for Connector {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connector")
            .field("catalog", &self.shared.catalog)
            .finish_non_exhaustive()
    }
}
