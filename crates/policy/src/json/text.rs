//! A document as its text, in which single statements are put and removed and all else stays letter for letter.

use std::fmt;

use serde_json::value::RawValue;

use crate::json::node::Members;
use crate::json::read::{self, ParseError};
use crate::merge::{Change, Seen, Step, Unnamed, Write};
use crate::statement::{Sid, Statement};

/// The text of a policy document, cut into statements. `Display` prints it.
///
/// ```
/// use iam_policy_kit::json::Text;
/// use iam_policy_kit::{Document, Unnamed};
///
/// let mut text = Text::new(r#"{"Statement": [{"Sid":"Theirs", "Effect":"Allow", "Future":1}]}"#)?;
/// let ours = Document::from_json(
///     r#"{"Statement": {"Sid": "Ours", "Effect": "Deny", "Action": "*", "Resource": "*"}}"#,
/// )?;
/// text.put(&ours.statements[0], Unnamed::Accept);
/// assert_eq!(
///     text.to_string(),
///     r#"{"Statement":[{"Sid":"Theirs", "Effect":"Allow", "Future":1},{"Sid":"Ours","Effect":"Deny","Action":"*","Resource":"*"}]}"#,
/// );
/// # Ok::<(), iam_policy_kit::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Text {
    /// Members before and after the statements, as written.
    before: Vec<(String, Box<RawValue>)>,
    statements: Vec<Part>,
    after: Vec<(String, Box<RawValue>)>,
}

/// One statement: its text, and what could be read of it.
#[derive(Debug, Clone)]
struct Part {
    text: Box<RawValue>,
    sid: Option<String>,
    statement: Option<Statement>,
}

impl Text {
    /// Cuts the text of a document.
    ///
    /// # Errors
    /// [`ParseError`] if it is not a JSON object with statements. What stands inside a statement is not asked.
    pub fn new(text: &str) -> Result<Self, ParseError> {
        let (mut before, mut after, mut statements) = (Vec::new(), Vec::new(), None);
        for (name, value) in members(text)? {
            if name == "Statement" {
                statements = Some(list(value)?);
            } else if statements.is_none() {
                before.push((name, value));
            } else {
                after.push((name, value));
            }
        }
        let statements = statements.ok_or_else(|| ParseError::Missing {
            at: "policy document".to_owned(),
            element: "Statement",
        })?;
        Ok(Self {
            before,
            statements: statements.into_iter().map(Part::read).collect(),
            after,
        })
    }

    /// As [`Document::put`](crate::Document::put).
    pub fn put(&mut self, statement: &Statement, unnamed: Unnamed) -> Change {
        let step = Step::to_put(&self.seen(), statement, unnamed);
        self.apply(step, Some(statement))
    }

    /// As [`Document::remove`](crate::Document::remove).
    pub fn remove(&mut self, sid: &Sid) -> Change {
        let step = Step::to_remove(&self.seen(), sid);
        self.apply(step, None)
    }

    /// Whether no statement is left, so that the policy should be deleted.
    pub fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    fn seen(&self) -> Vec<Seen<'_>> {
        let seen = |part| {
            let Part { sid, statement, .. }: &Part = part;
            Seen {
                sid: sid.as_deref(),
                statement: statement.as_ref(),
            }
        };
        self.statements.iter().map(seen).collect()
    }

    fn apply(&mut self, step: Step, statement: Option<&Statement>) -> Change {
        match (step.write, statement) {
            (Some(Write::At(at)), Some(statement)) => self.statements[at] = Part::write(statement),
            (Some(Write::AtEnd), Some(statement)) => self.statements.push(Part::write(statement)),
            _ => {}
        }
        for at in step.drop.into_iter().rev() {
            self.statements.remove(at);
        }
        step.change
    }
}

impl Part {
    fn read(text: Box<RawValue>) -> Self {
        let sid = members(text.get()).ok().and_then(|members| {
            let (_, sid) = members.into_iter().find(|(name, _)| name == "Sid")?;
            serde_json::from_str(sid.get()).ok()
        });
        Self {
            sid,
            statement: read::one_statement(text.get()).ok(),
            text,
        }
    }

    fn write(statement: &Statement) -> Self {
        let text = super::write::statement(statement);
        Self {
            text: RawValue::from_string(text).expect("a printed statement is JSON"),
            sid: statement.sid.as_ref().map(Sid::to_string),
            statement: Some(statement.clone()),
        }
    }
}

fn members(text: &str) -> Result<Vec<(String, Box<RawValue>)>, ParseError> {
    let Members(members) =
        serde_json::from_str(text).map_err(|source| ParseError::Json { source })?;
    Ok(members)
}

/// The elements of a list, or the one that stands in its place.
fn list(value: Box<RawValue>) -> Result<Vec<Box<RawValue>>, ParseError> {
    if value.get().starts_with('[') {
        serde_json::from_str(value.get()).map_err(|source| ParseError::Json { source })
    } else {
        Ok(vec![value])
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statements: Vec<&str> = self.statements.iter().map(|part| part.text.get()).collect();
        let statements = format!("\"Statement\":[{}]", statements.join(","));
        let member = |(name, value): &(String, Box<RawValue>)| {
            let name = serde_json::Value::String(name.clone());
            format!("{name}:{value}")
        };
        let members: Vec<String> = self
            .before
            .iter()
            .map(member)
            .chain([statements])
            .chain(self.after.iter().map(member))
            .collect();
        write!(f, "{{{}}}", members.join(","))
    }
}
