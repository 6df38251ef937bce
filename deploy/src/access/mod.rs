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

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::fmt::Write as _;

    use iam_policy_kit::carried::carried;

    use super::*;

    const SHARED: &str = r#"
        region = "us-east-1"
        [a]
        account = "111111111111"
        [[b]]
        account = "222222222222"
        profile = "b"
        [[b]]
        account = "333333333333"
        profile = "c"
        external-id = "agreed"
        [connector]
        spill-bucket = "ds-spill-bucket"
    "#;

    /// A stack that the accounts of `text` share, all of which can be entered, and nothing is there yet.
    fn stack(text: &str) -> (Stack, Found) {
        let stack = Stack::of_file(text);
        let mut found = Found::nothing();
        found.shares = (stack.settings.shares.iter())
            .map(|share| (share.account.clone(), crate::plan::FoundShare::entered()))
            .collect::<BTreeMap<_, _>>();
        (stack, found)
    }

    #[test]
    fn a_finished_set_up_allows_what_it_should_and_no_more_in_every_style() {
        for style in ["", "strict = true", "seed-exact = true"] {
            let (stack, found) = stack(&format!("{SHARED}{style}"));
            let plan = Plan::of(&stack, &found, &Goal::Up);
            let comparison = compare(&stack, &found, &plan, &Goal::Up);
            let unexpected: Vec<String> = comparison
                .unexpected()
                .map(|row| format!("{}: {}", row.access.name, row.decision))
                .collect();
            assert_eq!(unexpected, [""; 0], "{style}");
            // Before, nothing of it is there but the rights that people give themselves.
            let allowed = comparison
                .rows
                .iter()
                .filter(|(before, _)| before.decision.is_allowed());
            let allowed: Vec<&str> = allowed.map(|(row, _)| row.access.name.as_str()).collect();
            let own = ["sees the catalog", "starts queries"];
            assert!(
                allowed
                    .iter()
                    .all(|name| own.iter().any(|own| name.ends_with(own))),
                "{allowed:?}"
            );
        }
    }

    #[test]
    fn each_statement_carries_the_links_that_it_is_there_for() {
        let (stack, found) = stack(&format!("{SHARED}strict = true"));
        let plan = Plan::of(&stack, &found, &Goal::Up);
        let estate = policies::Policies::found(&stack, &found)
            .with(&stack, &plan)
            .estate(&stack);
        let mut told = String::new();
        for carried in carried(&estate, &links::all(&stack)) {
            let _ = writeln!(told, "{}", carried.statement);
            for access in &carried.accesses {
                let _ = writeln!(told, "    {access}");
            }
        }
        insta::assert_snapshot!(told);
    }

    #[test]
    fn who_leaves_loses_what_it_had_and_nobody_else_does() {
        let (stack, found) = stack(SHARED);
        let up = Plan::of(&stack, &found, &Goal::Up);
        let mut there = found.clone();
        there.take(&stack, &up);
        let leaving = vec![stack.settings.shares[0].clone()];
        let goal = Goal::Unshare(leaving);
        let plan = Plan::of(&stack, &there, &goal);
        let comparison = compare(&stack, &there, &plan, &goal);
        for (before, after) in &comparison.rows {
            let name = &after.access.name;
            let leaves = name.starts_with("222222222222: ");
            if !leaves {
                assert_eq!(
                    before.decision.verdict.word(),
                    after.decision.verdict.word(),
                    "{name}"
                );
            } else if !name.ends_with("sees the catalog") && !name.ends_with("starts queries") {
                assert!(after.decision.is_denied(), "{name}: {}", after.decision);
            }
        }
    }
}
