#![doc = include_str!("../README.md")]
//!
//! # Modules
//!
//! The types of [`arn`], [`action`], [`principal`], [`condition`], [`statement`] and [`document`] are the meaning; [`json`] is
//! the form. Two values are equal when AWS treats them alike, whatever the spelling. The spelling is kept for printing, so
//! that a document that was only read is not rewritten in other words. [`merge`], [`diff`] and [`check`] work on documents,
//! [`access`] on all policies that are in force, [`matrix`] and [`carried`] on many requests.
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
