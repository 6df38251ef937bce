//! What one split reads, and the requests that read it.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::aliases::occurring;
use super::filter::MAX_TEXT;
use super::key_condition::{ItemKey, KeyCondition};
use super::order::Top;
use super::paths::DocumentPath;
use super::value::Value;

/// The work of one split.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct SplitWork {
    /// Name or ARN of the table.
    pub table: String,
    /// ARN of the role that reads the table, if the table names its own.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Name of the index, if one is queried.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub index: Option<String>,
    /// Which items.
    pub work: Work,
    /// The table's hash key, which is read when no column is wanted; `None` if it is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hash_key: Option<String>,
    /// The table's range key, for errors about an item; `None` if there is none or it is not known.
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
    /// Thousandths of read units a second that the split may consume; `None` for no limit.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub budget: Option<u64>,
}

/// Which items a split reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub enum Work {
    /// Segments of a parallel scan, to be read side by side.
    Segments {
        /// Number of the first one.
        first: u32,
        /// How many.
        count: u32,
        /// Segments of the whole scan.
        total: u32,
    },
    /// Items by their whole keys, in any order.
    Items {
        /// Name of the hash key.
        hash: String,
        /// Name of the range key, if the table has one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<String>,
        /// The keys, each once.
        keys: Vec<ItemKey>,
    },
    /// Queries, to be made in any order; no item answers two of them.
    Keys {
        /// Name of the hash key.
        hash: String,
        /// Name of the range key, if a condition tests it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        range: Option<String>,
        /// The queries.
        conditions: Vec<KeyCondition>,
    },
}

/// Filter and projection, and the placeholders that occur in them.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expressions {
    /// The filter expression.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
    /// The projection expression; `None` reads whole items.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub projection: Option<String>,
    /// Attribute names by placeholder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub names: BTreeMap<String, String>,
    /// Values by placeholder.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub values: BTreeMap<String, Value>,
}

/// The expressions of one `Scan` or `Query`: exactly the placeholders that occur have names and values.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Request {
    /// The key condition expression of a `Query`.
    pub key_condition: Option<String>,
    /// The filter expression.
    pub filter: Option<String>,
    /// The projection expression.
    pub projection: Option<String>,
    /// Attribute names by placeholder.
    pub names: BTreeMap<String, String>,
    /// Values by placeholder.
    pub values: BTreeMap<String, Value>,
}

impl SplitWork {
    /// The same work, but reading these attributes only; `None` reads whole items, an empty list the hash key alone.
    #[must_use]
    pub fn with_attributes(self, attributes: Option<&[String]>) -> Self {
        let paths: Option<Vec<DocumentPath>> = attributes.map(|names| {
            let names = names.iter().cloned();
            names.map(DocumentPath::of).collect()
        });
        self.with_paths(paths.as_deref())
    }

    /// The same work, but reading what lies at these paths only, of which none lies in another; else like
    /// [`with_attributes`](Self::with_attributes).
    #[must_use]
    pub fn with_paths(mut self, paths: Option<&[DocumentPath]>) -> Self {
        self.expressions.project(paths, self.hash_key.as_ref());
        self
    }

    /// Whether all of `attributes` can be read of what was planned; `None` stands for whole items.
    pub fn can_read(&self, attributes: Option<&[String]>) -> bool {
        match (&self.held, attributes) {
            (None, _) => true,
            (Some(_), None) => false,
            (Some(held), Some(attributes)) => attributes.iter().all(|name| held.contains(name)),
        }
    }

    /// Names of the attributes that identify an item, as far as they are known.
    pub fn key_attributes(&self) -> Vec<String> {
        self.hash_key
            .iter()
            .chain(&self.range_key)
            .cloned()
            .collect()
    }

    /// The expressions of a request: with one of the work's conditions for a `Query`, without for a `Scan`.
    pub fn request(&self, condition: Option<&KeyCondition>) -> Request {
        let Expressions {
            filter,
            projection,
            names,
            values,
        } = self.expressions.clone();
        let request = Request {
            key_condition: None,
            filter,
            projection,
            names,
            values,
        };
        if let (Some(condition), Work::Keys { hash, range, .. }) = (condition, &self.work) {
            return Self::keyed(request, condition, hash, range.as_deref());
        }
        request
    }

    fn keyed(
        mut request: Request,
        condition: &KeyCondition,
        hash: &str,
        range: Option<&str>,
    ) -> Request {
        let hash = alias(&mut request.names, hash, "#h");
        let range = match range.filter(|_| condition.range.is_some()) {
            Some(range) => alias(&mut request.names, range, "#r"),
            None => String::new(),
        };
        let (text, values) = condition.expression(&hash, &range);
        request.key_condition = Some(text);
        request.values.extend(values);
        request
    }
}

