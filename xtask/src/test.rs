//! `cargo xtask test` and `cargo xtask bless`.

use crate::steps::Steps;
use crate::tools::{INSTA, NEXTEST};
use crate::workspace::Workspace;

/// Runs all tests of the default members, and of the SQL shell where asked.
///
/// Without nextest the same tests run through `cargo test`, which is said in the summary.
///
/// # Errors
/// Where cargo cannot be started. A failed test is a failed step.
pub(crate) fn run(
    workspace: &Workspace,
    steps: &mut Steps,
    local: bool,
    nextest_args: &[String],
) -> anyhow::Result<()> {
    match NEXTEST.ensure(workspace, steps) {
        Ok(nextest) => {
            steps.run(
                "tests",
                workspace
                    .program(&nextest)
                    .args(["nextest", "run"])
                    .args(nextest_args),
            )?;
            steps.run(
                "examples in the documentation",
                workspace.cargo().args(["test", "--doc", "--quiet"]),
            )?;
            if local {
                let mut shell = workspace.program(&nextest);
                shell
                    .args(["nextest", "run", "--release", "--package", "athena-local"])
                    .args(nextest_args);
                steps.run("tests of athena-local", &mut shell)?;
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
                workspace.cargo().args(["test", "--no-fail-fast"]),
            )?;
            if local {
                let mut shell = workspace.cargo();
                shell.args([
                    "test",
                    "--release",
                    "--package",
                    "athena-local",
                    "--no-fail-fast",
                ]);
                steps.run("tests of athena-local", &mut shell)?;
            }
        }
    }
    if !local {
        steps.skip(
            "tests of athena-local",
            &"they build DataFusion in release; add `--local` to run them",
        );
    }
    Ok(())
}

/// Runs the tests and accepts every snapshot that differs.
///
/// # Errors
/// Where the tool for snapshots cannot be had.
pub(crate) fn bless(workspace: &Workspace, steps: &mut Steps) -> anyhow::Result<()> {
    let insta = INSTA.ensure(workspace, steps)?;
    steps.run(
        "snapshots",
        workspace.program(insta).args(["test", "--accept"]),
    )
}
