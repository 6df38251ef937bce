//! Policies of functions, and who may invoke.

use aws_sdk_lambda::primitives::Blob;
use aws_sdk_lambda::types::InvocationType;
use serde_json::Value;

use super::setup::{function_arn, role_arn};
use super::{B, C, FUNCTION, Setup, Who, code, refusal};

async fn invoke(who: &Who) -> Result<Vec<u8>, String> {
    let invoke = who.lambda().invoke().function_name(function_arn());
    match invoke.payload(Blob::new("{}")).send().await {
        Ok(answer) => Ok(answer.payload().unwrap().as_ref().to_vec()),
        failed => Err(code(failed)),
    }
}

#[tokio::test]
async fn a_statement_is_there_once_and_spelled_as_aws_does() {
    let setup = Setup::shared().await;
    let lambda = setup.a.lambda();
    let get = || lambda.get_policy().function_name(FUNCTION).send();
    let policy: Value = serde_json::from_str(get().await.unwrap().policy().unwrap()).unwrap();
    assert_eq!(
        policy["Statement"][0]["Principal"]["AWS"],
        format!("arn:aws:iam::{B}:root")
    );
    assert_eq!(policy["Statement"][0]["Resource"], function_arn());
    let add = |sid: &str, principal: &str| {
        let add = lambda
            .add_permission()
            .function_name(FUNCTION)
            .statement_id(sid);
        add.action("lambda:InvokeFunction")
            .principal(principal)
            .send()
    };
    let (kind, message) = refusal(add("athena-cross-account-access", B).await);
    assert_eq!(kind, "ResourceConflictException");
    assert!(message.contains("already exists"), "{message}");
    assert_eq!(
        code(add("x", &role_arn(B, "absent")).await),
        "InvalidParameterValueException"
    );
    assert_eq!(
        code(add("not a sid", B).await),
        "InvalidParameterValueException"
    );
    add("x", &role_arn(B, "share")).await.unwrap();
    let mut added = 0;
    let full = loop {
        let sid = format!("{}{added}", "s".repeat(90));
        match add(&sid, C).await {
            Ok(_) => added += 1,
            failed => break code(failed),
        }
    };
    assert_eq!(full, "PolicyLengthExceededException");
    assert!((40..120).contains(&added), "{added}");

    let remove = |sid: &str| {
        lambda
            .remove_permission()
            .function_name(FUNCTION)
            .statement_id(sid)
            .send()
    };
    assert_eq!(code(remove("absent").await), "ResourceNotFoundException");
    remove("x").await.unwrap();
    remove("athena-cross-account-access").await.unwrap();
    assert_eq!(invoke(&setup.b).await.unwrap_err(), "AccessDeniedException");
}

#[tokio::test]
async fn a_stale_revision_changes_no_policy() {
    let setup = Setup::shared().await;
    let lambda = setup.a.lambda();
    let seen = lambda
        .get_policy()
        .function_name(FUNCTION)
        .send()
        .await
        .unwrap();
    let seen = seen.revision_id().unwrap();
    let add = |sid: &str| {
        let add = lambda
            .add_permission()
            .function_name(FUNCTION)
            .statement_id(sid)
            .revision_id(seen);
        add.action("lambda:InvokeFunction").principal(C).send()
    };
    add("one").await.unwrap();
    assert_eq!(code(add("two").await), "PreconditionFailedException");
    let remove = lambda
        .remove_permission()
        .function_name(FUNCTION)
        .statement_id("one");
    assert_eq!(
        code(remove.revision_id(seen).send().await),
        "PreconditionFailedException"
    );
}

#[tokio::test]
async fn a_function_is_invoked_across_accounts_with_both_sides_leave() {
    let setup = Setup::shared().await;
    assert_eq!(invoke(&setup.a).await.unwrap(), b"{}");
    assert_eq!(invoke(&setup.analyst).await.unwrap(), b"{}");
    let denied = "AccessDeniedException";
    let none = super::setup::execution_policy().to_string();
    assert_eq!(
        invoke(&Who::user(&setup.cloud, B, "none", &none))
            .await
            .unwrap_err(),
        denied
    );
    assert_eq!(
        invoke(&Who::admin(&setup.cloud, C)).await.unwrap_err(),
        denied
    );
    let update = setup
        .b
        .lambda()
        .update_function_code()
        .function_name(function_arn());
    let update = update.zip_file(Blob::new("x"));
    assert_eq!(code(update.send().await), denied);
    let dry = setup
        .analyst
        .lambda()
        .invoke()
        .function_name(function_arn());
    let dry = dry
        .invocation_type(InvocationType::DryRun)
        .send()
        .await
        .unwrap();
    assert_eq!(dry.status_code(), 204);
}

#[tokio::test]
async fn a_source_account_shuts_out_everyone_but_services() {
    let setup = Setup::shared().await;
    let lambda = setup.a.lambda();
    let remove = lambda.remove_permission().function_name(FUNCTION);
    remove
        .statement_id("athena-cross-account-access")
        .send()
        .await
        .unwrap();
    let add = lambda
        .add_permission()
        .function_name(FUNCTION)
        .statement_id("x")
        .source_account(B);
    add.action("lambda:InvokeFunction")
        .principal(B)
        .send()
        .await
        .unwrap();
    assert_eq!(invoke(&setup.b).await.unwrap_err(), "AccessDeniedException");
}
