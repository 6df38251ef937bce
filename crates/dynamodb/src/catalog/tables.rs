//! Table names and descriptions. Names are matched without case, since the engine folds them; an exact match is preferred.

use super::description;
use crate::api::{Signer, Signers, TableContext, fault, throttles_unrepeated};
use crate::table::{KeyAttribute, Table};
use crate::types::names::fold;
use athena_federation::clock::Clock;
use athena_federation::{Call, Fault};
use athena_protocol::wire::SourceErrorCode;
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
    signers: Arc<Signers<Listing>>,
    signer: Arc<(Client, Listing)>,
    clock: Arc<dyn Clock>,
}

impl Tables {
    /// Asks through `client`; where a role is to be assumed, through `sts`.
    pub fn new(client: Client, sts: aws_sdk_sts::Client, clock: Arc<dyn Clock>) -> Self {
        let signers = Signers::new(client, sts);
        Self {
            signer: signers.of(&Signer::default()),
            signers: Arc::new(signers),
            clock,
        }
    }

    /// The same, asked by `signer`.
    #[must_use]
    pub fn signed_by(&self, signer: &Signer) -> Self {
        Self {
            signer: self.signers.of(signer),
            ..self.clone()
        }
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
        let mut listing = self.signer.1.lock().await;
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
    pub async fn describe(&self, name: &str, call: &Call) -> Result<Described, Fault> {
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

/// The names, and when they were listed: each signer has its own, since who may list less must not be shown more.
type Listing = Mutex<Option<(Instant, Arc<Vec<String>>)>>;

fn not_a_table(name: &str) -> Fault {
    Fault::new(
        SourceErrorCode::EntityNotFound,
        format!("table `{name}` does not exist in DynamoDB"),
    )
}

/// Calls on tables themselves have a limit of the account, apart from the capacity of any table. No table has this name.
const CONTROL_PLANE: &str = "(tables)";
const LISTING_EXPIRY: Duration = Duration::from_mins(1);
/// Names that one `ListTables` call gives at most.
const MAX_PAGE: i32 = 100;
/// No table has a shorter name, and `DescribeTable` refuses to look for one.
const MIN_NAME: usize = 3;
