//! Where DynamoDB and STS are, by the SDK's own rules: each partition has its own names, the European Sovereign Cloud too, for which the
//! Java connector needs code of its own.

use aws_sdk_dynamodb::config::endpoint as dynamodb;
use aws_sdk_dynamodb::config::endpoint::ResolveEndpoint as _;
use aws_sdk_sts::config::endpoint as sts;
use aws_sdk_sts::config::endpoint::ResolveEndpoint as _;

#[tokio::test]
async fn each_partition_is_asked_at_its_own_endpoints_in_the_region() {
    for (region, suffix) in [
        ("eu-central-1", "amazonaws.com"),
        ("eusc-de-east-1", "amazonaws.eu"),
        ("cn-north-1", "amazonaws.com.cn"),
        ("us-gov-west-1", "amazonaws.com"),
        ("us-iso-east-1", "c2s.ic.gov"),
    ] {
        let params = dynamodb::Params::builder().region(region).build().unwrap();
        let rules = dynamodb::DefaultResolver::new();
        let endpoint = rules.resolve_endpoint(&params).await.unwrap();
        let expected = format!("https://dynamodb.{region}.{suffix}");
        assert_eq!(endpoint.url(), expected);

        let params = sts::Params::builder().region(region).build().unwrap();
        let rules = sts::DefaultResolver::new();
        let endpoint = rules.resolve_endpoint(&params).await.unwrap();
        assert_eq!(endpoint.url(), format!("https://sts.{region}.{suffix}"));
    }
}
