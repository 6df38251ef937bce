//! `cargo xtask test` and `cargo xtask bless`.

use std::process::Command;

use crate::steps::Steps;
use crate::tools::{INSTA, MOTO, NEXTEST};
use crate::workspace::Workspace;

/// Runs all tests; `quick` leaves out the packages that are built in release.
///
/// Without nextest the same tests run through `cargo test`, which is said in the summary.
///
/// # Errors
/// Where cargo cannot be started. A failed test is a failed step.
pub(crate) fn run(
    workspace: &Workspace,
    steps: &mut Steps,
    quick: bool,
    nextest_args: &[String],
) -> anyhow::Result<()> {
    let moto = MOTO.ensure(workspace, steps);
    if let Err(why) = &moto {
        steps.skip("tests against moto", &format!("{why:#}"));
    }
    let with_moto = |mut command: Command| {
        if let Ok(server) = &moto {
            command.env(MOTO_SERVER, server);
        }
        command
    };
    match NEXTEST.ensure(workspace, steps) {
        Ok(nextest) => {
            let mut tests = with_moto(workspace.program(&nextest));
            tests
                .args(["nextest", "run", "--no-fail-fast"])
                .args(nextest_args);
            steps.run("tests", &mut tests)?;
            steps.run(
                "examples in the documentation",
                workspace.cargo().args(["test", "--doc", "--quiet"]),
            )?;
            for package in in_release(quick) {
                let mut tests = workspace.program(&nextest);
                tests
                    .args([
                        "nextest",
                        "run",
                        "--no-fail-fast",
                        "--release",
                        "--package",
                        package,
                    ])
                    .args(nextest_args);
                steps.run(&format!("tests of {package}"), &mut tests)?;
            }
        }
        Err(why) => {
            steps.skip(
                "nextest, so `cargo test` ran the tests",
                &format!("{why:#}"),
            );
            if !nextest_args.is_empty() {
                steps.skip("the arguments for nextest", &nextest_args.join(" "));
            }
            steps.run(
                "tests, with examples in the documentation",
                with_moto(workspace.cargo()).args(["test", "--no-fail-fast"]),
            )?;
            for package in in_release(quick) {
                let mut tests = workspace.cargo();
                tests.args(["test", "--release", "--no-fail-fast", "--package", package]);
                steps.run(&format!("tests of {package}"), &mut tests)?;
            }
        }
    }
    if quick {
        let packages = in_release(false).join(" and ");
        steps.skip(&format!("tests of {packages}"), &"left out by `--quick`");
    }
    Ok(())
}

/// The variable that tells tests where moto's server is.
const MOTO_SERVER: &str = "MOTO_SERVER";

/// Packages outside the default members: the shell brings a SQL engine, and a bench of an unoptimised build would tell nothing.
fn in_release(quick: bool) -> &'static [&'static str] {
    if quick {
        &[]
    } else {
        &["athena-local", "athena-benches"]
    }
}

/// Runs the tests and accepts every snapshot that differs; tests that compare a generated file write it instead.
///
/// # Errors
/// Where the tool for snapshots cannot be had.
pub(crate) fn bless(workspace: &Workspace, steps: &mut Steps) -> anyhow::Result<()> {
    let insta = INSTA.ensure(workspace, steps)?;
    steps.run(
        "snapshots",
        workspace
            .program(insta)
            .args(["test", "--accept"])
            .env("BLESS", "1"),
    )
}
