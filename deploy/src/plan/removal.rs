//! Taking parts down: what is ours goes, what is not stays and is told.

use crate::change::{Change, Verb};
use crate::plan::found::{Found, FoundShare, Reach};
use crate::plan::parts::{Call, Down, Part, share_of};
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
                remove_bucket(stack, &wanted, &found.spill, down, self.name())
            }
            Self::ResultsBucket => {
                let wanted =
                    wanted::results_bucket(stack).expect("this part is there with its bucket");
                remove_bucket(stack, &wanted, &found.results, down, self.name())
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
            Self::ShareRole(share) | Self::ShareCatalog(share) => {
                self.plan_share_removal(stack, share, &share_of(found, share), down.unowned)
            }
        }
    }

    pub(super) fn plan_share_removal(
        &self,
        stack: &Stack,
        share: &Share,
        is: &FoundShare,
        unowned: bool,
    ) -> Change<Call> {
        let account = &share.account;
        let name = match self {
            Self::ShareRole(_) => stack.share_role_name(),
            _ => share.catalog.clone(),
        };
        let mut change = Change::new(account, self.name(), name.clone());
        if is.reach != Reach::Login {
            change.verb = Verb::ByHand;
            change.detail(
                "its administrator has to delete it: no credentials of that account were given",
            );
            return change;
        }
        match self {
            Self::ShareRole(_) => match &is.role {
                None => change,
                Some(role) if !unowned && !stack.is_ours(&role.tags) => {
                    change.verb = Verb::Foreign;
                    change.detail("has not our tags and stays");
                    change
                }
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
    wanted: &bucket::Wanted,
    found: &bucket::Found,
    down: Down,
    kind: &'static str,
) -> Change<Call> {
    let account = &stack.account;
    let bucket::Found::Here(state) = found else {
        return Change::new(account, kind, &wanted.name);
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
