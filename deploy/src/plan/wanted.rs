//! Each resource as it should be, from the settings.

use std::collections::BTreeMap;

use iam_policy_kit::{AccountId, Sid, Version};

use crate::documents;
use crate::plan::found::Found;
use crate::policy_text::PolicyEdit;
use crate::resource::{bucket, function, role};
use crate::settings::{Role, Share, Style};
use crate::stack::Stack;

/// Name of the inline policy of the execution role.
pub(crate) const EXECUTION_POLICY: &str = "FunctionExecutionPolicy";
/// Name of the inline policy of the role in account B.
pub(crate) const SHARE_POLICY: &str = "AthenaCreateDataCatalog";

/// The execution role; `None` where it is somebody else's.
pub(crate) fn execution_role(stack: &Stack) -> Option<role::Wanted> {
    let Role::Own(name) = &stack.settings.role else {
        return None;
    };
    let managed = |name: &str| {
        let policy = format!("policy/service-role/{name}");
        stack.arn("iam", "", "aws", &policy).to_string()
    };
    let mut policies = vec![managed("AWSLambdaBasicExecutionRole")];
    if stack.settings.network.is_some() {
        policies.push(managed("AWSLambdaVPCAccessExecutionRole"));
    }
    Some(role::Wanted {
        kind: "execution role",
        name: name.clone(),
        description: "What the Athena connector for DynamoDB may do".to_owned(),
        trust: documents::execution_trust(stack),
        policy_name: EXECUTION_POLICY,
        policy: documents::execution_policy(stack),
        managed: policies,
        boundary: stack.settings.boundary.as_ref().map(ToString::to_string),
        tags: stack.tags(),
    })
}

/// The role in account B.
pub(super) fn share_role(stack: &Stack, share: &Share) -> role::Wanted {
    role::Wanted {
        kind: "role for sharing",
        name: stack.share_role_name(),
        description: format!(
            "Lets account {} register its Athena data source here",
            stack.account
        ),
        trust: documents::share_trust(stack, share),
        policy_name: SHARE_POLICY,
        policy: documents::share_policy(stack, share),
        managed: Vec::new(),
        boundary: None,
        tags: stack.tags(),
    }
}

/// The bucket of spilled blocks. Accounts that it is shared with by statements of ours stay, whether the settings name them or not.
pub(super) fn spill_bucket(stack: &Stack, found: &Found, leaving: &[AccountId]) -> bucket::Wanted {
    let settings = &stack.settings;
    let mut inside: Vec<AccountId> = found.spill_readers();
    inside.extend(settings.shares.iter().map(|share| share.account.clone()));
    inside.retain(|account| !leaving.contains(account));
    inside.sort();
    inside.dedup();
    let mut edit = PolicyEdit {
        version: (settings.style == Style::Seed).then_some(Version::V2008),
        ..PolicyEdit::default()
    };
    for account in leaving {
        edit.remove.extend(documents::spill_sids(account));
        edit.replace
            .push(documents::seed_spill_statement(stack, account));
    }
    for share in &settings.shares {
        if leaving.contains(&share.account) {
            continue;
        }
        if settings.adopt && settings.style != Style::Seed {
            let seed = documents::seed_spill_statement(stack, &share.account);
            edit.replace.push(seed);
        }
        edit.put
            .extend(documents::spill_statements(stack, &share.account));
    }
    edit.put.extend(documents::spill_guards(stack, &inside));
    bucket::Wanted {
        kind: "spill bucket",
        name: settings.spill_bucket.clone(),
        region: stack.region.clone(),
        tags: stack.tags(),
        expires: Some(settings.spill_prefix.clone()),
        policy: edit,
    }
}

/// The bucket of spilled blocks with nothing of ours left.
pub(super) fn spill_bucket_alone(stack: &Stack, found: &Found) -> bucket::Wanted {
    let mut accounts = found.spill_readers();
    accounts.extend(
        stack
            .settings
            .shares
            .iter()
            .map(|share| share.account.clone()),
    );
    let mut wanted = spill_bucket(stack, found, &accounts);
    wanted.policy.put.clear();
    let guards = [documents::INSECURE, documents::OTHERS];
    let guards = guards.map(|sid| Sid::new(sid).expect("ids are letters"));
    wanted.policy.remove.extend(guards);
    wanted
}

/// The bucket of query results, if one is named.
pub(super) fn results_bucket(stack: &Stack) -> Option<bucket::Wanted> {
    let name = stack.settings.results_bucket.as_deref()?;
    Some(bucket_of_results(stack, name))
}

/// A bucket of query results, in whichever account.
pub(super) fn bucket_of_results(stack: &Stack, name: &str) -> bucket::Wanted {
    bucket::Wanted {
        kind: "results bucket",
        name: name.to_owned(),
        region: stack.region.clone(),
        tags: stack.tags(),
        expires: None,
        policy: PolicyEdit::default(),
    }
}

/// Where query results of account A go.
pub(super) fn results_location(stack: &Stack) -> Option<String> {
    stack.settings.results_bucket.as_deref().map(location)
}

/// Where a workgroup writes to that has a bucket.
pub(super) fn location(bucket: &str) -> String {
    format!("s3://{bucket}/")
}

/// The function.
pub(crate) fn function(stack: &Stack) -> function::Wanted {
    let settings = &stack.settings;
    let mut variables: BTreeMap<String, String> = settings.variables.clone();
    let mut set = |name: &str, value: &str| variables.insert(name.to_owned(), value.to_owned());
    set("spill_bucket", &settings.spill_bucket);
    set("spill_prefix", &settings.spill_prefix);
    set("disable_spill_encryption", "false");
    if let Some(key) = &settings.kms_key {
        let id = key.resource.strip_prefix("key/").unwrap_or(&key.resource);
        set("kms_key_id", id);
    }
    function::Wanted {
        name: settings.function.clone(),
        role: stack.role_arn().to_string(),
        memory: settings.memory,
        timeout: settings.timeout,
        variables,
        network: settings.network.clone(),
        package: stack.package.clone(),
        tags: stack.tags(),
    }
}
