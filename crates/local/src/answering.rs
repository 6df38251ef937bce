//! Answers one statement: as a table, or row by row in a form for other programs.

use crate::error::Error;
use crate::output::{Format, RowWriter};
use crate::print::{Printer, figures, io_error};
use crate::progress::Progress;
use crate::sql::{Rows, Shell};
use arrow::array::RecordBatch;
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

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
    let failure = Failure::default();
    let out = Box::new(Watched {
        out,
        failure: failure.clone(),
    });
    // Arrow makes texts of errors, and whether the reader has gone cannot be told from a text.
    let output = |error| failure.take().unwrap_or_else(|| io_error(error));
    let mut writer: Box<dyn RowWriter> = format.open(&rows.schema(), out).map_err(output)?;
    let count = each(rows, progress, |batch| {
        Ok(writer.write(&batch).map_err(output)?)
    });
    let count = count.await?;
    writer.finish().map_err(output)?;
    Ok(count)
}

/// What went wrong with an output.
#[derive(Default, Clone)]
struct Failure(Arc<Mutex<Option<io::Error>>>);

impl Failure {
    fn take(&self) -> Option<io::Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Keeps the error and gives one of its kind.
    fn keep(&self, error: io::Error) -> io::Error {
        let same = error.kind().into();
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(error);
        same
    }
}

/// An output whose failure is kept.
struct Watched<'a> {
    out: Box<dyn Write + Send + 'a>,
    failure: Failure,
}

impl Write for Watched<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes);
        written.map_err(|error| self.failure.keep(error))
    }

    fn flush(&mut self) -> io::Result<()> {
        let flushed = self.out.flush();
        flushed.map_err(|error| self.failure.keep(error))
    }
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
