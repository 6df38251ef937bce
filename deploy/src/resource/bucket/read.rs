//! What there is under a bucket's name.

use std::collections::BTreeMap;

use aws_sdk_s3::types::BucketVersioningStatus;

use crate::aws::{Account, AwsError, OrAbsent as _};
use crate::resource::bucket::{Found, State};

/// Reads a bucket with all that is set about it.
///
/// # Errors
/// What S3 answers, but for "not there", "not yours" and "elsewhere".
pub(crate) async fn read(account: &Account, bucket: &str) -> Result<Found, AwsError> {
    let (s3, owner) = (&account.s3, account.id.as_str());
    let arn = bucket;
    let head = s3
        .head_bucket()
        .bucket(bucket)
        .expected_bucket_owner(owner)
        .send()
        .await;
    match head.map_err(account.refused("s3:ListBucket", arn)) {
        Err(error) => {
            return match error.status() {
                Some(404) => Ok(Found::Absent),
                Some(403) => Ok(Found::Foreign),
                Some(301 | 400) => Ok(Found::Elsewhere(error.bucket_region().map(str::to_owned))),
                _ => Err(error),
            };
        }
        Ok(head) => {
            let region = head.bucket_region();
            if region.is_some_and(|region| region != account.region) {
                return Ok(Found::Elsewhere(region.map(str::to_owned)));
            }
        }
    }
    let block = s3
        .get_public_access_block()
        .bucket(bucket)
        .expected_bucket_owner(owner);
    let block = block
        .send()
        .await
        .map_err(account.refused("s3:GetBucketPublicAccessBlock", arn))
        .or_absent()?
        .and_then(|answer| answer.public_access_block_configuration);
    let is_closed = block.is_some_and(|block| {
        [
            block.block_public_acls,
            block.ignore_public_acls,
            block.block_public_policy,
            block.restrict_public_buckets,
        ]
        .iter()
        .all(|on| *on == Some(true))
    });
    let encryption = s3
        .get_bucket_encryption()
        .bucket(bucket)
        .expected_bucket_owner(owner);
    let encryption = encryption
        .send()
        .await
        .map_err(account.refused("s3:GetEncryptionConfiguration", arn))
        .or_absent()?;
    let versioning = s3
        .get_bucket_versioning()
        .bucket(bucket)
        .expected_bucket_owner(owner);
    let versioning = versioning
        .send()
        .await
        .map_err(account.refused("s3:GetBucketVersioning", arn))?;
    let ownership = s3
        .get_bucket_ownership_controls()
        .bucket(bucket)
        .expected_bucket_owner(owner);
    let ownership = ownership
        .send()
        .await
        .map_err(account.refused("s3:GetBucketOwnershipControls", arn))
        .or_absent()?
        .and_then(|answer| answer.ownership_controls)
        .and_then(|controls| controls.rules.into_iter().next())
        .map(|rule| rule.object_ownership.as_str().to_owned());
    let lifecycle = s3.get_bucket_lifecycle_configuration().bucket(bucket);
    let lifecycle = lifecycle
        .expected_bucket_owner(owner)
        .send()
        .await
        .map_err(account.refused("s3:GetLifecycleConfiguration", arn))
        .or_absent()?
        .and_then(|answer| answer.rules);
    Ok(Found::Here(Box::new(State {
        tags: tags(account, bucket, arn).await?,
        is_closed,
        is_encrypted: encryption.is_some(),
        is_versioned: versioning.status == Some(BucketVersioningStatus::Enabled),
        ownership,
        lifecycle: lifecycle.unwrap_or_default(),
        policy: policy(account, bucket, arn).await?,
        is_empty: is_empty(account, bucket).await,
    })))
}

async fn policy(account: &Account, bucket: &str, arn: &str) -> Result<Option<String>, AwsError> {
    let call = account.s3.get_bucket_policy().bucket(bucket);
    let answer = call.expected_bucket_owner(account.id.as_str()).send().await;
    let answer = answer
        .map_err(account.refused("s3:GetBucketPolicy", arn))
        .or_absent()?;
    Ok(answer.and_then(|answer| answer.policy))
}

async fn tags(
    account: &Account,
    bucket: &str,
    arn: &str,
) -> Result<BTreeMap<String, String>, AwsError> {
    let call = account.s3.get_bucket_tagging().bucket(bucket);
    let answer = call.expected_bucket_owner(account.id.as_str()).send().await;
    let answer = answer
        .map_err(account.refused("s3:GetBucketTagging", arn))
        .or_absent()?;
    let tags = answer.map(|answer| answer.tag_set).unwrap_or_default();
    Ok(tags.into_iter().map(|tag| (tag.key, tag.value)).collect())
}

/// Who may not look has a bucket that is not known to be empty.
async fn is_empty(account: &Account, bucket: &str) -> bool {
    let call = account.s3.list_object_versions().bucket(bucket).max_keys(1);
    let answer = call.expected_bucket_owner(account.id.as_str()).send().await;
    answer.is_ok_and(|page| page.versions().is_empty() && page.delete_markers().is_empty())
}
