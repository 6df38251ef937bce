//! `cargo xtask`: the one door to tests, checks, packaging and benchmarks.

mod workspace;
mod steps;
mod tools;
mod maven;
mod tidy;
mod check;
mod test;
mod fuzz;
mod package;
mod sbom;
mod reproduce;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

use clap::{Parser, Subcommand};

use crate::steps::Steps;
use crate::workspace::Workspace;

/// Tests, checks and packages the workspace
#[derive(Debug, Parser)]
#[command(
    name = "cargo xtask",
    bin_name = "cargo xtask",
    arg_required_else_help = true
)]
struct CommandLine {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Run all tests
    Test {
        /// Leave out the SQL shell and the benches, which take minutes to build
        #[arg(long)]
        quick: bool,
        /// Arguments for `cargo nextest run`, for example a filter
        #[arg(last = true)]
        nextest_args: Vec<String>,
    },
    /// Check format, lints, licences, dependencies and house rules
    Check,
    /// Check the house rules that no compiler knows
    Tidy,
    /// Rewrite the snapshots that tests compare with; read the difference before you commit it
    Bless,
    /// Build the function and write the package that Lambda takes
    Package {
        /// Profile to build with
        #[arg(long, value_enum, default_value_t = package::Profile::Lambda)]
        profile: package::Profile,
        /// Where the package goes
        #[arg(
            long,
            value_name = "FILE",
            default_value = "target/lambda/bootstrap.zip"
        )]
        out: PathBuf,
        /// Write the package twice and compare the bytes
        #[arg(long)]
        check: bool,
    },
    /// Write what is linked into the function as an SBOM in JSON
    Sbom {
        /// Where it goes
        #[arg(
            long,
            value_name = "FILE",
            default_value = "target/lambda/sbom.cdx.json"
        )]
        out: PathBuf,
    },
    /// Build the package in two folders and compare the bytes
    Reproduce {
        /// Options of `package`, such as `--profile release`
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        options: Vec<String>,
    },
    /// Attack the parsers with a coverage-guided fuzzer
    Fuzz {
        #[command(flatten)]
        options: fuzz::Options,
    },
    /// Run the benchmarks; `--help` lists their options
    #[command(disable_help_flag = true)]
    Bench {
        /// Options of the benchmark program
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        args: Vec<String>,
    },
}

fn main() -> ExitCode {
    let mut steps = Steps::new(std::io::stdout(), std::io::stderr());
    match run(CommandLine::parse().verb, &mut steps) {
        Ok(Ending::Summary) => steps.finish(),
        Ok(Ending::Facts) => ExitCode::SUCCESS,
        Err(error) => {
            steps.talk(&format!("error: {error}"));
            for cause in error.chain().skip(1) {
                steps.talk(&format!("  cause: {cause}"));
            }
            ExitCode::FAILURE
        }
    }
}

/// What a verb leaves to be said.
enum Ending {
    /// How its steps went.
    Summary,
    /// Nothing more: it printed its facts.
    Facts,
}

fn run(verb: Verb, steps: &mut Steps) -> anyhow::Result<Ending> {
    let workspace = Workspace::here();
    match verb {
        Verb::Test {
            quick,
            nextest_args,
        } => test::run(&workspace, steps, quick, &nextest_args)?,
        Verb::Check => check::run(&workspace, steps)?,
        Verb::Tidy => tidy::run(&workspace, steps)?,
        Verb::Bless => test::bless(&workspace, steps)?,
        Verb::Package {
            profile,
            out,
            check,
        } => {
            package::run(&workspace, profile, &out, check, steps)?;
            return Ok(Ending::Facts);
        }
        Verb::Sbom { out } => {
            sbom::run(&workspace, &out, steps)?;
            return Ok(Ending::Facts);
        }
        Verb::Reproduce { options } => {
            reproduce::run(&workspace, &options, steps)?;
            return Ok(Ending::Facts);
        }
        Verb::Fuzz { options } => fuzz::run(&workspace, steps, &options)?,
        Verb::Bench { args } => {
            // Not in the root: paths among the options are those of the caller.
            let mut bench = Command::new("cargo");
            bench
                .args(["run", "--release", "--package", "athena-benches"])
                .arg("--manifest-path")
                .arg(workspace.root.join("Cargo.toml"))
                .arg("--")
                .args(args);
            steps.run("bench", &mut bench)?;
        }
    }
    Ok(Ending::Summary)
}

#[cfg(test)]
mod tests {
    use clap::{CommandFactory as _, Parser as _};

    use super::{CommandLine, Verb};

    #[track_caller]
    fn check(arguments: &[&str], handed_on: &[&str]) {
        let words = [&["xtask", "bench"], arguments].concat();
        match CommandLine::try_parse_from(words).unwrap().verb {
            Verb::Bench { args } => assert_eq!(args, handed_on, "{arguments:?}"),
            other => panic!("expected the benchmarks, got {other:?}"),
        }
    }

    #[test]
    fn options_of_the_benchmarks_need_no_dashes_before_them() {
        check(&[], &[]);
        let options = ["--shape", "mixed", "--connector", "java -cp x", "--out=a"];
        check(&options, &options);
        check(&["--help"], &["--help"]);
        check(&["-h"], &["-h"]);
        check(&["--", "--shape", "wide"], &["--shape", "wide"]);
    }

    #[test]
    fn the_definition_of_the_command_line_is_sound() {
        CommandLine::command().debug_assert();
    }
}
