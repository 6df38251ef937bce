//! Objects, as policies give and deny them.

use aws_sdk_s3::primitives::ByteStream;

use super::setup::{AT_ONCE, analyst_policy};
use super::{B, BUCKET, C, Setup, Who, code};

async fn put(who: &Who, key: &str) -> Result<(), String> {
    let body = ByteStream::from_static(b"rows");
    let put = who.s3().put_object().bucket(BUCKET).key(key).body(body);
    match put.send().await {
        Ok(_) => Ok(()),
        failed => Err(code(failed)),
    }
}

async fn get(who: &Who, key: &str) -> Result<Vec<u8>, String> {
    match who.s3().get_object().bucket(BUCKET).key(key).send().await {
        Ok(got) => Ok(got.body.collect().await.unwrap().to_vec()),
        failed => Err(code(failed)),
    }
}

#[tokio::test]
async fn an_object_is_read_where_both_accounts_allow_it() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    for key in ["athena-spill/q 1/r=1+2.arrow", "other/x"] {
        put(&setup.a, key).await.unwrap();
    }
    assert_eq!(
        get(&setup.analyst, "athena-spill/q 1/r=1+2.arrow")
            .await
            .unwrap(),
        b"rows"
    );
    let denied = "AccessDenied".to_owned();
    assert_eq!(get(&setup.b, "other/x").await.unwrap_err(), denied);
    assert_eq!(put(&setup.b, "athena-spill/y").await.unwrap_err(), denied);
    let unread = Who::user(
        &setup.cloud,
        B,
        "u",
        &analyst_policy()
            .to_string()
            .replace("s3:GetObject", "s3:GetObjectAcl"),
    );
    assert_eq!(
        get(&unread, "athena-spill/q 1/r=1+2.arrow")
            .await
            .unwrap_err(),
        denied
    );
    let stranger = Who::admin(&setup.cloud, C);
    assert_eq!(
        get(&stranger, "athena-spill/q 1/r=1+2.arrow")
            .await
            .unwrap_err(),
        denied
    );
}

#[tokio::test]
async fn a_missing_object_is_told_only_to_who_may_list() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    assert_eq!(
        get(&setup.a, "athena-spill/absent").await.unwrap_err(),
        "NoSuchKey"
    );
    assert_eq!(
        get(&setup.b, "athena-spill/absent").await.unwrap_err(),
        "AccessDenied"
    );
}

#[tokio::test]
async fn a_list_needs_the_prefix_that_the_policy_names() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    put(&setup.a, "athena-spill/a").await.unwrap();
    let list = |prefix: Option<&str>| {
        let list = setup.analyst.s3().list_objects_v2().bucket(BUCKET);
        list.set_prefix(prefix.map(str::to_owned)).send()
    };
    let listed = list(Some("athena-spill/")).await.unwrap();
    assert_eq!(listed.contents()[0].key(), Some("athena-spill/a"));
    assert_eq!(code(list(Some("other/")).await), "AccessDenied");
    assert_eq!(code(list(None).await), "AccessDenied");
}

#[tokio::test]
async fn a_bucket_with_objects_stays_and_an_emptied_one_goes() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.bucket().await;
    put(&setup.a, "athena-spill/deep/a").await.unwrap();
    let s3 = setup.a.s3();
    let delete = || s3.delete_bucket().bucket(BUCKET).send();
    assert_eq!(code(delete().await), "BucketNotEmpty");
    s3.delete_object()
        .bucket(BUCKET)
        .key("athena-spill/deep/a")
        .send()
        .await
        .unwrap();
    delete().await.unwrap();
    assert_eq!(code(delete().await), "NoSuchBucket");
}
