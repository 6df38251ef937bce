//! Whether Lambda's machine can start a binary: architecture and C library.
//!
//! `provided.al2023` has glibc 2.34. A binary built on a newer system asks for newer symbol versions as soon as it uses a
//! function that changed, and then does not start at all; the versions it asks for stand in its own header.

use std::fmt;

use object::elf::FileHeader64;
use object::read::elf::FileHeader as _;
use object::{Endianness, elf};

use crate::architecture::Architecture;

/// A version of glibc's symbols, `GLIBC_2.34` or `GLIBC_2.2.5`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct GlibcVersion([u32; 3]);

impl GlibcVersion {
    /// What `provided.al2023` has.
    pub const OF_LAMBDA: Self = Self([2, 34, 0]);

    /// Reads the part behind `GLIBC_`; `None` for names that are no version, such as `PRIVATE`.
    fn parse(text: &str) -> Option<Self> {
        let mut parts = [0; 3];
        for (index, part) in text.split('.').enumerate() {
            *parts.get_mut(index)? = part.parse().ok()?;
        }
        Some(Self(parts))
    }
}

impl fmt::Display for GlibcVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [major, minor, patch] = self.0;
        write!(f, "GLIBC_{major}.{minor}")?;
        if patch == 0 {
            Ok(())
        } else {
            write!(f, ".{patch}")
        }
    }
}

/// Why Lambda could not start a binary.
#[derive(Debug, thiserror::Error)]
pub enum ElfError {
    /// Not a program for a 64-bit machine.
    #[error("this is no 64-bit ELF binary")]
    NoElf {
        /// What does not fit.
        #[source]
        source: object::read::Error,
    },
    /// A program for another machine.
    #[error("the binary is for ELF machine {got:#x}, {} has {:#x}", .expected.as_str(), .expected.machine())]
    Machine {
        /// What it should run on.
        expected: Architecture,
        /// `e_machine`.
        got: u16,
    },
    /// It asks for what Lambda's C library has not.
    #[error("the binary needs {version} of {library}, Lambda has versions up to {limit}")]
    Glibc {
        /// `GLIBC_2.38`.
        version: String,
        /// `libc.so.6`.
        library: String,
        /// The newest that Lambda has.
        limit: GlibcVersion,
    },
    /// A header that contradicts itself.
    #[error("cannot read which symbol versions the binary needs")]
    Versions {
        /// What does not fit.
        #[source]
        source: object::read::Error,
    },
}

/// Checks that a binary is for that architecture and asks for no newer glibc than `limit`. Returns the newest it asks for, `None`
/// where it asks for none.
///
/// # Errors
/// [`ElfError`].
pub fn check(
    binary: &[u8],
    architecture: Architecture,
    limit: &GlibcVersion,
) -> Result<Option<GlibcVersion>, ElfError> {
    let no_elf = |source| ElfError::NoElf { source };
    let header = FileHeader64::<Endianness>::parse(binary).map_err(no_elf)?;
    let endian = header.endian().map_err(no_elf)?;
    let got = header.e_machine(endian);
    if got != architecture.machine() {
        let expected = architecture;
        return Err(ElfError::Machine { expected, got });
    }
    let mut highest = None;
    let needed = needed_versions(header, endian, binary);
    for (library, version) in needed.map_err(|source| ElfError::Versions { source })? {
        let Some(number) = version.strip_prefix("GLIBC_") else {
            continue;
        };
        // `GLIBC_ABI_DT_RELR` and `GLIBC_PRIVATE` are promises of one glibc alone; no released function may lean on them.
        match GlibcVersion::parse(number) {
            Some(parsed) if parsed <= *limit => highest = highest.max(Some(parsed)),
            _ => {
                let limit = limit.clone();
                return Err(ElfError::Glibc {
                    version,
                    library,
                    limit,
                });
            }
        }
    }
    Ok(highest)
}

/// Library and version of all symbol versions that the dynamic loader must find.
fn needed_versions(
    header: &FileHeader64<Endianness>,
    endian: Endianness,
    binary: &[u8],
) -> object::read::Result<Vec<(String, String)>> {
    let sections = header.sections(endian, binary)?;
    let mut found = Vec::new();
    let Some((mut libraries, strings)) = sections.gnu_verneed(endian, binary)? else {
        return Ok(found);
    };
    let names = sections.strings(endian, binary, strings)?;
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    while let Some((library, mut versions)) = libraries.next()? {
        let library: &elf::Verneed<Endianness> = library;
        let file = text(library.file(endian, names)?);
        while let Some(version) = versions.next()? {
            found.push((file.clone(), text(version.name(endian, names)?)));
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number_and_names_are_none() {
        let version = |text| GlibcVersion::parse(text).unwrap();
        assert!(version("2.4") < version("2.34"));
        assert!(version("2.2.5") < version("2.3"));
        assert!(version("2.34") < version("2.35"));
        assert_eq!(version("2.34"), GlibcVersion::OF_LAMBDA);
        for name in ["PRIVATE", "ABI_DT_RELR", "", "2.", "2.3.4.5"] {
            assert_eq!(GlibcVersion::parse(name), None, "{name}");
        }
        assert_eq!(version("2.34").to_string(), "GLIBC_2.34");
        assert_eq!(version("2.2.5").to_string(), "GLIBC_2.2.5");
    }

    #[test]
    fn what_is_no_binary_is_refused() {
        for bytes in [&b""[..], b"#!/bin/sh\n", &[0x7f, b'E', b'L', b'F']] {
            let error = check(bytes, Architecture::X86, &GlibcVersion::OF_LAMBDA).unwrap_err();
            assert_eq!(error.to_string(), "this is no 64-bit ELF binary");
        }
    }

    /// The running test binary serves as the sample.
    #[cfg(all(target_os = "linux", target_arch = "x86_64", target_env = "gnu"))]
    mod of_the_running_binary {
        use super::*;

        fn own_bytes() -> Vec<u8> {
            std::fs::read(std::env::current_exe().unwrap()).unwrap()
        }

        #[test]
        fn its_newest_version_is_found_and_is_the_limit_that_just_suffices() {
            let own = own_bytes();
            let newest = check(&own, Architecture::X86, &GlibcVersion([u32::MAX; 3]))
                .unwrap()
                .unwrap();
            assert!(newest > GlibcVersion([2, 2, 5]), "{newest}");
            assert_eq!(
                check(&own, Architecture::X86, &newest).unwrap(),
                Some(newest)
            );
        }

        #[test]
        fn a_limit_below_its_newest_version_refuses_it_by_name() {
            let error = check(&own_bytes(), Architecture::X86, &GlibcVersion([2, 0, 0]))
                .unwrap_err()
                .to_string();
            assert!(error.starts_with("the binary needs GLIBC_2."), "{error}");
            assert!(
                error.ends_with(", Lambda has versions up to GLIBC_2.0"),
                "{error}"
            );
            assert!(error.contains(".so."), "{error}");
        }

        #[test]
        fn the_same_bytes_for_another_machine_are_refused() {
            let mut own = own_bytes();
            own[18..20].copy_from_slice(&elf::EM_AARCH64.to_le_bytes());
            let error = check(&own, Architecture::X86, &GlibcVersion::OF_LAMBDA).unwrap_err();
            assert_eq!(
                error.to_string(),
                "the binary is for ELF machine 0xb7, x86_64 has 0x3e"
            );
            assert!(check(&own, Architecture::Arm, &GlibcVersion([u32::MAX; 3])).is_ok());
        }
    }
}
