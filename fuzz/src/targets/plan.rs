//! Query plans of the engine: Substrait messages.

use athena_protocol::predicate::substrait;

use super::Target;
use crate::fixtures;

/// The message itself, without base64.
pub(super) const TARGET: Target = Target {
    name: "plan",
    seeds: || {
        let plans = fixtures::json("substrait/plans.json");
        let plans = plans.as_array().expect("a list of plans");
        plans
            .iter()
            .map(|plan| fixtures::base64(&plan["plan"]))
            .collect()
    },
    check: |message| match substrait::read(message) {
        Ok(plan) => {
            assert_eq!(plan.is_complete(), plan.not_understood.is_empty());
            // Shown in logs and explanations, which are as long as the plan at most times a constant.
            let shown = format!("{plan:?}");
            assert!(shown.len() <= 4_096 + 512 * message.len());
        }
        Err(error) => assert!(error.to_string().len() <= 1_000, "{error}"),
    },
};
