//! The versions of the protocol, and the one that a document is being written in (protocol §2).
//!
//! Which framing a block gets and which fields constraints have depends on the version of the whole document, but serde hands no
//! context down to the types inside it. So the version of the document being written stands in a cell of the thread. That is
//! sound because writing is one synchronous call on one thread: [`scope`] sets the cell, runs the writer, and puts the former
//! version back when it returns or unwinds. Outside any scope the version is the highest, which is what a connector answers in.
//! The alternative, a second set of all types that borrow from the first and know a version, would be as long as `wire` itself.

use std::cell::Cell;

/// A version of the protocol. Each has what the ones before it have.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Version {
    /// Fields in a fixed order, schemas as base64 text, the legacy Arrow framing.
    V2,
    /// The current Arrow framing.
    V3,
    /// `expression`, `orderByClause` and `limit` in constraints; `GetDataSourceCapabilities`.
    V4,
    /// `queryPassthroughArguments` in `GetTable` and in constraints.
    V5,
    /// `queryPlan` in constraints.
    V6,
}

impl Version {
    /// The versions from the lowest to the highest.
    pub const ALL: [Self; 5] = [Self::V2, Self::V3, Self::V4, Self::V5, Self::V6];
    /// The version that is answered to a ping, and written unless another is asked for.
    pub const HIGHEST: Self = Self::V6;

    /// The number that stands for it in a ping's answer.
    pub const fn number(self) -> u32 {
        match self {
            Self::V2 => 2,
            Self::V3 => 3,
            Self::V4 => 4,
            Self::V5 => 5,
            Self::V6 => 6,
        }
    }
}

impl std::fmt::Display for Version {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "version {}", self.number())
    }
}

thread_local! {
    static WRITING: Cell<Version> = const { Cell::new(Version::HIGHEST) };
}

/// The version of the document that this thread is writing.
pub(crate) fn writing() -> Version {
    WRITING.get()
}

/// Runs `write` with `version` as the version of the document being written.
pub(crate) fn scope<T>(version: Version, write: impl FnOnce() -> T) -> T {
    struct Former(Version);
    impl Drop for Former {
        fn drop(&mut self) {
            WRITING.set(self.0);
        }
    }
    let _former = Former(WRITING.replace(version));
    write()
}

/// For `skip_serializing_if`: whether the document being written has no fields of version 4.
pub(crate) fn before_v4<T>(_: &T) -> bool {
    writing() < Version::V4
}

/// For `skip_serializing_if`: whether the document being written has no fields of version 5.
pub(crate) fn before_v5<T>(_: &T) -> bool {
    writing() < Version::V5
}

/// For `skip_serializing_if`: whether the document being written has no fields of version 6.
pub(crate) fn before_v6<T>(_: &T) -> bool {
    writing() < Version::V6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_former_version_comes_back_after_a_scope_even_by_panic() {
        assert_eq!(writing(), Version::HIGHEST);
        scope(Version::V2, || {
            assert_eq!(writing(), Version::V2);
            let inner = std::panic::catch_unwind(|| {
                scope(Version::V4, || {
                    assert_eq!(writing(), Version::V4);
                    std::panic::resume_unwind(Box::new("as asked"))
                })
            });
            assert!(inner.is_err());
            assert_eq!(writing(), Version::V2);
        });
        assert_eq!(writing(), Version::HIGHEST);
    }

    #[test]
    fn versions_are_ordered_as_their_numbers() {
        assert!(Version::ALL.is_sorted_by(|a, b| a < b && a.number() + 1 == b.number()));
        assert_eq!(Version::ALL.last(), Some(&Version::HIGHEST));
    }
}
