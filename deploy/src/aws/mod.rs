//! Into the accounts: credentials, clients, time limits.

mod error;

use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::sts::AssumeRoleProvider;
use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use iam_policy_kit::{AccountId, Arn};

pub(crate) use error::{AwsError, OrAbsent, Refusal};

use crate::settings::{Login, Settings, Waiting};

/// One account with the clients of its services.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: AccountId,
    pub(crate) region: String,
    /// Who we are there.
    pub(crate) caller: String,
    pub(crate) waiting: Waiting,
    pub(crate) iam: aws_sdk_iam::Client,
    pub(crate) s3: aws_sdk_s3::Client,
    pub(crate) lambda: aws_sdk_lambda::Client,
    pub(crate) athena: aws_sdk_athena::Client,
    pub(crate) logs: aws_sdk_cloudwatchlogs::Client,
    pub(crate) kms: aws_sdk_kms::Client,
    config: SdkConfig,
}

/// Why an account cannot be entered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoginError {
    /// Neither settings nor profile name a Region.
    #[error("no Region is set for account {side}")]
    NoRegion { side: &'static str },
    /// STS refuses the credentials, or there are none.
    #[error("cannot find out whose the credentials for account {side} are")]
    Refused {
        side: &'static str,
        #[source]
        source: Box<AwsError>,
    },
    /// A profile of IAM Identity Center, which would take two more SDKs.
    #[error("the profile of account {side} is one of IAM Identity Center, which is not read here")]
    IdentityCenter { side: &'static str },
    /// The credentials are another account's.
    #[error("the credentials for account {side} must be those of account {expected}, got {got}")]
    WrongAccount {
        side: &'static str,
        expected: AccountId,
        got: AccountId,
    },
}

impl LoginError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::NoRegion { .. } => {
                "give `--region`, or `region` in the profile: `aws configure set region us-east-1`"
                    .to_owned()
            }
            Self::Refused { side, .. } => format!(
                "try `aws sts get-caller-identity` with the same profile; `--profile-{}` chooses another",
                side.to_ascii_lowercase()
            ),
            Self::IdentityCenter { side } => format!(
                "`aws sso login`, then have another profile get its credentials from there, with this line in ~/.aws/config, and give it with \
                 `--profile-{}`: credential_process = aws configure export-credentials --profile NAME --format process",
                side.to_ascii_lowercase()
            ),
            Self::WrongAccount { side, .. } => format!(
                "give the profile of that account with `--profile-{}`",
                side.to_ascii_lowercase()
            ),
        }
    }
}

impl Account {
    /// Enters an account and asks who we are there.
    ///
    /// # Errors
    /// [`LoginError`], also where the account is not the `expected` one.
    pub(crate) async fn enter(
        side: &'static str,
        login: &Login,
        expected: Option<&AccountId>,
        settings: &Settings,
        region: Option<&str>,
    ) -> Result<Self, LoginError> {
        let mut loader = aws_config::defaults(BehaviorVersion::latest())
            .timeout_config(time_limits())
            .retry_config(RetryConfig::standard().with_max_attempts(ATTEMPTS));
        if let Some(profile) = &login.profile {
            loader = loader.profile_name(profile);
        }
        if let Some(region) = region.or(settings.region.as_deref()) {
            loader = loader.region(Region::new(region.to_owned()));
        }
        if let Some(url) = &settings.endpoint_url {
            loader = loader.endpoint_url(url);
        }
        let mut config = loader.load().await;
        let Some(region) = config.region().map(ToString::to_string) else {
            return Err(LoginError::NoRegion { side });
        };
        if let Some(role) = &login.role_arn {
            config = assume(&config, role, None).await;
        }
        let account = Self::ask(config, region, settings.waiting)
            .await
            .map_err(|error| {
                // The SDK speaks of its own features, as the only sign.
                if error.to_string().contains("feature(s) enabled: sso") {
                    return LoginError::IdentityCenter { side };
                }
                LoginError::Refused {
                    side,
                    source: Box::new(error),
                }
            })?;
        match expected {
            Some(expected) if *expected != account.id => Err(LoginError::WrongAccount {
                side,
                expected: expected.clone(),
                got: account.id,
            }),
            _ => Ok(account),
        }
    }

    /// Enters another account by one of its roles, with this account's credentials.
    ///
    /// # Errors
    /// What STS answers.
    pub(crate) async fn assuming(
        &self,
        role: &Arn,
        external_id: Option<&str>,
    ) -> Result<Self, AwsError> {
        let sts = aws_sdk_sts::Client::new(&self.config);
        let call = sts
            .assume_role()
            .role_arn(role.to_string())
            .role_session_name(SESSION)
            .set_external_id(external_id.map(str::to_owned));
        // Asked once by hand: the provider's own error would bury what STS says.
        call.send()
            .await
            .map_err(self.refused("sts:AssumeRole", role.to_string()))?;
        let config = assume(&self.config, role, external_id).await;
        Self::ask(config, self.region.clone(), self.waiting).await
    }

    async fn ask(config: SdkConfig, region: String, waiting: Waiting) -> Result<Self, AwsError> {
        let sts = aws_sdk_sts::Client::new(&config);
        let refusal = |what: String| AwsError::local("sts:GetCallerIdentity", &region, what);
        let answer = sts.get_caller_identity().send().await.map_err(|error| {
            AwsError::of(
                String::new(),
                region.clone(),
                "sts:GetCallerIdentity",
                "*".to_owned(),
                &error,
            )
        })?;
        let id = AccountId::new(answer.account().unwrap_or_default())
            .map_err(|error| refusal(error.to_string()))?;
        let caller = answer.arn().unwrap_or_default().to_owned();
        let is_local = config.endpoint_url().is_some_and(is_loopback);
        let s3 = aws_sdk_s3::config::Builder::from(&config).force_path_style(is_local);
        Ok(Self {
            id,
            caller,
            waiting,
            iam: aws_sdk_iam::Client::new(&config),
            s3: aws_sdk_s3::Client::from_conf(s3.build()),
            lambda: aws_sdk_lambda::Client::new(&config),
            athena: aws_sdk_athena::Client::new(&config),
            logs: aws_sdk_cloudwatchlogs::Client::new(&config),
            kms: aws_sdk_kms::Client::new(&config),
            region,
            config,
        })
    }
}

async fn assume(config: &SdkConfig, role: &Arn, external_id: Option<&str>) -> SdkConfig {
    let mut provider = AssumeRoleProvider::builder(role.to_string())
        .session_name(SESSION)
        .configure(config);
    if let Some(id) = external_id {
        provider = provider.external_id(id);
    }
    let provider = match config.credentials_provider() {
        Some(own) => provider.build_from_provider(own).await,
        None => provider.build().await,
    };
    let mut assumed = config.to_builder();
    assumed.set_credentials_provider(Some(aws_sdk_sts::config::SharedCredentialsProvider::new(
        provider,
    )));
    assumed.build()
}

/// Emulators on this machine have no names for buckets.
pub(crate) fn is_loopback(url: &str) -> bool {
    let host = url.split_once("://").map_or(url, |(_, rest)| rest);
    ["127.", "localhost", "[::1]"]
        .iter()
        .any(|start| host.starts_with(start))
}

/// The SDK's defaults have no limit on reading an answer.
fn time_limits() -> TimeoutConfig {
    TimeoutConfig::builder()
        .connect_timeout(Duration::from_secs(5))
        .read_timeout(Duration::from_mins(1))
        .operation_attempt_timeout(Duration::from_mins(2))
        .build()
}

const ATTEMPTS: u32 = 8;
const SESSION: &str = "athena-dynamodb-deploy";
