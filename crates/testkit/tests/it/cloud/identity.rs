//! Who callers are, and sessions of roles.

use athena_testkit::cloud::{Outcome, Pace};

use super::setup::{AT_ONCE, role_arn};
use super::{A, B, C, Setup, Who, code, refusal};

#[tokio::test]
async fn everyone_learns_who_they_are() {
    let setup = Setup::shared().await;
    let nobody = Who::user(
        &setup.cloud,
        C,
        "nobody",
        &super::setup::execution_policy().to_string(),
    );
    let root = Who::new(&setup.cloud, setup.cloud.root(A).unwrap());
    let session = setup
        .a
        .assume(&role_arn(B, "share"), Some("agreed"))
        .await
        .unwrap();
    for (who, account, arn) in [
        (&nobody, C, format!("arn:aws:iam::{C}:user/nobody")),
        (&root, A, format!("arn:aws:iam::{A}:root")),
        (
            &session,
            B,
            format!("arn:aws:sts::{B}:assumed-role/share/test"),
        ),
    ] {
        let identity = who.sts().get_caller_identity().send().await.unwrap();
        assert_eq!(identity.account(), Some(account));
        assert_eq!(identity.arn(), Some(arn.as_str()));
    }
}

#[tokio::test]
async fn a_key_that_was_not_given_out_is_refused_by_every_service() {
    let setup = Setup::empty(AT_ONCE).await;
    let other = Setup::empty(AT_ONCE).await;
    let stranger = Who::new(&setup.cloud, other.cloud.root(C).unwrap());
    assert_eq!(
        code(stranger.sts().get_caller_identity().send().await),
        "InvalidClientTokenId"
    );
    assert_eq!(
        code(stranger.s3().list_buckets().send().await),
        "InvalidAccessKeyId"
    );
    assert_eq!(
        code(stranger.athena().list_data_catalogs().send().await),
        "UnrecognizedClientException"
    );
    assert_eq!(
        code(stranger.lambda().list_functions().send().await),
        "UnrecognizedClientException"
    );
    let calls = setup.cloud.calls();
    assert!(calls.iter().all(|call| call.account.is_none()), "{calls:?}");
}

#[tokio::test]
async fn a_role_is_assumed_with_its_external_id_only() {
    let setup = Setup::shared().await;
    let role = role_arn(B, "share");
    let assume = |id| setup.a.assume(&role, id);
    assert!(assume(Some("agreed")).await.is_ok());
    assert_eq!(assume(Some("guessed")).await.unwrap_err(), "AccessDenied");
    assert_eq!(assume(None).await.unwrap_err(), "AccessDenied");
    // Nor by another account, nor by a root user, nor if it is not there.
    let c = Who::admin(&setup.cloud, C);
    assert_eq!(
        c.assume(&role, Some("agreed")).await.unwrap_err(),
        "AccessDenied"
    );
    let root = Who::new(&setup.cloud, setup.cloud.root(A).unwrap());
    assert_eq!(
        root.assume(&role, Some("agreed")).await.unwrap_err(),
        "AccessDenied"
    );
    let absent = setup.a.assume(&role_arn(B, "absent"), Some("agreed")).await;
    assert_eq!(absent.unwrap_err(), "AccessDenied");
    let denied = setup.cloud.calls().into_iter();
    let denied = denied.filter(|call| call.outcome == Outcome::Denied);
    assert_eq!(
        denied.map(|call| call.operation).collect::<Vec<_>>(),
        ["AssumeRole"; 5]
    );
}

#[tokio::test]
async fn a_session_policy_cuts_the_session() {
    let setup = Setup::shared().await;
    let assume = setup.a.sts().assume_role().role_arn(role_arn(B, "share"));
    let policy = r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}}"#;
    let session = assume
        .role_session_name("test")
        .external_id("agreed")
        .policy(policy)
        .send()
        .await
        .unwrap();
    let cut = setup.a.with(session.credentials().unwrap());
    let create = cut.athena().create_data_catalog().name("more");
    let create = create.r#type(aws_sdk_athena::types::DataCatalogType::Lambda);
    let (code, message) = refusal(create.send().await);
    assert_eq!(code, "AccessDeniedException");
    assert!(
        message.ends_with("because no session policy allows the athena:CreateDataCatalog action"),
        "{message}"
    );
    // Another session of the same name is whole.
    setup.share("more").await.unwrap();
}

#[tokio::test]
async fn a_new_role_is_not_there_at_once_and_an_old_session_not_for_a_new_role() {
    let setup = Setup::empty(Pace {
        role_tries: 2,
        ..AT_ONCE
    })
    .await;
    setup.role_in_b().await;
    let role = role_arn(B, "share");
    for _ in 0..2 {
        let early = setup.a.assume(&role, Some("agreed")).await;
        assert_eq!(early.unwrap_err(), "AccessDenied");
    }
    let session = setup.a.assume(&role, Some("agreed")).await.unwrap();
    let iam = setup.b.iam();
    let delete = iam.delete_role_policy().role_name("share");
    delete.policy_name("policy").send().await.unwrap();
    iam.delete_role().role_name("share").send().await.unwrap();
    setup.role_in_b().await;
    let stale = session.sts().get_caller_identity().send().await;
    assert_eq!(code(stale), "InvalidClientTokenId");
}
