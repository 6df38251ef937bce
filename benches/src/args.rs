//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use athena_testkit::pages::Shape;
use clap::builder::RangedU64ValueParser;
use clap::{Parser, ValueEnum};
use serde::Serialize;

use crate::program::{Command, Program};

/// Measures what a connector costs, over canned DynamoDB pages, through the Lambda Runtime API
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
pub(crate) struct CommandLine {
    /// Command that runs a connector's bootstrap, `self` for this project's (default); repeat it to compare several
    ///
    /// The command has to become the connector: processor time and memory are those of the process that was started.
    #[arg(long = "connector", value_name = "COMMAND")]
    connectors: Vec<Command>,
    /// What the items look like; all four unless told
    #[arg(long = "shape", value_name = "SHAPE", value_enum)]
    shapes: Vec<ShapeName>,
    /// What to measure; everything unless told
    #[arg(long = "measure", value_name = "WHAT", value_enum)]
    measures: Vec<Measure>,
    /// Pages of about 1.4 MB of JSON that one read takes in
    #[arg(long, value_name = "N", default_value_t = 48, value_parser = RangedU64ValueParser::<u32>::new().range(1..=100_000))]
    pub(crate) pages: u32,
    /// Segments that are read side by side (the connector's option `streams_per_split`)
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = RangedU64ValueParser::<u32>::new().range(1..=32))]
    pub(crate) segments: u32,
    /// How long each page takes to be answered, in milliseconds
    #[arg(long, value_name = "MS", default_value_t = 0, value_parser = RangedU64ValueParser::<u32>::new().range(..=60_000))]
    pub(crate) latency: u32,
    /// Speed of the link that all pages come over, in MB a second; 0 for that of loopback
    ///
    /// A Lambda function has some 75 MB a second once the burst that it starts with is used up.
    #[arg(long, value_name = "MB", default_value_t = 0, value_parser = RangedU64ValueParser::<u32>::new().range(..=10_000))]
    pub(crate) link: u32,
    /// Reads of all pages that are measured, after a first one that is reported apart
    #[arg(long, value_name = "N", default_value_t = 5, value_parser = RangedU64ValueParser::<u32>::new().range(1..=1000))]
    pub(crate) runs: u32,
    /// Processes that are started to measure the start
    #[arg(long, value_name = "N", default_value_t = 30, value_parser = RangedU64ValueParser::<u32>::new().range(1..=1000))]
    pub(crate) starts: u32,
    /// Queries of one page that are sent to measure single calls
    #[arg(long, value_name = "N", default_value_t = 100, value_parser = RangedU64ValueParser::<u32>::new().range(1..=100_000))]
    pub(crate) calls: u32,
    /// Reads of each point of the scales that are measured, after a first one
    #[arg(long, value_name = "N", default_value_t = 2, value_parser = RangedU64ValueParser::<u32>::new().range(1..=1000))]
    pub(crate) scaling_runs: u32,
    /// Folder to write report.html and report.json to
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
}

impl CommandLine {
    /// The connectors, in the order given.
    ///
    /// # Errors
    /// If this program is one of them and does not know where it lies.
    pub(crate) fn programs(&self) -> anyhow::Result<Vec<Program>> {
        if self.connectors.is_empty() {
            return Ok(vec![Command::own().program()?]);
        }
        self.connectors.iter().map(Command::program).collect()
    }

    /// The shapes to measure.
    pub(crate) fn shapes(&self) -> Vec<ShapeName> {
        if self.shapes.is_empty() {
            return ShapeName::ALL.to_vec();
        }
        self.shapes.clone()
    }

    /// Whether `what` is to be measured.
    pub(crate) fn measures(&self, what: Measure) -> bool {
        self.measures.is_empty() || self.measures.contains(&what)
    }

    /// Bytes a second that the link carries, if it is limited.
    pub(crate) fn bytes_per_second(&self) -> Option<u64> {
        (self.link > 0).then(|| u64::from(self.link) * 1_000_000)
    }

    /// What each page waits for.
    pub(crate) fn delay(&self) -> Option<Duration> {
        (self.latency > 0).then(|| Duration::from_millis(u64::from(self.latency)))
    }
}

