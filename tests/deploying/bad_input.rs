//! What cannot be is told before the first write, all of it at once.

use aws_sdk_athena::types::DataCatalogType;
use aws_sdk_s3::types::{BucketLocationConstraint, CreateBucketConfiguration};

use crate::rig::{A, B, BUCKET, C, EVERYTHING, Rig};

#[tokio::test]
async fn everything_that_stands_in_the_way_is_told_at_once() {
    let rig = Rig::start().await;
    // The spill bucket is another account's, the results buckets lie elsewhere, and both catalogs are something else.
    let theirs = rig.hand(C).s3().create_bucket().bucket(BUCKET);
    theirs.send().await.unwrap();
    for (account, bucket) in [
        (A, "athena-dynamodb-queries-a"),
        (B, "athena-dynamodb-queries-b"),
    ] {
        let place = BucketLocationConstraint::from("eu-west-1");
        let place = CreateBucketConfiguration::builder().location_constraint(place);
        let create = rig
            .hand(account)
            .in_region("eu-west-1")
            .s3()
            .create_bucket();
        create
            .bucket(bucket)
            .create_bucket_configuration(place.build())
            .send()
            .await
            .unwrap();
    }
    for account in [A, B] {
        let create = rig.hand(account).athena().create_data_catalog();
        create
            .name("data_source_table")
            .r#type(DataCatalogType::Hive)
            .parameters(
                "metadata-function",
                "arn:aws:lambda:us-east-1:111111111111:function:hive",
            )
            .send()
            .await
            .unwrap();
    }
    rig.cloud.forget_calls();
    let run = rig.run("apply", EVERYTHING).await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    for told in [
        "bucket `ds-spill-bucket` must belong to account 111111111111",
        "bucket `athena-dynamodb-queries-a` must lie in us-east-1, got eu-west-1",
        "bucket `athena-dynamodb-queries-b` must lie in us-east-1, got eu-west-1",
        "catalog `data_source_table` of account 111111111111 must be of type LAMBDA, got HIVE",
        "catalog `data_source_table` of account 222222222222 must be of type LAMBDA, got HIVE",
        "nothing was changed",
    ] {
        assert!(run.talk.contains(told), "{told}: {}", run.talk);
    }
    rig.wrote_nothing();
}

#[tokio::test]
async fn credentials_and_accounts_that_do_not_fit_are_refused() {
    let rig = Rig::start().await;
    for (options, told) in [
        (
            &["--account-a=222222222222"][..],
            "must be those of account 222222222222, got 111111111111",
        ),
        (
            &["--account-b=333333333333", "--profile-b=b"],
            "must be those of account 333333333333, got 222222222222",
        ),
        (
            &["--account-b=111111111111"],
            "must be another account than A",
        ),
        (
            &["--kms-key=arn:aws:kms:eu-west-1:111111111111:key/0a1b2c3d"],
            "got a key in `eu-west-1`",
        ),
    ] {
        let run = rig.run("apply", options).await;
        assert!(matches!(run.code, Some(1 | 64)), "{options:?}: {run:#?}");
        assert!(run.talk.contains(told), "{options:?}: {}", run.talk);
    }
    rig.wrote_nothing();
}
