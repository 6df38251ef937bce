//! Answers one statement: as a table, or row by row in a form for other programs.

use crate::error::Error;
use crate::output::{Format, RowWriter};
use crate::print::{Printer, figures, io_error};
use crate::progress::Progress;
use crate::sql::{Rows, Shell};
use arrow::array::RecordBatch;
use std::io::Write;

/// Shows the first `most` rows, and gives the line of figures.
///
/// # Errors
/// If the statement cannot be answered, or nothing can be written.
pub(crate) async fn show(
    shell: &Shell,
    sql: &str,
    most: usize,
    printer: &mut Printer,
) -> Result<String, Error> {
    let mut rows = shell.ask(sql).await?;
    let (mut kept, mut shown) = (Vec::new(), 0);
    let (_, talk) = printer.split();
    let progress = Progress::of(&rows.watch(), talk);
    let count = each(&mut rows, progress, |batch| {
        let batch = batch.slice(0, batch.num_rows().min(most - shown));
        shown += batch.num_rows();
        if batch.num_rows() > 0 {
            kept.push(batch);
        }
        Ok(())
    });
    let count = count.await?;
    printer.rows(&rows.schema(), &kept, count, most)?;
    Ok(line(count, &rows))
}

/// Writes all rows to standard output as they come, and gives the line of figures.
///
/// # Errors
/// If the statement cannot be answered, or nothing can be written.
pub(crate) async fn write(
    shell: &Shell,
    sql: &str,
    format: Format,
    printer: &mut Printer,
) -> Result<String, Error> {
    let mut rows = shell.ask(sql).await?;
    let (data, talk) = printer.split();
    let progress = Progress::of(&rows.watch(), talk);
    let count = pour(&mut rows, format, Box::new(data), progress).await?;
    Ok(line(count, &rows))
}

/// Writes all rows as they come, and gives how many there were.
///
/// # Errors
/// If a connector fails, or nothing can be written.
pub(crate) async fn pour(
    rows: &mut Rows,
    format: Format,
    out: Box<dyn Write + Send + '_>,
    progress: Progress<'_>,
) -> Result<usize, Error> {
    let mut writer: Box<dyn RowWriter> = format.open(&rows.schema(), out).map_err(io_error)?;
    let count = each(rows, progress, |batch| {
        Ok(writer.write(&batch).map_err(io_error)?)
    })
    .await?;
    writer.finish().map_err(io_error)?;
    Ok(count)
}

/// The line of figures of rows that were read.
pub(crate) fn line(count: usize, rows: &Rows) -> String {
    let watch = rows.watch();
    figures(count, watch.elapsed(), &watch.figures())
}

async fn each(
    rows: &mut Rows,
    mut progress: Progress<'_>,
    mut take: impl FnMut(RecordBatch) -> Result<(), Error>,
) -> Result<usize, Error> {
    let mut count = 0;
    loop {
        tokio::select! {
            batch = rows.next() => match batch? {
                Some(batch) => {
                    count += batch.num_rows();
                    take(batch)?;
                }
                None => break,
            },
            () = progress.tick() => {}
        }
    }
    progress.end()?;
    Ok(count)
}
