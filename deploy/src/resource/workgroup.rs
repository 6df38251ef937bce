//! The workgroup of account A, and where it writes the results of queries.

use std::collections::BTreeMap;

use aws_sdk_athena::types::{
    ResultConfiguration, ResultConfigurationUpdates, Tag, WorkGroupConfiguration,
    WorkGroupConfigurationUpdates,
};
use iam_policy_kit::AccountId;

use crate::aws::{Account, AwsError, OrAbsent as _};
use crate::change::Change;
use crate::resource::role::gone;

/// A workgroup as it is.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) location: Option<String>,
    /// Whether Athena itself keeps the results, so that there is no place to set.
    pub(crate) is_managed: bool,
    pub(crate) tags: BTreeMap<String, String>,
}

/// A write call on a workgroup.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Create {
        workgroup: String,
        location: String,
        tags: BTreeMap<String, String>,
    },
    Update {
        workgroup: String,
        location: String,
    },
    Delete {
        workgroup: String,
    },
}

/// The workgroup that every account has and cannot lose.
pub(crate) const PRIMARY: &str = "primary";

/// Reads a workgroup.
///
/// # Errors
/// What Athena answers, but for "not found".
pub(crate) async fn read(
    account: &Account,
    workgroup: &str,
    arn: &str,
) -> Result<Option<Found>, AwsError> {
    let got = account
        .athena
        .get_work_group()
        .work_group(workgroup)
        .send()
        .await;
    let got = got
        .map_err(account.refused("athena:GetWorkGroup", workgroup))
        .or_absent()?;
    let Some(is) = got.and_then(|got| got.work_group) else {
        return Ok(None);
    };
    let configuration = is.configuration;
    let managed = configuration
        .as_ref()
        .and_then(|configuration| configuration.managed_query_results_configuration.as_ref());
    let is_managed = managed.is_some_and(|managed| managed.enabled);
    // Who may not read tags has no tags of ours: what is not known to be ours is not deleted.
    let tags = account
        .athena
        .list_tags_for_resource()
        .resource_arn(arn)
        .send()
        .await;
    let tags = tags
        .ok()
        .and_then(|tags| tags.tags)
        .unwrap_or_default()
        .into_iter();
    Ok(Some(Found {
        is_managed,
        tags: tags
            .filter_map(|tag| Some((tag.key?, tag.value?)))
            .collect(),
        location: configuration
            .and_then(|configuration| configuration.result_configuration)
            .and_then(|result| result.output_location),
    }))
}

/// What has to be done for a workgroup to write there.
pub(crate) fn plan(
    account: &AccountId,
    workgroup: &str,
    location: &str,
    tags: &BTreeMap<String, String>,
    found: Option<&Found>,
) -> Change<Call> {
    let mut change = Change::new(account, "workgroup", workgroup);
    let (name, place) = (workgroup.to_owned(), location.to_owned());
    match found {
        None => {
            change.detail(format!("results: {location}"));
            let tags = tags.clone();
            change.create(Call::Create {
                workgroup: name,
                location: place,
                tags,
            });
        }
        Some(is) if is.is_managed => {
            change.detail("Athena keeps the results itself, so no place is set");
        }
        Some(is) => {
            let before = is.location.as_deref().unwrap_or("none");
            if change.field(
                "results",
                &before.trim_end_matches('/'),
                &location.trim_end_matches('/'),
            ) {
                change.update(Call::Update {
                    workgroup: name,
                    location: place,
                });
            }
        }
    }
    change
}

/// What has to be done for a workgroup to be gone.
pub(crate) fn plan_removal(account: &AccountId, workgroup: &str) -> Change<Call> {
    let mut change = Change::new(account, "workgroup", workgroup);
    change.delete(Call::Delete {
        workgroup: workgroup.to_owned(),
    });
    change
}

impl Call {
    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Create { workgroup, .. } => format!("create workgroup {workgroup}"),
            Self::Update { workgroup, .. } => format!("set where workgroup {workgroup} writes"),
            Self::Delete { workgroup } => format!("delete workgroup {workgroup}"),
        }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// What Athena answers, but for what is gone already.
    pub(crate) async fn run(&self, account: &Account) -> Result<(), AwsError> {
        let athena = &account.athena;
        match self {
            Self::Create {
                workgroup,
                location,
                tags,
            } => {
                let result = ResultConfiguration::builder().output_location(location);
                let configuration = WorkGroupConfiguration::builder()
                    .result_configuration(result.build())
                    .enforce_work_group_configuration(true);
                let tags = tags
                    .iter()
                    .map(|(key, value)| Tag::builder().key(key).value(value).build());
                let call = athena
                    .create_work_group()
                    .name(workgroup)
                    .configuration(configuration.build())
                    .set_tags(Some(tags.collect()));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("athena:CreateWorkGroup", workgroup))
            }
            Self::Update {
                workgroup,
                location,
            } => {
                let result = ResultConfigurationUpdates::builder().output_location(location);
                let updates = WorkGroupConfigurationUpdates::builder()
                    .result_configuration_updates(result.build());
                let call = athena.update_work_group().work_group(workgroup);
                let done = call
                    .configuration_updates(updates.build())
                    .send()
                    .await
                    .map(drop);
                done.map_err(account.refused("athena:UpdateWorkGroup", workgroup))
            }
            Self::Delete { workgroup } => {
                let call = athena.delete_work_group().work_group(workgroup);
                let done = call.recursive_delete_option(false).send().await.map(drop);
                gone(done.map_err(account.refused("athena:DeleteWorkGroup", workgroup)))
            }
        }
    }
}
