//! Credentials that come with a request (protocol §12): a token is opened with KMS, and what it holds signs the calls that are
//! made for the caller.

use crate::clock::Clock;
use crate::fault::Fault;
use crate::kms::{self, KeyContext};
use athena_protocol::token::{EncryptedDataKey, Message, TokenCredentials, decode_text};
use athena_protocol::wire::{FederatedIdentity, SourceErrorCode};
use aws_credential_types::Credentials;
use aws_lc_rs::digest::{Context, SHA256};
use aws_sdk_kms::primitives::Blob;
use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};
use zeroize::Zeroizing;

/// The caller's credentials, encrypted.
pub const FAS_TOKEN: &str = "fas_token";
/// ARN of the KMS key that the token is encrypted with.
pub const SERVICE_KMS_KEY_ID: &str = "service_kms_key_id";

/// Opens tokens, and remembers what was in them.
pub struct Tokens {
    kms: aws_sdk_kms::Client,
    clock: Arc<dyn Clock>,
    opened: Mutex<Opened>,
}

impl Tokens {
    /// Opens tokens with the function's own credentials, through `kms`.
    pub fn new(kms: aws_sdk_kms::Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            kms,
            clock,
            opened: Mutex::default(),
        }
    }

    /// The credentials to use for the caller; `None` where the function uses its own.
    ///
    /// # Errors
    /// An `InvalidCredentials` fault for a token that cannot be opened with the key that the request names or holds something
    /// else; a fault by KMS's code if KMS refuses.
    pub async fn credentials(
        &self,
        identity: &FederatedIdentity,
    ) -> Result<Option<Credentials>, Fault> {
        let Some((token, key_id)) = token(identity) else {
            return Ok(None);
        };
        let digest = digest(token, key_id);
        let known = self.lock().get(&digest, self.clock.now());
        if known.is_some() {
            return Ok(known);
        }
        let credentials = self.open(token, key_id).await?;
        self.lock()
            .insert(digest, self.clock.now(), credentials.clone());
        Ok(Some(credentials))
    }

    async fn open(&self, token: &str, key_id: &str) -> Result<Credentials, Fault> {
        let token = decode_text(token).map_err(unusable)?;
        let message = Message::parse(&token).map_err(unusable)?;
        if !message.commits_to_its_key() {
            // The Java connector's SDK refuses such messages by default.
            return Err(unusable(format_args!(
                "its algorithm suite {:#06x} does not commit to a key",
                message.suite()
            )));
        }
        let data_key = self.unwrap(&message, key_id).await?;
        let clear = message.decrypt(&data_key).map_err(unusable)?;
        let read = TokenCredentials::from_json(&clear).map_err(unusable)?;
        Ok(Credentials::new(
            read.access_key_id.as_str(),
            read.secret_access_key.as_str(),
            Some(read.session_token.to_string()),
            None,
            FAS_TOKEN,
        ))
    }

    /// The data key, unwrapped by KMS with the key of this name and no other.
    async fn unwrap(
        &self,
        message: &Message<'_>,
        key_id: &str,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let wrapped = message.data_keys().iter().filter(|data_key| {
            data_key.provider == KMS_PROVIDER && data_key.key == key_id.as_bytes()
        });
        let mut refused = None;
        for data_key in wrapped.take(MAX_ATTEMPTS) {
            match self.decrypt(message, data_key, key_id).await {
                Err(fault) => refused = Some(fault),
                unwrapped => return unwrapped,
            }
        }
        Err(refused.unwrap_or_else(|| {
            unusable(format_args!(
                "none of its {} data keys is wrapped by the KMS key `{key_id}`",
                message.data_keys().len()
            ))
        }))
    }

    async fn decrypt(
        &self,
        message: &Message<'_>,
        data_key: &EncryptedDataKey<'_>,
        key_id: &str,
    ) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let context = message.encryption_context().iter();
        let context = context
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let answer = self
            .kms
            .decrypt()
            .key_id(key_id)
            .ciphertext_blob(Blob::new(data_key.ciphertext))
            .set_encryption_context(Some(context))
            .send()
            .await
            .map_err(|error| {
                let context = KeyContext {
                    doing: "open the request's `fas_token` with",
                    key_id,
                    setting: SERVICE_KMS_KEY_ID,
                    operation: "Decrypt",
                };
                kms::fault(context, &error)
            })?;
        match answer.plaintext {
            Some(key) if answer.key_id.as_deref() == Some(key_id) => {
                Ok(Zeroizing::new(key.into_inner()))
            }
            _ => Err(Fault::new(
                SourceErrorCode::InvalidResponse,
                "KMS answered without the data key of the request's `fas_token`",
            )),
        }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Opened> {
        self.opened.lock().expect("nothing panics while it is held")
    }
}

