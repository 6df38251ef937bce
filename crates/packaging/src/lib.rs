//! The zip that Lambda takes: built, checked and packed, the same bytes on every machine.
//!
//! `build` runs cargo, `elf` tells whether Lambda's machine can start what came of it, `archive` packs it. What is said about it is
//! the caller's.
#![forbid(unsafe_code)]

pub mod architecture;
pub mod elf;
pub mod archive;
pub mod build;

pub use architecture::Architecture;
pub use archive::of_bootstrap;
pub use build::{BuildError, BuildFlags, Profile, build};
pub use elf::{ElfError, GlibcVersion};
