//! A KMS key for spilled blocks, named by an alias.

use serde_json::json;

use crate::rig::{A, B, FUNCTION, Rig, SHARED};

#[tokio::test]
async fn an_alias_is_looked_up_and_the_key_itself_is_what_documents_name() {
    let rig = Rig::running().await;
    let policy = json!({"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"},
        {"Effect": "Allow", "Principal": {"AWS": B}, "Action": "kms:Decrypt", "Resource": "*"},
    ]});
    let key = rig
        .cloud
        .key(A, Some("alias/spill"), &policy.to_string())
        .unwrap();
    let options = ["--kms-key=alias/spill", "--env=disable_glue=true"];
    rig.done("apply", &options).await;
    let hand = rig.hand(A);
    let role = format!("{FUNCTION}-role");
    let policy = hand.role_policy(&role, "FunctionExecutionPolicy").await;
    let statements = policy["Statement"].as_array().unwrap();
    let makes = statements
        .iter()
        .find(|statement| statement["Sid"] == "MakeSpillKeys");
    assert_eq!(makes.unwrap()["Resource"], json!(key));
    let read = hand
        .lambda()
        .get_function_configuration()
        .function_name(FUNCTION);
    let variables = read
        .send()
        .await
        .unwrap()
        .environment
        .unwrap()
        .variables
        .unwrap();
    assert!(key.ends_with(&variables["kms_key_id"]), "{key}");
    rig.cloud.forget_calls();
    rig.done("apply", &options).await;
    rig.wrote_nothing();
    // The function really makes keys with it.
    rig.done("verify", &options).await;
    let generated = rig
        .cloud
        .calls()
        .iter()
        .filter(|call| call.operation == "GenerateDataKey")
        .count();
    assert!(generated > 0);
}

/// Whether it is as expected that B's analysts open blocks, once everything is set up.
async fn opens(rig: &Rig, key: &str) -> bool {
    let key = format!("--kms-key={key}");
    let options = [SHARED, &["--json", key.as_str()]].concat();
    let plan = rig.run("plan", &options).await.json();
    let rows = plan["access"].as_array().unwrap();
    let row = rows
        .iter()
        .find(|row| row["name"] == "222222222222: analyst opens spilled blocks");
    row.unwrap()["as_expected"] == true
}

#[tokio::test]
async fn who_opens_blocks_is_decided_by_the_keys_own_policy_too() {
    let rig = Rig::start().await;
    let own =
        json!({"Effect": "Allow", "Principal": {"AWS": A}, "Action": "kms:*", "Resource": "*"});
    let for_b = json!({"Effect": "Allow", "Principal": {"AWS": B}, "Action": "kms:Decrypt", "Resource": "*"});
    let key = |statements: serde_json::Value| {
        let policy = json!({"Version": "2012-10-17", "Statement": statements});
        rig.cloud.key(A, None, &policy.to_string()).unwrap()
    };
    assert!(opens(&rig, &key(json!([own, for_b]))).await);
    assert!(!opens(&rig, &key(json!([own]))).await);
}

#[tokio::test]
async fn a_key_that_is_not_there_is_an_error_before_the_first_write() {
    let rig = Rig::start().await;
    let run = rig.run("apply", &["--kms-key=alias/absent"]).await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.talk.contains("kms:DescribeKey") && run.talk.contains("alias/absent"),
        "{}",
        run.talk
    );
    rig.wrote_nothing();
}
