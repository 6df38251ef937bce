//! The policies in force, and what each of them is attached to.

use std::fmt;

use crate::access::request::Request;
use crate::arn::{AccountId, Arn};
use crate::document::Document;

/// The policies of all accounts that a decision may hang on.
///
/// What is not here does not exist: a caller without identity policies has no rights of its own, an account without service
/// control policies is not cut by any. A policy that exists but could not be read is entered as [`Content::Unread`].
#[derive(Debug, Clone, Default)]
pub struct Estate {
    /// In any order; order has no meaning.
    pub policies: Vec<Attached>,
}

/// A policy where it is in force.
#[derive(Debug, Clone)]
pub struct Attached {
    /// Its name, for explanations.
    pub name: String,
    /// Where.
    pub to: Attachment,
    /// What it says.
    pub content: Content,
}

/// What is known of a policy.
#[derive(Debug, Clone)]
pub enum Content {
    /// All.
    Known(Document),
    /// Only that there may be one; why it was not read.
    Unread(String),
}

/// What a policy is attached to, and so what it can do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Attachment {
    /// A user or role: grants. Inline, managed or of a group, which makes no difference.
    Identity(Arn),
    /// A user or role: bounds what its identity policies grant.
    Boundary(Arn),
    /// A session, by its ARN: bounds it.
    Session(Arn),
    /// A resource: grants to whom it names. Of an object the bucket's, of an index the table's. The trust policy of a role
    /// is the one that decides about `sts:` actions on it. Trust policies and key policies must allow; identity policies
    /// alone do not suffice there.
    Resource(Arn),
    /// An account, on one level of its organisation: at least one policy on each level must allow what its users and roles
    /// do. `FullAWSAccess` is not implied.
    ServiceControl {
        /// Whose callers are bounded.
        account: AccountId,
        /// A name such as `root`, the organisational unit's, or `account`.
        level: String,
    },
    /// The same about what is done to an account's resources, whoever does it. `RCPFullAWSAccess` is not implied.
    ResourceControl {
        /// Whose resources are bounded.
        account: AccountId,
        /// As above.
        level: String,
    },
}

impl Estate {
    /// Adds a policy.
    #[must_use]
    pub fn with(mut self, to: Attachment, name: impl Into<String>, document: Document) -> Self {
        self.policies.push(Attached {
            name: name.into(),
            to,
            content: Content::Known(document),
        });
        self
    }

    /// Adds a policy that could not be read, or of which is not known whether it exists.
    #[must_use]
    pub fn with_unread(
        mut self,
        to: Attachment,
        name: impl Into<String>,
        reason: impl Into<String>,
    ) -> Self {
        self.policies.push(Attached {
            name: name.into(),
            to,
            content: Content::Unread(reason.into()),
        });
        self
    }
}

impl Attachment {
    /// Whether a policy attached here is the resource policy of what is asked for.
    pub(super) fn guards(&self, request: &Request) -> bool {
        let Self::Resource(arn) = self else {
            return false;
        };
        let asked = request.resource.as_str();
        // Iam's own actions on a role are not the business of its trust policy.
        if arn.service == "iam" && service(request) != "sts" {
            return false;
        }
        let inner = match arn.service.as_str() {
            "s3" => "/",
            "dynamodb" => "/index/",
            _ => "",
        };
        match asked.strip_prefix(&arn.to_string()) {
            Some("") => true,
            Some(rest) => !inner.is_empty() && rest.starts_with(inner),
            None => false,
        }
    }
}

/// Whether identity policies alone never suffice for what is asked.
pub(super) fn needs_resource_policy(request: &Request) -> bool {
    let resource = request.resource.as_str();
    let of = |service_of_arn: &str, kind: &str| {
        resource
            .parse::<Arn>()
            .is_ok_and(|arn| arn.service == service_of_arn && arn.resource.starts_with(kind))
    };
    match service(request).as_str() {
        "sts" => of("iam", "role/"),
        "kms" => of("kms", "key/"),
        _ => false,
    }
}

/// The service of the action, in lower case.
fn service(request: &Request) -> String {
    let action = request.action.as_str();
    let (service, _) = action.split_once(':').unwrap_or((action, ""));
    service.to_ascii_lowercase()
}

impl fmt::Display for Attachment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Identity(arn) | Self::Resource(arn) => write!(f, "of `{arn}`"),
            Self::Boundary(arn) => write!(f, "that bounds `{arn}`"),
            Self::Session(arn) => write!(f, "of the session `{arn}`"),
            Self::ServiceControl { account, level } | Self::ResourceControl { account, level } => {
                write!(f, "of account {account} on level `{level}`")
            }
        }
    }
}
