//! A function's code on its way in: as a zip in the request, or from a bucket.

use std::io::Cursor;

use serde_json::Value;
use zip::ZipArchive;

use super::invalid;
use crate::cloud::answer::Refusal;
use crate::cloud::gate::{Ask, Call};
use crate::cloud::s3::Store;
use crate::cloud::world::{World, arn};

/// The largest zip that a request may carry, in bytes.
const MAX_DIRECT_BYTES: usize = 52_428_800;
/// The most that it may unpack to, in bytes.
const MAX_UNZIPPED_BYTES: u64 = 262_144_000;

/// The bytes of the zip that `given` holds or names, if the caller may read it.
pub(super) fn read(
    world: &World,
    call: &Call,
    store: &Store,
    given: &Value,
) -> Result<Vec<u8>, Refusal> {
    let text = |name: &str| given[name].as_str();
    let code = match (text("ZipFile"), text("S3Bucket"), text("S3Key")) {
        (Some(zip), None, None) => {
            let code = base64_simd::STANDARD.decode_to_vec(zip);
            let code = code.map_err(|_| invalid("Could not unzip uploaded file."))?;
            if code.len() > MAX_DIRECT_BYTES {
                let message = "Request must be smaller than 69905067 bytes for the operation";
                return Err(Refusal::new(413, "RequestEntityTooLargeException", message));
            }
            code
        }
        (None, Some(bucket), Some(key)) => from_bucket(world, call, store, bucket, key)?,
        _ => return Err(invalid("Please provide a source for function code.")),
    };
    let unzip = "Could not unzip uploaded file. Please check your file, then try to upload again.";
    let mut archive = ZipArchive::new(Cursor::new(&code)).map_err(|_| invalid(unzip))?;
    let mut unzipped = 0;
    for at in 0..archive.len() {
        unzipped += archive.by_index_raw(at).map_err(|_| invalid(unzip))?.size();
    }
    if unzipped > MAX_UNZIPPED_BYTES {
        let message = format!("Unzipped size must be smaller than {MAX_UNZIPPED_BYTES} bytes");
        return Err(invalid(message));
    }
    Ok(code)
}

fn from_bucket(
    world: &World,
    call: &Call,
    store: &Store,
    bucket: &str,
    key: &str,
) -> Result<Vec<u8>, Refusal> {
    let failed = |code: &str, message: &str| {
        invalid(format!(
            "Error occurred while GetObject. S3 Error Code: {code}. S3 Error Message: {message}"
        ))
    };
    let found = world.buckets.get(bucket);
    let found =
        found.ok_or_else(|| failed("NoSuchBucket", "The specified bucket does not exist"))?;
    if found.region != call.region {
        let message = "The bucket is in another Region than the function";
        return Err(failed("PermanentRedirect", message));
    }
    let object = arn("s3", "", "", format!("{bucket}/{key}"));
    world.permit(call, &Ask::on("s3:GetObject", &object, &found.owner))?;
    let code = store.read(bucket, key);
    code.ok_or_else(|| failed("NoSuchKey", "The specified key does not exist."))
}
