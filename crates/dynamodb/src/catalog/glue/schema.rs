//! A Glue table as a schema.

use std::collections::{BTreeMap, HashMap};

use arrow::datatypes::{Field, Schema};

use super::table::{GlueColumn, GlueTable};
use crate::catalog::{SOURCE_ROLE, SOURCE_TABLE};
use crate::role::{RoleArn, RoleArnError};
use crate::types::datetime::{FORMATS, NORMALIZED_FORMATS, TableTimes, TimesError, formats};
use crate::types::hints::MEMBER_NAMES;
use crate::types::hive::{self, HiveTypeError};
use crate::types::item_columns::ITEM_COLUMNS;
use crate::types::names::{ANY_CASE, ATTRIBUTE_NAMES, fold};

/// The table property that names attributes: `column=attribute,other=attribute`. A path such as `address.zip=PostCode` names a member
/// of a struct, through lists and maps too.
pub const COLUMN_MAPPING: &str = "columnMapping";

/// What a Glue table says.
#[derive(Debug, Clone, PartialEq)]
pub struct GlueSchema {
    /// Its columns, partition keys behind the others, with the table's properties as metadata.
    pub schema: Schema,
    /// Name or ARN of the table of DynamoDB.
    pub source: String,
    /// The role that the table is read with, if it names one.
    pub role: Option<RoleArn>,
    /// For each column the attribute that its owner named, if any.
    pub mapped: Vec<Option<String>>,
}

/// What a Glue table describes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// Name or ARN of the table of DynamoDB.
    pub table: String,
    /// The role that it is read in, if the Glue table names one.
    pub role: Option<RoleArn>,
}

/// Why a Glue table cannot be used.
#[non_exhaustive]
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum GlueSchemaError {
    /// A column's type cannot be read.
    #[error("column `{column}` of Glue table `{table}` has type `{type_text}`: {problem}")]
    Type {
        /// The table.
        table: String,
        /// The column.
        column: String,
        /// Its type, shortened.
        type_text: String,
        /// What is wrong with it.
        problem: HiveTypeError,
    },
    /// The mapping is not a list of pairs.
    #[error(
        "the property `columnMapping` of Glue table `{table}` is not a list of `column=attribute`: see its part `{part}`"
    )]
    Mapping {
        /// The table.
        table: String,
        /// The part.
        part: String,
    },
    /// Two columns have one name.
    #[error("Glue table `{table}` has two columns `{column}`")]
    Duplicate {
        /// The table.
        table: String,
        /// Their name.
        column: String,
    },
    /// The role cannot be one.
    #[error("the property `sourceRoleArn` of Glue table `{table}` is {problem}")]
    Role {
        /// The table.
        table: String,
        /// What is wrong.
        problem: RoleArnError,
    },
    /// Formats, zone or unit of dates cannot be used.
    #[error("Glue table `{table}`: {problem}")]
    Times {
        /// The table.
        table: String,
        /// What is wrong.
        problem: TimesError,
    },
}