/// A shape of items, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum ShapeName {
    /// Orders: strings, numbers, lists, maps, binary, 800 bytes of JSON
    Mixed,
    /// Four small attributes
    Narrow,
    /// A hundred and eleven attributes
    Wide,
    /// Maps of lists of maps
    Nested,
}

impl ShapeName {
    /// All of them, in the order of reports.
    pub(crate) const ALL: [Self; 4] = [Self::Mixed, Self::Narrow, Self::Wide, Self::Nested];

    /// The test kit's name of it.
    pub(crate) fn shape(self) -> Shape {
        match self {
            Self::Mixed => Shape::Mixed,
            Self::Narrow => Shape::Narrow,
            Self::Wide => Shape::Wide,
            Self::Nested => Shape::Nested,
        }
    }

    /// Its name in tables.
    pub(crate) fn label(self) -> &'static str {
        match self {
            Self::Mixed => "mixed",
            Self::Narrow => "narrow",
            Self::Wide => "wide",
            Self::Nested => "nested",
        }
    }
}

/// A kind of measurement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Measure {
    /// From the start of the process to its first poll, and the first ping
    Start,
    /// Single calls of a small query, again and again
    Calls,
    /// Whole reads: fetch, decode, encrypt, spill
    Read,
    /// Reads with 1, 2, 4 and 8 segments side by side
    Segments,
    /// Reads of pages that take 0, 10, 30 and 100 ms each
    Latency,
    /// Reads of items of 20, 100 and 400 columns
    Columns,
    /// Reads of a quarter to four times the pages
    Growth,
    /// Reads over a link of 75 MB a second, plain and in gzip
    Compression,
    /// The parts of it, without processes and network
    Decode,
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use clap::{CommandFactory as _, Parser as _};

    use super::{CommandLine, Measure, ShapeName};

    fn parse(arguments: &[&str]) -> Result<CommandLine, clap::Error> {
        CommandLine::try_parse_from([&["bench"], arguments].concat())
    }

    #[test]
    fn without_arguments_everything_is_measured_of_the_own_connector() {
        let arguments = parse(&[]).unwrap();
        assert_eq!((arguments.pages, arguments.segments), (48, 4));
        assert_eq!((arguments.runs, arguments.starts), (5, 30));
        assert_eq!(arguments.shapes().len(), 4);
        assert!(arguments.measures(Measure::Start) && arguments.measures(Measure::Decode));
        assert_eq!(
            (arguments.delay(), arguments.bytes_per_second()),
            (None, None)
        );
        let programs = arguments.programs().unwrap();
        assert_eq!(programs.len(), 1);
        assert_eq!(programs[0].label, "self");
    }

    #[test]
    fn connectors_keep_their_order_and_the_own_one_is_only_added_by_name() {
        let arguments = parse(&["--connector", "java -cp x.jar Main", "--connector", "self"]);
        let programs = arguments.unwrap().programs().unwrap();
        assert_eq!(programs[0].name, "java");
        assert_eq!(programs[0].args, ["-cp", "x.jar", "Main"]);
        assert_eq!(programs[1].label, "self");
        let one = parse(&["--connector", "target/release/bootstrap"]).unwrap();
        assert_eq!(one.programs().unwrap().len(), 1);
    }

    #[test]
    fn what_is_named_is_all_that_is_measured() {
        let arguments = parse(&[
            "--shape",
            "wide",
            "--shape",
            "nested",
            "--measure",
            "read",
            "--latency",
            "30",
            "--link",
            "75",
        ]);
        let arguments = arguments.unwrap();
        assert_eq!(arguments.shapes(), [ShapeName::Wide, ShapeName::Nested]);
        assert!(arguments.measures(Measure::Read) && !arguments.measures(Measure::Start));
        assert_eq!(arguments.delay(), Some(Duration::from_millis(30)));
        assert_eq!(arguments.bytes_per_second(), Some(75_000_000));
    }

    #[test]
    fn counts_that_make_no_sense_are_refused() {
        for arguments in [
            ["--pages", "0"],
            ["--segments", "33"],
            ["--runs", "0"],
            ["--starts", "none"],
            ["--latency", "60001"],
            ["--shape", "round"],
            ["--connector", "'java"],
        ] {
            assert!(parse(&arguments).is_err(), "{arguments:?}");
        }
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }
}
