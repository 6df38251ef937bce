//! Taking down: what is ours goes, what is not stays.

use aws_sdk_s3::primitives::ByteStream;

use crate::rig::{A, B, BUCKET, EVERYTHING, FUNCTION, GUEST, RESULTS, Rig, SHARED};

async fn is_there(rig: &Rig, account: &str, role: &str) -> bool {
    let get = rig.hand(account).iam().get_role().role_name(role);
    get.send().await.is_ok()
}

#[tokio::test]
async fn taking_down_leaves_what_was_promised() {
    let rig = Rig::start().await;
    rig.done("apply", EVERYTHING).await;
    let hand = rig.hand(A);
    let s3 = hand.s3();
    let put = s3.put_object().bucket(BUCKET).key("athena-spill/q/1");
    put.body(ByteStream::from_static(b"a block"))
        .send()
        .await
        .unwrap();
    let options = [EVERYTHING, &["--delete-buckets"]].concat();
    let down = rig.done("destroy", &options).await;
    for told in ["is not empty and stays", "`--delete-logs` deletes it"] {
        assert!(down.data.contains(told), "{told}: {}", down.data);
    }
    // What is in a bucket stays with it, and the log.
    let block = s3.get_object().bucket(BUCKET).key("athena-spill/q/1");
    assert!(block.send().await.is_ok());
    assert!(s3.head_bucket().bucket(RESULTS).send().await.is_err());
    let b = rig.hand(B);
    let theirs = b.s3().head_bucket().bucket("athena-dynamodb-queries-b");
    assert!(theirs.send().await.is_err());
    let theirs = b.athena().get_work_group().work_group(FUNCTION);
    assert!(theirs.send().await.is_err());
    let logs = hand.logs();
    let groups = logs.describe_log_groups().send().await.unwrap();
    assert_eq!(groups.log_groups().len(), 1);
    assert_eq!(hand.bucket_policy(BUCKET).await, "");
    assert!(!is_there(&rig, A, &format!("{FUNCTION}-role")).await);
    assert!(!is_there(&rig, B, GUEST).await);
    let function = hand.lambda().get_function().function_name(FUNCTION);
    assert!(function.send().await.is_err());
    for account in [A, B] {
        let catalog = rig.hand(account).athena().get_data_catalog();
        assert!(
            catalog.name("data_source_table").send().await.is_err(),
            "{account}"
        );
    }
    rig.writes();
    rig.done("destroy", EVERYTHING).await;
    rig.wrote_nothing();
    rig.done("destroy", &[EVERYTHING, &["--delete-logs"]].concat())
        .await;
    let groups = logs.describe_log_groups().send().await.unwrap();
    assert_eq!(groups.log_groups().len(), 0);
}

#[tokio::test]
async fn what_was_not_made_here_is_not_taken_down() {
    let rig = Rig::start().await;
    let hand = rig.hand(A);
    hand.s3()
        .create_bucket()
        .bucket(BUCKET)
        .send()
        .await
        .unwrap();
    rig.done("apply", &[]).await;
    let down = rig.done("destroy", &["--delete-buckets"]).await;
    assert!(
        down.data.contains("has not our tags and stays"),
        "{}",
        down.data
    );
    let head = hand.s3().head_bucket().bucket(BUCKET);
    assert!(head.send().await.is_ok());
}

#[tokio::test]
async fn what_lies_in_an_account_without_credentials_is_listed_for_its_administrator() {
    let rig = Rig::start().await;
    rig.done("apply", SHARED).await;
    let down = rig.run("destroy", &["--account-b=222222222222"]).await;
    assert_eq!(down.code, Some(1), "{down:#?}");
    for told in [
        "aws athena delete-data-catalog --region us-east-1 --name data_source_table",
        "aws iam delete-role --role-name AthenaCrossAccountCreate-111111111111",
        "2 things are left",
    ] {
        assert!(down.talk.contains(told), "{told}: {}", down.talk);
    }
    // Account A's part is gone all the same.
    let function = rig.hand(A).lambda().get_function();
    let function = function.function_name(FUNCTION).send().await;
    assert!(function.is_err());
    assert!(is_there(&rig, B, GUEST).await);
    rig.done("destroy", SHARED).await;
    assert!(!is_there(&rig, B, GUEST).await);
}