impl GlueTable {
    /// The schema that the table describes. Columns that the mapping renames have the attribute's name in lower case, as the Java
    /// connector shows them.
    ///
    /// # Errors
    /// [`GlueSchemaError`] for the first thing that cannot be used.
    pub fn schema(&self) -> Result<GlueSchema, GlueSchemaError> {
        let table = || self.name.clone();
        let mapping = self.mapping()?;
        let (mut fields, mut mapped) = (Vec::new(), Vec::new());
        let mut shown: BTreeMap<String, String> = BTreeMap::new();
        let mut metadata: HashMap<String, String> = HashMap::new();
        for column in self
            .storage_descriptor
            .columns
            .iter()
            .chain(&self.partition_keys)
        {
            let attribute = mapping.get(fold(&column.name).as_str());
            let name = fold(attribute.unwrap_or(&column.name.as_str()));
            let data_type =
                hive::parse(&name, &column.type_text).map_err(|problem| GlueSchemaError::Type {
                    table: table(),
                    column: column.name.clone(),
                    type_text: column.type_text.chars().take(MAX_TYPE_SHOWN).collect(),
                    problem,
                })?;
            if shown.insert(fold(&column.name), name.clone()).is_some()
                || fields.iter().any(|field: &Field| *field.name() == name)
            {
                return Err(GlueSchemaError::Duplicate {
                    table: table(),
                    column: name,
                });
            }
            if let Some(comment) = comment(column) {
                metadata.insert(name.clone(), comment.to_owned());
            }
            mapped.push(attribute.map(|attribute| (*attribute).to_owned()));
            fields.push(Field::new(name, data_type, true));
        }
        // A property wins over a comment: it is read, and the comment only shown. What this connector writes itself is no property.
        let properties = self.parameters.iter();
        let properties = properties.filter(|(name, _)| !RESERVED.contains(&name.as_str()));
        metadata.extend(properties.map(|(name, value)| (name.clone(), value.clone())));
        let members: BTreeMap<String, &str> = mapping
            .iter()
            .filter_map(|(path, member)| {
                let (column, rest) = path.split_once('.')?;
                let column = shown.get(column)?;
                Some((format!("{column}.{rest}"), *member))
            })
            .collect();
        if !members.is_empty() {
            let text = serde_json::to_string(&members).expect("a map of texts is always JSON");
            metadata.insert(MEMBER_NAMES.to_owned(), text);
        }
        let times = |problem| GlueSchemaError::Times {
            table: table(),
            problem,
        };
        if let Some(text) = self.parameters.get(FORMATS) {
            let pairs = formats(text)
                .map_err(times)?
                .into_iter()
                .map(|(column, format)| {
                    let column = shown.get(&fold(column)).map_or(column, String::as_str);
                    format!("{column}={format}")
                });
            metadata.insert(
                NORMALIZED_FORMATS.to_owned(),
                pairs.collect::<Vec<_>>().join(","),
            );
        }
        TableTimes::of(&metadata).map_err(times)?;
        if let Some(text) = &self.view_original_text {
            metadata.insert(VIEW.to_owned(), text.clone());
        }
        let source = self.source()?;
        match &source.role {
            Some(role) => metadata.insert(SOURCE_ROLE.to_owned(), role.to_string()),
            None => metadata.remove(SOURCE_ROLE),
        };
        metadata.insert(SOURCE_TABLE.to_owned(), source.table.clone());
        Ok(GlueSchema {
            schema: Schema::new_with_metadata(fields, metadata),
            source: source.table,
            role: source.role,
            mapped,
        })
    }

    /// The table of DynamoDB that is described, and the role that it is read in. Its columns may be of any type.
    ///
    /// # Errors
    /// [`GlueSchemaError::Role`] if the role cannot be one.
    pub fn source(&self) -> Result<Source, GlueSchemaError> {
        let role = self.role().transpose();
        let role = role.map_err(|problem| GlueSchemaError::Role {
            table: self.name.clone(),
            problem,
        })?;
        Ok(Source {
            table: self.source_table().to_owned(),
            role,
        })
    }

    /// The role that the table is to be read with, if its property names one; a blank one counts as none.
    pub(crate) fn role(&self) -> Option<Result<RoleArn, RoleArnError>> {
        let property = self.parameters.get(SOURCE_ROLE).map(|role| role.trim());
        property.filter(|role| !role.is_empty()).map(RoleArn::new)
    }

    /// The property `sourceTable`, else the table that the location names, else the table's own name.
    fn source_table(&self) -> &str {
        let property = self.parameters.get(SOURCE_TABLE).map(|name| name.trim());
        let location = || {
            self.storage_descriptor
                .location
                .as_deref()
                .and_then(table_of_arn)
        };
        property
            .filter(|name| !name.is_empty())
            .or_else(location)
            .unwrap_or(&self.name)
    }

    fn mapping(&self) -> Result<HashMap<String, &str>, GlueSchemaError> {
        let text = self
            .parameters
            .get(COLUMN_MAPPING)
            .map_or("", String::as_str);
        text.split(',')
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .map(|part| match part.split_once('=') {
                Some((column, attribute))
                    if !column.trim().is_empty() && !attribute.trim().is_empty() =>
                {
                    Ok((fold(column.trim()), attribute.trim()))
                }
                _ => Err(GlueSchemaError::Mapping {
                    table: self.name.clone(),
                    part: part.to_owned(),
                }),
            })
            .collect()
    }
}

