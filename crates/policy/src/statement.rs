//! One statement: effect, principal, actions, resources, conditions.

use std::collections::BTreeSet;
use std::fmt;

use crate::action::Action;
use crate::arn::ResourcePattern;
use crate::condition::{ConditionKey, Conditions, Operator};
use crate::error::ValueError;
use crate::principal::Principal;

/// One statement of a policy document.
///
/// Lists are sets: order and repeats have no meaning. An empty list is never written by AWS and refused when read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its id; the case counts.
    pub sid: Option<Sid>,
    /// Allow or deny.
    pub effect: Effect,
    /// Of whom it speaks; absent in identity policies.
    pub principal: Option<Scope<Principal>>,
    /// What may be done or not.
    pub action: Scope<BTreeSet<Action>>,
    /// On what; absent in trust policies.
    pub resource: Option<Scope<BTreeSet<ResourcePattern>>>,
    /// When.
    pub conditions: Conditions,
}

impl Statement {
    /// Allows some actions; add what else is to be said with the `with_…` methods.
    pub fn allow(actions: impl IntoIterator<Item = Action>) -> Self {
        Self::new(Effect::Allow, actions)
    }

    /// Denies some actions.
    pub fn deny(actions: impl IntoIterator<Item = Action>) -> Self {
        Self::new(Effect::Deny, actions)
    }

    /// Sets the id.
    #[must_use]
    pub fn with_sid(self, sid: Sid) -> Self {
        Self {
            sid: Some(sid),
            ..self
        }
    }

    /// Sets the principal.
    #[must_use]
    pub fn with_principal(self, principal: Principal) -> Self {
        Self {
            principal: Some(Scope::Only(principal)),
            ..self
        }
    }

    /// Sets the resources.
    #[must_use]
    pub fn with_resources(self, resources: impl IntoIterator<Item = ResourcePattern>) -> Self {
        Self {
            resource: Some(Scope::Only(resources.into_iter().collect())),
            ..self
        }
    }

    /// Sets the conditions.
    #[must_use]
    pub fn with_conditions(self, conditions: Conditions) -> Self {
        Self { conditions, ..self }
    }

    /// Sets the actions to all but some.
    #[must_use]
    pub fn with_not_actions(self, actions: impl IntoIterator<Item = Action>) -> Self {
        Self {
            action: Scope::AllBut(actions.into_iter().collect()),
            ..self
        }
    }

    /// Sets the resources to all but some.
    #[must_use]
    pub fn with_not_resources(self, resources: impl IntoIterator<Item = ResourcePattern>) -> Self {
        Self {
            resource: Some(Scope::AllBut(resources.into_iter().collect())),
            ..self
        }
    }

    /// Sets the principal to all but some.
    #[must_use]
    pub fn with_not_principal(self, principal: Principal) -> Self {
        Self {
            principal: Some(Scope::AllBut(principal)),
            ..self
        }
    }

    /// Adds a condition to those that there are.
    #[must_use]
    pub fn with_condition<V: Into<String>>(
        self,
        operator: impl Into<Operator>,
        key: ConditionKey,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let conditions = self.conditions.with(operator.into(), key, values);
        Self { conditions, ..self }
    }

    /// Whether `${` stands where the current version of the language replaces variables: in resources and condition values.
    pub(crate) fn has_variables(&self) -> bool {
        let in_resources = self.resource.iter().any(|scope| {
            let (Scope::Only(patterns) | Scope::AllBut(patterns)) = scope;
            patterns
                .iter()
                .any(|pattern| pattern.as_str().contains("${"))
        });
        let mut values = self
            .conditions
            .iter()
            .flat_map(|(_, keys)| keys.values().flatten());
        in_resources || values.any(|value| value.contains("${"))
    }

    fn new(effect: Effect, actions: impl IntoIterator<Item = Action>) -> Self {
        Self {
            sid: None,
            effect,
            principal: None,
            action: Scope::Only(actions.into_iter().collect()),
            resource: None,
            conditions: Conditions::none(),
        }
    }
}

/// What a statement does when it matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// `Allow`.
    Allow,
    /// `Deny`.
    Deny,
}

impl Effect {
    /// Reads `Allow` or `Deny`; the case counts.
    ///
    /// # Errors
    /// [`ValueError::Effect`] for anything else.
    pub fn new(text: &str) -> Result<Self, ValueError> {
        match text {
            "Allow" => Ok(Self::Allow),
            "Deny" => Ok(Self::Deny),
            _ => Err(ValueError::Effect {
                got: text.to_owned(),
            }),
        }
    }

    /// `Allow` or `Deny`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "Allow",
            Self::Deny => "Deny",
        }
    }
}

/// An element or its negation: `Action` or `NotAction`, `Resource` or `NotResource`, `Principal` or `NotPrincipal`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope<T> {
    /// What is named.
    Only(T),
    /// Everything but what is named.
    AllBut(T),
}

/// A statement's id. The case counts.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Sid(String);

impl Sid {
    /// Takes ASCII letters and digits: what every service accepts.
    ///
    /// # Errors
    /// [`ValueError::Sid`] for anything else, the empty text included.
    pub fn new(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        let valid = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric());
        if valid {
            Ok(Self(text))
        } else {
            Err(ValueError::Sid { got: text })
        }
    }

    /// Takes what the permission of a Lambda function accepts: `-` and `_` too, at most 100 characters.
    ///
    /// # Errors
    /// [`ValueError::FunctionSid`] for anything else.
    pub fn for_function(text: impl Into<String>) -> Result<Self, ValueError> {
        let text = text.into();
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_';
        let valid = (1..=100).contains(&text.len()) && text.bytes().all(allowed);
        if valid {
            Ok(Self(text))
        } else {
            Err(ValueError::FunctionSid { got: text })
        }
    }

    /// Keeps what stands in a document of somebody else: S3 stores ids such as `S3PolicyStmt-DO-NOT-MODIFY-1` itself.
    pub(crate) fn as_found(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
