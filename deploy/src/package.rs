//! The function's package, looked at before Lambda does: what is wrong with it shows up in minutes there, and here at once.

use std::fmt;
use std::io::{Cursor, Read as _};
use std::sync::Arc;

use athena_packaging::Architecture;
use sha2::{Digest as _, Sha256};

/// A package that Lambda can run.
#[derive(Clone)]
pub(crate) struct Package {
    bytes: Arc<[u8]>,
    /// As Lambda reports it: SHA-256 in Base64.
    pub(crate) sha256: String,
    pub(crate) architecture: Architecture,
}

/// A package that Lambda cannot run.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PackageError {
    #[error("cannot read the package as a zip archive")]
    Zip {
        #[source]
        source: zip::result::ZipError,
    },
    #[error("cannot unpack `bootstrap` from the package")]
    Unpack {
        #[source]
        source: std::io::Error,
    },
    #[error("the package must have an executable file `bootstrap` at its top, got mode {mode:o}")]
    Mode { mode: u32 },
    #[error(
        "`bootstrap` in the package must be an ELF program for x86_64 or arm64, got other bytes"
    )]
    Program,
    #[error("the package must have at most {LARGEST} bytes to be uploaded directly, got {got}")]
    Size { got: usize },
}

impl PackageError {
    /// What to do about it.
    pub(crate) fn hint(&self) -> &'static str {
        match self {
            Self::Size { .. } => {
                "the connector's own package has 8 MB: see what else is in this one; larger ones would go by S3, which is not offered"
            }
            _ => "`package` writes one to target/lambda/bootstrap.zip",
        }
    }
}

/// What Lambda takes in a request.
const LARGEST: usize = 52_428_800;

impl Package {
    /// Looks into a zip archive.
    ///
    /// # Errors
    /// [`PackageError`], where Lambda would not run it.
    pub(crate) fn read(bytes: Vec<u8>) -> Result<Self, PackageError> {
        if bytes.len() > LARGEST {
            return Err(PackageError::Size { got: bytes.len() });
        }
        let zip = |source| PackageError::Zip { source };
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).map_err(zip)?;
        let mut program = archive.by_name("bootstrap").map_err(zip)?;
        let mode = program.unix_mode().unwrap_or_default();
        if mode & 0o111 == 0 {
            return Err(PackageError::Mode { mode });
        }
        let mut head = [0; 20];
        program
            .read_exact(&mut head)
            .map_err(|source| PackageError::Unpack { source })?;
        // ELF header: magic, class, byte order, …, `e_machine` at 18 (elf(5)).
        let machine = u16::from_le_bytes([head[18], head[19]]);
        let architecture = Architecture::of_machine(machine)
            .filter(|_| head.starts_with(b"\x7fELF"))
            .ok_or(PackageError::Program)?;
        drop(program);
        Ok(Self {
            sha256: base64_simd::STANDARD.encode_to_string(Sha256::digest(&bytes)),
            bytes: bytes.into(),
            architecture,
        })
    }

    /// The archive.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.bytes.to_vec()
    }
}

impl fmt::Debug for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            bytes,
            sha256,
            architecture,
        } = self;
        write!(
            f,
            "Package({} bytes, {sha256}, {architecture:?})",
            bytes.len()
        )
    }
}
