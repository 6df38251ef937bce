//! From JSON to a document.

use std::collections::BTreeSet;

use crate::action::Action;
use crate::arn::ResourcePattern;
use crate::condition::{ConditionKey, Conditions, Operator};
use crate::document::{Document, Version};
use crate::error::ValueError;
use crate::json::node::Node;
use crate::principal::{AwsPrincipal, Principal};
use crate::statement::{Effect, Scope, Sid, Statement};

/// Why a text is not a policy document. `at` is a path such as `Statement[1].Condition.StringLike`.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum ParseError {
    /// Not JSON, or an object with two members of one name.
    #[error("cannot read the policy document as JSON")]
    Json {
        /// What the JSON reader says, with line and column.
        #[source]
        source: serde_json::Error,
    },
    /// Not percent-encoded UTF-8.
    #[error(
        "cannot decode the policy document: byte {at} does not belong into percent-encoded text"
    )]
    Percent {
        /// Where, in bytes from 0: in the text given, or for bytes that are not UTF-8, in the decoded text.
        at: usize,
    },
    /// JSON of another shape than this element has.
    #[error("`{at}` must be {expected}, got {got}")]
    Shape {
        /// The element.
        at: String,
        /// What belongs there.
        expected: &'static str,
        /// What was found.
        got: &'static str,
    },
    /// An element that the policy language does not have.
    #[error("`{at}` is not an element of the policy language")]
    UnknownElement {
        /// The element.
        at: String,
    },
    /// An element that every statement needs.
    #[error("`{at}` lacks `{element}`")]
    Missing {
        /// The document or statement.
        at: String,
        /// What it lacks; two names where either would do.
        element: &'static str,
    },
    /// An element together with its negation.
    #[error("`{at}` has both `{element}` and `Not{element}`")]
    Both {
        /// The statement.
        at: String,
        /// The element.
        element: &'static str,
    },
    /// One condition key twice under one operator, in different case.
    #[error("`{at}` names the condition key `{key}` twice, and case does not tell keys apart")]
    RepeatedKey {
        /// The operator.
        at: String,
        /// The key as written the second time.
        key: String,
    },
    /// A value that breaks the rules of its element.
    #[error("`{at}` has a value that is not allowed")]
    Value {
        /// The element.
        at: String,
        /// The rule.
        #[source]
        source: ValueError,
    },
}

pub(super) fn document(text: &str) -> Result<Document, ParseError> {
    let root = serde_json::from_str(text).map_err(|source| ParseError::Json { source })?;
    let mut read = Document::default();
    let mut statements = None;
    for (name, node) in members("policy document", root)? {
        match name.as_str() {
            "Version" => read.version = Some(value(&name, Version::new(&single(&name, node)?))?),
            "Id" => read.id = Some(single(&name, node)?),
            "Statement" => statements = Some(node),
            _ => return Err(ParseError::UnknownElement { at: name }),
        }
    }
    read.statements = match statements {
        None => {
            return Err(ParseError::Missing {
                at: "policy document".to_owned(),
                element: "Statement",
            });
        }
        Some(Node::List(items)) => items
            .into_iter()
            .enumerate()
            .map(|(index, item)| statement(&format!("Statement[{index}]"), item))
            .collect::<Result<_, _>>()?,
        Some(one) => vec![statement("Statement", one)?],
    };
    Ok(read)
}

/// Reads one statement by itself.
pub(super) fn one_statement(text: &str) -> Result<Statement, ParseError> {
    let root = serde_json::from_str(text).map_err(|source| ParseError::Json { source })?;
    statement("Statement", root)
}

fn statement(at: &str, node: Node) -> Result<Statement, ParseError> {
    let (mut sid, mut effect, mut conditions) = (None, None, Conditions::none());
    let (mut principal, mut action, mut resource) = (None, None, None);
    for (name, node) in members(at, node)? {
        let place = format!("{at}.{name}");
        match name.as_str() {
            "Sid" => sid = Some(Sid::as_found(&single(&place, node)?)),
            "Effect" => effect = Some(value(&place, Effect::new(&single(&place, node)?))?),
            "Principal" => set(
                &mut principal,
                at,
                "Principal",
                Scope::Only(principal_of(&place, node)?),
            )?,
            "NotPrincipal" => set(
                &mut principal,
                at,
                "Principal",
                Scope::AllBut(principal_of(&place, node)?),
            )?,
            "Action" => set(
                &mut action,
                at,
                "Action",
                Scope::Only(values(&place, node, Action::new)?),
            )?,
            "NotAction" => set(
                &mut action,
                at,
                "Action",
                Scope::AllBut(values(&place, node, Action::new)?),
            )?,
            "Resource" => {
                set(
                    &mut resource,
                    at,
                    "Resource",
                    Scope::Only(values(&place, node, ResourcePattern::new)?),
                )?;
            }
            "NotResource" => {
                set(
                    &mut resource,
                    at,
                    "Resource",
                    Scope::AllBut(values(&place, node, ResourcePattern::new)?),
                )?;
            }
            "Condition" => conditions = conditions_of(&place, node)?,
            _ => return Err(ParseError::UnknownElement { at: place }),
        }
    }
    let missing = |element| ParseError::Missing {
        at: at.to_owned(),
        element,
    };
    Ok(Statement {
        sid,
        effect: effect.ok_or_else(|| missing("Effect"))?,
        principal,
        action: action.ok_or_else(|| missing("Action` or `NotAction"))?,
        resource,
        conditions,
    })
}

