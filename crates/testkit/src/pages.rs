//! A DynamoDB table of canned pages, for benchmarks: it answers as fast as a socket takes it.
//!
//! Items are generated from a seed and a [`Shape`] when the server starts, and kept as the JSON they are sent as. A page holds
//! 1 MB of items as DynamoDB counts them, as real pages do. Scan, Query and `ExecuteStatement` go through the pages by position;
//! **expressions and statements are not evaluated**: every page comes whole, as if each item matched and no projection was asked for.

mod item;
mod shape;
mod wire;
mod book;
mod answer;

use std::sync::Arc;
use std::time::Duration;

use crate::dynamodb::client;
use crate::server::Server;
use crate::{Error, aws_json};

use answer::Desk;
use book::Book;
use wire::Wire;

pub use shape::Shape;

/// A running server of canned pages. Dropping it ends it.
#[derive(Debug)]
pub struct Pages {
    server: Server,
    desk: Arc<Desk>,
}

impl Pages {
    /// The settings to start from: table `pages` of 16 mixed pages from seed 1.
    pub fn builder() -> Builder {
        Builder {
            table: "pages".to_owned(),
            shape: Shape::Mixed,
            seed: 1,
            pages: 16,
            distinct: None,
            page_bytes: 1 << 20,
            delay: None,
            throttle_one_in: None,
            bytes_per_second: None,
        }
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A client for it.
    pub fn client(&self) -> aws_sdk_dynamodb::Client {
        client(&self.endpoint())
    }

    /// The table's name.
    pub fn table(&self) -> &str {
        &self.desk.table
    }

    /// How many items the table has.
    pub fn items(&self) -> u64 {
        self.desk.book.items()
    }

    /// The size of the table as DynamoDB counts it, in bytes.
    pub fn item_bytes(&self) -> u64 {
        self.desk.book.item_bytes()
    }

    /// The size of all items as JSON, in bytes, without what surrounds them in a page.
    pub fn json_bytes(&self) -> u64 {
        self.desk.book.json_bytes()
    }

    /// What was answered since the start.
    pub fn counts(&self) -> Counts {
        self.desk.counts()
    }
}

/// What a server of canned pages answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// `ListTables` calls.
    pub list_tables: u64,
    /// `DescribeTable` calls.
    pub describe_table: u64,
    /// Scan calls, throttled ones among them.
    pub scan: u64,
    /// Query calls, throttled ones among them.
    pub query: u64,
    /// `ExecuteStatement` calls, throttled ones among them.
    pub execute_statement: u64,
    /// Those Scan, Query and `ExecuteStatement` calls that were throttled.
    pub throttled: u64,
    /// The bytes of all bodies that were sent.
    pub bytes: u64,
    /// What those bodies would be without gzip, in bytes.
    pub clear_bytes: u64,
    /// Pages that were sent in gzip, as their requests accepted.
    pub compressed: u64,
}

/// The settings of [`Pages`].
#[derive(Clone, Debug)]
pub struct Builder {
    table: String,
    shape: Shape,
    seed: u64,
    pages: usize,
    distinct: Option<usize>,
    page_bytes: usize,
    delay: Option<Duration>,
    throttle_one_in: Option<u64>,
    bytes_per_second: Option<u64>,
}

impl Builder {
    /// The table's name.
    #[must_use]
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = name.into();
        self
    }

    /// What the items look like.
    #[must_use]
    pub fn shape(mut self, shape: Shape) -> Self {
        self.shape = shape;
        self
    }

    /// Where the generator starts; equal seeds give equal pages.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// How many pages the table has.
    #[must_use]
    pub fn pages(mut self, pages: usize) -> Self {
        self.pages = pages;
        self
    }

    /// How many of the pages differ, all of them unless told. The others repeat them, ids included, so that a large table takes
    /// little memory.
    #[must_use]
    pub fn distinct(mut self, pages: usize) -> Self {
        self.distinct = Some(pages);
        self
    }

    /// How many bytes of items a page holds at most, as DynamoDB counts them: 1 MiB unless told.
    #[must_use]
    pub fn page_bytes(mut self, bytes: usize) -> Self {
        self.page_bytes = bytes;
        self
    }

    /// How long each Scan or Query waits before it is answered.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = Some(delay);
        self
    }

    /// Throttles each `calls`-th Scan or Query.
    #[must_use]
    pub fn throttle_one_in(mut self, calls: u64) -> Self {
        self.throttle_one_in = Some(calls);
        self
    }

    /// Sends all bodies together no faster than this, as a link of that speed would.
    #[must_use]
    pub fn bytes_per_second(mut self, bytes: u64) -> Self {
        self.bytes_per_second = Some(bytes);
        self
    }

    /// Generates the pages and starts to answer.
    ///
    /// # Errors
    /// [`Error::Setting`] for a rate or a number of distinct pages of 0, [`Error::Listen`] without a port.
    pub async fn start(self) -> Result<Pages, Error> {
        let refuse_zero = |setting, value| match value {
            Some(0) => Err(Error::Setting {
                setting,
                expected: "at least 1",
                got: "0".to_owned(),
            }),
            _ => Ok(()),
        };
        refuse_zero("throttle_one_in", self.throttle_one_in)?;
        refuse_zero("bytes_per_second", self.bytes_per_second)?;
        refuse_zero("distinct", self.distinct.map(|pages| pages as u64))?;
        let distinct = self.distinct.unwrap_or(self.pages).min(self.pages);
        let generate =
            move || Book::generate(self.shape, self.seed, self.pages, distinct, self.page_bytes);
        // A hundred pages take a while, above all unoptimised.
        let book = match tokio::task::spawn_blocking(generate).await {
            Ok(book) => book,
            Err(error) => std::panic::resume_unwind(error.into_panic()),
        };
        let desk = Arc::new(Desk::new(
            self.table,
            book,
            self.delay,
            self.throttle_one_in,
            self.bytes_per_second.map(Wire::new),
        ));
        let asked = desk.clone();
        let answer = move |request: hyper::Request<hyper::body::Incoming>| {
            let operation = aws_json::operation(request.headers()).to_owned();
            let gzip = accepts_gzip(request.headers());
            asked.clone().answer(operation, request.into_body(), gzip)
        };
        let server = Server::start("canned DynamoDB", answer).await?;
        Ok(Pages { server, desk })
    }
}

fn accepts_gzip(headers: &hyper::HeaderMap) -> bool {
    let accepted = headers.get(hyper::header::ACCEPT_ENCODING);
    accepted.is_some_and(|accepted| accepted.as_bytes() == b"gzip")
}
