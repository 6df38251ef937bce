//! The settings of buckets that are documents of their own: put, read back, taken away.

use std::collections::BTreeMap;

use hyper::Method;

use super::{Bucket, permitted};
use crate::cloud::answer::{Refusal, Reply};
use crate::cloud::gate::Call;
use crate::cloud::wire::Wire;
use crate::cloud::world::World;
use crate::cloud::xml;

/// A document as it was put.
#[derive(Clone, Debug)]
pub(in crate::cloud) struct Setting {
    pub(super) text: String,
    /// `x-amz-transition-default-minimum-object-size`, of lifecycles only.
    minimum_size: Option<String>,
}

/// A kind of setting: its subresource, its operations without their verb, its action without its verb, and the error of its
/// absence.
struct Kind {
    subresource: &'static str,
    operations: [&'static str; 3],
    actions: [&'static str; 2],
    absence: Option<(&'static str, &'static str)>,
}

const KINDS: [Kind; 6] = [
    Kind {
        subresource: "lifecycle",
        operations: [
            "GetBucketLifecycleConfiguration",
            "PutBucketLifecycleConfiguration",
            "DeleteBucketLifecycle",
        ],
        actions: [
            "s3:GetLifecycleConfiguration",
            "s3:PutLifecycleConfiguration",
        ],
        absence: Some((
            "NoSuchLifecycleConfiguration",
            "The lifecycle configuration does not exist",
        )),
    },
    Kind {
        subresource: "encryption",
        operations: [
            "GetBucketEncryption",
            "PutBucketEncryption",
            "DeleteBucketEncryption",
        ],
        actions: [
            "s3:GetEncryptionConfiguration",
            "s3:PutEncryptionConfiguration",
        ],
        absence: Some((
            "ServerSideEncryptionConfigurationNotFoundError",
            "The server side encryption configuration was not found",
        )),
    },
    Kind {
        subresource: "publicAccessBlock",
        operations: [
            "GetPublicAccessBlock",
            "PutPublicAccessBlock",
            "DeletePublicAccessBlock",
        ],
        actions: [
            "s3:GetBucketPublicAccessBlock",
            "s3:PutBucketPublicAccessBlock",
        ],
        absence: Some((
            "NoSuchPublicAccessBlockConfiguration",
            "The public access block configuration was not found",
        )),
    },
    Kind {
        subresource: "ownershipControls",
        operations: [
            "GetBucketOwnershipControls",
            "PutBucketOwnershipControls",
            "DeleteBucketOwnershipControls",
        ],
        actions: [
            "s3:GetBucketOwnershipControls",
            "s3:PutBucketOwnershipControls",
        ],
        absence: Some((
            "OwnershipControlsNotFoundError",
            "The bucket ownership controls were not found",
        )),
    },
    Kind {
        subresource: "tagging",
        operations: [
            "GetBucketTagging",
            "PutBucketTagging",
            "DeleteBucketTagging",
        ],
        actions: ["s3:GetBucketTagging", "s3:PutBucketTagging"],
        absence: Some(("NoSuchTagSet", "The TagSet does not exist")),
    },
    Kind {
        subresource: "versioning",
        operations: ["GetBucketVersioning", "PutBucketVersioning", ""],
        actions: ["s3:GetBucketVersioning", "s3:PutBucketVersioning"],
        absence: None,
    },
];

impl Setting {
    /// The tags that a bucket is made with.
    pub(super) fn of_tags(tags: &BTreeMap<String, String>) -> (&'static str, Self) {
        let tags: String = tags
            .iter()
            .map(|(key, value)| {
                xml::element("Tag", xml::text("Key", key) + &xml::text("Value", value))
            })
            .collect();
        let text = xml::element("Tagging", xml::element("TagSet", tags));
        let minimum_size = None;
        ("tagging", Self { text, minimum_size })
    }

    /// What buckets have from the start (since April 2023).
    pub(super) fn of_new_buckets() -> [(&'static str, Self); 3] {
        let own = |text: &str| Self {
            text: text.to_owned(),
            minimum_size: None,
        };
        [
            (
                "publicAccessBlock",
                own(
                    "<PublicAccessBlockConfiguration><BlockPublicAcls>true</BlockPublicAcls><IgnorePublicAcls>true\
                     </IgnorePublicAcls><BlockPublicPolicy>true</BlockPublicPolicy><RestrictPublicBuckets>true\
                     </RestrictPublicBuckets></PublicAccessBlockConfiguration>",
                ),
            ),
            (
                "ownershipControls",
                own(
                    "<OwnershipControls><Rule><ObjectOwnership>BucketOwnerEnforced</ObjectOwnership></Rule>\
                     </OwnershipControls>",
                ),
            ),
            ("encryption", own(ENCRYPTION)),
        ]
    }
}

/// What a bucket goes back to when its encryption is taken away.
const ENCRYPTION: &str = "<ServerSideEncryptionConfiguration><Rule><ApplyServerSideEncryptionByDefault><SSEAlgorithm>AES256\
                          </SSEAlgorithm></ApplyServerSideEncryptionByDefault><BucketKeyEnabled>false</BucketKeyEnabled>\
                          </Rule></ServerSideEncryptionConfiguration>";

impl Bucket {
    /// Whether policies that open it to everyone are refused.
    pub(super) fn blocks_public_policy(&self) -> bool {
        let setting = self.settings.get("publicAccessBlock");
        setting.is_some_and(|setting| {
            xml::texts_of(&setting.text, "BlockPublicPolicy")
                .iter()
                .any(|text| text.eq_ignore_ascii_case("true"))
        })
    }
}

/// The operation on a setting that method and query ask for.
pub(super) fn operation(wire: &Wire) -> Option<&'static str> {
    let mut kinds = KINDS.iter();
    let kind = kinds.find(|kind| wire.query.contains_key(kind.subresource))?;
    let at = match wire.method {
        Method::GET => 0,
        Method::PUT => 1,
        Method::DELETE => 2,
        _ => return Some(""),
    };
    Some(kind.operations[at])
}

pub(super) fn answer(world: &mut World, call: &Call) -> Result<Reply, Refusal> {
    let operation = call.wire.operation.as_str();
    let of_kind = |kind: &&Kind| kind.operations.contains(&operation);
    let Some(kind) = KINDS.iter().find(of_kind) else {
        return Err(Refusal::not_offered(format!("no operation s3:{operation}")));
    };
    let [read, write] = kind.actions;
    match call.wire.method {
        Method::GET => {
            let bucket = permitted(world, call, read)?;
            get(kind, bucket)
        }
        Method::PUT => {
            let text = String::from_utf8_lossy(&call.wire.body).into_owned();
            let bucket = permitted(world, call, write)?;
            if kind.subresource == "lifecycle" {
                check_lifecycle(&text)?;
            }
            let minimum_size = call.wire.header(MINIMUM_SIZE).map(str::to_owned);
            let setting = Setting { text, minimum_size };
            bucket.settings.insert(kind.subresource, setting);
            Ok(Reply::empty(200))
        }
        _ => {
            let bucket = permitted(world, call, write)?;
            bucket.settings.remove(kind.subresource);
            if kind.subresource == "encryption" {
                let [_, _, (name, encryption)] = Setting::of_new_buckets();
                bucket.settings.insert(name, encryption);
            }
            Ok(Reply::empty(204))
        }
    }
}

const MINIMUM_SIZE: &str = "x-amz-transition-default-minimum-object-size";

fn get(kind: &Kind, bucket: &Bucket) -> Result<Reply, Refusal> {
    match (bucket.settings.get(kind.subresource), kind.absence) {
        (Some(setting), _) => {
            let mut headers = vec![("content-type", "application/xml".to_owned())];
            if kind.subresource == "lifecycle" {
                let size = setting.minimum_size.as_deref();
                let size = size.unwrap_or("all_storage_classes_128K").to_owned();
                headers.push((MINIMUM_SIZE, size));
            }
            Ok(Reply::Plain(200, headers, setting.text.clone().into()))
        }
        (None, Some((code, message))) => Err(Refusal::new(404, code, message)),
        // Versioning was never set.
        (None, None) => Ok(Reply::xml("<VersioningConfiguration/>")),
    }
}

fn check_lifecycle(text: &str) -> Result<(), Refusal> {
    let mut ids = xml::texts_of(text, "ID");
    let rules = ids.len();
    ids.sort();
    ids.dedup();
    if ids.len() < rules {
        let message = "Rule ID must be unique. Found same ID for more than one rule";
        return Err(Refusal::new(400, "InvalidArgument", message));
    }
    if rules > 1000 || !text.contains("<Rule>") {
        let message = "The XML you provided was not well-formed or did not validate against our published schema";
        return Err(Refusal::new(400, "MalformedXML", message));
    }
    Ok(())
}
