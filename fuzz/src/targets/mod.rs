//! The parsers, each with its law.

mod block;
mod documents;
mod handoff;
mod page;
mod plan;
mod spilled;
mod token;
mod value_set;

use crate::corpus;

/// A parser under attack.
pub struct Target {
    /// Its name on command lines and of its corpus.
    pub name: &'static str,
    /// Inputs that real writers wrote.
    pub seeds: fn() -> Vec<Vec<u8>>,
    /// Feeds it an input and panics if its law is broken.
    pub check: fn(&[u8]),
}

impl Target {
    /// Seeds, then the kept corpus.
    ///
    /// # Errors
    /// Those of [`corpus::load`].
    pub fn inputs(&self) -> anyhow::Result<Vec<Vec<u8>>> {
        let mut inputs = (self.seeds)();
        inputs.extend(corpus::load(self.name)?);
        Ok(inputs)
    }
}

/// All of them.
pub const TARGETS: &[Target] = &[
    documents::REQUEST,
    documents::RESPONSE,
    documents::FAULT,
    block::TARGET,
    value_set::TARGET,
    spilled::TARGET,
    token::TARGET,
    plan::TARGET,
    page::TARGET,
    handoff::TARGET,
];

/// The target of this name.
pub fn find(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_seed_and_every_kept_input_passes() {
        for target in TARGETS {
            let inputs = target.inputs().unwrap();
            assert!(!(target.seeds)().is_empty(), "{}", target.name);
            for input in inputs {
                (target.check)(&input);
            }
        }
    }

    #[test]
    fn names_are_unique_and_found() {
        for target in TARGETS {
            let same = TARGETS
                .iter()
                .filter(|other| other.name == target.name)
                .count();
            assert_eq!(same, 1, "{}", target.name);
            assert!(find(target.name).is_some());
        }
        assert!(find("nothing").is_none());
    }
}
