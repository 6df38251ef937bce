//! `cargo xtask test` and `cargo xtask bless`.

use std::path::PathBuf;

use anyhow::Context as _;

use crate::maven;
use crate::steps::Steps;
use crate::tools::{CARGO_LAMBDA, CFN_LINT, INSTA, MOTO, NEXTEST};
use crate::workspace::Workspace;

/// Runs all tests; `quick` leaves out the packages that take long to build.
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
    let services = services(workspace, steps);
    // All at once: a package of its own would have its dependencies built again, with fewer features.
    let packages: &[&str] = if quick { &[] } else { &["--workspace"] };
    match NEXTEST.ensure(workspace, steps) {
        Ok(nextest) => {
            let mut tests = workspace.program(&nextest);
            tests
                .args(["nextest", "run", "--no-fail-fast"])
                .args(packages)
                .args(nextest_args)
                .envs(services);
            steps.run("tests", &mut tests)?;
            let mut examples = workspace.cargo();
            examples.args(["test", "--doc", "--quiet"]).args(packages);
            steps.run("examples in the documentation", &mut examples)?;
        }
        Err(why) => {
            steps.skip(
                "nextest, so `cargo test` ran the tests",
                &format!("{why:#}"),
            );
            if !nextest_args.is_empty() {
                steps.skip("the arguments for nextest", &nextest_args.join(" "));
            }
            let mut tests = workspace.cargo();
            tests
                .args(["test", "--no-fail-fast"])
                .args(packages)
                .envs(services);
            steps.run("tests, with examples in the documentation", &mut tests)?;
        }
    }
    if quick {
        steps.skip(
            "tests of athena-local and athena-benches",
            &"left out by `--quick`",
        );
    }
    Ok(())
}

/// Stand-ins for AWS and checks of templates that other people wrote, as the variables that tell the tests where they are.
fn services(workspace: &Workspace, steps: &mut Steps) -> Vec<(&'static str, PathBuf)> {
    let found = [
        ("moto", "MOTO_SERVER", MOTO.ensure(workspace, steps)),
        (
            "cargo-lambda's emulator",
            "CARGO_LAMBDA",
            CARGO_LAMBDA.ensure(workspace, steps),
        ),
        ("cfn-lint", "CFN_LINT", CFN_LINT.ensure(workspace, steps)),
        (
            "DynamoDB Local",
            "DYNAMODB_LOCAL",
            maven::ensure_dynamodb_local(workspace, steps),
        ),
        ("a browser", "CHROMIUM", browser()),
    ];
    let mut services = Vec::new();
    for (name, variable, place) in found {
        match place {
            Ok(place) => services.push((variable, place)),
            Err(why) => steps.skip(&format!("tests with {name}"), &format!("{why:#}")),
        }
    }
    services
}

/// The browser that tests look at pages with: that of the variable, else the one on `PATH`.
fn browser() -> anyhow::Result<PathBuf> {
    #[expect(
        clippy::disallowed_methods,
        reason = "where programs are is for the environment to say"
    )]
    let (told, path) = (std::env::var_os("CHROMIUM"), std::env::var_os("PATH"));
    let folders = path.iter().flat_map(std::env::split_paths);
    let mut files = folders.map(|folder| folder.join("chromium"));
    let found = told.map(PathBuf::from);
    found
        .or_else(|| files.find(|file| file.is_file()))
        .context("there is no `chromium` on `PATH`, and `CHROMIUM` is not set")
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
