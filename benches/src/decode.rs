//! The parts of a read one by one: one page, or one block, again and again in this process.
//!
//! Times are processor time of the thread, so that other work on the machine counts little.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::{Schema, SchemaRef};
use athena_dynamodb::api::{Page, PageRequest, Pages as PageReader};
use athena_dynamodb::read::PageDecoder;
use athena_dynamodb::read::tail::PageTail;
use athena_dynamodb::types::infer::{KeyType, NumberType, Sample};
use athena_federation::Call;
use athena_federation::clock::SystemClock;
use athena_protocol::block::{Framing, frame, size};
use athena_protocol::spill::{EncryptionKey, TAG_BYTES, seal};
use rustix::time::{ClockId, clock_gettime};
use serde::Serialize;

use crate::args::ShapeName;
use crate::figures::{megabytes, megabytes_per_second, milliseconds};
use crate::printer::Printer;
use crate::rig::{Rig, Settings};
use crate::table::{Table, tenths};

/// What one step costs.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct StepFigures {
    pub(crate) shape: ShapeName,
    pub(crate) step: &'static str,
    /// What the bytes are: `page` is JSON, `block` a record batch, `message` its IPC message.
    pub(crate) of: &'static str,
    pub(crate) bytes: u64,
    pub(crate) milliseconds: f64,
    pub(crate) mb_per_second: Option<f64>,
}

/// Measures the steps on one page of `shape`.
///
/// # Errors
/// If the page cannot be had, or a step fails on it.
pub(crate) async fn run(
    shape: ShapeName,
    printer: &mut Printer,
) -> anyhow::Result<Vec<StepFigures>> {
    printer.talk(&format!("decoding a {} page", shape.label()));
    let rig = Rig::start(Settings::one_page(shape.shape())).await?;
    let call = Call::lasting(Duration::from_mins(1), Arc::new(SystemClock));
    let reader = PageReader::new(rig.pages.client(), &call);
    let request = PageRequest {
        table: rig.pages.table().to_owned(),
        ..PageRequest::default()
    };
    let page = reader
        .page(&request, None)
        .await
        .context("cannot fetch a page")?;
    let mut steps = Steps {
        shape,
        figures: Vec::new(),
    };
    let batch = steps.of_page(&page)?;
    steps.of_block(&batch)?;
    Ok(steps.figures)
}

/// One line a step.
pub(crate) fn table(steps: &[StepFigures]) -> Table {
    let mut table = Table::new(3, &["shape", "step", "of", "MB", "ms", "MB/CPU-s"]);
    for figures in steps {
        table.push(vec![
            figures.shape.label().to_owned(),
            figures.step.to_owned(),
            figures.of.to_owned(),
            format!("{:.2}", megabytes(figures.bytes)),
            format!("{:.3}", figures.milliseconds),
            tenths(figures.mb_per_second),
        ]);
    }
    table
}

struct Steps {
    shape: ShapeName,
    figures: Vec<StepFigures>,
}

impl Steps {
    fn of_page(&mut self, page: &Page) -> anyhow::Result<RecordBatch> {
        let mut sample = Sample::new();
        sample.push_page(page)?;
        let inferred = sample.schema(&[("id".to_owned(), KeyType::S)], NumberType::Decimal);
        let schema: SchemaRef = Arc::new(inferred.schema);
        let mut decoder = PageDecoder::new(schema, &inferred.names)?;
        let batch = decoder.decode(page)?;
        let bytes = page.len();

        self.measure("checksum", "page", bytes, || Ok(crc32fast::hash(page)))?;
        self.measure("tail", "page", bytes, || Ok(PageTail::of(page)?))?;
        self.measure("decode all columns", "page", bytes, || {
            Ok(decoder.decode(page)?)
        })?;
        let mut skipper = PageDecoder::new(Arc::new(Schema::empty()), &[])?;
        self.measure("decode no columns", "page", bytes, || {
            Ok(skipper.decode(page)?)
        })?;
        Ok(batch)
    }

    /// A block is made of the batches of as many pages as fit.
    fn of_block(&mut self, batch: &RecordBatch) -> anyhow::Result<()> {
        let pages = (BLOCK_BYTES / size::batch_bytes(batch).max(1)).max(1);
        let batches = vec![batch.clone(); pages];
        let block = concat_batches(&batch.schema(), &batches)?;
        let bytes = size::batch_bytes(&block);
        self.measure("join batches", "block", bytes, || {
            Ok(concat_batches(&batch.schema(), &batches)?)
        })?;
        self.measure("encode", "block", bytes, || {
            Ok(frame::encode_batch(&block, Framing::Legacy)?)
        })?;

        let mut message = frame::encode_batch(&block, Framing::Legacy)?;
        let clear_bytes = message.len();
        message.reserve_exact(TAG_BYTES);
        let key = EncryptionKey::new(vec![7; 32], vec![9; 12]);
        self.measure("seal", "message", clear_bytes, || {
            message.truncate(clear_bytes);
            Ok(seal(&key, &mut message)?)
        })?;
        message.truncate(clear_bytes);
        self.measure("base64", "message", clear_bytes, || {
            Ok(base64_simd::STANDARD.encode_to_string(&message))
        })
    }

    fn measure<T>(
        &mut self,
        step: &'static str,
        of: &'static str,
        bytes: usize,
        mut work: impl FnMut() -> anyhow::Result<T>,
    ) -> anyhow::Result<()> {
        // The first time buffers grow and attributes are learned.
        black_box(work().with_context(|| format!("step `{step}` failed"))?);
        let (mut best, mut left) = (Duration::MAX, MEASURED);
        while !left.is_zero() {
            let before = thread_time();
            black_box(work()?);
            let took = thread_time().saturating_sub(before);
            best = best.min(took);
            left = left.saturating_sub(took.max(Duration::from_micros(1)));
        }
        let bytes = bytes as u64;
        self.figures.push(StepFigures {
            shape: self.shape,
            step,
            of,
            bytes,
            milliseconds: milliseconds(best),
            mb_per_second: megabytes_per_second(bytes, best),
        });
        Ok(())
    }
}

fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(
        time.tv_sec.unsigned_abs(),
        u32::try_from(time.tv_nsec).unwrap_or(0),
    )
}

/// What the engine asks for in its own tests.
const BLOCK_BYTES: usize = 16_000_000;
/// How much processor time is spent on each step; the best repetition counts.
const MEASURED: Duration = Duration::from_millis(300);
