//! The control plane of AWS, for whoever deploys: accounts, roles, buckets, functions, catalogs, workgroups and log groups on one
//! endpoint, with every call authorised by the policies that were really put there.
//!
//! A call is decided by [`iam_policy_kit`] over all policies of all accounts: identity policies, boundaries, session policies, trust,
//! bucket and function policies, across accounts too. What the evaluator cannot decide is answered by 501, and so is what is
//! not offered: no test passes by an oversight. Service and Region come from the signature's scope, the caller from its access key;
//! signatures themselves are checked for objects only. Requests count as made over TLS.
//!
//! Things take as long as they do in AWS, counted in calls and not in time ([`Pace`]): functions are `Pending` and `InProgress`, roles
//! are not there at once for those who look.
//!
//! | service | operations |
//! | --- | --- |
//! | sts | `GetCallerIdentity`, `AssumeRole` |
//! | iam | roles, their trust, tags, boundary, inline and attached policies; managed policies and their versions; users, to be read; `SimulatePrincipalPolicy` |
//! | lambda | functions, their code, configuration, policy, tags, concurrency; `Invoke` |
//! | s3 | buckets, their policy, lifecycle, encryption, public access block, ownership, tags, versioning; objects, by the embedded S3 |
//! | athena | data catalogs, workgroups, tags; `ListDatabases` of a catalog, by its function |
//! | logs | log groups, their retention and tags |
//! | kms | `DescribeKey`, key policies, data keys; keys come from [`Cloud::key`] |
//! | dynamodb | reads and what tests fill tables with, by another server ([`Builder::dynamodb`]) |
//!
//! Deliberately absent: groups, organisations, versions and aliases of functions, queries, and S3 with the bucket in the host's name.

mod xml;
mod answer;
mod wire;
mod record;
mod world;
mod keys;
mod estate;
mod gate;
mod iam;
mod sts;
mod s3;
mod lambda;
mod athena;
mod logs;
mod kms;
mod relay;
mod front;

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsString;
use std::sync::Arc;

use iam_policy_kit::access::{Caller, CallerKind, Estate};
use iam_policy_kit::{AccountId, Document};

use crate::Error;
use crate::server::Server;

pub use answer::Refusal;
pub use keys::Credentials;
pub use record::{CloudCall, CutOff, Outcome};
pub use wire::Service;
pub use world::Pace;

use answer::Reply;
use front::Front;
use keys::Holder;
use lambda::Job;
use world::arn;

/// A cloud of its own, with no account in it at first. Dropping it ends it, with the functions that run in it.
#[derive(Debug)]
pub struct Cloud {
    server: Server,
    front: Arc<Front>,
}

/// What follows once a call is authorised.
enum Next {
    /// Nothing more.
    Done(Reply),
    /// The embedded S3 does it.
    Store,
    /// A function runs.
    Invoke(Job),
    /// Athena asks a function for the caller.
    Databases(Job),
    /// The server for `DynamoDB` does it.
    Relay,
}

impl Cloud {
    /// A cloud whose functions run their own code.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// A cloud with nothing set.
    ///
    /// # Errors
    /// As [`Builder::start`].
    pub async fn start() -> Result<Self, Error> {
        Self::builder().start().await
    }

    /// Where it listens, for all services: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A key of the root user of an account, which exists from then on.
    ///
    /// # Errors
    /// [`Error::Setting`] if `account` is not an account's id.
    pub fn root(&self, account: &str) -> Result<Credentials, Error> {
        let account = account_id(account)?;
        let holder = Holder {
            caller: Caller::from(CallerKind::Root(account.clone())),
            unique_id: account.to_string(),
            account: account.clone(),
        };
        let mut world = self.front.lock();
        world.account(&account);
        Ok(world.issue(holder, Vec::new()))
    }

    /// A key of a user of an account. The user is made if there is none of that name; its one policy is set to `policy`.
    ///
    /// # Errors
    /// [`Error::Setting`] if `account` is not an account's id, or `policy` no policy.
    pub fn user(&self, account: &str, name: &str, policy: &str) -> Result<Credentials, Error> {
        let account = account_id(account)?;
        is_policy(policy)?;
        let user_arn = arn("iam", "", account.as_str(), format!("user/{name}"));
        let caller = Caller::user(user_arn.clone());
        let caller = caller.map_err(|error| setting("user", "a user's name", error.to_string()))?;
        let mut world = self.front.lock();
        let unique_id = format!("AIDA{:0>16}", world.serial());
        let user = iam::User {
            arn: user_arn,
            inline: BTreeMap::from([("policy".to_owned(), policy.to_owned())]),
            attached: BTreeSet::new(),
        };
        world.account(&account).users.insert(name.to_owned(), user);
        let holder = Holder {
            caller,
            account,
            unique_id,
        };
        Ok(world.issue(holder, Vec::new()))
    }

