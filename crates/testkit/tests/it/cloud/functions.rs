//! Functions: their states, their code, and their invocation.

use athena_testkit::cloud::Pace;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, LastUpdateStatus, State};
use aws_sdk_s3::primitives::ByteStream;
use serde_json::json;

use super::setup::{AT_ONCE, execution_policy, role_arn, trust_of_lambda, zip};
use super::{A, BUCKET, FUNCTION, Setup, Who, code, refusal};

/// State and state of the last update.
async fn state(setup: &Setup) -> (State, Option<LastUpdateStatus>) {
    let lambda = setup.a.lambda();
    let got = lambda.get_function_configuration().function_name(FUNCTION);
    let got = got.send().await.unwrap();
    (
        got.state().unwrap().clone(),
        got.last_update_status().cloned(),
    )
}

#[tokio::test]
async fn a_function_takes_its_reads_to_come_and_to_change() {
    let setup = Setup::empty(Pace {
        function_reads: 2,
        role_tries: 2,
    })
    .await;
    setup.execution_role().await;
    for _ in 0..2 {
        let (kind, message) = refusal(setup.create_function().send().await);
        assert_eq!(kind, "InvalidParameterValueException");
        assert!(message.contains("cannot be assumed by Lambda"), "{message}");
    }
    let made = setup.create_function().send().await.unwrap();
    assert_eq!(made.state(), Some(&State::Pending));
    assert_eq!(
        code(setup.create_function().send().await),
        "ResourceConflictException"
    );
    let lambda = setup.a.lambda();
    let update = || {
        lambda
            .update_function_configuration()
            .function_name(FUNCTION)
            .memory_size(1024)
            .send()
    };
    let (kind, message) = refusal(update().await);
    assert_eq!(kind, "ResourceConflictException");
    assert!(message.ends_with("state: Pending"), "{message}");
    assert_eq!(state(&setup).await.0, State::Pending);
    assert_eq!(state(&setup).await.0, State::Pending);
    assert_eq!(
        state(&setup).await,
        (State::Active, Some(LastUpdateStatus::Successful))
    );

    let updated = update().await.unwrap();
    assert_eq!(
        updated.last_update_status(),
        Some(&LastUpdateStatus::InProgress)
    );
    let code_update = lambda
        .update_function_code()
        .function_name(FUNCTION)
        .zip_file(Blob::new(zip("bootstrap", b"2")));
    let (kind, message) = refusal(code_update.clone().send().await);
    assert_eq!(kind, "ResourceConflictException");
    assert!(message.contains("An update is in progress"), "{message}");
    let add = lambda
        .add_permission()
        .function_name(FUNCTION)
        .statement_id("x")
        .action("lambda:InvokeFunction")
        .principal(super::B);
    assert_eq!(code(add.clone().send().await), "ResourceConflictException");
    assert_eq!(state(&setup).await.1, Some(LastUpdateStatus::InProgress));
    assert_eq!(state(&setup).await.1, Some(LastUpdateStatus::InProgress));
    assert_eq!(state(&setup).await.1, Some(LastUpdateStatus::Successful));
    code_update.send().await.unwrap();
}

