//! A schema as a Glue table, for the catalog or as a statement.

use std::collections::BTreeMap;

use arrow::datatypes::Schema;
use serde_json::{Value, json};

use super::schema::COLUMN_MAPPING;
use crate::catalog::{SOURCE_ROLE, SOURCE_TABLE};
use crate::types::hive;
use crate::types::names::attribute_names;

/// The `TableInput` of Glue's `CreateTable` and `UpdateTable` for a table `name` with an inferred schema of the DynamoDB table `source`;
/// the connector reads it back as the same schema, in the same role. Columns whose type Glue has no word for are left out and returned.
pub fn table_input(name: &str, source: &str, schema: &Schema) -> (Value, Vec<String>) {
    let (columns, left_out) = columns(schema);
    let columns: Vec<Value> = columns
        .iter()
        .map(|(name, type_text)| json!({"Name": name, "Type": type_text}))
        .collect();
    let parameters: BTreeMap<&str, String> = properties(source, schema).into_iter().collect();
    let input = json!({
        "Name": name,
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "StorageDescriptor": {"Columns": columns, "Parameters": {"classification": "dynamodb"}},
    });
    (input, left_out)
}

/// The same as a statement for Athena's own catalog. Athena wants a location in S3, which nothing reads.
pub fn ddl(database: &str, name: &str, source: &str, schema: &Schema) -> (String, Vec<String>) {
    let (columns, left_out) = columns(schema);
    let columns: Vec<String> = columns
        .iter()
        .map(|(name, type_text)| format!("  {} {type_text}", identifier(name)))
        .collect();
    let properties: Vec<String> = properties(source, schema)
        .iter()
        .map(|(name, value)| format!("  {} = {}", text(name), text(value)))
        .collect();
    let statement = format!(
        "CREATE EXTERNAL TABLE {}.{} (\n{}\n)\nLOCATION 's3://{PLACEHOLDER}/dynamo-db-flag/'\nTBLPROPERTIES (\n{}\n)",
        identifier(database),
        identifier(name),
        columns.join(",\n"),
        properties.join(",\n"),
    );
    (statement, left_out)
}

/// Table properties that tell the connector what to read, and as whom.
fn properties(source: &str, schema: &Schema) -> Vec<(&'static str, String)> {
    let mut properties = vec![
        ("classification", "dynamodb".to_owned()),
        (SOURCE_TABLE, source.to_owned()),
    ];
    let role = schema.metadata().get(SOURCE_ROLE);
    properties.extend(role.map(|role| (SOURCE_ROLE, role.clone())));
    properties.extend(mapping(schema).map(|mapping| (COLUMN_MAPPING, mapping)));
    properties
}

/// Names and types of columns, and the names of those that cannot be written.
fn columns(schema: &Schema) -> (Vec<(String, String)>, Vec<String>) {
    let (mut columns, mut left_out) = (Vec::new(), Vec::new());
    for field in schema.fields() {
        match hive::write(field.data_type()) {
            Some(type_text) => columns.push((field.name().clone(), type_text)),
            None => left_out.push(field.name().clone()),
        }
    }
    (columns, left_out)
}

/// The columns that one attribute of another spelling feeds. Names with a comma or `=` have no place in the property, and are found
/// by the connector in a sample, as are columns with several spellings.
fn mapping(schema: &Schema) -> Option<String> {
    let names = attribute_names(schema).unwrap_or_default();
    let pairs: Vec<String> = schema
        .fields()
        .iter()
        .zip(&names)
        .filter_map(|(field, names)| match names.as_slice() {
            [only]
                if only != field.name()
                    && !format!("{only}{}", field.name()).contains([',', '=']) =>
            {
                Some(format!("{}={only}", field.name()))
            }
            _ => None,
        })
        .collect();
    (!pairs.is_empty()).then(|| pairs.join(","))
}

fn identifier(name: &str) -> String {
    format!("`{}`", name.replace('`', "``"))
}

fn text(value: &str) -> String {
    format!("'{}'", value.replace('\'', "''"))
}

/// Any bucket will do.
const PLACEHOLDER: &str = "any-bucket-of-yours";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::glue::GlueTable;
    use arrow::datatypes::{DataType, Field};

    fn schema() -> Schema {
        let fields = vec![
            Field::new("id", DataType::Utf8, true),
            Field::new("total", DataType::Decimal128(38, 9), true),
            Field::new("odd", DataType::LargeUtf8, true),
        ];
        let names = r#"{"id":["Id"],"total":["total","Total"]}"#.to_owned();
        Schema::new_with_metadata(fields, [("attributeNames".to_owned(), names)].into())
    }

    #[test]
    fn a_definition_is_read_back_as_the_schema_it_was_made_of() {
        let (input, left_out) = table_input("orders", "Orders", &schema());
        assert_eq!(left_out, ["odd"]);
        let table: GlueTable = serde_json::from_value(input).unwrap();
        assert!(table.is_of_dynamodb());
        let again = table.schema().unwrap();
        assert_eq!(again.source, "Orders");
        assert_eq!(again.role, None);
        assert_eq!(again.mapped, [Some("Id".to_owned()), None]);
        let fields: Vec<_> = again
            .schema
            .fields()
            .iter()
            .map(|field| (field.name().as_str(), field.data_type()))
            .collect();
        assert_eq!(
            fields,
            [
                ("id", &DataType::Utf8),
                ("total", &DataType::Decimal128(38, 9))
            ]
        );
    }

    #[test]
    fn the_role_that_a_table_was_read_in_is_kept_with_it() {
        let role = "arn:aws:iam::111122223333:role/reader";
        let mut schema = schema();
        schema
            .metadata
            .insert("sourceRoleArn".to_owned(), role.to_owned());
        let (input, _) = table_input("bought", "Orders", &schema);
        let table: GlueTable = serde_json::from_value(input).unwrap();
        assert_eq!(table.name, "bought");
        let source = table.source().unwrap();
        assert_eq!(source.table, "Orders");
        assert_eq!(source.role.unwrap().as_str(), role);
        let (statement, _) = ddl("default", "bought", "Orders", &schema);
        assert!(statement.contains(&format!("'sourceRoleArn' = '{role}'")));
    }

    #[test]
    fn a_statement_quotes_what_it_names() {
        let (statement, _) = ddl("my`db", "o'rders", "O'rders", &schema());
        for part in [
            "`my``db`.`o'rders`",
            "  `total` decimal(38,9)",
            "'sourceTable' = 'O''rders'",
            "'columnMapping' = 'id=Id'",
        ] {
            assert!(statement.contains(part), "{statement}");
        }
    }
}
