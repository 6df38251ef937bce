//! Sharing with more than one account, with and without their credentials, and taking it back.

use athena_testkit::cloud::Pace;

use crate::hand::document;
use crate::rig::{A, B, BUCKET, C, FUNCTION, GUEST, Rig, SHARED, SHARED_WITH_C};

#[tokio::test]
async fn two_accounts_share_and_one_leaves() {
    let rig = Rig::start().await;
    let early = rig.run("share", SHARED).await;
    assert_eq!(early.code, Some(1), "{early:#?}");
    assert!(early.talk.contains("run `apply` first"), "{}", early.talk);
    rig.wrote_nothing();
    rig.done("apply", &[]).await;
    rig.done("share", SHARED).await;
    rig.done("share", SHARED_WITH_C).await;
    rig.writes();
    // Neither the settings of nobody nor those of one take anything from the other.
    for options in [&[][..], SHARED, SHARED_WITH_C] {
        rig.done("apply", options).await;
        rig.wrote_nothing();
    }
    rig.done("unshare", SHARED).await;
    let hand = rig.hand(A);
    let bucket = hand.bucket_policy(BUCKET).await;
    assert!(!bucket.contains(B) && bucket.contains(C), "{bucket}");
    let function = hand.function_policy(FUNCTION).await;
    assert!(!function.contains(B) && function.contains(C), "{function}");
    let role = rig.hand(B).iam().get_role().role_name(GUEST).send().await;
    assert!(role.is_err(), "the role in B is still there");
    rig.writes();
    rig.done("unshare", SHARED).await;
    rig.wrote_nothing();
    // Nothing of it touched C.
    let status = rig.run("status", SHARED_WITH_C).await;
    assert_eq!(status.code, Some(0), "{status:#?}");
}

/// The quoted document behind an option in commands for a shell.
fn quoted(talk: &str, option: &str) -> String {
    let (_, rest) = talk.split_once(&format!("{option} '")).unwrap();
    rest.split_once('\'').unwrap().0.to_owned()
}

/// Account B's administrator does as told.
async fn obey(rig: &Rig, talk: &str) {
    let hand = rig.hand(B);
    let trust = quoted(talk, "--assume-role-policy-document");
    let create = hand.iam().create_role().role_name(GUEST);
    create
        .assume_role_policy_document(trust)
        .send()
        .await
        .unwrap();
    let policy = document(&quoted(talk, "--policy-document"));
    hand.put_role_policy(GUEST, "AthenaCreateDataCatalog", &policy)
        .await;
}

async fn catalog_of_b(rig: &Rig) -> Option<String> {
    let get = rig.hand(B).athena().get_data_catalog();
    let got = get.name("data_source_table").send().await.ok()?;
    let parameters = got.data_catalog?.parameters?;
    parameters.get("function").cloned()
}

#[tokio::test]
async fn without_credentials_of_the_other_account_its_administrator_makes_the_role_and_the_catalog_follows()
 {
    let rig = Rig::start().await;
    let options = ["--account-b=222222222222", "--external-id-b=agreed"];
    rig.done("apply", &[]).await;
    let told = rig.done("share", &options).await;
    assert!(
        told.talk.contains("Its administrator runs"),
        "{}",
        told.talk
    );
    assert_eq!(catalog_of_b(&rig).await, None);
    obey(&rig, &told.talk).await;
    // Trust asks for what was agreed upon.
    let stranger = rig.done("share", &["--account-b=222222222222"]).await;
    assert!(
        stranger.talk.contains("Its administrator runs"),
        "{}",
        stranger.talk
    );
    assert_eq!(catalog_of_b(&rig).await, None);
    rig.done("share", &options).await;
    let function = format!("arn:aws:lambda:us-east-1:{A}:function:{FUNCTION}");
    assert_eq!(catalog_of_b(&rig).await, Some(function));
    rig.writes();
    rig.done("share", &options).await;
    rig.wrote_nothing();
}

#[tokio::test]
async fn the_role_of_the_manual_set_up_may_only_create_and_is_tried_again_without_harm() {
    let rig = Rig::start().await;
    // What another account makes is known everywhere by the time that its administrator says so.
    rig.cloud.set_pace(Pace {
        function_reads: 0,
        role_tries: 0,
    });
    let options = ["--account-b=222222222222", "--seed-exact"];
    rig.done("apply", &["--seed-exact"]).await;
    let told = rig.done("share", &options).await;
    obey(&rig, &told.talk).await;
    rig.done("share", &options).await;
    let function = format!("arn:aws:lambda:us-east-1:{A}:function:{FUNCTION}");
    assert_eq!(catalog_of_b(&rig).await, Some(function.clone()));
    // What is there cannot be looked at: it is found out by trying, and what is there stays.
    rig.writes();
    let again = rig.done("share", &options).await;
    let writes = rig.writes();
    let tried = writes
        .iter()
        .filter(|call| call.operation == "CreateDataCatalog");
    assert_eq!(tried.count(), 1, "{again:#?}");
    assert_eq!(catalog_of_b(&rig).await, Some(function));
}
