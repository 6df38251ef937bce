//! How much a run asks, and what of it is reported.

use super::rules::Rule;
use athena_protocol::wire::TableName;
use std::collections::BTreeMap;
use std::time::Duration;

/// How much is asked.
#[derive(Debug, Clone)]
pub struct Options {
    /// The tables to judge by; if there is none, the first that are listed and have rows.
    pub tables: Vec<TableName>,
    /// Tables that are chosen at most.
    pub tables_at_most: usize,
    /// Rows of the largest table that is judged by: all of them are kept in memory and read some hundred times.
    pub rows_at_most: usize,
    /// Questions that one table is asked at most.
    pub questions_at_most: usize,
    /// How long a call may take.
    pub call_limit: Duration,
    /// How many rows tables are known to have. Rows that are never given cannot be missed otherwise.
    pub expected_rows: BTreeMap<TableName, u64>,
    /// Try and report these rules alone: whole names, or the part before the slash. All if there is none.
    pub rules: Vec<String>,
}

impl Default for Options {
    /// Three tables of up to 20,000 rows, 120 questions each, calls of up to a minute.
    fn default() -> Self {
        Self {
            tables: Vec::new(),
            tables_at_most: 3,
            rows_at_most: 20_000,
            questions_at_most: 120,
            call_limit: Duration::from_mins(1),
            expected_rows: BTreeMap::new(),
            rules: Vec::new(),
        }
    }
}

impl Options {
    /// Whether the rule is to be reported.
    pub fn wants(&self, rule: Rule) -> bool {
        let subject = rule.name().split('/').next();
        self.rules.is_empty()
            || self
                .rules
                .iter()
                .any(|wanted| wanted == rule.name() || Some(wanted.as_str()) == subject)
    }

    pub(super) fn wants_any(&self, rules: &[Rule]) -> bool {
        rules.iter().any(|rule| self.wants(*rule))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_chosen_by_their_subject_or_their_name() {
        let all = Options::default();
        assert!(Rule::ALL.iter().all(|rule| all.wants(*rule)));
        let some = Options {
            rules: vec!["spill".to_owned(), "ping/answer".to_owned()],
            ..Options::default()
        };
        assert!(some.wants(Rule::SpillRows) && some.wants(Rule::PingAnswer));
        assert!(!some.wants(Rule::SplitsEnd) && !some.wants(Rule::AnswerTime));
    }
}
