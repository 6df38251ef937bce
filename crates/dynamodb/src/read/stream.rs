//! Pages to batches: the one place of the reading side that waits.
//!
//! Several parts of a split are read side by side. Each reader asks for its next page as soon as it has handed one over, so that
//! the network works while the page in hand is decoded; a bounded channel holds it back when decoding, sealing or S3 is slower.
//! A reader holds one page at most, and a few wait between readers and decoding.
//!
//! Where a limit may be met by the page in hand, the next one is not asked for before that page has been looked at.

use super::Pace;
use super::PageDecoder;
use super::chain::{Chain, Fetched, unreadable};
use crate::api::{Page, Pages, Part};
use arrow::array::{Array, BooleanArray, RecordBatch};
use arrow::compute::filter_record_batch;
use athena_federation::metrics::Metrics;
use athena_federation::{BatchStream, Fault};
use athena_protocol::predicate::Predicate;
use athena_protocol::wire::SourceErrorCode;
use futures::StreamExt;
use futures::stream::try_unfold;
use std::collections::VecDeque;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex};
use tokio::sync::{Semaphore, mpsc};
use tokio::task::JoinSet;
use tokio::time::Instant;

/// One read: what to ask for, how to decode it, what to keep.
pub struct Read {
    /// Reads pages.
    pub pages: Pages,
    /// Parts of the split, each a chain of pages.
    pub parts: Vec<Part>,
    /// Parts that are read side by side.
    pub streams: NonZeroUsize,
    /// Makes batches of pages.
    pub decoder: PageDecoder,
    /// The predicate; rows that do not qualify are left out where that is certain.
    pub predicate: Predicate,
    /// How fast capacity may be consumed.
    pub pace: Option<Pace>,
    /// Qualifying rows wanted at most.
    pub limit: Option<Limit>,
    /// Whether a value that does not fit its column ends the read. Else it is null and counted.
    pub refuse_mismatches: bool,
    /// Figures of the call.
    pub metrics: Arc<Metrics>,
}

/// Rows after which a read stops.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many.
    pub rows: u64,
    /// The column by which rows are ordered, if they are: those in which it is null do not count, and are given too.
    pub by: Option<usize>,
}

impl Read {
    /// Begins to read. Dropping the stream ends all readers.
    pub fn start(self) -> BatchStream {
        let readers = self.streams.get().min(self.parts.len());
        let table = self
            .parts
            .first()
            .map(|part| part.table().to_owned())
            .unwrap_or_default();
        let (sender, pages) = mpsc::channel(readers.clamp(1, WAITING_PAGES));
        let parts = Arc::new(Mutex::new(VecDeque::from(self.parts)));
        let demand = self.limit.map(|_| Demand::new());
        let asked = demand.as_ref().map(|demand| demand.asked.clone());
        let pace = self.pace.map(Arc::new);
        let mut tasks = JoinSet::new();
        for _ in 0..readers {
            tasks.spawn(reader(
                self.pages.clone(),
                parts.clone(),
                asked.clone(),
                pace.clone(),
                sender.clone(),
            ));
        }
        let running = Running {
            table,
            source: self.pages.clone(),
            pages,
            tasks,
            decoder: self.decoder,
            predicate: self.predicate,
            left: self.limit.map(|limit| limit.rows),
            counted_by: self.limit.and_then(|limit| limit.by),
            refuse_mismatches: self.refuse_mismatches,
            demand,
            metrics: self.metrics,
        };
        try_unfold(running, |mut running| async move {
            Ok(running.next().await?.map(|batch| (batch, running)))
        })
        .boxed()
    }
}

/// Reads parts until none is left; ends quietly when nobody listens any more. If there is an `asked`, each page takes a permit.
async fn reader(
    pages: Pages,
    parts: Arc<Mutex<VecDeque<Part>>>,
    asked: Option<Arc<Semaphore>>,
    pace: Option<Arc<Pace>>,
    sender: mpsc::Sender<Result<Fetched, Fault>>,
) {
    loop {
        let part = parts
            .lock()
            .expect("nothing panics while it is held")
            .pop_front();
        let Some(part) = part else { return };
        let mut chain = Chain::new(part);
        while !chain.is_done() {
            if let Some(asked) = &asked {
                let permit = asked.acquire().await;
                permit.expect("the semaphore is never closed").forget();
            }
            if let Some(pace) = &pace {
                let _time = pages.metrics().paced_us.stopwatch();
                pace.ready().await;
            }
            let fetched = chain.fetch(&pages).await;
            if let (Some(pace), Ok(fetched)) = (&pace, &fetched) {
                pace.spend(fetched.consumed_capacity.unwrap_or_default());
            }
            let failed = fetched.is_err();
            // If the other side is gone, so is the interest in page or fault.
            if sender.send(fetched).await.is_err() || failed {
                return;
            }
        }
    }
}

/// Pages that a read with a limit asks its readers for.
struct Demand {
    asked: Arc<Semaphore>,
    /// Pages asked for that have not come yet.
    outstanding: usize,
    /// Rows kept of the last page, if there was one.
    last_rows: Option<u64>,
}

impl Demand {
    fn new() -> Self {
        Self {
            asked: Arc::new(Semaphore::new(0)),
            outstanding: 0,
            last_rows: None,
        }
    }

