//! `cargo xtask check`: everything that must hold apart from the tests.

use anyhow::Context as _;

use crate::steps::Steps;
use crate::tidy;
use crate::tools::DENY;
use crate::workspace::Workspace;

/// Checks format, lints, licences, dependencies and house rules.
///
/// # Errors
/// Where cargo or git cannot be started. What a tool finds, or a tool that cannot be had, is a failed step.
pub(crate) fn run(workspace: &Workspace, steps: &mut Steps) -> anyhow::Result<()> {
    steps.run(
        "format",
        workspace.cargo().args(["fmt", "--all", "--check"]),
    )?;
    tidy::run(workspace, steps)?;
    steps.step("licences, bans and sources", |steps| {
        match DENY.ensure(workspace, steps) {
            Ok(deny) => {
                let mut check = workspace.program(deny);
                check.args(["check", "licenses", "bans", "sources"]);
                Ok(check
                    .status()
                    .context("cannot start `cargo-deny`")?
                    .success())
            }
            Err(why) => {
                steps.talk(&format!(
                    "error: cannot check licences, bans and sources: {why:#}"
                ));
                Ok(false)
            }
        }
    })?;
    let mut clippy = workspace.cargo();
    clippy.args([
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ]);
    steps.run("lints", &mut clippy)
}
