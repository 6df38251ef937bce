//! What a function runs on.

use object::elf::{EM_AARCH64, EM_X86_64};

/// An instruction set that Lambda offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Architecture {
    /// 64-bit x86.
    X86,
    /// 64-bit Arm, Graviton.
    Arm,
}

impl Architecture {
    /// Lambda's name for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::X86 => "x86_64",
            Self::Arm => "arm64",
        }
    }

    /// `e_machine` of its programs.
    pub fn machine(self) -> u16 {
        match self {
            Self::X86 => EM_X86_64,
            Self::Arm => EM_AARCH64,
        }
    }

    /// The one with that `e_machine`.
    pub fn of_machine(machine: u16) -> Option<Self> {
        [Self::X86, Self::Arm]
            .into_iter()
            .find(|architecture| architecture.machine() == machine)
    }

    /// rustc's name of Lambda's machine.
    pub fn target(self) -> &'static str {
        match self {
            Self::X86 => "x86_64-unknown-linux-gnu",
            Self::Arm => "aarch64-unknown-linux-gnu",
        }
    }
}
