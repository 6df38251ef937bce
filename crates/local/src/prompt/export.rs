//! All rows of a statement into a file, which is there once it is whole.

use crate::answering::{line, pour};
use crate::error::Error;
use crate::output::Format;
use crate::print::Printer;
use crate::progress::Progress;
use crate::sql::Shell;
use std::fs::Permissions;
use std::io::{self, BufWriter};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Writes the rows; a file of that name is replaced. One that cannot be written to its end leaves the former as it is.
///
/// # Errors
/// If the statement cannot be answered, or the file cannot be written.
pub(super) async fn export(
    shell: &Shell,
    sql: &str,
    path: &Path,
    format: Format,
    printer: &mut Printer,
) -> Result<(), Error> {
    let failed = |source: io::Error| Error::Export {
        path: path.display().to_string(),
        source,
    };
    let folder = path
        .parent()
        .filter(|folder| !folder.as_os_str().is_empty());
    let part = tempfile::Builder::new()
        .prefix(".athena-local-")
        // Less what the user's mask takes away, as for any file.
        .permissions(Permissions::from_mode(0o666))
        .tempfile_in(folder.unwrap_or(Path::new(".")))
        .map_err(failed)?;
    let mut rows = shell.ask(sql).await?;
    let (_, talk) = printer.split();
    let progress = Progress::of(&rows.watch(), talk);
    let out = Box::new(BufWriter::new(part.as_file()));
    let count = pour(&mut rows, format, out, progress).await;
    let count = count.map_err(|error| match error {
        Error::Output { source } => failed(source),
        other => other,
    })?;
    part.persist(path).map_err(|error| failed(error.error))?;
    printer.talk(&format!("wrote {}: {}", path.display(), line(count, &rows)))?;
    Ok(())
}
