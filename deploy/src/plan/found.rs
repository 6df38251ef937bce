//! What is there, as far as it matters, and how it is read.

use std::collections::BTreeMap;

use iam_policy_kit::{AccountId, Sid};

use crate::aws::{Account, AwsError, Refusal};
use crate::change::document;
use crate::documents::SPILL_GET;
use crate::plan::parts::{Goal, Part};
use crate::plan::wanted::{EXECUTION_POLICY, SHARE_POLICY};
use crate::resource::{bucket, catalog, function, key, logs, permission, role, workgroup};
use crate::settings::{Role, Share};
use crate::stack::Stack;

/// The accounts that we can enter.
#[derive(Debug, Clone)]
pub(crate) struct Accounts {
    pub(crate) a: Account,
    /// Accounts to share with, entered with credentials of their own.
    pub(crate) b: BTreeMap<AccountId, Account>,
}

/// What is there.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) role: Option<role::Found>,
    pub(crate) spill: bucket::Found,
    pub(crate) results: bucket::Found,
    pub(crate) logs: Option<logs::Found>,
    pub(crate) function: Option<function::Found>,
    /// The function's policy.
    pub(crate) permission: Option<String>,
    pub(crate) workgroup: Option<workgroup::Found>,
    pub(crate) catalog: Option<catalog::Found>,
    /// The policy of the KMS key, if there is a key and its policy may be read.
    pub(crate) key_policy: Option<String>,
    pub(crate) shares: BTreeMap<AccountId, FoundShare>,
}

/// What is there in an account that is shared with.
#[derive(Debug, Clone, Default)]
pub(crate) struct FoundShare {
    pub(crate) reach: Reach,
    pub(crate) role: Option<role::Found>,
    pub(crate) results: bucket::Found,
    pub(crate) workgroup: Option<workgroup::Found>,
    pub(crate) catalog: Option<catalog::Found>,
}

/// How far we get in an account that is shared with.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) enum Reach {
    /// With credentials of its own.
    Login,
    /// By the role that it made for us.
    Role,
    /// By the role, which does not allow to read, so that what is there stays unknown.
    Blind,
    /// Not at all.
    #[default]
    None,
}

impl Found {
    /// Nothing at all.
    pub(crate) fn nothing() -> Self {
        Self {
            role: None,
            spill: bucket::Found::Absent,
            results: bucket::Found::Absent,
            logs: None,
            function: None,
            permission: None,
            workgroup: None,
            catalog: None,
            key_policy: None,
            shares: BTreeMap::new(),
        }
    }

    /// Reads everything that a goal is about.
    ///
    /// # Errors
    /// Of each part the first call that fails otherwise than by "not there".
    pub(crate) async fn read(stack: &Stack, accounts: &Accounts) -> Result<Self, Vec<AwsError>> {
        let (found, errors) = Self::read_what_can_be(stack, accounts).await;
        if errors.is_empty() {
            Ok(found)
        } else {
            Err(errors)
        }
    }

    /// The same; what cannot be read counts as absent, and why it cannot stands beside it.
    pub(crate) async fn read_what_can_be(
        stack: &Stack,
        accounts: &Accounts,
    ) -> (Self, Vec<AwsError>) {
        let (mut found, mut errors) = (Self::nothing(), Vec::new());
        for part in Goal::Up.parts(stack, &found) {
            errors.extend(found.refresh(&part, stack, accounts).await.err());
        }
        if let Some(arn) = &stack.settings.kms_key {
            found.key_policy = key::policy(&accounts.a, arn).await;
        }
        (found, errors)
    }

