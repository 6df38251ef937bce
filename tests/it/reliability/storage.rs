//! S3: the check of the bucket, and blocks on their way into it.

use super::{ALWAYS, SLOW, Trial};
use athena_protocol::predicate::Constraints;
use athena_testkit::Fault;

#[tokio::test]
async fn a_block_that_is_refused_or_not_answered_once_is_written_again_and_listed_once() {
    let trial = Trial::with(|_| {}).await;
    for fault in [
        Fault::Throttle,
        Fault::InternalError,
        Fault::Html(502),
        Fault::HangUp,
        Fault::Silence,
        Fault::Delay(SLOW),
    ] {
        trial.stack.aws.s3.reset();
        trial.stack.aws.s3.fail_puts(1, fault);
        // The client fetches each object that the answer lists: one that is missing, or is there twice, would show.
        let rows = trial.read(Constraints::default()).await.unwrap();
        trial.is_whole(&rows, &format!("{fault:?}"));
        let puts = trial.stack.aws.s3.puts();
        assert!(puts.len() >= 8, "{fault:?}: {puts:?}");
    }
    assert_eq!(trial.stack.emulator.stats().cold_starts, 1);
}

#[tokio::test]
async fn a_bucket_that_takes_no_block_is_an_error_that_names_it_and_the_reason() {
    let trial = Trial::with(|setup| setup.set("answer_timeout_ms", "1200")).await;
    for (fault, reason) in [
        (Fault::SlowDown, "SlowDown"),
        (Fault::InternalError, "InternalError"),
        (Fault::AccessDenied, "AccessDenied"),
        (Fault::Expired, "ExpiredToken"),
        // As of a bucket that was deleted since the query began.
        (Fault::Missing, "NoSuchBucket"),
        (Fault::HangUp, "S3 cannot be reached"),
        (Fault::Silence, "S3 did not answer in time"),
        // Whatever says 200 without an ETag is no S3.
        (Fault::Html(200), "does not tell of an object"),
    ] {
        trial.stack.aws.s3.fail_puts(ALWAYS, fault);
        let outcome = trial.read(Constraints::default()).await;
        let words = ["a spilled block", reason, "`athena-spill-local`"];
        trial.fails(outcome, &words).await;
    }
}

#[tokio::test]
async fn a_check_of_the_bucket_that_fails_once_is_made_again_and_one_that_fails_for_good_is_an_error()
 {
    for fault in [
        Fault::SlowDown,
        Fault::InternalError,
        Fault::HangUp,
        Fault::Silence,
        Fault::Delay(SLOW),
    ] {
        let trial = Trial::with(|_| {}).await;
        trial.stack.aws.s3.fail_next("HeadBucket", 1, fault);
        trial.is_whole(&trial.query().await.unwrap(), &format!("{fault:?}"));
    }
    let trial = Trial::with(|_| {}).await;
    for (fault, reason) in [
        (Fault::SlowDown, "status 503"),
        (Fault::Expired, "status 400"),
        (Fault::HangUp, "S3 cannot be reached"),
    ] {
        trial.stack.aws.s3.fail_next("HeadBucket", ALWAYS, fault);
        let fault = crate::stack::fault_of(trial.query().await);
        crate::stack::says(&fault, &["cannot check the spill bucket", reason]);
        trial.stack.aws.s3.reset();
    }
    trial.recovers("the verdict was not remembered").await;
}
