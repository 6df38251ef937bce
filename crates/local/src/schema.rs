//! `schema`: what a table's items hold, and the schema that would be made of it.

use crate::args::{SchemaArgs, SchemaFormat};
use crate::error::Error;
use crate::print::Printer;
use crate::targets::aws;
use arrow::datatypes::{DataType, Field, Schema};
use athena_dynamodb::catalog::Tables;
use athena_dynamodb::catalog::glue::{GlueCatalog, ddl, table_input};
use athena_dynamodb::catalog::survey::{Survey, survey};
use athena_dynamodb::config::Config;
use athena_dynamodb::types::census::Counted;
use athena_dynamodb::types::hive;
use athena_dynamodb::types::infer::NumberType;
use athena_federation::clock::{Clock, SystemClock};
use athena_federation::{Call, Fault};
use athena_protocol::wire::TableName;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

/// Looks at the table and writes what was found.
///
/// # Errors
/// If a setting is missing or wrong, DynamoDB, Glue or STS refuses, or the output cannot be written.
pub(crate) async fn run(
    args: SchemaArgs,
    vars: BTreeMap<String, String>,
    printer: &mut Printer,
) -> Result<(), Error> {
    let config = aws(args.region.as_ref()).await;
    let region = config
        .region()
        .map(ToString::to_string)
        .ok_or(Error::NoRegion)?;
    let config = match &args.endpoint_url {
        Some(url) => config.into_builder().endpoint_url(url).build(),
        None => config,
    };
    // Role and catalog are those of the connector's options.
    let options = Config::from_vars(&|name| match name {
        "AWS_REGION" => Some(region.clone()),
        name => vars.get(name).cloned(),
    })
    .map_err(|error| Fault::invalid_input(error.to_string()))?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let tables = Tables::connect(&config, clock.clone()).with_role(options.role);
    let place = |name: &str| vars.get(name).filter(|url| !url.trim().is_empty());
    let own_place = place("AWS_ENDPOINT_URL_GLUE");
    let any_place = args.endpoint_url.as_ref().or(place("AWS_ENDPOINT_URL"));
    let endpoint = args.endpoint_url.as_ref().or(own_place).or(any_place);
    let catalog = options.glue.as_ref().and_then(|glue| glue.catalog.clone());
    let glue = GlueCatalog::new(&config, endpoint.cloned(), catalog);
    let database = args.database.as_deref().or(args.write_glue.as_deref());
    // What stands for DynamoDB is seldom a Glue too.
    let asks_glue = options.glue.is_some()
        && (database.is_some() || own_place.is_some() || any_place.is_none());
    let table = TableName::new(database.unwrap_or(DEFAULT_DATABASE), &args.table);
    let number_type = if args.auto_numbers {
        NumberType::Auto
    } else {
        NumberType::Decimal
    };
    let items = args.items.0.unwrap_or(u32::MAX);
    let call = Call::lasting(LONGEST, clock.clone());
    let found = survey(
        &tables,
        asks_glue.then_some(&glue),
        &table,
        items,
        number_type,
        &call,
    )
    .await?;
    printer.talk(&format!(
        "{}: {} items looked at, {} in the table when DynamoDB counted last",
        found.table,
        found.census.items(),
        found.item_count
    ))?;
    let left_out = match args.format {
        SchemaFormat::Table => {
            for line in report(&found) {
                printer.data(&line)?;
            }
            Vec::new()
        }
        SchemaFormat::Glue => {
            let (input, left_out) = table_input(&found.name, &found.table, &found.schema);
            printer.data(&format!("{input:#}"))?;
            left_out
        }
        SchemaFormat::Ddl => {
            let database = database.unwrap_or(DEFAULT_DATABASE);
            let (statement, left_out) = ddl(database, &found.name, &found.table, &found.schema);
            printer.data(&statement)?;
            left_out
        }
    };
    for column in left_out {
        printer.talk(&format!(
            "column `{column}` is left out: Glue has no word for its type"
        ))?;
    }
    if let Some(database) = &args.write_glue {
        let (input, _) = table_input(&found.name, &found.table, &found.schema);
        let call = Call::lasting(Duration::from_mins(1), clock);
        let name = format!("{database}.{}", found.name);
        if !glue
            .put_table(database, &input, args.replace, &call)
            .await?
        {
            return Err(Error::InGlueAlready { table: name });
        }
        printer.talk(&format!("written to Glue as `{name}`"))?;
    }
    Ok(())
}

