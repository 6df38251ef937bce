//! One module for each kind of resource: what it should be, what it is, what is to be done, and the calls that do it.
//!
//! `plan` functions are pure; `read` and `run` make the calls.

pub(crate) mod role;
pub(crate) mod bucket;
pub(crate) mod logs;
pub(crate) mod function;
pub(crate) mod permission;
pub(crate) mod workgroup;
pub(crate) mod catalog;
pub(crate) mod key;
