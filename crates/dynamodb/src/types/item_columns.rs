//! Columns that show items as JSON text: the whole item, or what no other column shows of it.
//!
//! They are described in the schema's metadata, because the engine sends back only the columns that a query needs: what the others
//! show must still be known.

use std::collections::{BTreeSet, HashMap};

use arrow::datatypes::{DataType, Field, Schema};
use serde::{Deserialize, Serialize};

use super::json_text;
use super::names::{any_case, attribute_names, fold};
use crate::json::{Cursor, DecodeError};

/// The metadata key of these columns: a JSON object.
pub const ITEM_COLUMNS: &str = "itemColumns";

/// Names of the columns, and what the schema shows besides.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ItemColumns {
    /// Column with the whole item.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<String>,
    /// Column with the attributes that feed no other column.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub extra: Option<String>,
    /// Attributes that feed a column.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    shown: BTreeSet<String>,
    /// Attributes that feed a column in any case, folded.
    #[serde(skip_serializing_if = "BTreeSet::is_empty")]
    shown_in_any_case: BTreeSet<String>,
}

impl ItemColumns {
    /// The columns that a schema's metadata describes; none if it describes none, or not in JSON.
    pub fn of(metadata: &HashMap<String, String>) -> Self {
        metadata
            .get(ITEM_COLUMNS)
            .and_then(|text| serde_json::from_str(text).ok())
            .unwrap_or_default()
    }

    /// Whether this is one of the columns.
    pub fn contains(&self, column: &str) -> bool {
        [&self.item, &self.extra]
            .into_iter()
            .flatten()
            .any(|name| name == column)
    }

    /// Appends the columns to a schema; those that would have the name of another one are left out and returned.
    pub fn add_to(
        schema: Schema,
        item: Option<&str>,
        extra: Option<&str>,
    ) -> (Schema, Vec<String>) {
        let mut left_out = Vec::new();
        let mut fields: Vec<_> = schema.fields().to_vec();
        let mut add = |name: Option<&str>| {
            let name = fold(name?);
            if fields.iter().any(|field| *field.name() == name) {
                left_out.push(name);
                return None;
            }
            fields.push(Field::new(&name, DataType::Utf8, true).into());
            Some(name)
        };
        let mut columns = Self {
            item: add(item),
            extra: add(extra),
            ..Self::default()
        };
        if columns == Self::default() {
            return (schema, left_out);
        }
        if columns.extra.is_some() {
            let names = attribute_names(&schema).unwrap_or_default();
            for (names, any_case) in names.into_iter().zip(any_case(&schema)) {
                if any_case {
                    columns
                        .shown_in_any_case
                        .extend(names.iter().map(|name| fold(name)));
                } else {
                    columns.shown.extend(names);
                }
            }
        }
        let mut metadata = schema.metadata;
        let text = serde_json::to_string(&columns).expect("plain texts are always JSON");
        metadata.insert(ITEM_COLUMNS.to_owned(), text);
        (Schema::new_with_metadata(fields, metadata), left_out)
    }

    /// Appends the item at the cursor to `out` as JSON, whole or without what other columns show. Tells whether any attribute was
    /// written.
    ///
    /// # Errors
    /// If the item is malformed, or nested deeper than [`json_text::MAX_LEVELS`].
    pub fn write(
        &self,
        cursor: &mut Cursor<'_>,
        whole: bool,
        out: &mut Vec<u8>,
    ) -> Result<bool, DecodeError> {
        let mut scratch = Vec::new();
        let start = out.len();
        out.push(b'{');
        let mut more = cursor.open(b'{', b'}')?;
        while more {
            let mut again = cursor.clone();
            let name = cursor.string(&mut scratch)?;
            let shown = !whole && std::str::from_utf8(name).is_ok_and(|name| self.shows(name));
            cursor.expect(b':')?;
            let tag = cursor.tag()?;
            if shown {
                cursor.skip_tagged(tag)?;
            } else {
                if out.len() > start + 1 {
                    out.push(b',');
                }
                json_text::write_string(&mut again, out)?;
                out.push(b':');
                json_text::write(cursor, tag, out)?;
            }
            cursor.expect(b'}')?;
            more = cursor.more(b'}')?;
        }
        out.push(b'}');
        Ok(out.len() > start + 2)
    }

    fn shows(&self, attribute: &str) -> bool {
        self.shown.contains(attribute)
            || !self.shown_in_any_case.is_empty()
                && self.shown_in_any_case.contains(&fold(attribute))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schema() -> Schema {
        let fields: Vec<_> = ["id", "note"]
            .map(|name| Field::new(name, DataType::Utf8, true))
            .into();
        let metadata = [
            ("attributeNames".to_owned(), r#"{"id":["Id"]}"#.to_owned()),
            ("attributeNamesInAnyCase".to_owned(), "true".to_owned()),
        ];
        Schema::new_with_metadata(fields, metadata.into())
    }

    fn written(columns: &ItemColumns, whole: bool, item: &str) -> (String, bool) {
        let mut out = Vec::new();
        let mut cursor = Cursor::new(item.as_bytes());
        let any = columns.write(&mut cursor, whole, &mut out).unwrap();
        cursor.end().unwrap();
        let text = String::from_utf8(out).unwrap();
        serde_json::from_str::<serde_json::Value>(&text).unwrap();
        (text, any)
    }

    #[test]
    fn extra_holds_what_no_column_shows_and_item_all() {
        let (schema, left_out) = ItemColumns::add_to(schema(), Some("Item"), Some("rest"));
        assert!(left_out.is_empty());
        let names: Vec<_> = schema
            .fields()
            .iter()
            .map(|field| field.name().as_str())
            .collect();
        assert_eq!(names, ["id", "note", "item", "rest"]);
        let columns = ItemColumns::of(schema.metadata());
        assert!(columns.contains("item") && columns.contains("rest") && !columns.contains("id"));
        let item = r#"{"Id":{"S":"a"},"id":{"N":"1.10"},"NOTE":{"S":"x"},"n\"":{"L":[{"N":"12345678901234567890"},{"NULL":true}]}}"#;
        assert_eq!(
            written(&columns, false, item),
            (
                r#"{"id":1.10,"n\"":[12345678901234567890,null]}"#.to_owned(),
                true
            )
        );
        assert_eq!(
            written(&columns, true, item).0,
            r#"{"Id":"a","id":1.10,"NOTE":"x","n\"":[12345678901234567890,null]}"#
        );
        assert_eq!(
            written(&columns, false, r#"{"Id":{"S":"a"}}"#),
            ("{}".to_owned(), false)
        );
        assert_eq!(written(&columns, true, "{}"), ("{}".to_owned(), false));
    }

    #[test]
    fn a_column_of_that_name_keeps_it() {
        let (same, left_out) = ItemColumns::add_to(schema(), Some("ID"), None);
        assert_eq!((same, left_out), (schema(), vec!["id".to_owned()]));
        assert_eq!(
            ItemColumns::of(&HashMap::from([(ITEM_COLUMNS.to_owned(), "[".to_owned())])),
            ItemColumns::default()
        );
    }
}
