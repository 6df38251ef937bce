//! Access keys, and whom they speak for.

use std::collections::BTreeMap;

use hyper::HeaderMap;
use iam_policy_kit::access::{Caller, CallerKind};
use iam_policy_kit::{AccountId, Arn, Document};

use super::answer::Refusal;
use super::wire::{Scope, Service};
use super::world::{World, arn};
use crate::clock::{iso8601, unix_millis};

/// Long as AWS's: 20 characters, `AKIA` for users and `ASIA` for sessions.
const SUFFIX_DIGITS: usize = 16;

/// What signs a request.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    /// Names the secret.
    pub access_key_id: String,
    /// The secret.
    pub secret_access_key: String,
    /// Of sessions only.
    pub session_token: Option<String>,
}

impl std::fmt::Debug for Credentials {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Credentials")
            .field("access_key_id", &self.access_key_id)
            .finish_non_exhaustive()
    }
}

/// An access key that was given out.
#[derive(Clone, Debug)]
pub(super) struct Key {
    pub(super) credentials: Credentials,
    pub(super) holder: Holder,
    /// Policies that cut this session.
    pub(super) session_policies: Vec<Document>,
    /// When the session began, in milliseconds since 1970.
    pub(super) issued_millis: u64,
}

/// Whom a key speaks for.
#[derive(Clone, Debug)]
pub(super) struct Holder {
    pub(super) caller: Caller,
    pub(super) account: AccountId,
    /// `AIDA…`, or `AROA…:SESSION`, or the account's id.
    pub(super) unique_id: String,
}

impl Holder {
    /// The ARN as `GetCallerIdentity` and refusals name it.
    pub(super) fn arn(&self) -> String {
        match &self.caller.kind {
            CallerKind::User(arn) | CallerKind::Session { session: arn, .. } => arn.to_string(),
            _ => arn("iam", "", self.account.as_str(), "root").to_string(),
        }
    }
}

impl World {
    /// A new key for `holder`.
    pub(super) fn issue(&mut self, holder: Holder, session_policies: Vec<Document>) -> Credentials {
        let is_session = matches!(holder.caller.kind, CallerKind::Session { .. });
        let serial = self.serial();
        let prefix = if is_session { "ASIA" } else { "AKIA" };
        let access_key_id = format!("{prefix}{serial:0SUFFIX_DIGITS$}");
        let credentials = Credentials {
            secret_access_key: format!("secret/of/{access_key_id}/{}", uuid::Uuid::new_v4()),
            session_token: is_session.then(|| format!("token-of-{}", uuid::Uuid::new_v4())),
            access_key_id: access_key_id.clone(),
        };
        let key = Key {
            credentials: credentials.clone(),
            holder,
            session_policies,
            issued_millis: unix_millis(),
        };
        self.keys.insert(access_key_id, key);
        credentials
    }

    /// A new session of a role.
    pub(super) fn assume(
        &mut self,
        role: &Arn,
        session_name: &str,
        policies: Vec<Document>,
    ) -> Option<(Credentials, Holder)> {
        let found = self.role(&role.to_string())?;
        let mut caller = Caller::session(role.clone(), session_name).ok()?;
        for (key, value) in &found.tags {
            caller = caller.with_tag(key, value);
        }
        let holder = Holder {
            caller,
            account: role.account_id()?,
            unique_id: format!("{}:{session_name}", found.unique_id),
        };
        Some((self.issue(holder.clone(), policies), holder))
    }

    /// The key that signed a request; its secret is not looked at, its token is.
    pub(super) fn signer(&self, scope: &Scope, headers: &HeaderMap) -> Result<Key, Refusal> {
        let key = self.keys.get(&scope.access_key_id);
        let token = headers.get("x-amz-security-token");
        let token = token.and_then(|token| token.to_str().ok());
        let alive = |key: &&Key| match &key.holder.caller.kind {
            CallerKind::Session { role, .. } => {
                // The session of a role that was deleted, or made anew, is worth nothing.
                let unique_id = self.role(&role.to_string()).map(|role| &role.unique_id);
                unique_id.is_some_and(|id| key.holder.unique_id.starts_with(&format!("{id}:")))
            }
            _ => true,
        };
        key.filter(|key| key.credentials.session_token.as_deref() == token)
            .filter(alive)
            .cloned()
            .ok_or_else(|| unknown(scope.service))
    }
}

fn unknown(service: Service) -> Refusal {
    let message = "The security token included in the request is invalid.";
    match service {
        Service::Sts | Service::Iam => Refusal::new(403, "InvalidClientTokenId", message),
        Service::S3 => Refusal::new(
            403,
            "InvalidAccessKeyId",
            "The AWS Access Key Id you provided does not exist in our records.",
        ),
        Service::Lambda => Refusal::new(403, "UnrecognizedClientException", message),
        _ => Refusal::new(400, "UnrecognizedClientException", message),
    }
}

/// Context keys that follow from the key itself.
pub(super) fn context(key: &Key) -> BTreeMap<&'static str, Vec<String>> {
    let mut context = BTreeMap::from([("aws:userid", vec![key.holder.unique_id.clone()])]);
    if key.credentials.session_token.is_some() {
        context.insert("aws:MultiFactorAuthPresent", vec!["false".to_owned()]);
        context.insert("aws:TokenIssueTime", vec![iso8601(key.issued_millis)]);
    }
    context
}
