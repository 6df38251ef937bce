//! The workspace as it lies on disk: its root, its files, its packages.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, ensure};
use serde_json::Value;

/// The folder with the workspace's `Cargo.toml`.
pub(crate) struct Workspace {
    pub(crate) root: PathBuf,
}

/// A package of the workspace and what it depends on.
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) dependencies: Vec<Dependency>,
}

/// One line of a package's dependencies.
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// Whether only tests and benches use it.
    pub(crate) dev: bool,
}

impl Workspace {
    /// The workspace that this program was built from.
    pub(crate) fn here() -> Self {
        let own = Path::new(env!("CARGO_MANIFEST_DIR"));
        Self {
            root: own
                .parent()
                .expect("`xtask` lies in the workspace's root")
                .to_path_buf(),
        }
    }

    /// A program to run in the root.
    pub(crate) fn program(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.root);
        command
    }

    /// Cargo, to run in the root.
    pub(crate) fn cargo(&self) -> Command {
        self.program("cargo")
    }

    /// Paths, relative to the root, of all files that git tracks or would.
    ///
    /// # Errors
    /// Where git cannot be started or refuses.
    pub(crate) fn files(&self) -> anyhow::Result<Vec<String>> {
        let mut list = self.program("git");
        list.args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ]);
        let listed = stdout(&mut list)?;
        let mut files: Vec<String> = listed
            .split('\0')
            .filter(|path| !path.is_empty() && self.root.join(path).is_file())
            .map(str::to_owned)
            .collect();
        files.sort();
        files.dedup();
        Ok(files)
    }

    /// The packages of the workspace.
    ///
    /// # Errors
    /// Where cargo cannot read the manifests.
    pub(crate) fn packages(&self) -> anyhow::Result<Vec<Package>> {
        let mut metadata = self.cargo();
        metadata.args(["metadata", "--no-deps", "--format-version=1"]);
        let metadata: Value = serde_json::from_str(&stdout(&mut metadata)?)
            .context("cannot read `cargo metadata`")?;
        let packages = metadata["packages"]
            .as_array()
            .context("`cargo metadata` lists no packages")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let dependency = |value: &Value| Dependency {
            name: text(&value["name"]),
            dev: value["kind"] == "dev",
        };
        Ok(packages
            .iter()
            .map(|package| Package {
                name: text(&package["name"]),
                dependencies: package["dependencies"]
                    .as_array()
                    .into_iter()
                    .flatten()
                    .map(dependency)
                    .collect(),
            })
            .collect())
    }
}

/// Runs a program and returns what it printed; its complaints go to our stderr.
///
/// # Errors
/// Where it cannot be started, fails, or prints something else than UTF-8.
pub(crate) fn stdout(command: &mut Command) -> anyhow::Result<String> {
    let name = command.get_program().to_string_lossy().into_owned();
    let output = command
        .stderr(std::process::Stdio::inherit())
        .output()
        .with_context(|| format!("cannot start `{name}`"))?;
    ensure!(
        output.status.success(),
        "`{name}` ended with {}",
        output.status
    );
    String::from_utf8(output.stdout)
        .with_context(|| format!("`{name}` printed something else than UTF-8"))
}
