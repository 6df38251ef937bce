//! The three calls of the Glue Data Catalog that a connector makes: databases, tables, one table; and the two that keep a table.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::{HeaderMap, Request, Response, StatusCode};
use serde_json::{Value, json};

use crate::aws_json::{answer_1_1 as answer, refuse_1_1 as refuse};
use crate::credentials::signer;
use crate::fault::{ANY, Body, Dialect, Faults, spoil};
use crate::server::Server;
use crate::{Error, aws_json};

pub use crate::fault::Fault;

/// A data catalog, empty at first. Dropping it ends it.
#[derive(Debug)]
pub struct Glue {
    server: Server,
    front: Arc<Front>,
}

/// A call that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Name of the operation.
    pub operation: String,
    /// Catalog id, empty if none was given.
    pub catalog: String,
    /// Name of the database, or of database and table with a point between them.
    pub name: String,
    /// Who signed it.
    pub access_key_id: Option<String>,
}

impl Glue {
    /// Starts a catalog without databases.
    ///
    /// # Errors
    /// [`Error::Listen`] without a port.
    pub async fn start() -> Result<Self, Error> {
        let front = Arc::new(Front::default());
        let asked = front.clone();
        let server = Server::start("Glue", move |request| asked.clone().answer(request)).await?;
        Ok(Self { server, front })
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// Adds a database, with a location if it has one.
    pub fn add_database(&self, name: &str, location: Option<&str>) {
        let database = Database {
            location: location.map(str::to_owned),
            tables: BTreeMap::new(),
        };
        self.front
            .lock()
            .databases
            .insert(name.to_owned(), database);
    }

    /// Adds a table as `GetTable` returns it, without its database's name; the database is made if it is missing.
    ///
    /// # Panics
    /// If the table has no `Name`.
    pub fn add_table(&self, database: &str, mut table: Value) {
        table["DatabaseName"] = database.into();
        let name = table["Name"]
            .as_str()
            .expect("a table has a name")
            .to_owned();
        let mut record = self.front.lock();
        let database = record.databases.entry(database.to_owned()).or_default();
        database.tables.insert(name, table);
    }

    /// Removes a table.
    pub fn remove_table(&self, database: &str, name: &str) {
        if let Some(database) = self.front.lock().databases.get_mut(database) {
            database.tables.remove(name);
        }
    }

    /// Has the next `calls` calls meet `fault`, after those that were asked for before.
    pub fn fail_next(&self, calls: usize, fault: Fault) {
        self.front.faults.add(ANY, calls, fault);
    }

    /// Forgets the faults to come.
    pub fn clear_faults(&self) {
        self.front.faults.clear();
    }

    /// The calls that were made, in order.
    pub fn asked(&self) -> Vec<Asked> {
        self.front.lock().asked.clone()
    }
}

#[derive(Debug, Default)]
struct Front {
    record: Mutex<Record>,
    faults: Faults,
}

#[derive(Debug, Default)]
struct Record {
    databases: BTreeMap<String, Database>,
    asked: Vec<Asked>,
}

#[derive(Debug, Default)]
struct Database {
    location: Option<String>,
    tables: BTreeMap<String, Value>,
}

impl Front {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<Body> {
        let (head, body) = request.into_parts();
        let body = body
            .collect()
            .await
            .map(http_body_util::Collected::to_bytes);
        let request: Value = serde_json::from_slice(&body.unwrap_or_default()).unwrap_or_default();
        let operation = aws_json::operation(&head.headers);
        let fault = self.faults.next(operation);
        if let Some(fault) = fault {
            fault.dawdle().await;
        }
        let answer = self.answer_to(operation, &request, &head.headers, fault);
        spoil(fault, answer).await
    }

    fn answer_to(
        &self,
        operation: &str,
        request: &Value,
        headers: &HeaderMap,
        fault: Option<Fault>,
    ) -> Response<Bytes> {
        let text = |name: &str| request[name].as_str().unwrap_or_default().to_owned();
        let mut record = self.lock();
        let name = match (text("DatabaseName"), text("Name")) {
            (database, table) if table.is_empty() => database,
            (database, table) => format!("{database}.{table}"),
        };
        record.asked.push(Asked {
            operation: operation.to_owned(),
            catalog: text("CatalogId"),
            name,
            access_key_id: signer(headers),
        });
        if let Some(refusal) = fault.and_then(|fault| fault.refusal(Dialect::Glue)) {
            return refusal;
        }
        let answered = match operation {
            "GetDatabases" => {
                let databases = record.databases.iter().map(|(name, database)| {
                    let mut entry = json!({"Name": name});
                    if let Some(location) = &database.location {
                        entry["LocationUri"] = location.as_str().into();
                    }
                    entry
                });
                page(request, "DatabaseList", &databases.collect::<Vec<_>>())
            }
            "GetTables" => record
                .databases
                .get(&text("DatabaseName"))
                .and_then(|database| {
                    page(
                        request,
                        "TableList",
                        &database.tables.values().cloned().collect::<Vec<_>>(),
                    )
                }),
            "GetTable" => record
                .databases
                .get(&text("DatabaseName"))
                .and_then(|database| database.tables.get(&text("Name")))
                .map(|table| json!({"Table": table})),
            "CreateTable" | "UpdateTable" => {
                let mut table = request["TableInput"].clone();
                table["DatabaseName"] = request["DatabaseName"].clone();
                let name = table["Name"].as_str().unwrap_or_default().to_owned();
                match record.databases.get_mut(&text("DatabaseName")) {
                    Some(database)
                        if operation == "CreateTable" && database.tables.contains_key(&name) =>
                    {
                        let kind = "AlreadyExistsException";
                        return refuse(StatusCode::BAD_REQUEST, kind, "Table already exists.");
                    }
                    Some(database)
                        if operation == "CreateTable" || database.tables.contains_key(&name) =>
                    {
                        database.tables.insert(name, table);
                        Some(json!({}))
                    }
                    _ => None,
                }
            }
            _ => None,
        };
        match answered {
            Some(body) => answer(StatusCode::OK, &body),
            None => refuse(
                StatusCode::BAD_REQUEST,
                "EntityNotFoundException",
                "Entity Not Found",
            ),
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The entries from the request's token on, at most as many as it wants or 100.
fn page(request: &Value, list: &str, entries: &[Value]) -> Option<Value> {
    let start: usize = match request["NextToken"].as_str() {
        Some(token) => token.parse().ok()?,
        None => 0,
    };
    let most = request["MaxResults"]
        .as_u64()
        .and_then(|most| usize::try_from(most).ok())
        .unwrap_or(MAX_RESULTS);
    let end = entries.len().min(start + most.min(MAX_RESULTS));
    let mut page = json!({ list: entries.get(start..end)? });
    if end < entries.len() {
        page["NextToken"] = end.to_string().into();
    }
    Some(page)
}

/// Entries of a page (AWS: Glue API reference).
const MAX_RESULTS: usize = 100;