    /// Reads one part again.
    ///
    /// # Errors
    /// A call that fails otherwise than by "not there".
    pub(crate) async fn refresh(
        &mut self,
        part: &Part,
        stack: &Stack,
        accounts: &Accounts,
    ) -> Result<(), AwsError> {
        let (a, settings) = (&accounts.a, &stack.settings);
        match part {
            Part::ExecutionRole => {
                let name = match &settings.role {
                    Role::Own(name) => name.as_str(),
                    Role::Given(arn) => arn.resource.rsplit('/').next().unwrap_or_default(),
                };
                self.role = role::read(a, name, EXECUTION_POLICY).await?;
            }
            Part::SpillBucket => self.spill = bucket::read(a, &settings.spill_bucket).await?,
            Part::ResultsBucket => {
                if let Some(name) = &settings.results_bucket {
                    self.results = bucket::read(a, name).await?;
                }
            }
            Part::LogGroup => self.logs = logs::read(a, &stack.log_group()).await?,
            Part::Function => self.function = function::read(a, &settings.function).await?,
            Part::Permission => self.permission = permission::read(a, &settings.function).await?,
            Part::Workgroup => {
                let arn = stack.workgroup_arn().to_string();
                self.workgroup = workgroup::read(a, &settings.workgroup, &arn).await?;
            }
            Part::Catalog => self.catalog = catalog::read(a, &settings.catalog).await?,
            Part::ShareRole(share) => {
                let is = self.shares.entry(share.account.clone()).or_default();
                if let Some(b) = accounts.b.get(&share.account) {
                    is.reach = Reach::Login;
                    is.role = role::read(b, &stack.share_role_name(), SHARE_POLICY).await?;
                }
            }
            Part::ShareResults(share, results) => {
                let is = self.shares.entry(share.account.clone()).or_default();
                if let Some(b) = accounts.b.get(&share.account) {
                    is.results = bucket::read(b, &results.bucket).await?;
                }
            }
            Part::ShareWorkgroup(share, results) => {
                let is = self.shares.entry(share.account.clone()).or_default();
                if let Some(b) = accounts.b.get(&share.account) {
                    let arn = stack.share_workgroup_arn(share, &results.workgroup);
                    let arn = arn.to_string();
                    is.workgroup = workgroup::read(b, &results.workgroup, &arn).await?;
                }
            }
            Part::ShareCatalog(share) => {
                let is = self.shares.entry(share.account.clone()).or_default();
                match accounts.b.get(&share.account) {
                    Some(b) => is.catalog = catalog::read(b, &share.catalog).await?,
                    None => read_by_role(is, stack, a, share).await?,
                }
            }
        }
        Ok(())
    }

    /// The accounts that may read spilled blocks by statements of ours.
    pub(crate) fn spill_readers(&self) -> Vec<AccountId> {
        let policy = document(self.spill.policy());
        let sids = policy
            .statements
            .iter()
            .filter_map(|statement| statement.sid.as_ref());
        let accounts = sids
            .map(Sid::as_str)
            .filter_map(|sid| sid.strip_prefix(SPILL_GET));
        accounts.filter_map(|id| AccountId::new(id).ok()).collect()
    }
}

/// Without credentials of the other account there is the role that it made for us.
async fn read_by_role(
    is: &mut FoundShare,
    stack: &Stack,
    a: &Account,
    share: &Share,
) -> Result<(), AwsError> {
    let role = stack.share_role_arn(share);
    let Ok(guest) = a.assuming(&role, share.external_id.as_deref()).await else {
        is.reach = Reach::None;
        return Ok(());
    };
    match catalog::read(&guest, &share.catalog).await {
        Ok(catalog) => {
            is.reach = Reach::Role;
            is.catalog = catalog;
            Ok(())
        }
        Err(error) if error.refusal() == Refusal::Denied => {
            is.reach = Reach::Blind;
            Ok(())
        }
        Err(error) => Err(error),
    }
}

impl FoundShare {
    /// An account that was entered and has nothing yet.
    pub(crate) fn entered() -> Self {
        Self {
            reach: Reach::Login,
            ..Self::default()
        }
    }
}

#[cfg(test)]
impl Found {
    /// What is there after the calls of a plan, as far as policies go.
    pub(crate) fn take(&mut self, stack: &Stack, plan: &crate::plan::Plan) {
        use crate::plan::Call;
        for step in &plan.steps {
            for call in &step.change.calls {
                match call {
                    Call::Bucket(bucket::Call::Policy { policy, .. }) => {
                        self.spill = bucket::Found::Here(Box::new(bucket::State {
                            policy: Some(policy.clone()),
                            ..bucket::State::default()
                        }));
                    }
                    Call::Permission(permission::Call::Add { id, account, .. }) => {
                        let mut policy = document(self.permission.as_deref());
                        let statement = crate::documents::invoke_statement(stack, account, id);
                        policy.statements.push(statement);
                        self.permission = Some(policy.to_json());
                    }
                    Call::Role(call) => {
                        let guest = self.shares.get_mut(&step.change.account);
                        let role = match guest {
                            Some(share) => share.role.get_or_insert_default(),
                            None => self.role.get_or_insert_default(),
                        };
                        role.take(call);
                    }
                    _ => {}
                }
            }
        }
    }
}
