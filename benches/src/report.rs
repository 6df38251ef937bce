//! All figures, with what is needed to judge them: `report.json`, and `report.html` for people.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use anyhow::Context as _;
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use serde::Serialize;

use crate::args::{CommandLine, ShapeName};
use crate::calls::CallFigures;
use crate::decode::StepFigures;
use crate::goals::{self, Goal};
use crate::html;
use crate::lambda::{self, Bill, Roof};
use crate::program::Program;
use crate::ratios::{self, Ratio};
use crate::read::ReadFigures;
use crate::scaling::Scaling;
use crate::startup::StartFigures;

/// All that was measured in one go.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    /// Of this document.
    format: u32,
    pub(crate) date: String,
    /// Of the benchmark, which is that of `self`.
    pub(crate) version: &'static str,
    /// Whether it was built with optimisation.
    pub(crate) optimised: bool,
    pub(crate) machine: Machine,
    pub(crate) settings: Settings,
    /// In the order of the command line.
    pub(crate) connectors: Vec<String>,
    pub(crate) starts: Vec<StartFigures>,
    pub(crate) calls: Vec<CallFigures>,
    pub(crate) reads: Vec<ReadFigures>,
    pub(crate) scaling: Scaling,
    pub(crate) decode: Vec<StepFigures>,
    /// What follows from the reads.
    pub(crate) roofline: Vec<Roof>,
    pub(crate) bills_per_tb: Vec<Bill>,
    pub(crate) goals: Vec<Goal>,
    pub(crate) ratios: Vec<Ratio>,
}

/// Where it was measured.
#[derive(Debug, Serialize)]
pub(crate) struct Machine {
    pub(crate) architecture: &'static str,
    pub(crate) cores: usize,
    pub(crate) cpu: Option<String>,
    pub(crate) kernel: Option<String>,
    pub(crate) memory_mb: Option<u64>,
}

/// What was asked for.
#[derive(Debug, Serialize)]
pub(crate) struct Settings {
    pub(crate) pages: u32,
    pub(crate) segments: u32,
    pub(crate) latency_ms: u32,
    /// 0 for that of loopback.
    pub(crate) link_mb_per_second: u32,
    pub(crate) runs: u32,
    pub(crate) scaling_runs: u32,
}

impl Report {
    /// A report without figures.
    #[expect(
        clippy::disallowed_methods,
        reason = "figures are worth little without their date"
    )]
    pub(crate) fn new(arguments: &CommandLine, programs: &[Program]) -> Self {
        let now = DateTime::from(SystemTime::now());
        let now = DateTime::from_secs(now.secs());
        Self {
            format: 2,
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
                scaling_runs: arguments.scaling_runs,
            },
            connectors: programs
                .iter()
                .map(|program| program.label.clone())
                .collect(),
            starts: Vec::new(),
            calls: Vec::new(),
            reads: Vec::new(),
            scaling: Scaling::default(),
            decode: Vec::new(),
            roofline: Vec::new(),
            bills_per_tb: Vec::new(),
            goals: Vec::new(),
            ratios: Vec::new(),
        }
    }

    /// The shapes that were read.
    pub(crate) fn shapes(&self) -> impl Iterator<Item = ShapeName> {
        let was_read = |shape: &ShapeName| self.reads.iter().any(|read| read.shape == *shape);
        ShapeName::ALL.into_iter().filter(was_read)
    }

    /// The place of a connector, which is its colour in all plots.
    pub(crate) fn hue(&self, connector: &str) -> usize {
        let mut connectors = self.connectors.iter();
        connectors.position(|other| other == connector).unwrap_or(0)
    }

    /// Adds what follows from the figures that were measured.
    pub(crate) fn conclude(&mut self) {
        self.roofline = self.reads.iter().filter_map(lambda::roof).collect();
        self.bills_per_tb = self.reads.iter().filter_map(lambda::bill).collect();
        self.goals = goals::of(self);
        self.ratios = ratios::of(self);
    }

    /// Writes `report.json` and `report.html` into `folder`, which is made if need be, and returns their paths.
    ///
    /// # Errors
    /// If one cannot be written.
    pub(crate) fn write(&self, folder: &Path) -> anyhow::Result<[PathBuf; 2]> {
        let json = serde_json::to_string_pretty(self).expect("plain figures are always JSON");
        let (json, html) = (json + "\n", html::page(self));
        let paths = [folder.join("report.json"), folder.join("report.html")];
        for (path, text) in paths.iter().zip([json, html]) {
            fs::create_dir_all(folder)
                .and_then(|()| fs::write(path, text))
                .with_context(|| format!("cannot write `{}`", path.display()))?;
        }
        Ok(paths)
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
