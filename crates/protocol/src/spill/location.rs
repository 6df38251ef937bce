//! `S3SpillLocation`: a spilled object, or the prefix under which a split may spill (protocol §4).

use serde::{Deserialize, Serialize};

/// A place in S3.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(tag = "@type", rename = "S3SpillLocation")]
pub struct SpillLocation {
    /// Bucket name.
    pub bucket: String,
    /// Object key, or key prefix if [`directory`](Self::directory).
    pub key: String,
    /// True for the prefix in a split, false for an object.
    pub directory: bool,
}

impl SpillLocation {
    /// The prefix `<prefix>/<query_id>/<split_id>` of a split.
    ///
    /// `<query_id>/` is left out where the prefix already contains it (protocol §9.1).
    pub fn for_split(bucket: &str, prefix: &str, query_id: &str, split_id: &str) -> Self {
        let prefix = prefix.trim_end_matches('/');
        let key = if prefix.contains(query_id) {
            format!("{prefix}/{split_id}")
        } else {
            format!("{prefix}/{query_id}/{split_id}")
        };
        Self {
            bucket: bucket.to_owned(),
            key,
            directory: true,
        }
    }

    /// The object of block `number` under this prefix, counted from 0 within one call.
    #[must_use]
    pub fn object(&self, number: u64) -> Self {
        Self {
            bucket: self.bucket.clone(),
            key: format!("{}.{number}", self.key),
            directory: false,
        }
    }
}
