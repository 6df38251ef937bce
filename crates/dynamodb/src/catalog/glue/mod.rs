//! The Glue Data Catalog: which databases and tables describe DynamoDB, and how.
//!
//! Where the catalog must not be read, or cannot be reached, there are the tables of DynamoDB alone, and the log says so once. Any
//! other failure is an error: a table must not change its columns because the catalog had a bad moment.

mod client;
mod table;
mod schema;
mod definition;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use athena_federation::{Call, Fault};
use athena_protocol::wire::{SourceErrorCode, TableName};
use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};
use std::sync::Mutex;
use tracing::warn;

use self::client::{CallError, GlueClient};
pub use self::definition::{ddl, table_input};
pub use self::schema::{COLUMN_MAPPING, GlueSchema, GlueSchemaError, Source};
use self::table::{DatabasePage, OneTable, TablePage};
pub use self::table::{GlueColumn, GlueTable, StorageDescriptor};
use super::lookups::Lookups;

/// The catalog as the function sees it.
#[derive(Clone)]
pub struct GlueCatalog {
    client: GlueClient,
    /// The catalog's account, if it is not the function's.
    id: Option<String>,
    expiry: Duration,
    state: Arc<State>,
}

struct State {
    told: AtomicBool,
    /// When the catalog could not be reached.
    unreachable: Mutex<Option<Instant>>,
    tables: Lookups<Question, Arc<GlueTable>>,
}

/// Who asked, and for what: none is shown what another was.
type Question = (Option<Credentials>, Value);

impl GlueCatalog {
    /// Reads the catalog of account `id`, or of the function's own, with connections of `shared`, at `endpoint` or the Region's own.
    pub fn new(shared: &SdkConfig, endpoint: Option<String>, id: Option<String>) -> Self {
        Self {
            client: GlueClient::new(shared, endpoint),
            id,
            expiry: Duration::ZERO,
            state: Arc::new(State {
                told: AtomicBool::new(false),
                unreachable: Mutex::default(),
                tables: Lookups::new(MAX_TABLES),
            }),
        }
    }

    /// The same, which uses tables again that it asked for within `expiry`.
    #[must_use]
    pub fn with_expiry(self, expiry: Duration) -> Self {
        Self { expiry, ..self }
    }

