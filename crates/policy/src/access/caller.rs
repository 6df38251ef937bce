//! Who asks.

use std::collections::BTreeMap;
use std::fmt;

use crate::arn::{AccountId, Arn};
use crate::error::ValueError;

/// Who makes a request, with the tags that it carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Caller {
    /// Of which kind, and its name.
    pub kind: CallerKind,
    /// Tags of the user, or of the role and the session: `aws:PrincipalTag/KEY`.
    pub tags: BTreeMap<String, String>,
}

/// The kinds of callers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallerKind {
    /// The root user of an account.
    Root(AccountId),
    /// A user of IAM, by its ARN.
    User(Arn),
    /// A session of a role.
    Session {
        /// `arn:aws:sts::111111111111:assumed-role/ROLE/SESSION`.
        session: Arn,
        /// The role's own ARN, with its path.
        role: Arn,
    },
    /// A service that calls by itself, such as `lambda.amazonaws.com`.
    Service(String),
    /// Somebody whom an identity provider vouches for, before it has a session.
    Federated(String),
    /// Nobody in particular.
    Anonymous,
}

impl Caller {
    /// A user of IAM.
    ///
    /// # Errors
    /// [`ValueError::Caller`] for an ARN that is not `arn:PARTITION:iam::ACCOUNT:user/…`.
    pub fn user(arn: Arn) -> Result<Self, ValueError> {
        check(&arn, "user/", "a user")?;
        Ok(CallerKind::User(arn).into())
    }

    /// A session of a role.
    ///
    /// # Errors
    /// [`ValueError::Caller`] for an ARN that is not `arn:PARTITION:iam::ACCOUNT:role/…`.
    pub fn session(role: Arn, session_name: &str) -> Result<Self, ValueError> {
        let name = check(&role, "role/", "a role")?.to_owned();
        let session = Arn {
            service: "sts".to_owned(),
            resource: format!("assumed-role/{name}/{session_name}"),
            ..role.clone()
        };
        Ok(CallerKind::Session { session, role }.into())
    }

    /// A service that calls by itself.
    pub fn service(name: impl Into<String>) -> Self {
        CallerKind::Service(name.into()).into()
    }

    /// Adds a tag of the principal or its session.
    #[must_use]
    pub fn with_tag(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.tags.insert(key.into(), value.into());
        self
    }

    /// The account of the caller; services, strangers and whoever has no session yet have none.
    pub fn account(&self) -> Option<AccountId> {
        match &self.kind {
            CallerKind::Root(account) => Some(account.clone()),
            CallerKind::User(arn) | CallerKind::Session { role: arn, .. } => arn.account_id(),
            CallerKind::Service(_) | CallerKind::Federated(_) | CallerKind::Anonymous => None,
        }
    }

    /// The ARN that identity policies and boundaries hang on: the user's, or the role's of a session.
    pub fn identity(&self) -> Option<&Arn> {
        match &self.kind {
            CallerKind::User(arn) | CallerKind::Session { role: arn, .. } => Some(arn),
            _ => None,
        }
    }
}

impl From<CallerKind> for Caller {
    fn from(kind: CallerKind) -> Self {
        Self {
            kind,
            tags: BTreeMap::new(),
        }
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.kind {
            CallerKind::Root(account) => write!(f, "root of {account}"),
            CallerKind::User(arn) | CallerKind::Session { session: arn, .. } => arn.fmt(f),
            CallerKind::Service(name) | CallerKind::Federated(name) => f.write_str(name),
            CallerKind::Anonymous => f.write_str("anonymous"),
        }
    }
}

/// The name without its path.
fn check<'a>(arn: &'a Arn, kind: &str, expected: &'static str) -> Result<&'a str, ValueError> {
    let path = arn.resource.strip_prefix(kind);
    let name = path.and_then(|path| path.rsplit('/').next());
    match name {
        Some(name) if arn.service == "iam" && arn.account_id().is_some() && !name.is_empty() => {
            Ok(name)
        }
        _ => Err(ValueError::Caller {
            expected,
            got: arn.to_string(),
        }),
    }
}
