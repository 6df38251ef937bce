//! Whether whoever runs this may do all of it, found out before the first write: missing rights are told at once, and not by the
//! call in the middle that lacks one.

mod needed;
mod readable;
mod simulated;

use std::collections::{BTreeMap, BTreeSet};

use iam_policy_kit::{AccountId, Action, Document, ResourcePattern, Statement};

pub(crate) use needed::{Need, of, to_look};
pub(crate) use simulated::Known;

use crate::aws::Account;
use crate::plan::{Accounts, Found, FoundShare, Goal, Plan};
use crate::stack::Stack;

/// Rights that somebody has not.
#[derive(Debug)]
pub(crate) struct Lacking {
    /// Who, as an ARN.
    pub(crate) caller: String,
    /// A policy with the missing rights.
    pub(crate) policy: Document,
    /// How many.
    pub(crate) count: usize,
}

impl Lacking {
    /// What is missing, and the policy that grants it.
    pub(crate) fn text(&self) -> String {
        let Self {
            caller,
            policy,
            count,
        } = self;
        let rights = if *count == 1 { "right" } else { "rights" };
        format!(
            "{caller} lacks {count} {rights} that this needs\n\nhint: this policy grants what is missing; `--unchecked` goes on without it\n{}",
            policy.to_json_pretty()
        )
    }
}

/// What is known of the rights to do a plan.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    pub(crate) lacking: Vec<Lacking>,
    /// What cannot be known, and why.
    pub(crate) unknown: Vec<String>,
}

/// What the write calls of a plan need of the accounts' own credentials.
pub(crate) fn to_write(stack: &Stack, plan: &Plan) -> BTreeSet<Need> {
    plan.steps.iter().flat_map(|step| of(stack, step)).collect()
}

/// What setting everything up, looking at it and mending it needs in an account.
pub(crate) fn to_deploy(stack: &Stack, account: &AccountId) -> BTreeSet<Need> {
    let mut found = Found::nothing();
    for share in &stack.settings.shares {
        let entered = FoundShare::entered();
        found.shares.insert(share.account.clone(), entered);
    }
    let mut needs = to_write(stack, &Plan::of(stack, &found, &Goal::Up));
    needs.extend(to_look(stack, account));
    needs.extend(needed::to_mend(stack, account));
    needs.retain(|need| need.account == *account);
    needs
}

/// Finds out which of these rights are missing.
pub(crate) async fn check(accounts: &Accounts, needs: &BTreeSet<Need>) -> Rights {
    let mut rights = Rights::default();
    for account in std::iter::once(&accounts.a).chain(accounts.b.values()) {
        if !needs.iter().any(|need| need.account == account.id) {
            continue;
        }
        match simulated::missing(account, needs).await {
            Known::Missing(missing) => rights.lacking.extend(lacking(account, &missing)),
            Known::ByPolicies(missing) => {
                rights.lacking.extend(lacking(account, &missing));
                rights.unknown.push(format!(
                    "the rights of {} were told from its own policies alone: IAM's simulator is refused, so what an organisation \
                     forbids is not known",
                    account.caller
                ));
            }
            Known::Nothing(why) => rights.unknown.push(format!(
                "whether {} may do all of this is not known beforehand: {why}",
                account.caller
            )),
        }
    }
    rights
}

fn lacking(account: &Account, missing: &BTreeSet<Need>) -> Option<Lacking> {
    (!missing.is_empty()).then(|| Lacking {
        caller: account.caller.clone(),
        policy: policy(missing),
        count: missing.len(),
    })
}

/// A policy that grants these rights.
pub(crate) fn policy(needs: &BTreeSet<Need>) -> Document {
    let mut by_resource: BTreeMap<&str, Vec<&Need>> = BTreeMap::new();
    for need in needs {
        by_resource.entry(&need.resource).or_default().push(need);
    }
    let statements = by_resource.into_iter().map(|(resource, needs)| {
        let actions = needs
            .iter()
            .map(|need| Action::new(need.action).expect("actions are written here"));
        let pattern = ResourcePattern::new(resource).expect("it was an ARN");
        Statement::allow(actions).with_resources([pattern])
    });
    Document::new(statements)
}
