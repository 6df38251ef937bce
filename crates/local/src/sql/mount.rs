//! The catalogs of a shell, each opened when a statement first needs it.

use super::catalog::Names;
use super::{Error, Offer};
use async_trait::async_trait;
use athena_client::Connector;
use athena_protocol::wire::PingResponse;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use tokio::sync::Mutex;

/// What keeps a connector from being asked.
type BoxError = Box<dyn StdError + Send + Sync>;

/// How a catalog's connector is come by.
#[async_trait]
pub trait Source: Send + Sync {
    /// Starts the connector, or finds the way to it. Called again if [`cancel`](Self::cancel) ended it.
    ///
    /// # Errors
    /// Whatever keeps it from being asked.
    async fn open(&self) -> Result<Connector, BoxError>;

    /// Ends calls under way, with the connector if there is no other way; then tells that it has to be opened again.
    async fn cancel(&self) -> bool {
        false
    }
}

/// A connector that is there already.
#[async_trait]
impl Source for Connector {
    async fn open(&self) -> Result<Connector, BoxError> {
        Ok(self.clone())
    }
}

/// A catalog of a shell.
pub struct Catalog {
    name: String,
    source: Box<dyn Source>,
    opened: Mutex<Option<Arc<Opened>>>,
}

/// A connector that shook hands and told what it has.
#[derive(Debug)]
pub struct Opened {
    /// The connector.
    pub connector: Connector,
    /// Its answer to a ping.
    pub ping: PingResponse,
    /// What it can be left to do.
    pub offer: Arc<Offer>,
    /// Its schemas and tables.
    pub names: Arc<Names>,
}

impl Catalog {
    /// A catalog called `name` in SQL. Nothing is started before it is needed.
    pub fn new(name: impl Into<String>, source: impl Source + 'static) -> Self {
        Self {
            name: name.into(),
            source: Box::new(source),
            opened: Mutex::new(None),
        }
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Shakes hands with the connector, asks what it can be left to do, and lists its tables; once, unless that fails.
    ///
    /// # Errors
    /// If the connector cannot be started or does not answer.
    pub async fn opened(&self) -> Result<Arc<Opened>, Error> {
        let mut opened = self.opened.lock().await;
        if let Some(opened) = opened.as_ref() {
            return Ok(opened.clone());
        }
        let connector = self.source.open().await.map_err(|source| Error::Open {
            catalog: self.name.clone(),
            source,
        })?;
        let query = connector.query();
        let ping = query.ping().await?;
        let offer = Arc::new(Offer::ask(&query).await?);
        let names = Arc::new(Names::list(&query).await?);
        let found = Arc::new(Opened {
            connector,
            ping,
            offer,
            names,
        });
        *opened = Some(found.clone());
        Ok(found)
    }

    /// What is known of it, if it was opened; does not wait for one that is being opened.
    pub fn known(&self) -> Option<Arc<Opened>> {
        self.opened.try_lock().ok()?.clone()
    }

    /// Ends calls under way. What was opened is opened again when it is next needed.
    pub async fn cancel(&self) {
        let mut opened = self.opened.lock().await;
        // Also of one that was still being opened.
        if self.source.cancel().await {
            *opened = None;
        }
    }
}

impl fmt::Debug for Catalog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Catalog")
            .field("name", &self.name)
            .finish_non_exhaustive()
    }
}
