//! What a connector stands in while it is measured: canned pages, a store for its blocks, and an emulator that runs it.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use athena_client::{Connector, EndpointInvoker, Limits, S3Store};
use athena_testkit::aws::{SPILL_BUCKET, SPILL_PREFIX};
use athena_testkit::pages::Shape;
use athena_testkit::{ACCESS_KEY_ID, Emulator, Pages, REGION, S3, SECRET_ACCESS_KEY, emulator};

use crate::args::CommandLine;
use crate::meter::Meter;
use crate::program::Program;

/// The table and the bucket that all connectors of a comparison share.
pub(crate) struct Rig {
    pub(crate) pages: Pages,
    s3: S3,
    settings: Settings,
}

/// What is read, and how.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Settings {
    pub(crate) shape: Shape,
    pub(crate) pages: u32,
    pub(crate) segments: u32,
    pub(crate) delay: Option<Duration>,
    pub(crate) bytes_per_second: Option<u64>,
    /// The connector's option `page_compression`, if it is set.
    pub(crate) compression: Option<&'static str>,
}

impl Settings {
    /// As the command line says.
    pub(crate) fn of(shape: Shape, arguments: &CommandLine) -> Self {
        Self {
            shape,
            pages: arguments.pages,
            segments: arguments.segments,
            delay: arguments.delay(),
            bytes_per_second: arguments.bytes_per_second(),
            compression: None,
        }
    }

    /// One page, and nothing that slows it down.
    pub(crate) fn one_page(shape: Shape) -> Self {
        Self {
            shape,
            pages: 1,
            segments: 1,
            delay: None,
            bytes_per_second: None,
            compression: None,
        }
    }
}

impl Rig {
    /// Generates the pages and starts the servers.
    ///
    /// # Errors
    /// If a server does not start.
    pub(crate) async fn start(settings: Settings) -> anyhow::Result<Self> {
        let mut pages = Pages::builder()
            .shape(settings.shape)
            .pages(settings.pages as usize)
            .distinct(DISTINCT_PAGES);
        if let Some(delay) = settings.delay {
            pages = pages.delay(delay);
        }
        if let Some(bytes) = settings.bytes_per_second {
            pages = pages.bytes_per_second(bytes);
        }
        let (pages, s3) = (pages.start().await?, S3::start().await?);
        s3.create_bucket(SPILL_BUCKET).await?;
        Ok(Self {
            pages,
            s3,
            settings,
        })
    }

    /// Makes a function of `program`. Its process starts with the first call.
    ///
    /// # Errors
    /// If the emulator does not start.
    pub(crate) async fn function(&self, program: &Program) -> anyhow::Result<Function> {
        let emulator = Emulator::builder(&program.name)
            .args(&program.args)
            .envs(self.environment())
            .timeout(TIME_LIMIT)
            .start()
            .await?;
        let emulator = Arc::new(emulator);
        let invoker = EndpointInvoker::new(&emulator.endpoint(), "function", TIME_LIMIT * 2)?;
        let meter = Arc::new(Meter::new(emulator.clone(), invoker));
        let store = Arc::new(S3Store::new(self.s3.client()));
        let limits = Limits {
            // Whatever the size of the table, what is measured is a read that spills.
            max_inline_block_bytes: 0,
            // The meter tells calls apart only if they follow each other.
            calls_at_once: 1,
            ..Limits::default()
        };
        Ok(Function {
            label: program.label.clone(),
            connector: Connector::new(meter.clone(), store, "lambda:bench", limits),
            emulator,
            meter,
        })
    }

    /// Deletes all spilled blocks.
    ///
    /// # Errors
    /// If the store refuses.
    pub(crate) async fn forget_blocks(&self) -> anyhow::Result<()> {
        let client = self.s3.client();
        for key in self.s3.objects(SPILL_BUCKET).await? {
            let deleted = client
                .delete_object()
                .bucket(SPILL_BUCKET)
                .key(&key)
                .send()
                .await;
            deleted.with_context(|| format!("cannot delete the spilled block `{key}`"))?;
        }
        self.s3.reset();
        Ok(())
    }

    fn environment(&self) -> Vec<(&'static str, String)> {
        let mut environment = vec![
            ("AWS_REGION", REGION.to_owned()),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID.to_owned()),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY.to_owned()),
            ("AWS_ENDPOINT_URL_DYNAMODB", self.pages.endpoint()),
            ("AWS_ENDPOINT_URL_S3", self.s3.endpoint()),
            ("spill_bucket", SPILL_BUCKET.to_owned()),
            ("spill_prefix", SPILL_PREFIX.to_owned()),
            ("disable_glue", "true".to_owned()),
            ("query_status_polling", "false".to_owned()),
            ("streams_per_split", self.settings.segments.to_string()),
            // A page holds a MiB of items at most, so that the whole table is one split.
            ("split_size_mb", self.settings.pages.to_string()),
        ];
        if let Some(choice) = self.settings.compression {
            environment.push(("page_compression", choice.to_owned()));
        }
        environment
    }
}

/// A connector that can be called, measured.
pub(crate) struct Function {
    pub(crate) label: String,
    pub(crate) connector: Connector,
    pub(crate) meter: Arc<Meter>,
    emulator: Arc<Emulator>,
}

impl Function {
    /// What the emulator saw of the one process that answered.
    ///
    /// # Errors
    /// If there was none, or if it was lost and another was started.
    pub(crate) fn process(&self) -> anyhow::Result<emulator::ProcessStats> {
        let mut processes = self.emulator.stats().processes;
        match (processes.pop(), processes.len()) {
            (Some(only), 0) => Ok(only),
            (_, others) => {
                anyhow::bail!("expected one process of `{}`, got {others}", self.label)
            }
        }
    }

    /// Adds to an error what the connector wrote last.
    pub(crate) fn explain(&self, error: impl Into<anyhow::Error>) -> anyhow::Error {
        let logs = self.emulator.logs();
        let text = logs.last().map_or("", |log| log.text.as_str());
        let lines: Vec<&str> = text.lines().rev().take(SHOWN_LINES).collect();
        let lines: Vec<&str> = lines.into_iter().rev().collect();
        let error: anyhow::Error = error.into();
        error.context(format!(
            "the connector `{}` failed; the end of its log:\n{}\n",
            self.label,
            lines.join("\n")
        ))
    }
}

/// Larger than the caches of most processors, and little enough memory for a table of any size.
const DISTINCT_PAGES: usize = 16;
/// What Lambda allows at most.
const TIME_LIMIT: Duration = Duration::from_mins(15);
const SHOWN_LINES: usize = 12;
