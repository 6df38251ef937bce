//! From the statements that speak of a request to the decision.

use std::collections::BTreeMap;

use crate::access::caller::CallerKind;
use crate::access::decision::{
    ConditionTest, Decision, Lack, Mismatch, NearMiss, Open, Side, StatementRef, Verdict,
};
use crate::access::estate::{Attached, Attachment, Content, Estate, needs_resource_policy};
use crate::access::fit::{Fit, Form, Naming, Question};
use crate::access::request::Request;
use crate::access::truth::Truth;
use crate::statement::Effect;

impl Estate {
    /// Decides a request by all policies that bear on it.
    ///
    /// An explicit deny anywhere wins. Between accounts the caller's identity policies and the resource's policy must both
    /// allow; within an account one of them suffices, but a resource policy only if it names the caller and not just the
    /// account. Boundary, session and control policies must allow too where there are any.
    pub fn decide(&self, request: &Request) -> Decision {
        let mut sides = Sides::default();
        let question = Question::new(request);
        for attached in &self.policies {
            if bears_on(attached, request) {
                sides.take(attached, &question);
            }
        }
        sides.note_unknown_owner(self, request);
        Decision {
            caller: request.caller.to_string(),
            action: request.action.as_str().to_owned(),
            resource: request.resource.to_string(),
            verdict: sides.verdict(request),
        }
    }
}

fn bears_on(attached: &Attached, request: &Request) -> bool {
    let caller = &request.caller;
    match &attached.to {
        Attachment::Identity(arn) | Attachment::Boundary(arn) => caller.identity() == Some(arn),
        Attachment::Session(arn) => {
            matches!(&caller.kind, CallerKind::Session { session, .. } if session == arn)
        }
        to @ Attachment::Resource(_) => to.guards(request),
        Attachment::ServiceControl { account, .. } => caller.account().as_ref() == Some(account),
        Attachment::ResourceControl { account, .. } => request.resource.account() == Some(account),
    }
}

/// All that the policies of a request say, by side.
#[derive(Default)]
struct Sides {
    denies: Vec<(StatementRef, Vec<ConditionTest>)>,
    /// Statements that may deny.
    open_denies: Vec<Open>,
    /// What each set of policies allows of which one must allow: a side, or a level of control policies.
    allows: BTreeMap<(Side, String), Tally>,
}

/// What one set of policies allows.
#[derive(Default)]
struct Tally {
    by: BTreeMap<Naming, StatementRef>,
    open: Vec<(Naming, Open)>,
    near: Vec<NearMiss>,
}

impl Tally {
    /// Whether a statement allows that names the caller as strongly as that, or more.
    fn naming(&self, at_least: Naming) -> Truth {
        if self.by.keys().any(|naming| *naming >= at_least) {
            Truth::True
        } else if self.open.iter().any(|(naming, _)| *naming >= at_least) {
            Truth::Unknown
        } else {
            Truth::False
        }
    }
}

impl Sides {
    fn take(&mut self, attached: &Attached, question: &Question<'_>) {
        let side = attached.to.side();
        let level = match &attached.to {
            Attachment::ServiceControl { level, .. }
            | Attachment::ResourceControl { level, .. } => level.clone(),
            _ => String::new(),
        };
        let tally = self.allows.entry((side, level)).or_default();
        let document = match &attached.content {
            Content::Known(document) => document,
            Content::Unread(reason) => {
                let open = Open {
                    place: format!("{} `{}` {}", side.policy(), attached.name, attached.to),
                    reason: reason.clone(),
                };
                self.open_denies.push(open.clone());
                tally.open.push((Naming::Exact, open));
                return;
            }
        };
        let form = match &attached.to {
            Attachment::Resource(arn) if arn.service == "iam" => Form::Role,
            Attachment::Resource(_) | Attachment::ResourceControl { .. } => Form::Resource,
            _ => Form::Caller,
        };
        let places = StatementRef::all_of(attached);
        for (statement, place) in document.statements.iter().zip(places) {
            let fit = question.fit(statement, document.effective_version(), form);
            match (statement.effect, fit) {
                (Effect::Deny, Fit::Matches(_)) => {
                    self.denies.push((place, question.conditions_of(statement)));
                }
                (Effect::Deny, Fit::Unclear(_, reason)) => self.open_denies.push(Open {
                    place: place.to_string(),
                    reason,
                }),
                (Effect::Allow, Fit::Matches(naming)) => {
                    tally.by.entry(naming).or_insert(place);
                }
                (Effect::Allow, Fit::Unclear(naming, reason)) => {
                    let place = place.to_string();
                    tally.open.push((naming, Open { place, reason }));
                }
                (Effect::Deny, Fit::Fails(_)) | (Effect::Allow, Fit::Fails(Mismatch::Action)) => {}
                (Effect::Allow, Fit::Fails(mismatch)) => tally.near.push(NearMiss {
                    statement: place,
                    mismatch,
                }),
            }
        }
    }

