//! What the administrator of another account has to run where we have no credentials of it.

use std::fmt::Write as _;

use crate::documents;
use crate::plan::SHARE_POLICY;
use crate::settings::Share;
use crate::stack::Stack;

/// Commands for the other account's shell that delete what is there of the connector.
pub(crate) fn for_removal(stack: &Stack, share: &Share) -> String {
    let (role, b, region) = (stack.share_role_name(), &share.account, &stack.region);
    let mut out = format!(
        "\naccount {b}: nobody here has its credentials. What is there of this its administrator deletes, in a shell of that account:\n\n\
         aws athena delete-data-catalog --region {region} --name {}\n\
         aws iam delete-role-policy --role-name {role} --policy-name {SHARE_POLICY}\n\
         aws iam delete-role --role-name {role}\n",
        share.catalog,
    );
    if let Some(results) = &share.results {
        let _ = writeln!(
            out,
            "aws athena delete-work-group --region {region} --work-group {}",
            results.workgroup
        );
    }
    out
}

/// Commands for the other account's shell, and how to go on afterwards.
pub(crate) fn for_administrator(stack: &Stack, share: &Share) -> String {
    let (role, b) = (stack.share_role_name(), &share.account);
    let trust = documents::share_trust(stack, share).to_json();
    let policy = documents::share_policy(stack, share).to_json();
    let analyst = documents::analyst_policy(stack, share).to_json();
    let function = stack.function_arn();
    let mut out = String::new();
    let _ = write!(
        out,
        "\naccount {b}: nobody here has its credentials. Its administrator runs, in a shell of that account:\n\n\
         aws iam create-role --role-name {role} \\\n  --assume-role-policy-document '{trust}'\n\
         aws iam put-role-policy --role-name {role} --policy-name {SHARE_POLICY} \\\n  --policy-document '{policy}'\n\n\
         or deploys what `template cloudformation --account-b {b} --for-account {b} --account-a {}` prints. Then run `share --account-b {b}` again here,\n\
         or have the catalog registered over there:\n\n\
         aws athena create-data-catalog --region {} --name {} --type LAMBDA \\\n  --parameters function={function}\n\n\
         People who query need this policy in account {b}:\n\n{analyst}\n",
        stack.account, stack.region, share.catalog,
    );
    out
}
