//! Whether a condition is met.

use std::collections::BTreeSet;
use std::net::IpAddr;

use crate::access::request::{FullContext, Known};
use crate::access::truth::Truth;
use crate::condition::{ConditionKey, Operator, Quantifier, Test};
use crate::document::Version;
use crate::literal::{Decimal, Instant, Network, decode_base64};
use crate::pattern::{Expanded, Lookup, Pattern, Wildcards};

/// How far a condition could be decided; the reason where it could not.
pub(super) struct Outcome {
    pub(super) truth: Truth,
    pub(super) reason: Option<String>,
}

/// Decides one operator on one key.
pub(super) fn test(
    operator: Operator,
    key: &ConditionKey,
    wanted: &BTreeSet<String>,
    context: &FullContext,
    version: Version,
) -> Outcome {
    let got = match context.get(key) {
        Some(Known::Unknown) => {
            return Outcome {
                truth: Truth::Unknown,
                reason: Some(format!("the value of `{}` is not known", key.as_str())),
            };
        }
        Some(Known::Values(values)) => Some(values),
        None => None,
    };
    let mut comparison = Comparison {
        test: operator.test,
        context,
        version,
        reason: None,
    };
    let truth = match (got, operator.test) {
        (got, Test::Null) => comparison.absence(got.is_none(), wanted),
        (None, _) => Truth::from(match operator.quantifier {
            _ if operator.if_exists => true,
            Some(Quantifier::ForAllValues) => true,
            Some(Quantifier::ForAnyValue) => false,
            None => operator.test.is_negated(),
        }),
        (Some(got), _) => {
            let each: Vec<Truth> = got
                .iter()
                .map(|value| comparison.value(value, wanted))
                .collect();
            match operator.quantifier {
                Some(Quantifier::ForAllValues) => Truth::all(each),
                Some(Quantifier::ForAnyValue) | None => Truth::any(each),
            }
        }
    };
    Outcome {
        truth,
        reason: comparison.reason.filter(|_| truth == Truth::Unknown),
    }
}

/// What one operator needs to compare values, and why it could not, if so.
struct Comparison<'a> {
    test: Test,
    context: &'a FullContext,
    version: Version,
    reason: Option<String>,
}

