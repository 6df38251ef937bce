//! Who may do what, before and after: the chain of rights that a query in another account hangs on, decided by the policies
//! that are there, link by link.

mod policies;
mod links;

use iam_policy_kit::access::Verdict;
use iam_policy_kit::matrix::{AccessMatrix, Row};

use crate::plan::{Found, Goal, Plan};
use crate::stack::Stack;

/// All links, before and after a plan.
#[derive(Debug, Clone)]
pub(crate) struct Comparison {
    pub(crate) rows: Vec<(Row, Row)>,
    /// Whether all should be as expected afterwards; not so where rights are taken away on purpose.
    is_judged: bool,
}

/// Decides all links by what is there and by what will be.
pub(crate) fn compare(stack: &Stack, found: &Found, plan: &Plan, goal: &Goal) -> Comparison {
    let accesses = links::all(stack);
    let before = policies::Policies::found(stack, found);
    let after = before.clone().with(stack, plan);
    let [before, after] =
        [before, after].map(|policies| AccessMatrix::of(&policies.estate(stack), &accesses).rows);
    Comparison {
        rows: before.into_iter().zip(after).collect(),
        is_judged: matches!(goal, Goal::Up | Goal::Share(_)),
    }
}

impl Comparison {
    /// The rows in which something else comes than should, afterwards.
    pub(crate) fn unexpected(&self) -> impl Iterator<Item = &Row> {
        self.rows
            .iter()
            .map(|(_, after)| after)
            .filter(|row| self.mark(row) != ' ')
    }

    /// The sign of a row: `!` where something else comes than should, `?` where that is not known.
    pub(crate) fn mark(&self, row: &Row) -> char {
        match row.decision.verdict {
            _ if !self.is_judged || row.is_as_expected() => ' ',
            Verdict::Unknown { .. } => '?',
            _ => '!',
        }
    }
}
