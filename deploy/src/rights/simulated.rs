//! Which rights somebody has, as IAM's simulator tells: identity policies, boundary, and what the organisation forbids.

use std::collections::{BTreeMap, BTreeSet};

use aws_sdk_iam::config::retry::RetryConfig;
use aws_sdk_iam::types::{ContextEntry, ContextKeyTypeEnum, PolicyEvaluationDecisionType};

use crate::aws::{Account, AwsError};
use crate::config::partition_of;
use crate::rights::needed::{Need, PASS_ROLE};
use crate::rights::readable;

/// What is known of somebody's rights.
#[derive(Debug)]
pub(crate) enum Known {
    /// These are missing, of those that were asked for.
    Missing(BTreeSet<Need>),
    /// These are, by the policies that can be read.
    ByPolicies(BTreeSet<Need>),
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
    for ((resource, passes), of_resource) in groups {
        let allowed = match allowed(account, &source, resource, passes, &of_resource).await {
            Ok(allowed) => allowed,
            Err(error) => {
                let region_of = |resource: &str| region(account, resource).to_owned();
                let known = readable::missing(account, &source, needs, region_of).await;
                return known.map_or_else(|| Known::Nothing(error.to_string()), Known::ByPolicies);
            }
        };
        let lacks = of_resource
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
    let actions = needs.iter().map(|need| need.action.to_owned());
    let call = account
        .iam
        .simulate_principal_policy()
        .policy_source_arn(source)
        .resource_arns(resource)
        .set_action_names(Some(actions.collect()))
        .set_context_entries(Some(context(account, resource, passes)));
    // It is asked on the way to something else: not for long.
    let few = RetryConfig::standard().with_max_attempts(ATTEMPTS);
    let config = aws_sdk_iam::Config::builder().retry_config(few);
    let answer = call.customize().config_override(config).send().await;
    let answer =
        answer.map_err(account.refused("iam:SimulatePrincipalPolicy", source.to_owned()))?;
    let results = answer.evaluation_results.unwrap_or_default().into_iter();
    let may = results.filter(|result| {
        let hangs = result.missing_context_values.as_ref();
        result.eval_decision == PolicyEvaluationDecisionType::Allowed
            || hangs.is_some_and(|keys| !keys.is_empty())
    });
    Ok(may.map(|result| result.eval_action_name).collect())
}

/// What is known of the call beforehand: organisations like to tie everything to Regions and TLS.
fn context(account: &Account, resource: &str, passes: bool) -> Vec<ContextEntry> {
    let entry = |key: &str, kind, value: &str| {
        ContextEntry::builder()
            .context_key_name(key)
            .context_key_type(kind)
            .context_key_values(value)
            .build()
    };
    let region = region(account, resource);
    let text = ContextKeyTypeEnum::String;
    let mut context = vec![
        entry("aws:RequestedRegion", text.clone(), region),
        entry("aws:SecureTransport", ContextKeyTypeEnum::Boolean, "true"),
    ];
    context.extend(passes.then(|| entry("iam:PassedToService", text, "lambda.amazonaws.com")));
    context
}

/// Where a call on a resource goes to.
fn region<'a>(account: &'a Account, resource: &str) -> &'a str {
    // The one endpoint of IAM is there, whoever asks from where.
    let is_iam = resource.split(':').nth(2) == Some("iam");
    match partition_of(&account.region) {
        "aws" if is_iam => "us-east-1",
        _ => &account.region,
    }
}

const ATTEMPTS: u32 = 3;
