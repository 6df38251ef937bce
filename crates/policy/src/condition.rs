//! Conditions: which operator, on which key, with which values.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::str::FromStr;

use crate::caseless::Caseless;
use crate::error::ValueError;
use crate::literal::Decimal;

/// The `Condition` block of a statement. Operators and keys are joined by AND, the values of a key by OR.
///
/// An empty block is the same as none. `==` takes `"True"` for `"true"` and `"1.0"` for `"1"` under the operators that do.
#[derive(Debug, Clone, Default)]
pub struct Conditions(BTreeMap<Operator, BTreeMap<ConditionKey, BTreeSet<String>>>);

impl Conditions {
    /// No condition.
    pub fn none() -> Self {
        Self::default()
    }

    /// Adds values under an operator and a key.
    #[must_use]
    pub fn with<V: Into<String>>(
        mut self,
        operator: Operator,
        key: ConditionKey,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        self.0
            .entry(operator)
            .or_default()
            .entry(key)
            .or_default()
            .extend(values.into_iter().map(Into::into));
        self
    }

    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values under an operator and a key, `None` where the block does not mention them.
    pub fn values(&self, operator: Operator, key: &ConditionKey) -> Option<&BTreeSet<String>> {
        self.0.get(&operator)?.get(key)
    }

    /// Operators in a fixed order, each with its keys in theirs.
    pub fn iter(
        &self,
    ) -> impl Iterator<Item = (Operator, &BTreeMap<ConditionKey, BTreeSet<String>>)> {
        self.0.iter().map(|(operator, keys)| (*operator, keys))
    }
}

impl PartialEq for Conditions {
    fn eq(&self, other: &Self) -> bool {
        let same_values = |test: Test, left: &BTreeSet<String>, right: &BTreeSet<String>| {
            test.meanings(left)
                .into_keys()
                .eq(test.meanings(right).into_keys())
        };
        self.0.len() == other.0.len()
            && self.0.iter().all(|(operator, keys)| {
                other.0.get(operator).is_some_and(|others| {
                    keys.len() == others.len()
                        && keys.iter().all(|(key, values)| {
                            others
                                .get(key)
                                .is_some_and(|others| same_values(operator.test, values, others))
                        })
                })
            })
    }
}

impl Eq for Conditions {}

/// A condition key such as `aws:SourceAccount`. AWS ignores its case, and so does `==`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConditionKey(Caseless);

impl ConditionKey {
    /// Takes any text that is not empty.
    ///
    /// # Errors
    /// [`ValueError::EmptyConditionKey`].
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        if text.is_empty() {
            Err(ValueError::EmptyConditionKey)
        } else {
            Ok(Self(Caseless::new(text)))
        }
    }

    /// The key as written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

/// A condition operator with what may stand around it: `ForAnyValue:StringLikeIfExists`.
///
/// ```
/// use iam_policy_kit::{Operator, Quantifier, Test};
/// let operator: Operator = "ForAnyValue:StringEquals".parse()?;
/// assert_eq!(operator.quantifier, Some(Quantifier::ForAnyValue));
/// assert_eq!(operator.test, Test::StringEquals);
/// assert_eq!(operator.to_string(), "ForAnyValue:StringEquals");
/// # Ok::<(), iam_policy_kit::ValueError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Operator {
    /// How a key with several values is taken.
    pub quantifier: Option<Quantifier>,
    /// The comparison.
    pub test: Test,
    /// Whether an absent key passes (`…IfExists`). Not for [`Test::Null`], which asks about absence itself.
    pub if_exists: bool,
}

impl From<Test> for Operator {
    fn from(test: Test) -> Self {
        Self {
            quantifier: None,
            test,
            if_exists: false,
        }
    }
}

impl FromStr for Operator {
    type Err = ValueError;

    fn from_str(text: &str) -> Result<Self, ValueError> {
        let (quantifier, rest) = match text.split_once(':') {
            Some(("ForAnyValue", rest)) => (Some(Quantifier::ForAnyValue), rest),
            Some(("ForAllValues", rest)) => (Some(Quantifier::ForAllValues), rest),
            _ => (None, text),
        };
        let (name, if_exists) = match rest.strip_suffix("IfExists") {
            Some(name) => (name, true),
            None => (rest, false),
        };
        match Test::NAMES.iter().find(|(_, known)| *known == name) {
            Some(&(comparison, _)) if !(if_exists && comparison == Test::Null) => Ok(Self {
                quantifier,
                test: comparison,
                if_exists,
            }),
            _ => Err(ValueError::Operator {
                got: text.to_owned(),
            }),
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.quantifier {
            None => "",
            Some(Quantifier::ForAnyValue) => "ForAnyValue:",
            Some(Quantifier::ForAllValues) => "ForAllValues:",
        })?;
        f.write_str(self.test.name())?;
        f.write_str(if self.if_exists { "IfExists" } else { "" })
    }
}

/// How a key with several values is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Quantifier {
    /// Some value of the request matches.
    ForAnyValue,
    /// All values of the request match; also when there is none.
    ForAllValues,
}

/// Declares [`Test`] with the names that IAM gives the operators.
macro_rules! tests {
    ($($name:ident)*) => {
        /// The comparisons of the policy language, named as IAM names them.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[expect(missing_docs, reason = "each name is the documented operator of the same spelling")]
        pub enum Test { $($name),* }

        impl Test {
            const NAMES: &[(Self, &'static str)] = &[$((Self::$name, stringify!($name))),*];

            /// The operator's name.
            pub fn name(self) -> &'static str {
                match self { $(Self::$name => stringify!($name)),* }
            }
        }
    };
}

tests! {
    StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike
    NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan NumericGreaterThanEquals
    DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan DateGreaterThanEquals
    Bool BinaryEquals IpAddress NotIpAddress
    ArnEquals ArnLike ArnNotEquals ArnNotLike Null
}

impl Test {
    /// Whether the operator holds where none of its values is met.
    pub fn is_negated(self) -> bool {
        matches!(
            self,
            Self::StringNotEquals
                | Self::StringNotEqualsIgnoreCase
                | Self::StringNotLike
                | Self::NumericNotEquals
                | Self::DateNotEquals
                | Self::NotIpAddress
                | Self::ArnNotEquals
                | Self::ArnNotLike
        )
    }

    /// Two values of this operator mean the same if these are equal.
    fn meaning(self, value: &str) -> String {
        match self {
            Self::Bool
            | Self::Null
            | Self::StringEqualsIgnoreCase
            | Self::StringNotEqualsIgnoreCase => value.to_ascii_lowercase(),
            Self::NumericEquals
            | Self::NumericNotEquals
            | Self::NumericLessThan
            | Self::NumericLessThanEquals
            | Self::NumericGreaterThan
            | Self::NumericGreaterThanEquals => {
                Decimal::parse(value).map_or_else(|| value.to_owned(), |number| number.to_string())
            }
            _ => value.to_owned(),
        }
    }

    /// The values without those that mean the same as an earlier one, each with its meaning.
    pub(crate) fn meanings(self, values: &BTreeSet<String>) -> BTreeMap<String, &str> {
        let mut meanings = BTreeMap::new();
        for value in values {
            meanings
                .entry(self.meaning(value))
                .or_insert(value.as_str());
        }
        meanings
    }
}
