//! Credentials of a role: assumed with those of the function or of a caller, when they are first needed (STS API reference:
//! `AssumeRole`). What keeps them, and asks again before they end, is the SDK's cache of the client that they sign for.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{ProvideCredentials, future};
use aws_sdk_dynamodb::config::{IdentityCache, SharedIdentityCache};
use aws_sdk_sts::Client;
use aws_sdk_sts::config::IdentityCache as StsIdentityCache;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::timeout::TimeoutConfig;

use super::patience::{answer_time, repetitions};
use crate::role::Role;

/// A client of STS for assuming roles, with Region, credentials, connections and endpoint of `shared`. Its time limits add up to
/// less than a read has.
pub fn sts_client(shared: &aws_config::SdkConfig) -> Client {
    let answer = answer_time(shared);
    let config = aws_sdk_sts::config::Builder::from(shared)
        .retry_config(repetitions(shared, ATTEMPTS))
        .timeout_config(
            TimeoutConfig::builder()
                .connect_timeout(answer.min(Duration::from_secs(3)))
                .read_timeout(answer * 2 / 5)
                .operation_attempt_timeout(answer * 2 / 5)
                .operation_timeout(LONGEST)
                .build(),
        );
    Client::from_conf(config.build())
}

/// The credentials of a role.
#[derive(Debug)]
pub(super) struct AssumedRole {
    sts: Client,
    role: Role,
}

impl AssumedRole {
    /// A role to assume with the credentials of `sts`, or with the caller's.
    pub(super) fn new(sts: &Client, caller: Option<&Credentials>, role: Role) -> Self {
        let sts = match caller {
            None => sts.clone(),
            Some(caller) => {
                let config = sts
                    .config()
                    .to_builder()
                    .credentials_provider(caller.clone());
                let config = config.identity_cache(StsIdentityCache::no_cache());
                Client::from_conf(config.build())
            }
        };
        Self { sts, role }
    }

    /// A cache for these credentials alone, so that they go with the client that uses them. It keeps no refusal, and calls side by
    /// side share one question.
    pub(super) fn cache() -> SharedIdentityCache {
        IdentityCache::lazy()
            .load_timeout(LONGEST + Duration::from_secs(5))
            .buffer_time(RENEWED_BEFORE)
            .build()
    }

    async fn assume(&self) -> Result<Credentials, RoleError> {
        let answer = (self.sts.assume_role())
            .role_arn(self.role.arn.as_str())
            .role_session_name(SESSION_NAME)
            .set_external_id(self.role.external_id.clone())
            .send();
        let answer = answer.await.map_err(|error| {
            let reason = match error.as_service_error() {
                Some(service) => Reason::Refused {
                    code: service.code().unwrap_or("an unnamed error").to_owned(),
                    message: service
                        .message()
                        .unwrap_or_default()
                        .chars()
                        .take(MAX_SHOWN)
                        .collect(),
                },
                None if super::fault::lacks_credentials(&error) => Reason::NoCredentials,
                None => Reason::Unreachable,
            };
            self.error(reason)
        })?;
        let granted = answer
            .credentials
            .ok_or_else(|| self.error(Reason::Unreadable))?;
        // What of a document was cut off is empty here.
        let texts = [
            &granted.access_key_id,
            &granted.secret_access_key,
            &granted.session_token,
        ];
        if texts.iter().any(|text| text.is_empty()) {
            return Err(self.error(Reason::Unreadable));
        }
        let expiry = SystemTime::try_from(granted.expiration);
        Ok(Credentials::new(
            granted.access_key_id,
            granted.secret_access_key,
            Some(granted.session_token),
            Some(expiry.map_err(|_| self.error(Reason::Unreadable))?),
            "assumed role",
        ))
    }

    fn error(&self, reason: Reason) -> RoleError {
        RoleError {
            role: self.role.arn.to_string(),
            shows_external_id: self.role.external_id.is_some(),
            reason,
        }
    }
}

impl ProvideCredentials for AssumedRole {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(async {
            let assumed = self.assume().await;
            assumed.map_err(CredentialsError::provider_error)
        })
    }
}

/// Why a role's credentials could not be had.
#[derive(Debug, thiserror::Error)]
#[error("cannot assume role `{role}`: {reason}")]
pub(super) struct RoleError {
    role: String,
    shows_external_id: bool,
    reason: Reason,
}

#[derive(Debug, thiserror::Error)]
enum Reason {
    #[error("STS refused it with {code}: {message}")]
    Refused { code: String, message: String },
    #[error("there are no credentials to assume it with")]
    NoCredentials,
    #[error("STS cannot be reached")]
    Unreachable,
    #[error("STS's answer holds no credentials that end")]
    Unreadable,
}

impl RoleError {
    /// What to do about it.
    pub(super) fn hint(&self) -> &'static str {
        match &self.reason {
            Reason::Refused { code, .. } if code == "AccessDenied" => {
                if self.shows_external_id {
                    "the role's trust policy must allow sts:AssumeRole to the function's role, or to the caller whose credentials \
                     came with the request, with the external ID of `cross_account_external_id`; theirs must allow it too"
                } else {
                    "the role's trust policy must allow sts:AssumeRole to the function's role, or to the caller whose credentials \
                     came with the request, and ask for no external ID; theirs must allow it too"
                }
            }
            Reason::Refused { code, .. } if code == "RegionDisabledException" => {
                "activate STS for the function's Region in the account of the role"
            }
            Reason::Refused { .. } | Reason::NoCredentials => {
                "check the credentials that assume the role: the function's own, or those that came with the request"
            }
            Reason::Unreachable | Reason::Unreadable => {
                "the function's network needs a way to STS in its own Region, such as a VPC endpoint"
            }
        }
    }
}

/// The name of the session, which trust policies and filters over CloudTrail may ask for: the Java connector's, in both of its
/// handlers.
const SESSION_NAME: &str = "DynamoDBMetadataHandler_CrossAccountRoleSession";
const ATTEMPTS: u32 = 3;
/// Time for all attempts.
const LONGEST: Duration = Duration::from_secs(25);
/// Credentials that end sooner are not used any more: one request lasts up to 30 seconds.
const RENEWED_BEFORE: Duration = Duration::from_mins(1);
/// Characters of STS's own words that are told.
const MAX_SHOWN: usize = 300;
