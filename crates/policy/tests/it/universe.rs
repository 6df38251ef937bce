//! A universe small enough to ask for everything: four callers, two actions, three resources, one condition key.

use iam_policy_kit::Document;
use iam_policy_kit::access::{Attachment, Caller, Estate, Request};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Value, json};

use crate::cases::{A, B, account, arn, resource, session, user};

const ACTIONS: [&str; 2] = ["s3:GetObject", "s3:PutObject"];
const RESOURCES: [&str; 3] = ["arn:aws:s3:::x", "arn:aws:s3:::x/a", "arn:aws:s3:::x/b"];
/// The values of the one condition key, none for an absent key.
const CONTEXTS: [&[&str]; 4] = [&[], &["a"], &["b"], &["a", "b"]];

/// Who asks: caller, account, names by which a policy may name exactly, directly, by account.
pub(crate) struct Asker {
    pub(crate) caller: Caller,
    pub(crate) account: Option<&'static str>,
    pub(crate) exact: &'static str,
    pub(crate) direct: &'static str,
    pub(crate) service: &'static str,
}

pub(crate) fn askers() -> [Asker; 4] {
    let asker = |caller, account, exact, direct, service| Asker {
        caller,
        account,
        exact,
        direct,
        service,
    };
    [
        asker(
            user(A),
            Some(A),
            "arn:aws:iam::111111111111:user/u",
            "-",
            "-",
        ),
        asker(
            session(A, "r"),
            Some(A),
            "arn:aws:sts::111111111111:assumed-role/r/s",
            "arn:aws:iam::111111111111:role/r",
            "-",
        ),
        asker(
            user(B),
            Some(B),
            "arn:aws:iam::222222222222:user/u",
            "-",
            "-",
        ),
        asker(
            Caller::service("s.amazonaws.com"),
            None,
            "-",
            "-",
            "s.amazonaws.com",
        ),
    ]
}

pub(crate) fn some_of(all: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(all, 1..=2).prop_map(|some| json!(some))
}

pub(crate) fn condition() -> impl Strategy<Value = Value> {
    const OPERATORS: [&str; 9] = [
        "StringEquals",
        "StringNotEquals",
        "StringLike",
        "StringNotEqualsIfExists",
        "StringEqualsIfExists",
        "ForAnyValue:StringEquals",
        "ForAllValues:StringEquals",
        "ForAllValues:StringNotEquals",
        "ForAnyValue:StringNotEquals",
    ];
    prop_oneof![
        3 => Just(json!({})),
        4 => (select(&OPERATORS[..]), some_of(&["a", "b", "*"])).prop_map(|(operator, values)| json!({operator: {"k:k": values}})),
        1 => any::<bool>().prop_map(|absent| json!({"Null": {"k:k": absent}})),
    ]
}

pub(crate) fn principal() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 7] = [
        "*",
        A,
        "arn:aws:iam::222222222222:root",
        "arn:aws:iam::111111111111:user/u",
        "arn:aws:iam::111111111111:role/r",
        "arn:aws:sts::111111111111:assumed-role/r/s",
        "arn:aws:iam::222222222222:user/u",
    ];
    prop_oneof![
        1 => Just(json!("*")),
        5 => some_of(&NAMES).prop_map(|names| json!({"AWS": names})),
        1 => Just(json!({"Service": "s.amazonaws.com"})),
    ]
}

pub(crate) fn statement(of_resource: bool) -> impl Strategy<Value = Value> {
    let not = || prop::bool::weighted(0.2);
    let name = |not: bool, element: &str| {
        if not {
            format!("Not{element}")
        } else {
            element.to_owned()
        }
    };
    let actions = some_of(&["s3:GetObject", "S3:get*", "s3:*", "*", "s3:?utObject"]);
    let resources = some_of(&[
        "*",
        "arn:aws:s3:::x/*",
        "arn:aws:s3:::x",
        "arn:aws:s3:::x/a",
        "arn:aws:s3:::?/b",
    ]);
    (
        prop::bool::weighted(0.75),
        (not(), actions),
        (not(), resources),
        (not(), principal()),
        condition(),
    )
        .prop_map(
            move |(
                allow,
                (not_action, actions),
                (not_resource, resources),
                (not_principal, principal),
                condition,
            )| {
                let mut statement = json!({
                    "Effect": if allow { "Allow" } else { "Deny" },
                    name(not_action, "Action"): actions,
                    name(not_resource, "Resource"): resources,
                    "Condition": condition,
                });
                if of_resource {
                    statement[name(not_principal, "Principal")] = principal;
                }
                statement
            },
        )
}

