//! A table looked at for its owner: what its items hold, and the schema that they would get.

use arrow::datatypes::Schema;
use athena_federation::{Call, Fault};
use athena_protocol::wire::TableName;

use super::glue::{GlueCatalog, Source};
use super::{Gather, SOURCE_ROLE, Tables, gather, schema};
use crate::api::Pages;
use crate::json::DecodeError;
use crate::types::census::Census;
use crate::types::infer::{NumberType, Sample};
use crate::types::names::fold;

/// What was found.
#[derive(Debug, Clone)]
pub struct Survey {
    /// The table's name in DynamoDB, or its ARN.
    pub table: String,
    /// Its name in Glue: in lower case and without account and Region.
    pub name: String,
    /// Items that the table has, some six hours ago.
    pub item_count: u64,
    /// The counts.
    pub census: Census,
    /// The schema, as the connector infers it, with the role of the Glue table if that names one.
    pub schema: Schema,
}

#[derive(Default)]
struct Both {
    sample: Sample,
    census: Census,
}

impl Gather for Both {
    fn push_page(&mut self, page: &[u8]) -> Result<usize, DecodeError> {
        self.sample.push_page(page)?;
        self.census.push_page(page)
    }

    fn merge(&mut self, other: Self) {
        self.sample.merge(other.sample);
        self.census.merge(other.census);
    }
}

/// Looks at up to `items` items of a table: of the one that Glue's table of this name describes, in the role that it names, or else
/// of the one that is called so in DynamoDB, in any case. Columns of the Glue table need not be readable.
///
/// # Errors
/// The fault of a call.
pub async fn survey(
    tables: &Tables,
    glue: Option<&GlueCatalog>,
    name: &TableName,
    items: u32,
    number_type: NumberType,
    call: &Call,
) -> Result<Survey, Fault> {
    let folded = TableName::new(&name.schema_name, fold(&name.table_name));
    let kept = match glue {
        Some(glue) if !is_arn(&name.table_name) => glue.table(&folded, call).await?,
        _ => None,
    };
    let source = match &kept {
        Some(kept) => kept
            .source()
            .map_err(|problem| Fault::invalid_input(problem.to_string()))?,
        None => Source {
            table: name.table_name.clone(),
            role: None,
        },
    };
    let tables = tables.of_call(call, source.role.clone());
    let described = tables.describe(&source.table, call).await?;
    let pages = Pages::new(tables.client().clone(), call);
    let Both { sample, census } = gather(&pages, &described, items).await?;
    let mut schema = schema(&sample, &described, number_type);
    if let Some(role) = source.role {
        schema
            .metadata
            .insert(SOURCE_ROLE.to_owned(), role.to_string());
    }
    let table = described.table.name.clone();
    Ok(Survey {
        name: match kept {
            Some(kept) => kept.name.clone(),
            None => fold(table.rsplit('/').next().unwrap_or(&table)),
        },
        table,
        item_count: described.table.item_count,
        census,
        schema,
    })
}

fn is_arn(name: &str) -> bool {
    name.starts_with("arn:")
}
