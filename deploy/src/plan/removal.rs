//! Taking parts down: what is ours goes, what is not stays and is told.

use iam_policy_kit::AccountId;

use crate::change::{Change, Verb};
use crate::plan::found::{Found, FoundShare, Reach};
use crate::plan::parts::{Call, Down, Part};
use crate::plan::sharing::share_of;
use crate::plan::wanted;
use crate::resource::{bucket, catalog, function, logs, permission, role, workgroup};
use crate::settings::{Role, Share};
use crate::stack::Stack;

impl Part {
    pub(super) fn plan_down(&self, stack: &Stack, found: &Found, down: Down) -> Change<Call> {
        let (a, settings) = (&stack.account, &stack.settings);
        let absent = |name: &str| Change::new(a, self.name(), name);
        let keeps = |name: &str, why: &str| {
            let mut change = Change::new(a, self.name(), name);
            change.verb = Verb::Foreign;
            change.detail(why);
            change
        };
        let ours = |tags: &_| down.unowned || stack.is_ours(tags);
        let untagged = "has not our tags and stays; `--force-unowned` deletes it all the same";
        match self {
            Self::ExecutionRole => match (&settings.role, &found.role) {
                (Role::Given(arn), _) => keeps(&arn.to_string(), "was given and stays"),
                (Role::Own(name), None) => absent(name),
                (Role::Own(name), Some(is)) if !ours(&is.tags) => keeps(name, untagged),
                (Role::Own(name), Some(is)) => {
                    role::plan_removal(a, self.name(), name, is).map(Call::Role)
                }
            },
            Self::SpillBucket => {
                let wanted = wanted::spill_bucket_alone(stack, found);
                remove_bucket(stack, a, &wanted, &found.spill, down)
            }
            Self::ResultsBucket => {
                let wanted =
                    wanted::results_bucket(stack).expect("this part is there with its bucket");
                remove_bucket(stack, a, &wanted, &found.results, down)
            }
            Self::LogGroup => match &found.logs {
                None => absent(&stack.log_group()),
                Some(_) if down.logs => logs::plan_removal(a, &stack.log_group()).map(Call::Logs),
                Some(_) => keeps(&stack.log_group(), "stays; `--delete-logs` deletes it"),
            },
            Self::Function => match &found.function {
                None => absent(&settings.function),
                Some(is) if !ours(&is.tags) => keeps(&settings.function, untagged),
                Some(_) => function::plan_removal(a, &settings.function).map(Call::Function),
            },
            Self::Permission => {
                let accounts = permission::accounts(stack, found.permission.as_deref());
                permission::plan_removal(stack, found.permission.as_deref(), &accounts)
                    .map(Call::Permission)
            }
            Self::Workgroup => match &found.workgroup {
                None => absent(&settings.workgroup),
                Some(_) if settings.workgroup == workgroup::PRIMARY => {
                    keeps(&settings.workgroup, "belongs to the account and stays")
                }
                Some(is) if !ours(&is.tags) => keeps(&settings.workgroup, untagged),
                Some(_) => workgroup::plan_removal(a, &settings.workgroup).map(Call::Workgroup),
            },
            Self::Catalog => match &found.catalog {
                None => absent(&settings.catalog),
                Some(is) => {
                    let function = stack.function_arn().to_string();
                    catalog::plan_removal(a, &settings.catalog, &function, is).map(Call::Catalog)
                }
            },
            Self::ShareRole(share)
            | Self::ShareResults(share, _)
            | Self::ShareWorkgroup(share, _)
            | Self::ShareCatalog(share) => {
                self.plan_share_removal(stack, share, &share_of(found, share), down)
            }
        }
    }

    pub(super) fn plan_share_removal(
        &self,
        stack: &Stack,
        share: &Share,
        is: &FoundShare,
        down: Down,
    ) -> Change<Call> {
        let account = &share.account;
        let name = match self {
            Self::ShareRole(_) => stack.share_role_name(),
            Self::ShareResults(_, results) => results.bucket.clone(),
            Self::ShareWorkgroup(_, results) => results.workgroup.clone(),
            _ => share.catalog.clone(),
        };
        let ours = |tags: &_| down.unowned || stack.is_ours(tags);
        let mut change = Change::new(account, self.name(), name.clone());
        if is.reach != Reach::Login {
            change.verb = Verb::ByHand;
            change.detail(
                "its administrator has to delete it: no credentials of that account were given",
            );
            return change;
        }
        let mut keeps = |why: &str| {
            change.verb = Verb::Foreign;
            change.detail(why);
            change.clone()
        };
        match self {
            Self::ShareResults(..) => {
                let wanted = wanted::bucket_of_results(stack, &name);
                remove_bucket(stack, account, &wanted, &is.results, down)
            }
            Self::ShareWorkgroup(..) => match &is.workgroup {
                None => change,
                Some(_) if name == workgroup::PRIMARY => keeps("belongs to the account and stays"),
                Some(found) if !ours(&found.tags) => keeps("has not our tags and stays"),
                Some(_) => workgroup::plan_removal(account, &name).map(Call::Workgroup),
            },
            Self::ShareRole(_) => match &is.role {
                None => change,
                Some(role) if !ours(&role.tags) => keeps("has not our tags and stays"),
                Some(role) => role::plan_removal(account, self.name(), &name, role).map(Call::Role),
            },
            _ => match &is.catalog {
                None => change,
                Some(catalog) => {
                    let function = stack.function_arn().to_string();
                    catalog::plan_removal(account, &name, &function, catalog).map(Call::Catalog)
                }
            },
        }
    }
}

fn remove_bucket(
    stack: &Stack,
    account: &AccountId,
    wanted: &bucket::Wanted,
    found: &bucket::Found,
    down: Down,
) -> Change<Call> {
    let bucket::Found::Here(state) = found else {
        return Change::new(account, wanted.kind, &wanted.name);
    };
    let deletes = down.buckets && (down.unowned || stack.is_ours(&state.tags));
    let mut change = bucket::plan_removal(account, wanted, state, deletes).map(Call::Bucket);
    if !deletes {
        if change.calls.is_empty() {
            change.verb = Verb::Foreign;
        }
        change.detail(if down.buckets {
            "has not our tags and stays"
        } else {
            "stays with what is in it; `--delete-buckets` deletes it if it is empty"
        });
    }
    change
}
