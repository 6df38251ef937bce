//! The zip itself: one entry, and nothing in it that depends on when or where it was written.

use std::io::{Cursor, Write as _};

use zip::result::ZipResult;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// Packs a binary as the executable `bootstrap` that a custom runtime starts.
///
/// # Errors
/// Where the binary does not fit a zip.
pub fn of_bootstrap(binary: &[u8]) -> ZipResult<Vec<u8>> {
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .compression_level(Some(9))
        // The first moment that a zip can name.
        .last_modified_time(DateTime::default())
        .unix_permissions(0o755);
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("bootstrap", options)?;
    zip.write_all(binary)?;
    Ok(zip.finish()?.into_inner())
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use zip::ZipArchive;

    use super::*;

    fn sample() -> Vec<u8> {
        (0..100_000_u32)
            .flat_map(|n| n.wrapping_mul(n).to_le_bytes())
            .collect()
    }

    #[test]
    fn the_package_holds_one_executable_with_the_bytes_of_the_binary() {
        let package = of_bootstrap(&sample()).unwrap();
        let mut archive = ZipArchive::new(Cursor::new(package)).unwrap();
        assert_eq!(archive.file_names().collect::<Vec<_>>(), ["bootstrap"]);
        let mut entry = archive.by_name("bootstrap").unwrap();
        assert_eq!(entry.unix_mode(), Some(0o100_755));
        assert_eq!(entry.compression(), CompressionMethod::Deflated);
        assert!(entry.compressed_size() < entry.size());
        let time = entry.last_modified().unwrap();
        assert_eq!(
            (time.year(), time.month(), time.day(), time.hour()),
            (1980, 1, 1, 0)
        );
        let mut bytes = Vec::new();
        entry.read_to_end(&mut bytes).unwrap();
        assert_eq!(bytes, sample());
    }

    #[test]
    fn two_packages_of_one_binary_are_the_same_bytes() {
        assert_eq!(
            of_bootstrap(&sample()).unwrap(),
            of_bootstrap(&sample()).unwrap()
        );
        assert_ne!(
            of_bootstrap(&sample()).unwrap(),
            of_bootstrap(&sample()[1..]).unwrap()
        );
    }
}
