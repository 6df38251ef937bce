//! Key conditions, legal by construction: one value of the hash key, and at most one comparison of the range key.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::interval::{End, Interval, merge};
use super::stored::Values;
use super::value::Value;

/// What one `Query` asks of the key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KeyCondition {
    /// The value of the hash key.
    pub hash: Value,
    /// The comparison of the range key, if any.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<RangeTest>,
}

/// The whole key of an item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ItemKey {
    /// The value of the hash key.
    pub hash: Value,
    /// The value of the range key, if the table has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range: Option<Value>,
}

/// A comparison that `DynamoDB` takes for a range key.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum RangeTest {
    /// `=`
    Equal(Value),
    /// `<`
    Less(Value),
    /// `<=`
    LessOrEqual(Value),
    /// `>`
    Greater(Value),
    /// `>=`
    GreaterOrEqual(Value),
    /// `BETWEEN`, both ends included.
    Between(Value, Value),
    /// `begins_with`
    BeginsWith(Value),
}

impl KeyCondition {
    /// Whether it asks for one value of the range key.
    pub fn is_whole_key(&self) -> bool {
        matches!(self.range, Some(RangeTest::Equal(_)))
    }

    /// The expression for keys with these placeholders, and its values.
    pub fn expression(&self, hash: &str, range: &str) -> (String, BTreeMap<String, Value>) {
        let mut text = format!("{hash} = :h");
        let mut values = BTreeMap::from([(":h".to_owned(), self.hash.clone())]);
        if let Some(test) = &self.range {
            let (operator, low, high) = match test {
                RangeTest::BeginsWith(value) => {
                    text = format!("{text} AND begins_with({range}, :r0)");
                    values.insert(":r0".to_owned(), value.clone());
                    return (text, values);
                }
                RangeTest::Equal(value) => ("=", value, None),
                RangeTest::Less(value) => ("<", value, None),
                RangeTest::LessOrEqual(value) => ("<=", value, None),
                RangeTest::Greater(value) => (">", value, None),
                RangeTest::GreaterOrEqual(value) => (">=", value, None),
                RangeTest::Between(low, high) => ("BETWEEN", low, Some(high)),
            };
            text = format!("{text} AND {range} {operator} :r0");
            values.insert(":r0".to_owned(), low.clone());
            if let Some(high) = high {
                text.push_str(" AND :r1");
                values.insert(":r1".to_owned(), high.clone());
            }
        }
        (text, values)
    }
}

impl RangeTest {
    /// The values that are compared with.
    pub fn values(&self) -> impl Iterator<Item = &Value> {
        let (low, high) = match self {
            Self::Equal(value)
            | Self::Less(value)
            | Self::LessOrEqual(value)
            | Self::Greater(value)
            | Self::GreaterOrEqual(value)
            | Self::BeginsWith(value) => (value, None),
            Self::Between(low, high) => (low, Some(high)),
        };
        std::iter::once(low).chain(high)
    }

    fn of(interval: Interval) -> Option<Self> {
        if let Some(prefix) = interval.prefix() {
            return Some(Self::BeginsWith(prefix.clone()));
        }
        Some(match (interval.low, interval.high) {
            (None, None) => return None,
            (Some(End { value, inclusive }), None) => {
                if inclusive {
                    Self::GreaterOrEqual(value)
                } else {
                    Self::Greater(value)
                }
            }
            (None, Some(End { value, inclusive })) => {
                if inclusive {
                    Self::LessOrEqual(value)
                } else {
                    Self::Less(value)
                }
            }
            (Some(low), Some(high)) if low.value == high.value => Self::Equal(low.value),
            (Some(low), Some(high)) => Self::Between(low.value, high.value),
        })
    }
}

/// Disjoint tests that together let all of `values` through; `None` if that takes no test.
///
/// `DynamoDB` knows no half-open pair of bounds: both ends are included, and what then touches is merged.
pub fn range_tests(values: &Values) -> Option<Vec<RangeTest>> {
    match values {
        Values::Any => None,
        Values::OneOf(values) => Some(values.iter().cloned().map(RangeTest::Equal).collect()),
        Values::Intervals(intervals) => {
            let closed = intervals.iter().cloned().map(|mut interval| {
                if interval.prefix().is_none()
                    && let (Some(low), Some(high)) = (&mut interval.low, &mut interval.high)
                {
                    (low.inclusive, high.inclusive) = (true, true);
                }
                interval
            });
            merge(closed.collect())
                .into_iter()
                .map(RangeTest::of)
                .collect()
        }
    }
}

/// All keys of these values; `None` if a test of the range key permits more than one value, or if they are more than `limit`.
pub fn item_keys(
    hash: &[Value],
    range: Option<&[RangeTest]>,
    limit: usize,
) -> Option<Vec<ItemKey>> {
    let key = |hash: &Value, range: Option<&Value>| ItemKey {
        hash: hash.clone(),
        range: range.cloned(),
    };
    let Some(tests) = range else {
        return (hash.len() <= limit).then(|| hash.iter().map(|hash| key(hash, None)).collect());
    };
    let values: Vec<&Value> = tests
        .iter()
        .map(|test| match test {
            RangeTest::Equal(value) => Some(value),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let keys = hash
        .iter()
        .flat_map(|hash| values.iter().map(move |value| key(hash, Some(value))));
    (hash.len().saturating_mul(values.len()) <= limit).then(|| keys.collect())
}

/// A condition for every hash value and test, if they are at most `limit`; else one for every hash value.
pub fn key_conditions(
    hash: &[Value],
    range: Option<&[RangeTest]>,
    limit: usize,
) -> Vec<KeyCondition> {
    let range = range.filter(|tests| hash.len().saturating_mul(tests.len()) <= limit);
    let condition = |hash: &Value, range: Option<&RangeTest>| KeyCondition {
        hash: hash.clone(),
        range: range.cloned(),
    };
    match range {
        None => hash.iter().map(|hash| condition(hash, None)).collect(),
        Some(tests) => hash
            .iter()
            .flat_map(|hash| tests.iter().map(move |test| condition(hash, Some(test))))
            .collect(),
    }
}

#[cfg(test)]
mod tests;
