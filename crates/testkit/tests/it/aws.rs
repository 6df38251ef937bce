//! The bundle that one connector needs.

use athena_testkit::LocalAws;
use athena_testkit::aws::SPILL_BUCKET;

#[tokio::test]
async fn the_environment_points_at_the_running_servers() {
    let aws = LocalAws::start().await.unwrap();
    let environment = aws.function_environment();
    assert_eq!(
        environment["AWS_ENDPOINT_URL_DYNAMODB"],
        aws.dynamodb.endpoint()
    );
    assert_eq!(environment["AWS_ENDPOINT_URL_S3"], aws.s3.endpoint());
    assert_eq!(environment["AWS_ENDPOINT_URL_KMS"], aws.kms.endpoint());
    assert_eq!(
        environment["AWS_ENDPOINT_URL_ATHENA"],
        aws.athena.endpoint()
    );
    assert_eq!(environment["AWS_ENDPOINT_URL_GLUE"], aws.glue.endpoint());
    let names: Vec<_> = environment.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        [
            "AWS_ACCESS_KEY_ID",
            "AWS_ENDPOINT_URL_ATHENA",
            "AWS_ENDPOINT_URL_DYNAMODB",
            "AWS_ENDPOINT_URL_GLUE",
            "AWS_ENDPOINT_URL_KMS",
            "AWS_ENDPOINT_URL_S3",
            "AWS_ENDPOINT_URL_STS",
            "AWS_REGION",
            "AWS_SECRET_ACCESS_KEY",
            "disable_glue",
            "spill_bucket",
            "spill_prefix",
        ]
    );
    assert!(aws.s3.objects(SPILL_BUCKET).await.unwrap().is_empty());
    assert!(
        aws.dynamodb
            .client()
            .list_tables()
            .send()
            .await
            .unwrap()
            .table_names()
            .is_empty()
    );
}