/// Fills an element that may stand only once, as itself or negated.
fn set<T>(
    slot: &mut Option<Scope<T>>,
    at: &str,
    element: &'static str,
    scope: Scope<T>,
) -> Result<(), ParseError> {
    if slot.is_some() {
        return Err(ParseError::Both {
            at: at.to_owned(),
            element,
        });
    }
    *slot = Some(scope);
    Ok(())
}

fn principal_of(at: &str, node: Node) -> Result<Principal, ParseError> {
    // AWS itself writes only `*` so; emulators, and Lambda's own input, also an account or an ARN.
    if let Node::Text(text) = &node {
        return value(at, AwsPrincipal::new(text)).map(Principal::aws);
    }
    if !matches!(node, Node::Object(_)) {
        return Err(shape(at, "`*` or an object of principals by kind", &node));
    }
    let kinds = members(at, node)?;
    if kinds.is_empty() {
        return Err(ParseError::Shape {
            at: at.to_owned(),
            expected: "`*` or an object of principals by kind",
            got: "an empty object",
        });
    }
    let mut principal = Principal::default();
    for (kind, node) in kinds {
        let place = format!("{at}.{kind}");
        match kind.as_str() {
            "AWS" => principal.aws = values(&place, node, |text| AwsPrincipal::new(&text))?,
            "Service" => principal.services = values(&place, node, Ok)?,
            "Federated" => principal.federated = values(&place, node, Ok)?,
            "CanonicalUser" => principal.canonical_users = values(&place, node, Ok)?,
            _ => {
                return Err(ParseError::Value {
                    at: at.to_owned(),
                    source: ValueError::PrincipalKind { got: kind },
                });
            }
        }
    }
    Ok(principal)
}

fn conditions_of(at: &str, node: Node) -> Result<Conditions, ParseError> {
    let mut conditions = Conditions::none();
    for (name, node) in members(at, node)? {
        let place = format!("{at}.{name}");
        let operator: Operator = value(&place, name.parse())?;
        for (key, node) in members(&place, node)? {
            let place_of_key = format!("{place}.{key}");
            let key = value(&place_of_key, ConditionKey::new(key))?;
            if conditions.values(operator, &key).is_some() {
                return Err(ParseError::RepeatedKey {
                    at: place,
                    key: key.as_str().to_owned(),
                });
            }
            conditions = conditions.with(operator, key, condition_values(&place_of_key, node)?);
        }
    }
    Ok(conditions)
}

fn condition_values(at: &str, node: Node) -> Result<BTreeSet<String>, ParseError> {
    one_or_more(at, node)?
        .into_iter()
        .map(|node| match node {
            Node::Text(text) | Node::Scalar(text) => Ok(text),
            other => Err(shape(
                at,
                "a text, number or truth value, or a list of them",
                &other,
            )),
        })
        .collect()
}

/// A set of texts, each turned into a value.
fn values<T: Ord>(
    at: &str,
    node: Node,
    parse: impl Fn(String) -> Result<T, ValueError>,
) -> Result<BTreeSet<T>, ParseError> {
    let mut read = BTreeSet::new();
    for node in one_or_more(at, node)? {
        match node {
            // Of two equal values the first spelling stays: `insert` does not replace.
            Node::Text(text) => {
                read.insert(value(at, parse(text))?);
            }
            other => return Err(shape(at, "a text or a list of texts", &other)),
        }
    }
    Ok(read)
}

fn one_or_more(at: &str, node: Node) -> Result<Vec<Node>, ParseError> {
    match node {
        Node::List(items) if items.is_empty() => Err(ParseError::Shape {
            at: at.to_owned(),
            expected: "a text or a list of texts",
            got: "an empty list",
        }),
        Node::List(items) => Ok(items),
        one => Ok(vec![one]),
    }
}

fn single(at: &str, node: Node) -> Result<String, ParseError> {
    match node {
        Node::Text(text) => Ok(text),
        other => Err(shape(at, "a text", &other)),
    }
}

fn members(at: &str, node: Node) -> Result<Vec<(String, Node)>, ParseError> {
    match node {
        Node::Object(members) => Ok(members),
        other => Err(shape(at, "an object", &other)),
    }
}

fn shape(at: &str, expected: &'static str, got: &Node) -> ParseError {
    ParseError::Shape {
        at: at.to_owned(),
        expected,
        got: got.kind(),
    }
}

fn value<T>(at: &str, parsed: Result<T, ValueError>) -> Result<T, ParseError> {
    parsed.map_err(|source| ParseError::Value {
        at: at.to_owned(),
        source,
    })
}
