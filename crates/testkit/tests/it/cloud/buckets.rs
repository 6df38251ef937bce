//! Buckets, their settings and policies.

use aws_sdk_s3::error::SdkError;
use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, BucketLocationConstraint, CreateBucketConfiguration,
    ExpirationStatus, LifecycleExpiration, LifecycleRule, LifecycleRuleFilter,
    PublicAccessBlockConfiguration, Tag, Tagging,
};

use super::setup::{AT_ONCE, bucket_policy};
use super::{A, B, BUCKET, Setup, Who, code, refusal};

/// The status of a HEAD, and the Region it names.
async fn head(who: &Who, owner: Option<&str>) -> (u16, Option<String>) {
    let head = who.s3().head_bucket().bucket(BUCKET);
    let head = head.set_expected_bucket_owner(owner.map(str::to_owned));
    match head.send().await {
        Ok(found) => (200, found.bucket_region().map(str::to_owned)),
        Err(SdkError::ServiceError(error)) => {
            let region = error.raw().headers().get("x-amz-bucket-region");
            (error.raw().status().as_u16(), region.map(str::to_owned))
        }
        Err(SdkError::ResponseError(error)) => {
            let region = error.raw().headers().get("x-amz-bucket-region");
            (error.raw().status().as_u16(), region.map(str::to_owned))
        }
        Err(other) => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_head_tells_absent_foreign_and_elsewhere_apart() {
    let setup = Setup::empty(AT_ONCE).await;
    assert_eq!(head(&setup.a, None).await.0, 404);
    setup.bucket().await;
    let here = Some("us-east-1".to_owned());
    assert_eq!(head(&setup.a, None).await, (200, here.clone()));
    assert_eq!(head(&setup.a, Some(A)).await, (200, here.clone()));
    assert_eq!(head(&setup.a, Some(B)).await.0, 403);
    // A HEAD has no prefix, which the policy wants of B.
    assert_eq!(head(&setup.b, None).await.0, 403);
    assert_eq!(head(&setup.a.within("eu-west-1"), None).await, (301, here));
    setup
        .a
        .s3()
        .delete_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(head(&setup.a, None).await.0, 404);
}

#[tokio::test]
async fn a_bucket_is_made_once_in_the_region_that_is_asked() {
    let setup = Setup::empty(AT_ONCE).await;
    let create = |who: &Who, region: Option<&str>| {
        let configuration = region.map(|region| {
            CreateBucketConfiguration::builder()
                .location_constraint(BucketLocationConstraint::from(region))
                .build()
        });
        let create = who.s3().create_bucket().bucket(BUCKET);
        create.set_create_bucket_configuration(configuration).send()
    };
    let ireland = setup.a.within("eu-west-1");
    let illegal = "IllegalLocationConstraintException";
    assert_eq!(code(create(&ireland, None).await), illegal);
    assert_eq!(code(create(&setup.a, Some("eu-west-1")).await), illegal);
    create(&ireland, Some("eu-west-1")).await.unwrap();
    assert_eq!(
        code(create(&ireland, Some("eu-west-1")).await),
        "BucketAlreadyOwnedByYou"
    );
    assert_eq!(code(create(&setup.b, None).await), "BucketAlreadyExists");
    let location = setup
        .a
        .s3()
        .get_bucket_location()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(
        location.location_constraint(),
        Some(&BucketLocationConstraint::EuWest1)
    );
    let first = || setup.a.s3().create_bucket().bucket("first-region").send();
    first().await.unwrap();
    first().await.unwrap();
    let named = setup
        .a
        .s3()
        .create_bucket()
        .bucket("Not_A_Name")
        .send()
        .await;
    assert_eq!(code(named), "InvalidBucketName");
    let own = setup.a.s3().list_buckets().send().await.unwrap();
    assert_eq!(own.buckets().len(), 2);
}

#[tokio::test]
async fn settings_are_kept_and_new_buckets_are_closed() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    let s3 = setup.a.s3();
    let block = s3
        .get_public_access_block()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    let closed = PublicAccessBlockConfiguration::builder()
        .block_public_acls(true)
        .ignore_public_acls(true)
        .block_public_policy(true)
        .restrict_public_buckets(true)
        .build();
    assert_eq!(block.public_access_block_configuration(), Some(&closed));
    s3.get_bucket_encryption()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    s3.get_bucket_ownership_controls()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    s3.get_bucket_versioning()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();

    let lifecycle = || {
        s3.get_bucket_lifecycle_configuration()
            .bucket(BUCKET)
            .send()
    };
    assert_eq!(code(lifecycle().await), "NoSuchLifecycleConfiguration");
    let rule = |id: &str| {
        LifecycleRule::builder()
            .id(id)
            .status(ExpirationStatus::Enabled)
            .filter(
                LifecycleRuleFilter::builder()
                    .prefix("athena-spill/")
                    .build(),
            )
            .expiration(LifecycleExpiration::builder().days(1).build())
            .build()
            .unwrap()
    };
    let put = |rules: Vec<LifecycleRule>| {
        let rules = BucketLifecycleConfiguration::builder().set_rules(Some(rules));
        let put = s3.put_bucket_lifecycle_configuration().bucket(BUCKET);
        put.lifecycle_configuration(rules.build().unwrap()).send()
    };
    assert_eq!(
        code(put(vec![rule("a"), rule("a")]).await),
        "InvalidArgument"
    );
    put(vec![rule("a"), rule("b")]).await.unwrap();
    assert_eq!(lifecycle().await.unwrap().rules(), [rule("a"), rule("b")]);
    s3.delete_bucket_lifecycle()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(code(lifecycle().await), "NoSuchLifecycleConfiguration");

    let tags = || s3.get_bucket_tagging().bucket(BUCKET).send();
    assert_eq!(code(tags().await), "NoSuchTagSet");
    let tag = Tag::builder().key("stack").value("a&b").build().unwrap();
    let set = Tagging::builder().tag_set(tag.clone()).build().unwrap();
    s3.put_bucket_tagging()
        .bucket(BUCKET)
        .tagging(set)
        .send()
        .await
        .unwrap();
    assert_eq!(tags().await.unwrap().tag_set(), [tag]);
    // All of that only for who expects the true owner.
    let foreign = s3
        .get_bucket_tagging()
        .bucket(BUCKET)
        .expected_bucket_owner(B);
    assert_eq!(code(foreign.send().await), "AccessDenied");
}

#[tokio::test]
async fn a_bucket_policy_is_kept_with_accounts_spelled_as_aws_does() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    let s3 = setup.a.s3();
    let get = || s3.get_bucket_policy().bucket(BUCKET).send();
    let text = get().await.unwrap();
    let text = text.policy().unwrap();
    assert!(text.contains(&format!("arn:aws:iam::{B}:root")), "{text}");
    assert_eq!(
        iam_policy_kit::Document::from_json(text).unwrap(),
        iam_policy_kit::Document::from_json(&bucket_policy().to_string()).unwrap(),
    );
    s3.delete_bucket_policy()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    assert_eq!(code(get().await), "NoSuchBucketPolicy");
    s3.delete_bucket_policy()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
}