    /// Names of the databases that are marked as DynamoDB's; `None` without a catalog.
    ///
    /// # Errors
    /// Any failure but a missing permission or way.
    pub async fn databases(&self, call: &Call) -> Result<Option<Vec<String>>, Fault> {
        let mut names = Vec::new();
        let mut token = None;
        loop {
            let input = self.input(call, json!({"NextToken": token}));
            let Some(page): Option<DatabasePage> = self.ask(call, "GetDatabases", &input).await?
            else {
                return Ok(None);
            };
            let marked = page
                .database_list
                .into_iter()
                .filter(table::Database::is_marked);
            names.extend(marked.map(|database| database.name));
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(Some(names));
            }
        }
    }

    /// The tables of a database that describe DynamoDB; none if there is no such database; `None` without a catalog.
    ///
    /// # Errors
    /// Any failure but a missing permission or way.
    pub async fn tables(
        &self,
        database: &str,
        call: &Call,
    ) -> Result<Option<Vec<GlueTable>>, Fault> {
        let mut tables = Vec::new();
        let mut token = None;
        loop {
            let input = self.input(call, json!({"DatabaseName": database, "NextToken": token}));
            let Some(page): Option<TablePage> = self.ask(call, "GetTables", &input).await? else {
                return Ok(None);
            };
            tables.extend(
                page.table_list
                    .into_iter()
                    .filter(GlueTable::is_of_dynamodb),
            );
            token = page.next_token.filter(|token| !token.is_empty());
            if token.is_none() {
                return Ok(Some(tables));
            }
        }
    }

    /// A table that describes DynamoDB; `None` if the catalog has no such table, or a table of something else by that name.
    ///
    /// # Errors
    /// Any failure but a missing permission or way.
    pub async fn table(
        &self,
        name: &TableName,
        call: &Call,
    ) -> Result<Option<Arc<GlueTable>>, Fault> {
        let TableName {
            schema_name,
            table_name,
        } = name;
        let input = self.input(
            call,
            json!({"DatabaseName": schema_name, "Name": table_name}),
        );
        let ask = Box::pin(async {
            let answer = self.ask(call, "GetTable", &input).await.map_err(Some)?;
            let answer: Option<OneTable> = answer.flatten();
            let table = answer.map(|answer| answer.table);
            // Only what is there is kept.
            let table = table.filter(GlueTable::is_of_dynamodb).ok_or(None)?;
            Ok(Arc::new(table))
        });
        let question = (call.credentials.clone(), input.clone());
        let tables = &self.state.tables;
        match tables.get(question, self.expiry, &*call.clock, ask).await {
            Ok(table) => Ok(Some(table)),
            Err(None) => Ok(None),
            Err(Some(fault)) => Err(fault),
        }
    }

    /// Forgets what was said of a table: something has shown that it may be wrong.
    pub fn forget(&self, name: &TableName) {
        let is_same = |(_, input): &Question, _: &Arc<GlueTable>| {
            input["DatabaseName"] == *name.schema_name && input["Name"] == *name.table_name
        };
        self.state.tables.forget(is_same);
    }

    /// Keeps a table in the catalog; one of that name is replaced only if that is wanted. Tells whether the table was kept.
    ///
    /// # Errors
    /// If the catalog refuses.
    pub async fn put_table(
        &self,
        database: &str,
        table: &Value,
        replace: bool,
        call: &Call,
    ) -> Result<bool, Fault> {
        let input = self.input(call, json!({"DatabaseName": database, "TableInput": table}));
        match self.client.call("CreateTable", &input).await {
            Ok(_) => return Ok(true),
            Err(error) if error.code() == Some("AlreadyExistsException") => {}
            Err(error) => return Err(refused("CreateTable", &error)),
        }
        if !replace {
            return Ok(false);
        }
        let answer = self.client.call("UpdateTable", &input).await;
        answer
            .map(|_| true)
            .map_err(|error| refused("UpdateTable", &error))
    }

    /// The call's input without what is null, and with the catalog's account.
    fn input(&self, call: &Call, mut input: Value) -> Value {
        if let Value::Object(members) = &mut input {
            members.retain(|_, value| !value.is_null());
        }
        // The fifth part of `arn:aws:lambda:region:account:function:name`, whatever alias follows.
        let own = || {
            call.function_arn
                .split(':')
                .nth(4)
                .filter(|account| !account.is_empty())
        };
        if let Some(id) = self.id.as_deref().or_else(own) {
            input["CatalogId"] = id.into();
        }
        input
    }

    /// An answer; `None` without a catalog. What the catalog does not have is the answer's default.
    async fn ask<T: DeserializeOwned + Default>(
        &self,
        call: &Call,
        operation: &'static str,
        input: &Value,
    ) -> Result<Option<T>, Fault> {
        let now = call.clock.now();
        {
            let unreachable = self
                .state
                .unreachable
                .lock()
                .expect("nothing panics while it is held");
            if unreachable.is_some_and(|at| now.saturating_duration_since(at) < RETRY_AFTER) {
                return Ok(None);
            }
        }
        let client = match &call.credentials {
            Some(credentials) => &self.client.signed_by(credentials),
            None => &self.client,
        };
        let throttled = || async {
            match client.call(operation, input).await {
                Ok(body) => Ok(Answer::Body(body)),
                Err(error) => judged(operation, &error),
            }
        };
        match call.throttle.run(SOURCE, throttled).await? {
            Answer::Body(body) => serde_json::from_slice(&body).map(Some).map_err(|error| {
                Fault::new(
                    SourceErrorCode::InvalidResponse,
                    format!(
                        "Glue's answer to {operation} is unreadable at line {}, column {}",
                        error.line(),
                        error.column()
                    ),
                )
            }),
            Answer::NotThere => Ok(Some(T::default())),
            Answer::Denied => {
                self.tell(operation, "the function's role, or the caller whose credentials came with the request, must not call it");
                Ok(None)
            }
            Answer::Unreachable => {
                *self
                    .state
                    .unreachable
                    .lock()
                    .expect("nothing panics while it is held") = Some(now);
                self.tell(
                    operation,
                    "it cannot be reached; give the function's network a way to Glue",
                );
                Ok(None)
            }
        }
    }

    fn tell(&self, operation: &'static str, why: &'static str) {
        if !self.state.told.swap(true, Ordering::Relaxed) {
            warn!(
                operation,
                why,
                "tables are read without the Glue Data Catalog; `disable_glue` turns it off for good"
            );
        }
    }
}

