//! The record of calls, and calls that fail on purpose.

use athena_testkit::cloud::{CutOff, Outcome, Refusal, Service};
use aws_sdk_iam::error::SdkError;

use super::setup::{AT_ONCE, trust_of_lambda};
use super::{A, Setup, code, refusal};

#[tokio::test]
async fn calls_are_recorded_with_what_came_of_them() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.role_in_b().await;
    setup.cloud.forget_calls();
    assert_eq!(
        code(setup.a.iam().get_role().role_name("absent").send().await),
        "NoSuchEntity"
    );
    assert_eq!(
        code(
            setup
                .analyst
                .iam()
                .delete_role()
                .role_name("share")
                .send()
                .await
        ),
        "AccessDenied"
    );
    setup.b.athena().list_data_catalogs().send().await.unwrap();
    let told: Vec<_> = setup
        .cloud
        .calls()
        .into_iter()
        .map(|call| (call.service, call.operation, call.is_write, call.outcome))
        .collect();
    let failed = |code: &str| Outcome::Failed(code.to_owned());
    assert_eq!(
        told,
        [
            (
                Service::Iam,
                "GetRole".to_owned(),
                false,
                failed("NoSuchEntity")
            ),
            (Service::Iam, "DeleteRole".to_owned(), true, Outcome::Denied),
            (
                Service::Athena,
                "ListDataCatalogs".to_owned(),
                false,
                Outcome::Done
            ),
        ]
    );
    assert_eq!(setup.cloud.writes().len(), 1);
    assert_eq!(setup.cloud.calls()[0].account.as_deref(), Some(A));
}

#[tokio::test]
async fn the_last_write_before_a_cut_is_done_and_its_answer_lost() {
    for how in [CutOff::HangUp, CutOff::InternalFailure, CutOff::Refuse] {
        let setup = Setup::empty(AT_ONCE).await;
        let iam = setup.a.iam();
        let create = |name: &str| {
            iam.create_role()
                .role_name(name)
                .assume_role_policy_document(trust_of_lambda())
                .send()
        };
        let get = |name: &str| iam.get_role().role_name(name).send();
        setup.cloud.cut_off_after(2, how);
        create("one").await.unwrap();
        get("one").await.unwrap();
        let lost = create("two").await;
        match how {
            CutOff::HangUp => assert!(
                matches!(lost, Err(SdkError::DispatchFailure(_))),
                "{lost:?}"
            ),
            CutOff::InternalFailure => assert_eq!(code(lost), "InternalFailure"),
            CutOff::Refuse => assert_eq!(code(lost), "CutOff"),
        }
        assert!(create("three").await.is_err());
        assert!(get("one").await.is_err());
        setup.cloud.mend();
        get("two").await.unwrap();
        assert_eq!(code(get("three").await), "NoSuchEntity");
    }
}

#[tokio::test]
async fn a_call_fails_as_the_script_says() {
    let setup = Setup::empty(AT_ONCE).await;
    setup.role_in_b().await;
    let get = || setup.b.iam().get_role().role_name("share").send();
    setup.cloud.fail(
        "GetRole",
        2,
        Refusal::new(400, "Throttling", "Rate exceeded"),
    );
    get().await.unwrap();
    assert_eq!(
        refusal(get().await),
        ("Throttling".to_owned(), "Rate exceeded".to_owned())
    );
    get().await.unwrap();
}

#[tokio::test]
async fn what_is_not_offered_is_said_so() {
    let setup = Setup::shared().await;
    let offered = "NotOfferedByTestkit";
    assert_eq!(code(setup.a.iam().list_users().send().await), offered);
    assert_eq!(code(setup.a.lambda().list_layers().send().await), offered);
    assert_eq!(
        code(
            setup
                .a
                .s3()
                .get_bucket_cors()
                .bucket(super::BUCKET)
                .send()
                .await
        ),
        offered
    );
    assert_eq!(
        code(
            setup
                .a
                .s3()
                .delete_bucket_cors()
                .bucket(super::BUCKET)
                .send()
                .await
        ),
        offered
    );
    let acl = setup.a.s3().get_object_acl().bucket(super::BUCKET).key("k");
    assert_eq!(code(acl.send().await), offered);
    assert_eq!(
        code(setup.a.athena().list_engine_versions().send().await),
        offered
    );
    assert_eq!(
        code(setup.a.logs().describe_queries().send().await),
        offered
    );
}
