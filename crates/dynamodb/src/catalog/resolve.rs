//! From the columns that a Glue table names to the attributes that feed them.
//!
//! Glue knows lower-case names only. An attribute is found, in this order: as the table's owner named it in `columnMapping`; among the
//! keys of table and indexes; in a sample of items. Names are compared without case, and the spelling of the column itself is
//! preferred. What is not found may still occur in other items: such a column is read from any spelling, whole items are read for
//! it, and nothing is asked of DynamoDB about it. So WHERE and SELECT always speak of the same attributes.

use std::collections::BTreeSet;

use arrow::datatypes::Schema;

use super::Described;
use super::glue::GlueSchema;
use crate::types::names::{ANY_CASE, ATTRIBUTE_NAMES, fold, metadata_value};

/// Whether a sample of items is needed to find the attributes of all columns.
pub fn needs_sample(glue: &GlueSchema, described: &Described) -> bool {
    let fields = glue.schema.fields().iter().zip(&glue.mapped);
    fields
        .into_iter()
        .any(|(field, mapped)| mapped.is_none() && keys(field.name(), described).next().is_none())
}

/// The schema with the attributes of its columns in the metadata; `sampled` are names of attributes that items have.
pub fn resolved<'a>(
    glue: &GlueSchema,
    described: &'a Described,
    sampled: impl IntoIterator<Item = &'a str>,
) -> Schema {
    let sampled: Vec<&str> = sampled.into_iter().collect();
    let names: Vec<Vec<String>> = glue
        .schema
        .fields()
        .iter()
        .zip(&glue.mapped)
        .map(|(field, mapped)| {
            if let Some(attribute) = mapped {
                return vec![attribute.clone()];
            }
            let seen = sampled
                .iter()
                .copied()
                .filter(|name| fold(name) == *field.name());
            let found: BTreeSet<&str> = keys(field.name(), described).chain(seen).collect();
            let preferred = found.get(field.name().as_str()).copied();
            let others = found.iter().copied().filter(|name| name != field.name());
            let names = preferred.into_iter().chain(others);
            names.map(str::to_owned).collect()
        })
        .collect();
    let listed = glue
        .schema
        .fields()
        .iter()
        .zip(&names)
        .filter(|(_, names)| !names.is_empty())
        .map(|(field, names)| (field.name().as_str(), names.as_slice()));
    let mut metadata = glue.schema.metadata().clone();
    let open = names.iter().any(Vec::is_empty);
    let text = if open {
        metadata.insert(ANY_CASE.to_owned(), "true".to_owned());
        let listed: std::collections::BTreeMap<_, _> = listed.collect();
        Some(serde_json::to_string(&listed).expect("a map of texts to texts is always JSON"))
    } else {
        metadata_value(listed)
    };
    if let Some(text) = text {
        metadata.insert(ATTRIBUTE_NAMES.to_owned(), text);
    }
    glue.schema.clone().with_metadata(metadata)
}

/// The key attributes of table and indexes with this name in any case.
fn keys<'a>(column: &str, described: &'a Described) -> impl Iterator<Item = &'a str> {
    let column = column.to_owned();
    described
        .key_attributes
        .iter()
        .map(|key| key.name.as_str())
        .filter(move |name| fold(name) == column)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::{KeyAttribute, KeyKind, Keys, Table};
    use crate::types::names::{any_case, attribute_names};
    use arrow::datatypes::{DataType, Field};

    fn described() -> Described {
        let key = KeyAttribute {
            name: "OrderId".to_owned(),
            kind: KeyKind::S,
        };
        Described {
            table: Table {
                name: "Orders".to_owned(),
                keys: Keys {
                    hash: key.clone(),
                    range: None,
                },
                indexes: Vec::new(),
                size_bytes: 0,
                item_count: 0,
                read_units: None,
            },
            key_attributes: vec![key],
        }
    }

    fn glue(columns: &[(&str, Option<&str>)]) -> GlueSchema {
        let fields: Vec<_> = columns
            .iter()
            .map(|(name, _)| Field::new(*name, DataType::Utf8, true))
            .collect();
        GlueSchema {
            schema: Schema::new(fields),
            source: "Orders".to_owned(),
            role: None,
            mapped: columns
                .iter()
                .map(|(_, mapped)| mapped.map(str::to_owned))
                .collect(),
        }
    }

    #[test]
    fn attributes_are_found_by_mapping_keys_and_sample() {
        let glue = glue(&[("orderid", None), ("note", Some("NOTE")), ("total", None)]);
        let described = described();
        assert!(needs_sample(&glue, &described));
        let schema = resolved(&glue, &described, ["Total", "total", "Note"]);
        assert_eq!(
            attribute_names(&schema).unwrap(),
            [vec!["OrderId"], vec!["NOTE"], vec!["total", "Total"]]
        );
        assert_eq!(any_case(&schema), [false, false, false]);
    }

    #[test]
    fn what_is_not_found_is_read_in_any_case() {
        let glue = glue(&[("orderid", None), ("total", None)]);
        let schema = resolved(&glue, &described(), []);
        assert_eq!(attribute_names(&schema).unwrap(), [["OrderId"], ["total"]]);
        assert_eq!(any_case(&schema), [false, true]);
    }

    #[test]
    fn keys_and_mapped_columns_need_no_sample() {
        let glue = glue(&[("orderid", None), ("note", Some("NOTE"))]);
        assert!(!needs_sample(&glue, &described()));
    }
}
