//! What somebody does by hand, in a console, to whom everything is allowed.

use athena_testkit::Cloud;
use athena_testkit::cloud::Credentials;
use aws_sdk_iam::config::{BehaviorVersion, Region};
use serde_json::Value;

/// May do everything.
pub(crate) const ALL: &str = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}"#;

/// Somebody with credentials.
pub(crate) struct Hand {
    endpoint: String,
    region: &'static str,
    credentials: Credentials,
}

macro_rules! client {
    ($name:ident, $sdk:ident $(, $more:ident = $value:expr)?) => {
        pub(crate) fn $name(&self) -> $sdk::Client {
            let config = $sdk::Config::builder()
                .behavior_version(BehaviorVersion::latest())
                .region(Region::new(self.region))
                .endpoint_url(&self.endpoint)
                .credentials_provider(self.provider())
                $(.$more($value))?;
            $sdk::Client::from_conf(config.build())
        }
    };
}

impl Hand {
    pub(crate) fn of(cloud: &Cloud, account: &str) -> Self {
        Self {
            endpoint: cloud.endpoint(),
            region: "us-east-1",
            credentials: cloud.user(account, "by-hand", ALL).unwrap(),
        }
    }

    /// The same in another Region.
    pub(crate) fn in_region(self, region: &'static str) -> Self {
        Self { region, ..self }
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

    client!(iam, aws_sdk_iam);
    client!(lambda, aws_sdk_lambda);
    client!(athena, aws_sdk_athena);
    client!(logs, aws_sdk_cloudwatchlogs);
    client!(s3, aws_sdk_s3, force_path_style = true);

    /// The document of an inline policy of a role.
    pub(crate) async fn role_policy(&self, role: &str, policy: &str) -> Value {
        let get = self.iam().get_role_policy().role_name(role);
        let got = get.policy_name(policy).send().await.unwrap();
        document(&percent_decoded(&got.policy_document))
    }

    pub(crate) async fn put_role_policy(&self, role: &str, policy: &str, document: &Value) {
        let put = self.iam().put_role_policy().role_name(role);
        let put = put
            .policy_name(policy)
            .policy_document(document.to_string());
        put.send().await.unwrap();
    }

    pub(crate) async fn put_trust(&self, role: &str, document: &Value) {
        let put = self.iam().update_assume_role_policy().role_name(role);
        put.policy_document(document.to_string())
            .send()
            .await
            .unwrap();
    }

    /// The policy of a bucket; an empty text where there is none.
    pub(crate) async fn bucket_policy(&self, bucket: &str) -> String {
        let got = self.s3().get_bucket_policy().bucket(bucket).send().await;
        got.ok().and_then(|got| got.policy).unwrap_or_default()
    }

    pub(crate) async fn put_bucket_policy(&self, bucket: &str, policy: impl Into<String>) {
        let put = self.s3().put_bucket_policy().bucket(bucket);
        put.policy(policy).send().await.unwrap();
    }

    /// The policy of a function; an empty text where there is none.
    pub(crate) async fn function_policy(&self, function: &str) -> String {
        let got = self.lambda().get_policy().function_name(function);
        let got = got.send().await;
        got.ok().and_then(|got| got.policy).unwrap_or_default()
    }
}

pub(crate) fn document(text: &str) -> Value {
    serde_json::from_str(text).unwrap()
}

/// A policy that Lambda may not, but this account may assume a role.
pub(crate) fn trust_of(account: &str) -> Value {
    serde_json::json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": account}, "Action": "sts:AssumeRole"},
    ]})
}

/// IAM answers documents percent-encoded.
fn percent_decoded(text: &str) -> String {
    iam_policy_kit::json::decode_percent(text).unwrap()
}
