//! What two statements differ in, element by element.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::arn::ResourcePattern;
use crate::condition::{ConditionKey, Conditions, Operator};
use crate::principal::{AwsPrincipal, Principal};
use crate::statement::{Effect, Scope, Statement};

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

pub(super) fn differences(before: &Statement, after: &Statement) -> Vec<Difference> {
    let mut found = Vec::new();
    let sid = |statement: &Statement| {
        statement
            .sid
            .iter()
            .map(|sid| quoted(sid.as_str()))
            .collect()
    };
    let effect = |statement: &Statement| vec![quoted(statement.effect.as_str())];
    // What was allowed and is denied now is less, whatever else changes; the other way round it may be more.
    let turned = before.effect != after.effect;
    let mut note = |element, (gone, came): (Vec<String>, Vec<String>), reach: Reach| {
        if !(gone.is_empty() && came.is_empty()) {
            let widens = if turned {
                after.effect == Effect::Allow
            } else {
                reach.widens(before.effect)
            };
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
        let actions = |set: &BTreeSet<Action>| {
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
        let resources = |set: &BTreeSet<ResourcePattern>| {
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
        let (lists, reach) = values(operator, key, &before.conditions, &after.conditions);
        note(Element::Condition(operator, key.clone()), lists, reach);
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

/// What the values of one operator on one key lose and gain.
fn values(
    operator: Operator,
    key: &ConditionKey,
    before: &Conditions,
    after: &Conditions,
) -> ((Vec<String>, Vec<String>), Reach) {
    let (old, new) = (before.values(operator, key), after.values(operator, key));
    let listed = |values: Option<&BTreeSet<String>>| -> Items {
        let meanings = values
            .into_iter()
            .flat_map(|values| operator.test.meanings(values));
        meanings
            .map(|(meaning, value)| (meaning, quoted(value)))
            .collect()
    };
    let lists = apart(&listed(old), &listed(new));
    // The values are alternatives, so more of them let more pass; of a negated operator, less.
    let reach = match (old, new) {
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
    (lists, reach)
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
pub(super) type Items = Vec<(String, String)>;

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

pub(super) fn principals(principal: &Principal) -> Items {
    let mut items = Items::new();
    if principal.is_anyone() {
        items.push(("*".to_owned(), quoted("*")));
        return items;
    }
    for named in &principal.aws {
        let shown = match named {
            AwsPrincipal::UniqueId(id) => format!("`{id}` (deleted principal)"),
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

pub(super) fn tests_of(conditions: &Conditions) -> impl Iterator<Item = (Operator, &ConditionKey)> {
    conditions
        .iter()
        .flat_map(|(operator, keys)| keys.keys().map(move |key| (operator, key)))
}

pub(super) fn quoted(text: &str) -> String {
    format!("`{text}`")
}
