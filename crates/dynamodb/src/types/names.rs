//! Which attributes feed a column.
//!
//! The engine knows lower-case names only, `DynamoDB` tells `Id` from `id`. An inferred schema therefore names its columns in
//! lower case and keeps, in its metadata, the attribute names of every column that is not simply named like its attribute.

use std::collections::BTreeMap;

use arrow::datatypes::Schema;

/// The metadata key: a JSON object from column names to lists of attribute names, preferred first.
pub const ATTRIBUTE_NAMES: &str = "attributeNames";

/// The metadata key that, with `true`, says that a column which [`ATTRIBUTE_NAMES`] does not list is fed by the attribute of its name
/// in any case.
pub const ANY_CASE: &str = "attributeNamesInAnyCase";

/// Why the attribute names of a schema cannot be told.
#[non_exhaustive]
#[derive(Debug, thiserror::Error)]
pub enum NamesError {
    /// The metadata is not what [`ATTRIBUTE_NAMES`] promises.
    #[error("schema metadata `attributeNames` is not an object of lists of names")]
    Malformed {
        /// What is wrong with the text.
        #[source]
        source: serde_json::Error,
    },
    /// A column is listed with no attribute at all.
    #[error("schema metadata `attributeNames` lists no attribute for column `{column}`")]
    Empty {
        /// The column.
        column: String,
    },
}

/// A column's name for an attribute or child: Unicode lower case.
pub fn fold(name: &str) -> String {
    name.to_lowercase()
}

/// The names of the attributes that feed each column of `schema`, preferred first: those of its metadata, else the column's own.
///
/// # Errors
/// If the metadata is malformed or lists a column without attributes. Columns that the schema lacks may be listed.
pub fn attribute_names(schema: &Schema) -> Result<Vec<Vec<String>>, NamesError> {
    let mut listed: BTreeMap<String, Vec<String>> = match schema.metadata().get(ATTRIBUTE_NAMES) {
        Some(text) => {
            serde_json::from_str(text).map_err(|source| NamesError::Malformed { source })?
        }
        None => BTreeMap::new(),
    };
    let mut names = Vec::with_capacity(schema.fields().len());
    for field in schema.fields() {
        match listed.remove(field.name()) {
            Some(attributes) if attributes.is_empty() => {
                return Err(NamesError::Empty {
                    column: field.name().clone(),
                });
            }
            Some(attributes) => names.push(attributes),
            None => names.push(vec![field.name().clone()]),
        }
    }
    Ok(names)
}

/// For each column of `schema`, whether attributes whose names differ from those listed in case only feed it too.
pub fn any_case(schema: &Schema) -> Vec<bool> {
    let any = schema
        .metadata()
        .get(ANY_CASE)
        .is_some_and(|any| any == "true");
    let listed: BTreeMap<String, Vec<String>> = schema
        .metadata()
        .get(ATTRIBUTE_NAMES)
        .and_then(|text| serde_json::from_str(text).ok())
        .unwrap_or_default();
    let fields = schema.fields().iter();
    fields
        .map(|field| any && !listed.contains_key(field.name()))
        .collect()
}

/// The metadata value for columns fed by `names`; `None` if every column is fed by the one attribute it is named like.
pub fn metadata_value<'a>(
    columns: impl IntoIterator<Item = (&'a str, &'a [String])>,
) -> Option<String> {
    let listed: BTreeMap<&str, &[String]> = columns
        .into_iter()
        .filter(|(column, names)| !matches!(names, [only] if only == column))
        .collect();
    if listed.is_empty() {
        return None;
    }
    Some(serde_json::to_string(&listed).expect("a map of texts to texts is always JSON"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use arrow::datatypes::{DataType, Field, Schema};

    use super::{ANY_CASE, ATTRIBUTE_NAMES, NamesError, any_case, attribute_names, metadata_value};

    fn schema(metadata: Option<&str>) -> Schema {
        let fields: Vec<Field> = ["id", "name"]
            .map(|name| Field::new(name, DataType::Utf8, true))
            .into();
        let metadata = metadata.map(|text| (ATTRIBUTE_NAMES.to_owned(), text.to_owned()));
        Schema::new_with_metadata(fields, metadata.into_iter().collect::<HashMap<_, _>>())
    }

    #[test]
    fn a_column_that_is_not_listed_is_fed_by_its_own_name() {
        assert_eq!(attribute_names(&schema(None)).unwrap(), [["id"], ["name"]]);
        let listed =
            attribute_names(&schema(Some(r#"{"name":["name","Name"],"gone":["Gone"]}"#))).unwrap();
        assert_eq!(listed, [vec!["id"], vec!["name", "Name"]]);
    }

    #[test]
    fn metadata_that_says_nothing_useful_is_an_error() {
        for text in ["", "[]", r#"{"id":"Id"}"#, r#"{"id":[1]}"#] {
            assert!(
                matches!(
                    attribute_names(&schema(Some(text))),
                    Err(NamesError::Malformed { .. })
                ),
                "{text}"
            );
        }
        let empty = attribute_names(&schema(Some(r#"{"id":[]}"#)));
        assert!(matches!(empty, Err(NamesError::Empty { column }) if column == "id"));
    }

    #[test]
    fn columns_that_are_not_listed_may_be_fed_in_any_case() {
        let listed = schema(Some(r#"{"name":["Name"]}"#));
        assert_eq!(any_case(&listed), [false, false]);
        let mut metadata = listed.metadata().clone();
        metadata.insert(ANY_CASE.to_owned(), "true".to_owned());
        assert_eq!(any_case(&listed.with_metadata(metadata)), [true, false]);
    }

    #[test]
    fn only_columns_that_need_it_are_listed() {
        let names = [vec!["id".to_owned()], vec!["Name".to_owned()]];
        let columns = || {
            ["id", "name"]
                .into_iter()
                .zip(names.iter().map(Vec::as_slice))
        };
        assert_eq!(
            metadata_value(columns()).as_deref(),
            Some(r#"{"name":["Name"]}"#)
        );
        assert_eq!(metadata_value(columns().take(1)), None);
    }
}
