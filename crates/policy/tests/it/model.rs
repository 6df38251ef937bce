//! The decision as plainly as it can be put, over the JSON of documents.

use serde_json::Value;

use crate::cases::A;
use crate::universe::{Asker, Policies, texts};

fn glob(pattern: &[u8], text: &[u8]) -> bool {
    match pattern.split_first() {
        None => text.is_empty(),
        Some((b'*', rest)) => (0..=text.len()).any(|taken| glob(rest, &text[taken..])),
        Some((first, rest)) => text
            .split_first()
            .is_some_and(|(byte, text)| (*first == b'?' || first == byte) && glob(rest, text)),
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

pub(crate) fn model(
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
