//! What has to be done about each part for a goal.

use iam_policy_kit::AccountId;

use crate::change::{Change, Verb};
use crate::plan::found::Found;
use crate::plan::parts::{Call, Goal, Part};
use crate::plan::sharing::{self, share_of};
use crate::plan::wanted;
use crate::resource::{bucket, catalog, function, logs, permission, role, workgroup};
use crate::stack::Stack;

impl Part {
    /// What has to be done about it for a goal.
    pub(crate) fn plan(&self, stack: &Stack, found: &Found, goal: &Goal) -> Change<Call> {
        match goal {
            Goal::Up => self.plan_up(stack, found),
            Goal::Share(shares) => self.plan_share(stack, found, shares),
            Goal::Unshare(shares) => self.plan_unshare(stack, found, shares),
            Goal::Down(down) => self.plan_down(stack, found, *down),
        }
    }

    pub(super) fn plan_up(&self, stack: &Stack, found: &Found) -> Change<Call> {
        let (a, settings, tags) = (&stack.account, &stack.settings, stack.tags());
        match self {
            Self::ExecutionRole => match wanted::execution_role(stack) {
                Some(wanted) => role::plan(a, &wanted, found.role.as_ref()).map(Call::Role),
                None => given_role(stack, found),
            },
            Self::SpillBucket => {
                let wanted = wanted::spill_bucket(stack, found, &[]);
                let is_ours = |tags: &_| stack.is_ours(tags);
                bucket::plan(a, &wanted, &found.spill, is_ours).map(Call::Bucket)
            }
            Self::ResultsBucket => {
                let wanted =
                    wanted::results_bucket(stack).expect("this part is there with its bucket");
                let is_ours = |tags: &_| stack.is_ours(tags);
                bucket::plan(a, &wanted, &found.results, is_ours).map(Call::Bucket)
            }
            Self::LogGroup => {
                let days = settings
                    .log_retention
                    .expect("this part is there with its days");
                logs::plan(a, &stack.log_group(), days, &tags, found.logs.as_ref()).map(Call::Logs)
            }
            Self::Function => {
                let wanted = wanted::function(stack);
                function::plan(a, &wanted, found.function.as_ref()).map(Call::Function)
            }
            Self::Permission => {
                let accounts: Vec<AccountId> = settings
                    .shares
                    .iter()
                    .map(|share| share.account.clone())
                    .collect();
                permission::plan(stack, found.permission.as_deref(), &accounts)
                    .map(Call::Permission)
            }
            Self::Workgroup => {
                let location = wanted::results_location(stack).unwrap_or_default();
                let name = &settings.workgroup;
                workgroup::plan(a, name, &location, &tags, found.workgroup.as_ref())
                    .map(Call::Workgroup)
            }
            Self::Catalog => {
                let function = stack.function_arn().to_string();
                let name = &settings.catalog;
                catalog::plan(a, name, &function, &tags, found.catalog.as_ref()).map(Call::Catalog)
            }
            Self::ShareRole(share) => {
                sharing::plan_share_role(stack, share, &share_of(found, share))
            }
            Self::ShareResults(share, results) => {
                sharing::plan_share_results(stack, share, results, &share_of(found, share))
            }
            Self::ShareWorkgroup(share, results) => {
                sharing::plan_share_workgroup(stack, share, results, &share_of(found, share))
            }
            Self::ShareCatalog(share) => {
                sharing::plan_share_catalog(stack, share, &share_of(found, share))
            }
        }
    }
}

fn given_role(stack: &Stack, found: &Found) -> Change<Call> {
    let role = stack.role_arn();
    let mut change = Change::new(&stack.account, "execution role", role.to_string());
    change.verb = Verb::Foreign;
    if role.account != stack.account.as_str() {
        change.block(
            format!(
                "the role of the function must belong to account {}, got `{role}`",
                stack.account
            ),
            "give a role of the same account with `--role`",
        );
    } else if found.role.is_none() {
        change.block(
            format!("role `{role}` is not there"),
            "make it first, or leave `--role` out and have one made",
        );
    }
    change
}