    /// A key of an account in us-east-1 with that policy, and `alias/…` if it has a name; gives its ARN.
    ///
    /// # Errors
    /// [`Error::Setting`] if `account` is not an account's id, or `policy` no policy.
    pub fn key(&self, account: &str, alias: Option<&str>, policy: &str) -> Result<String, Error> {
        let account = account_id(account)?;
        is_policy(policy)?;
        let mut world = self.front.lock();
        Ok(kms::create(&mut world, &account, alias, policy))
    }

    /// All policies that are in force now, to ask what no call asks.
    pub fn estate(&self) -> Estate {
        self.front.lock().estate()
    }

    /// The calls since the start or the last [`forget_calls`](Self::forget_calls), by the order of their answers.
    pub fn calls(&self) -> Vec<CloudCall> {
        self.front.lock().record.calls.clone()
    }

    /// Those of them that would change something, done or not.
    pub fn writes(&self) -> Vec<CloudCall> {
        let mut calls = self.calls();
        calls.retain(|call| call.is_write);
        calls
    }

    /// Forgets the calls; what exists stays.
    pub fn forget_calls(&self) {
        self.front.lock().record.calls.clear();
    }

    /// Lets `writes` more writes be done and cuts all callers off with the last of them: it is done, but its answer is lost, and no
    /// call after it is even looked at, until [`mend`](Self::mend). With 0, they are cut off at once.
    pub fn cut_off_after(&self, writes: usize, how: CutOff) {
        self.front.lock().record.cut_off_after(writes, how);
    }

    /// Has the `nth` call of an operation from now on, the first being 1, answered by `refusal` and not done.
    pub fn fail(&self, operation: &str, nth: usize, refusal: Refusal) {
        self.front.lock().record.fail(operation, nth, refusal);
    }

    /// Ends cutting off and failing.
    pub fn mend(&self) {
        self.front.lock().record.mend();
    }

    /// Changes how long things take from now on.
    pub fn set_pace(&self, pace: Pace) {
        self.front.lock().pace = pace;
    }
}

/// The settings of a [`Cloud`].
#[derive(Clone, Debug, Default)]
pub struct Builder {
    program: Option<OsString>,
    environment: BTreeMap<String, String>,
    dynamodb: Option<String>,
    pace: Pace,
}

impl Builder {
    /// The program of every function, in the place of the `bootstrap` of its zip.
    #[must_use]
    pub fn program(mut self, program: impl Into<OsString>) -> Self {
        self.program = Some(program.into());
        self
    }

    /// A variable of every function, which wins over its own.
    #[must_use]
    pub fn function_env(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.environment.insert(name.into(), value.into());
        self
    }

    /// Where calls of `DynamoDB` go on to once they are authorised; its tables count as owned by whoever asks, unless named by ARN.
    #[must_use]
    pub fn dynamodb(mut self, endpoint: impl Into<String>) -> Self {
        self.dynamodb = Some(endpoint.into());
        self
    }

    /// How long things take.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.pace = pace;
        self
    }

    /// Starts it.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::Listen`] or [`Error::Embedded`], as the name says.
    pub async fn start(self) -> Result<Cloud, Error> {
        let front = Arc::new(Front::new(self)?);
        let asked = front.clone();
        let server = Server::start("cloud", move |request| asked.clone().answer(request)).await?;
        front.listens_at(server.endpoint());
        Ok(Cloud { server, front })
    }
}

fn account_id(text: &str) -> Result<AccountId, Error> {
    AccountId::new(text).map_err(|_| setting("account", "twelve digits", text.to_owned()))
}

fn is_policy(text: &str) -> Result<(), Error> {
    match Document::from_json(text) {
        Ok(_) => Ok(()),
        Err(error) => Err(setting("policy", "a policy", error.to_string())),
    }
}

fn setting(setting: &'static str, expected: &'static str, got: String) -> Error {
    Error::Setting {
        setting,
        expected,
        got,
    }
}
