//! What is asked, and what is known about the asking.

use std::collections::BTreeMap;
use std::fmt;

use crate::access::caller::{Caller, CallerKind};
use crate::action::Action;
use crate::arn::{AccountId, Arn};
use crate::condition::ConditionKey;
use crate::error::ValueError;

/// One call to AWS, as authorisation sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub caller: Caller,
    /// What for; one action, no pattern.
    pub action: Action,
    /// On what.
    pub resource: Resource,
    /// What else is known.
    pub context: Context,
}

impl Request {
    /// A request over TLS with no further context. What follows from caller and resource (`aws:PrincipalArn`,
    /// `aws:RequestedRegion`, …) need not be given: see [`Context`].
    ///
    /// # Errors
    /// [`ValueError::Action`] for what is not an action, [`ValueError::NotOneAction`] for a pattern.
    pub fn new(caller: Caller, action: &str, resource: Resource) -> Result<Self, ValueError> {
        if action.contains(['*', '?']) {
            return Err(ValueError::NotOneAction {
                got: action.to_owned(),
            });
        }
        Ok(Self {
            caller,
            action: Action::new(action)?,
            resource,
            context: Context::default().with(key(SECURE_TRANSPORT), ["true"]),
        })
    }

    /// Sets the values of a condition key; one value, or several for keys such as `aws:CalledVia`.
    ///
    /// # Errors
    /// [`ValueError::EmptyConditionKey`].
    pub fn with<V: Into<String>>(
        mut self,
        key: &str,
        values: impl IntoIterator<Item = V>,
    ) -> Result<Self, ValueError> {
        self.context = self.context.with(ConditionKey::new(key)?, values);
        Ok(self)
    }

    /// The context with what follows from caller and resource. What was given stands.
    pub(super) fn full_context(&self) -> FullContext {
        let mut full = self.context.clone();
        let mut imply = |name: &str, value: Option<String>| {
            if let Some(value) = value {
                full.0
                    .entry(key(name))
                    .or_insert(ContextValue::Values(vec![value]));
            }
        };
        let caller = &self.caller;
        let arn = match &caller.kind {
            CallerKind::Root(account) => Some(format!("arn:aws:iam::{account}:root")),
            _ => caller.identity().map(Arn::to_string),
        };
        imply("aws:PrincipalArn", arn);
        imply(
            "aws:PrincipalAccount",
            caller.account().as_ref().map(AccountId::to_string),
        );
        let service = match &caller.kind {
            CallerKind::Service(name) => Some(name.clone()),
            _ => None,
        };
        imply(
            "aws:PrincipalIsAWSService",
            Some(service.is_some().to_string()),
        );
        imply("aws:PrincipalServiceName", service);
        let kind = match &caller.kind {
            CallerKind::Root(_) => Some("Account"),
            CallerKind::User(_) => Some("User"),
            CallerKind::Session { .. } => Some("AssumedRole"),
            CallerKind::Anonymous => Some("Anonymous"),
            CallerKind::Service(_) | CallerKind::Federated(_) => None,
        };
        imply("aws:PrincipalType", kind.map(str::to_owned));
        let user_name = match &caller.kind {
            CallerKind::User(arn) => arn.resource.rsplit('/').next().map(str::to_owned),
            _ => None,
        };
        imply("aws:username", user_name);
        for (name, value) in &caller.tags {
            imply(&format!("aws:PrincipalTag/{name}"), Some(value.clone()));
        }
        let region = self.resource.region().map(str::to_owned);
        imply("aws:RequestedRegion", region);
        imply(
            "aws:ResourceAccount",
            self.resource.account().map(AccountId::to_string),
        );
        let (first, last, through_service) = match self.context.0.get(&key("aws:CalledVia")) {
            Some(ContextValue::Values(via)) => {
                (via.first().cloned(), via.last().cloned(), Some(true))
            }
            Some(ContextValue::Unknown) => (None, None, None),
            Some(ContextValue::Absent) | None => (None, None, Some(false)),
        };
        imply("aws:CalledViaFirst", first);
        imply("aws:CalledViaLast", last);
        imply(
            "aws:ViaAWSService",
            through_service.map(|through| through.to_string()),
        );
        if through_service.is_none() {
            for name in [
                "aws:CalledViaFirst",
                "aws:CalledViaLast",
                "aws:ViaAWSService",
            ] {
                full.0.entry(key(name)).or_insert(ContextValue::Unknown);
            }
        }
        FullContext {
            given: full,
            is_service: matches!(caller.kind, CallerKind::Service(_)),
        }
    }
}

/// What a request is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resource {
    /// The resource's ARN, or `*` for an action that knows no resource.
    text: String,
    account: Option<AccountId>,
}

impl Resource {
    /// A resource whose ARN holds its account. For buckets and objects, whose ARN does not, add [`Resource::owned_by`].
    pub fn at(arn: &Arn) -> Self {
        Self {
            text: arn.to_string(),
            account: arn.account_id(),
        }
    }

    /// No resource in particular, `*`, in an account: `dynamodb:ListTables`.
    pub fn none_in(account: AccountId) -> Self {
        Self {
            text: "*".to_owned(),
            account: Some(account),
        }
    }

