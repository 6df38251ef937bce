//! A schema as a Glue table, for the catalog or as a statement.

use arrow::datatypes::Schema;
use serde_json::{Value, json};

use super::schema::COLUMN_MAPPING;
use crate::catalog::SOURCE_TABLE;
use crate::types::hive;
use crate::types::names::{attribute_names, fold};

/// The `TableInput` of Glue's `CreateTable` and `UpdateTable` for an inferred schema of the DynamoDB table `source`; the connector
/// reads it back as the same schema. Columns whose type Glue has no word for are left out and returned.
pub fn table_input(source: &str, schema: &Schema) -> (Value, Vec<String>) {
    let (columns, left_out) = columns(schema);
    let columns: Vec<Value> = columns
        .iter()
        .map(|(name, type_text)| json!({"Name": name, "Type": type_text}))
        .collect();
    let mut parameters = json!({"classification": "dynamodb", SOURCE_TABLE: source});
    if let Some(mapping) = mapping(schema) {
        parameters[COLUMN_MAPPING] = mapping.into();
    }
    let input = json!({
        "Name": fold(source),
        "TableType": "EXTERNAL_TABLE",
        "Parameters": parameters,
        "StorageDescriptor": {"Columns": columns, "Parameters": {"classification": "dynamodb"}},
    });
    (input, left_out)
}

/// The same as a statement for Athena's own catalog. Athena wants a location in S3, which nothing reads.
pub fn ddl(database: &str, source: &str, schema: &Schema) -> (String, Vec<String>) {
    let (columns, left_out) = columns(schema);
    let columns: Vec<String> = columns
        .iter()
        .map(|(name, type_text)| format!("  {} {type_text}", identifier(name)))
        .collect();
    let mut properties = vec![
        ("classification".to_owned(), "dynamodb".to_owned()),
        (SOURCE_TABLE.to_owned(), source.to_owned()),
    ];
    properties.extend(mapping(schema).map(|mapping| (COLUMN_MAPPING.to_owned(), mapping)));
    let properties: Vec<String> = properties
        .iter()
        .map(|(name, value)| format!("  {} = {}", text(name), text(value)))
        .collect();
    let statement = format!(
        "CREATE EXTERNAL TABLE {}.{} (\n{}\n)\nLOCATION 's3://{PLACEHOLDER}/dynamo-db-flag/'\nTBLPROPERTIES (\n{}\n)",
        identifier(database),
        identifier(&fold(source)),
        columns.join(",\n"),
        properties.join(",\n"),
    );
    (statement, left_out)
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
        let (input, left_out) = table_input("Orders", &schema());
        assert_eq!(left_out, ["odd"]);
        let table: GlueTable = serde_json::from_value(input).unwrap();
        assert!(table.is_of_dynamodb());
        let again = table.schema().unwrap();
        assert_eq!(again.source, "Orders");
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
    fn a_statement_quotes_what_it_names() {
        let (statement, _) = ddl("my`db", "O'rders", &schema());
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
