//! Where credentials come from, beside plain profiles.

use crate::hand::ALL;
use crate::rig::{A, Rig};

#[tokio::test]
async fn a_profile_of_the_identity_center_is_told_with_what_to_do() {
    let rig = Rig::start().await;
    let config = "[profile center]\nsso_start_url = https://example.com/start\nsso_region = us-east-1\n\
                  sso_account_id = 111111111111\nsso_role_name = Admin\n";
    std::fs::write(rig.path("config"), config).unwrap();
    let run = rig
        .run("plan", &["--account-b=222222222222", "--profile-b=center"])
        .await;
    assert_eq!(run.code, Some(1), "{run:#?}");
    assert!(
        run.talk
            .contains("the profile of account B is one of IAM Identity Center"),
        "{}",
        run.talk
    );
    assert!(
        run.talk.contains("aws configure export-credentials"),
        "{}",
        run.talk
    );
}

#[tokio::test]
async fn a_profile_may_have_a_program_tell_its_credentials() {
    let rig = Rig::start().await;
    let credentials = rig.cloud.user(A, "of-a-program", ALL).unwrap();
    let told = serde_json::json!({
        "Version": 1, "AccessKeyId": credentials.access_key_id, "SecretAccessKey": credentials.secret_access_key,
    });
    std::fs::write(rig.path("told.json"), told.to_string()).unwrap();
    let told = rig.path("told.json");
    let config = format!(
        "[profile a]\ncredential_process = /bin/cat {}\n",
        told.display()
    );
    std::fs::write(rig.path("config"), config).unwrap();
    std::fs::write(rig.path("credentials"), "").unwrap();
    let run = rig.run("plan", &[]).await;
    assert_eq!(run.code, Some(2), "{run:#?}");
    assert!(run.talk.contains("user/of-a-program"), "{}", run.talk);
}
