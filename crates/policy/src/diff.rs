//! What differs between two documents, statement by statement and in words.

use std::collections::BTreeSet;
use std::fmt;

use crate::condition::{ConditionKey, Conditions, Operator};
use crate::document::{Document, Version};
use crate::principal::Principal;
use crate::statement::{Effect, Scope, Sid, Statement};

/// What changes from one document to another. Spelling, order and repeats are no change.
///
/// `Display` gives a line for each statement: `=` stays, `+` comes, `-` goes, `~` changes, then in words what about it.
///
/// ```
/// use iam_policy_kit::{Document, diff::DocumentDiff};
/// let document = |action| {
///     let text = format!(r#"{{"Statement": {{"Sid": "Read", "Effect": "Allow", "Action": {action}, "Resource": "*"}}}}"#);
///     Document::from_json(&text).unwrap()
/// };
/// let diff = DocumentDiff::between(&document(r#""s3:GetObject""#), &document(r#"["S3:getobject", "s3:PutObject"]"#));
/// assert_eq!(diff.to_string(), "~ `Read`: Action gains `s3:PutObject` (widens access)\n");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DocumentDiff {
    /// The versions that apply, if they differ. That matters only where `${` occurs; elsewhere it is a note.
    pub version: Option<(Version, Version)>,
    /// The statements: first in the order of the earlier document, then those that come.
    pub statements: Vec<StatementDiff>,
}

/// What becomes of one statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum StatementDiff {
    /// It stays.
    Same(Statement),
    /// It is new.
    Added(Statement),
    /// It goes.
    Removed(Statement),
    /// It changes.
    Changed {
        /// As it was.
        before: Box<Statement>,
        /// As it becomes.
        after: Box<Statement>,
        /// Element by element; not empty.
        differences: Vec<Difference>,
    },
}

/// What changes about one element.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Difference {
    /// Which.
    pub element: Element,
    /// What it no longer has.
    pub gone: Vec<String>,
    /// What it has now.
    pub came: Vec<String>,
    /// Whether more may be done than before. Also true where that cannot be excluded.
    pub widens: bool,
}

/// An element of a statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Element {
    /// The id.
    Sid,
    /// Allow or deny.
    Effect,
    /// `Principal` or `NotPrincipal`.
    Principal,
    /// `Action` or `NotAction`.
    Action,
    /// `Resource` or `NotResource`.
    Resource,
    /// One operator on one key.
    Condition(Operator, ConditionKey),
}

impl DocumentDiff {
    /// Compares two documents by meaning.
    ///
    /// Statements that are equal belong together, then those of one Sid, then those that are equal but for the Sid.
    pub fn between(before: &Document, after: &Document) -> Self {
        let mut pairs: Vec<(&Statement, Option<&Statement>)> =
            before.statements.iter().map(|old| (old, None)).collect();
        let mut new: Vec<&Statement> = after.statements.iter().collect();
        let equal = |old: &Statement, new: &Statement| old == new;
        let one_sid = |old: &Statement, new: &Statement| old.sid.is_some() && old.sid == new.sid;
        let renamed = |old: &Statement, new: &Statement| nameless(old) == nameless(new);
        let rules: [&dyn Fn(&Statement, &Statement) -> bool; 3] = [&equal, &one_sid, &renamed];
        for belongs in rules {
            for (old, partner) in pairs.iter_mut().filter(|(_, partner)| partner.is_none()) {
                if let Some(at) = new.iter().position(|new| belongs(old, new)) {
                    *partner = Some(new.remove(at));
                }
            }
        }
        // A statement written twice says no more than once.
        let repeats = |statement: &Statement, of: &Document| of.statements.contains(statement);
        let mut statements: Vec<StatementDiff> = Vec::new();
        for (old, partner) in pairs {
            match partner {
                Some(new) if old == new => statements.push(StatementDiff::Same(old.clone())),
                Some(new) => statements.push(StatementDiff::Changed {
                    before: Box::new(old.clone()),
                    after: Box::new(new.clone()),
                    differences: differences(old, new),
                }),
                None if repeats(old, after) => {}
                None => statements.push(StatementDiff::Removed(old.clone())),
            }
        }
        let new = new.into_iter().filter(|new| !repeats(new, before));
        statements.extend(new.cloned().map(StatementDiff::Added));
        let versions = (before.effective_version(), after.effective_version());
        Self {
            version: (versions.0 != versions.1).then_some(versions),
            statements,
        }
    }

