//! `package`: the zip that Lambda takes, from the connector's source or from a program that was built elsewhere.

use std::error::Error;
use std::io::Write;
use std::path::PathBuf;

use athena_packaging::{BuildFlags, GlibcVersion, Profile, build, elf, of_bootstrap};
use clap::Args;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use crate::commands::Ending;
use crate::print::Printer;
use crate::printed::written;
use crate::session::Failure;

/// Options of `package`.
#[derive(Debug, Args)]
pub(crate) struct PackArgs {
    /// What the function runs on; with `arm64` give its package to `apply` and nothing else
    #[arg(long, value_enum, default_value_t = Architecture::X86)]
    architecture: Architecture,
    /// Where the package goes
    #[arg(
        long,
        value_name = "FILE",
        default_value = "target/lambda/bootstrap.zip"
    )]
    out: PathBuf,
    /// Folder of the connector's source
    #[arg(
        long,
        value_name = "DIR",
        default_value = ".",
        conflicts_with = "bootstrap"
    )]
    source: PathBuf,
    /// Pack this program, built elsewhere, in place of building one
    #[arg(long, value_name = "FILE")]
    bootstrap: Option<PathBuf>,
    /// Build in a minute rather than a quarter of an hour, for a larger and slower function
    #[arg(long, conflicts_with = "bootstrap")]
    quick: bool,
    /// Write one JSON document
    #[arg(long)]
    json: bool,
}

/// Lambda's names of architectures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Architecture {
    #[value(name = "x86_64")]
    X86,
    #[value(name = "arm64")]
    Arm,
}

impl From<Architecture> for athena_packaging::Architecture {
    fn from(architecture: Architecture) -> Self {
        match architecture {
            Architecture::X86 => Self::X86,
            Architecture::Arm => Self::Arm,
        }
    }
}

/// Builds the function, checks that Lambda can start it, and packs it: the same bytes for the same source.
///
/// # Errors
/// Where the build fails, Lambda could not start the program, or a file cannot be read or written.
pub(crate) fn pack<D: Write, T: Write>(
    args: &PackArgs,
    printer: &mut Printer<D, T>,
) -> Result<Ending, Failure> {
    let architecture = args.architecture.into();
    let path = match &args.bootstrap {
        Some(path) => path.clone(),
        None => built(args, architecture)?,
    };
    let shown = path.display();
    let binary = std::fs::read(&path).map_err(|source| {
        let hint = "give the path of a program with `--bootstrap`";
        failed(format!("cannot read `{shown}`"), source, hint)
    })?;
    let limit = GlibcVersion::OF_LAMBDA;
    let newest = elf::check(&binary, architecture, &limit).map_err(|source| {
        let hint = match source {
            elf::ElfError::Glibc { .. } => {
                "build on a system that is not newer than Amazon Linux 2023, or with `cargo zigbuild --target x86_64-unknown-linux-gnu.2.34`"
            }
            elf::ElfError::Machine { .. } => "choose the other one with `--architecture`",
            _ => "give a program for Linux with `--bootstrap`",
        };
        failed(format!("Lambda could not start `{shown}`"), source, hint)
    })?;
    let package = of_bootstrap(&binary).map_err(|source| {
        let hint = "see whether this is the connector's program";
        failed(format!("cannot pack `{shown}`"), source, hint)
    })?;
    let out = &args.out;
    let folder = out.parent().map_or(Ok(()), std::fs::create_dir_all);
    let done = folder.and_then(|()| std::fs::write(out, &package));
    done.map_err(|source| {
        let hint = "give another place with `--out`";
        failed(format!("cannot write `{}`", out.display()), source, hint)
    })?;
    let digest = Sha256::digest(&package);
    let code_sha256 = base64_simd::STANDARD.encode_to_string(digest);
    let needs = newest.map_or_else(|| "no glibc".to_owned(), |version| version.to_string());
    let text = if args.json {
        json!({
            "format_version": 1, "package": out, "architecture": architecture.as_str(), "bytes": package.len(),
            "unpacked_bytes": binary.len(), "code_sha256": code_sha256, "needs": needs,
        })
        .to_string()
    } else {
        format!(
            "package      {}\narchitecture {}\nsize         {} bytes, unpacked {} bytes\nCodeSha256   {code_sha256}\n\
             needs        {needs}, Lambda has {limit}",
            out.display(),
            architecture.as_str(),
            package.len(),
            binary.len(),
        )
    };
    written(printer.data(&text))
}

fn built(
    args: &PackArgs,
    architecture: athena_packaging::Architecture,
) -> Result<PathBuf, Failure> {
    let profile = if args.quick {
        Profile::Release
    } else {
        Profile::Lambda
    };
    let failed = |source: athena_packaging::BuildError| Failure::File {
        what: format!("cannot build the function for {}", architecture.as_str()),
        hint: source.hint().into(),
        source: source.into(),
    };
    let root = args.source.canonicalize().map_err(|source| {
        let hint = "give the folder of the connector's source with `--source`";
        let what = format!("cannot find `{}`", args.source.display());
        self::failed(what, source, hint)
    })?;
    let flags = BuildFlags::from_environment().map_err(failed)?;
    build(&root, &flags, profile, architecture).map_err(failed)
}

fn failed(what: String, source: impl Error + 'static, hint: &'static str) -> Failure {
    Failure::File {
        what,
        source: source.into(),
        hint: hint.into(),
    }
}
