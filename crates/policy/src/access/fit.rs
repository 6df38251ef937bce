//! Whether a statement speaks of a request.

use std::collections::BTreeSet;

use crate::access::caller::CallerKind;
use crate::access::condition;
use crate::access::decision::{ConditionTest, Mismatch};
use crate::access::request::{FullContext, Known, Request};
use crate::access::truth::Truth;
use crate::action::Action;
use crate::arn::ResourcePattern;
use crate::condition::{ConditionKey, Operator};
use crate::document::Version;
use crate::pattern::{Expanded, Wildcards};
use crate::principal::{AwsPrincipal, Principal};
use crate::statement::{Scope, Statement};

/// How a statement names the caller, from the weakest to the strongest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Naming {
    /// By its account alone, which delegates the decision to that account.
    Account,
    /// As everyone, by its role, or by its service: grants, within boundary and session policy.
    Direct,
    /// As the user or the session itself: grants past boundary and session policy.
    Exact,
}

/// Which of its elements a statement must have, which depends on where its policy hangs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    /// `Resource`, no `Principal`: identity, boundary, session and service control policies.
    Caller,
    /// Both: bucket, function, key and resource control policies.
    Resource,
    /// `Principal`, no `Resource`: trust policies.
    Role,
}

/// How a statement takes a request.
pub(super) enum Fit {
    Matches(Naming),
    Fails(Mismatch),
    /// It may match, naming the caller so; why that is not known.
    Unclear(Naming, String),
}

/// A request with what follows from it.
pub(super) struct Question<'a> {
    request: &'a Request,
    context: FullContext,
}

impl<'a> Question<'a> {
    pub(super) fn new(request: &'a Request) -> Self {
        Self {
            request,
            context: request.full_context(),
        }
    }

    pub(super) fn fit(&self, statement: &Statement, version: Version, form: Form) -> Fit {
        if let Some(reason) = malformed(statement, form) {
            return Fit::Unclear(Naming::Exact, reason);
        }
        let mut unclear = None;
        let naming = match &statement.principal {
            None => Naming::Direct,
            Some(scope) => match self.names(scope) {
                Named::As(naming) => naming,
                Named::Not => return Fit::Fails(Mismatch::Principal),
                Named::Perhaps(reason) => {
                    unclear = Some(reason);
                    Naming::Direct
                }
            },
        };
        if !self.acts(&statement.action) {
            return Fit::Fails(Mismatch::Action);
        }
        if let Some(scope) = &statement.resource {
            let (truth, reason) = self.lies_in(scope, version);
            match truth {
                Truth::False => return Fit::Fails(Mismatch::Resource),
                Truth::Unknown => unclear = unclear.or(reason),
                Truth::True => {}
            }
        }
        // All of them, since one that surely fails settles what another leaves open.
        for (operator, keys) in statement.conditions.iter() {
            for (key, wanted) in keys {
                let outcome = condition::test(operator, key, wanted, &self.context, version);
                match outcome.truth {
                    Truth::False => {
                        let test = self.shown(operator, key, wanted);
                        return Fit::Fails(Mismatch::Condition(test));
                    }
                    Truth::Unknown => unclear = unclear.or(outcome.reason),
                    Truth::True => {}
                }
            }
        }
        match unclear {
            None => Fit::Matches(naming),
            Some(reason) => Fit::Unclear(naming, reason),
        }
    }

    /// The conditions of a statement next to the request's values.
    pub(super) fn conditions_of(&self, statement: &Statement) -> Vec<ConditionTest> {
        statement
            .conditions
            .iter()
            .flat_map(|(operator, keys)| {
                keys.iter()
                    .map(move |(key, wanted)| (operator, key, wanted))
            })
            .map(|(operator, key, wanted)| self.shown(operator, key, wanted))
            .collect()
    }

    fn shown(
        &self,
        operator: Operator,
        key: &ConditionKey,
        wanted: &BTreeSet<String>,
    ) -> ConditionTest {
        // An external id is shared between two parties and of no use to whoever reads the explanation.
        let is_secret = key.as_str().eq_ignore_ascii_case("sts:ExternalId");
        let show = |value: &String| {
            if is_secret {
                "(not shown)".to_owned()
            } else {
                value.clone()
            }
        };
        ConditionTest {
            operator,
            key: key.clone(),
            wanted: wanted.iter().map(show).collect(),
            got: match self.context.get(key) {
                None => None,
                Some(Known::Unknown) => Some(vec!["(not known)".to_owned()]),
                Some(Known::Values(values)) => Some(values.iter().map(show).collect()),
            },
        }
    }