    /// Whether all statements stay. The version does not count.
    pub fn is_empty(&self) -> bool {
        let stays = |diff: &StatementDiff| matches!(diff, StatementDiff::Same(_));
        self.statements.iter().all(stays)
    }

    /// Whether more may be done than before, or that cannot be excluded.
    pub fn widens(&self) -> bool {
        self.statements.iter().any(StatementDiff::widens)
    }
}

impl StatementDiff {
    /// Whether more may be done than before, or that cannot be excluded.
    pub fn widens(&self) -> bool {
        match self {
            Self::Same(_) => false,
            Self::Added(statement) => statement.effect == Effect::Allow,
            Self::Removed(statement) => statement.effect == Effect::Deny,
            Self::Changed { differences, .. } => {
                differences.iter().any(|difference| difference.widens)
            }
        }
    }
}

fn nameless(statement: &Statement) -> Statement {
    Statement {
        sid: None,
        ..statement.clone()
    }
}

fn differences(before: &Statement, after: &Statement) -> Vec<Difference> {
    let mut found = Vec::new();
    let sid = |statement: &Statement| statement.sid.iter().map(Sid::to_string).collect();
    let effect = |statement: &Statement| vec![statement.effect.as_str().to_owned()];
    // With another effect, each element means the opposite.
    let turned = before.effect != after.effect;
    let mut note = |element, (gone, came): (Vec<String>, Vec<String>), reach: Reach| {
        if !(gone.is_empty() && came.is_empty()) {
            let widens = turned || reach.widens(before.effect);
            found.push(Difference {
                element,
                gone,
                came,
                widens,
            });
        }
    };
    if before.sid != after.sid {
        note(Element::Sid, (sid(before), sid(after)), Reach::same());
    }
    if turned {
        note(
            Element::Effect,
            (effect(before), effect(after)),
            Reach::same(),
        );
    }
    if before.principal != after.principal {
        let (lists, reach) = scopes(
            before.principal.as_ref(),
            after.principal.as_ref(),
            "Principal",
            principals,
        );
        note(Element::Principal, lists, reach);
    }
    if before.action != after.action {
        let actions = |set: &BTreeSet<crate::Action>| {
            set.iter()
                .map(|action| {
                    (
                        action.as_str().to_ascii_lowercase(),
                        quoted(action.as_str()),
                    )
                })
                .collect()
        };
        let (lists, reach) = scopes(Some(&before.action), Some(&after.action), "Action", actions);
        note(Element::Action, lists, reach);
    }
    if before.resource != after.resource {
        let resources = |set: &BTreeSet<crate::ResourcePattern>| {
            set.iter()
                .map(|pattern| (pattern.as_str().to_owned(), quoted(pattern.as_str())))
                .collect()
        };
        let (lists, reach) = scopes(
            before.resource.as_ref(),
            after.resource.as_ref(),
            "Resource",
            resources,
        );
        note(Element::Resource, lists, reach);
    }
    for (operator, key) in tests_of(&before.conditions).chain(tests_of(&after.conditions)) {
        let element = Element::Condition(operator, key.clone());
        let values = |conditions: &Conditions| conditions.values(operator, key).cloned();
        let (old, new) = (values(&before.conditions), values(&after.conditions));
        let listed = |values: &Option<BTreeSet<String>>| -> Items {
            let meanings = values
                .iter()
                .flat_map(|values| operator.test.meanings(values));
            meanings
                .map(|(meaning, value)| (meaning, quoted(value)))
                .collect()
        };
        let lists = apart(&listed(&old), &listed(&new));
        // The values are alternatives, so more of them let more pass; of a negated operator, less.
        let reach = match (&old, &new) {
            (None, _) => Reach {
                more: false,
                less: true,
            },
            (_, None) => Reach {
                more: true,
                less: false,
            },
            _ => Reach::of(&lists, operator.test.is_negated()),
        };
        note(element, lists, reach);
    }
    let mut unique: Vec<Difference> = Vec::new();
    for difference in found {
        // A condition of both statements was met twice.
        if !unique.contains(&difference) {
            unique.push(difference);
        }
    }
    unique
}

