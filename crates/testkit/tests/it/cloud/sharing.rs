//! The connector of A in B's hands: every link holds, and each hangs on the statements that it should.

use std::collections::BTreeSet;

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_s3::primitives::ByteStream;
use serde_json::Value;

use super::setup::{
    analyst_policy, bucket_policy, execution_policy, function_arn, role_arn, share_policy,
    share_trust, trust_of_lambda,
};
use super::{A, B, BUCKET, FUNCTION, Setup, Who};

/// Which links of the chain hold, each tried by the call that Athena, the function or the sharer makes.
async fn links(setup: &Setup) -> BTreeSet<&'static str> {
    let mut held = BTreeSet::new();
    let mut note = |name, holds: bool| {
        if holds {
            held.insert(name);
        }
    };
    // The analyst as the policy that it was given last has it.
    let analyst = &setup.analyst;
    let catalog = analyst.athena().get_data_catalog().name("source").send();
    note("catalog", catalog.await.is_ok());
    let invoke = analyst.lambda().invoke().function_name(function_arn());
    note(
        "invoke",
        invoke.payload(Blob::new("{}")).send().await.is_ok(),
    );
    let get = analyst
        .s3()
        .get_object()
        .bucket(BUCKET)
        .key("athena-spill/q");
    note("read spill", get.send().await.is_ok());
    let list = analyst.s3().list_objects_v2().bucket(BUCKET);
    note(
        "list spill",
        list.prefix("athena-spill/").send().await.is_ok(),
    );
    let environment = setup.a.lambda().invoke().function_name(FUNCTION);
    let environment = environment.payload(Blob::new(r#"{"op": "environment"}"#));
    if let Ok(answer) = environment.send().await {
        let function = function(setup, answer.payload().unwrap().as_ref());
        note(
            "tables",
            function.dynamodb().list_tables().send().await.is_ok(),
        );
        let put = function
            .s3()
            .put_object()
            .bucket(BUCKET)
            .key("athena-spill/q");
        let put = put.body(ByteStream::from_static(b"rows")).send();
        note("write spill", put.await.is_ok());
        note("run", true);
    }
    let name = format!("more-{}", setup.cloud.calls().len());
    note(
        "assume",
        setup
            .a
            .assume(&role_arn(B, "share"), Some("agreed"))
            .await
            .is_ok(),
    );
    note("share", setup.share(&name).await.is_ok());
    held
}

fn function(setup: &Setup, environment: &[u8]) -> Who {
    let environment: Value = serde_json::from_slice(environment).unwrap();
    let text = |name: &str| environment[name].as_str().unwrap();
    let credentials = aws_sdk_sts::types::Credentials::builder()
        .access_key_id(text("AWS_ACCESS_KEY_ID"))
        .secret_access_key(text("AWS_SECRET_ACCESS_KEY"))
        .session_token(text("AWS_SESSION_TOKEN"))
        .expiration(aws_sdk_sts::primitives::DateTime::from_secs(0));
    setup.a.with(&credentials.build().unwrap())
}

/// A policy with one statement less, or with a `Deny` in its place where it would have none.
fn without(mut policy: Value, sid: &str) -> Value {
    let statements = policy["Statement"].as_array_mut().unwrap();
    let before = statements.len();
    statements.retain(|statement| statement["Sid"] != sid);
    assert_eq!(statements.len(), before - 1, "{sid}");
    if statements.is_empty() {
        let nothing = serde_json::json!({"Sid": "Nothing", "Effect": "Deny", "Action": "ec2:*", "Resource": "*"});
        statements.push(nothing);
    }
    policy
}

async fn broken(setup: &Setup, whole: &BTreeSet<&'static str>) -> Vec<&'static str> {
    let held = links(setup).await;
    whole.difference(&held).copied().collect()
}

#[tokio::test]
async fn every_link_holds_and_each_hangs_on_its_statements_alone() {
    let setup = Setup::shared().await;
    let seeded = setup
        .a
        .s3()
        .put_object()
        .bucket(BUCKET)
        .key("athena-spill/q");
    seeded
        .body(ByteStream::from_static(b"rows"))
        .send()
        .await
        .unwrap();
    let whole = links(&setup).await;
    let all = [
        "assume",
        "catalog",
        "invoke",
        "list spill",
        "read spill",
        "run",
        "share",
        "tables",
        "write spill",
    ];
    assert_eq!(whole, BTreeSet::from(all));

    for (sid, link) in [("Get", "read spill"), ("List", "list spill")] {
        setup
            .put_bucket_policy(&without(bucket_policy(), sid))
            .await;
        assert_eq!(broken(&setup, &whole).await, [link], "{sid}");
    }
    setup
        .put_bucket_policy(&without(bucket_policy(), "Tls"))
        .await;
    assert_eq!(broken(&setup, &whole).await, [""; 0]);
    setup.put_bucket_policy(&bucket_policy()).await;

    for (sid, link) in [("Tables", "tables"), ("Spill", "write spill")] {
        let policy = without(execution_policy(), sid);
        setup.put_role_policy(&setup.a, "execution", &policy).await;
        assert_eq!(broken(&setup, &whole).await, [link], "{sid}");
    }
    setup
        .put_role_policy(&setup.a, "execution", &execution_policy())
        .await;

    for (sid, link) in [
        ("Catalog", "catalog"),
        ("Invoke", "invoke"),
        ("Read", "read spill"),
        ("List", "list spill"),
    ] {
        let policy = without(analyst_policy(), sid).to_string();
        setup.cloud.user(B, "analyst", &policy).unwrap();
        assert_eq!(broken(&setup, &whole).await, [link], "{sid}");
    }
    setup
        .cloud
        .user(B, "analyst", &analyst_policy().to_string())
        .unwrap();

    setup
        .put_role_policy(&setup.b, "share", &without(share_policy(), "Create"))
        .await;
    assert_eq!(broken(&setup, &whole).await, ["share"]);
    setup
        .put_role_policy(&setup.b, "share", &share_policy())
        .await;

    let mut trust = share_trust();
    trust["Statement"][0]["Principal"]["AWS"] = B.into();
    update_trust(&setup.b, "share", &trust.to_string()).await;
    assert_eq!(broken(&setup, &whole).await, ["assume", "share"]);
    update_trust(&setup.b, "share", &share_trust().to_string()).await;

    let lambda = setup.a.lambda();
    let remove = lambda.remove_permission().function_name(FUNCTION);
    remove
        .statement_id("athena-cross-account-access")
        .send()
        .await
        .unwrap();
    assert_eq!(broken(&setup, &whole).await, ["invoke"]);
    setup.grant().await;

    update_trust(&setup.a, "execution", &trust_of_lambda().replace(A, B)).await;
    assert_eq!(
        broken(&setup, &whole).await,
        ["invoke", "run", "tables", "write spill"]
    );
    update_trust(&setup.a, "execution", &trust_of_lambda()).await;
    assert_eq!(links(&setup).await, whole);
}

async fn update_trust(who: &Who, role: &str, trust: &str) {
    let iam = who.iam();
    let update = iam.update_assume_role_policy().role_name(role);
    update.policy_document(trust).send().await.unwrap();
}

#[tokio::test]
async fn the_estate_answers_what_no_call_asks() {
    use iam_policy_kit::access::{Caller, Request, Resource};
    let setup = Setup::shared().await;
    let analyst =
        || Caller::user(format!("arn:aws:iam::{B}:user/analyst").parse().unwrap()).unwrap();
    let function = Resource::at(&function_arn().parse().unwrap());
    let request = Request::new(analyst(), "lambda:InvokeFunction", function).unwrap();
    let through_athena = request
        .with("aws:CalledVia", ["athena.amazonaws.com"])
        .unwrap();
    assert!(setup.cloud.estate().decide(&through_athena).is_allowed());
    let object = Resource::at(
        &format!("arn:aws:s3:::{BUCKET}/athena-spill/q")
            .parse()
            .unwrap(),
    );
    let object = object.owned_by(A.parse().unwrap());
    let request = Request::new(analyst(), "s3:PutObject", object).unwrap();
    assert!(setup.cloud.estate().decide(&request).is_denied());
}
