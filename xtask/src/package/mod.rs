//! `cargo xtask package`: the zip that Lambda takes, the same bytes on every machine.

mod elf;
mod archive;

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::{Context as _, bail, ensure};
use clap::ValueEnum;
use serde_json::Value;
use sha2::{Digest as _, Sha256};

use crate::package::elf::GlibcVersion;
use crate::steps::Steps;
use crate::workspace::Workspace;

/// How the function is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Profile {
    /// Fat link-time optimisation and paths that do not tell where it was built: what is published
    Lambda,
    /// The everyday release build, quick where the artifacts are there already
    Release,
}

/// What the environment says about how rustc is called.
#[derive(Debug)]
pub(crate) struct BuildFlags {
    rustflags: Vec<String>,
    cargo_home: PathBuf,
}

impl BuildFlags {
    /// Reads the variables that cargo reads.
    ///
    /// # Errors
    /// Where neither `CARGO_HOME` nor `HOME` is set.
    #[expect(
        clippy::disallowed_methods,
        reason = "called by `main` alone, to hand on what cargo itself reads"
    )]
    pub(crate) fn from_environment() -> anyhow::Result<Self> {
        let rustflags = match (
            std::env::var("CARGO_ENCODED_RUSTFLAGS"),
            std::env::var("RUSTFLAGS"),
        ) {
            (Ok(encoded), _) => encoded.split(SEPARATOR).map(str::to_owned).collect(),
            (_, Ok(flags)) => flags.split_whitespace().map(str::to_owned).collect(),
            _ => Vec::new(),
        };
        let cargo_home = match (std::env::var_os("CARGO_HOME"), std::env::var_os("HOME")) {
            (Some(home), _) => PathBuf::from(home),
            (None, Some(home)) => Path::new(&home).join(".cargo"),
            (None, None) => bail!("neither `CARGO_HOME` nor `HOME` is set"),
        };
        Ok(Self {
            rustflags,
            cargo_home,
        })
    }

    /// The flags with this machine's folders mapped to fixed names.
    fn remapped(&self, root: &Path) -> String {
        let mut flags: Vec<String> = self
            .rustflags
            .iter()
            .filter(|flag| !flag.is_empty())
            .cloned()
            .collect();
        for (folder, name) in [(self.cargo_home.as_path(), "/cargo"), (root, "/connector")] {
            flags.push(format!("--remap-path-prefix={}={name}", folder.display()));
        }
        flags.join(SEPARATOR)
    }
}

/// Builds the function, checks that Lambda can run it, and writes the package.
///
/// # Errors
/// Where the build fails, the binary would not start on `provided.al2023`, or two packages of one binary differ.
pub(crate) fn run(
    workspace: &Workspace,
    flags: &BuildFlags,
    profile: Profile,
    out: &Path,
    check: bool,
    steps: &mut Steps,
) -> anyhow::Result<()> {
    let path = build(workspace, flags, profile)?;
    let binary =
        std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let glibc = elf::check(&binary, &GlibcVersion::OF_LAMBDA)
        .with_context(|| format!("`{}` would not start in the function", path.display()))?;
    let package = archive::of_bootstrap(&binary)?;
    if check {
        let again = archive::of_bootstrap(&binary)?;
        ensure!(again == package, "two packages of the same binary differ");
    }
    let out = workspace.root.join(out);
    let folder = out.parent().context("`--out` must name a file")?;
    std::fs::create_dir_all(folder)
        .with_context(|| format!("cannot make `{}`", folder.display()))?;
    std::fs::write(&out, &package).with_context(|| format!("cannot write `{}`", out.display()))?;
    let digest = Sha256::digest(&package);
    steps.data(&format!("package      {}", out.display()))?;
    steps.data(&format!(
        "size         {} bytes, unpacked {} bytes",
        package.len(),
        binary.len()
    ))?;
    steps.data(&format!("sha256       {digest:x}"))?;
    steps.data(&format!(
        "CodeSha256   {}",
        base64_simd::STANDARD.encode_to_string(digest)
    ))?;
    match glibc {
        Some(version) => steps.data(&format!(
            "needs        {version}, Lambda has {}",
            GlibcVersion::OF_LAMBDA
        ))?,
        None => steps.data("needs        no glibc")?,
    }
    if check {
        steps.data("reproducible yes, written twice with equal bytes")?;
    }
    Ok(())
}

/// Runs cargo and returns the path of the binary, as cargo itself tells it.
///
/// Only `lambda` is built with remapped paths: cargo rebuilds everything when flags change, and the profile `release` shares
/// its folder with everyday builds, while `lambda` has one of its own that nothing else builds into.
fn build(workspace: &Workspace, flags: &BuildFlags, profile: Profile) -> anyhow::Result<PathBuf> {
    let mut cargo = workspace.cargo();
    cargo.args([
        "build",
        "--package",
        "athena-dynamodb",
        "--bin",
        "bootstrap",
        "--message-format",
    ]);
    cargo.arg("json-render-diagnostics");
    match profile {
        Profile::Release => cargo.arg("--release"),
        Profile::Lambda => cargo
            .args(["--profile", "lambda"])
            .env("CARGO_ENCODED_RUSTFLAGS", flags.remapped(&workspace.root)),
    };
    let output = cargo
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `cargo`")?;
    ensure!(
        output.status.success(),
        "`cargo build` ended with {}",
        output.status
    );
    let messages = String::from_utf8(output.stdout)
        .context("`cargo build` printed something else than UTF-8")?;
    executable(&messages).context("`cargo build` named no binary `bootstrap`")
}

fn executable(messages: &str) -> Option<PathBuf> {
    let messages = messages
        .lines()
        .filter_map(|line| serde_json::from_str::<Value>(line).ok());
    messages
        .filter(|message| {
            message["reason"] == "compiler-artifact" && message["target"]["name"] == "bootstrap"
        })
        .find_map(|message| message["executable"].as_str().map(PathBuf::from))
}

/// What cargo puts between encoded flags.
const SEPARATOR: &str = "\u{1f}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_flags_of_the_environment_stay_and_both_folders_are_mapped() {
        let rustflags = vec!["-C".to_owned(), "target-cpu=x86-64-v3".to_owned()];
        let flags = BuildFlags {
            rustflags,
            cargo_home: PathBuf::from("/somewhere/cargo home"),
        };
        assert_eq!(
            flags
                .remapped(Path::new("/somewhere/repo"))
                .split(SEPARATOR)
                .collect::<Vec<_>>(),
            [
                "-C",
                "target-cpu=x86-64-v3",
                "--remap-path-prefix=/somewhere/cargo home=/cargo",
                "--remap-path-prefix=/somewhere/repo=/connector",
            ]
        );
    }

    #[test]
    fn the_binary_is_where_cargo_says() {
        let messages = concat!(
            r#"{"reason":"compiler-artifact","target":{"name":"athena-dynamodb"},"executable":null}"#,
            "\n",
            r#"{"reason":"compiler-artifact","target":{"name":"bootstrap"},"executable":"/t/release/bootstrap"}"#,
            "\n",
            r#"{"reason":"build-finished","success":true}"#,
        );
        assert_eq!(
            executable(messages),
            Some(PathBuf::from("/t/release/bootstrap"))
        );
        assert_eq!(
            executable(r#"{"reason":"build-finished","success":true}"#),
            None
        );
    }
}
