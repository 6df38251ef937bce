//! Runs cargo for Lambda's machine.

use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};

use serde_json::Value;

use crate::architecture::Architecture;

/// How the function is built.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Profile {
    /// Fat link-time optimisation and paths that do not tell where it was built: what is published.
    Lambda,
    /// The everyday release build, quick where the artifacts are there already.
    Release,
}

/// What the environment says about how rustc is called.
#[derive(Debug, Clone)]
pub struct BuildFlags {
    rustflags: Vec<String>,
    cargo_home: PathBuf,
}

/// Why there is no binary.
#[derive(Debug, thiserror::Error)]
pub enum BuildError {
    /// Neither `CARGO_HOME` nor `HOME`: the paths to leave out of the binary are not known.
    #[error("neither `CARGO_HOME` nor `HOME` is set")]
    NoHome,
    /// A program could not be started.
    #[error("cannot start `{program}`")]
    Start {
        /// Which.
        program: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The compiler has no standard library for that machine.
    #[error("this Rust toolchain has no standard library for {}", .0.target())]
    NoStandardLibrary(Architecture),
    /// Nothing here links for that machine.
    #[error("nothing here links programs for {}", .0.target())]
    NoLinker(Architecture),
    /// The build failed; what is wrong was printed.
    #[error("`{program}` ended with {status}")]
    Failed {
        /// Which.
        program: String,
        /// How.
        status: ExitStatus,
    },
    /// The build went well and made something else.
    #[error("`cargo build` named no binary `bootstrap`")]
    NoBinary,
}

impl BuildError {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match self {
            Self::NoHome => "set `HOME`".to_owned(),
            Self::Start { .. } => "install Rust, with `cargo` in the path".to_owned(),
            Self::NoStandardLibrary(architecture) => format!(
                "`rustup target add {}`; or build elsewhere and give the program with `--bootstrap`",
                architecture.target()
            ),
            Self::NoLinker(architecture) => format!(
                "`pip install cargo-zigbuild ziglang`, which links for every machine, or build on a machine of {} itself and give \
                 the program with `--bootstrap`",
                architecture.as_str()
            ),
            Self::Failed { .. } | Self::NoBinary => {
                "run it in the folder of the connector's source, or name that with `--source`"
                    .to_owned()
            }
        }
    }
}

impl BuildFlags {
    /// Reads the variables that cargo reads.
    ///
    /// # Errors
    /// [`BuildError::NoHome`].
    #[expect(
        clippy::disallowed_methods,
        reason = "what cargo itself reads is handed on to it"
    )]
    pub fn from_environment() -> Result<Self, BuildError> {
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
            (None, None) => return Err(BuildError::NoHome),
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

/// Builds the function in the workspace at `root` and returns the path of the binary, as cargo itself tells it.
///
/// Only `lambda` is built with remapped paths: cargo rebuilds everything when flags change, and the profile `release` shares
/// its folder with everyday builds, while `lambda` has one of its own that nothing else builds into.
///
/// # Errors
/// [`BuildError`].
pub fn build(
    root: &Path,
    flags: &BuildFlags,
    profile: Profile,
    architecture: Architecture,
) -> Result<PathBuf, BuildError> {
    let mut cargo = command(root, architecture)?;
    cargo.args(["--package", "athena-dynamodb", "--bin", "bootstrap"]);
    cargo.args(["--message-format", "json-render-diagnostics"]);
    match profile {
        Profile::Release => cargo.arg("--release"),
        Profile::Lambda => cargo
            .args(["--profile", "lambda"])
            .env("CARGO_ENCODED_RUSTFLAGS", flags.remapped(root)),
    };
    let program = "cargo build";
    let output = cargo.stderr(Stdio::inherit()).output();
    let output = output.map_err(|source| BuildError::Start {
        program: program.to_owned(),
        source,
    })?;
    if !output.status.success() {
        return Err(BuildError::Failed {
            program: program.to_owned(),
            status: output.status,
        });
    }
    executable(&String::from_utf8_lossy(&output.stdout)).ok_or(BuildError::NoBinary)
}

/// The command that builds for a machine: plain cargo for this one, `cargo zigbuild` for another, with the C library that Lambda has.
fn command(root: &Path, architecture: Architecture) -> Result<Command, BuildError> {
    let mut cargo = Command::new("cargo");
    cargo.current_dir(root);
    if is_own(architecture) {
        cargo.arg("build");
        return Ok(cargo);
    }
    let target = architecture.target();
    let libraries = said(
        root,
        "rustc",
        &["--print", "target-libdir", "--target", target],
    )?;
    let has_library = libraries.is_some_and(|folder| Path::new(folder.trim()).is_dir());
    if !has_library {
        return Err(BuildError::NoStandardLibrary(architecture));
    }
    if said(root, "cargo", &["zigbuild", "--version"])?.is_none() {
        return Err(BuildError::NoLinker(architecture));
    }
    cargo.args(["zigbuild", "--target", &format!("{target}.2.34")]);
    Ok(cargo)
}

fn is_own(architecture: Architecture) -> bool {
    let own = if cfg!(target_arch = "aarch64") {
        Architecture::Arm
    } else {
        Architecture::X86
    };
    cfg!(target_os = "linux") && own == architecture
}

/// What a program prints; `None` where it fails.
fn said(root: &Path, program: &str, words: &[&str]) -> Result<Option<String>, BuildError> {
    let output = Command::new(program)
        .current_dir(root)
        .args(words)
        .stderr(Stdio::null())
        .output();
    let output = output.map_err(|source| BuildError::Start {
        program: program.to_owned(),
        source,
    })?;
    let printed = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(output.status.success().then_some(printed))
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
