//! `report.json`: all figures, with what is needed to judge them.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;

use crate::args::CommandLine;
use crate::decode::StepFigures;
use crate::read::ReadFigures;
use crate::startup::StartFigures;

/// All that was measured in one go.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Of this document.
    format: u32,
    date: String,
    /// Of the benchmark, which is that of `self`.
    version: &'static str,
    /// Whether it was built with optimisation.
    optimised: bool,
    machine: Machine,
    settings: Settings,
    pub(crate) starts: Vec<StartFigures>,
    pub(crate) reads: Vec<ReadFigures>,
    pub(crate) decode: Vec<StepFigures>,
}

/// Where it was measured.
#[derive(Debug, Serialize)]
struct Machine {
    architecture: &'static str,
    cores: usize,
    cpu: Option<String>,
    kernel: Option<String>,
    memory_mb: Option<u64>,
}

/// What was asked for.
#[derive(Debug, Serialize)]
struct Settings {
    pages: u32,
    segments: u32,
    latency_ms: u32,
    /// 0 for that of loopback.
    link_mb_per_second: u32,
    runs: u32,
}

impl Report {
    /// A report without figures.
    #[expect(
        clippy::disallowed_methods,
        reason = "figures are worth little without their date"
    )]
    pub(crate) fn new(arguments: &CommandLine) -> Self {
        let now = DateTime::from(SystemTime::now());
        let now = DateTime::from_secs(now.secs());
        Self {
            format: 1,
            date: now
                .fmt(Format::DateTime)
                .expect("the present lies within four-digit years"),
            version: env!("CARGO_PKG_VERSION"),
            optimised: !cfg!(debug_assertions),
            machine: Machine::this(),
            settings: Settings {
                pages: arguments.pages,
                segments: arguments.segments,
                latency_ms: arguments.latency,
                link_mb_per_second: arguments.link,
                runs: arguments.runs,
            },
            starts: Vec::new(),
            reads: Vec::new(),
            decode: Vec::new(),
        }
    }

    /// Writes `report.json` into `folder`, which is made if need be, and returns its path.
    ///
    /// # Errors
    /// If it cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<PathBuf> {
        let path = folder.join("report.json");
        let text = serde_json::to_string_pretty(self).expect("plain figures are always JSON");
        fs::create_dir_all(folder)
            .and_then(|()| fs::write(&path, text + "\n"))
            .with_context(|| format!("cannot write `{}`", path.display()))?;
        Ok(path)
    }
}

impl Machine {
    /// What the system tells of itself.
    fn this() -> Self {
        let read = |path| fs::read_to_string(path).ok();
        let memory = read("/proc/meminfo").and_then(|text| field(&text, "MemTotal"));
        let kibibytes: Option<u64> =
            memory.and_then(|text| text.strip_suffix(" kB")?.trim().parse().ok());
        Self {
            architecture: std::env::consts::ARCH,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            cpu: read("/proc/cpuinfo").and_then(|text| field(&text, "model name")),
            kernel: read("/proc/sys/kernel/osrelease").map(|text| text.trim().to_owned()),
            memory_mb: kibibytes.map(|kibibytes| kibibytes * 1024 / 1_000_000),
        }
    }
}

/// The value of the first line `name: value`.
fn field(text: &str, name: &str) -> Option<String> {
    text.lines().find_map(|line| {
        let (found, value) = line.split_once(':')?;
        (found.trim() == name).then(|| value.trim().to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::field;

    #[test]
    fn a_field_is_found_by_its_whole_name() {
        let text = "model\t\t: 85\nmodel name\t: Some CPU @ 2.5 GHz\n";
        assert_eq!(
            field(text, "model name").as_deref(),
            Some("Some CPU @ 2.5 GHz")
        );
        assert_eq!(field(text, "name"), None);
    }
}
