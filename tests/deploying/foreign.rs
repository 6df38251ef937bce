//! What others wrote into the same documents.

use aws_sdk_s3::types::{
    BucketLifecycleConfiguration, ExpirationStatus, LifecycleExpiration, LifecycleRule,
    LifecycleRuleFilter,
};
use serde_json::json;

use crate::hand::document;
use crate::rig::{A, BUCKET, FUNCTION, Rig, SHARED};

const THEIRS: &str = r#"{"Sid":"Theirs","Effect":"Allow","Principal":{"Service":"logging.s3.amazonaws.com"},"Action":"s3:PutObject","Resource":"arn:aws:s3:::ds-spill-bucket/logs/*","Condition":{"StringEquals":{"aws:SourceAccount":"111111111111"}}}"#;

async fn rule_ids(rig: &Rig) -> Vec<String> {
    let get = rig.hand(A).s3().get_bucket_lifecycle_configuration();
    let rules = get.bucket(BUCKET).send().await.unwrap().rules;
    let ids = rules.unwrap_or_default().into_iter();
    ids.filter_map(|rule| rule.id).collect()
}

#[tokio::test]
async fn what_others_wrote_survives_everything() {
    let rig = Rig::start().await;
    rig.done("apply", &[]).await;
    let hand = rig.hand(A);
    let policy = format!(r#"{{"Version":"2012-10-17","Statement":[{THEIRS}]}}"#);
    hand.put_bucket_policy(BUCKET, policy).await;
    let theirs = LifecycleRule::builder()
        .id("theirs")
        .status(ExpirationStatus::Enabled)
        .filter(LifecycleRuleFilter::builder().prefix("logs/").build())
        .expiration(LifecycleExpiration::builder().days(30).build())
        .build()
        .unwrap();
    let rules = BucketLifecycleConfiguration::builder().rules(theirs);
    let put = hand.s3().put_bucket_lifecycle_configuration();
    put.bucket(BUCKET)
        .lifecycle_configuration(rules.build().unwrap())
        .send()
        .await
        .unwrap();
    let add = hand.lambda().add_permission().function_name(FUNCTION);
    add.statement_id("theirs")
        .action("lambda:InvokeFunction")
        .principal("444444444444")
        .send()
        .await
        .unwrap();
    let role = format!("{FUNCTION}-role");
    let deny = json!({"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "sqs:*", "Resource": "*"}]});
    hand.put_role_policy(&role, "Theirs", &deny).await;
    for command in ["apply", "share", "unshare", "share", "apply"] {
        rig.done(command, SHARED).await;
        let policy = document(&hand.bucket_policy(BUCKET).await);
        let statements = policy["Statement"].as_array().unwrap();
        assert!(
            statements.contains(&document(THEIRS)),
            "{command}: {policy:#}"
        );
        assert!(
            rule_ids(&rig).await.contains(&"theirs".to_owned()),
            "{command}"
        );
        let policy = hand.function_policy(FUNCTION).await;
        assert!(policy.contains("444444444444"), "{command}: {policy}");
        assert_eq!(hand.role_policy(&role, "Theirs").await, deny, "{command}");
    }
    rig.done("destroy", SHARED).await;
    let policy = document(&hand.bucket_policy(BUCKET).await);
    assert_eq!(policy["Statement"], json!([document(THEIRS)]));
    assert_eq!(rule_ids(&rig).await, ["theirs"]);
}
