//! The evaluator against a plain model that reads the JSON, over a universe small enough to ask for everything.

use iam_policy_kit::access::{Attachment, Caller, Context, Decision, Estate, Request, Verdict};
use iam_policy_kit::check::{PolicyKind, Rule, lint};
use iam_policy_kit::diff::DocumentDiff;
use iam_policy_kit::{ConditionKey, Document};
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
struct Asker {
    caller: Caller,
    account: Option<&'static str>,
    exact: &'static str,
    direct: &'static str,
    service: &'static str,
}

fn askers() -> [Asker; 4] {
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

// Documents as JSON.

fn some_of(all: &'static [&'static str]) -> impl Strategy<Value = Value> {
    subsequence(all, 1..=2).prop_map(|some| json!(some))
}

fn condition() -> impl Strategy<Value = Value> {
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

fn principal() -> impl Strategy<Value = Value> {
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

fn statement(of_resource: bool) -> impl Strategy<Value = Value> {
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

fn statements(of_resource: bool) -> impl Strategy<Value = Vec<Value>> {
    vec(statement(of_resource), 0..3)
}

fn document(statements: &[Value]) -> Document {
    Document::from_json(&json!({"Version": "2012-10-17", "Statement": statements}).to_string())
        .unwrap()
}

/// The policies of a request, each as its statements.
#[derive(Debug, Clone)]
struct Policies {
    identity: Vec<Value>,
    resource: Option<Vec<Value>>,
    boundary: Option<Vec<Value>>,
    session: Option<Vec<Value>>,
    control: Option<Vec<Value>>,
}

fn policies() -> impl Strategy<Value = Policies> {
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

fn estate(policies: &Policies, asker: &Asker) -> Estate {
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

fn request(asker: &Asker, action: &str, on: &str, values: &[&str]) -> Request {
    Request::new(asker.caller.clone(), action, resource(on, A))
        .unwrap()
        .with("k:k", values.iter().copied())
        .unwrap()
}

/// Calls with every request of the universe.
fn for_all(mut each: impl FnMut(&Asker, &str, &str, &[&str])) {
    for asker in &askers() {
        for action in ACTIONS {
            for on in RESOURCES {
                for values in CONTEXTS {
                    each(asker, action, on, values);
                }
            }
        }
    }
}

// The model.

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|taken| glob(rest, &text[taken..])),
        Some((first, rest)) => text
            .split_first()
            .is_some_and(|(byte, text)| (*first == b'?' || first == byte) && glob(rest, text)),
    }
}

fn texts(value: &Value) -> Vec<String> {
    match value {
        Value::Array(items) => items.iter().flat_map(texts).collect(),
        Value::String(text) => vec![text.clone()],
        other => vec![other.to_string()],
    }
}

/// An element or its negation, told by a test of one text of it.
fn element(statement: &Value, name: &str, test: impl Fn(&str) -> bool) -> bool {
    match (&statement[name], &statement[format!("Not{name}")]) {
        (Value::Null, Value::Null) => true,
        (Value::Null, not) => !texts(not).iter().any(|text| test(text)),
        (only, _) => texts(only).iter().any(|text| test(text)),
    }
}

fn met(condition: &Value, values: &[&str]) -> bool {
    condition
        .as_object()
        .unwrap()
        .iter()
        .all(|(operator, keys)| {
            let wanted = texts(&keys["k:k"]);
            let is_among = |got: &&str| {
                wanted.iter().any(|want| {
                    if operator == "StringLike" {
                        glob(want.as_bytes(), got.as_bytes())
                    } else {
                        want == got
                    }
                })
            };
            match (operator.as_str(), values) {
                ("Null", []) => wanted == ["true"],
                ("Null", _) => wanted == ["false"],
                (operator, []) => {
                    operator.ends_with("IfExists")
                        || operator.starts_with("ForAllValues")
                        || operator == "StringNotEquals"
                }
                ("ForAllValues:StringEquals", got) => got.iter().all(is_among),
                ("ForAllValues:StringNotEquals", got) => got.iter().all(|got| !is_among(got)),
                (operator, got) if operator.contains("Not") => got.iter().any(|got| !is_among(got)),
                (_, got) => got.iter().any(is_among),
            }
        })
}

/// How strongly the principal of a statement names the asker: 0 not, 1 by account, 2 directly, 3 exactly.
fn naming(statement: &Value, asker: &Asker) -> u8 {
    let strength = |principal: &Value| {
        let names = principal.get("AWS").map_or_else(|| texts(principal), texts);
        let services = principal.get("Service").map(texts).unwrap_or_default();
        let by_name = names.iter().map(|name| match name.as_str() {
            name if name == asker.exact => 3,
            "*" => 2,
            name if name == asker.direct => 2,
            name if asker.account.is_some_and(|account| {
                name == account || name == format!("arn:aws:iam::{account}:root")
            }) =>
            {
                1
            }
            _ => 0,
        });
        let by_service = if services.iter().any(|name| name == asker.service) {
            2
        } else {
            0
        };
        by_name.max().unwrap_or(0).max(by_service)
    };
    match (&statement["Principal"], &statement["NotPrincipal"]) {
        (Value::Null, Value::Null) => 2,
        (Value::Null, not) if strength(not) > 0 => 0,
        (Value::Null, _) => 2,
        (only, _) => strength(only),
    }
}

/// The strongest naming of the statements of that effect that match.
fn strongest(
    statements: &[Value],
    effect: &str,
    asker: &Asker,
    action: &str,
    on: &str,
    values: &[&str],
) -> u8 {
    let matching = statements.iter().filter(|statement| {
        statement["Effect"] == effect
            && element(statement, "Action", |pattern| {
                glob(
                    pattern.to_lowercase().as_bytes(),
                    action.to_lowercase().as_bytes(),
                )
            })
            && element(statement, "Resource", |pattern| {
                glob(pattern.as_bytes(), on.as_bytes())
            })
            && met(&statement["Condition"], values)
    });
    matching
        .map(|statement| naming(statement, asker))
        .max()
        .unwrap_or(0)
}

fn model(
    policies: &Policies,
    asker: &Asker,
    action: &str,
    on: &str,
    values: &[&str],
) -> &'static str {
    let in_force = |statements: &Option<Vec<Value>>, is: bool| statements.clone().filter(|_| is);
    let is_session = asker.direct != "-";
    let identity = if asker.account.is_some() {
        policies.identity.clone()
    } else {
        Vec::new()
    };
    let boundary = in_force(&policies.boundary, asker.account.is_some());
    let session = in_force(&policies.session, is_session);
    let control = in_force(&policies.control, asker.account == Some(A));
    let resource = policies.resource.clone().unwrap_or_default();
    let says =
        |statements: &[Value], effect| strongest(statements, effect, asker, action, on, values);
    let denies = [
        Some(identity.clone()),
        boundary.clone(),
        session.clone(),
        control.clone(),
        Some(resource.clone()),
    ];
    if denies
        .iter()
        .flatten()
        .any(|statements| says(statements, "Deny") > 0)
    {
        return "denied explicitly";
    }
    let allows = |statements: &Option<Vec<Value>>| {
        statements
            .as_ref()
            .is_none_or(|statements| says(statements, "Allow") > 0)
    };
    let (own, named) = (says(&identity, "Allow") > 0, says(&resource, "Allow"));
    let bounded = allows(&boundary) && allows(&session);
    let granted = match asker.account {
        None => named >= 2,
        Some(A) => named == 3 || ((own || named == 2) && bounded),
        Some(_) => own && named >= 1 && bounded,
    };
    if granted && allows(&control) {
        "allowed"
    } else {
        "denied"
    }
}

/// The verdict in a word; it must always name what it rests on.
fn kind(decision: &Decision) -> &'static str {
    let rests_on = match &decision.verdict {
        Verdict::Allow { by } => by.len(),
        Verdict::ExplicitDeny { by } => by.len(),
        Verdict::ImplicitDeny { lacking } => lacking.len(),
        Verdict::Unknown { open } => open.len(),
    };
    assert!(rests_on > 0, "{decision:?}");
    match decision.verdict {
        Verdict::Allow { .. } => "allowed",
        Verdict::ExplicitDeny { .. } => "denied explicitly",
        Verdict::ImplicitDeny { .. } => "denied",
        Verdict::Unknown { .. } => "unknown",
    }
}

