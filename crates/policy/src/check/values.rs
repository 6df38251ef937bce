//! Condition values that their operator cannot read, and variables that are none.

use crate::check::finding::{Notes, Rule, Severity};
use crate::condition::Test;
use crate::literal::{Decimal, Instant, Network, decode_base64};
use crate::pattern::{Expanded, Lookup, Pattern, Wildcards};
use crate::statement::{Scope, Statement};

pub(super) fn check(statement: &Statement, has_variables: bool, notes: &mut Notes<'_>) {
    if let Some(Scope::Only(patterns) | Scope::AllBut(patterns)) = &statement.resource {
        for pattern in patterns {
            check_variables(pattern.as_str(), "Resource", has_variables, notes);
        }
    }
    for (operator, keys) in statement.conditions.iter() {
        for (key, values) in keys {
            let element = format!("Condition.{operator}.{}", key.as_str());
            for value in values {
                check_variables(value, &element, has_variables, notes);
                let is_variable = has_variables && value.contains("${");
                if let Some(expected) = unreadable(operator.test, value).filter(|_| !is_variable) {
                    notes.add(
                        Severity::Error,
                        Rule::ConditionValue,
                        &element,
                        format!("`{value}` is not {expected}"),
                        "mend the value, or choose another operator",
                    );
                }
            }
        }
    }
}

fn check_variables(text: &str, element: &str, has_variables: bool, notes: &mut Notes<'_>) {
    if !text.contains("${") {
        return;
    }
    if !has_variables {
        notes.add(
            Severity::Warning,
            Rule::VariableIn2008,
            element,
            format!("`{text}` is plain text under version 2008-10-17"),
            "set the version to 2012-10-17",
        );
        return;
    }
    let any_value = |_: &str| Lookup::Value(String::new());
    if let Expanded::Unknown(why) = Pattern::expand(text, Wildcards::Apply, &any_value) {
        notes.add(
            Severity::Error,
            Rule::VariableForm,
            element,
            why,
            "write `${prefix:Name}`, and `${$}` for a dollar sign",
        );
    }
}

/// What a value should have been, if the operator cannot read it.
fn unreadable(test: Test, value: &str) -> Option<&'static str> {
    let (readable, expected) = match test {
        Test::Bool | Test::Null => (
            value.eq_ignore_ascii_case("true") || value.eq_ignore_ascii_case("false"),
            "`true` or `false`",
        ),
        Test::NumericEquals
        | Test::NumericNotEquals
        | Test::NumericLessThan
        | Test::NumericLessThanEquals
        | Test::NumericGreaterThan
        | Test::NumericGreaterThanEquals => (Decimal::parse(value).is_some(), "a number"),
        Test::DateEquals
        | Test::DateNotEquals
        | Test::DateLessThan
        | Test::DateLessThanEquals
        | Test::DateGreaterThan
        | Test::DateGreaterThanEquals => (Instant::parse(value).is_some(), "a date of ISO 8601"),
        Test::BinaryEquals => (decode_base64(value).is_some(), "base 64"),
        Test::IpAddress | Test::NotIpAddress => {
            (Network::parse(value).is_some(), "an IP address or network")
        }
        Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
            (value.split(':').count() >= 6, "an ARN")
        }
        _ => return None,
    };
    (!readable).then_some(expected)
}
