//! Decisions in words.

use std::fmt;

use crate::access::decision::{
    ConditionTest, Decision, Lack, Mismatch, NearMiss, Open, Side, StatementRef, Verdict,
};

impl Decision {
    /// Why, in one sentence without the verdict: what a table's last column says.
    pub fn reason(&self) -> String {
        match &self.verdict {
            Verdict::Allow { by } if by.is_empty() => "a root user needs no policy".to_owned(),
            Verdict::Allow { by } => format!("by {}", joined(by, " and ")),
            Verdict::ExplicitDeny { by } => {
                let each = by.iter().map(|(statement, met)| {
                    let met: Vec<String> = met.iter().map(ConditionTest::as_met).collect();
                    if met.is_empty() {
                        format!("by {statement}")
                    } else {
                        format!("by {statement}, because {}", met.join(" and "))
                    }
                });
                each.collect::<Vec<_>>().join("; ")
            }
            Verdict::ImplicitDeny { lacking } => {
                let each = lacking.iter().map(|lack| lack.words(self));
                each.collect::<Vec<_>>().join("; ")
            }
            Verdict::Unknown { open } => format!("it hangs on {}", joined(open, " and on ")),
        }
    }
}

/// ``denied: the identity policies of `…` lack `lambda:InvokeFunction` on `…` ``
impl fmt::Display for Decision {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.verdict.word(), self.reason())
    }
}

impl Verdict {
    /// `allowed`, `denied` or `unknown`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Allow { .. } => "allowed",
            Self::ExplicitDeny { .. } | Self::ImplicitDeny { .. } => "denied",
            Self::Unknown { .. } => "unknown",
        }
    }
}

impl Side {
    pub(super) fn policy(self) -> &'static str {
        match self {
            Self::Identity => "the identity policy",
            Self::Resource => "the resource policy",
            Self::Boundary => "the permissions boundary",
            Self::Session => "the session policy",
            Self::ServiceControl => "the service control policy",
            Self::ResourceControl => "the resource control policy",
        }
    }
}

impl fmt::Display for StatementRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.sid {
            Some(sid) => write!(f, "statement `{sid}`")?,
            None => write!(f, "statement {}", self.index)?,
        }
        write!(
            f,
            " of {} `{}` {}",
            self.side.policy(),
            self.policy,
            self.to
        )
    }
}

impl fmt::Display for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.reason)
    }
}

impl Lack {
    fn words(&self, decision: &Decision) -> String {
        let Decision {
            caller,
            action,
            resource,
            ..
        } = decision;
        let (whose, policies) = match self.side {
            Side::Identity => (caller, "identity policies"),
            Side::Resource => (resource, "resource policy"),
            Side::Boundary => (caller, "permissions boundary"),
            Side::Session => (caller, "session policies"),
            Side::ServiceControl => (caller, "service control policies"),
            Side::ResourceControl => (resource, "resource control policies"),
        };
        let verb = if policies.ends_with("ies") {
            "lack"
        } else {
            "lacks"
        };
        let mut words = match (self.side, self.has_policies) {
            (Side::Resource, true) => {
                format!("the {policies} of `{whose}` {verb} `{action}` for `{caller}`")
            }
            (_, true) => format!("the {policies} of `{whose}` {verb} `{action}` on `{resource}`"),
            (_, false) => {
                format!("`{whose}` has no {policies} that could allow `{action}` on `{resource}`")
            }
        };
        if self.across_accounts && matches!(self.side, Side::Identity | Side::Resource) {
            words.push_str(", and across accounts both sides must allow");
        }
        for near in &self.near {
            words.push_str("; ");
            words.push_str(&near.to_string());
        }
        words
    }
}

impl fmt::Display for NearMiss {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let statement = &self.statement;
        match &self.mismatch {
            Mismatch::Principal => write!(f, "{statement} allows it to others"),
            Mismatch::Action => write!(f, "{statement} is about other actions"),
            Mismatch::Resource => write!(f, "{statement} allows it on other resources"),
            Mismatch::Condition(test) => {
                write!(f, "{statement} allows it only if {}", test.as_missed())
            }
            Mismatch::DelegatesOnly => {
                write!(
                    f,
                    "{statement} names only the account, which leaves the decision to its identity policies"
                )
            }
        }
    }
}

impl ConditionTest {
    fn as_met(&self) -> String {
        match &self.got {
            None => format!(
                "`{}` is absent, which meets {}",
                self.key.as_str(),
                self.wish()
            ),
            Some(got) => format!(
                "`{}` is {}, which meets {}",
                self.key.as_str(),
                list(got),
                self.wish()
            ),
        }
    }

    fn as_missed(&self) -> String {
        let got = match &self.got {
            None => "the request has none".to_owned(),
            Some(got) => format!("the request has {}", list(got)),
        };
        format!("`{}` meets {}, and {got}", self.key.as_str(), self.wish())
    }

    fn wish(&self) -> String {
        format!("`{}` {}", self.operator, list(&self.wanted))
    }
}

fn list(values: &[String]) -> String {
    let quoted: Vec<String> = values.iter().map(|value| format!("`{value}`")).collect();
    quoted.join(" or ")
}

fn joined(parts: &[impl fmt::Display], by: &str) -> String {
    let parts: Vec<String> = parts.iter().map(ToString::to_string).collect();
    parts.join(by)
}