    /// Control policies bound the resources of an account; of a resource whose account is not known, perhaps this one.
    fn note_unknown_owner(&mut self, estate: &Estate, request: &Request) {
        if request.resource.account().is_some() {
            return;
        }
        for attached in &estate.policies {
            if let Attachment::ResourceControl { .. } = attached.to {
                let open = Open {
                    place: format!(
                        "{} `{}` {}",
                        Side::ResourceControl.policy(),
                        attached.name,
                        attached.to
                    ),
                    reason: "whose the resource is was not said".to_owned(),
                };
                self.open_denies.push(open.clone());
                let tally = self
                    .allows
                    .entry((Side::ResourceControl, String::new()))
                    .or_default();
                tally.open.push((Naming::Exact, open));
            }
        }
    }

    fn verdict(self, request: &Request) -> Verdict {
        if !self.denies.is_empty() {
            return Verdict::ExplicitDeny { by: self.denies };
        }
        let Some(caller) = request.caller.account() else {
            return self.conclude(request, Relation::NoAccount);
        };
        match request.resource.account() {
            Some(owner) if *owner == caller => self.conclude(request, Relation::Same),
            Some(_) => self.conclude(request, Relation::Across),
            None => {
                // Whatever holds in both cases holds.
                let allow = |relation| self.allow(request, relation);
                if allow(Relation::Same) == allow(Relation::Across) {
                    self.conclude(request, Relation::Across)
                } else {
                    Verdict::Unknown {
                        open: vec![Open {
                            place: format!("`{}`", request.resource),
                            reason: "whose the resource is was not said".to_owned(),
                        }],
                    }
                }
            }
        }
    }

    fn conclude(self, request: &Request, relation: Relation) -> Verdict {
        let allow = self.allow(request, relation);
        match allow {
            Truth::False => Verdict::ImplicitDeny {
                lacking: self.lacks(request, relation),
            },
            Truth::True if self.open_denies.is_empty() => Verdict::Allow {
                by: self.by(request, relation),
            },
            Truth::True => Verdict::Unknown {
                open: self.open_denies,
            },
            Truth::Unknown => {
                let allows = self.allows.into_values().flat_map(|tally| tally.open);
                let mut open = self.open_denies;
                for (_, unclear) in allows {
                    if !open.contains(&unclear) {
                        open.push(unclear);
                    }
                }
                Verdict::Unknown { open }
            }
        }
    }

    fn allow(&self, request: &Request, relation: Relation) -> Truth {
        let resource = |naming| self.side(Side::Resource, naming);
        let grants = self.grant(request, relation);
        let past_bounds = match relation {
            Relation::Same => resource(Naming::Exact),
            Relation::Across | Relation::NoAccount => Truth::False,
        };
        let control = self
            .bound(Side::ServiceControl)
            .and(self.bound(Side::ResourceControl));
        let bounds = self.bound(Side::Boundary).and(self.bound(Side::Session));
        past_bounds.or(grants.and(bounds)).and(control)
    }

