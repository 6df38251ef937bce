//! Table names and descriptions. Names are matched without case, since the engine folds them; an exact match is preferred.

use super::description;
use crate::api::{TableContext, fault, throttles_unrepeated};
use crate::table::{KeyAttribute, Table};
use crate::types::names::fold;
use athena_federation::clock::Clock;
use athena_federation::{Call, Fault};
use athena_protocol::wire::SourceErrorCode;
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::IdentityCache;
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

/// Lists and describes tables with the credentials of one caller.
#[derive(Clone)]
pub struct Tables {
    client: Client,
    credentials: Option<Credentials>,
    clock: Arc<dyn Clock>,
    listings: Arc<Listings>,
}

impl Tables {
    /// Asks through `client`.
    pub fn new(client: Client, clock: Arc<dyn Clock>) -> Self {
        Self {
            client,
            credentials: None,
            clock,
            listings: Arc::default(),
        }
    }

    /// The same, asked with the caller's credentials, or with the client's own if there are none.
    #[must_use]
    pub fn signed_by(&self, credentials: Option<&Credentials>) -> Self {
        let Some(credentials) = credentials else {
            return self.clone();
        };
        let config = self.client.config().to_builder();
        // The shared cache would keep an entry of every caller for ever, and these need no fetching.
        let config = config
            .credentials_provider(credentials.clone())
            .identity_cache(IdentityCache::no_cache());
        Self {
            client: Client::from_conf(config.build()),
            credentials: Some(credentials.clone()),
            ..self.clone()
        }
    }

    /// The client for reading pages.
    pub fn client(&self) -> &Client {
        &self.client
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
            let page = (self.client.list_tables())
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

    /// All names; at most one full listing a minute for each caller's credentials.
    ///
    /// # Errors
    /// The fault of `ListTables`.
    pub async fn all(&self, call: &Call) -> Result<Arc<Vec<String>>, Fault> {
        // Held while listing, so that calls side by side share one listing.
        let listing = self.listings.of(self.credentials.as_ref());
        let mut listing = listing.lock().await;
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
            let answer = (self.client.describe_table())
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

/// What was listed, apart for each caller's credentials: who may list less must not be shown more.
#[derive(Default)]
struct Listings(std::sync::Mutex<Vec<(Option<Credentials>, Listing)>>);

/// The names, and when they were listed.
type Listing = Arc<Mutex<Option<(Instant, Arc<Vec<String>>)>>>;

impl Listings {
    fn of(&self, credentials: Option<&Credentials>) -> Listing {
        let mut listings = self.0.lock().expect("nothing panics while it is held");
        let known = listings
            .iter()
            .position(|(of, _)| of.as_ref() == credentials);
        // The one that was asked for last stands last.
        let listing = match known {
            Some(at) => listings.remove(at),
            None => (credentials.cloned(), Listing::default()),
        };
        if listings.len() >= MAX_CALLERS {
            listings.remove(0);
        }
        let names = listing.1.clone();
        listings.push(listing);
        names
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
/// Callers whose listings are kept.
const MAX_CALLERS: usize = 16;
/// Names that one `ListTables` call gives at most.
const MAX_PAGE: i32 = 100;
/// No table has a shorter name, and `DescribeTable` refuses to look for one.
const MIN_NAME: usize = 3;

#[cfg(test)]
mod tests {
    use super::*;

    fn credentials(id: usize) -> Credentials {
        Credentials::new(format!("AKID{id}"), "secret", None, None, "test")
    }

    #[tokio::test]
    async fn callers_do_not_see_each_others_listings() {
        let listings = Listings::default();
        let own = listings.of(None);
        let first = listings.of(Some(&credentials(1)));
        let same_key_other_session =
            Credentials::new("AKID1", "secret", Some("s".into()), None, "test");
        let other = listings.of(Some(&same_key_other_session));
        assert!(Arc::ptr_eq(&own, &listings.of(None)));
        assert!(Arc::ptr_eq(&first, &listings.of(Some(&credentials(1)))));
        for (a, b) in [(&own, &first), (&first, &other), (&own, &other)] {
            assert!(!Arc::ptr_eq(a, b));
        }
    }

    #[tokio::test]
    async fn the_listings_of_few_callers_are_kept_those_that_asked_last() {
        let listings = Listings::default();
        let own = listings.of(None);
        let first = listings.of(Some(&credentials(0)));
        for id in 1..=MAX_CALLERS {
            listings.of(Some(&credentials(id)));
            assert!(Arc::ptr_eq(&own, &listings.of(None)), "own stays in use");
        }
        assert_eq!(listings.0.lock().unwrap().len(), MAX_CALLERS);
        assert!(!Arc::ptr_eq(&first, &listings.of(Some(&credentials(0)))));
    }
}
