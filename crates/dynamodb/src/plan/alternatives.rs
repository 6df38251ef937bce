//! Conditions of which one must hold, over several attributes, as part of a filter expression.
//!
//! Each test in it lets every item pass whose shown value qualifies, and so do `AND` and `OR` of such tests. A test that cannot be
//! said holds for every item, and then so does any alternative that it stands in.

use athena_protocol::predicate::{Predicate, Test};

use super::aliases::Aliases;
use super::columns::Columns;
use super::conditions::{Condition, Known};
use super::filter::test;
use crate::table::Table;

/// What may be said of attributes.
pub(super) struct Sayable<'a> {
    /// The table.
    pub(super) table: &'a Table,
    /// Its columns.
    pub(super) columns: &'a Columns,
    /// Whether a filter may test the attribute.
    pub(super) attribute: &'a dyn Fn(&str) -> bool,
}

/// What an expression says of items.
enum Said {
    /// It holds for all.
    Always,
    /// It holds for none.
    Never,
    /// It holds for those that pass.
    Text(String),
}

impl Sayable<'_> {
    /// The expression for alternatives; `None` if it would say nothing, or has more parts than an expression may have.
    pub(super) fn alternatives(
        &self,
        predicate: &Predicate,
        aliases: &mut Aliases,
    ) -> Option<String> {
        let columns = predicate.tests();
        let first = columns.first()?;
        // What is asked of one column alone is a condition already.
        if columns.len() > MAX_TESTS || columns.iter().all(|test| test.column == first.column) {
            return None;
        }
        match self.say(predicate, aliases) {
            Said::Text(text) => Some(text),
            Said::Always | Said::Never => None,
        }
    }

    /// What a predicate says. One that comes to nothing leaves no placeholder.
    fn say(&self, predicate: &Predicate, aliases: &mut Aliases) -> Said {
        let mark = aliases.mark();
        let said = self.said(predicate, aliases);
        if !matches!(said, Said::Text(_)) {
            aliases.back_to(mark);
        }
        said
    }

    fn said(&self, predicate: &Predicate, aliases: &mut Aliases) -> Said {
        match predicate {
            Predicate::Unknown => Said::Always,
            Predicate::Test(test) => self.test(test, aliases),
            Predicate::All(parts) => {
                let mut texts = Vec::new();
                for part in parts {
                    match self.say(part, aliases) {
                        Said::Always => {}
                        Said::Never => return Said::Never,
                        Said::Text(text) => texts.push(text),
                    }
                }
                joined(texts, " AND ", Said::Always)
            }
            Predicate::Any(parts) => {
                let mut texts = Vec::new();
                for part in parts {
                    match self.say(part, aliases) {
                        Said::Always => return Said::Always,
                        Said::Never => {}
                        Said::Text(text) => texts.push(text),
                    }
                }
                joined(texts, " OR ", Said::Never)
            }
        }
    }

    fn test(&self, of: &Test, aliases: &mut Aliases) -> Said {
        let Some(domains) = Predicate::Test(of.clone()).domains() else {
            return Said::Never;
        };
        let column = self.columns.get(&of.column);
        let (Some(column), Some((_, domain))) = (column, domains.into_iter().next()) else {
            return Said::Always;
        };
        match Condition::known(self.table, column, domain) {
            Known::Impossible => Said::Never,
            Known::Condition(condition) if (self.attribute)(&condition.attribute) => {
                test(&condition, aliases).map_or(Said::Always, Said::Text)
            }
            Known::Nothing | Known::Condition(_) => Said::Always,
        }
    }
}

fn joined(mut texts: Vec<String>, by: &str, empty: Said) -> Said {
    match texts.len() {
        0 => empty,
        // DynamoDB refuses brackets around brackets.
        1 => Said::Text(texts.remove(0)),
        _ => Said::Text(format!("({})", texts.join(by))),
    }
}

/// More tests than operators that a filter may have.
const MAX_TESTS: usize = 300;
