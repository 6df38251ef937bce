//! Keys for spilled blocks, one a split (protocol §9.5).

use crate::fault::Fault;
use crate::kms::{self, KeyContext};
use async_trait::async_trait;
use athena_protocol::spill::EncryptionKey;
use athena_protocol::wire::SourceErrorCode;
use aws_credential_types::Credentials;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_sdk_kms::config::IdentityCache;
use aws_sdk_kms::types::DataKeySpec;
use std::sync::Arc;

/// Makes the key of a split.
#[async_trait]
pub trait KeyFactory: Send + Sync + 'static {
    /// A fresh key, or `None` to leave blocks plain.
    async fn create(&self) -> Result<Option<EncryptionKey>, Fault>;

    /// The same keys, asked for with the caller's credentials where the protocol wants it (§12).
    fn signed_by(self: Arc<Self>, credentials: &Credentials) -> Arc<dyn KeyFactory>;
}

/// Leaves blocks plain.
#[derive(Debug, Clone, Copy)]
pub struct NoKeys;

#[async_trait]
impl KeyFactory for NoKeys {
    async fn create(&self) -> Result<Option<EncryptionKey>, Fault> {
        Ok(None)
    }

    fn signed_by(self: Arc<Self>, _: &Credentials) -> Arc<dyn KeyFactory> {
        self
    }
}

/// Random keys of 32 bytes.
#[derive(Debug, Default)]
pub struct LocalKeys {
    random: SystemRandom,
}

#[async_trait]
impl KeyFactory for LocalKeys {
    async fn create(&self) -> Result<Option<EncryptionKey>, Fault> {
        let (mut key, mut nonce) = (vec![0; 32], vec![0; 12]);
        self.random
            .fill(&mut key)
            .and_then(|()| self.random.fill(&mut nonce))
            .map_err(|_| {
                Fault::new(
                    SourceErrorCode::InternalService,
                    "the system gives no random bytes for a key",
                )
            })?;
        Ok(Some(EncryptionKey::new(key, nonce)))
    }

    fn signed_by(self: Arc<Self>, _: &Credentials) -> Arc<dyn KeyFactory> {
        self
    }
}

/// Data keys of 16 bytes from KMS, as the Java connector asks for them.
#[derive(Debug)]
pub struct KmsKeys {
    data_keys: aws_sdk_kms::Client,
    random: aws_sdk_kms::Client,
    key_id: String,
}

impl KmsKeys {
    /// Makes keys under `key_id`.
    pub fn new(client: aws_sdk_kms::Client, key_id: String) -> Self {
        Self {
            data_keys: client.clone(),
            random: client,
            key_id,
        }
    }

    fn context(&self, operation: &'static str) -> KeyContext<'_> {
        KeyContext {
            doing: "make a spill key with",
            key_id: &self.key_id,
            setting: "kms_key_id",
            operation,
        }
    }
}

#[async_trait]
impl KeyFactory for KmsKeys {
    async fn create(&self) -> Result<Option<EncryptionKey>, Fault> {
        let data_key = self
            .data_keys
            .generate_data_key()
            .key_id(&self.key_id)
            .key_spec(DataKeySpec::Aes128)
            .send();
        // The caller's credentials are not for this (protocol §12).
        let random = self
            .random
            .generate_random()
            .number_of_bytes(NONCE_BYTES)
            .send();
        let (data_key, random) = tokio::join!(data_key, random);
        let data_key =
            data_key.map_err(|error| kms::fault(self.context("GenerateDataKey"), &error))?;
        let random = random.map_err(|error| kms::fault(self.context("GenerateRandom"), &error))?;
        match (data_key.plaintext, random.plaintext) {
            (Some(key), Some(nonce)) => Ok(Some(EncryptionKey::new(
                key.into_inner(),
                nonce.into_inner(),
            ))),
            _ => Err(Fault::new(
                SourceErrorCode::InvalidResponse,
                "KMS answered without a key",
            )),
        }
    }

    fn signed_by(self: Arc<Self>, credentials: &Credentials) -> Arc<dyn KeyFactory> {
        let config = self.data_keys.config().to_builder();
        let config = config
            .credentials_provider(credentials.clone())
            .identity_cache(IdentityCache::no_cache());
        Arc::new(Self {
            data_keys: aws_sdk_kms::Client::from_conf(config.build()),
            random: self.random.clone(),
            key_id: self.key_id.clone(),
        })
    }
}

const NONCE_BYTES: i32 = 12;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_local_key_is_new_and_seals_with_256_bits() {
        let keys = LocalKeys::default();
        let (a, b) = (
            keys.create().await.unwrap().unwrap(),
            keys.create().await.unwrap().unwrap(),
        );
        assert_eq!((a.expose_key().len(), a.nonce().len()), (32, 12));
        assert_ne!(a.expose_key(), b.expose_key());
        assert_ne!(a.nonce(), b.nonce());
    }
}
