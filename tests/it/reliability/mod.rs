//! Each boundary of the connector by each fault, as `docs/reliability.md` promises it: what passes leaves every row, what stays is one
//! clear error, and the query after it is whole, in the same process.

mod table;

mod dynamodb;
mod storage;
mod keys;
mod metadata;
mod time;
mod runtime;
mod load;

use crate::spilling::{items, small_blocks};
use crate::stack::{
    NewTable, Rows, Setup, Stack, fault_of, key, read_plan, rows_of, says, shown_rows,
};
use athena_client::{Error, Table};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::FaultDocument;
use athena_testkit::Fault;
use serde_json::Value;
use std::time::Duration;

/// Limits that a test can wait for, and an unoptimised server on a busy machine can keep.
fn impatient(setup: &mut Setup) {
    setup.set("answer_timeout_ms", "2000");
    setup.set("retry_delay_ms", "20");
    setup.set("throttle_max_delay_ms", "20");
    // So that each query asks every service.
    setup.set("lookup_expiry_seconds", "0");
    // One chain of pages.
    setup.set("streams_per_split", "1");
    small_blocks(setup);
}

/// A table of two pages whose rows fill some ten spilled blocks.
struct Trial {
    stack: Stack,
    table: Table,
    items: Vec<Value>,
}

impl Trial {
    async fn with(adapt: impl FnOnce(&mut Setup)) -> Self {
        Self::prepared(adapt, |_| {}).await
    }

    /// The same, with something done to the services before they are first asked.
    async fn prepared(adapt: impl FnOnce(&mut Setup), prepare: impl FnOnce(&Stack)) -> Self {
        let items = items(80, 20_000);
        let stack = Stack::with(|setup| {
            impatient(setup);
            adapt(setup);
        })
        .await;
        NewTable::named("items", &[key("id", "S")])
            .load(&stack.aws, &items)
            .await;
        prepare(&stack);
        let table = stack.table("items").await;
        Self {
            stack,
            table,
            items,
        }
    }

    /// Plans and reads with the columns that are known.
    async fn read(&self, constraints: Constraints) -> Result<Rows, Error> {
        let query = self.stack.query();
        let plan = query.plan(&self.table, constraints).await?;
        let batches = read_plan(&query, &plan, self.table.schema.clone()).await;
        if batches.is_err() {
            let rows = query.stats().figures().rows;
            assert_eq!(rows, 0, "no answer with a part of the rows");
        }
        Ok(rows_of(&batches?))
    }

    /// Looks the columns up, plans and reads.
    async fn query(&self) -> Result<Rows, Error> {
        let query = self.stack.query();
        let table = query.get_table(&self.table.name).await?;
        assert_eq!(table, self.table, "the schema of better times");
        self.read(Constraints::default()).await
    }

    #[track_caller]
    fn is_whole(&self, rows: &Rows, what: &str) {
        let shown = shown_rows(&self.items, &self.table.schema);
        rows.assert_eq(&shown.rows, what);
    }

    /// Forgets calls and faults to come, and checks that a query is whole.
    async fn recovers(&self, what: &str) {
        let aws = &self.stack.aws;
        aws.dynamodb.reset();
        aws.s3.reset();
        aws.kms.reset();
        aws.sts.reset();
        aws.glue.clear_faults();
        aws.athena.clear_faults();
        self.is_whole(&self.query().await.unwrap(), what);
        assert_eq!(self.stack.emulator.stats().cold_starts, 1, "{what}");
    }

    /// The fault of a query that must fail, in words, after which the next one is whole.
    async fn fails(&self, outcome: Result<Rows, Error>, words: &[&str]) -> FaultDocument {
        let fault = fault_of(outcome);
        says(&fault, words);
        self.recovers(words[0]).await;
        fault
    }
}

/// A moment that a slow service takes; shorter than any limit.
const SLOW: Duration = Duration::from_millis(60);
/// As often as nobody tries.
const ALWAYS: usize = 1000;

/// What a service that is asked again answers well, whatever it serves.
const PASSING: [Fault; 8] = [
    Fault::Throttle,
    Fault::SlowDown,
    Fault::InternalError,
    Fault::Html(502),
    Fault::HangUp,
    Fault::Truncate,
    Fault::Trickle(SLOW),
    Fault::Delay(SLOW),
];
