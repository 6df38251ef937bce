//! A function: what it is, and in which state.

use std::collections::BTreeMap;

use aws_lc_rs::digest;
use iam_policy_kit::Arn;
use serde_json::{Map, Value, json};

use crate::clock::{iso8601, unix_millis};

/// A function with its one version, `$LATEST`.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Function {
    pub(in crate::cloud) arn: Arn,
    pub(super) role: String,
    /// `Runtime`, `Handler`, `MemorySize` and the like, as `GetFunctionConfiguration` has them.
    pub(super) configuration: Map<String, Value>,
    pub(super) environment: BTreeMap<String, String>,
    pub(super) code: Vec<u8>,
    pub(super) revision_id: String,
    modified_millis: u64,
    pub(super) state: State,
    /// Statements of its policy, in order.
    pub(in crate::cloud) statements: Vec<Value>,
    pub(super) tags: BTreeMap<String, String>,
    pub(super) reserved: Option<u64>,
}

/// How far it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum State {
    /// Being made, for so many reads more, at least 1.
    Pending(u32),
    /// Being changed, for so many reads more, at least 1.
    InProgress(u32),
    /// As it should be.
    Active,
}

impl State {
    /// Being made for so many reads, at least 1 of them; there at once for none.
    fn pending(reads: u32) -> Self {
        if reads == 0 {
            Self::Active
        } else {
            Self::Pending(reads)
        }
    }

    /// Being changed for so many reads, or not at all.
    pub(super) fn in_progress(reads: u32) -> Self {
        if reads == 0 {
            Self::Active
        } else {
            Self::InProgress(reads)
        }
    }
}

impl Function {
    pub(super) fn new(arn: Arn, role: String, code: Vec<u8>, reads: u32) -> Self {
        let mut function = Self {
            arn,
            role,
            configuration: Map::new(),
            environment: BTreeMap::new(),
            code,
            revision_id: String::new(),
            modified_millis: 0,
            state: State::pending(reads),
            statements: Vec::new(),
            tags: BTreeMap::new(),
            reserved: None,
        };
        function.touch();
        function
    }

    /// Gives it another revision.
    pub(super) fn touch(&mut self) {
        self.revision_id = uuid::Uuid::new_v4().to_string();
        self.modified_millis = unix_millis();
    }

    /// A step nearer to where it goes; called with each read.
    pub(super) fn proceed(&mut self) {
        self.state = match self.state {
            State::Pending(left) => State::pending(left - 1),
            State::InProgress(left) => State::in_progress(left - 1),
            State::Active => State::Active,
        };
    }

    /// Its policy; none without statements.
    pub(in crate::cloud) fn policy(&self) -> Option<Value> {
        let Self { statements, .. } = self;
        (!statements.is_empty())
            .then(|| json!({"Version": "2012-10-17", "Id": "default", "Statement": statements}))
    }

    /// The answer of `GetFunctionConfiguration`.
    pub(super) fn told(&self) -> Value {
        let (_, name) = self.arn.resource.split_once(':').unwrap_or_default();
        let mut told = self.configuration.clone();
        let mut set = |name: &str, value: Value| told.insert(name.to_owned(), value);
        set("FunctionName", name.into());
        set("FunctionArn", self.arn.to_string().into());
        set("Role", self.role.clone().into());
        set("CodeSize", self.code.len().into());
        set("CodeSha256", code_sha256(&self.code).into());
        set("Version", "$LATEST".into());
        set("RevisionId", self.revision_id.clone().into());
        // Of all services only this one writes the offset so.
        let modified = iso8601(self.modified_millis).replace('Z', "+0000");
        set("LastModified", modified.into());
        set(
            "SnapStart",
            json!({"ApplyOn": "None", "OptimizationStatus": "Off"}),
        );
        if !self.environment.is_empty() {
            set("Environment", json!({"Variables": self.environment}));
        }
        let state = match self.state {
            State::Pending(_) => {
                set("StateReason", "The function is being created.".into());
                set("StateReasonCode", "Creating".into());
                "Pending"
            }
            State::InProgress(_) => {
                set("LastUpdateStatus", "InProgress".into());
                set(
                    "LastUpdateStatusReason",
                    "The function is being created.".into(),
                );
                set("LastUpdateStatusReasonCode", "Creating".into());
                "Active"
            }
            State::Active => {
                set("LastUpdateStatus", "Successful".into());
                "Active"
            }
        };
        set("State", state.into());
        told.into()
    }
}

/// The hash as base64, as the service tells it.
pub(super) fn code_sha256(code: &[u8]) -> String {
    base64_simd::STANDARD.encode_to_string(digest::digest(&digest::SHA256, code))
}