#[tokio::test]
async fn bucket_policies_that_aws_would_not_keep_are_refused() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    let s3 = setup.a.s3();
    let put = |policy: String| s3.put_bucket_policy().bucket(BUCKET).policy(policy).send();
    let policy = bucket_policy().to_string();
    let changed = |from: &str, to: &str| policy.replace(from, to);
    for bad in [
        "no json".to_owned(),
        changed(BUCKET, "another-bucket"),
        changed("s3:GetObject", "dynamodb:Scan"),
        changed(
            &format!("\"{B}\""),
            &format!("\"arn:aws:iam::{B}:role/absent\""),
        ),
        changed("athena-spill/*", &"x".repeat(21_000)),
    ] {
        assert_eq!(code(put(bad).await), "MalformedPolicy");
    }
    let public = changed(&format!("\"{B}\""), "\"*\"");
    let (kind, message) = refusal(put(public.clone()).await);
    assert_eq!(kind, "AccessDenied");
    assert!(message.contains("BlockPublicPolicy"), "{message}");
    s3.delete_public_access_block()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    put(public).await.unwrap();
}

#[tokio::test]
async fn nobody_of_another_account_gets_at_the_policy() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    let get = || setup.b.s3().get_bucket_policy().bucket(BUCKET).send();
    assert_eq!(
        refusal(get().await),
        ("AccessDenied".to_owned(), "Access Denied".to_owned())
    );
    let mut policy = bucket_policy();
    policy["Statement"][0]["Action"] = "s3:*".into();
    policy["Statement"][0]["Resource"] = format!("arn:aws:s3:::{BUCKET}").into();
    setup.put_bucket_policy(&policy).await;
    assert_eq!(code(get().await), "MethodNotAllowed");
}

#[tokio::test]
async fn a_region_can_be_asked_for_by_name() {
    let setup = Setup::empty(AT_ONCE).await;
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*",
        "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}}"#;
    let who = Who::user(&setup.cloud, A, "here", policy);
    who.s3().list_buckets().send().await.unwrap();
    let elsewhere = who.within("eu-west-1").s3().list_buckets().send().await;
    assert_eq!(code(elsewhere), "AccessDenied");
}

#[tokio::test]
async fn a_bucket_is_made_with_tags_by_who_may_tag() {
    let setup = Setup::empty(AT_ONCE).await;
    let tag = Tag::builder()
        .key("made-by")
        .value("a & b")
        .build()
        .unwrap();
    let tags = CreateBucketConfiguration::builder()
        .tags(tag.clone())
        .build();
    let only = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:CreateBucket", "Resource": "*"}}"#;
    let maker = Who::user(&setup.cloud, A, "maker", only);
    let create = |who: &Who| {
        let create = who.s3().create_bucket().bucket(BUCKET);
        create.create_bucket_configuration(tags.clone()).send()
    };
    assert_eq!(code(create(&maker).await), "AccessDenied");
    create(&setup.a).await.unwrap();
    let told = setup
        .a
        .s3()
        .get_bucket_tagging()
        .bucket(BUCKET)
        .send()
        .await;
    assert_eq!(told.unwrap().tag_set, [tag]);
}

#[tokio::test]
async fn the_objects_of_a_bucket_are_listed_as_their_only_versions() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    let list = || setup.a.s3().list_object_versions().bucket(BUCKET);
    assert!(list().send().await.unwrap().versions().is_empty());
    for key in ["a/1", "a/2", "b"] {
        let put = setup.a.s3().put_object().bucket(BUCKET).key(key);
        put.send().await.unwrap();
    }
    let keys = |answer: &aws_sdk_s3::operation::list_object_versions::ListObjectVersionsOutput| -> Vec<String> {
        answer.versions().iter().filter_map(|version| version.key.clone()).collect()
    };
    let page = list().max_keys(2).send().await.unwrap();
    assert_eq!(
        (keys(&page), page.is_truncated),
        (vec!["a/1".to_owned(), "a/2".to_owned()], Some(true))
    );
    let rest = list()
        .set_key_marker(page.next_key_marker)
        .send()
        .await
        .unwrap();
    assert_eq!(
        (keys(&rest), rest.is_truncated),
        (vec!["b".to_owned()], Some(false))
    );
    let stranger = list().expected_bucket_owner(B).send().await;
    assert_eq!(code(stranger), "AccessDenied");
}
