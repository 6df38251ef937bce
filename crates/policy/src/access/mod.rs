//! Whether a request is allowed by the policies in force, and why: the evaluation logic of IAM, offline.
//!
//! An [`Estate`] holds the policies of any number of accounts. A [`Request`] is a plain value: who asks, for which action, on
//! which resource, with which context. [`Estate::decide`] gives a [`Decision`] that says which statement allowed or denied,
//! or which side is silent and which of its statements came near.
//!
//! What cannot be known is not guessed: a policy that could not be read, a value of the context that is not known, a
//! condition that compares what is not comparable. The verdict is [`Verdict::Unknown`] wherever the answer hangs on it, and
//! never then an allowance.
//!
//! Deliberately absent: groups (attach their policies to the user), the organisation's tree (attach its policies to the
//! account, by level), grants of KMS, access control lists of S3, VPC endpoint policies, and what a service decides by itself.

mod truth;
mod caller;
mod request;
mod estate;
mod decision;
mod condition;
mod fit;
mod explain;
mod evaluate;

pub use caller::{Caller, CallerKind};
pub use decision::{
    ConditionTest, Decision, Lack, Mismatch, NearMiss, Open, Side, StatementRef, Verdict,
};
pub use estate::{Attached, Attachment, Content, Estate};
pub use request::{Context, ContextValue, Request, Resource};