/// Whether a statement speaks of more, or of less, than before.
#[derive(Clone, Copy)]
struct Reach {
    more: bool,
    less: bool,
}

impl Reach {
    fn same() -> Self {
        Self {
            more: false,
            less: false,
        }
    }

    fn of((gone, came): &(Vec<String>, Vec<String>), negated: bool) -> Self {
        let (more, less) = (!came.is_empty(), !gone.is_empty());
        if negated {
            Self {
                more: less,
                less: more,
            }
        } else {
            Self { more, less }
        }
    }

    fn widens(self, effect: Effect) -> bool {
        match effect {
            Effect::Allow => self.more,
            Effect::Deny => self.less,
        }
    }
}

/// What an element lists: what it means, how it is shown.
type Items = Vec<(String, String)>;

fn scopes<T>(
    before: Option<&Scope<T>>,
    after: Option<&Scope<T>>,
    element: &str,
    items: impl Fn(&T) -> Items,
) -> ((Vec<String>, Vec<String>), Reach) {
    match (before, after) {
        (Some(Scope::Only(before)), Some(Scope::Only(after))) => {
            let lists = apart(&items(before), &items(after));
            let reach = Reach::of(&lists, false);
            (lists, reach)
        }
        (Some(Scope::AllBut(before)), Some(Scope::AllBut(after))) => {
            let lists = apart(&items(before), &items(after));
            let reach = Reach::of(&lists, true);
            (lists, reach)
        }
        (before, after) => {
            let whole = |scope: Option<&Scope<T>>| {
                let (negation, named) = match scope {
                    None => return Vec::new(),
                    Some(Scope::Only(named)) => ("", named),
                    Some(Scope::AllBut(named)) => ("Not", named),
                };
                let named = items(named).into_iter();
                named
                    .map(|(_, shown)| format!("{negation}{element} {shown}"))
                    .collect()
            };
            (
                (whole(before), whole(after)),
                Reach {
                    more: true,
                    less: true,
                },
            )
        }
    }
}

fn principals(principal: &Principal) -> Items {
    let mut items = Items::new();
    if principal.is_anyone() {
        items.push(("*".to_owned(), quoted("*")));
        return items;
    }
    for named in &principal.aws {
        let shown = match named {
            crate::AwsPrincipal::UniqueId(id) => format!("`{id}` (deleted principal)"),
            other => quoted(&other.to_text()),
        };
        items.push((format!("AWS {}", named.meaning_text()), shown));
    }
    let by_kind = [
        ("service", &principal.services),
        ("identity provider", &principal.federated),
        ("canonical user", &principal.canonical_users),
    ];
    for (kind, names) in by_kind {
        items.extend(
            names
                .iter()
                .map(|name| (format!("{kind} {name}"), format!("{kind} `{name}`"))),
        );
    }
    items
}

fn apart(before: &Items, after: &Items) -> (Vec<String>, Vec<String>) {
    let without = |items: &Items, others: &Items| {
        let is_other = |meaning: &String| others.iter().any(|(other, _)| other == meaning);
        let kept = items.iter().filter(|(meaning, _)| !is_other(meaning));
        kept.map(|(_, shown)| shown.clone()).collect()
    };
    (without(before, after), without(after, before))
}