fn comment(column: &GlueColumn) -> Option<&str> {
    column
        .comment
        .as_deref()
        .filter(|comment| !comment.trim().is_empty())
}

/// The name in `arn:partition:dynamodb:region:account:table/name`, in any partition.
fn table_of_arn(location: &str) -> Option<&str> {
    let mut parts = location.splitn(6, ':');
    let is_arn = parts.next() == Some("arn")
        && parts
            .next()
            .is_some_and(|partition| partition.starts_with("aws"));
    let of_dynamodb = parts.next() == Some("dynamodb");
    let name = parts.nth(2)?.strip_prefix("table/")?;
    let name = name.split('/').next().unwrap_or(name);
    (is_arn && of_dynamodb && !name.is_empty()).then_some(name)
}

/// Metadata keys that tables cannot set.
const RESERVED: [&str; 4] = [ATTRIBUTE_NAMES, ANY_CASE, ITEM_COLUMNS, MEMBER_NAMES];

/// The metadata key of a view's text, as Java has it.
const VIEW: &str = "_view_template";

/// Enough of a type to find it.
const MAX_TYPE_SHOWN: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;
    use arrow::datatypes::DataType;

    fn table(json: serde_json::Value) -> GlueTable {
        serde_json::from_value(json).unwrap()
    }

    fn with(columns: &[(&str, &str)], parameters: &serde_json::Value) -> GlueTable {
        let columns: Vec<_> = columns
            .iter()
            .map(|(name, type_text)| serde_json::json!({"Name": name, "Type": type_text}))
            .collect();
        table(serde_json::json!({
            "Name": "orders", "StorageDescriptor": {"Columns": columns}, "Parameters": parameters,
        }))
    }

    #[test]
    fn columns_properties_and_comments_become_a_schema() {
        let glue = table(serde_json::json!({
            "Name": "orders",
            "StorageDescriptor": {
                "Columns": [
                    {"Name": "id", "Type": "string", "Comment": "the key"},
                    {"Name": "total", "Type": "decimal(10,2)", "Comment": " "},
                    {"Name": "classification", "Type": "int", "Comment": "loses against the property"},
                ],
                "Location": "arn:aws-eusc:dynamodb:eusc-de-east-1:111122223333:table/Orders",
            },
            "PartitionKeys": [{"Name": "day", "Type": "date"}],
            "Parameters": {"classification": "dynamodb", "datetimeFormatMapping": "Day=dd.MM.yyyy", "columnMapping": "id=OrderId"},
            "ViewOriginalText": "select 1",
        }));
        let got = glue.schema().unwrap();
        let fields: Vec<_> = got
            .schema
            .fields()
            .iter()
            .map(|field| (field.name().as_str(), field.data_type().clone()))
            .collect();
        assert_eq!(
            fields,
            [
                ("orderid", DataType::Utf8),
                ("total", DataType::Decimal128(10, 2)),
                ("classification", DataType::Int32),
                ("day", DataType::Date32),
            ]
        );
        assert_eq!(got.mapped, [Some("OrderId".to_owned()), None, None, None]);
        assert_eq!(got.source, "Orders");
        let metadata = got.schema.metadata();
        for (key, value) in [
            ("orderid", "the key"),
            ("classification", "dynamodb"),
            (NORMALIZED_FORMATS, "day=dd.MM.yyyy"),
            (SOURCE_TABLE, "Orders"),
            (VIEW, "select 1"),
        ] {
            assert_eq!(metadata.get(key).map(String::as_str), Some(value), "{key}");
        }
        assert!(!metadata.contains_key("total"));
    }

    #[test]
    fn members_of_structs_are_named_by_their_path_and_nothing_of_ours_is_a_property() {
        let columns = [
            ("ship", "struct<zip:string>"),
            ("lines", "array<struct<sku:string>>"),
        ];
        let properties = serde_json::json!({
            "columnMapping": "ship=Ship,Ship.ZIP=PostCode,lines.sku=SKU,gone.x=Y",
            "attributeNames": "{}", "itemColumns": "{}", "other": "kept",
        });
        let got = with(&columns, &properties).schema().unwrap();
        let metadata = got.schema.metadata();
        assert_eq!(
            metadata[MEMBER_NAMES],
            r#"{"lines.sku":"SKU","ship.zip":"PostCode"}"#
        );
        assert_eq!(metadata["other"], "kept");
        assert!(!metadata.contains_key(ATTRIBUTE_NAMES) && !metadata.contains_key(ITEM_COLUMNS));
        assert_eq!(got.mapped, [Some("Ship".to_owned()), None]);
    }

    #[test]
    fn the_source_is_named_by_property_location_or_the_table_itself() {
        for (location, property, source) in [
            (None, None, "orders"),
            (
                Some("arn:aws:dynamodb:eu-west-1:111122223333:table/A.b-C"),
                None,
                "A.b-C",
            ),
            (
                Some("arn:aws-cn:dynamodb:cn-north-1:111122223333:table/A/index/i"),
                None,
                "A",
            ),
            (Some("arn:aws:s3:::bucket"), None, "orders"),
            (Some("dynamodb"), None, "orders"),
            (
                Some("arn:aws:dynamodb:eu-west-1:111122223333:table/"),
                None,
                "orders",
            ),
            (
                Some("arn:aws:dynamodb:eu-west-1:111122223333:table/A"),
                Some(" B "),
                "B",
            ),
            (None, Some(""), "orders"),
            (
                None,
                Some("arn:aws:dynamodb:eu-west-1:111122223333:table/A"),
                "arn:aws:dynamodb:eu-west-1:111122223333:table/A",
            ),
        ] {
            let glue = table(serde_json::json!({
                "Name": "orders",
                "StorageDescriptor": {"Location": location},
                "Parameters": property.map(|name| serde_json::json!({"sourceTable": name})),
            }));
            assert_eq!(
                glue.schema().unwrap().source,
                source,
                "{location:?} {property:?}"
            );
        }
    }

    #[test]
    fn a_role_of_the_tables_own_is_kept_and_a_blank_one_is_none() {
        let arn = "arn:aws:iam::111122223333:role/reader";
        for (property, role) in [(format!(" {arn} "), Some(arn)), (" ".to_owned(), None)] {
            let glue = with(&[], &serde_json::json!({"sourceRoleArn": property}));
            let got = glue.schema().unwrap();
            assert_eq!(got.role.as_ref().map(RoleArn::as_str), role);
            let metadata = got.schema.metadata().get(SOURCE_ROLE);
            assert_eq!(metadata.map(String::as_str), role);
        }
    }

    #[test]
    fn what_cannot_be_used_is_named_with_table_and_column() {
        for (glue, words) in [
            (
                with(&[("a", "uniontype<int>")], &serde_json::json!({})),
                vec!["`a`", "`orders`", "uniontype"],
            ),
            (
                with(&[("a", "int"), ("A", "int")], &serde_json::json!({})),
                vec!["two columns `a`"],
            ),
            (
                with(
                    &[("a", "int"), ("b", "int")],
                    &serde_json::json!({"columnMapping": "a=B"}),
                ),
                vec!["two columns `b`"],
            ),
            (
                with(&[("a", "int")], &serde_json::json!({"columnMapping": "a"})),
                vec!["columnMapping", "`a`"],
            ),
            (
                with(&[("a", "int")], &serde_json::json!({"columnMapping": "a="})),
                vec!["columnMapping"],
            ),
            (
                with(&[], &serde_json::json!({"sourceRoleArn": "reader"})),
                vec!["sourceRoleArn", "`orders`", "six parts"],
            ),
            (
                with(
                    &[("a", "date")],
                    &serde_json::json!({"datetimeFormatMapping": "a=qq"}),
                ),
                vec!["`orders`", "`q`"],
            ),
            (
                with(
                    &[("a", "date")],
                    &serde_json::json!({"defaultTimeZone": "Nowhere"}),
                ),
                vec!["defaultTimeZone", "Nowhere"],
            ),
        ] {
            let error = glue.schema().unwrap_err().to_string();
            for word in words {
                assert!(error.contains(word), "{error}");
            }
        }
    }
}
