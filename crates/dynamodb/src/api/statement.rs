//! Pages of a PartiQL statement.

use super::fault::{TableContext, fault};
use super::page::{Page, Pages, body_of};
use super::raw_body::RawBody;
use super::throttling::throttles_unrepeated;
use athena_federation::Fault;
use aws_sdk_dynamodb::operation::execute_statement::ExecuteStatementError;
use aws_sdk_dynamodb::types::ReturnConsumedCapacity;
use std::fmt;

/// A PartiQL statement. Its text may hold values, so `Debug` leaves it out.
#[derive(Clone, Default)]
pub struct Statement {
    /// The text, as it is sent.
    pub text: String,
    /// The table that it reads, for the throttle and for errors; empty if that is not known.
    pub table: String,
    /// Items to look at for one page, at most: they are counted before the statement's conditions.
    pub limit: Option<i32>,
    /// Strongly consistent.
    pub consistent: bool,
}

impl Pages {
    /// The first page of a statement, or the one that `next_token` of the page before leads to.
    ///
    /// # Errors
    /// As [`page`](Self::page).
    pub async fn statement(
        &self,
        statement: &Statement,
        next_token: Option<&str>,
    ) -> Result<Page, Fault> {
        let send = || self.send_statement(statement, next_token);
        let throttled = || self.throttle().run(&statement.table, send);
        let page = self.whole(statement.context(), throttled).await?;
        self.count(&page);
        Ok(page)
    }

    async fn send_statement(
        &self,
        statement: &Statement,
        next_token: Option<&str>,
    ) -> Result<RawBody, Fault> {
        let _time = self.metrics().fetch_us.stopwatch();
        let taken = self.take_body();
        self.client()
            .execute_statement()
            .statement(&statement.text)
            .set_next_token(next_token.map(str::to_owned))
            .set_limit(statement.limit)
            .set_consistent_read(statement.consistent.then_some(true))
            .return_consumed_capacity(ReturnConsumedCapacity::Total)
            .customize()
            .config_override(throttles_unrepeated::<ExecuteStatementError>())
            .interceptor(taken.clone())
            .send()
            .await
            .map_err(|error| fault(statement.context(), &error))?;
        body_of(&taken)
    }
}

impl Statement {
    fn context(&self) -> TableContext<'_> {
        TableContext {
            operation: "ExecuteStatement",
            table: &self.table,
        }
    }
}

impl fmt::Debug for Statement {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statement")
            .field("table", &self.table)
            .field("limit", &self.limit)
            .field("consistent", &self.consistent)
            .finish_non_exhaustive()
    }
}