fn tests_of(conditions: &Conditions) -> impl Iterator<Item = (Operator, &ConditionKey)> {
    conditions
        .iter()
        .flat_map(|(operator, keys)| keys.keys().map(move |key| (operator, key)))
}

fn quoted(text: &str) -> String {
    format!("`{text}`")
}

impl fmt::Display for DocumentDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((before, after)) = self.version {
            writeln!(
                f,
                "  the version differs: {} and {}",
                before.as_str(),
                after.as_str()
            )?;
        }
        self.statements
            .iter()
            .try_for_each(|statement| writeln!(f, "{statement}"))
    }
}

impl fmt::Display for StatementDiff {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (sign, statement) = match self {
            Self::Same(statement) => ('=', statement),
            Self::Added(statement) => ('+', statement),
            Self::Removed(statement) => ('-', statement),
            Self::Changed { before, .. } => ('~', before.as_ref()),
        };
        match &statement.sid {
            Some(sid) => write!(f, "{sign} `{sid}`: ")?,
            None => write!(f, "{sign} statement without Sid: ")?,
        }
        match self {
            Self::Changed { differences, .. } => {
                let words: Vec<String> = differences.iter().map(Difference::to_string).collect();
                f.write_str(&words.join(", "))?;
            }
            _ => f.write_str(&summary(statement))?,
        }
        f.write_str(if self.widens() {
            " (widens access)"
        } else {
            ""
        })
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.element {
            Element::Sid => f.write_str("Sid")?,
            Element::Effect => f.write_str("Effect")?,
            Element::Principal => f.write_str("Principal")?,
            Element::Action => f.write_str("Action")?,
            Element::Resource => f.write_str("Resource")?,
            Element::Condition(operator, key) => {
                write!(f, "Condition {operator} {}", key.as_str())?
            }
        }
        let list = |items: &[String]| items.join(" and ");
        match (self.gone.as_slice(), self.came.as_slice()) {
            ([old], [new]) => write!(f, " changes from {old} to {new}"),
            (gone, []) => write!(f, " loses {}", list(gone)),
            ([], came) => write!(f, " gains {}", list(came)),
            (gone, came) => write!(f, " loses {} and gains {}", list(gone), list(came)),
        }
    }
}

/// A statement in one line: who may or must not do what, on what, and how many conditions there are.
fn summary(statement: &Statement) -> String {
    let texts = |items: Items| {
        items
            .into_iter()
            .map(|(_, shown)| shown)
            .collect::<Vec<_>>()
            .join(", ")
    };
    let scope = |not: bool, items: String| {
        if not {
            format!("all but {items}")
        } else {
            items
        }
    };
    let actions = |set: &BTreeSet<crate::Action>| {
        set.iter()
            .map(|action| quoted(action.as_str()))
            .collect::<Vec<_>>()
            .join(", ")
    };
    let mut words = statement.effect.as_str().to_ascii_lowercase();
    match &statement.principal {
        None => {}
        Some(Scope::Only(named)) => {
            words += &format!(" {}", scope(false, texts(principals(named))))
        }
        Some(Scope::AllBut(named)) => {
            words += &format!(" {}", scope(true, texts(principals(named))))
        }
    }
    words += " to do ";
    words += &match &statement.action {
        Scope::Only(set) => scope(false, actions(set)),
        Scope::AllBut(set) => scope(true, actions(set)),
    };
    if let Some(resource) = &statement.resource {
        let (not, set) = match resource {
            Scope::Only(set) => (false, set),
            Scope::AllBut(set) => (true, set),
        };
        let set: Vec<String> = set.iter().map(|pattern| quoted(pattern.as_str())).collect();
        words += &format!(" on {}", scope(not, set.join(", ")));
    }
    let conditions: Vec<String> = tests_of(&statement.conditions)
        .map(|(operator, key)| format!("{operator} {}", key.as_str()))
        .collect();
    if !conditions.is_empty() {
        words += &format!(" if {}", conditions.join(" and "));
    }
    words
}
