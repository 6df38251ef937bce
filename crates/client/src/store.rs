//! Where spilled blocks are fetched from.

use async_trait::async_trait;
use bytes::Bytes;
use std::error::Error as StdError;

/// Fetches spilled objects.
#[async_trait]
pub trait SpillStore: Send + Sync {
    /// The whole object.
    ///
    /// # Errors
    /// [`StoreError`], which does not repeat bucket and key.
    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError>;
}

/// Why an object cannot be had.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The object or its bucket is not there.
    #[error("there is no such object")]
    NotFound,
    /// The caller may not read it.
    #[error("access is denied")]
    Denied,
    /// Anything else, the network for instance.
    #[error("the request failed")]
    Failed {
        /// What the client of the store said.
        #[source]
        source: Box<dyn StdError + Send + Sync>,
    },
}
