//! A store in memory for the blocks that a connector in this process spills.

use async_trait::async_trait;
use athena_client::StoreError;
use athena_federation::Fault;
use athena_protocol::spill::SpillLocation;
use aws_credential_types::Credentials;
use bytes::Bytes;
use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Spilled blocks by bucket and key. Each is read once and forgotten. Cloning gives another handle on the same store.
#[derive(Debug, Default, Clone)]
pub struct Blocks {
    objects: Arc<Mutex<HashMap<(String, String), Bytes>>>,
}

impl Blocks {
    fn lock(&self) -> MutexGuard<'_, HashMap<(String, String), Bytes>> {
        self.objects.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The connector's end.
#[async_trait]
impl athena_federation::spill::SpillStore for Blocks {
    async fn put(
        &self,
        location: &SpillLocation,
        _headers: &BTreeMap<String, String>,
        object: Bytes,
    ) -> Result<(), Fault> {
        let place = (location.bucket.clone(), location.key.clone());
        self.lock().insert(place, object);
        Ok(())
    }

    async fn head_bucket(&self, _bucket: &str, _owner: Option<&str>) -> Result<(), Option<u16>> {
        Ok(())
    }

    fn signed_by(
        self: Arc<Self>,
        _credentials: &Credentials,
    ) -> Arc<dyn athena_federation::spill::SpillStore> {
        self
    }
}

/// The engine's end.
#[async_trait]
impl athena_client::SpillStore for Blocks {
    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        let place = (bucket.to_owned(), key.to_owned());
        self.lock().remove(&place).ok_or(StoreError::NotFound)
    }
}
