//! Somebody with credentials, and the clients that act for them.

use athena_testkit::Cloud;
use athena_testkit::cloud::Credentials;
use aws_sdk_iam::config::{BehaviorVersion, Region, retry::RetryConfig};

pub(crate) const A: &str = "111111111111";
pub(crate) const B: &str = "222222222222";
pub(crate) const C: &str = "333333333333";

/// May do everything.
pub(crate) const ALL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// Somebody in a Region.
#[derive(Clone, Debug)]
pub(crate) struct Who {
    endpoint: String,
    region: String,
    credentials: Credentials,
}

macro_rules! client {
    ($name:ident, $sdk:ident $(, $more:ident = $value:expr)?) => {
        pub(crate) fn $name(&self) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(self.region.clone()))
                .endpoint_url(&self.endpoint)
                .retry_config(RetryConfig::disabled())
                .credentials_provider(self.provider())
                $(.$more($value))?;
            $sdk::Client::from_conf(config.build())
        }
    };
}

impl Who {
    pub(crate) fn new(cloud: &Cloud, credentials: Credentials) -> Self {
        Self {
            endpoint: cloud.endpoint(),
            region: "us-east-1".to_owned(),
            credentials,
        }
    }

    /// A user who may do everything that its account may.
    pub(crate) fn admin(cloud: &Cloud, account: &str) -> Self {
        Self::user(cloud, account, "admin", ALL)
    }

    pub(crate) fn user(cloud: &Cloud, account: &str, name: &str, policy: &str) -> Self {
        Self::new(cloud, cloud.user(account, name, policy).unwrap())
    }

    pub(crate) fn within(&self, region: &str) -> Self {
        Self {
            region: region.to_owned(),
            ..self.clone()
        }
    }

    pub(crate) fn with(&self, credentials: &aws_sdk_sts::types::Credentials) -> Self {
        let credentials = Credentials {
            access_key_id: credentials.access_key_id().to_owned(),
            secret_access_key: credentials.secret_access_key().to_owned(),
            session_token: Some(credentials.session_token().to_owned()),
        };
        Self {
            credentials,
            ..self.clone()
        }
    }

    fn provider(&self) -> aws_sdk_s3::config::Credentials {
        let Credentials {
            access_key_id,
            secret_access_key,
            session_token,
        } = self.credentials.clone();
        aws_sdk_s3::config::Credentials::new(
            access_key_id,
            secret_access_key,
            session_token,
            None,
            "test",
        )
    }

    client!(sts, aws_sdk_sts);
    client!(iam, aws_sdk_iam);
    client!(lambda, aws_sdk_lambda);
    client!(athena, aws_sdk_athena);
    client!(kms, aws_sdk_kms);
    client!(logs, aws_sdk_cloudwatchlogs);
    client!(dynamodb, aws_sdk_dynamodb);
    client!(s3, aws_sdk_s3, force_path_style = true);

    /// A session of a role, with this external ID.
    pub(crate) async fn assume(
        &self,
        role: &str,
        external_id: Option<&str>,
    ) -> Result<Self, String> {
        let session = self
            .sts()
            .assume_role()
            .role_arn(role)
            .role_session_name("test")
            .set_external_id(external_id.map(str::to_owned))
            .send()
            .await;
        match session {
            Ok(session) => Ok(self.with(session.credentials().unwrap())),
            failed => Err(super::code(failed)),
        }
    }
}
