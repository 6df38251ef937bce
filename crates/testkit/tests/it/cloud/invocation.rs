//! Functions as they run: their environment, their credentials, and which code.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode};
use aws_sdk_s3::primitives::ByteStream;

use super::functions::state;
use super::setup::{AT_ONCE, execution_policy, zip};
use super::{A, BUCKET, FUNCTION, Setup, Who, code};

/// The function's own credentials, as its process sees them.
async fn from_within(setup: &Setup) -> Who {
    let lambda = setup.a.lambda();
    let invoke = lambda.invoke().function_name(FUNCTION);
    let answer = invoke
        .payload(Blob::new(r#"{"op": "environment"}"#))
        .send()
        .await
        .unwrap();
    let environment: serde_json::Value =
        serde_json::from_slice(answer.payload().unwrap().as_ref()).unwrap();
    let text = |name: &str| environment[name].as_str().unwrap().to_owned();
    assert_eq!(text("spill_bucket"), BUCKET);
    assert_eq!(text("AWS_ENDPOINT_URL"), setup.cloud.endpoint());
    assert_eq!(text("AWS_LAMBDA_FUNCTION_MEMORY_SIZE"), "3008");
    let credentials = aws_sdk_sts::types::Credentials::builder()
        .access_key_id(text("AWS_ACCESS_KEY_ID"))
        .secret_access_key(text("AWS_SECRET_ACCESS_KEY"))
        .session_token(text("AWS_SESSION_TOKEN"))
        .expiration(aws_sdk_sts::primitives::DateTime::from_secs(0));
    setup.a.with(&credentials.build().unwrap())
}

#[tokio::test]
async fn a_function_acts_with_its_role() {
    let setup = Setup::shared().await;
    let function = from_within(&setup).await;
    let identity = function.sts().get_caller_identity().send().await.unwrap();
    assert_eq!(
        identity.arn(),
        Some(format!("arn:aws:sts::{A}:assumed-role/execution/{FUNCTION}").as_str())
    );
    function.dynamodb().list_tables().send().await.unwrap();
    let create = function
        .dynamodb()
        .delete_table()
        .table_name("orders")
        .send()
        .await;
    assert_eq!(code(create), "AccessDeniedException");
    let put = |key: &str| {
        let put = function.s3().put_object().bucket(BUCKET).key(key);
        put.body(ByteStream::from_static(b"rows")).send()
    };
    put("athena-spill/q").await.unwrap();
    assert_eq!(code(put("other/q").await), "AccessDenied");
    // What is taken from the role is taken from its sessions.
    let mut policy = execution_policy();
    policy["Statement"].as_array_mut().unwrap().remove(0);
    setup.put_role_policy(&setup.a, "execution", &policy).await;
    assert_eq!(
        code(function.dynamodb().list_tables().send().await),
        "AccessDeniedException"
    );
}

#[tokio::test]
async fn a_function_that_changes_runs_as_it_is_now() {
    let setup = Setup::shared().await;
    from_within(&setup).await;
    let lambda = setup.a.lambda();
    let variables = Environment::builder()
        .variables("spill_bucket", "another")
        .build();
    lambda
        .update_function_configuration()
        .function_name(FUNCTION)
        .environment(variables)
        .send()
        .await
        .unwrap();
    let answer = lambda
        .invoke()
        .function_name(FUNCTION)
        .payload(Blob::new(r#"{"op": "environment"}"#))
        .send()
        .await
        .unwrap();
    let environment: serde_json::Value =
        serde_json::from_slice(answer.payload().unwrap().as_ref()).unwrap();
    assert_eq!(environment["spill_bucket"], "another");
    let failed = lambda
        .invoke()
        .function_name(FUNCTION)
        .payload(Blob::new(r#"{"op": "fail"}"#))
        .send()
        .await
        .unwrap();
    assert_eq!(failed.function_error(), Some("Unhandled"));
}

#[tokio::test]
async fn a_function_runs_with_the_role_that_is_there_now() {
    let setup = Setup::shared().await;
    let before = from_within(&setup).await;
    let iam = setup.a.iam();
    let remove = iam.delete_role_policy().role_name("execution");
    remove.policy_name("policy").send().await.unwrap();
    iam.delete_role()
        .role_name("execution")
        .send()
        .await
        .unwrap();
    let invoke = setup
        .a
        .lambda()
        .invoke()
        .function_name(FUNCTION)
        .send()
        .await;
    assert_eq!(code(invoke), "AccessDeniedException");
    setup.execution_role().await;
    let after = from_within(&setup).await;
    after.sts().get_caller_identity().send().await.unwrap();
    let stale = before.sts().get_caller_identity().send().await;
    assert_eq!(code(stale), "InvalidClientTokenId");
}

#[tokio::test]
async fn the_bootstrap_of_the_zip_runs_when_no_program_is_given() {
    let setup = Setup::empty(AT_ONCE).await;
    let cloud = athena_testkit::Cloud::builder()
        .pace(AT_ONCE)
        .start()
        .await
        .unwrap();
    let own = Setup {
        a: Who::admin(&cloud, A),
        b: setup.b.clone(),
        analyst: setup.analyst.clone(),
        cloud,
        ..setup
    };
    own.execution_role().await;
    own.bucket().await;
    let program = std::fs::read(env!("CARGO_BIN_EXE_testkit-echo")).unwrap();
    let s3 = own.a.s3();
    let put = s3.put_object().bucket(BUCKET).key("athena-spill/code.zip");
    put.body(ByteStream::from(zip("bootstrap", &program)))
        .send()
        .await
        .unwrap();
    let code = FunctionCode::builder()
        .s3_bucket(BUCKET)
        .s3_key("athena-spill/code.zip")
        .build();
    own.create_function().code(code).send().await.unwrap();
    state(&own).await;
    from_within(&own).await;
}
