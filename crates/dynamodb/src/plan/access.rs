//! The plan of one query.

use serde::{Deserialize, Serialize};

use super::aliases::occurring;
use super::estimate::Estimate;
use super::key_condition::{ItemKey, KeyCondition};
use super::order::Top;
use super::work::Expressions;

/// How a query is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Plan {
    /// Name or ARN of the table.
    pub table: String,
    /// ARN of the role that reads the table, if the table names its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Name of the index, if one is queried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Which items are read, and in how many splits.
    pub access: Access,
    /// The table's hash key.
    pub hash_key: String,
    /// The table's range key, if it has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub range_key: Option<String>,
    /// Filter and projection with their placeholders.
    #[serde(default)]
    pub expressions: Expressions,
    /// Whether reads are strongly consistent.
    #[serde(default)]
    pub consistent: bool,
    /// Attributes that can be read of the index; `None` for all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<Vec<String>>,
    /// Whether the items that are read are those that are wanted, for all that is known, so that small pages serve a limit.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub only_wanted: bool,
    /// The first rows in the order of the range key, if they are all that is wanted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub top: Option<Top>,
    /// Thousandths of read units a second that all splits may consume together; `None` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<u64>,
    /// What will be read; `None` if that cannot be told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub estimate: Option<Estimate>,
    /// What is left to the engine, one phrase each.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub left: Vec<String>,
}

/// Which items are read, and in how many splits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Access {
    /// None: no item can qualify.
    Nothing,
    /// All.
    #[serde(rename_all = "camelCase")]
    Scan {
        /// Segments of the whole scan.
        segments: u32,
        /// Segments in each split but the last, which may have fewer.
        per_split: u32,
    },
    /// The items of certain whole keys of the table.
    Batch {
        /// Name of the hash key.
        hash: String,
        /// Name of the range key, if the table has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<String>,
        /// The keys, each once.
        keys: Vec<ItemKey>,
        /// Number of splits that they are spread over.
        splits: u32,
    },
    /// Those with certain keys.
    Query {
        /// Name of the hash key.
        hash: String,
        /// Name of the range key, if a condition tests it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<String>,
        /// The queries; no item answers two of them.
        conditions: Vec<KeyCondition>,
        /// Number of splits that they are spread over.
        splits: u32,
    },
}

impl Plan {
    /// The plan in one line for logs: names of indexes, figures, no attribute's value.
    pub fn describe(&self) -> String {
        let filter = self.expressions.filter.as_deref().unwrap_or_default();
        let mut tested: Vec<&str> = occurring(filter)
            .filter(|alias| alias.starts_with('#'))
            .collect();
        tested.sort_unstable();
        tested.dedup();
        let filter = match tested.len() {
            0 => "no filter".to_owned(),
            count => format!("filter on {}", counted(count, "attribute")),
        };
        let splits = counted(self.split_count(), "split");
        match &self.access {
            Access::Nothing => "nothing to read, no item can qualify".to_owned(),
            Access::Scan { segments, .. } => {
                format!(
                    "scan {} in {}, {filter}, {splits}",
                    self.source(),
                    counted(*segments as usize, "segment")
                )
            }
            Access::Batch { keys, .. } => {
                format!("get {} by key, {splits}", counted(keys.len(), "item"))
            }
            Access::Query {
                range, conditions, ..
            } => {
                let source = self.source();
                let top = self.top.as_ref().map_or(String::new(), |top| {
                    let end = if top.descending { "last" } else { "first" };
                    format!(
                        ", the {end} {}",
                        counted(usize::try_from(top.rows).unwrap_or(usize::MAX), "row")
                    )
                });
                let key = if range.is_some() {
                    "hash and range key"
                } else {
                    "hash key"
                };
                format!(
                    "query {source} by {key}, {}{top}, {filter}, {splits}",
                    counted(conditions.len(), "key")
                )
            }
        }
    }
}

impl Plan {
    /// What is read: the table or an index.
    fn source(&self) -> String {
        self.index
            .as_ref()
            .map_or("table".to_owned(), |index| format!("index {index}"))
    }
}

fn counted(count: usize, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{count} {noun}s")
    }
}