impl Comparison<'_> {
    fn absence(&mut self, absent: bool, wanted: &BTreeSet<String>) -> Truth {
        Truth::any(wanted.iter().map(|wanted| match truth_value(wanted) {
            Some(wants_absent) => Truth::from(wants_absent == absent),
            None => self.unclear(format!("`Null` takes `true` or `false`, not `{wanted}`")),
        }))
    }

    /// One value of the request against all that the policy names: some for a plain operator, none for a negated one.
    fn value(&mut self, got: &str, wanted: &BTreeSet<String>) -> Truth {
        let negated = self.test.is_negated();
        let some = Truth::any(wanted.iter().map(|wanted| self.pair(got, wanted, negated)));
        if negated { !some } else { some }
    }

    fn pair(&mut self, got: &str, wanted: &str, negated: bool) -> Truth {
        use std::cmp::Ordering::{Equal, Greater, Less};
        let wildcards = match self.test {
            Test::StringLike | Test::StringNotLike => Wildcards::Apply,
            Test::ArnEquals | Test::ArnLike | Test::ArnNotEquals | Test::ArnNotLike => {
                return self.arns(got, wanted, negated);
            }
            _ => Wildcards::Literal,
        };
        let pattern = match self.expand(wanted, wildcards, negated) {
            Ok(pattern) => pattern,
            Err(truth) => return truth,
        };
        match self.test {
            Test::StringEquals | Test::StringNotEquals | Test::StringLike | Test::StringNotLike => {
                pattern.matches(got).into()
            }
            Test::StringEqualsIgnoreCase | Test::StringNotEqualsIgnoreCase => {
                pattern.folded().matches(&got.to_ascii_lowercase()).into()
            }
            _ if self.version == Version::V2012 && wanted.contains("${") => {
                self.unclear(format!("`{}` does not take variables", self.test.name()))
            }
            Test::Bool => self.compared(got, wanted, truth_value, |got, wanted| got == wanted),
            Test::NumericEquals | Test::NumericNotEquals => self.numbers(got, wanted, &[Equal]),
            Test::NumericLessThan => self.numbers(got, wanted, &[Less]),
            Test::NumericLessThanEquals => self.numbers(got, wanted, &[Less, Equal]),
            Test::NumericGreaterThan => self.numbers(got, wanted, &[Greater]),
            Test::NumericGreaterThanEquals => self.numbers(got, wanted, &[Greater, Equal]),
            Test::DateEquals | Test::DateNotEquals => self.dates(got, wanted, &[Equal]),
            Test::DateLessThan => self.dates(got, wanted, &[Less]),
            Test::DateLessThanEquals => self.dates(got, wanted, &[Less, Equal]),
            Test::DateGreaterThan => self.dates(got, wanted, &[Greater]),
            Test::DateGreaterThanEquals => self.dates(got, wanted, &[Greater, Equal]),
            Test::BinaryEquals => {
                self.compared(got, wanted, decode_base64, |got, wanted| got == wanted)
            }
            Test::IpAddress | Test::NotIpAddress => {
                match (got.parse::<IpAddr>(), Network::parse(wanted)) {
                    (Ok(got), Some(wanted)) => wanted.contains(got).into(),
                    (Ok(_), None) => {
                        self.unclear(format!("`{wanted}` is not an IP address or network"))
                    }
                    (Err(_), _) => self.unclear(format!("`{got}` is not an IP address")),
                }
            }
            Test::ArnEquals
            | Test::ArnLike
            | Test::ArnNotEquals
            | Test::ArnNotLike
            | Test::Null => {
                unreachable!("compared by parts, or not by value")
            }
        }
    }

    fn numbers(&mut self, got: &str, wanted: &str, allowed: &[std::cmp::Ordering]) -> Truth {
        self.compared(got, wanted, Decimal::parse, |got, wanted| {
            allowed.contains(&got.cmp(wanted))
        })
    }

    fn dates(&mut self, got: &str, wanted: &str, allowed: &[std::cmp::Ordering]) -> Truth {
        self.compared(got, wanted, Instant::parse, |got, wanted| {
            allowed.contains(&got.cmp(wanted))
        })
    }

    fn compared<T>(
        &mut self,
        got: &str,
        wanted: &str,
        parse: impl Fn(&str) -> Option<T>,
        holds: impl Fn(&T, &T) -> bool,
    ) -> Truth {
        match (parse(got), parse(wanted)) {
            (Some(got), Some(wanted)) => holds(&got, &wanted).into(),
            (Some(_), None) => {
                self.unclear(format!("`{}` cannot read `{wanted}`", self.test.name()))
            }
            (None, _) => self.unclear(format!(
                "`{}` cannot read the request's value",
                self.test.name()
            )),
        }
    }

    /// Compares the six parts of an ARN one by one, so that a wildcard does not run over colons.
    fn arns(&mut self, got: &str, wanted: &str, negated: bool) -> Truth {
        let (got, parts): (Vec<&str>, Vec<&str>) =
            (got.splitn(6, ':').collect(), split_arn(wanted));
        if parts.len() != 6 {
            return self.unclear(format!("`{wanted}` is not an ARN"));
        }
        if got.len() != 6 {
            return Truth::False;
        }
        Truth::all(parts.iter().zip(got).map(|(part, got)| {
            match self.expand(part, Wildcards::Apply, negated) {
                Ok(pattern) => pattern.matches(got).into(),
                Err(truth) => truth,
            }
        }))
    }

    fn expand(
        &mut self,
        text: &str,
        wildcards: Wildcards,
        negated: bool,
    ) -> Result<Pattern, Truth> {
        match expand(text, wildcards, self.context, self.version) {
            Expanded::Pattern(pattern) => Ok(pattern),
            // Of a positive operator surely no match; what a negated one makes of it is not documented.
            Expanded::NoValue if !negated => Err(Truth::False),
            Expanded::NoValue => Err(self.unclear(format!("a variable in `{text}` has no value"))),
            Expanded::Unknown(why) => Err(self.unclear(why)),
        }
    }

    fn unclear(&mut self, reason: String) -> Truth {
        self.reason.get_or_insert(reason);
        Truth::Unknown
    }
}

/// Replaces variables, which only the current version of the language has.
pub(super) fn expand(
    text: &str,
    wildcards: Wildcards,
    context: &FullContext,
    version: Version,
) -> Expanded {
    if version == Version::V2008 {
        return Expanded::Pattern(Pattern::new(text, wildcards));
    }
    Pattern::expand(text, wildcards, &|name| {
        let key = ConditionKey::new(name).expect("a name with a colon is not empty");
        match context.get(&key) {
            None => Lookup::Missing,
            Some(Known::Unknown) => Lookup::Unknown(format!("the value of `{name}` is not known")),
            Some(Known::Values(values)) => match values {
                [value] => Lookup::Value(value.clone()),
                _ => Lookup::Unknown(format!(
                    "`{name}` has several values, so it cannot be a variable"
                )),
            },
        }
    })
}

/// Cuts at the first five colons that do not stand in a variable.
fn split_arn(text: &str) -> Vec<&str> {
    let (mut parts, mut from, mut depth) = (Vec::new(), 0, 0_u32);
    let bytes = text.as_bytes();
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'{' if at > 0 && bytes[at - 1] == b'$' => depth += 1,
            b'}' => depth = depth.saturating_sub(1),
            b':' if depth == 0 && parts.len() < 5 => {
                parts.push(&text[from..at]);
                from = at + 1;
            }
            _ => {}
        }
    }
    parts.push(&text[from..]);
    parts
}

fn truth_value(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    }
}
