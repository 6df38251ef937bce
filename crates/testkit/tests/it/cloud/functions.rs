//! Functions: their states, their code, and their invocation.

use athena_testkit::cloud::Pace;
use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::{Environment, FunctionCode, LastUpdateStatus, State};
use serde_json::json;

use super::setup::{AT_ONCE, role_arn, trust_of_lambda, zip};
use super::{A, BUCKET, FUNCTION, Setup, Who, code, refusal};

/// State and state of the last update.
pub(crate) async fn state(setup: &Setup) -> (State, Option<LastUpdateStatus>) {
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