#[tokio::test]
async fn a_function_is_told_as_it_was_made_and_goes() {
    let setup = Setup::empty(AT_ONCE).await;
    let lambda = setup.a.lambda();
    let get = || lambda.get_function().function_name(FUNCTION).send();
    assert_eq!(code(get().await), "ResourceNotFoundException");
    setup.execution_role().await;
    setup
        .create_function()
        .tags("stack", "one")
        .send()
        .await
        .unwrap();
    let got = get().await.unwrap();
    assert_eq!(got.tags().unwrap()["stack"], "one");
    let configuration = got.configuration().unwrap();
    assert_eq!(
        configuration.function_arn(),
        Some(super::setup::function_arn().as_str())
    );
    assert_eq!(configuration.memory_size(), Some(3008));
    assert_eq!(
        configuration.environment().unwrap().variables().unwrap()["spill_bucket"],
        BUCKET
    );
    let sha =
        aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, &zip("bootstrap", b"#!/bin/sh"));
    let sha = base64_simd::STANDARD.encode_to_string(sha);
    assert_eq!(configuration.code_sha256(), Some(sha.as_str()));

    let revision = configuration.revision_id().unwrap().to_owned();
    let update = || {
        lambda
            .update_function_configuration()
            .function_name(FUNCTION)
            .revision_id(&revision)
    };
    let changed = update().timeout(60).send().await.unwrap();
    assert_ne!(changed.revision_id(), Some(revision.as_str()));
    assert_eq!(changed.memory_size(), Some(3008));
    state(&setup).await;
    assert_eq!(code(update().send().await), "PreconditionFailedException");

    let arn = super::setup::function_arn();
    lambda
        .tag_resource()
        .resource(&arn)
        .tags("a", "1")
        .tags("b", "2")
        .send()
        .await
        .unwrap();
    lambda
        .untag_resource()
        .resource(&arn)
        .tag_keys("a")
        .tag_keys("stack")
        .send()
        .await
        .unwrap();
    let tags = lambda.list_tags().resource(&arn).send().await.unwrap();
    assert_eq!(tags.tags().unwrap().keys().collect::<Vec<_>>(), ["b"]);
    let reserve = |wanted| {
        lambda
            .put_function_concurrency()
            .function_name(FUNCTION)
            .reserved_concurrent_executions(wanted)
            .send()
    };
    assert_eq!(code(reserve(901).await), "InvalidParameterValueException");
    reserve(10).await.unwrap();
    let reserved = lambda
        .get_function_concurrency()
        .function_name(FUNCTION)
        .send()
        .await
        .unwrap();
    assert_eq!(reserved.reserved_concurrent_executions(), Some(10));
    lambda
        .delete_function()
        .function_name(&arn)
        .send()
        .await
        .unwrap();
    assert_eq!(code(get().await), "ResourceNotFoundException");
}

#[tokio::test]
async fn settings_that_lambda_would_not_take_are_refused() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.execution_role().await;
    let create = || setup.create_function();
    let zipped = |bytes: Vec<u8>| FunctionCode::builder().zip_file(Blob::new(bytes)).build();
    let variables = |name: &str, value: &str| Environment::builder().variables(name, value).build();
    for (bad, wanted) in [
        (create().memory_size(64), "ValidationException"),
        (create().timeout(901), "ValidationException"),
        (
            create().code(zipped(b"no zip".to_vec())),
            "InvalidParameterValueException",
        ),
        (
            create().code(
                FunctionCode::builder()
                    .s3_bucket("absent")
                    .s3_key("k")
                    .build(),
            ),
            "InvalidParameterValueException",
        ),
        (
            create().environment(variables("AWS_REGION", "x")),
            "InvalidParameterValueException",
        ),
        (
            create().environment(variables("x", &"y".repeat(4096))),
            "InvalidParameterValueException",
        ),
        (
            create().role(role_arn(A, "absent")),
            "InvalidParameterValueException",
        ),
        (
            create().role(role_arn(super::B, "execution")),
            "AccessDeniedException",
        ),
        (
            create().code(zipped(vec![0; 52_428_801])),
            "RequestEntityTooLargeException",
        ),
    ] {
        assert_eq!(code(bad.send().await), wanted);
    }
    let layered = create().layers("arn:aws:lambda:us-east-1:111111111111:layer:x:1");
    assert_eq!(code(layered.send().await), "NotOfferedByTestkit");
    // A role that trusts somebody else is never assumed.
    let iam = setup.a.iam();
    let trust = trust_of_lambda().replace("lambda.amazonaws.com", "ec2.amazonaws.com");
    iam.update_assume_role_policy()
        .role_name("execution")
        .policy_document(trust)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(create().send().await),
        "InvalidParameterValueException"
    );
    let trust = trust_of_lambda().replace(A, super::B);
    iam.update_assume_role_policy()
        .role_name("execution")
        .policy_document(trust)
        .send()
        .await
        .unwrap();
    assert_eq!(
        code(create().send().await),
        "InvalidParameterValueException"
    );
}

#[tokio::test]
async fn a_role_is_passed_only_by_who_may() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.execution_role().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "lambda:*", "Resource": "*"},
        {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "*",
         "Condition": {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}},
    ]})
    .to_string();
    let create = |policy: &str| {
        let who = Who::user(&setup.cloud, A, "deployer", policy);
        let create = setup.create_function();
        let lambda = who.lambda();
        let create = lambda
            .create_function()
            .set_function_name(create.get_function_name().clone())
            .set_runtime(create.get_runtime().clone())
            .set_handler(create.get_handler().clone())
            .set_role(create.get_role().clone())
            .set_code(create.get_code().clone());
        create.send()
    };
    let (kind, message) = refusal(create(&policy).await);
    assert_eq!(kind, "AccessDeniedException");
    assert!(message.contains("iam:PassRole on resource"), "{message}");
    create(&policy.replace("ec2.", "lambda.")).await.unwrap();
}

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
