//! Lambda's Runtime API, the boundary through which all calls come.

use super::{ALWAYS, Trial};
use athena_protocol::predicate::Constraints;
use athena_testkit::Fault;
use std::time::Duration;

#[tokio::test]
async fn a_poll_that_fails_in_any_way_costs_a_process_at_most_and_no_call() {
    for fault in [
        Fault::InternalError,
        Fault::SlowDown,
        Fault::HangUp,
        Fault::Delay(super::SLOW),
        Fault::Trickle(super::SLOW),
    ] {
        let trial = Trial::with(|setup| setup.timeout = Duration::from_secs(5)).await;
        trial.stack.emulator.fail_next("next", 1, fault);
        for _ in 0..2 {
            let rows = trial.read(Constraints::default()).await.unwrap();
            trial.is_whole(&rows, &format!("{fault:?}"));
        }
        let stats = trial.stack.emulator.stats();
        assert!(stats.cold_starts <= 2, "{fault:?}: {stats:?}");
    }
}

/// What is left of a call whose answer Lambda does not take: the process ends, or Lambda ends it when the function's time is up.
#[tokio::test]
async fn an_answer_that_lambda_does_not_take_is_lambdas_error_and_the_next_call_is_answered() {
    for fault in [Fault::InternalError, Fault::SlowDown, Fault::HangUp] {
        let trial = Trial::with(|setup| setup.timeout = Duration::from_secs(5)).await;
        trial.stack.emulator.fail_next("response", ALWAYS, fault);
        let lost = trial.stack.query().ping().await.unwrap_err();
        let words = format!("{lost:?}");
        let ended = ["Task timed out", "Runtime exited"];
        assert!(
            ended.iter().any(|words_of| words.contains(words_of)),
            "{fault:?}: {words}"
        );
        trial.stack.emulator.clear_faults();
        let rows = trial.read(Constraints::default()).await.unwrap();
        trial.is_whole(&rows, &format!("{fault:?}"));
    }
}

#[tokio::test]
async fn an_event_that_breaks_off_or_is_no_json_is_an_error_of_its_call_and_of_no_other() {
    for fault in [
        Fault::Garbage,
        Fault::Truncate,
        Fault::Shorten,
        Fault::Html(200),
    ] {
        let trial = Trial::with(|setup| setup.timeout = Duration::from_secs(5)).await;
        trial.stack.emulator.fail_next("next", 1, fault);
        // The process may be waiting for the first event already.
        let query = trial.stack.query();
        let pings = [query.ping().await, query.ping().await];
        let failed = pings.iter().filter(|ping| ping.is_err()).count();
        assert_eq!(failed, 1, "{fault:?}: {pings:?}");
        let rows = trial.read(Constraints::default()).await.unwrap();
        trial.is_whole(&rows, &format!("{fault:?}"));
    }
}
