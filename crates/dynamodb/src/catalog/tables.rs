//! Table names and descriptions. Names are matched without case, since the engine folds them; an exact match is preferred.
//!
//! Each signer has what it looked up to itself: who may see less must not be shown what another saw.

use super::description;
use super::lookups::Lookups;
use crate::api::{
    CheckAnswer, Signer, Signers, TableContext, fault, sts_client, throttles_unrepeated,
};
use crate::role::{Role, RoleArn};
use crate::table::{KeyAttribute, Table};
use crate::types::names::fold;
use arrow::datatypes::Schema;
use athena_federation::clock::Clock;
use athena_federation::{Call, Fault};
use athena_protocol::wire::SourceErrorCode;
use aws_config::SdkConfig;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::operation::describe_table::DescribeTableError;
use aws_sdk_dynamodb::operation::list_tables::ListTablesError;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A table with the kinds of all its key attributes, those of indexes included.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// For planning.
    pub table: Table,
    /// Every attribute that is a key of the table or of an index.
    pub key_attributes: Vec<KeyAttribute>,
}

/// Lists and describes tables for one signer.
#[derive(Clone)]
pub struct Tables {
    signers: Arc<Signers<Known>>,
    signer: Arc<(Client, Known)>,
    /// The role of those that have none of their own.
    role: Option<Role>,
    pub(super) expiry: Duration,
    pub(super) clock: Arc<dyn Clock>,
}

/// What one signer looked up.
pub(super) struct Known {
    listing: Mutex<Option<(Instant, Arc<Vec<String>>)>>,
    /// By the name that was asked for, and by the table's own.
    described: Lookups<String, Arc<Described>>,
    /// What samples say, each of the table as it was described then.
    pub(super) schemas: Lookups<Arc<Described>, Arc<Schema>>,
    pub(super) attribute_names: Lookups<Arc<Described>, Arc<Vec<String>>>,
}

impl Default for Known {
    fn default() -> Self {
        Self {
            listing: Mutex::default(),
            described: Lookups::new(MAX_DESCRIBED),
            schemas: Lookups::new(MAX_SAMPLED),
            attribute_names: Lookups::new(MAX_SAMPLED),
        }
    }
}

impl Tables {
    /// Asks through `client`; where a role is to be assumed, through `sts`. Nothing but the listing is kept.
    pub fn new(client: Client, sts: aws_sdk_sts::Client, clock: Arc<dyn Clock>) -> Self {
        let signers = Signers::new(client, sts);
        Self {
            signer: signers.of(&Signer::default()),
            signers: Arc::new(signers),
            role: None,
            expiry: Duration::ZERO,
            clock,
        }
    }

    /// The same through clients of DynamoDB and STS with Region, credentials, connections and endpoint of `shared`.
    pub fn connect(shared: &SdkConfig, clock: Arc<dyn Clock>) -> Self {
        Self::new(Client::new(shared), sts_client(shared), clock)
    }

    /// The same, which read in this role unless a table has one of its own.
    #[must_use]
    pub fn with_role(self, role: Option<Role>) -> Self {
        Self { role, ..self }
    }

    /// The same, which use descriptions and samples again that are younger than `expiry`.
    #[must_use]
    pub fn with_expiry(self, expiry: Duration) -> Self {
        Self { expiry, ..self }
    }

    /// The tables as they are seen in a table's own role, else in that of the options, else as the caller. A caller who brings
    /// credentials assumes the role itself: it must not read more than it may.
    #[must_use]
    pub fn of_call(&self, call: &Call, own: Option<RoleArn>) -> Self {
        let of_options = self.role.as_ref();
        let role = match own {
            // The external ID was agreed upon for one role, and is shown to no other.
            Some(arn) if of_options.is_none_or(|role| role.arn != arn) => Some(Role {
                arn,
                external_id: None,
            }),
            _ => of_options.cloned(),
        };
        let signer = Signer {
            role,
            caller: call.credentials.clone(),
        };
        Self {
            signer: self.signers.of(&signer),
            ..self.clone()
        }
    }

    pub(super) fn known(&self) -> &Known {
        &self.signer.1
    }

    /// The client for reading pages.
    pub fn client(&self) -> &Client {
        &self.signer.0
    }

    /// One page of names in their own case, and the token of the next page.
    ///
    /// # Errors
    /// The fault of `ListTables`.
    pub async fn list(
        &self,
        limit: i32,
        start: Option<String>,
        call: &Call,
    ) -> Result<(Vec<String>, Option<String>), Fault> {
        let context = TableContext {
            operation: "ListTables",
            table: "",
        };
        let ask = || async {
            let page = (self.client().list_tables())
                .limit(limit)
                .set_exclusive_start_table_name(start.clone())
                .customize()
                .config_override(throttles_unrepeated::<ListTablesError>())
                .interceptor(CheckAnswer)
                .send();
            page.await.map_err(|error| fault(context, &error))
        };
        let page = call.throttle.run(CONTROL_PLANE, ask).await?;
        Ok((
            page.table_names.unwrap_or_default(),
            page.last_evaluated_table_name,
        ))
    }

