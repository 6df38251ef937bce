//! The embedded S3 and its front.

use athena_testkit::s3::PutFault;
use athena_testkit::{ACCESS_KEY_ID, S3};
use aws_sdk_s3::Client;
use aws_sdk_s3::config::Credentials;
use aws_sdk_s3::config::retry::RetryConfig;
use aws_sdk_s3::error::ProvideErrorMetadata;
use aws_sdk_s3::primitives::ByteStream;
use bytes::Bytes;

/// Puts an object, and returns the error's code if there is one.
async fn put(client: &Client, key: &str, body: &Bytes) -> Result<(), String> {
    let put = client
        .put_object()
        .bucket("spill")
        .key(key)
        .body(ByteStream::from(body.clone()));
    match put.send().await {
        Ok(_) => Ok(()),
        Err(error) => Err(error.code().unwrap_or("none").to_owned()),
    }
}

async fn with_a_bucket() -> (S3, Client) {
    let s3 = S3::start().await.unwrap();
    s3.create_bucket("spill").await.unwrap();
    let config = s3
        .client()
        .config()
        .to_builder()
        .retry_config(RetryConfig::disabled())
        .build();
    (s3, Client::from_conf(config))
}

#[tokio::test]
async fn objects_come_back_as_they_were_put() {
    let (s3, client) = with_a_bucket().await;
    let body = Bytes::from(vec![7; 3 << 20]);
    put(&client, "athena-spill/q 1/b.0", &body).await.unwrap();
    put(
        &client,
        "athena-spill/q 1/a.1",
        &Bytes::from_static(b"small"),
    )
    .await
    .unwrap();
    assert_eq!(
        s3.objects("spill").await.unwrap(),
        ["athena-spill/q 1/a.1", "athena-spill/q 1/b.0"]
    );
    assert_eq!(s3.get("spill", "athena-spill/q 1/b.0").await.unwrap(), body);
    let puts: Vec<_> = s3
        .puts()
        .into_iter()
        .map(|put| (put.bucket, put.key, put.bytes, put.status))
        .collect();
    let expected = |key: &str, bytes| ("spill".to_owned(), key.to_owned(), bytes, 200);
    assert_eq!(
        puts,
        [
            expected("athena-spill/q 1/b.0", 3 << 20),
            expected("athena-spill/q 1/a.1", 5)
        ]
    );
}

#[tokio::test]
async fn what_is_not_there_is_an_error_with_its_name() {
    let (s3, _) = with_a_bucket().await;
    let error = s3.get("spill", "absent").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot get object `absent`");
    let error = s3.objects("nowhere").await.unwrap_err();
    assert_eq!(error.to_string(), "cannot list bucket `nowhere`");
    assert!(s3.create_bucket("spill").await.is_err());
}

#[tokio::test]
async fn puts_fail_as_told_and_then_no_more() {
    let (s3, client) = with_a_bucket().await;
    s3.fail_puts(1, PutFault::SlowDown);
    s3.fail_puts(1, PutFault::InternalError);
    s3.fail_puts(1, PutFault::AccessDenied);
    let body = Bytes::from(vec![1; 1 << 20]);
    for code in ["SlowDown", "InternalError", "AccessDenied"] {
        assert_eq!(put(&client, "a", &body).await, Err(code.to_owned()));
    }
    assert!(s3.objects("spill").await.unwrap().is_empty());
    put(&client, "a", &body).await.unwrap();
    let statuses: Vec<_> = s3.puts().iter().map(|put| put.status).collect();
    assert_eq!(statuses, [503, 500, 403, 200]);
    s3.reset();
    assert!(s3.puts().is_empty());
}

#[tokio::test]
async fn a_client_that_tries_again_gets_over_a_slow_down() {
    let (s3, _) = with_a_bucket().await;
    s3.fail_puts(1, PutFault::SlowDown);
    put(&s3.client(), "a", &Bytes::from_static(b"body"))
        .await
        .unwrap();
    assert_eq!(s3.puts().len(), 2);
}

#[tokio::test]
async fn a_wrong_secret_is_refused() {
    let (s3, client) = with_a_bucket().await;
    let wrong = Credentials::new(ACCESS_KEY_ID, "wrong", None, None, "test");
    let config = client
        .config()
        .to_builder()
        .credentials_provider(wrong)
        .build();
    let answer = put(&Client::from_conf(config), "a", &Bytes::new()).await;
    assert_eq!(answer, Err("SignatureDoesNotMatch".to_owned()));
    assert_eq!(s3.puts()[0].status, 403);
}
