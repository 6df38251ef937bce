//! What comes of a request, with all that is needed to say why.

use crate::access::estate::{Attached, Attachment, Content};
use crate::condition::{ConditionKey, Operator};
use crate::statement::Sid;

/// The answer to one request. Its `Display` is the explanation in words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The caller, as explanations name it.
    pub caller: String,
    /// The action.
    pub action: String,
    /// The resource.
    pub resource: String,
    /// What was decided.
    pub verdict: Verdict,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Verdict {
    /// The request goes through.
    Allow {
        /// One statement for each side that had to allow. Empty for a root user, who needs none.
        by: Vec<StatementRef>,
    },
    /// Statements forbid it.
    ExplicitDeny {
        /// Each that does, with those of its conditions that the request meets.
        by: Vec<(StatementRef, Vec<ConditionTest>)>,
    },
    /// Nobody forbids it, but a side that must allow it does not.
    ImplicitDeny {
        /// Each such side; not empty, the caller's own first.
        lacking: Vec<Lack>,
    },
    /// It hangs on something that is not known. Not an allowance.
    Unknown {
        /// On what; not empty.
        open: Vec<Open>,
    },
}

impl Decision {
    /// Whether the request surely goes through.
    pub fn is_allowed(&self) -> bool {
        matches!(self.verdict, Verdict::Allow { .. })
    }

    /// Whether the request surely does not go through.
    pub fn is_denied(&self) -> bool {
        matches!(
            self.verdict,
            Verdict::ExplicitDeny { .. } | Verdict::ImplicitDeny { .. }
        )
    }
}

/// The kinds of policies that take part, in the order in which a lack of them is reported.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The identity policies of the caller.
    Identity,
    /// The policy of the resource, trust and key policies included.
    Resource,
    /// The caller's permissions boundary.
    Boundary,
    /// The session's policies.
    Session,
    /// Service control policies of the caller's account.
    ServiceControl,
    /// Resource control policies of the resource's account.
    ResourceControl,
}

/// A statement of an attached policy. Its `Display` reads ``statement `X` of the resource policy `P` of `ARN` ``.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StatementRef {
    /// The side that the policy is of.
    pub side: Side,
    /// The policy's name.
    pub policy: String,
    /// What it is attached to.
    pub to: Attachment,
    /// Where the statement stands, from 0.
    pub index: usize,
    /// Its id, if any.
    pub sid: Option<Sid>,
}

impl Attachment {
    /// On which side a policy takes part that is attached so.
    pub fn side(&self) -> Side {
        match self {
            Self::Identity(_) => Side::Identity,
            Self::Boundary(_) => Side::Boundary,
            Self::Session(_) => Side::Session,
            Self::Resource(_) => Side::Resource,
            Self::ServiceControl { .. } => Side::ServiceControl,
            Self::ResourceControl { .. } => Side::ResourceControl,
        }
    }
}

impl StatementRef {
    /// All statements of a policy; none of one that was not read.
    pub(crate) fn all_of(attached: &Attached) -> Vec<Self> {
        let Content::Known(document) = &attached.content else {
            return Vec::new();
        };
        let statements = document.statements.iter().enumerate();
        statements
            .map(|(index, statement)| Self {
                side: attached.to.side(),
                policy: attached.name.clone(),
                to: attached.to.clone(),
                index,
                sid: statement.sid.clone(),
            })
            .collect()
    }
}

/// A side that does not allow what it would have to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lack {
    /// Which.
    pub side: Side,
    /// Whether there is any policy on that side.
    pub has_policies: bool,
    /// Whether caller and resource are of different accounts, so that both sides must allow.
    pub across_accounts: bool,
    /// Statements that allow the action but miss the request otherwise.
    pub near: Vec<NearMiss>,
}

/// A statement that comes near.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NearMiss {
    /// Which.
    pub statement: StatementRef,
    /// Where it misses.
    pub mismatch: Mismatch,
}

/// Where a statement misses a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mismatch {
    /// It names others.
    Principal,
    /// It is about other actions.
    Action,
    /// It is about other resources.
    Resource,
    /// A condition is not met.
    Condition(ConditionTest),
    /// It names only the account, which then decides by identity policies.
    DelegatesOnly,
}

/// One operator on one key, with what the statement wants and what the request has.
///
/// Values of `sts:ExternalId` are not shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConditionTest {
    /// The operator.
    pub operator: Operator,
    /// The key.
    pub key: ConditionKey,
    /// The values of the statement.
    pub wanted: Vec<String>,
    /// The values of the request, `None` where the key is absent.
    pub got: Option<Vec<String>>,
}

/// Something that is not known and matters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Open {
    /// The statement or policy.
    pub place: String,
    /// What is not known about it.
    pub reason: String,
}