/// What came of a call.
enum Answer {
    Body(bytes::Bytes),
    NotThere,
    Denied,
    Unreachable,
}

fn judged(operation: &'static str, error: &CallError) -> Result<Answer, Fault> {
    match error {
        SdkError::ServiceError(service) => {
            let (code, message) = (service.err().code(), service.err().message());
            let code = code.unwrap_or("an unnamed error");
            let said = message
                .filter(|text| !text.is_empty())
                .map(|text| format!(": {text}"));
            let words = format!(
                "Glue refused {operation} with {code}{}",
                said.unwrap_or_default()
            );
            match code {
                "EntityNotFoundException" => Ok(Answer::NotThere),
                "AccessDeniedException" | "AccessDenied" | "NotAuthorized" => Ok(Answer::Denied),
                "ThrottlingException"
                | "Throttling"
                | "TooManyRequestsException"
                | "RequestLimitExceeded" => Err(Fault::new(SourceErrorCode::Throttling, words)),
                "ExpiredTokenException"
                | "UnrecognizedClientException"
                | "InvalidClientTokenId"
                | "SignatureDoesNotMatch"
                | "InvalidSignatureException" => {
                    Err(Fault::new(SourceErrorCode::InvalidCredentials, words))
                }
                "InvalidInputException" => Err(Fault::invalid_input(words)),
                _ => {
                    Err(Fault::new(SourceErrorCode::InternalService, words).with_hint("try again"))
                }
            }
        }
        SdkError::DispatchFailure(_) | SdkError::TimeoutError(_) => Ok(Answer::Unreachable),
        _ => Err(Fault::new(
            SourceErrorCode::InternalService,
            format!("the call {operation} of Glue failed"),
        )),
    }
}

/// The fault of a call that nothing can take the place of.
fn refused(operation: &'static str, error: &CallError) -> Fault {
    match judged(operation, error) {
        Err(fault) => fault,
        Ok(Answer::Denied) => Fault::new(
            SourceErrorCode::AccessDenied,
            format!("Glue refused {operation}"),
        )
        .with_hint(format!("allow glue:{operation} to these credentials")),
        Ok(Answer::NotThere) => Fault::new(
            SourceErrorCode::EntityNotFound,
            "Glue has no database of that name",
        ),
        Ok(_) => Fault::new(
            SourceErrorCode::InternalService,
            format!("Glue cannot be reached for {operation}"),
        ),
    }
}

/// Glue's own limit of calls, apart from those of DynamoDB. No table has this name.
const SOURCE: &str = "Glue";

/// Tables whose definitions are kept, some ten kilobytes each.
const MAX_TABLES: usize = 64;

/// How long a catalog that could not be reached is not asked again.
const RETRY_AFTER: Duration = Duration::from_mins(1);

#[cfg(test)]
mod tests {
    use super::*;
    use athena_federation::clock::SystemClock;

    #[test]
    fn the_catalog_is_the_one_that_is_named_or_that_of_the_functions_account_under_any_alias() {
        let shared = SdkConfig::builder().build();
        let mut call = Call::lasting(Duration::ZERO, Arc::new(SystemClock));
        let function = "arn:aws-cn:lambda:cn-north-1:111122223333:function:f";
        for (arn, named, expected) in [
            (
                function.to_owned(),
                None,
                json!({"CatalogId": "111122223333"}),
            ),
            (
                format!("{function}:live"),
                None,
                json!({"CatalogId": "111122223333"}),
            ),
            (
                format!("{function}:7"),
                Some("999988887777"),
                json!({"CatalogId": "999988887777"}),
            ),
            (String::new(), None, json!({})),
        ] {
            call.function_arn = arn;
            let glue = GlueCatalog::new(&shared, None, named.map(str::to_owned));
            assert_eq!(glue.input(&call, json!({"NextToken": null})), expected);
        }
    }
}
