//! The write calls on a bucket.

use std::collections::BTreeMap;

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, CreateBucketConfiguration,
    LifecycleRule, ObjectOwnership, OwnershipControls, OwnershipControlsRule,
    PublicAccessBlockConfiguration, ServerSideEncryption, ServerSideEncryptionByDefault,
    ServerSideEncryptionConfiguration, ServerSideEncryptionRule, Tag, Tagging,
};

use crate::aws::{Account, AwsError, Refusal};
use crate::resource::role::gone;

/// A write call on a bucket.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Call {
    Create {
        bucket: String,
        region: String,
        tags: BTreeMap<String, String>,
    },
    Tag {
        bucket: String,
        tags: BTreeMap<String, String>,
    },
    Close {
        bucket: String,
    },
    Encrypt {
        bucket: String,
    },
    Own {
        bucket: String,
    },
    Lifecycle {
        bucket: String,
        rules: Vec<LifecycleRule>,
    },
    DeleteLifecycle {
        bucket: String,
    },
    Policy {
        bucket: String,
        policy: String,
    },
    DeletePolicy {
        bucket: String,
    },
    Delete {
        bucket: String,
    },
}

impl Call {
    /// The bucket's name.
    pub(crate) fn bucket(&self) -> &str {
        match self {
            Self::Create { bucket, .. }
            | Self::Tag { bucket, .. }
            | Self::Close { bucket }
            | Self::Encrypt { bucket }
            | Self::Own { bucket }
            | Self::Lifecycle { bucket, .. }
            | Self::DeleteLifecycle { bucket }
            | Self::Policy { bucket, .. }
            | Self::DeletePolicy { bucket }
            | Self::Delete { bucket } => bucket,
        }
    }

    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        let bucket = self.bucket();
        match self {
            Self::Create { .. } => format!("create bucket {bucket}"),
            Self::Tag { .. } => format!("tag bucket {bucket}"),
            Self::Close { .. } => format!("block public access to bucket {bucket}"),
            Self::Encrypt { .. } => format!("encrypt bucket {bucket}"),
            Self::Own { .. } => format!("set object ownership of bucket {bucket}"),
            Self::Lifecycle { .. } => format!("put lifecycle rules of bucket {bucket}"),
            Self::DeleteLifecycle { .. } => format!("delete lifecycle rules of bucket {bucket}"),
            Self::Policy { .. } => format!("put policy of bucket {bucket}"),
            Self::DeletePolicy { .. } => format!("delete policy of bucket {bucket}"),
            Self::Delete { .. } => format!("delete bucket {bucket} if it is empty"),
        }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// What S3 answers, but for what is done already.
    #[expect(clippy::too_many_lines, reason = "an arm for each call")]
    pub(crate) async fn run(&self, account: &Account) -> Result<(), AwsError> {
        let (s3, owner, bucket) = (&account.s3, account.id.as_str(), self.bucket());
        let arn = bucket;
        match self {
            Self::Create { region, tags, .. } => create(account, bucket, region, tags).await,
            Self::Tag { tags, .. } => {
                let tagging = Tagging::builder().set_tag_set(Some(tag_set(tags)));
                let call = s3
                    .put_bucket_tagging()
                    .bucket(bucket)
                    .expected_bucket_owner(owner);
                let call = call.tagging(tagging.build().expect("the tags are set"));
                call.send()
                    .await
                    .map(drop)
                    .map_err(account.refused("s3:PutBucketTagging", arn))
            }
            Self::Close { .. } => {
                let blocks = PublicAccessBlockConfiguration::builder()
                    .block_public_acls(true)
                    .ignore_public_acls(true)
                    .block_public_policy(true)
                    .restrict_public_buckets(true);
                let call = s3
                    .put_public_access_block()
                    .bucket(bucket)
                    .expected_bucket_owner(owner);
                let call = call.public_access_block_configuration(blocks.build());
                let done = call.send().await.map(drop);
                done.map_err(account.refused("s3:PutBucketPublicAccessBlock", arn))
            }
            Self::Encrypt { .. } => {
                let by_default = ServerSideEncryptionByDefault::builder()
                    .sse_algorithm(ServerSideEncryption::Aes256)
                    .build()
                    .expect("the algorithm is set");
                let rule = ServerSideEncryptionRule::builder()
                    .apply_server_side_encryption_by_default(by_default);
                let rules = ServerSideEncryptionConfiguration::builder().rules(rule.build());
                let call = s3
                    .put_bucket_encryption()
                    .bucket(bucket)
                    .expected_bucket_owner(owner);
                let call = call.server_side_encryption_configuration(
                    rules.build().expect("the rules are set"),
                );
                let done = call.send().await.map(drop);
                done.map_err(account.refused("s3:PutEncryptionConfiguration", arn))
            }
            Self::Own { .. } => {
                let rule = OwnershipControlsRule::builder()
                    .object_ownership(ObjectOwnership::BucketOwnerEnforced)
                    .build()
                    .expect("the ownership is set");
                let controls = OwnershipControls::builder().rules(rule);
                let call = s3
                    .put_bucket_ownership_controls()
                    .bucket(bucket)
                    .expected_bucket_owner(owner)
                    .ownership_controls(controls.build().expect("the rules are set"));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("s3:PutBucketOwnershipControls", arn))
            }
            Self::Lifecycle { rules, .. } => {
                let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules.clone()));
                let call = s3
                    .put_bucket_lifecycle_configuration()
                    .bucket(bucket)
                    .expected_bucket_owner(owner)
                    .lifecycle_configuration(rules.build().expect("the rules are set"));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("s3:PutLifecycleConfiguration", arn))
            }
            Self::DeleteLifecycle { .. } => {
                let call = s3
                    .delete_bucket_lifecycle()
                    .bucket(bucket)
                    .expected_bucket_owner(owner);
                let done = call.send().await.map(drop);
                gone(done.map_err(account.refused("s3:PutLifecycleConfiguration", arn)))
            }
            Self::Policy { policy, .. } => {
                let call = s3
                    .put_bucket_policy()
                    .bucket(bucket)
                    .expected_bucket_owner(owner);
                let done = call.policy(policy).send().await.map(drop);
                done.map_err(account.refused("s3:PutBucketPolicy", arn))
            }
            Self::DeletePolicy { .. } => {
                let call = s3
                    .delete_bucket_policy()
                    .bucket(bucket)
                    .expected_bucket_owner(owner);
                let done = call.send().await.map(drop);
                gone(done.map_err(account.refused("s3:DeleteBucketPolicy", arn)))
            }
            Self::Delete { .. } => {
                let call = s3
                    .delete_bucket()
                    .bucket(bucket)
                    .expected_bucket_owner(owner);
                let done = call.send().await.map(drop);
                gone(done.map_err(account.refused("s3:DeleteBucket", arn)))
            }
        }
    }
}

async fn create(
    account: &Account,
    bucket: &str,
    region: &str,
    tags: &BTreeMap<String, String>,
) -> Result<(), AwsError> {
    // S3 takes no location in its first Region, and demands one in all others.
    let place = (region != "us-east-1").then(|| BucketLocationConstraint::from(region));
    // With the call itself: a bucket whose answer was lost is known for ours all the same.
    let configuration = CreateBucketConfiguration::builder()
        .set_location_constraint(place)
        .set_tags(Some(tag_set(tags)));
    let call = account.s3.create_bucket().bucket(bucket);
    let done = call
        .create_bucket_configuration(configuration.build())
        .send()
        .await
        .map(drop);
    match done.map_err(account.refused("s3:CreateBucket", bucket)) {
        Err(error) if error.refusal() == Refusal::Exists => Ok(()),
        done => done,
    }
}

fn tag_set(tags: &BTreeMap<String, String>) -> Vec<Tag> {
    let tags = tags.iter().map(|(key, value)| {
        let tag = Tag::builder().key(key).value(value);
        tag.build().expect("both are set")
    });
    tags.collect()
}