/// Token and key id of a request that brings credentials. Without a key id it brings none (protocol §12).
pub(crate) fn token(identity: &FederatedIdentity) -> Option<(&str, &str)> {
    let option = |name: &str| identity.config_options.get(name).map(String::as_str);
    option(FAS_TOKEN).zip(option(SERVICE_KMS_KEY_ID))
}

/// What tokens held, by their digests, so that the tokens themselves are not kept.
#[derive(Default)]
struct Opened(HashMap<Digest, (Instant, Credentials)>);

type Digest = [u8; 32];

impl Opened {
    fn get(&mut self, digest: &Digest, now: Instant) -> Option<Credentials> {
        self.0
            .retain(|_, (at, _)| now.saturating_duration_since(*at) < EXPIRY);
        self.0.get(digest).map(|(_, known)| known.clone())
    }

    fn insert(&mut self, digest: Digest, now: Instant, credentials: Credentials) {
        if self.0.len() >= MAX_OPENED {
            let oldest = self.0.iter().min_by_key(|(_, (at, _))| *at);
            if let Some(oldest) = oldest.map(|(digest, _)| *digest) {
                self.0.remove(&oldest);
            }
        }
        self.0.insert(digest, (now, credentials));
    }
}

fn digest(token: &str, key_id: &str) -> Digest {
    let mut digest = Context::new(&SHA256);
    digest.update(&(key_id.len() as u64).to_be_bytes());
    digest.update(key_id.as_bytes());
    digest.update(token.as_bytes());
    let digest = digest.finish();
    digest.as_ref().try_into().expect("SHA-256 gives 32 bytes")
}

fn unusable(reason: impl std::fmt::Display) -> Fault {
    Fault::new(
        SourceErrorCode::InvalidCredentials,
        format!("cannot use the credentials that came with the request (`{FAS_TOKEN}`): {reason}"),
    )
    .with_hint(format!(
        "the token must be made by the AWS Encryption SDK with the key whose ARN is in `{SERVICE_KMS_KEY_ID}`, and hold credentials"
    ))
}

/// How the AWS Encryption SDK names KMS.
const KMS_PROVIDER: &str = "aws-kms";
/// Data keys of one token that KMS is asked for.
const MAX_ATTEMPTS: usize = 3;
/// As long as the Java connector keeps a token's key.
const EXPIRY: Duration = Duration::from_hours(24);
/// As many as the Java connector keeps.
const MAX_OPENED: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::SystemClock;

    fn credentials(id: usize) -> Credentials {
        Credentials::new(format!("AKID{id}"), "hush", None, None, "test")
    }

    fn digest_of(id: usize) -> Digest {
        digest(&id.to_string(), "key")
    }

    #[test]
    fn what_a_token_held_is_forgotten_after_a_day() {
        let (mut opened, start) = (Opened::default(), SystemClock.now());
        opened.insert(digest_of(1), start, credentials(1));
        let soon = start + Duration::from_hours(23);
        assert_eq!(opened.get(&digest_of(1), soon), Some(credentials(1)));
        assert_eq!(opened.get(&digest_of(1), start + EXPIRY), None);
        assert!(opened.0.is_empty());
    }

    #[test]
    fn no_more_than_a_hundred_are_kept_and_the_oldest_goes_first() {
        let (mut opened, start) = (Opened::default(), SystemClock.now());
        for id in 0..=MAX_OPENED {
            let at = start + Duration::from_secs(id as u64);
            opened.insert(digest_of(id), at, credentials(id));
        }
        assert_eq!(opened.0.len(), MAX_OPENED);
        assert_eq!(opened.get(&digest_of(0), start), None);
        assert_eq!(opened.get(&digest_of(1), start), Some(credentials(1)));
    }

    #[test]
    fn the_same_token_under_another_key_is_another_token() {
        assert_ne!(digest("token", "key"), digest("token", "yek"));
        assert_ne!(digest("ntoken", "key"), digest("token", "keyn"));
    }

    #[test]
    fn a_token_without_its_key_brings_no_credentials() {
        let mut identity = FederatedIdentity::default();
        assert_eq!(token(&identity), None);
        let mut set = |name: &str, value: &str| {
            identity.config_options.insert(name.into(), value.into());
            token(&identity).map(|(token, key)| (token.to_owned(), key.to_owned()))
        };
        assert_eq!(set(FAS_TOKEN, "t"), None);
        assert_eq!(set(SERVICE_KMS_KEY_ID, "k"), Some(("t".into(), "k".into())));
    }
}