impl Expressions {
    /// Replaces the projection; see [`SplitWork::with_paths`]. A list too long for an expression reads whole items.
    pub(super) fn project(&mut self, paths: Option<&[DocumentPath]>, hash_key: Option<&String>) {
        let filter = self.filter.as_deref().unwrap_or_default();
        let used: BTreeSet<&str> = occurring(filter).collect();
        self.names.retain(|alias, _| used.contains(alias.as_str()));
        self.projection = None;
        let of_key;
        let paths = match paths {
            None => return,
            Some([]) => {
                of_key = hash_key.cloned().map(DocumentPath::of);
                of_key.as_slice()
            }
            Some(paths) => paths,
        };
        let mut names = self.names.clone();
        let mut listed: BTreeSet<String> = BTreeSet::new();
        let (mut length, mut place) = (0, 0);
        for path in paths {
            let mut aliases = Vec::with_capacity(path.names().len());
            for name in path.names() {
                aliases.push(alias(&mut names, name, &format!("#p{place}")));
                place += 1;
            }
            let text = aliases.join(".");
            length += text.len() + 1;
            // DynamoDB refuses what is listed twice.
            listed.insert(text);
            if length > MAX_TEXT {
                return;
            }
        }
        if !listed.is_empty() {
            self.projection = Some(listed.into_iter().collect::<Vec<_>>().join(","));
            self.names = names;
        }
    }
}

/// The placeholder that `attribute` has already, or else `new`.
fn alias(names: &mut BTreeMap<String, String>, attribute: &str, new: &str) -> String {
    if let Some((alias, _)) = names.iter().find(|(_, name)| *name == attribute) {
        return alias.clone();
    }
    names.insert(new.to_owned(), attribute.to_owned());
    new.to_owned()
}

#[cfg(test)]
mod tests {
    use super::{Expressions, SplitWork, Work};
    use crate::plan::paths::DocumentPath;
    use crate::plan::{KeyCondition, RangeTest, Value};

    fn work() -> SplitWork {
        let mut expressions = Expressions {
            filter: Some("#n0 = :v0".to_owned()),
            ..Expressions::default()
        };
        expressions
            .names
            .insert("#n0".to_owned(), "status".to_owned());
        expressions
            .values
            .insert(":v0".to_owned(), Value::S("x".to_owned()));
        let condition = KeyCondition {
            hash: Value::S("a".to_owned()),
            range: Some(RangeTest::Between(
                Value::N("1".to_owned()),
                Value::N("2".to_owned()),
            )),
        };
        SplitWork {
            table: "orders".to_owned(),
            role: None,
            index: None,
            work: Work::Keys {
                hash: "id".to_owned(),
                range: Some("day".to_owned()),
                conditions: vec![condition],
            },
            hash_key: Some("id".to_owned()),
            range_key: None,
            expressions,
            consistent: false,
            held: None,
            only_wanted: false,
            top: None,
            budget: None,
        }
    }

    #[test]
    fn a_query_names_its_keys_by_the_placeholders_that_there_are() {
        let work = work().with_attributes(Some(&[
            "id".to_owned(),
            "status".to_owned(),
            "total".to_owned(),
        ]));
        let Work::Keys { conditions, .. } = &work.work else {
            panic!("not a query")
        };
        let request = work.request(conditions.first());
        assert_eq!(
            request.key_condition.as_deref(),
            Some("#p0 = :h AND #r BETWEEN :r0 AND :r1")
        );
        assert_eq!(request.projection.as_deref(), Some("#n0,#p0,#p2"));
        let names: Vec<_> = request
            .names
            .iter()
            .map(|(alias, name)| format!("{alias} {name}"))
            .collect();
        assert_eq!(names, ["#n0 status", "#p0 id", "#p2 total", "#r day"]);
        assert_eq!(
            request.values.keys().collect::<Vec<_>>(),
            [":h", ":r0", ":r1", ":v0"]
        );
    }

    #[test]
    fn a_path_is_named_by_a_placeholder_for_each_step() {
        let path =
            |names: &[&str]| DocumentPath::of_names(names.iter().map(|name| (*name).to_owned()));
        let paths = [
            path(&["ship", "zip"]),
            path(&["ship", "status"]),
            path(&["id"]),
        ];
        let work = work().with_paths(Some(&paths));
        let projection = work.expressions.projection.as_deref();
        assert_eq!(projection, Some("#p0.#n0,#p0.#p1,#p4"));
        let names = &work.expressions.names;
        assert_eq!((&*names["#p0"], &*names["#n0"]), ("ship", "status"));
        assert_eq!((&*names["#p1"], &*names["#p4"]), ("zip", "id"));
        let carried = SplitWork::of_text(&work.to_text()).unwrap();
        assert_eq!(carried, work);
    }

    #[test]
    fn another_projection_leaves_no_unused_names() {
        let narrow = work().with_attributes(Some(&["total".to_owned(), "total".to_owned()]));
        assert_eq!(narrow.expressions.projection.as_deref(), Some("#p0"));
        assert_eq!(narrow.clone().with_attributes(None), work());
        let key_only = narrow.with_attributes(Some(&[]));
        assert_eq!(key_only.expressions.names["#p0"], "id");
        assert_eq!(key_only.expressions.names.len(), 2);
    }

    #[test]
    fn a_projection_that_is_too_long_is_left_out() {
        let many: Vec<String> = (0..800).map(|place| format!("a{place}")).collect();
        assert!(
            work()
                .with_attributes(Some(&many[..700]))
                .expressions
                .projection
                .is_some()
        );
        assert_eq!(work().with_attributes(Some(&many)), work());
    }
}