/// Lines of a table: attribute, share of the items, kinds, type, and what was widened why.
fn report(found: &Survey) -> Vec<String> {
    let items = found.census.items();
    let mut rows =
        vec![["attribute", "values", "kinds", "column type", "notes"].map(str::to_owned)];
    for line in found.census.lines() {
        let kinds: Vec<String> = line
            .kinds
            .iter()
            .map(|(tag, count)| format!("{tag} {count}"))
            .collect();
        let data_type = if line.level == 0 {
            column_type(&found.schema, &line.path)
        } else {
            String::new()
        };
        let share = if line.level == 0 && items > 0 {
            format!("{} ({}%)", line.values, line.values * 100 / items)
        } else {
            line.values.to_string()
        };
        rows.push([
            line.path.clone(),
            share,
            kinds.join(", "),
            data_type,
            notes(&line),
        ]);
    }
    let widths: Vec<usize> = (0..4)
        .map(|column| {
            rows.iter()
                .map(|row| row[column].chars().count())
                .max()
                .unwrap_or(0)
                .min(MAX_WIDTH)
        })
        .collect();
    rows.iter()
        .map(|row| {
            let cells = row.iter().zip(widths.iter().chain([&0]));
            let line: Vec<String> = cells
                .map(|(cell, width)| format!("{cell:<width$}"))
                .collect();
            line.join("  ").trim_end().to_owned()
        })
        .collect()
}

fn column_type(schema: &Schema, name: &str) -> String {
    match schema.field_with_name(name).map(Field::data_type) {
        Ok(DataType::Struct(_)) => "struct".to_owned(),
        Ok(data_type) => hive::write(data_type).unwrap_or_else(|| data_type.to_string()),
        Err(_) => "none: only NULL was seen".to_owned(),
    }
}

fn notes(line: &Counted) -> String {
    let mut notes = Vec::new();
    if let Some(classes) = line.disagree() {
        let classes: Vec<&str> = classes.iter().map(|tag| tag.as_str()).collect();
        notes.push(format!(
            "text, because {} do not agree",
            classes.join(" and ")
        ));
    }
    if line.spellings.len() > 1 {
        let names: Vec<String> = line
            .spellings
            .iter()
            .map(|(name, count)| format!("`{name}` {count}"))
            .collect();
        notes.push(format!("spelled {}", names.join(", ")));
    }
    notes.join("; ")
}

/// The database of DynamoDB's own tables.
const DEFAULT_DATABASE: &str = "default";
/// Even all items of a large table take no longer.
const LONGEST: Duration = Duration::from_hours(12);
/// Wider cells are not aligned.
const MAX_WIDTH: usize = 48;

#[cfg(test)]
mod tests {
    use super::*;
    use athena_dynamodb::types::census::Census;
    use athena_dynamodb::types::infer::{KeyType, Sample};

    #[test]
    fn the_report_tells_types_and_why_they_were_widened() {
        let page = br#"{"Items":[{"Id":{"S":"a"},"n":{"N":"1"},"m":{"M":{"x":{"S":"y"}}}},{"id":{"S":"b"},"n":{"S":"x"}}]}"#;
        let (mut sample, mut census) = (Sample::new(), Census::default());
        sample.push_page(page).unwrap();
        census.push_page(page).unwrap();
        let key = ("Id".to_owned(), KeyType::S);
        let found = Survey {
            table: "T".to_owned(),
            name: "t".to_owned(),
            item_count: 2,
            census,
            schema: sample.schema(&[key], NumberType::Decimal).schema,
        };
        let lines = report(&found);
        assert_eq!(
            lines,
            [
                "attribute  values    kinds     column type  notes",
                "id         2 (100%)  S 2       string       spelled `Id` 1, `id` 1",
                "m          1 (50%)   M 1       struct",
                "m.x        1         S 1",
                "n          2 (100%)  S 1, N 1  string       text, because S and N do not agree",
            ]
        );
    }
}
