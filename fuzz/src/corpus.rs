//! Inputs that a fuzzer found to reach code that the seeds do not: one text file a target, one base64 line an input.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use anyhow::Context as _;
use base64_simd::STANDARD;

/// The inputs kept for the target `name`, in their order in the file; none if there is no file.
///
/// # Errors
/// If the file cannot be read or a line is not base64.
pub fn load(name: &str) -> anyhow::Result<Vec<Vec<u8>>> {
    let path = path(name);
    let text = match std::fs::read_to_string(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => {
            return Err(error).with_context(|| format!("cannot read {}", path.display()));
        }
    };
    text.lines()
        .enumerate()
        .map(|(at, line)| {
            STANDARD
                .decode_to_vec(line)
                .ok()
                .with_context(|| format!("{}:{}: not base64", path.display(), at + 1))
        })
        .collect()
}

/// Keeps `inputs` for the target `name`, shortest first, as many as [`MAX_BYTES`] have room for. Returns how many.
///
/// # Errors
/// If the file cannot be written.
pub fn store(name: &str, mut inputs: Vec<Vec<u8>>) -> anyhow::Result<usize> {
    inputs.retain(|input| !input.is_empty());
    inputs.sort_by(|a, b| (a.len(), a).cmp(&(b.len(), b)));
    inputs.dedup();
    let mut room = MAX_BYTES;
    inputs.retain(|input| {
        let fits = input.len() <= room;
        room -= input.len().min(room);
        fits
    });
    let text: String = inputs
        .iter()
        .map(|input| STANDARD.encode_to_string(input) + "\n")
        .collect();
    let path = path(name);
    let folder = path.parent().context("a corpus lies in a folder")?;
    std::fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
    std::fs::write(&path, text).with_context(|| format!("cannot write {}", path.display()))?;
    Ok(inputs.len())
}

fn path(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("corpus")
        .join(name)
        .with_extension("txt")
}

/// Bytes of inputs that are kept for a target: short ones reach most code, and all of them are replayed by each run of the tests.
pub const MAX_BYTES: usize = 96 * 1024;
