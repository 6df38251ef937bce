//! `cargo xtask fuzz`: the parsers under a coverage-guided fuzzer.
//!
//! `LibFuzzer` needs code that counts what it runs. The stable compiler inserts that with the same passes of LLVM that the nightly
//! one offers under a name, so neither `cargo-fuzz` nor a second compiler is needed. A C++ compiler builds libFuzzer itself.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::steps::Steps;
use crate::workspace::{Workspace, stdout};

/// What to run, and for how long.
#[derive(Debug, clap::Args)]
pub(crate) struct Options {
    /// A parser to attack; repeat it for more, leave it out for all
    #[arg(long = "target", value_name = "NAME")]
    targets: Vec<String>,
    /// Inputs a target
    #[arg(long, value_name = "NUMBER", default_value_t = 1_000_000)]
    cases: u64,
    /// Keep the inputs that reach new code in the target's corpus
    #[arg(long)]
    keep: bool,
}

/// Builds the fuzzer and runs it on each target; an input that breaks a law is left in `target/fuzz/failures`.
///
/// # Errors
/// Where a program cannot be started or built, or a target is not known. A broken law is a failed step.
pub(crate) fn run(
    workspace: &Workspace,
    steps: &mut Steps,
    options: &Options,
) -> anyhow::Result<()> {
    let known = stdout(&mut corpus(workspace, &["list".as_ref()]))?;
    let known: Vec<&str> = known.lines().collect();
    let targets: Vec<&str> = match options.targets.as_slice() {
        [] => known.clone(),
        named => named.iter().map(String::as_str).collect(),
    };
    for target in &targets {
        ensure!(
            known.contains(target),
            "no target `{target}`; there are {}",
            known.join(", ")
        );
    }
    let host = host(workspace)?;
    let home = workspace.root.join("target/fuzz");
    steps.run("the fuzzer", &mut build(workspace, &host, &home))?;
    let fuzzer = home.join(&host).join("release/fuzz");
    for target in targets {
        let folder = |kind: &str| -> anyhow::Result<PathBuf> {
            let folder = home.join(kind).join(target);
            if folder.exists() {
                std::fs::remove_dir_all(&folder)?;
            }
            std::fs::create_dir_all(&folder)?;
            Ok(folder)
        };
        let failures = home.join("failures");
        std::fs::create_dir_all(&failures)?;
        let inputs = folder("inputs").context("cannot make a folder for the inputs")?;
        stdout(&mut corpus(
            workspace,
            &["unpack".as_ref(), target.as_ref(), inputs.as_ref()],
        ))?;
        let limits = |command: &mut std::process::Command| {
            command
                .env("FUZZ_TARGET", target)
                .args([
                    "-max_len=16384",
                    "-timeout=20",
                    "-rss_limit_mb=4096",
                    "-print_final_stats=1",
                ])
                .arg(format!("-artifact_prefix={}/{target}-", failures.display()));
        };
        let mut attack = workspace.program(&fuzzer);
        limits(&mut attack);
        attack.arg(format!("-runs={}", options.cases)).arg(&inputs);
        steps.run(
            &format!("{} inputs of {target}", options.cases),
            &mut attack,
        )?;
        if options.keep {
            let least = folder("least").context("cannot make a folder for the corpus")?;
            let mut merge = workspace.program(&fuzzer);
            limits(&mut merge);
            merge.arg("-merge=1").args([&least, &inputs]);
            steps.run(&format!("the least corpus of {target}"), &mut merge)?;
            let kept = stdout(&mut corpus(
                workspace,
                &["pack".as_ref(), target.as_ref(), least.as_ref()],
            ))?;
            steps.talk(&format!("{target}: {}", kept.trim()));
        }
    }
    Ok(())
}

/// The program that knows the targets, built without counters.
fn corpus(workspace: &Workspace, args: &[&Path]) -> std::process::Command {
    let mut command = workspace.cargo();
    command
        .args([
            "run",
            "--quiet",
            "--package",
            "athena-fuzz",
            "--bin",
            "corpus",
            "--",
        ])
        .args(args);
    command
}

fn build(workspace: &Workspace, host: &str, home: &Path) -> std::process::Command {
    let mut build = workspace.cargo();
    build
        .args([
            "build",
            "--release",
            "--package",
            "athena-fuzz",
            "--bin",
            "fuzz",
        ])
        .args(["--features", "libfuzzer", "--target", host, "--target-dir"])
        .arg(home)
        .env("RUSTFLAGS", COUNTERS);
    build
}

/// The triple of the machine's own code. With `--target`, build scripts and macros stay without counters.
fn host(workspace: &Workspace) -> anyhow::Result<String> {
    let about = stdout(workspace.program("rustc").arg("-vV"))?;
    about
        .lines()
        .find_map(|line| line.strip_prefix("host: "))
        .map(str::to_owned)
        .context("`rustc -vV` names no host")
}

/// Counters on every edge, and the operands of comparisons, where libFuzzer looks for them; overflow and debug assertions too.
const COUNTERS: &str = "-Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Coverflow-checks=on -Cdebug-assertions=on -Ccodegen-units=1";