    /// Asks for the next page, and for the one after it if another like the last one would not give `left` rows.
    fn ask(&mut self, left: u64) {
        let pages = 1 + usize::from(self.last_rows.is_some_and(|rows| rows < left));
        let more = pages.saturating_sub(self.outstanding);
        self.asked.add_permits(more);
        self.outstanding += more;
    }

    fn came(&mut self, rows: usize) {
        self.outstanding -= 1;
        self.last_rows = Some(rows as u64);
    }
}

struct Running {
    table: String,
    source: Pages,
    pages: mpsc::Receiver<Result<Fetched, Fault>>,
    tasks: JoinSet<()>,
    decoder: PageDecoder,
    predicate: Predicate,
    left: Option<u64>,
    counted_by: Option<usize>,
    refuse_mismatches: bool,
    demand: Option<Demand>,
    metrics: Arc<Metrics>,
}

impl Running {
    /// The next batch with rows, `None` at the end.
    async fn next(&mut self) -> Result<Option<RecordBatch>, Fault> {
        while self.left != Some(0) {
            if let (Some(demand), Some(left)) = (&mut self.demand, self.left) {
                demand.ask(left);
            }
            let asked = Instant::now();
            let page = self.pages.recv().await;
            self.source.link().starved(asked.elapsed());
            let Some(page) = page else {
                // All senders are gone: every reader is done, or one of them died with rows unread.
                while let Some(done) = self.tasks.join_next().await {
                    done.map_err(|_| died(&self.table))?;
                }
                break;
            };
            let Fetched {
                page,
                consumed_capacity,
            } = page?;
            if let Some(units) = consumed_capacity {
                self.metrics.milli_capacity.add(thousandths(units));
            }
            let batch = self.decode(&page)?;
            if let Some(demand) = &mut self.demand {
                demand.came(batch.num_rows());
            }
            if batch.num_rows() > 0 {
                return Ok(Some(batch));
            }
        }
        self.tasks.abort_all();
        self.report_mismatches();
        Ok(None)
    }

    fn decode(&mut self, page: &Page) -> Result<RecordBatch, Fault> {
        let metrics = self.metrics.clone();
        let _time = metrics.decode_us.stopwatch();
        let batch = self
            .decoder
            .decode(page)
            .map_err(|error| unreadable(&self.table, &error))?;
        if self.refuse_mismatches {
            self.refuse()?;
        }
        self.metrics.items.add_usize(batch.num_rows());
        let mask = self.predicate.matches(&batch);
        let kept = match mask.filter(|mask| mask.count_set_bits() < mask.len()) {
            None => batch,
            Some(mask) => {
                filter_record_batch(&batch, &BooleanArray::new(mask, None)).map_err(|error| {
                    Fault::new(
                        SourceErrorCode::InternalService,
                        format!("cannot filter a batch: {error}"),
                    )
                })?
            }
        };
        let Some(left) = &mut self.left else {
            return Ok(kept);
        };
        let wanted = usize::try_from(*left).unwrap_or(usize::MAX);
        let nulls = self
            .counted_by
            .and_then(|by| kept.column(by).logical_nulls());
        let (rows, counted) = match nulls {
            None => {
                let rows = kept.num_rows().min(wanted);
                (rows, rows)
            }
            Some(nulls) => match nulls.valid_indices().take(wanted).enumerate().last() {
                // Enough: what comes behind the last of them is not wanted.
                Some((before, row)) if before + 1 == wanted => (row + 1, wanted),
                _ => (kept.num_rows(), kept.num_rows() - nulls.null_count()),
            },
        };
        *left -= counted as u64;
        Ok(kept.slice(0, rows))
    }

    /// The first column that could not take a value, as a fault that names types and never the value.
    fn refuse(&self) -> Result<(), Fault> {
        let schema = self.decoder.schema();
        let tallies = self.decoder.mismatches().columns();
        for (field, tally) in schema.fields().iter().zip(tallies) {
            if let Some((found, values)) = tally.iter().next() {
                let (column, data_type, table) = (field.name(), field.data_type(), &self.table);
                return Err(Fault::invalid_input(format!(
                    "column `{column}` of table `{table}` has type {data_type}, and {values} of the values read so far, of type \
                     {found}, do not fit it"
                ))
                .with_hint(
                    "give the column the type text, which takes every value, or set `value_mismatch` to `null`",
                ));
            }
        }
        Ok(())
    }

    /// One line a column, with names and types but never a value.
    fn report_mismatches(&self) {
        let schema = self.decoder.schema();
        for (field, tally) in schema
            .fields()
            .iter()
            .zip(self.decoder.mismatches().columns())
        {
            for (found, values) in tally.iter() {
                self.metrics.mismatches.add(values);
                tracing::warn!(
                    table = self.table,
                    column = field.name(),
                    column_type = %field.data_type(),
                    found = found.as_str(),
                    values,
                    "values do not fit their column and are null"
                );
            }
            if tally.rounded() > 0 {
                let (column, values) = (field.name(), tally.rounded());
                tracing::info!(
                    table = self.table,
                    column,
                    values,
                    "numbers were rounded to the column's scale"
                );
            }
        }
    }
}

/// Pages between readers and decoding. Each reader has one more in hand, so that more would only take memory.
const WAITING_PAGES: usize = 1;

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "capacity units are small and positive"
)]
fn thousandths(units: f64) -> u64 {
    (units.max(0.0) * 1000.0).round() as u64
}

fn died(table: &str) -> Fault {
    Fault::new(
        SourceErrorCode::InternalService,
        format!("a reader of table `{table}` ended without an answer"),
    )
}
