//! Databases and tables as the catalog describes them.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer};

/// One page of databases.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct DatabasePage {
    #[serde(deserialize_with = "or_default")]
    pub(super) database_list: Vec<Database>,
    pub(super) next_token: Option<String>,
}

/// A database.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct Database {
    #[serde(deserialize_with = "or_default")]
    pub(super) name: String,
    pub(super) location_uri: Option<String>,
}

impl Database {
    /// Whether its owner marked it as one of DynamoDB's.
    pub(super) fn is_marked(&self) -> bool {
        self.location_uri
            .as_ref()
            .is_some_and(|location| location.contains("dynamo-db-flag"))
    }
}

/// One page of tables.
#[derive(Debug, Default, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub(super) struct TablePage {
    #[serde(deserialize_with = "or_default")]
    pub(super) table_list: Vec<GlueTable>,
    pub(super) next_token: Option<String>,
}

/// The answer of `GetTable`.
#[derive(Debug, serde::Deserialize)]
#[serde(rename_all = "PascalCase")]
pub(super) struct OneTable {
    pub(super) table: GlueTable,
}

/// A table; what the catalog left out is empty.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GlueTable {
    /// Name, in lower case.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Columns and place.
    #[serde(deserialize_with = "or_default")]
    pub storage_descriptor: StorageDescriptor,
    /// Columns that a table of files would be parted by.
    #[serde(deserialize_with = "or_default")]
    pub partition_keys: Vec<GlueColumn>,
    /// Table properties.
    #[serde(deserialize_with = "or_default")]
    pub parameters: BTreeMap<String, String>,
    /// The text of a view.
    pub view_original_text: Option<String>,
}

/// Columns and place of a table.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct StorageDescriptor {
    /// The columns.
    #[serde(deserialize_with = "or_default")]
    pub columns: Vec<GlueColumn>,
    /// Where the table is; for DynamoDB its ARN.
    pub location: Option<String>,
    /// Properties.
    #[serde(deserialize_with = "or_default")]
    pub parameters: BTreeMap<String, String>,
}

/// A column.
#[derive(Debug, Default, Clone, PartialEq, Eq, serde::Deserialize)]
#[serde(rename_all = "PascalCase", default)]
pub struct GlueColumn {
    /// Name, in lower case.
    #[serde(deserialize_with = "or_default")]
    pub name: String,
    /// Type, as Hive writes it.
    #[serde(rename = "Type", deserialize_with = "or_default")]
    pub type_text: String,
    /// What its owner says of it.
    pub comment: Option<String>,
}

impl GlueTable {
    /// Whether it describes a table of DynamoDB, by one of the three marks that crawlers and people leave.
    pub fn is_of_dynamodb(&self) -> bool {
        let classified = |parameters: &BTreeMap<String, String>| {
            parameters
                .get("classification")
                .is_some_and(|class| class == "dynamodb")
        };
        let place = &self.storage_descriptor;
        place
            .location
            .as_ref()
            .is_some_and(|location| location.contains("dynamodb"))
            || classified(&self.parameters)
            || classified(&place.parameters)
    }
}

fn or_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(json: &str) -> GlueTable {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn each_of_the_marks_is_enough_and_nothing_is_needed() {
        for (json, of_dynamodb) in [
            (
                r#"{"Name":"t","StorageDescriptor":{"Location":"arn:aws:dynamodb:eu-west-1:111122223333:table/T"}}"#,
                true,
            ),
            (
                r#"{"Name":"t","Parameters":{"classification":"dynamodb"}}"#,
                true,
            ),
            (
                r#"{"Name":"t","StorageDescriptor":{"Parameters":{"classification":"dynamodb"}}}"#,
                true,
            ),
            (
                r#"{"Name":"t","StorageDescriptor":{"Location":"s3://bucket/t"},"Parameters":{"classification":"parquet"}}"#,
                false,
            ),
            (r#"{"Name":"t"}"#, false),
            (
                r#"{"Name":"t","StorageDescriptor":null,"Parameters":null,"PartitionKeys":null}"#,
                false,
            ),
        ] {
            assert_eq!(table(json).is_of_dynamodb(), of_dynamodb, "{json}");
        }
    }

    #[test]
    fn a_database_is_marked_by_its_location() {
        let marked = |json: &str| serde_json::from_str::<Database>(json).unwrap().is_marked();
        assert!(marked(
            r#"{"Name":"d","LocationUri":"s3://x/dynamo-db-flag/"}"#
        ));
        assert!(!marked(r#"{"Name":"d","LocationUri":null}"#));
        assert!(!marked(r#"{"Name":"d"}"#));
    }
}
