//! What stands around the connector in these tests: a DynamoDB and an S3 on loopback, the emulator that runs the connector as
//! a process of its own, and the engine's half of the protocol.

mod document;
mod model;
mod rows;
mod secrecy;
mod second_opinion;
mod tables;

pub(crate) use document::Document;
pub(crate) use model::shown_rows;
pub(crate) use rows::{Rows, cell, rows_of};
pub(crate) use second_opinion::second_opinion;
pub(crate) use tables::{Index, Kept, Key, NewTable, key};

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use athena_client::{Connector, EndpointInvoker, InvokeError, Limits, Plan, Query, S3Store, Table};
use athena_protocol::block::frame;
use athena_protocol::predicate::Constraints;
use athena_protocol::spill::open;
use athena_protocol::wire::{
    FaultDocument, RemoteReadRecordsResponse, Request, Response, SourceErrorCode, TableName,
};
use athena_testkit::emulator::InvokeOutcome;
use athena_testkit::{Emulator, LocalAws};
use bytes::Bytes;
use futures::TryStreamExt;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// One test's own world.
pub(crate) struct Stack {
    pub(crate) aws: LocalAws,
    pub(crate) emulator: Emulator,
    pub(crate) connector: Connector,
}

/// What a test may want otherwise.
pub(crate) struct Setup {
    pub(crate) environment: BTreeMap<String, String>,
    pub(crate) region: Option<String>,
    pub(crate) timeout: Duration,
    pub(crate) concurrency: usize,
    /// Invocations that one process is given at once.
    pub(crate) calls_a_process: usize,
    pub(crate) clock_ahead_ms: i64,
    pub(crate) limits: Limits,
}

impl Setup {
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.environment.insert(name.to_owned(), value.to_owned());
    }

    pub(crate) fn unset(&mut self, name: &str) {
        self.environment.remove(name);
    }
}

impl Stack {
    /// Everything as by default.
    pub(crate) async fn start() -> Self {
        Self::with(|_| {}).await
    }

    pub(crate) async fn with(adapt: impl FnOnce(&mut Setup)) -> Self {
        Self::over(LocalAws::start().await.unwrap(), adapt).await
    }

    /// The same with other servers behind it.
    pub(crate) async fn over(aws: LocalAws, adapt: impl FnOnce(&mut Setup)) -> Self {
        let mut setup = Setup {
            environment: aws.function_environment(),
            region: Some(athena_testkit::REGION.to_owned()),
            timeout: Duration::from_mins(1),
            concurrency: 1,
            calls_a_process: 1,
            clock_ahead_ms: 0,
            limits: Limits::default(),
        };
        let level = "ATHENA_FEDERATION_SDK_LOG_LEVEL".to_owned();
        setup.environment.insert(level, "trace".to_owned());
        adapt(&mut setup);
        let emulator = Emulator::builder(env!("CARGO_BIN_EXE_connector-under-test"))
            .envs(setup.environment)
            .region(setup.region)
            .timeout(setup.timeout)
            .concurrency(setup.concurrency)
            .calls_a_process(setup.calls_a_process)
            .clock_ahead_ms(setup.clock_ahead_ms)
            .start()
            .await
            .unwrap();
        let invoker =
            EndpointInvoker::new(&emulator.endpoint(), "function", Duration::from_mins(2)).unwrap();
        let store = S3Store::new(aws.s3.client());
        let connector = Connector::new(Arc::new(invoker), Arc::new(store), CATALOG, setup.limits);
        Self {
            aws,
            emulator,
            connector,
        }
    }

    pub(crate) fn query(&self) -> Query {
        self.connector.query()
    }

    /// A table as the connector describes it. The calls that this takes are forgotten.
    pub(crate) async fn table(&self, name: &str) -> Table {
        let table = self.query().get_table(&table_name(name)).await.unwrap();
        self.aws.dynamodb.reset();
        table
    }

    /// All columns of the rows that the connector answers.
    pub(crate) async fn read(&self, table: &Table, constraints: Constraints) -> Vec<RecordBatch> {
        read(&self.query(), table, constraints, table.schema.clone())
            .await
            .unwrap()
    }

    /// The same as rows that can be compared.
    pub(crate) async fn rows(&self, table: &Table, constraints: Constraints) -> Rows {
        rows_of(&self.read(table, constraints).await)
    }

    /// Sends a document as it is.
    pub(crate) async fn invoke(&self, document: impl Into<Bytes>) -> InvokeOutcome {
        let outcome = self.emulator.invoke(document.into()).await;
        assert_eq!(outcome.status, 200, "{outcome:?}");
        outcome
    }

