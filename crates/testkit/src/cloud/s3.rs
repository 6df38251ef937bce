//! S3: buckets with their settings and policies; objects are kept by the embedded S3, once the caller may.

mod buckets;
mod settings;
mod bucket_policy;
mod objects;
mod store;

use std::collections::BTreeMap;

use hyper::Method;
use iam_policy_kit::AccountId;

use super::Next;
use super::answer::{Refusal, Reply};
use super::gate::{Ask, Call};
use super::wire::Wire;
use super::world::{World, arn};

pub(super) use settings::Setting;
pub(super) use store::Store;

/// A bucket without its objects.
#[derive(Clone, Debug)]
pub(super) struct Bucket {
    pub(super) owner: AccountId,
    pub(super) region: String,
    pub(super) policy: Option<String>,
    /// Documents as they were put, by their subresource.
    pub(super) settings: BTreeMap<&'static str, Setting>,
}

/// The operation that method and query ask for; empty for none that is offered.
pub(super) fn operation(wire: &Wire) -> &'static str {
    let has = |name: &str| wire.query.contains_key(name);
    match (wire.path.len(), wire.method.as_str()) {
        (0, "GET") => "ListBuckets",
        (1, method) => {
            if let Some(operation) = settings::operation(wire) {
                return operation;
            }
            match method {
                "PUT" if has("policy") => "PutBucketPolicy",
                "GET" if has("policy") => "GetBucketPolicy",
                "GET" if has("policyStatus") => "GetBucketPolicyStatus",
                "DELETE" if has("policy") => "DeleteBucketPolicy",
                "GET" if has("location") => "GetBucketLocation",
                "GET" if has("versions") => "ListObjectVersions",
                _ if has_subresource(wire, &["prefix", "delimiter"]) => "",
                "PUT" => "CreateBucket",
                "HEAD" => "HeadBucket",
                "DELETE" => "DeleteBucket",
                "GET" if has("list-type") => "ListObjectsV2",
                "GET" => "ListObjects",
                _ => "",
            }
        }
        (2, method) => match method {
            _ if wire.headers.contains_key("x-amz-copy-source") => "",
            "PUT" if has("uploadId") => "UploadPart",
            "GET" if has("uploadId") => "ListParts",
            "DELETE" if has("uploadId") => "AbortMultipartUpload",
            "POST" if has("uploadId") => "CompleteMultipartUpload",
            "POST" if has("uploads") => "CreateMultipartUpload",
            _ if has_subresource(wire, &[]) => "",
            "PUT" => "PutObject",
            "GET" => "GetObject",
            "HEAD" => "HeadObject",
            "DELETE" => "DeleteObject",
            _ => "",
        },
        _ => "",
    }
}

/// Whether the query names a subresource that is not known here, a name without a value.
fn has_subresource(wire: &Wire, known: &[&str]) -> bool {
    let mut names = wire.query.iter();
    names.any(|(name, value)| value.is_empty() && !known.contains(&name.as_str()))
}

pub(super) fn answer(world: &mut World, call: &Call, store: &Store) -> Result<Next, Refusal> {
    let operation = call.wire.operation.as_str();
    if call.wire.path.len() == 2 || operation.starts_with("ListObjects") {
        return objects::answer(world, call, store);
    }
    let reply = match operation {
        "" => {
            let Wire { method, query, .. } = &call.wire;
            let names: Vec<&String> = query.keys().collect();
            let what = format!("no operation of s3 for {method} with {names:?}");
            Err(Refusal::not_offered(what))
        }
        "ListBuckets" => buckets::list(world, call),
        "CreateBucket" => buckets::create(world, call, store),
        "HeadBucket" => buckets::head(world, call),
        "GetBucketLocation" => buckets::location(world, call),
        "DeleteBucket" => buckets::delete(world, call, store),
        "ListObjectVersions" => buckets::versions(world, call, store),
        "PutBucketPolicy" => bucket_policy::put(world, call),
        "GetBucketPolicy" => bucket_policy::get(world, call),
        "GetBucketPolicyStatus" => bucket_policy::status(world, call),
        "DeleteBucketPolicy" => bucket_policy::delete(world, call),
        _ => settings::answer(world, call),
    };
    // A HEAD has no body, and so no code.
    let bare = |refusal: Refusal| {
        let headers = refusal.headers;
        Reply::Plain(refusal.status, headers, Vec::new())
    };
    if call.wire.method == Method::HEAD {
        return match reply {
            Err(refusal) if !refusal.is_denial() => Ok(Next::Done(bare(refusal))),
            other => other.map(Next::Done),
        };
    }
    reply.map(Next::Done)
}

/// The bucket that the call names, if the caller may do `action` with it.
fn permitted<'a>(
    world: &'a mut World,
    call: &Call,
    action: &str,
) -> Result<&'a mut Bucket, Refusal> {
    permitted_with(world, call, action, |ask| ask)
}

fn permitted_with<'a>(
    world: &'a mut World,
    call: &Call,
    action: &str,
    more: impl FnOnce(Ask) -> Ask,
) -> Result<&'a mut Bucket, Refusal> {
    let name = &call.wire.path[0];
    let bucket = world.buckets.get(name).ok_or_else(|| absent(name))?;
    if bucket.region != call.region && call.wire.operation != "GetBucketLocation" {
        return Err(elsewhere(&bucket.region));
    }
    let expected = call.wire.header("x-amz-expected-bucket-owner");
    if expected.is_some_and(|expected| expected != bucket.owner.as_str()) {
        return Err(Refusal::new(403, "AccessDenied", "Access Denied"));
    }
    let ask = Ask::on(action, &arn("s3", "", "", name), &bucket.owner);
    world.permit(call, &more(ask))?;
    world.buckets.get_mut(name).ok_or_else(|| absent(name))
}

fn absent(name: &str) -> Refusal {
    let message = format!("The specified bucket does not exist: {name}");
    Refusal::new(404, "NoSuchBucket", message)
}

fn elsewhere(region: &str) -> Refusal {
    let message = "The bucket you are attempting to access must be addressed using the specified endpoint. Please send \
                   all future requests to this endpoint.";
    let mut refusal = Refusal::new(301, "PermanentRedirect", message);
    refusal
        .headers
        .push(("x-amz-bucket-region", region.to_owned()));
    refusal
}
