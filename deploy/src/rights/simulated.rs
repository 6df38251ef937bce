//! Which rights somebody has, as IAM's simulator tells: identity policies, boundary, and what the organisation forbids.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};

use crate::aws::{Account, AwsError};
use crate::rights::needed::{Need, PASS_ROLE};

/// What is known of somebody's rights.
#[derive(Debug)]
pub(crate) enum Known {
    /// These are missing, of those that were asked for.
    Missing(BTreeSet<Need>),
    /// Nothing, and why.
    Nothing(String),
}

/// Asks which of these rights whoever entered the account has not.
pub(crate) async fn missing(account: &Account, needs: &BTreeSet<Need>) -> Known {
    let source = match principal(account).await {
        Ok(Some(source)) => source,
        // The account's root user may do everything.
        Ok(None) => return Known::Missing(BTreeSet::new()),
        Err(why) => return Known::Nothing(why),
    };
    let mut groups: BTreeMap<(&str, bool), Vec<&Need>> = BTreeMap::new();
    for need in needs.iter().filter(|need| need.account == account.id) {
        let passes = need.action == PASS_ROLE;
        groups
            .entry((need.resource.as_str(), passes))
            .or_default()
            .push(need);
    }
    let mut missing = BTreeSet::new();
    for ((resource, passes), needs) in groups {
        let allowed = match allowed(account, &source, resource, passes, &needs).await {
            Ok(allowed) => allowed,
            Err(error) => return Known::Nothing(error.to_string()),
        };
        let lacks = needs
            .into_iter()
            .filter(|need| !allowed.contains(need.action));
        missing.extend(lacks.cloned());
    }
    Known::Missing(missing)
}

/// The user or role whose policies count; none for the account's root user.
async fn principal(account: &Account) -> Result<Option<String>, String> {
    let caller = &account.caller;
    let (_, resource) = caller.rsplit_once(':').unwrap_or_default();
    if resource == "root" {
        return Ok(None);
    }
    let Some(session) = resource.strip_prefix("assumed-role/") else {
        return Ok(Some(caller.clone()));
    };
    // A session does not tell the path of its role.
    let name = session.split('/').next().unwrap_or_default();
    let got = account.iam.get_role().role_name(name).send().await;
    let got = got.map_err(account.refused("iam:GetRole", name));
    let role = got.map_err(|error| error.to_string())?.role;
    role.map(|role| Some(role.arn))
        .ok_or_else(|| format!("role `{name}` is not told"))
}

/// The actions of one resource that are allowed, or may be, where a condition hangs on what is not known beforehand.
async fn allowed(
    account: &Account,
    source: &str,
    resource: &str,
    passes: bool,
    needs: &[&Need],
) -> Result<BTreeSet<String>, AwsError> {
    let call = account
        .iam
        .simulate_principal_policy()
        .policy_source_arn(source)
        .resource_arns(resource)
        .set_action_names(Some(
            needs.iter().map(|need| need.action.to_owned()).collect(),
        ))
        .set_context_entries(passes.then(|| {
            let service = ContextEntry::builder()
                .context_key_name("iam:PassedToService")
                .context_key_values("lambda.amazonaws.com")
                .context_key_type(ContextKeyTypeEnum::String);
            vec![service.build()]
        }));
    // It is asked on the way to something else: not for long.
    let few = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    let config = aws_sdk_iam::Config::builder().retry_config(few);
    let answer = call.customize().config_override(config).send().await;
    let answer =
        answer.map_err(account.refused("iam:SimulatePrincipalPolicy", source.to_owned()))?;
    let results = answer.evaluation_results.unwrap_or_default().into_iter();
    let may = results.filter(|result| {
        let hangs = result.missing_context_values.as_ref();
        let hangs = hangs.is_some_and(|keys| !keys.is_empty());
        result.eval_decision == PolicyEvaluationDecisionType::Allowed
            || (hangs && result.eval_decision == PolicyEvaluationDecisionType::ImplicitDeny)
    });
    Ok(may.map(|result| result.eval_action_name).collect())
}

const ATTEMPTS: u32 = 3;
