//! `cargo xtask reproduce`: builds the package twice, from copies of the sources in two folders, and compares the bytes.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, ensure};

use crate::steps::Steps;
use crate::workspace::Workspace;

/// Where the two copies lie, below the workspace's target folder. Their paths differ in length, so that one that gets into
/// the binary moves what is behind it.
const FOLDERS: [&str; 2] = ["target/reproduce/a", "target/reproduce/another/folder"];

/// Builds twice with the options of `cargo xtask package` and compares.
///
/// # Errors
/// Where a copy or a build fails, or the packages differ.
pub(crate) fn run(
    workspace: &Workspace,
    options: &[String],
    steps: &mut Steps,
) -> anyhow::Result<()> {
    let files = workspace.files()?;
    let mut packages = Vec::new();
    for folder in FOLDERS {
        let folder = workspace.root.join(folder);
        copy(workspace, &files, &folder)?;
        steps.talk(&format!("building in {}", folder.display()));
        let status = workspace
            .cargo()
            .current_dir(&folder)
            .env_remove("CARGO_TARGET_DIR")
            .args(["xtask", "package", "--out", OUT])
            .args(options)
            .status()
            .context("cannot start `cargo`")?;
        ensure!(
            status.success(),
            "the build in `{}` ended with {status}",
            folder.display()
        );
        let package = folder.join(OUT);
        let bytes = std::fs::read(&package)
            .with_context(|| format!("cannot read `{}`", package.display()))?;
        packages.push(bytes);
    }
    if let Some(at) = difference(&packages[0], &packages[1]) {
        anyhow::bail!(
            "the packages differ from byte {at} on, of {} and {} bytes: look for paths in the binaries below `target/reproduce`",
            packages[0].len(),
            packages[1].len()
        );
    }
    steps.data(&format!(
        "reproducible yes, {} equal bytes from two folders",
        packages[0].len()
    ))
}

/// Name of the package in each copy.
const OUT: &str = "target/package.zip";

/// Copies the sources; what an earlier run left beside them, the artifacts, stays for a quicker build.
fn copy(workspace: &Workspace, files: &[String], folder: &Path) -> anyhow::Result<()> {
    for file in files {
        let (from, to) = (workspace.root.join(file), folder.join(file));
        let parent: PathBuf = to.parent().unwrap_or(folder).to_path_buf();
        std::fs::create_dir_all(&parent)
            .with_context(|| format!("cannot make `{}`", parent.display()))?;
        let bytes =
            std::fs::read(&from).with_context(|| format!("cannot read `{}`", from.display()))?;
        if std::fs::read(&to).is_ok_and(|there| there == bytes) {
            continue;
        }
        std::fs::write(&to, bytes).with_context(|| format!("cannot write `{}`", to.display()))?;
    }
    Ok(())
}

/// The first byte in which two files differ.
fn difference(one: &[u8], other: &[u8]) -> Option<usize> {
    let differs = one.iter().zip(other).position(|(one, other)| one != other);
    differs.or_else(|| (one.len() != other.len()).then(|| one.len().min(other.len())))
}

#[cfg(test)]
mod tests {
    use super::difference;

    #[test]
    fn a_difference_is_the_first_byte_or_the_shorter_ones_end() {
        assert_eq!(difference(b"abc", b"abc"), None);
        assert_eq!(difference(b"abc", b"axc"), Some(1));
        assert_eq!(difference(b"abc", b"abcd"), Some(3));
        assert_eq!(difference(b"", b"a"), Some(0));
    }
}
