//! The function's log group. Made before the function's first call, or Lambda makes one that keeps logs for ever.

use std::collections::BTreeMap;

use iam_policy_kit::AccountId;

use crate::aws::{Account, AwsError, Refusal};
use crate::change::Change;
use crate::resource::role::gone;

/// A log group as it is.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    /// In days; `None` keeps logs for ever.
    pub(crate) retention: Option<u32>,
}

/// A write call on a log group.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Call {
    Create {
        group: String,
        tags: BTreeMap<String, String>,
    },
    Retain {
        group: String,
        days: u32,
    },
    Delete {
        group: String,
    },
}

/// Reads a log group.
///
/// # Errors
/// What CloudWatch Logs answers.
pub(crate) async fn read(account: &Account, group: &str) -> Result<Option<Found>, AwsError> {
    let call = account
        .logs
        .describe_log_groups()
        .log_group_name_prefix(group);
    let mut pages = call.into_paginator().send();
    while let Some(page) = pages.next().await {
        let page = page.map_err(account.refused("logs:DescribeLogGroups", group))?;
        let mut groups = page.log_groups.unwrap_or_default().into_iter();
        // The prefix finds `…-2` too.
        if let Some(found) = groups.find(|found| found.log_group_name.as_deref() == Some(group)) {
            let days = found
                .retention_in_days
                .and_then(|days| u32::try_from(days).ok());
            return Ok(Some(Found { retention: days }));
        }
    }
    Ok(None)
}

/// What has to be done for logs to be kept that long.
pub(crate) fn plan(
    account: &AccountId,
    group: &str,
    days: u32,
    tags: &BTreeMap<String, String>,
    found: Option<&Found>,
) -> Change<Call> {
    let mut change = Change::new(account, "log group", group);
    let name = || group.to_owned();
    if found.is_none() {
        change.create(Call::Create {
            group: name(),
            tags: tags.clone(),
        });
    }
    let before = found.and_then(|found| found.retention);
    if before != Some(days) {
        let before = before.map_or_else(|| "for ever".to_owned(), |days| format!("{days} days"));
        change.field("kept", &before, &format!("{days} days"));
        change.update(Call::Retain {
            group: name(),
            days,
        });
    }
    change
}

/// What has to be done for a log group to be gone.
pub(crate) fn plan_removal(account: &AccountId, group: &str) -> Change<Call> {
    let mut change = Change::new(account, "log group", group);
    change.delete(Call::Delete {
        group: group.to_owned(),
    });
    change
}

impl Call {
    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Create { group, .. } => format!("create log group {group}"),
            Self::Retain { group, days } => format!("keep log group {group} for {days} days"),
            Self::Delete { group } => format!("delete log group {group}"),
        }
    }

    /// Makes the call.
    ///
    /// # Errors
    /// What CloudWatch Logs answers, but for what is done already.
    pub(crate) async fn run(&self, account: &Account) -> Result<(), AwsError> {
        let logs = &account.logs;
        match self {
            Self::Create { group, tags } => {
                let call = logs.create_log_group().log_group_name(group);
                let call = call.set_tags(Some(tags.clone().into_iter().collect()));
                let done = call.send().await.map(drop);
                match done.map_err(account.refused("logs:CreateLogGroup", group)) {
                    Err(error) if error.refusal() == Refusal::Exists => Ok(()),
                    done => done,
                }
            }
            Self::Retain { group, days } => {
                let call = logs.put_retention_policy().log_group_name(group);
                let call = call.retention_in_days(i32::try_from(*days).unwrap_or(i32::MAX));
                let done = call.send().await.map(drop);
                done.map_err(account.refused("logs:PutRetentionPolicy", group))
            }
            Self::Delete { group } => {
                let done = logs
                    .delete_log_group()
                    .log_group_name(group)
                    .send()
                    .await
                    .map(drop);
                gone(done.map_err(account.refused("logs:DeleteLogGroup", group)))
            }
        }
    }
}
