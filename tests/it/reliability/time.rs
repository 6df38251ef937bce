//! Time: services that never answer, and clocks that do not agree.

use super::ALWAYS;
use crate::stack::{NewTable, Setup, Stack, fault_of, key, says, table_name};
use athena_protocol::predicate::Constraints;
use athena_testkit::Fault;
use athena_testkit::sts::Role;
use serde_json::json;
use std::time::Duration;

/// A function of a few seconds, with the time limits of every day: the deadline comes first.
fn short(setup: &mut Setup) {
    setup.timeout = Duration::from_secs(3);
    setup.set("deadline_margin_ms", "1500");
    setup.set("answer_timeout_ms", "20000");
}

#[tokio::test]
async fn a_service_that_never_answers_does_not_keep_a_call_beyond_its_deadline() {
    for service in ["Glue", "STS", "S3", "KMS"] {
        let stack = Stack::with(|setup| {
            super::impatient(setup);
            short(setup);
            match service {
                "Glue" => setup.unset("disable_glue"),
                "STS" => setup.set("cross_account_role_arn", READER),
                "KMS" => setup.set("kms_key_id", "alias/spill"),
                _ => {}
            }
        })
        .await;
        stack.aws.sts.set_role(READER, Role::default());
        let items = [json!({"id": {"S": "a"}})];
        NewTable::named("items", &[key("id", "S")])
            .load(&stack.aws, &items)
            .await;
        let aws = &stack.aws;
        match service {
            "Glue" => aws.glue.fail_next(ALWAYS, Fault::Silence),
            "STS" => aws.sts.fail_next(ALWAYS, Fault::Silence),
            "S3" => aws.s3.fail_next("HeadBucket", ALWAYS, Fault::Silence),
            _ => (aws.kms).fail_next("GenerateDataKey", ALWAYS, Fault::Silence),
        }
        let outcome = async {
            let query = stack.query();
            let table = query.get_table(&table_name("items")).await?;
            query.plan(&table, Constraints::default()).await
        };
        let fault = fault_of(outcome.await);
        says(&fault, &["time is almost up"]);
        assert_eq!(
            stack.emulator.stats().cold_starts,
            1,
            "{service}: the process was not killed"
        );
        stack.query().ping().await.unwrap();
    }
}

#[tokio::test]
async fn a_deadline_that_has_passed_is_an_error_and_one_by_a_fast_or_slow_clock_is_kept() {
    for (ahead_ms, works) in [(-3_600_000, false), (-20_000, true), (600_000, true)] {
        let stack = Stack::with(|setup| setup.clock_ahead_ms = ahead_ms).await;
        let tables = stack.query().list_tables("default").await;
        if works {
            assert_eq!(tables.unwrap(), []);
        } else {
            says(&fault_of(tables), &["the function's time"]);
            assert_eq!(stack.aws.dynamodb.calls().len(), 0);
        }
        assert_eq!(stack.emulator.stats().cold_starts, 1);
    }
}

const READER: &str = "arn:aws:iam::210987654321:role/reader";
