//! IAM policy documents as types: build them, read them, print them, and compare them by meaning.
//!
//! The types of [`arn`], [`action`], [`principal`], [`condition`], [`statement`] and [`document`] are the meaning; [`json`] is
//! the form. Two values are equal when AWS treats them alike, whatever the spelling: `S3:getobject` is `s3:GetObject`, the
//! principal `222222222222` is `arn:aws:iam::222222222222:root`, and one action is the list of that action. The spelling is
//! kept for printing, so that a document that was only read is not rewritten in other words.
//!
//! ```
//! use iam_policy_kit::Document;
//!
//! let ours = Document::from_json(
//!     r#"{"Version": "2012-10-17",
//!         "Statement": [{"Effect": "Allow", "Action": ["s3:GetObject"], "Resource": ["arn:aws:s3:::b/*"]}]}"#,
//! )?;
//! let theirs = Document::from_json(
//!     r#"{"Version": "2012-10-17",
//!         "Statement": {"Effect": "Allow", "Action": "S3:getobject", "Resource": "arn:aws:s3:::b/*", "Condition": {}}}"#,
//! )?;
//! assert_eq!(ours, theirs);
//! # Ok::<(), iam_policy_kit::ParseError>(())
//! ```
#![forbid(unsafe_code)]

mod caseless;
mod error;
mod pattern;
mod literal;

pub mod arn;
pub mod action;
pub mod principal;
pub mod condition;
pub mod statement;
pub mod document;
pub mod merge;
pub mod diff;
pub mod json;
pub mod check;
pub mod access;
pub mod matrix;
pub mod carried;

pub use action::Action;
pub use arn::{AccountId, Arn, ResourcePattern};
pub use condition::{ConditionKey, Conditions, Operator, Quantifier, Test};
pub use document::{Document, Version};
pub use error::ValueError;
pub use json::ParseError;
pub use merge::{Change, Unnamed};
pub use principal::{AwsPrincipal, Principal};
pub use statement::{Effect, Scope, Sid, Statement};
