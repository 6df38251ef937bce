//! Objects: who may, then on to the embedded S3.

use super::{Store, absent, elsewhere, permitted_with};
use crate::cloud::Next;
use crate::cloud::answer::Refusal;
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{World, arn};

pub(super) fn answer(world: &mut World, call: &Call, store: &Store) -> Result<Next, Refusal> {
    let operation = call.wire.operation.as_str();
    let query = |name: &str| call.wire.query.get(name).map(String::as_str);
    if operation.starts_with("ListObjects") {
        permitted_with(world, call, "s3:ListBucket", |ask| {
            ask.with("s3:prefix", query("prefix"))
                .with("s3:delimiter", query("delimiter"))
                .with("s3:max-keys", query("max-keys"))
        })?;
        return Ok(Next::Store);
    }
    let action = match operation {
        "GetObject" | "HeadObject" => "s3:GetObject",
        "PutObject" | "CreateMultipartUpload" | "UploadPart" | "CompleteMultipartUpload" => {
            "s3:PutObject"
        }
        "DeleteObject" => "s3:DeleteObject",
        "AbortMultipartUpload" => "s3:AbortMultipartUpload",
        "ListParts" => "s3:ListMultipartUploadParts",
        _ => {
            let what = format!("no operation of s3 for {} of an object", call.wire.method);
            return Err(Refusal::not_offered(what));
        }
    };
    let (name, key) = (&call.wire.path[0], &call.wire.path[1]);
    let bucket = world.buckets.get(name).ok_or_else(|| absent(name))?;
    if bucket.region != call.region {
        return Err(elsewhere(&bucket.region));
    }
    let denied = || Refusal::new(403, "AccessDenied", "Access Denied");
    let expected = call.wire.header("x-amz-expected-bucket-owner");
    if expected.is_some_and(|expected| expected != bucket.owner.as_str()) {
        return Err(denied());
    }
    let header = |name: &str| call.wire.header(name);
    let ask = Ask::on(
        action,
        &arn("s3", "", "", format!("{name}/{key}")),
        &bucket.owner,
    )
    .with(
        "s3:x-amz-server-side-encryption",
        header("x-amz-server-side-encryption"),
    )
    .with(
        "s3:x-amz-server-side-encryption-aws-kms-key-id",
        header("x-amz-server-side-encryption-aws-kms-key-id"),
    )
    .with("s3:x-amz-acl", header("x-amz-acl"));
    world.permit(call, &ask)?;
    if action == "s3:GetObject" && !store.has(name, key) {
        // Whether an object is there is told only to those who may list.
        let list = Ask::on("s3:ListBucket", &arn("s3", "", "", name), &bucket.owner);
        if !world.may(call, &list) {
            return Err(denied());
        }
    }
    Ok(Next::Store)
}
