//! A KMS key: somebody else's, looked up only.

use iam_policy_kit::Arn;

use crate::aws::{Account, AwsError};

/// The ARN of the key that an alias or id names.
///
/// # Errors
/// What KMS answers, and a key that cannot make keys for blocks.
pub(crate) async fn arn_of(account: &Account, name: &str) -> Result<Arn, AwsError> {
    const ACTION: &str = "kms:DescribeKey";
    let answer = account.kms.describe_key().key_id(name).send().await;
    let key = answer.map_err(account.refused(ACTION, name))?.key_metadata;
    let unfit = |what: String| AwsError::local(ACTION, &account.region, what);
    let Some(key) = key else {
        return Err(unfit(format!("key `{name}` is not told")));
    };
    let state = key
        .key_state
        .as_ref()
        .map_or("unknown", |state| state.as_str());
    let spec = key
        .key_spec
        .as_ref()
        .map_or("unknown", |spec| spec.as_str());
    if !key.enabled || spec != SYMMETRIC {
        return Err(unfit(format!(
            "key `{name}` must be an enabled key of kind {SYMMETRIC}, got {state}, {spec}"
        )));
    }
    let arn = key.arn.unwrap_or_default();
    arn.parse()
        .map_err(|_| unfit(format!("key `{name}` has no ARN, got `{arn}`")))
}

/// The key's policy, if it may be read: of another account's key it may not.
pub(crate) async fn policy(account: &Account, key: &Arn) -> Option<String> {
    let call = account.kms.get_key_policy().key_id(key.to_string());
    let answer = call.policy_name("default").send().await.ok()?;
    answer.policy
}

const SYMMETRIC: &str = "SYMMETRIC_DEFAULT";