/// The same document in other words: statements and lists turned round and repeated, other case, one for a list of one.
fn respell(statements: &[Value]) -> Value {
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

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn the_evaluator_decides_as_the_model(policies in policies()) {
        let mut failures = Vec::new();
        for_all(|asker, action, on, values| {
            let decision = estate(&policies, asker).decide(&request(asker, action, on, values));
            let expected = model(&policies, asker, action, on, values);
            if kind(&decision) != expected {
                failures.push(format!("{} {action} {on} {values:?}: expected {expected}, got {decision}", asker.caller));
            }
        });
        prop_assert!(failures.is_empty(), "{}", failures.join("\n"));
    }

    #[test]
    fn documents_that_are_equal_decide_alike(statements in statements(true)) {
        let one = document(&statements);
        let other = Document::from_json(&json!({"Statement": respell(&statements), "Version": "2012-10-17"}).to_string()).unwrap();
        prop_assert_eq!(&one, &other);
        prop_assert_eq!(&other, &one);
        prop_assert!(DocumentDiff::between(&one, &other).is_empty());
        let mut unlike = Vec::new();
        for_all(|asker, action, on, values| {
            let decide = |document: &Document| {
                let to = Attachment::Resource(arn("arn:aws:s3:::x"));
                kind(&Estate::default().with(to, "resource", document.clone()).decide(&request(asker, action, on, values)))
            };
            if decide(&one) != decide(&other) {
                unlike.push(format!("{} {action} {on} {values:?}", asker.caller));
            }
        });
        prop_assert!(unlike.is_empty(), "{}", unlike.join("\n"));
    }

    #[test]
    fn equality_is_an_equivalence(left in statements(true), right in statements(true)) {
        let (left, again, right) = (document(&left), document(&left), document(&right));
        prop_assert_eq!(&left, &left);
        prop_assert_eq!(left == right, right == left);
        prop_assert_eq!(left == right, again == right);
        prop_assert_eq!(left.same_statements(&right), DocumentDiff::between(&left, &right).is_empty());
    }

    #[test]
    fn a_change_that_does_not_widen_allows_nothing_new(statements in statements(true), changed in statement(true), element in 0..6_usize) {
        // One element of the first statement is taken from another, so that small changes are common.
        let mut after = statements.clone();
        match (after.first_mut(), element) {
            (Some(first), 0..5) => {
                let names: &[&str] = [&["Action", "NotAction"][..], &["Resource", "NotResource"], &["Principal", "NotPrincipal"], &["Condition"], &["Effect"]][element];
                for name in names {
                    first.as_object_mut().unwrap().remove(*name);
                    if let Some(value) = changed.get(*name) {
                        first[*name] = value.clone();
                    }
                }
            }
            (Some(_), _) => { after.remove(0); }
            (None, _) => after.push(changed),
        }
        let name = |statements: &[Value]| {
            let mut document = document(statements);
            for (index, statement) in document.statements.iter_mut().enumerate() {
                statement.sid = Some(iam_policy_kit::Sid::new(format!("S{}", index + usize::from(element == 5 && statements.len() == after.len()))).unwrap());
            }
            document
        };
        let (before, after) = (name(&statements), name(&after));
        if !DocumentDiff::between(&before, &after).widens() {
            let mut new = Vec::new();
            for_all(|asker, action, on, values| {
                let is_allowed = |document: &Document| {
                    let mut policies = Estate::default().with(Attachment::Resource(arn("arn:aws:s3:::x")), "resource", document.clone());
                    if let Some(own) = asker.caller.identity() {
                        policies = policies.with(Attachment::Identity(own.clone()), "all", crate::cases::document(crate::cases::ALL));
                    }
                    policies.decide(&request(asker, action, on, values)).is_allowed()
                };
                if is_allowed(&after) && !is_allowed(&before) {
                    new.push(format!("{} {action} {on} {values:?}", asker.caller));
                }
            });
            prop_assert!(new.is_empty(), "{}\n{}", DocumentDiff::between(&before, &after), new.join("\n"));
        }
    }

    #[test]
    fn a_statement_that_is_redundant_or_shadowed_can_be_taken_out(mut policies in policies(), statements in statements(true), more in statements(true)) {
        let statements = [statements, more].concat();
        let found = lint(&document(&statements), PolicyKind::Bucket, None);
        let idle = found.iter().find(|finding| matches!(finding.rule, Rule::Redundant | Rule::Shadowed));
        if let Some(idle) = idle {
            let at: usize = idle.place.trim_start_matches("Statement[").trim_end_matches(']').parse().unwrap();
            let mut fewer = statements.clone();
            fewer.remove(at);
            let mut unlike = Vec::new();
            for_all(|asker, action, on, values| {
                let mut decide = |statements: &[Value]| {
                    policies.resource = Some(statements.to_vec());
                    kind(&estate(&policies, asker).decide(&request(asker, action, on, values)))
                };
                if decide(&statements) != decide(&fewer) {
                    unlike.push(format!("{} {action} {on} {values:?}", asker.caller));
                }
            });
            prop_assert!(unlike.is_empty(), "{idle}\n{}", unlike.join("\n"));
        }
    }

    #[test]
    fn what_is_decided_without_a_value_or_a_policy_is_decided_so_with_any(policies in policies(), other in statements(true)) {
        let mut wrong = Vec::new();
        for_all(|asker, action, on, values| {
            let known = request(asker, action, on, values);
            let key = ConditionKey::new("k:k").unwrap();
            let blind = Request { context: Context::default().with_unknown(key), ..known.clone() };
            let full = estate(&policies, asker);
            let without_value = full.decide(&blind);
            let mut replaced = policies.clone();
            replaced.resource = Some(other.clone());
            let mut unread = policies.clone();
            unread.resource = None;
            let to = Attachment::Resource(arn("arn:aws:s3:::x"));
            let without_policy = estate(&unread, asker).with_unread(to, "resource", "not readable").decide(&known);
            for (partial, whole) in [
                (&without_value, full.decide(&known)),
                (&without_policy, full.decide(&known)),
                (&without_policy, estate(&replaced, asker).decide(&known)),
            ] {
                if (partial.is_allowed() && !whole.is_allowed()) || (partial.is_denied() && !whole.is_denied()) {
                    wrong.push(format!("{} {action} {on} {values:?}: {partial}, but {whole}", asker.caller));
                }
            }
        });
        prop_assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }
}
