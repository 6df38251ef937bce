//! KMS and STS: keys of blocks, and credentials of roles.

use super::{ALWAYS, PASSING, Trial};
use crate::stack::Setup;
use athena_protocol::predicate::Constraints;
use athena_testkit::Fault;
use athena_testkit::aws::SPILL_BUCKET;
use athena_testkit::kms::KeyState;
use athena_testkit::sts::Role;
use std::time::Duration;

const KEY: &str = "arn:aws:kms:us-east-1:111122223333:key/spill";
const READER: &str = "arn:aws:iam::210987654321:role/team/reader";

async fn with_key() -> Trial {
    let with_key = |setup: &mut Setup| setup.set("kms_key_id", KEY);
    Trial::prepared(with_key, |stack| drop(stack.aws.kms.create_key("spill"))).await
}

#[tokio::test]
async fn a_key_that_kms_fails_to_make_once_is_asked_for_again() {
    let trial = with_key().await;
    for operation in ["GenerateDataKey", "GenerateRandom"] {
        for fault in PASSING {
            trial.stack.aws.kms.reset();
            trial.stack.aws.kms.fail_next(operation, 1, fault);
            let rows = trial.read(Constraints::default()).await.unwrap();
            trial.is_whole(&rows, &format!("{operation}, {fault:?}"));
        }
    }
}

#[tokio::test]
async fn without_a_key_nothing_is_spilled_and_the_error_names_key_and_reason() {
    let trial = with_key().await;
    let before = trial
        .stack
        .aws
        .s3
        .objects(SPILL_BUCKET)
        .await
        .unwrap()
        .len();
    for (fault, reason) in [
        (Fault::Throttle, "ThrottlingException"),
        (Fault::SlowDown, "DependencyTimeoutException"),
        (Fault::InternalError, "KMSInternalException"),
        (Fault::AccessDenied, "AccessDeniedException"),
        (Fault::Expired, "ExpiredTokenException"),
        (Fault::HangUp, "cannot be reached"),
        (Fault::Missing, "NotFoundException"),
        (Fault::Garbage, "answer cannot be used"),
        (Fault::Shorten, "answer cannot be used"),
        (Fault::Html(200), "answer cannot be used"),
        (Fault::Html(502), "answer cannot be used"),
        (Fault::Truncate, "answer cannot be used"),
    ] {
        trial
            .stack
            .aws
            .kms
            .fail_next("GenerateDataKey", ALWAYS, fault);
        let outcome = trial.read(Constraints::default()).await;
        let fault = crate::stack::fault_of(outcome);
        crate::stack::says(&fault, &[KEY, reason, "`kms_key_id`"]);
        let after = trial
            .stack
            .aws
            .s3
            .objects(SPILL_BUCKET)
            .await
            .unwrap()
            .len();
        assert_eq!(after, before, "{reason}");
        trial.stack.aws.kms.reset();
    }
    trial.recovers("with a key").await;
}

#[tokio::test]
async fn a_key_that_is_disabled_while_a_split_is_read_is_not_missed() {
    let trial = with_key().await;
    let query = trial.stack.query();
    let plan = query
        .plan(&trial.table, Constraints::default())
        .await
        .unwrap();
    trial.stack.aws.kms.set(KEY, KeyState::Disabled);
    // The data key is in the split: what is read is sealed with it.
    let rows = crate::stack::read_plan(&query, &plan, trial.table.schema.clone()).await;
    trial.is_whole(
        &crate::stack::rows_of(&rows.unwrap()),
        "with the key of the split",
    );
    let fault = crate::stack::fault_of(trial.read(Constraints::default()).await);
    crate::stack::says(&fault, &[KEY, "DisabledException"]);
    trial.stack.aws.kms.set(KEY, KeyState::Enabled);
    trial.recovers("enabled again").await;
}

/// Reads in a role whose credentials last this long.
async fn in_role(lasts: Duration) -> Trial {
    let role = Role {
        lasts,
        ..Role::default()
    };
    let in_role = |setup: &mut Setup| setup.set("cross_account_role_arn", READER);
    Trial::prepared(in_role, |stack| stack.aws.sts.set_role(READER, role)).await
}

#[tokio::test]
async fn a_role_that_sts_fails_to_give_once_is_asked_for_again() {
    // Credentials that end at once, so that each call needs new ones.
    let trial = in_role(Duration::ZERO).await;
    for fault in PASSING {
        trial.stack.aws.sts.reset();
        trial.stack.aws.sts.fail_next(1, fault);
        let rows = trial.read(Constraints::default()).await.unwrap();
        trial.is_whole(&rows, &format!("{fault:?}"));
    }
}

#[tokio::test]
async fn credentials_that_end_between_pages_are_renewed_and_a_role_that_ends_is_an_error_with_its_arn()
 {
    let trial = in_role(Duration::ZERO).await;
    trial.stack.aws.dynamodb.reset();
    trial.is_whole(
        &trial.read(Constraints::default()).await.unwrap(),
        "renewed",
    );
    let calls = trial.stack.aws.dynamodb.calls();
    let mut scans: Vec<_> = (calls.iter())
        .filter(|call| call.operation == "Scan")
        .map(|call| call.access_key_id.clone())
        .collect();
    assert_eq!(scans.len(), 2);
    scans.dedup();
    assert_eq!(scans.len(), 2, "each page was signed with new credentials");

    for (fault, reason) in [
        (Fault::Throttle, "Throttling"),
        (Fault::InternalError, "InternalFailure"),
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::Expired, "ExpiredToken"),
        (Fault::HangUp, "STS cannot be reached"),
        (Fault::Garbage, "STS"),
        (Fault::Shorten, "STS"),
        (Fault::Html(200), "STS"),
    ] {
        trial.stack.aws.sts.reset();
        trial.stack.aws.sts.fail_next(ALWAYS, fault);
        let fault = crate::stack::fault_of(trial.read(Constraints::default()).await);
        crate::stack::says(&fault, &[READER, reason]);
    }
    trial.recovers("trusted again").await;
}

#[tokio::test]
async fn credentials_that_are_refused_between_pages_end_the_read_and_the_next_is_signed_anew() {
    let trial = in_role(Duration::from_hours(1)).await;
    let dynamodb = &trial.stack.aws.dynamodb;
    dynamodb.fail_next("Scan", 1, Fault::Delay(Duration::ZERO));
    dynamodb.fail_next("Scan", 1, Fault::Expired);
    let outcome = trial.read(Constraints::default()).await;
    trial
        .fails(outcome, &["ExpiredTokenException", "credentials"])
        .await;
}
