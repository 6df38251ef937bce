//! Keys for spilled blocks, one a split (protocol §9.5).

use crate::fault::Fault;
use async_trait::async_trait;
use athena_protocol::spill::EncryptionKey;
use athena_protocol::wire::SourceErrorCode;
use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use aws_sdk_kms::types::DataKeySpec;
use aws_smithy_runtime_api::client::result::SdkError;

/// Makes the key of a split.
#[async_trait]
pub trait KeyFactory: Send + Sync + 'static {
    /// A fresh key, or `None` to leave blocks plain.
    async fn create(&self) -> Result<Option<EncryptionKey>, Fault>;
}

/// Leaves blocks plain.
#[derive(Debug, Clone, Copy)]
pub struct NoKeys;

#[async_trait]
impl KeyFactory for NoKeys {
    async fn create(&self) -> Result<Option<EncryptionKey>, Fault> {
        Ok(None)
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
}

/// Data keys of 16 bytes from KMS, as the Java connector asks for them.
#[derive(Debug)]
pub struct KmsKeys {
    client: aws_sdk_kms::Client,
    key_id: String,
}

impl KmsKeys {
    /// Makes keys under `key_id`.
    pub fn new(client: aws_sdk_kms::Client, key_id: String) -> Self {
        Self { client, key_id }
    }

    fn fault(&self, action: &str, code: Option<&str>, failed: &str) -> Fault {
        let source_code = match code {
            Some("NotFoundException") => SourceErrorCode::EntityNotFound,
            Some("AccessDeniedException") => SourceErrorCode::AccessDenied,
            Some("DisabledException" | "KMSInvalidStateException" | "InvalidKeyUsageException") => {
                SourceErrorCode::InvalidInput
            }
            _ => SourceErrorCode::InternalService,
        };
        let reason = code.unwrap_or(failed);
        Fault::new(
            source_code,
            format!(
                "cannot make a spill key with KMS key `{}`: {reason}",
                self.key_id
            ),
        )
        .with_hint(format!(
            "check `kms_key_id` and allow {action} to the function's role"
        ))
    }
}

#[async_trait]
impl KeyFactory for KmsKeys {
    async fn create(&self) -> Result<Option<EncryptionKey>, Fault> {
        let data_key = self
            .client
            .generate_data_key()
            .key_id(&self.key_id)
            .key_spec(DataKeySpec::Aes128)
            .send();
        let random = self
            .client
            .generate_random()
            .number_of_bytes(NONCE_BYTES)
            .send();
        let (data_key, random) = tokio::join!(data_key, random);
        let data_key = data_key.map_err(|error| {
            self.fault(
                "kms:GenerateDataKey",
                error_code(&error),
                "the service cannot be reached",
            )
        })?;
        let random = random.map_err(|error| {
            self.fault(
                "kms:GenerateRandom",
                error_code(&error),
                "the service cannot be reached",
            )
        })?;
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
}

fn error_code<E: aws_smithy_types::error::metadata::ProvideErrorMetadata, R>(
    error: &SdkError<E, R>,
) -> Option<&str> {
    error.as_service_error().and_then(|error| error.code())
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
