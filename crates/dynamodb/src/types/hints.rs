//! What a schema's metadata says of how values are read.

use std::collections::{BTreeMap, HashMap};

use super::datetime::{TableTimes, TimeReader, TimesError};
use super::names::fold;

/// The metadata key of members of structs whose names differ from the attributes': a JSON object from paths such as `address.zip` to
/// names.
pub const MEMBER_NAMES: &str = "memberNames";

/// Points in time, and names within maps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hints {
    times: TableTimes,
    members: BTreeMap<String, String>,
}

impl Hints {
    /// Reads a schema's metadata. Names of members that are not JSON are none.
    ///
    /// # Errors
    /// [`TimesError`] for what cannot be used.
    pub fn of(metadata: &HashMap<String, String>) -> Result<Self, TimesError> {
        let members = metadata.get(MEMBER_NAMES);
        Ok(Self {
            times: TableTimes::of(metadata)?,
            members: members
                .and_then(|text| serde_json::from_str(text).ok())
                .unwrap_or_default(),
        })
    }

    /// How points in time are read at `path` (see [`TableTimes::reader`]).
    pub fn times(&self, path: &str) -> TimeReader {
        self.times.reader(path)
    }

    /// The member of a map that feeds the child at `path`, if it was named: then in no other spelling.
    pub fn member(&self, path: &str) -> Option<&str> {
        if self.members.is_empty() {
            return None;
        }
        let path: String = fold(path)
            .chars()
            .filter(|letter| !"[]{}".contains(*letter))
            .collect();
        self.members.get(&path).map(String::as_str)
    }
}
