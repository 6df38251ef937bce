//! Buckets: their making and end, and where they are.

use std::collections::BTreeMap;

use super::settings::Setting;
use super::{Bucket, Store, permitted};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::{Ask, Call};
use crate::cloud::world::{World, arn};
use crate::cloud::xml;

/// The Region whose name is left out.
const FIRST_REGION: &str = "us-east-1";

pub(super) fn create(world: &mut World, call: &Call, store: &Store) -> Result<Reply, Refusal> {
    let name = &call.wire.path[0];
    let account = call.account().clone();
    let body = String::from_utf8_lossy(&call.wire.body).into_owned();
    let constraint = xml::texts_of(&body, "LocationConstraint").pop();
    let ask = Ask::on("s3:CreateBucket", &arn("s3", "", "", name), &account)
        .with("s3:locationconstraint", constraint.as_deref());
    world.permit(call, &ask)?;
    let texts = |name: &str| xml::texts_of(&body, name).into_iter();
    let tags: BTreeMap<String, String> = texts("Key").zip(texts("Value")).collect();
    if !tags.is_empty() {
        let ask = Ask::on("s3:TagResource", &arn("s3", "", "", name), &account);
        world.permit(call, &ask.tagging(&tags))?;
    }
    let is_name =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
    if !(3..=63).contains(&name.len()) || !name.bytes().all(is_name) {
        let message = "The specified bucket is not valid.";
        return Err(Refusal::new(400, "InvalidBucketName", message));
    }
    let is_first = call.region == FIRST_REGION;
    let fits = match constraint.as_deref() {
        None => is_first,
        Some(constraint) => constraint == call.region && !is_first,
    };
    if !fits {
        let constraint = constraint.as_deref().unwrap_or("unspecified");
        let message = format!(
            "The {constraint} location constraint is incompatible for the region specific endpoint this request was \
             sent to."
        );
        return Err(Refusal::new(
            400,
            "IllegalLocationConstraintException",
            message,
        ));
    }
    match world.buckets.get(name) {
        Some(bucket) if bucket.owner != account => {
            let message = "The requested bucket name is not available. The bucket namespace is shared by all users of \
                           the system. Please select a different name and try again.";
            return Err(Refusal::new(409, "BucketAlreadyExists", message));
        }
        // The first Region answers as it always did.
        Some(bucket) if bucket.region == FIRST_REGION && is_first => return Ok(made(name)),
        Some(_) => {
            let message = "Your previous request to create the named bucket succeeded and you already own it.";
            return Err(Refusal::new(409, "BucketAlreadyOwnedByYou", message));
        }
        None => {}
    }
    store.make_bucket(name)?;
    let mut settings = BTreeMap::from(Setting::of_new_buckets());
    settings.extend((!tags.is_empty()).then(|| Setting::of_tags(&tags)));
    let bucket = Bucket {
        owner: account,
        region: call.region.clone(),
        policy: None,
        settings,
    };
    world.buckets.insert(name.clone(), bucket);
    Ok(made(name))
}

fn made(name: &str) -> Reply {
    Reply::Plain(200, vec![("location", format!("/{name}"))], Vec::new())
}

/// 404, 403 and 301 without a body.
pub(super) fn head(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let bucket = permitted(world, call, "s3:ListBucket")?;
    let region = ("x-amz-bucket-region", bucket.region.clone());
    Ok(Reply::Plain(200, vec![region], Vec::new()))
}

pub(super) fn location(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let bucket = permitted(world, call, "s3:GetBucketLocation")?;
    let constraint = match bucket.region.as_str() {
        FIRST_REGION => "",
        region => region,
    };
    Ok(Reply::xml(format!(
        "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">{constraint}</LocationConstraint>"
    )))
}

pub(super) fn delete(world: &mut World, call: &Call, store: &Store) -> Result<Reply, Refusal> {
    permitted(world, call, "s3:DeleteBucket")?;
    let name = &call.wire.path[0];
    if !store.remove_bucket(name)? {
        let message = "The bucket you tried to delete is not empty";
        return Err(Refusal::new(409, "BucketNotEmpty", message));
    }
    world.buckets.remove(name);
    Ok(Reply::empty(204))
}

/// The objects of a bucket that keeps one version of each.
pub(super) fn versions(world: &mut World, call: &Call, store: &Store) -> Result<Reply, Refusal> {
    let query = |name: &str| call.wire.query.get(name).map_or("", String::as_str);
    let bucket = permitted(world, call, "s3:ListBucketVersions")?;
    let versioning = bucket.settings.get("versioning");
    if versioning.is_some_and(|setting| setting.text.contains("Enabled")) {
        let message = "no versions of a versioned bucket's objects";
        return Err(Refusal::not_offered(message.to_owned()));
    }
    let name = &call.wire.path[0];
    let mut keys = store.keys(name)?;
    keys.retain(|key| key.starts_with(query("prefix")) && key.as_str() > query("key-marker"));
    let most = query("max-keys").parse().unwrap_or(1000_usize).min(1000);
    let is_truncated = keys.len() > most;
    keys.truncate(most);
    let versions: String = keys
        .iter()
        .map(|key| {
            let told = xml::text("Key", key)
                + &xml::text("VersionId", "null")
                + &xml::element("IsLatest", true);
            xml::element("Version", told)
        })
        .collect();
    let mut told = xml::text("Name", name) + &xml::element("IsTruncated", is_truncated);
    if let (true, Some(last)) = (is_truncated, keys.last()) {
        told += &xml::text("NextKeyMarker", last);
        told += &xml::text("NextVersionIdMarker", "null");
    }
    Ok(Reply::xml(xml::element(
        "ListVersionsResult",
        told + &versions,
    )))
}

pub(super) fn list(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let account = call.account();
    world.permit(call, &Ask::anywhere("s3:ListAllMyBuckets", account))?;
    let own = world
        .buckets
        .iter()
        .filter(|(_, bucket)| bucket.owner == *account);
    let own: String = own
        .map(|(name, bucket)| {
            let told = xml::text("Name", name) + &xml::text("BucketRegion", &bucket.region);
            xml::element("Bucket", told)
        })
        .collect();
    let owner = xml::element("Owner", xml::text("ID", account.as_str()));
    let told = owner + &xml::element("Buckets", own);
    Ok(Reply::xml(xml::element("ListAllMyBucketsResult", told)))
}