pub(crate) fn statements(of_resource: bool) -> impl Strategy<Value = Vec<Value>> {
    vec(statement(of_resource), 0..3)
}

pub(crate) fn document(statements: &[Value]) -> Document {
    Document::from_json(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
        .unwrap()
}

/// The policies of a request, each as its statements.
#[derive(Debug, Clone)]
pub(crate) struct Policies {
    pub(crate) identity: Vec<Value>,
    pub(crate) resource: Option<Vec<Value>>,
    pub(crate) boundary: Option<Vec<Value>>,
    pub(crate) session: Option<Vec<Value>>,
    pub(crate) control: Option<Vec<Value>>,
}

pub(crate) fn policies() -> impl Strategy<Value = Policies> {
    let bound = || option::weighted(0.3, statements(false));
    (
        statements(false),
        option::weighted(0.8, statements(true)),
        bound(),
        bound(),
        bound(),
    )
        .prop_map(
            |(identity, resource, boundary, session, control)| Policies {
                identity,
                resource,
                boundary,
                session,
                control,
            },
        )
}

pub(crate) fn estate(policies: &Policies, asker: &Asker) -> Estate {
    let mut estate = Estate::default();
    if let Some(own) = asker.caller.identity() {
        estate = estate.with(
            Attachment::Identity(own.clone()),
            "identity",
            document(&policies.identity),
        );
        if let Some(boundary) = &policies.boundary {
            estate = estate.with(
                Attachment::Boundary(own.clone()),
                "boundary",
                document(boundary),
            );
        }
    }
    if let Some(statements) = &policies.resource {
        estate = estate.with(
            Attachment::Resource(arn("arn:aws:s3:::x")),
            "resource",
            document(statements),
        );
    }
    if let Some(statements) = &policies.session {
        estate = estate.with(
            Attachment::Session(arn("arn:aws:sts::111111111111:assumed-role/r/s")),
            "session",
            document(statements),
        );
    }
    if let Some(statements) = &policies.control {
        let to = Attachment::ServiceControl {
            account: account(A),
            level: "root".to_owned(),
        };
        estate = estate.with(to, "control", document(statements));
    }
    estate
}

pub(crate) fn request(asker: &Asker, action: &str, on: &str, values: &[&str]) -> Request {
    Request::new(asker.caller.clone(), action, resource(on, A))
        .unwrap()
        .with("k:k", values.iter().copied())
        .unwrap()
}

/// Calls with every request of the universe, and with what was made for its asker.
pub(crate) fn for_all<P>(
    prepare: impl Fn(&Asker) -> P,
    mut each: impl FnMut(&P, &Asker, &str, &str, &[&str]),
) {
    for asker in &askers() {
        let prepared = prepare(asker);
        for action in ACTIONS {
            for on in RESOURCES {
                for values in CONTEXTS {
                    each(&prepared, asker, action, on, values);
                }
            }
        }
    }
}

/// The same document in other words: statements and lists turned round and repeated, other case, one for a list of one.
pub(crate) fn respell(statements: &[Value]) -> Value {
    let mut turned: Vec<Value> = statements.iter().rev().cloned().collect();
    for statement in &mut turned {
        for (name, value) in statement.as_object_mut().unwrap() {
            if let Value::Array(items) = value {
                items.reverse();
                items.extend(items.clone());
                if name.ends_with("Action") {
                    for item in items {
                        *item = json!(item.as_str().unwrap().to_uppercase());
                    }
                }
            }
            if let Some(names) = value.get_mut("AWS") {
                let respelled = texts(names)
                    .into_iter()
                    .rev()
                    .map(|name| match name.as_str() {
                        A => "arn:aws:iam::111111111111:root".to_owned(),
                        "arn:aws:iam::222222222222:root" => B.to_owned(),
                        other => other.to_owned(),
                    });
                *names = json!(respelled.collect::<Vec<_>>());
            }
            if name == "Condition" {
                *value = serde_json::from_str(
                    &value
                        .to_string()
                        .replace("k:k", "K:K")
                        .replace("true", "\"true\""),
                )
                .unwrap();
            }
        }
    }
    match turned.as_slice() {
        [one] => one.clone(),
        _ => json!(turned),
    }
}

/// All texts of a value: itself, or those of its elements.
pub(crate) fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}
