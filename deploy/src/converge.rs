//! Doing what was planned: part by part, each read again right before it is written and once more afterwards.
//!
//! Nothing is remembered between runs. A run that was cut off is run again, and what is done already is found done.

use crate::aws::{Account, AwsError, Refusal};
use crate::plan::{Accounts, Call, Found, Goal, Part, Plan, Reach, Step};
use crate::resource::catalog;
use crate::resource::function::states::until_taken;
use crate::stack::Stack;

/// Why a run ended early.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConvergeError {
    /// AWS refused a call.
    #[error("cannot {doing}")]
    Call {
        doing: String,
        #[source]
        source: Box<AwsError>,
    },
    /// Somebody else changes the same things.
    #[error("{part} has changed since it was planned")]
    Changed { part: &'static str },
    /// Somebody asked to stop.
    #[error("interrupted after {done} of {all} calls")]
    Interrupted {
        done: usize,
        all: usize,
        /// What is not done, call by call.
        left: Vec<String>,
    },
    /// What was written is not what is read.
    #[error("{part} was written but reads back otherwise: {differs}")]
    NotKept { part: &'static str, differs: String },
}

impl ConvergeError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> String {
        match self {
            Self::Call { source, .. } => source.hint(),
            Self::Changed { .. } => "run the command again and look at the new plan".to_owned(),
            Self::Interrupted { left, .. } => {
                format!(
                    "run the command again; it goes on where it ended\nnot done: {}",
                    left.join(", ")
                )
            }
            Self::NotKept { .. } => {
                "see whether somebody else manages the same resource, then run the command again"
                    .to_owned()
            }
        }
    }
}

/// Does what a plan says and returns how many write calls that took. Each call is told before it begins, and
/// before each it is asked whether to `stop`.
///
/// # Errors
/// The first step that fails; later ones are not begun.
pub(crate) async fn converge(
    stack: &Stack,
    accounts: &Accounts,
    found: &mut Found,
    goal: &Goal,
    plan: &Plan,
    stop: impl Fn() -> bool,
    mut tell: impl FnMut(&Call),
) -> Result<usize, ConvergeError> {
    let mut written = 0;
    for (number, step) in plan.steps.iter().enumerate() {
        if step.change.calls.is_empty() {
            continue;
        }
        refresh(stack, accounts, found, &step.part).await?;
        let now = step.part.plan(stack, found, goal);
        if now.calls.is_empty() {
            continue;
        }
        if now.calls != step.change.calls {
            let part = step.part.name();
            return Err(ConvergeError::Changed { part });
        }
        for (at, call) in now.calls.iter().enumerate() {
            if stop() {
                let later = plan.steps.iter().skip(number + 1);
                let later = later.flat_map(|step| &step.change.calls);
                let left = now.calls[at..].iter().chain(later).map(Call::describe);
                return Err(ConvergeError::Interrupted {
                    done: written,
                    all: plan.calls(),
                    left: left.collect(),
                });
            }
            tell(call);
            match run(stack, accounts, &step.part, call).await {
                Err(ConvergeError::Call { source, .. })
                    if source.refusal() == Refusal::Exists && is_blind(found, &step.part) => {}
                done => done?,
            }
            written += 1;
        }
        settle(stack, accounts, found, goal, step).await?;
    }
    Ok(written)
}

async fn refresh(
    stack: &Stack,
    accounts: &Accounts,
    found: &mut Found,
    part: &Part,
) -> Result<(), ConvergeError> {
    let read = found.refresh(part, stack, accounts).await;
    read.map_err(|source| failed(format!("read the {}", part.name()), source))
}

/// Whether what is there cannot be read.
fn is_blind(found: &Found, part: &Part) -> bool {
    let Part::ShareCatalog(share) = part else {
        return false;
    };
    found
        .shares
        .get(&share.account)
        .is_some_and(|is| is.reach == Reach::Blind)
}

/// Reads back until what was written is there: some services answer with yesterday's state for a while.
async fn settle(
    stack: &Stack,
    accounts: &Accounts,
    found: &mut Found,
    goal: &Goal,
    step: &Step,
) -> Result<(), ConvergeError> {
    if is_blind(found, &step.part) {
        return Ok(());
    }
    let mut differs = Vec::new();
    for _ in 0..accounts.a.waiting.looks {
        refresh(stack, accounts, found, &step.part).await?;
        let left = step.part.plan(stack, found, goal);
        if left.calls.is_empty() {
            return Ok(());
        }
        differs = left.calls.iter().map(Call::describe).collect();
        tokio::time::sleep(accounts.a.waiting.step).await;
    }
    Err(ConvergeError::NotKept {
        part: step.part.name(),
        differs: differs.join(", "),
    })
}

async fn run(
    stack: &Stack,
    accounts: &Accounts,
    part: &Part,
    call: &Call,
) -> Result<(), ConvergeError> {
    let package = stack.package.as_ref();
    let done = match (part, call) {
        (Part::ShareCatalog(share), Call::Catalog(catalog::Call::Create { .. })) => {
            // As Athena's console shares: with the role in the other account, which proves that it works.
            let role = stack.share_role_arn(share);
            let id = share.external_id.as_deref();
            match until_known(&accounts.a, async || accounts.a.assuming(&role, id).await).await {
                Ok(guest) => {
                    until_known(&accounts.a, async || call.run(&guest, package).await).await
                }
                Err(error) => Err(error),
            }
        }
        (
            Part::ShareRole(share)
            | Part::ShareResults(share, _)
            | Part::ShareWorkgroup(share, _)
            | Part::ShareCatalog(share),
            _,
        ) => match accounts.b.get(&share.account) {
            Some(b) => until_taken(b, async || call.run(b, package).await).await,
            None => Ok(()),
        },
        _ => until_taken(&accounts.a, async || call.run(&accounts.a, package).await).await,
    };
    done.map_err(|source| failed(call.describe(), source))
}

/// A role that was just made is refused for some seconds as if it were not there.
async fn until_known<F, T>(account: &Account, mut call: F) -> Result<T, AwsError>
where
    F: AsyncFnMut() -> Result<T, AwsError>,
{
    let mut looks = account.waiting.looks.div_ceil(2);
    loop {
        match call().await {
            Err(error) if error.refusal() == Refusal::Denied && looks > 1 => {
                looks -= 1;
                tokio::time::sleep(account.waiting.step).await;
            }
            answer => return answer,
        }
    }
}

fn failed(doing: String, source: AwsError) -> ConvergeError {
    ConvergeError::Call {
        doing,
        source: Box::new(source),
    }
}
