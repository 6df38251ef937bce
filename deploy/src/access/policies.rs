//! The policies of all accounts that the links hang on: as found, and as they are after the calls of a plan.

use std::collections::BTreeMap;

use iam_policy_kit::access::{Attachment, Estate};
use iam_policy_kit::{AccountId, Action, Arn, Document, ResourcePattern, Statement};

use crate::change::document;
use crate::documents;
use crate::plan::{Call, Found, Plan, Reach};
use crate::resource::{bucket, permission, role};
use crate::settings::Role;
use crate::stack::Stack;

/// The policies that we set or hang on.
#[derive(Debug, Clone, Default)]
pub(super) struct Policies {
    bucket: Document,
    function: Document,
    /// The key's; `None` where it cannot be read.
    key: Option<Document>,
    roles: BTreeMap<String, RolePolicies>,
}

#[derive(Debug, Clone, Default)]
struct RolePolicies {
    trust: Document,
    policy: Document,
    /// Policies that are attached but not read here.
    managed: Vec<String>,
    /// Why the role's policies are not known.
    unread: Option<&'static str>,
}

impl Policies {
    /// What is there.
    pub(super) fn found(stack: &Stack, found: &Found) -> Self {
        let mut roles = BTreeMap::new();
        let own = found.role.as_ref();
        let mut execution = own.map(RolePolicies::of).unwrap_or_default();
        if matches!(stack.settings.role, Role::Given(_)) {
            execution.unread = Some("the role was given, its policies are not read");
        }
        roles.insert(stack.role_arn().to_string(), execution);
        for share in &stack.settings.shares {
            let is = found
                .shares
                .get(&share.account)
                .cloned()
                .unwrap_or_default();
            let mut policies = is.role.as_ref().map(RolePolicies::of).unwrap_or_default();
            if is.reach != Reach::Login {
                policies.unread = Some("it lies in an account that we cannot look into");
            }
            roles.insert(stack.share_role_arn(share).to_string(), policies);
        }
        Self {
            bucket: document(found.spill.policy()),
            function: document(found.permission.as_deref()),
            key: found.key_policy.as_deref().map(|text| document(Some(text))),
            roles,
        }
    }

    /// What will be there.
    pub(super) fn with(mut self, stack: &Stack, plan: &Plan) -> Self {
        for step in &plan.steps {
            for call in &step.change.calls {
                self.apply(stack, &step.change.account, call);
            }
        }
        self
    }

    fn apply(&mut self, stack: &Stack, account: &AccountId, call: &Call) {
        match call {
            Call::Bucket(bucket::Call::Policy { policy, .. }) => {
                self.bucket = document(Some(policy));
            }
            Call::Bucket(bucket::Call::DeletePolicy { .. }) => self.bucket = document(None),
            Call::Permission(call) => match call {
                permission::Call::Add { id, account, .. } => {
                    let statement = documents::invoke_statement(stack, account, id);
                    self.function.statements.push(statement);
                }
                permission::Call::Remove { id, .. } => {
                    self.function.statements.retain(|statement| {
                        statement.sid.as_ref().is_none_or(|sid| sid.as_str() != id)
                    });
                }
            },
            Call::Role(call) => self.apply_to_role(stack, account, call),
            _ => {}
        }
    }

    fn apply_to_role(&mut self, stack: &Stack, account: &AccountId, call: &role::Call) {
        let arn = |name: &str| stack.arn("iam", "", account.as_str(), &format!("role/{name}"));
        let is = self.roles.entry(arn(call.role()).to_string()).or_default();
        match call {
            role::Call::Create { trust, .. } | role::Call::Trust { trust, .. } => {
                is.trust = document(Some(trust));
            }
            role::Call::Policy { document: text, .. } => is.policy = document(Some(text)),
            role::Call::Attach { policy, .. } => is.managed.push(policy.clone()),
            role::Call::Detach { policy, .. } => is.managed.retain(|other| other != policy),
            role::Call::DeletePolicy { .. } => is.policy = document(None),
            role::Call::Delete { .. } => *is = RolePolicies::default(),
            role::Call::Boundary { .. } => {}
        }
    }

    /// All of them where they are in force, with the rights that people are told to give themselves.
    pub(super) fn estate(&self, stack: &Stack) -> Estate {
        let bucket = Attachment::Resource(stack.spill_arn());
        let function = Attachment::Resource(stack.function_arn());
        let mut estate = Estate::default()
            .with(bucket, "spill bucket policy", self.bucket.clone())
            .with(function, "function policy", self.function.clone());
        for (arn, policies) in &self.roles {
            let arn: Arn = arn.parse().expect("it was an ARN");
            estate = policies.attach(estate, &arn);
        }
        let all = |action: &str| allow_all(action);
        let sharer = stack.arn("iam", "", stack.account.as_str(), "user/sharer");
        estate = estate.with(
            Attachment::Identity(sharer),
            "sharer",
            all("sts:AssumeRole"),
        );
        for share in &stack.settings.shares {
            let user = |name: &str| stack.arn("iam", "", share.account.as_str(), name);
            let analyst = Attachment::Identity(user("user/analyst"));
            let rights = documents::analyst_policy(stack, share);
            estate = estate.with(analyst, "analyst policy", rights);
            let admin = Attachment::Identity(user("user/admin"));
            estate = estate.with(admin, "administrator", all("*"));
        }
        let stranger = stack.arn("iam", "", super::links::STRANGER, "user/stranger");
        estate = estate.with(Attachment::Identity(stranger), "stranger", all("*"));
        if let Some(key) = &stack.settings.kms_key {
            let (to, why) = (
                Attachment::Resource(key.clone()),
                "the key's policy cannot be read from here",
            );
            estate = match &self.key {
                Some(policy) => estate.with(to, "key policy", policy.clone()),
                None => estate.with_unread(to, "key policy", why),
            };
        }
        estate
    }
}

impl RolePolicies {
    fn of(found: &role::Found) -> Self {
        Self {
            trust: document(Some(&found.trust)),
            policy: document(found.policy.as_deref()),
            managed: found.managed.iter().cloned().collect(),
            unread: None,
        }
    }

    fn attach(&self, estate: Estate, arn: &Arn) -> Estate {
        let (trust, identity) = (
            Attachment::Resource(arn.clone()),
            Attachment::Identity(arn.clone()),
        );
        if let Some(why) = self.unread {
            let estate = estate.with_unread(trust, "trust policy", why);
            return estate.with_unread(identity, "role policies", why);
        }
        let mut estate = estate.with(trust, "trust policy", self.trust.clone()).with(
            identity.clone(),
            "role policy",
            self.policy.clone(),
        );
        for policy in &self.managed {
            let name = policy.rsplit('/').next().unwrap_or(policy);
            if name.starts_with("AWSLambda") {
                let logs = [
                    "logs:CreateLogGroup",
                    "logs:CreateLogStream",
                    "logs:PutLogEvents",
                ];
                let logs =
                    logs.map(|action| Action::new(action).expect("actions are written here"));
                let logs = Statement::allow(logs).with_resources([ResourcePattern::any()]);
                estate = estate.with(identity.clone(), name, Document::new([logs]));
            } else {
                estate =
                    estate.with_unread(identity.clone(), name, "managed policies are not read");
            }
        }
        estate
    }
}

fn allow_all(action: &str) -> Document {
    let action = Action::new(action).expect("actions are written here");
    Document::new([Statement::allow([action]).with_resources([ResourcePattern::any()])])
}
