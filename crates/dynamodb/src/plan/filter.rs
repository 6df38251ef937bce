//! The filter expression.
//!
//! An item may store another type than the column that shows it: a text column shows the number 5 as `5`. So an attribute that is
//! there with another type always passes, as no condition on it can tell what is shown. A column of points in time shows numbers and
//! texts alone, so that of those all others fail.

use athena_protocol::predicate::Predicate;

use super::aliases::Aliases;
use super::alternatives::Sayable;
use super::conditions::Condition;
use super::interval::{End, Interval};
use super::stored::Values;
use super::value::{Kind, Value};

/// Characters that an expression may have (AWS: 4 KB), and operators and functions that a filter may have.
pub(super) const MAX_TEXT: usize = 4096;
pub(super) const MAX_OPERATORS: usize = 300;

/// The conditions, and then `alternatives`, as one expression, in their order; those for which there is no room are left out.
pub(super) fn filter<'a>(
    conditions: impl IntoIterator<Item = &'a Condition>,
    alternatives: &'a [Predicate],
    sayable: &Sayable<'_>,
    aliases: &mut Aliases,
) -> Option<String> {
    let mut filter = String::new();
    let conditions = conditions.into_iter().map(Part::Condition);
    for part in conditions.chain(alternatives.iter().map(Part::Alternatives)) {
        let mark = aliases.mark();
        let text = match part {
            Part::Condition(condition) => test(condition, aliases),
            Part::Alternatives(predicate) => sayable.alternatives(predicate, aliases),
        };
        let Some(text) = text else {
            continue;
        };
        let longer = if filter.is_empty() {
            text
        } else {
            format!("{filter} AND {text}")
        };
        if longer.len() <= MAX_TEXT
            && operators(&longer) <= MAX_OPERATORS
            && aliases.value_bytes() <= MAX_VALUE_BYTES
        {
            filter = longer;
        } else {
            aliases.back_to(mark);
        }
    }
    (!filter.is_empty()).then_some(filter)
}

enum Part<'a> {
    Condition(&'a Condition),
    Alternatives(&'a Predicate),
}

/// Operators and functions in an expression, counting the `AND` of a `BETWEEN` too.
pub(super) fn operators(expression: &str) -> usize {
    let words = expression.split([' ', '(', ')', ',']);
    words
        .filter(|word| !word.is_empty() && !word.starts_with(['#', ':']))
        .count()
}

/// The test of one condition, in brackets if it has several parts; `None` if it says nothing.
pub(super) fn test(condition: &Condition, aliases: &mut Aliases) -> Option<String> {
    let Some(kind) = condition.kind.filter(|_| condition.values != Values::Any) else {
        return match &condition.texts {
            Some(texts) if condition.key => {
                let name = aliases.name(&condition.attribute);
                Some(format!("({})", times(&name, texts, aliases).join(" OR ")))
            }
            _ => (!condition.null).then(|| not_null(condition, aliases)),
        };
    };
    // Listing more values than could ever fit would take long for nothing.
    let count = match &condition.values {
        Values::Any => 0,
        Values::OneOf(values) => values.len(),
        Values::Intervals(intervals) => intervals.len(),
    };
    if count > MAX_TEXT / 2 {
        return (!condition.null && !condition.key).then(|| not_null(condition, aliases));
    }
    let name = aliases.name(&condition.attribute);
    let mut any_of = match &condition.values {
        Values::Any => Vec::new(),
        Values::OneOf(values) => values
            .chunks(MAX_LISTED)
            .map(|values| one_of(&name, values, aliases))
            .collect(),
        Values::Intervals(intervals) => intervals
            .iter()
            .filter_map(|interval| inside(&name, interval, aliases))
            .collect::<Vec<_>>(),
    };
    if let Some(texts) = &condition.texts {
        any_of.extend(times(&name, texts, aliases));
    } else if !condition.key {
        let other_type = other_type(&name, kind, aliases);
        if condition.null {
            any_of.push(format!("attribute_not_exists({name})"));
            any_of.push(other_type);
        } else {
            any_of.push(format!("(attribute_exists({name}) AND {other_type})"));
        }
    }
    Some(match any_of.as_slice() {
        [only] => only.clone(),
        _ => format!("({})", any_of.join(" OR ")),
    })
}

/// Every column shows an absent attribute, and NULL, as null.
fn not_null(condition: &Condition, aliases: &mut Aliases) -> String {
    let name = aliases.name(&condition.attribute);
    let null = aliases.value(&Value::S("NULL".to_owned()));
    format!("(attribute_exists({name}) AND NOT attribute_type({name}, {null}))")
}

fn other_type(name: &str, kind: Kind, aliases: &mut Aliases) -> String {
    let kind = aliases.value(&Value::S(kind.name().to_owned()));
    format!("NOT attribute_type({name}, {kind})")
}

/// Tests for the texts in `intervals`, and for those that may spell a number: without a dash behind the first character, but in an
/// exponent.
fn times(name: &str, intervals: &[Interval], aliases: &mut Aliases) -> Vec<String> {
    let intervals = intervals.iter();
    let mut any_of: Vec<String> = intervals
        .filter_map(|interval| inside(name, interval, aliases))
        .collect();
    let mut of = |text: &str| aliases.value(&Value::S(text.to_owned()));
    let (kind, dash, exponents) = (of("S"), of("-"), [of("E-"), of("e-")]);
    let [upper, lower] = exponents.map(|exponent| format!("contains({name}, {exponent})"));
    any_of.push(format!(
        "(attribute_type({name}, {kind}) AND NOT contains({name}, {dash}))"
    ));
    any_of.extend([upper, lower]);
    any_of
}

fn one_of(name: &str, values: &[Value], aliases: &mut Aliases) -> String {
    let listed: Vec<String> = values.iter().map(|value| aliases.value(value)).collect();
    match listed.as_slice() {
        [only] => format!("{name} = {only}"),
        _ => format!("{name} IN ({})", listed.join(", ")),
    }
}

fn inside(name: &str, interval: &Interval, aliases: &mut Aliases) -> Option<String> {
    let mut compare = |end: &End, strict: &str, inclusive: &str| {
        let operator = if end.inclusive { inclusive } else { strict };
        format!("{name} {operator} {}", aliases.value(&end.value))
    };
    Some(match (&interval.low, &interval.high) {
        (None, None) => return None,
        (Some(low), None) => compare(low, ">", ">="),
        (None, Some(high)) => compare(high, "<", "<="),
        (Some(low), Some(high)) if low == high => compare(low, "=", "="),
        _ if interval.prefix().is_some() => {
            let prefix = interval.prefix().expect("just seen");
            format!("begins_with({name}, {})", aliases.value(prefix))
        }
        (Some(low), Some(high)) if low.inclusive && high.inclusive => {
            let (low, high) = (aliases.value(&low.value), aliases.value(&high.value));
            format!("{name} BETWEEN {low} AND {high}")
        }
        (Some(low), Some(high)) => format!(
            "({} AND {})",
            compare(low, ">", ">="),
            compare(high, "<", "<=")
        ),
    })
}

/// Values that `IN` takes at most.
const MAX_LISTED: usize = 100;

/// Bytes of values in a filter. It goes with every split, so it must not be large.
const MAX_VALUE_BYTES: usize = 16 * 1024;

#[cfg(test)]
mod tests;