    fn names(&self, scope: &Scope<Principal>) -> Named {
        match scope {
            Scope::Only(principal) => self.named_in(principal),
            Scope::AllBut(principal) => match self.named_in(principal) {
                Named::As(_) => Named::Not,
                Named::Not => Named::As(Naming::Direct),
                Named::Perhaps(reason) => Named::Perhaps(reason),
            },
        }
    }

    fn named_in(&self, principal: &Principal) -> Named {
        let caller = &self.request.caller;
        let account = caller.account();
        let by_aws = |named: &AwsPrincipal| match (named, &caller.kind) {
            (AwsPrincipal::Anyone, _) => Some(Naming::Direct),
            (AwsPrincipal::Account { id, .. }, _) => {
                (account.as_ref() == Some(id)).then_some(Naming::Account)
            }
            (AwsPrincipal::Arn(arn), CallerKind::User(user)) => {
                (arn == user).then_some(Naming::Exact)
            }
            (AwsPrincipal::Arn(arn), CallerKind::Session { session, role }) => {
                let as_session = (arn == session).then_some(Naming::Exact);
                as_session.or((arn == role).then_some(Naming::Direct))
            }
            (AwsPrincipal::Arn(_) | AwsPrincipal::UniqueId(_), _) => None,
        };
        let by_name = match &caller.kind {
            CallerKind::Service(name) => principal.services.contains(name),
            CallerKind::Federated(name) => principal.federated.contains(name),
            _ => false,
        };
        let strongest = principal.aws.iter().filter_map(by_aws).max();
        match strongest.max(by_name.then_some(Naming::Direct)) {
            Some(naming) => Named::As(naming),
            None if account.is_some() && !principal.canonical_users.is_empty() => Named::Perhaps(
                "which account a canonical user id belongs to is not known".to_owned(),
            ),
            None => Named::Not,
        }
    }

    fn acts(&self, scope: &Scope<BTreeSet<Action>>) -> bool {
        let asked = self.request.action.as_str();
        let among = |actions: &BTreeSet<Action>| actions.iter().any(|action| action.matches(asked));
        match scope {
            Scope::Only(actions) => among(actions),
            Scope::AllBut(actions) => !among(actions),
        }
    }

    fn lies_in(
        &self,
        scope: &Scope<BTreeSet<ResourcePattern>>,
        version: Version,
    ) -> (Truth, Option<String>) {
        let (patterns, negated) = match scope {
            Scope::Only(patterns) => (patterns, false),
            Scope::AllBut(patterns) => (patterns, true),
        };
        let mut reason = None;
        let among = Truth::any(patterns.iter().map(|pattern| {
            let text = pattern.as_str();
            match condition::expand(text, Wildcards::Apply, &self.context, version) {
                Expanded::Pattern(pattern) => {
                    pattern.matches(self.request.resource.as_str()).into()
                }
                Expanded::NoValue if !negated => Truth::False,
                Expanded::NoValue => {
                    reason.get_or_insert(format!("a variable in `{text}` has no value"));
                    Truth::Unknown
                }
                Expanded::Unknown(why) => {
                    reason.get_or_insert(why);
                    Truth::Unknown
                }
            }
        }));
        (if negated { !among } else { among }, reason)
    }
}

enum Named {
    As(Naming),
    Not,
    Perhaps(String),
}

/// AWS stores no such statement, so what it would do with one is not known.
fn malformed(statement: &Statement, form: Form) -> Option<String> {
    let (principal, resource) = (statement.principal.is_some(), statement.resource.is_some());
    let text = match form {
        Form::Caller if principal => "has a principal, which the policy of a caller cannot have",
        Form::Resource | Form::Role if !principal => "has no principal",
        Form::Caller | Form::Resource if !resource => "has no resource",
        Form::Role if resource => "has a resource, which a trust policy cannot have",
        _ => return None,
    };
    Some(text.to_owned())
}