    /// All names; at most one full listing a minute for each signer.
    ///
    /// # Errors
    /// The fault of `ListTables`.
    pub async fn all(&self, call: &Call) -> Result<Arc<Vec<String>>, Fault> {
        // Held while listing, so that calls side by side share one listing.
        let mut listing = self.known().listing.lock().await;
        let now = self.clock.now();
        if let Some((at, names)) = listing.as_ref()
            && now.saturating_duration_since(*at) < LISTING_EXPIRY
        {
            return Ok(names.clone());
        }
        let (mut names, mut start) = (Vec::new(), None);
        loop {
            let (mut page, next) = self.list(MAX_PAGE, start, call).await?;
            names.append(&mut page);
            start = next;
            if start.is_none() {
                break;
            }
        }
        let names = Arc::new(names);
        *listing = Some((now, names.clone()));
        Ok(names)
    }

    /// Describes the table called `name`, in this or, if there is none, in another case.
    ///
    /// # Errors
    /// `EntityNotFound` if there is none, `InvalidInput` if several differ in case only, or the fault of a call.
    pub async fn describe(&self, name: &str, call: &Call) -> Result<Arc<Described>, Fault> {
        let described = &self.known().described;
        let look_up = async {
            let asked_at = self.clock.now();
            let found = Arc::new(self.look_up(name, call).await?);
            // Once it is found it is asked for by its own name.
            let own_name = &found.table.name;
            if own_name != name {
                described.keep(own_name.clone(), asked_at, found.clone(), self.expiry);
            }
            Ok(found)
        };
        described
            .get(name.to_owned(), self.expiry, &*self.clock, look_up)
            .await
    }

    /// The same as the table is now, for planning: a key or an index that is no more must not be relied on.
    ///
    /// # Errors
    /// As [`describe`](Self::describe).
    pub async fn describe_now(&self, name: &str, call: &Call) -> Result<Arc<Described>, Fault> {
        let described = &self.known().described;
        described.forget(|asked, _| asked == name);
        let found = self.describe(name, call).await;
        match &found {
            // What was found under another spelling may be older.
            Ok(now) => described.forget(|_, old| old.table.name == now.table.name && old != now),
            Err(_) => self.forget(name),
        }
        found
    }

    /// Forgets what was looked up of the table with this name: something has shown that it may be wrong.
    pub fn forget(&self, table: &str) {
        let known = self.known();
        known.described.forget(|_, found| found.table.name == table);
        known.schemas.forget(|of, _| of.table.name == table);
        known.attribute_names.forget(|of, _| of.table.name == table);
    }

    async fn look_up(&self, name: &str, call: &Call) -> Result<Described, Fault> {
        match self.describe_exactly(name, call).await {
            Err(missing) if missing.code == SourceErrorCode::EntityNotFound => {
                let names = self.all(call).await?;
                let folded = fold(name);
                let mut same = names
                    .iter()
                    .filter(|other| fold(other) == folded && *other != name);
                match (same.next(), same.next()) {
                    (Some(only), None) => self.describe_exactly(only, call).await,
                    (Some(_), Some(_)) => Err(Fault::invalid_input(format!(
                        "several DynamoDB tables are called `{name}` apart from case"
                    ))
                    .with_hint("name one of them exactly in the table property `sourceTable` of a Glue table")),
                    (None, _) => Err(missing),
                }
            }
            other => other,
        }
    }

    async fn describe_exactly(&self, name: &str, call: &Call) -> Result<Described, Fault> {
        let context = TableContext {
            operation: "DescribeTable",
            table: name,
        };
        if name.len() < MIN_NAME {
            return Err(not_a_table(name));
        }
        let ask = || async {
            let answer = (self.client().describe_table())
                .table_name(name)
                .customize()
                .config_override(throttles_unrepeated::<DescribeTableError>())
                .interceptor(CheckAnswer)
                .send();
            answer.await.map_err(|error| fault(context, &error))
        };
        let answer = call.throttle.run(CONTROL_PLANE, ask).await?;
        let described = answer.table.as_ref().and_then(description::table);
        let (mut table, key_attributes) = described.ok_or_else(|| {
            Fault::new(
                SourceErrorCode::InvalidResponse,
                format!("DynamoDB's description of table `{name}` lacks its key"),
            )
        })?;
        // A table of another account or Region is known by its ARN alone.
        if name.starts_with("arn:") {
            name.clone_into(&mut table.name);
        }
        Ok(Described {
            table,
            key_attributes,
        })
    }
}

fn not_a_table(name: &str) -> Fault {
    Fault::new(
        SourceErrorCode::EntityNotFound,
        format!("table `{name}` does not exist in DynamoDB"),
    )
}

/// Calls on tables themselves have a limit of the account, apart from the capacity of any table. No table has this name.
const CONTROL_PLANE: &str = "(tables)";
const LISTING_EXPIRY: Duration = Duration::from_mins(1);
/// Tables that a signer has descriptions of: a few kilobytes each.
const MAX_DESCRIBED: usize = 32;
/// Tables that a signer has samples of.
const MAX_SAMPLED: usize = 8;
/// Names that one `ListTables` call gives at most.
const MAX_PAGE: i32 = 100;
/// No table has a shorter name, and `DescribeTable` refuses to look for one.
const MIN_NAME: usize = 3;
