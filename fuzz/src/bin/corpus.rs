//! Turns kept inputs and seeds into the folder of files that the fuzzer reads, and back.

use std::io::Write;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use athena_fuzz::{TARGETS, Target, corpus, find};
use clap::{Parser, Subcommand};

/// Seeds and kept inputs of the fuzzer
#[derive(Debug, Parser)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Print the names of all targets
    List,
    /// Write seeds and kept inputs of a target into a folder, one file each
    Unpack {
        /// Name of the target
        target: String,
        /// The folder, made if it is missing
        folder: PathBuf,
    },
    /// Keep the files of a folder as the corpus of a target, and the seeds not again
    Pack {
        /// Name of the target
        target: String,
        /// The folder
        folder: PathBuf,
    },
}

fn main() -> anyhow::Result<()> {
    let line = match CommandLine::parse().verb {
        Verb::List => {
            let names: Vec<&str> = TARGETS.iter().map(|target| target.name).collect();
            names.join("\n")
        }
        Verb::Unpack { target, folder } => {
            std::fs::create_dir_all(&folder)
                .with_context(|| format!("cannot make {}", folder.display()))?;
            let inputs = named(&target)?.inputs()?;
            for (number, input) in inputs.iter().enumerate() {
                let file = folder.join(format!("{number:06}"));
                std::fs::write(&file, input)
                    .with_context(|| format!("cannot write {}", file.display()))?;
            }
            format!("{} inputs", inputs.len())
        }
        Verb::Pack { target, folder } => {
            let seeds = (named(&target)?.seeds)();
            let mut inputs = files(&folder)?;
            inputs.retain(|input| !seeds.contains(input));
            format!("{} inputs kept", corpus::store(&target, inputs)?)
        }
    };
    writeln!(std::io::stdout(), "{line}").context("cannot write the output")
}

fn named(name: &str) -> anyhow::Result<&'static Target> {
    find(name).with_context(|| format!("no target `{name}`; `corpus list` prints their names"))
}

fn files(folder: &Path) -> anyhow::Result<Vec<Vec<u8>>> {
    let entries = folder
        .read_dir()
        .with_context(|| format!("cannot read {}", folder.display()))?;
    entries
        .map(|entry| {
            let file = entry.context("cannot read the folder")?.path();
            std::fs::read(&file).with_context(|| format!("cannot read {}", file.display()))
        })
        .collect()
}