    /// Says whose the resource is.
    #[must_use]
    pub fn owned_by(self, account: AccountId) -> Self {
        Self {
            account: Some(account),
            ..self
        }
    }

    /// The ARN, or `*`.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Whose it is; `None` where that was not said, which leaves open whether a caller is a stranger.
    pub fn account(&self) -> Option<&AccountId> {
        self.account.as_ref()
    }

    fn region(&self) -> Option<&str> {
        let region = self.text.split(':').nth(3)?;
        (!region.is_empty()).then_some(region)
    }
}

impl fmt::Display for Resource {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Condition keys of a request with their values; the case of keys does not count.
///
/// A key of which nothing is said is absent from the request, which conditions can tell; but keys that hang on where, when
/// and how a request is made (`aws:SourceIp`, `aws:CurrentTime`, `aws:MultiFactorAuthPresent`, the organisation's, the
/// resource's tags, and for services `aws:SourceAccount` and its kin) are unknown until they are given or taken out with
/// [`Context::without`]. The evaluator adds, unless given: `aws:PrincipalArn` (of a session, its
/// role's), `aws:PrincipalAccount`, `aws:PrincipalIsAWSService`, `aws:PrincipalServiceName`, `aws:PrincipalType`,
/// `aws:PrincipalTag/…`, `aws:username`, `aws:RequestedRegion`, `aws:ResourceAccount`, and from `aws:CalledVia` its first and
/// last and `aws:ViaAWSService`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context(BTreeMap<ConditionKey, ContextValue>);

/// What is known about a key that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContextValue {
    /// Its values; most keys have one.
    Values(Vec<String>),
    /// It is surely not there.
    Absent,
    /// It may or may not be there, with any value.
    Unknown,
}

impl Context {
    /// Sets the values of a key; no value is the same as an absent key.
    #[must_use]
    pub fn with<V: Into<String>>(
        mut self,
        key: ConditionKey,
        values: impl IntoIterator<Item = V>,
    ) -> Self {
        let values: Vec<String> = values.into_iter().map(Into::into).collect();
        let value = if values.is_empty() {
            ContextValue::Absent
        } else {
            ContextValue::Values(values)
        };
        self.0.insert(key, value);
        self
    }

    /// Says that it is not known whether the key is there, and with which value.
    #[must_use]
    pub fn with_unknown(mut self, key: ConditionKey) -> Self {
        self.0.insert(key, ContextValue::Unknown);
        self
    }

    /// Says that the key is surely not there.
    #[must_use]
    pub fn without(mut self, key: ConditionKey) -> Self {
        self.0.insert(key, ContextValue::Absent);
        self
    }

    /// What was said about a key.
    pub fn get(&self, key: &ConditionKey) -> Option<&ContextValue> {
        self.0.get(key)
    }
}

/// A context with all that follows from the rest of the request.
pub(super) struct FullContext {
    given: Context,
    is_service: bool,
}

impl FullContext {
    /// What is known about a key; `None` where it is surely absent.
    pub(super) fn get(&self, key: &ConditionKey) -> Option<Known<'_>> {
        match self.given.get(key) {
            Some(ContextValue::Values(values)) => Some(Known::Values(values)),
            Some(ContextValue::Unknown) => Some(Known::Unknown),
            Some(ContextValue::Absent) => None,
            None => {
                let name = key.as_str().to_ascii_lowercase();
                let among = |keys: &[&str]| keys.contains(&name.as_str());
                let hangs_on_circumstances = among(CIRCUMSTANCES)
                    || (self.is_service && among(SOURCES))
                    || name.starts_with("aws:resourcetag/");
                hangs_on_circumstances.then_some(Known::Unknown)
            }
        }
    }
}

/// What is known about a key that may be there.
pub(super) enum Known<'a> {
    Values(&'a [String]),
    Unknown,
}

/// Keys that AWS fills in from what a request's description does not hold, in lower case.
const CIRCUMSTANCES: &[&str] = &[
    "aws:currenttime",
    "aws:epochtime",
    "aws:federatedprovider",
    "aws:multifactorauthage",
    "aws:multifactorauthpresent",
    "aws:principalorgid",
    "aws:principalorgpaths",
    "aws:referer",
    "aws:resourceorgid",
    "aws:resourceorgpaths",
    "aws:sourceidentity",
    "aws:sourceip",
    "aws:sourcevpc",
    "aws:sourcevpcarn",
    "aws:sourcevpce",
    "aws:tokenissuetime",
    "aws:useragent",
    "aws:userid",
    "aws:vpceaccount",
    "aws:vpceorgid",
    "aws:vpceorgpaths",
    "aws:vpcsourceip",
];

/// Keys about the resource that a service acts for, in lower case.
const SOURCES: &[&str] = &[
    "aws:sourceaccount",
    "aws:sourcearn",
    "aws:sourceorgid",
    "aws:sourceorgpaths",
];

const SECURE_TRANSPORT: &str = "aws:SecureTransport";

fn key(name: &str) -> ConditionKey {
    ConditionKey::new(name).expect("a name with a prefix is not empty")
}
