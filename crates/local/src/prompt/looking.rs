//! The commands that look at catalogs and plans.

use crate::error::Error;
use crate::print::{Printer, counted};
use crate::sql::{Shell, SplitScan};
use arrow::array::{ArrayRef, RecordBatch, StringArray};
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use athena_dynamodb::types::hive;
use datafusion::physical_plan::ExecutionPlan;
use std::io;
use std::sync::Arc;

/// All tables of all catalogs.
///
/// # Errors
/// If a connector fails, or nothing can be written.
pub(super) async fn tables(shell: &Shell, printer: &mut Printer) -> Result<(), Error> {
    let mut rows = Vec::new();
    for catalog in shell.catalogs() {
        let opened = catalog.opened().await?;
        for (schema, tables) in opened.names.schemas() {
            let row = |table: &str| {
                vec![
                    catalog.name().to_owned(),
                    schema.to_owned(),
                    table.to_owned(),
                ]
            };
            match tables {
                None => rows.push(row("(cannot be listed)")),
                Some(tables) => rows.extend(tables.iter().map(|table| row(table))),
            }
        }
    }
    show(["catalog", "schema", "table"], &rows, printer)
}

/// The columns of a table.
///
/// # Errors
/// If there is no such table, its connector fails, or nothing can be written.
pub(super) async fn describe(
    shell: &Shell,
    table: &str,
    printer: &mut Printer,
) -> Result<(), Error> {
    let (name, schema) = shell.describe(table).await?;
    printer.talk(&name)?;
    let rows: Vec<Vec<String>> = schema
        .fields()
        .iter()
        .map(|field| vec![field.name().clone(), type_name(field.data_type())])
        .collect();
    show(["column", "type"], &rows, printer)
}

/// As Athena writes it; as Arrow does what Athena has no word for.
fn type_name(data_type: &DataType) -> String {
    hive::write(data_type).unwrap_or_else(|| data_type.to_string())
}

/// What the connectors say that they can be left to do.
///
/// # Errors
/// If a connector fails, or nothing can be written.
pub(super) async fn capabilities(shell: &Shell, printer: &mut Printer) -> Result<(), Error> {
    for catalog in shell.catalogs() {
        let opened = catalog.opened().await?;
        printer.talk(&format!(
            "── {}: source `{}`, speaks version {}, asked in {}",
            catalog.name(),
            opened.ping.source_type,
            opened.ping.ser_de_version,
            opened.connector.version()
        ))?;
        let told = match opened.connector.query().capabilities().await {
            Ok(told) => told,
            // What came before version 4 has no such call.
            Err(error) => {
                printer.talk(&format!("it does not tell: {error}"))?;
                continue;
            }
        };
        let mut rows = Vec::new();
        for (capability, sub_types) in &told.capabilities {
            rows.extend(sub_types.iter().map(|sub_type| {
                vec![
                    capability.clone(),
                    sub_type.sub_type.clone(),
                    sub_type.properties.join(", "),
                ]
            }));
        }
        show(["capability", "kind", "properties"], &rows, printer)?;
    }
    Ok(())
}

/// What each table of a statement would be read in. Keys that blocks are sealed with are not shown.
///
/// # Errors
/// If the statement cannot be planned, or nothing can be written.
pub(super) async fn splits(shell: &Shell, sql: &str, printer: &mut Printer) -> Result<(), Error> {
    let plan = shell.plan(sql).await?;
    let mut scans = Vec::new();
    collect(plan.as_ref(), &mut scans);
    if scans.is_empty() {
        printer.talk("no table is read")?;
    }
    for scan in scans {
        let splits = scan.plan().splits();
        let count = counted(splits.len() as u64, "split");
        printer.talk(&format!("── {}: {count}", scan.table()))?;
        let mut rows = Vec::new();
        for (number, split) in splits.iter().enumerate() {
            let number = (number + 1).to_string();
            let sealed = if split.encryption_key.is_some() {
                "yes"
            } else {
                "no"
            };
            rows.push(vec![
                number.clone(),
                "(sealed)".to_owned(),
                sealed.to_owned(),
            ]);
            rows.extend(
                split
                    .properties
                    .iter()
                    .map(|(name, value)| vec![number.clone(), name.clone(), value.clone()]),
            );
        }
        show(["split", "property", "value"], &rows, printer)?;
    }
    Ok(())
}

fn collect<'a>(plan: &'a dyn ExecutionPlan, scans: &mut Vec<&'a SplitScan>) {
    scans.extend(plan.downcast_ref::<SplitScan>());
    for child in plan.children() {
        collect(child.as_ref(), scans);
    }
}

/// Rows of texts as a table.
fn show<const N: usize>(
    names: [&str; N],
    rows: &[Vec<String>],
    printer: &mut Printer,
) -> Result<(), Error> {
    let columns = names.iter().enumerate().map(|(at, name)| {
        let texts = rows.iter().map(|row| row[at].as_str());
        let column: ArrayRef = Arc::new(StringArray::from_iter_values(texts));
        (*name, column)
    });
    let batch = RecordBatch::try_from_iter(columns);
    let batch = batch.map_err(|error: ArrowError| io::Error::other(error))?;
    Ok(printer.rows(&batch.schema(), &[batch], rows.len(), usize::MAX)?)
}