    /// Sends a document that is answered well, and gives the text of the answer.
    pub(crate) async fn answer(&self, document: impl Into<Bytes>) -> String {
        let outcome = self.invoke(document).await;
        let text = String::from_utf8(outcome.payload.to_vec()).unwrap();
        assert_eq!(outcome.function_error, None, "{text}");
        text
    }

    /// Sends a request that is answered well.
    pub(crate) async fn ask(&self, request: &Request) -> Response {
        let text = self.answer(serde_json::to_vec(request).unwrap()).await;
        Response::from_json(text.as_bytes()).unwrap()
    }

    /// Sends a document that is answered with an error.
    pub(crate) async fn refusal(&self, document: impl Into<Bytes>) -> FaultDocument {
        let outcome = self.invoke(document).await;
        let text = String::from_utf8_lossy(&outcome.payload).into_owned();
        assert!(outcome.function_error.is_some(), "answered {text}");
        serde_json::from_str(&text).unwrap()
    }

    /// Fetches and opens the blocks of an answer, without the client's help.
    pub(crate) async fn fetch(&self, answer: &RemoteReadRecordsResponse) -> Vec<RecordBatch> {
        let mut batches = Vec::new();
        for location in &answer.remote_blocks {
            let object = self
                .aws
                .s3
                .get(&location.bucket, &location.key)
                .await
                .unwrap();
            let clear = match &answer.encryption_key {
                Some(key) => open(key, object.to_vec()).unwrap(),
                None => object.to_vec(),
            };
            batches.push(frame::decode_batch(&answer.schema, &clear).unwrap());
        }
        batches
    }

    /// All that the connector's processes wrote.
    pub(crate) fn log(&self) -> String {
        self.emulator
            .logs()
            .into_iter()
            .map(|process| process.text)
            .collect()
    }

    /// The summary lines of the log for requests of one kind, oldest first.
    pub(crate) fn summaries(&self, request: &str) -> Vec<serde_json::Value> {
        let log = self.log();
        let lines = log.lines().filter_map(|line| {
            let line: serde_json::Value = serde_json::from_str(line).ok()?;
            (line["message"] == "request done" && line["request"] == request).then_some(line)
        });
        lines.collect()
    }
}

impl Drop for Stack {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            secrecy::check(&self.log());
        }
    }
}

/// Plans and reads, and gives the batches of all splits.
pub(crate) async fn read(
    query: &Query,
    table: &Table,
    constraints: Constraints,
    schema: SchemaRef,
) -> Result<Vec<RecordBatch>, athena_client::Error> {
    let plan = query.plan(table, constraints).await?;
    read_plan(query, &plan, schema).await
}

/// Reads the splits of a plan one after the other.
pub(crate) async fn read_plan(
    query: &Query,
    plan: &Plan,
    schema: SchemaRef,
) -> Result<Vec<RecordBatch>, athena_client::Error> {
    let mut batches = Vec::new();
    for split in plan.splits() {
        let of_split: Vec<_> = query
            .read(plan, split, schema.clone())
            .try_collect()
            .await?;
        batches.extend(of_split);
    }
    Ok(batches)
}

pub(crate) fn table_name(name: &str) -> TableName {
    TableName::new("default", name)
}

/// The fault that a call ended with, checked to be the connector's own and not the emulator's.
#[track_caller]
pub(crate) fn fault_of<T>(outcome: Result<T, athena_client::Error>) -> FaultDocument {
    match outcome {
        Ok(_) => panic!("a call that must fail was answered"),
        Err(athena_client::Error::Invoke {
            source: InvokeError::Function { fault, .. },
            ..
        }) => clear(fault),
        Err(other) => panic!("{other:?}"),
    }
}

/// Checks that a fault is one sentence of the connector's, and not a process that was killed or a backtrace.
#[track_caller]
pub(crate) fn clear(fault: FaultDocument) -> FaultDocument {
    let message = &fault.error_message;
    assert_eq!(fault.error_type, SourceErrorCode::ERROR_TYPE, "{message}");
    assert!(!message.is_empty() && message.len() < 600, "{message}");
    assert!(!message.contains('\n'), "one line: {message}");
    for mark in [
        "Task timed out",
        "backtrace",
        "panicked at",
        "Some(",
        "SdkError",
    ] {
        assert!(!message.contains(mark), "{message}");
    }
    fault
}

/// Checks that a fault's text names all of `words`.
#[track_caller]
pub(crate) fn says(fault: &FaultDocument, words: &[&str]) {
    for word in words {
        let message = &fault.error_message;
        assert!(message.contains(word), "`{word}` in: {message}");
    }
}

/// The name under which the connector is registered.
pub(crate) const CATALOG: &str = "lambda_cat";
