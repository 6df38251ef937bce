//! What was found: for each rule how often it was held against an answer, and what spoke against it.

use super::rules::Rule;
use std::collections::BTreeMap;

/// How a rule stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It was tried and always held.
    Passed,
    /// It was broken at least once.
    Failed,
    /// There was nothing to try it on.
    Skipped,
}

impl Outcome {
    /// `passed`, `failed` or `skipped`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }
}

/// What came of one rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule.
    pub rule: Rule,
    /// How it stands.
    pub outcome: Outcome,
    /// How often it was tried.
    pub checks: u64,
    /// How often it was broken.
    pub failures: u64,
    /// What spoke against it, the first few; or why it was not tried. Names tables, columns, kinds and numbers, never an item's value.
    pub evidence: Vec<String>,
}

/// Collects findings while a connector is judged.
#[derive(Debug, Default)]
pub(super) struct Ledger {
    entries: BTreeMap<Rule, Entry>,
}

#[derive(Debug, Default)]
struct Entry {
    checks: u64,
    failures: u64,
    evidence: Vec<String>,
    skipped: Option<String>,
}

impl Ledger {
    /// Holds the rule against something; `evidence` says what spoke against it.
    pub(super) fn check(&mut self, rule: Rule, holds: bool, evidence: impl FnOnce() -> String) {
        let entry = self.entries.entry(rule).or_default();
        entry.checks += 1;
        if holds {
            return;
        }
        entry.failures += 1;
        if entry.evidence.len() < SHOWN {
            let evidence = evidence();
            if !entry.evidence.contains(&evidence) {
                entry.evidence.push(evidence);
            }
        }
    }

    /// The rule held.
    pub(super) fn pass(&mut self, rule: Rule) {
        self.check(rule, true, String::new);
    }

    /// The rule was broken.
    pub(super) fn fail(&mut self, rule: Rule, evidence: impl Into<String>) {
        self.check(rule, false, || evidence.into());
    }

    /// The rule cannot be tried; the first reason is kept.
    pub(super) fn skip(&mut self, rule: Rule, why: impl Into<String>) {
        let entry = self.entries.entry(rule).or_default();
        entry.skipped.get_or_insert_with(|| why.into());
    }

    /// The findings of these rules, in their order.
    pub(super) fn findings(mut self, rules: impl Iterator<Item = Rule>) -> Vec<Finding> {
        let finding = |rule| {
            let entry = self.entries.remove(&rule).unwrap_or_default();
            let outcome = match (entry.failures, entry.checks) {
                (1.., _) => Outcome::Failed,
                (0, 1..) => Outcome::Passed,
                (0, 0) => Outcome::Skipped,
            };
            let why = || vec![entry.skipped.unwrap_or_else(|| NOTHING.to_owned())];
            Finding {
                rule,
                outcome,
                checks: entry.checks,
                failures: entry.failures,
                evidence: match outcome {
                    Outcome::Skipped => why(),
                    _ => entry.evidence,
                },
            }
        };
        rules.map(finding).collect()
    }
}

/// Different pieces of evidence that are kept for a rule.
const SHOWN: usize = 5;
const NOTHING: &str = "nothing came up to try it on";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_is_failed_by_one_breach_and_passed_only_if_it_was_tried() {
        let mut ledger = Ledger::default();
        ledger.pass(Rule::PingAnswer);
        ledger.fail(Rule::PingAnswer, "no version");
        ledger.pass(Rule::AnswerSize);
        ledger.skip(Rule::SpillForced, "no rows");
        ledger.skip(Rule::SpillForced, "another reason");
        ledger.skip(Rule::AnswerSize, "of no weight");
        let rules = [
            Rule::PingAnswer,
            Rule::AnswerSize,
            Rule::SpillForced,
            Rule::OrderFirst,
        ];
        let findings = ledger.findings(rules.into_iter());
        let told: Vec<_> = findings
            .iter()
            .map(|finding| {
                let evidence = finding.evidence.first().map(String::as_str);
                (finding.outcome, finding.checks, evidence)
            })
            .collect();
        assert_eq!(
            told,
            [
                (Outcome::Failed, 2, Some("no version")),
                (Outcome::Passed, 1, None),
                (Outcome::Skipped, 0, Some("no rows")),
                (Outcome::Skipped, 0, Some(NOTHING)),
            ]
        );
    }

    #[test]
    fn breaches_are_counted_and_the_first_few_kept() {
        let mut ledger = Ledger::default();
        for number in 0..20 {
            ledger.fail(Rule::FilterValues, format!("row {}", number / 2));
        }
        let finding = &ledger.findings([Rule::FilterValues].into_iter())[0];
        assert_eq!((finding.failures, finding.evidence.len()), (20, SHOWN));
        assert_eq!(finding.evidence[1], "row 1");
    }
}
