//! Putting statements into a document of which others wrote the rest, and taking them out again.
//!
//! A statement is ours if it has our Sid. All others stay as they are, in their order. The same work is done on a document
//! as values ([`Document::put`], [`Document::remove`]) and on its text ([`Text`](crate::json::Text)), which keeps foreign
//! statements letter for letter, those included that this crate cannot read.

use crate::document::Document;
use crate::statement::{Sid, Statement};

/// What to do with a statement that says what ours says but has no Sid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unnamed {
    /// It counts as ours and stays as it is.
    Accept,
    /// It gets our Sid.
    Adopt,
}

/// What putting or removing a statement did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Change {
    /// Nothing: it stood there already, in these or other words, or there was nothing to remove.
    Nothing,
    /// It was added at the end.
    Added,
    /// It took the place of the statement with its Sid that said something else.
    Replaced,
    /// A statement without Sid that said the same got the Sid.
    Adopted,
    /// It was taken out.
    Removed,
}

impl Document {
    /// Makes the document hold the statement: in the place of the one with its Sid, else at the end.
    ///
    /// A statement with the same Sid and meaning stays as it is written. Of several with that Sid, which no service but an
    /// emulator stores, the first is taken and the rest is removed. A statement without Sid is added unless its like is there.
    pub fn put(&mut self, statement: &Statement, unnamed: Unnamed) -> Change {
        let seen: Vec<Seen<'_>> = self.statements.iter().map(Seen::of).collect();
        let step = Step::to_put(&seen, statement, unnamed);
        self.apply(step, Some(statement))
    }

    /// Takes out the statements with that Sid.
    pub fn remove(&mut self, sid: &Sid) -> Change {
        let seen: Vec<Seen<'_>> = self.statements.iter().map(Seen::of).collect();
        let step = Step::to_remove(&seen, sid);
        self.apply(step, None)
    }

    fn apply(&mut self, step: Step, statement: Option<&Statement>) -> Change {
        if let Some(statement) = statement {
            match step.write {
                Some(Write::At(at)) => self.statements[at] = statement.clone(),
                Some(Write::AtEnd) => self.statements.push(statement.clone()),
                None => {}
            }
        }
        for at in step.drop.into_iter().rev() {
            self.statements.remove(at);
        }
        step.change
    }
}

/// What a step needs to know of a statement; `None` inside for one that cannot be read.
pub(crate) struct Seen<'a> {
    pub(crate) sid: Option<&'a str>,
    pub(crate) statement: Option<&'a Statement>,
}

impl<'a> Seen<'a> {
    fn of(statement: &'a Statement) -> Self {
        Self {
            sid: statement.sid.as_ref().map(Sid::as_str),
            statement: Some(statement),
        }
    }
}

/// What is to be done to a list of statements: first write, then drop.
pub(crate) struct Step {
    pub(crate) write: Option<Write>,
    /// Places to drop, ascending, none of them written to.
    pub(crate) drop: Vec<usize>,
    pub(crate) change: Change,
}

pub(crate) enum Write {
    At(usize),
    AtEnd,
}

impl Step {
    pub(crate) fn to_put(seen: &[Seen<'_>], statement: &Statement, unnamed: Unnamed) -> Self {
        let sid = statement.sid.as_ref().map(Sid::as_str);
        let mut named = (0..seen.len()).filter(|at| sid.is_some() && seen[*at].sid == sid);
        if let Some(first) = named.next() {
            let is_same = seen[first].statement == Some(statement);
            let drop: Vec<usize> = named.collect();
            return Self {
                write: (!is_same).then_some(Write::At(first)),
                change: if is_same && drop.is_empty() {
                    Change::Nothing
                } else {
                    Change::Replaced
                },
                drop,
            };
        }
        let nameless = Statement {
            sid: None,
            ..statement.clone()
        };
        let alike = seen
            .iter()
            .position(|seen| seen.statement == Some(&nameless));
        let (write, change) = match (alike, unnamed) {
            (Some(at), Unnamed::Adopt) if sid.is_some() => (Some(Write::At(at)), Change::Adopted),
            (Some(_), _) => (None, Change::Nothing),
            (None, _) => (Some(Write::AtEnd), Change::Added),
        };
        Self {
            write,
            drop: Vec::new(),
            change,
        }
    }

    pub(crate) fn to_remove(seen: &[Seen<'_>], sid: &Sid) -> Self {
        let has_sid = |at: &usize| seen[*at].sid == Some(sid.as_str());
        let drop: Vec<usize> = (0..seen.len()).filter(has_sid).collect();
        let change = if drop.is_empty() {
            Change::Nothing
        } else {
            Change::Removed
        };
        Self {
            write: None,
            drop,
            change,
        }
    }
}
