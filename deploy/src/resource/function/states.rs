//! Waiting for Lambda: a function is made and updated behind the answer (Lambda developer guide, "Lambda function states").

use aws_sdk_lambda::types::{LastUpdateStatus, State};

use crate::aws::{Account, AwsError, Refusal};

/// Waits until a function is active and its last update done.
///
/// # Errors
/// Where it fails, or takes longer than the account's patience.
pub(crate) async fn until_ready(account: &Account, name: &str) -> Result<(), AwsError> {
    const ACTION: &str = "lambda:GetFunctionConfiguration";
    let mut state = String::new();
    for _ in 0..account.waiting.looks {
        let got = account
            .lambda
            .get_function_configuration()
            .function_name(name);
        let got = got.send().await.map_err(account.refused(ACTION, name))?;
        let failed = |what: &str, reason: Option<String>| {
            let reason = reason.unwrap_or_else(|| "no reason was given".to_owned());
            AwsError::local(
                ACTION,
                &account.region,
                format!("function `{name}` {what}: {reason}"),
            )
        };
        match (&got.state, &got.last_update_status) {
            (Some(State::Failed), _) => return Err(failed("failed to start", got.state_reason)),
            (_, Some(LastUpdateStatus::Failed)) => {
                return Err(failed("failed to update", got.last_update_status_reason));
            }
            (Some(State::Pending), _) => "Pending".clone_into(&mut state),
            (_, Some(LastUpdateStatus::InProgress)) => "InProgress".clone_into(&mut state),
            // Idle functions are `Inactive` and well.
            _ => return Ok(()),
        }
        tokio::time::sleep(account.waiting.step).await;
    }
    let said = format!("function `{name}` is still {state} after the time of `--wait-seconds`");
    Err(AwsError::local(ACTION, &account.region, said))
}

/// Makes a call again as long as what refuses it goes by.
///
/// # Errors
/// The last refusal.
pub(crate) async fn until_taken<F, T>(account: &Account, mut call: F) -> Result<T, AwsError>
where
    F: AsyncFnMut() -> Result<T, AwsError>,
{
    let mut looks = account.waiting.looks;
    loop {
        match call().await {
            Err(error) if error.refusal() == Refusal::Passing && looks > 1 => {
                looks -= 1;
                tokio::time::sleep(account.waiting.step).await;
            }
            answer => return answer,
        }
    }
}
