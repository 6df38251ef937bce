//! The kinds of policies and what AWS asks of each.

/// What a document is for, which decides its limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PolicyKind {
    /// A managed policy, also as a permissions boundary: 6,144 characters.
    Managed,
    /// An inline policy of a user: 2,048 characters over all of them.
    InlineUser,
    /// An inline policy of a group: 5,120 characters over all of them.
    InlineGroup,
    /// An inline policy of a role: 10,240 characters over all of them.
    InlineRole,
    /// A policy handed in for one session: 2,048 characters.
    Session,
    /// A service control policy: 5,120 characters.
    ServiceControl,
    /// A resource control policy: 5,120 characters.
    ResourceControl,
    /// Who may assume a role: 2,048 characters, which AWS raises on request.
    Trust,
    /// The policy of a bucket: 20,480 bytes.
    Bucket,
    /// The policy of a Lambda function: 20,480 bytes.
    Function,
    /// The policy of a KMS key: 32,768 bytes.
    Key,
}

impl PolicyKind {
    /// The size limit, in characters for policies that IAM and Organizations store and in bytes for others; white space
    /// between elements is not counted.
    pub fn max_size(self) -> usize {
        match self {
            Self::InlineUser | Self::Session | Self::Trust => 2_048,
            Self::InlineGroup | Self::ServiceControl | Self::ResourceControl => 5_120,
            Self::Managed => 6_144,
            Self::InlineRole => 10_240,
            Self::Bucket | Self::Function => 20_480,
            Self::Key => 32_768,
        }
    }

    /// Whether its statements name principals; else they must not.
    pub(super) fn has_principal(self) -> bool {
        matches!(
            self,
            Self::ResourceControl | Self::Trust | Self::Bucket | Self::Function | Self::Key
        )
    }

    /// Whether its statements name resources; else they must not.
    pub(super) fn has_resource(self) -> bool {
        self != Self::Trust
    }

    /// Whether IAM or Organizations store it, which have the strictest rules for characters and Sids.
    pub(super) fn is_stored_by_iam(self) -> bool {
        !matches!(self, Self::Bucket | Self::Function | Self::Key)
    }

    /// The only service whose actions it can grant.
    pub(super) fn service(self) -> Option<&'static str> {
        match self {
            Self::Trust => Some("sts"),
            Self::Bucket => Some("s3"),
            Self::Function => Some("lambda"),
            Self::Key => Some("kms"),
            _ => None,
        }
    }
}
