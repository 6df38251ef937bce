//! What somebody changes behind our back is found, told, and mended by as few calls as it takes.

use aws_sdk_athena::types::{
    DataCatalogType, ResultConfigurationUpdates, WorkGroupConfigurationUpdates,
};
use aws_sdk_lambda::types::Environment;

use crate::hand::trust_of;
use crate::rig::{A, B, BUCKET, EVERYTHING, FUNCTION, GUEST, Rig};

const CATALOG: &str = "data_source_table";
const BASIC: &str = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole";

macro_rules! sent {
    ($call:expr) => {
        drop($call.send().await.unwrap())
    };
}

/// The drift of that number, with words that the plan has for it, and the writes that mend it; `None` behind the last.
#[expect(clippy::too_many_lines, reason = "a few lines for each drift")]
async fn happens(rig: &Rig, number: usize) -> Option<(&'static str, usize)> {
    let (a, b) = (rig.hand(A), rig.hand(B));
    let role = format!("{FUNCTION}-role");
    let log = format!("/aws/lambda/{FUNCTION}");
    let elsewhere = "arn:aws:lambda:us-east-1:111111111111:function:other";
    let leads = "function: arn:aws:lambda:us-east-1:111111111111:function:other ->";
    Some(match number {
        0 => {
            a.put_trust(&role, &trust_of(B)).await;
            ("trust -", 1)
        }
        1 => {
            let iam = a.iam();
            let delete = iam.delete_role_policy().role_name(&role);
            sent!(delete.policy_name("FunctionExecutionPolicy"));
            ("FunctionExecutionPolicy +", 1)
        }
        2 => {
            let iam = a.iam();
            sent!(iam.detach_role_policy().role_name(&role).policy_arn(BASIC));
            ("attaches ", 1)
        }
        3 => {
            sent!(a.s3().delete_public_access_block().bucket(BUCKET));
            ("blocks public access", 1)
        }
        4 => {
            sent!(a.s3().delete_bucket_ownership_controls().bucket(BUCKET));
            ("object ownership", 1)
        }
        5 => {
            sent!(a.s3().delete_bucket_lifecycle().bucket(BUCKET));
            ("are deleted after a day", 1)
        }
        6 => {
            sent!(a.s3().delete_bucket_policy().bucket(BUCKET));
            ("policy + `AthenaSpillGet222222222222`", 1)
        }
        7 => {
            let put = a.logs().put_retention_policy().log_group_name(&log);
            sent!(put.retention_in_days(7));
            ("kept: 7 days -> 30 days", 1)
        }
        8 => {
            sent!(a.logs().delete_log_group().log_group_name(&log));
            ("+ log group", 2)
        }
        9 => {
            let update = a.lambda().update_function_configuration();
            sent!(update.function_name(FUNCTION).memory_size(128));
            ("memory: 128 -> 3008", 1)
        }
        10 => {
            let update = a.lambda().update_function_configuration();
            let only = Environment::builder().variables("theirs", "kept");
            sent!(update.function_name(FUNCTION).environment(only.build()));
            ("variable spill_prefix is set", 1)
        }
        11 => {
            let remove = a.lambda().remove_permission().function_name(FUNCTION);
            sent!(remove.statement_id("athena-cross-account-access"));
            ("policy + `athena-cross-account-access`", 1)
        }
        12 => {
            let result = ResultConfigurationUpdates::builder().output_location("s3://elsewhere/");
            let updates = WorkGroupConfigurationUpdates::builder()
                .result_configuration_updates(result.build());
            let update = a.athena().update_work_group().work_group(FUNCTION);
            sent!(update.configuration_updates(updates.build()));
            ("results: s3://elsewhere ->", 1)
        }
        13 | 14 => {
            let hand = if number == 13 { a } else { b };
            let update = hand.athena().update_data_catalog().name(CATALOG);
            let update = update.r#type(DataCatalogType::Lambda);
            sent!(update.parameters("function", elsewhere));
            (leads, 1)
        }
        15 => {
            b.put_trust(GUEST, &trust_of("444444444444")).await;
            ("trust -", 1)
        }
        16 => {
            let delete = b.iam().delete_role_policy().role_name(GUEST);
            sent!(delete.policy_name("AthenaCreateDataCatalog"));
            ("AthenaCreateDataCatalog +", 1)
        }
        17 => {
            sent!(b.athena().delete_data_catalog().name(CATALOG));
            ("+ data catalog", 1)
        }
        18 => {
            rig.write_package("bootstrap.zip", "second");
            ("code: ", 1)
        }
        19 => {
            let delete = b.athena().delete_work_group().work_group(FUNCTION);
            sent!(delete.recursive_delete_option(true));
            ("+ workgroup", 1)
        }
        20 => {
            sent!(a.lambda().delete_function().function_name(FUNCTION));
            ("+ function ", 2)
        }
        _ => return None,
    })
}

#[tokio::test]
async fn drift_of_each_part_is_found_and_mended() {
    let rig = Rig::start().await;
    rig.done("apply", EVERYTHING).await;
    let mut number = 0;
    while let Some((told, calls)) = happens(&rig, number).await {
        let plan = rig.run("plan", EVERYTHING).await;
        assert_eq!(plan.code, Some(2), "{told}: {plan:#?}");
        assert!(plan.data.contains(told), "{told}: {}", plan.data);
        rig.writes();
        rig.done("apply", EVERYTHING).await;
        let writes = rig.writes();
        assert_eq!(writes.len(), calls, "{told}: {writes:#?}");
        number += 1;
    }
    rig.done("plan", EVERYTHING).await;
    let update = rig.hand(A).lambda();
    let kept = update.get_function_configuration().function_name(FUNCTION);
    let kept = kept.send().await.unwrap().environment.unwrap();
    let variables = kept.variables.unwrap();
    // The function was made anew at last, so what was another's is gone with it.
    assert!(!variables.contains_key("theirs"), "{variables:?}");
}
