//! Requests, policies and verdicts in short form, for tables of decisions.

use iam_policy_kit::access::{
    Attachment, Caller, Decision, Estate, Request, Resource, Side, Verdict,
};
use iam_policy_kit::{AccountId, Arn, ConditionKey, Document};

pub(crate) const A: &str = "111111111111";
pub(crate) const B: &str = "222222222222";
pub(crate) const C: &str = "333333333333";

pub(crate) const ALL: &str = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;

pub(crate) fn account(id: &str) -> AccountId {
    AccountId::new(id).unwrap()
}

pub(crate) fn arn(text: &str) -> Arn {
    text.parse().unwrap()
}

pub(crate) fn user(id: &str) -> Caller {
    Caller::user(arn(&format!("arn:aws:iam::{id}:user/u"))).unwrap()
}

pub(crate) fn session(id: &str, role: &str) -> Caller {
    Caller::session(arn(&format!("arn:aws:iam::{id}:role/{role}")), "s").unwrap()
}

pub(crate) fn resource(text: &str, owner: &str) -> Resource {
    Resource::at(&arn(text)).owned_by(account(owner))
}

/// A document from statements, or a whole document.
pub(crate) fn document(text: &str) -> Document {
    if text.contains("\"Statement\"") {
        return Document::from_json(text).unwrap();
    }
    Document::from_json(&format!(
        r#"{{"Version": "2012-10-17", "Statement": [{text}]}}"#
    ))
    .unwrap()
}

/// A document with one more statement.
pub(crate) fn plus(text: &str, statement: &str) -> String {
    let mut extended = document(text);
    extended.statements.extend(document(statement).statements);
    extended.to_json()
}

/// One request under some policies.
#[derive(Clone)]
pub(crate) struct Case {
    pub(crate) request: Request,
    pub(crate) estate: Estate,
}

pub(crate) fn ask(caller: Caller, action: &str, resource: Resource) -> Case {
    Case {
        request: Request::new(caller, action, resource).unwrap(),
        estate: Estate::default(),
    }
}

impl Case {
    pub(crate) fn with(mut self, key: &str, values: &[&str]) -> Self {
        self.request = self.request.with(key, values.iter().copied()).unwrap();
        self
    }

    pub(crate) fn without(mut self, key: &str) -> Self {
        self.request.context = self
            .request
            .context
            .without(ConditionKey::new(key).unwrap());
        self
    }

    pub(crate) fn identity(self, text: &str) -> Self {
        let to = Attachment::Identity(self.request.caller.identity().unwrap().clone());
        self.attach(to, "identity", text)
    }

    pub(crate) fn boundary(self, text: &str) -> Self {
        let to = Attachment::Boundary(self.request.caller.identity().unwrap().clone());
        self.attach(to, "boundary", text)
    }

    /// The policy of the resource with that ARN.
    pub(crate) fn policy_of(self, text_of_arn: &str, text: &str) -> Self {
        self.attach(Attachment::Resource(arn(text_of_arn)), "resource", text)
    }

    pub(crate) fn attach(mut self, to: Attachment, name: &str, text: &str) -> Self {
        self.estate = self.estate.with(to, name, document(text));
        self
    }

    pub(crate) fn decide(&self) -> Decision {
        self.estate.decide(&self.request)
    }

    /// Compares with `Allow`, `ExplicitDeny SID`, `ImplicitDeny SIDE` (the first that lacks) or `Unknown`.
    #[track_caller]
    pub(crate) fn gives(&self, name: &str, expected: &str) {
        let decision = self.decide();
        assert_eq!(short(&decision), expected, "{name}: {decision}");
    }
}

pub(crate) fn short(decision: &Decision) -> String {
    match &decision.verdict {
        Verdict::Allow { .. } => "Allow".to_owned(),
        Verdict::Unknown { .. } => "Unknown".to_owned(),
        Verdict::ExplicitDeny { by } => match &by[0].0.sid {
            Some(sid) => format!("ExplicitDeny {sid}"),
            None => format!("ExplicitDeny {}", by[0].0.index),
        },
        Verdict::ImplicitDeny { lacking } => {
            let side = match lacking[0].side {
                Side::Identity => "identity",
                Side::Resource => "resource",
                Side::Boundary => "boundary",
                Side::Session => "session",
                Side::ServiceControl => "service control",
                Side::ResourceControl => "resource control",
            };
            format!("ImplicitDeny {side}")
        }
    }
}
