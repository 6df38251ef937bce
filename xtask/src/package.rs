//! `cargo xtask package`: the zip that Lambda takes, the same bytes on every machine.

use std::path::Path;

use anyhow::{Context as _, ensure};
use athena_packaging::{Architecture, BuildFlags, GlibcVersion, build, elf, of_bootstrap};
use clap::ValueEnum;
use sha2::{Digest as _, Sha256};

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

impl From<Profile> for athena_packaging::Profile {
    fn from(profile: Profile) -> Self {
        match profile {
            Profile::Lambda => Self::Lambda,
            Profile::Release => Self::Release,
        }
    }
}

/// Builds the function, checks that Lambda can run it, and writes the package.
///
/// # Errors
/// Where the build fails, the binary would not start on `provided.al2023`, or two packages of one binary differ.
pub(crate) fn run(
    workspace: &Workspace,
    profile: Profile,
    out: &Path,
    check: bool,
    steps: &mut Steps,
) -> anyhow::Result<()> {
    let flags = BuildFlags::from_environment()?;
    let architecture = Architecture::X86;
    let path = build(&workspace.root, &flags, profile.into(), architecture)?;
    let binary =
        std::fs::read(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let glibc = elf::check(&binary, architecture, &GlibcVersion::OF_LAMBDA)
        .with_context(|| format!("`{}` would not start in the function", path.display()))?;
    let package = of_bootstrap(&binary).context("cannot pack the binary")?;
    if check {
        let again = of_bootstrap(&binary).context("cannot pack the binary")?;
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
