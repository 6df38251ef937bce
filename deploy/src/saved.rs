//! A plan in a file: what was looked at and agreed upon, to be done later, and only if it would still be the same.

use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use crate::plan::{Call, Plan};
use crate::resource::function;
use crate::stack::Stack;

/// Version of the file's form.
const FORMAT_VERSION: u32 = 1;

/// Why a plan of a file is not done.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SavedError {
    #[error("cannot read the plan")]
    NoPlan {
        #[source]
        source: serde_json::Error,
    },
    #[error("the plan is for {planned}, and this is {here}")]
    Elsewhere { planned: String, here: String },
    #[error("what is there or what is wanted has changed since the plan was made: {what}")]
    Changed { what: String },
}

/// A plan for a file. Of what is written only digests are in it: variables of the function may be secret.
pub(crate) fn value(stack: &Stack, plan: &Plan) -> Value {
    let steps = plan.steps.iter().map(|step| {
        let change = &step.change;
        let calls = change.calls.iter();
        json!({
            "account": change.account.as_str(),
            "type": change.kind,
            "name": change.name,
            "reasons": change.details,
            "calls": calls.map(|call| json!({"call": call.describe(), "sha256": digest(call)})).collect::<Vec<_>>(),
        })
    });
    json!({
        "format_version": FORMAT_VERSION,
        "place": place(stack),
        "steps": steps.collect::<Vec<_>>(),
    })
}

/// Checks that the plan of a file is the plan of now.
///
/// # Errors
/// [`SavedError`], with the first step that is another one.
pub(crate) fn check(text: &str, stack: &Stack, plan: &Plan) -> Result<(), SavedError> {
    let planned: Value =
        serde_json::from_str(text).map_err(|source| SavedError::NoPlan { source })?;
    let now = value(stack, plan);
    if planned == now {
        return Ok(());
    }
    if planned["place"] != now["place"] {
        let (planned, here) = (shown(&planned["place"]), shown(&now["place"]));
        return Err(SavedError::Elsewhere { planned, here });
    }
    let steps = |value: &Value| value["steps"].as_array().cloned().unwrap_or_default();
    let (before, after) = (steps(&planned), steps(&now));
    let differs = after.iter().find(|step| !before.contains(step));
    let differs = differs.or_else(|| before.iter().find(|step| !after.contains(step)));
    let what = differs.map_or_else(
        || "the order of steps".to_owned(),
        |step| format!("{} {}", shown(&step["type"]), shown(&step["name"])),
    );
    Err(SavedError::Changed { what })
}

fn place(stack: &Stack) -> String {
    format!("account {} in {}", stack.account, stack.region)
}

fn shown(value: &Value) -> String {
    value.as_str().unwrap_or("something else").to_owned()
}

fn digest(call: &Call) -> String {
    let mut hash = Sha256::new_with_prefix(format!("{call:?}"));
    if let Call::Function(
        function::Call::Create { configuration, .. }
        | function::Call::Configure { configuration, .. },
    ) = call
    {
        // The values are left out of its text.
        for (name, value) in &configuration.variables {
            hash.update(format!("{}:{name}={}:{value}", name.len(), value.len()));
        }
    }
    base64_simd::STANDARD.encode_to_string(hash.finalize())
}