    /// What identity and resource policies say together.
    fn grant(&self, request: &Request, relation: Relation) -> Truth {
        let resource = |naming| self.side(Side::Resource, naming);
        let identity = self.identity(request);
        match relation {
            Relation::NoAccount => resource(Naming::Direct),
            Relation::Across => identity.and(resource(Naming::Account)),
            Relation::Same if needs_resource_policy(request) => {
                resource(Naming::Direct).or(resource(Naming::Account).and(identity))
            }
            Relation::Same => identity.or(resource(Naming::Direct)),
        }
    }

    fn identity(&self, request: &Request) -> Truth {
        match request.caller.kind {
            // A root user may do all that nobody forbids, but cannot assume roles.
            CallerKind::Root(_) => {
                let action = request.action.as_str();
                Truth::from(!action.eq_ignore_ascii_case("sts:AssumeRole"))
            }
            _ => self.side(Side::Identity, Naming::Account),
        }
    }

    fn side(&self, side: Side, naming: Naming) -> Truth {
        let tallies = self.tallies(side);
        Truth::any(tallies.map(|tally| tally.naming(naming)))
    }

    /// A side that bounds allows what it does not speak of at all only where it has no policies.
    fn bound(&self, side: Side) -> Truth {
        Truth::all(
            self.tallies(side)
                .map(|tally| tally.naming(Naming::Account)),
        )
    }

    fn tallies(&self, side: Side) -> impl Iterator<Item = &Tally> {
        let of_side = self.allows.iter().filter(move |((of, _), _)| *of == side);
        of_side.map(|(_, tally)| tally)
    }

    fn by(self, request: &Request, relation: Relation) -> Vec<StatementRef> {
        // The strongest naming of each side; in one account the side that did not have to allow is left out.
        let identity_counts = relation == Relation::Across
            || self.side(Side::Resource, Naming::Direct) != Truth::True;
        let resource_counts = relation != Relation::Same
            || needs_resource_policy(request)
            || self.side(Side::Resource, Naming::Direct) == Truth::True;
        self.allows
            .into_iter()
            .filter(|((side, _), _)| match side {
                Side::Identity => identity_counts,
                Side::Resource => resource_counts,
                _ => true,
            })
            .filter_map(|(_, tally)| tally.by.into_values().next_back())
            .collect()
    }

    fn lacks(&self, request: &Request, relation: Relation) -> Vec<Lack> {
        let lacks = |side: Side| match side {
            Side::Identity => match relation {
                Relation::NoAccount => false,
                Relation::Across => self.identity(request) == Truth::False,
                Relation::Same => {
                    let delegated = !needs_resource_policy(request)
                        || self.side(Side::Resource, Naming::Account) != Truth::False;
                    delegated && self.grant(request, relation) == Truth::False
                }
            },
            Side::Resource => match relation {
                Relation::NoAccount => self.side(side, Naming::Direct) == Truth::False,
                Relation::Across => self.side(side, Naming::Account) == Truth::False,
                Relation::Same => {
                    needs_resource_policy(request)
                        && self.side(side, Naming::Account) == Truth::False
                }
            },
            bound => self.bound(bound) == Truth::False,
        };
        ALL_SIDES
            .into_iter()
            .filter(|side| lacks(*side))
            .map(|side| Lack {
                side,
                has_policies: self.tallies(side).next().is_some(),
                across_accounts: relation == Relation::Across,
                near: self.near(side),
            })
            .collect()
    }

    fn near(&self, side: Side) -> Vec<NearMiss> {
        let mut near: Vec<NearMiss> = self
            .tallies(side)
            .flat_map(|tally| tally.near.clone())
            .collect();
        if side == Side::Identity {
            let delegating = self
                .tallies(Side::Resource)
                .filter_map(|tally| tally.by.get(&Naming::Account));
            near.extend(delegating.map(|statement| NearMiss {
                statement: statement.clone(),
                mismatch: Mismatch::DelegatesOnly,
            }));
        }
        near
    }
}

/// How the accounts of caller and resource stand to each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Relation {
    Same,
    Across,
    /// The caller has none.
    NoAccount,
}

const ALL_SIDES: [Side; 6] = [
    Side::Identity,
    Side::Resource,
    Side::Boundary,
    Side::Session,
    Side::ServiceControl,
    Side::ResourceControl,
];
