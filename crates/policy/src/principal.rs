//! Whom a statement of a resource policy speaks of.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use crate::arn::{AccountId, Arn};
use crate::error::ValueError;

/// The `Principal` or `NotPrincipal` of a statement, by kind.
///
/// `"*"` and `{"AWS": "*"}` are the same: everyone. Who names everyone names all others too, so two principals that both
/// do are equal whatever else they list.
#[derive(Debug, Clone, Default)]
pub struct Principal {
    /// Accounts, users, roles and sessions.
    pub aws: BTreeSet<AwsPrincipal>,
    /// Service names such as `lambda.amazonaws.com`.
    pub services: BTreeSet<String>,
    /// Identity providers.
    pub federated: BTreeSet<String>,
    /// Canonical user ids of S3.
    pub canonical_users: BTreeSet<String>,
}

impl Principal {
    /// Everyone, `*`.
    pub fn anyone() -> Self {
        Self::aws(AwsPrincipal::Anyone)
    }

    /// One principal of the `AWS` kind.
    pub fn aws(principal: AwsPrincipal) -> Self {
        Self {
            aws: BTreeSet::from([principal]),
            ..Self::default()
        }
    }

    /// One service.
    pub fn service(name: impl Into<String>) -> Self {
        Self {
            services: BTreeSet::from([name.into()]),
            ..Self::default()
        }
    }

    /// Whether everyone is named.
    pub fn is_anyone(&self) -> bool {
        self.aws.contains(&AwsPrincipal::Anyone)
    }
}

impl PartialEq for Principal {
    fn eq(&self, other: &Self) -> bool {
        (self.is_anyone() && other.is_anyone())
            || (self.aws == other.aws
                && self.services == other.services
                && self.federated == other.federated
                && self.canonical_users == other.canonical_users)
    }
}

impl Eq for Principal {}

/// A principal of the `AWS` kind.
///
/// An account is the same written as its digits and as the ARN of its root; AWS itself turns the first into the second. A
/// unique id is never equal to an ARN: AWS shows it in place of a user or role that was deleted, also when one of that name
/// exists again.
#[derive(Debug, Clone)]
pub enum AwsPrincipal {
    /// `*`.
    Anyone,
    /// A whole account.
    Account {
        /// Whose.
        id: AccountId,
        /// The partition of `arn:PARTITION:iam::ID:root`, or `None` where the digits stand alone. Not compared: an account
        /// lives in one partition.
        partition: Option<String>,
    },
    /// A user, role or session by name.
    Arn(Arn),
    /// What is left of a deleted user (`AIDA…`) or role (`AROA…`). Matches nobody.
    UniqueId(String),
}

impl AwsPrincipal {
    /// Reads the text of a policy.
    ///
    /// # Errors
    /// [`ValueError::AwsPrincipal`] for what is neither `*`, an account id, an ARN nor a unique id.
    pub fn new(text: &str) -> Result<Self, ValueError> {
        if text == "*" {
            return Ok(Self::Anyone);
        }
        if let Ok(id) = AccountId::new(text) {
            return Ok(Self::Account {
                id,
                partition: None,
            });
        }
        if let Ok(arn) = text.parse::<Arn>() {
            return Ok(match AccountId::new(arn.account.as_str()) {
                Ok(id)
                    if arn.service == "iam" && arn.region.is_empty() && arn.resource == "root" =>
                {
                    Self::Account {
                        id,
                        partition: Some(arn.partition),
                    }
                }
                _ => Self::Arn(arn),
            });
        }
        let is_unique_id = text.len() >= 16
            && text.starts_with('A')
            && text
                .bytes()
                .all(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit());
        if is_unique_id {
            return Ok(Self::UniqueId(text.to_owned()));
        }
        Err(ValueError::AwsPrincipal {
            got: text.to_owned(),
        })
    }

    /// The principal as written.
    pub fn to_text(&self) -> String {
        match self {
            Self::Anyone => "*".to_owned(),
            Self::Account {
                id,
                partition: None,
            } => id.to_string(),
            Self::Account {
                id,
                partition: Some(partition),
            } => format!("arn:{partition}:iam::{id}:root"),
            Self::Arn(arn) => arn.to_string(),
            Self::UniqueId(id) => id.clone(),
        }
    }

    /// Equal for equal principals.
    pub(crate) fn meaning_text(&self) -> String {
        let (kind, text) = self.meaning();
        format!("{kind} {text}")
    }

    /// What equality and order look at.
    fn meaning(&self) -> (u8, String) {
        match self {
            Self::Anyone => (0, String::new()),
            Self::Account { id, .. } => (1, id.to_string()),
            Self::Arn(arn) => (2, arn.to_string()),
            Self::UniqueId(id) => (3, id.clone()),
        }
    }
}

impl PartialEq for AwsPrincipal {
    fn eq(&self, other: &Self) -> bool {
        self.meaning() == other.meaning()
    }
}

impl Eq for AwsPrincipal {}

impl PartialOrd for AwsPrincipal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for AwsPrincipal {
    fn cmp(&self, other: &Self) -> Ordering {
        self.meaning().cmp(&other.meaning())
    }
}
