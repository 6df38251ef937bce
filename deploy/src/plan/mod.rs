//! Planning: from what should be and what is to a list of calls, in the order of dependence. Nothing here waits or asks.

mod found;
mod parts;
mod wanted;
mod sharing;
mod removal;
mod planning;

pub(crate) use found::{Accounts, Found, FoundShare, Reach};
pub(crate) use parts::{Call, Down, Goal, Part};
pub(crate) use wanted::{SHARE_POLICY, execution_role, function};

use iam_policy_kit::AccountId;

use crate::aws::{Account, AwsError};
use crate::change::{Change, Verb};
use crate::package::Package;
use crate::stack::Stack;

/// What is to be done, in order.
#[derive(Debug, Clone)]
pub(crate) struct Plan {
    pub(crate) steps: Vec<Step>,
    /// What is left to be done or known by people.
    pub(crate) notes: Vec<String>,
}

/// What is to be done about one part.
#[derive(Debug, Clone)]
pub(crate) struct Step {
    pub(crate) part: Part,
    pub(crate) change: Change<Call>,
}

impl Plan {
    /// Plans all parts of a goal.
    pub(crate) fn of(stack: &Stack, found: &Found, goal: &Goal) -> Self {
        let parts = goal.parts(stack, found);
        let steps = parts.into_iter().map(|part| Step {
            change: part.plan(stack, found, goal),
            part,
        });
        Self {
            steps: steps.collect(),
            notes: goal.notes(stack, found),
        }
    }

    /// Whether there is anything to do.
    pub(crate) fn is_empty(&self) -> bool {
        self.calls() == 0
    }

    /// How many write calls there are.
    pub(crate) fn calls(&self) -> usize {
        self.steps.iter().map(|step| step.change.calls.len()).sum()
    }

    /// What makes it impossible: what, and what to do about it.
    pub(crate) fn blocked(&self) -> Vec<&crate::change::Blocked> {
        let all = self.steps.iter().flat_map(|step| &step.change.blocked);
        all.collect()
    }

    /// How many resources of an account have this done to them.
    pub(crate) fn count(&self, account: &AccountId, verb: Verb) -> usize {
        let of = |step: &&Step| step.change.account == *account && step.change.verb == verb;
        self.steps.iter().filter(of).count()
    }

    /// The accounts that are spoken of, each once, in order.
    pub(crate) fn accounts(&self) -> Vec<AccountId> {
        let mut accounts: Vec<AccountId> = Vec::new();
        for step in &self.steps {
            if !accounts.contains(&step.change.account) {
                accounts.push(step.change.account.clone());
            }
        }
        accounts
    }
}

impl Call {
    /// What is done, in a few words.
    pub(crate) fn describe(&self) -> String {
        match self {
            Self::Role(call) => call.describe(),
            Self::Bucket(call) => call.describe(),
            Self::Logs(call) => call.describe(),
            Self::Function(call) => call.describe(),
            Self::Permission(call) => call.describe(),
            Self::Workgroup(call) => call.describe(),
            Self::Catalog(call) => call.describe(),
        }
    }

    /// Makes the call in an account.
    ///
    /// # Errors
    /// What AWS answers.
    pub(crate) async fn run(
        &self,
        account: &Account,
        package: Option<&Package>,
    ) -> Result<(), AwsError> {
        match self {
            Self::Role(call) => call.run(account).await,
            Self::Bucket(call) => call.run(account).await,
            Self::Logs(call) => call.run(account).await,
            Self::Function(call) => call.run(account, package).await,
            Self::Permission(call) => call.run(account).await,
            Self::Workgroup(call) => call.run(account).await,
            Self::Catalog(call) => call.run(account).await,
        }
    }
}
