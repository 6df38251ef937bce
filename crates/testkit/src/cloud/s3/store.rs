//! Where objects lie: the embedded S3 over a folder, which checks signatures by the keys that the cloud gave out.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use s3s::auth::{S3Auth, SecretKey};
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s::{Body, S3Result, s3_error};
use s3s_fs::FileSystem;
use tempfile::TempDir;

use crate::Error;
use crate::cloud::answer::Refusal;

/// The objects of all buckets.
#[derive(Debug)]
pub(in crate::cloud) struct Store {
    folder: TempDir,
    service: S3Service,
    secrets: Secrets,
}

/// Secrets by access key id.
#[derive(Clone, Debug, Default)]
struct Secrets(std::sync::Arc<Mutex<BTreeMap<String, String>>>);

#[async_trait::async_trait]
impl S3Auth for Secrets {
    async fn get_secret_key(&self, access_key: &str) -> S3Result<SecretKey> {
        let secrets = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let secret = secrets.get(access_key);
        secret
            .map(|secret| SecretKey::from(secret.clone()))
            .ok_or_else(|| s3_error!(InvalidAccessKeyId))
    }
}

impl Store {
    pub(in crate::cloud) fn new() -> Result<Self, Error> {
        let folder = TempDir::with_prefix("testkit-cloud-");
        let folder = folder.map_err(|source| Error::Folder {
            server: "cloud",
            source,
        })?;
        let files = FileSystem::new(folder.path());
        let files = files.map_err(|error| Error::Embedded {
            server: "S3",
            reason: format!("{error:?}"),
        })?;
        let secrets = Secrets::default();
        let mut service = S3ServiceBuilder::new(files);
        service.set_auth(secrets.clone());
        Ok(Self {
            folder,
            service: service.build(),
            secrets,
        })
    }

    /// Passes a request on that the caller may make.
    pub(in crate::cloud) async fn forward(
        &self,
        head: Parts,
        body: Bytes,
        (access_key_id, secret): (&str, &str),
    ) -> Response<Body> {
        self.secrets
            .0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .insert(access_key_id.to_owned(), secret.to_owned());
        let request = Request::from_parts(head, Body::from(body));
        self.service.call(request).await.unwrap_or_else(|error| {
            tracing::error!(?error, "the embedded S3 does not answer");
            let mut response = Response::new(Body::empty());
            *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
            response
        })
    }

    fn path(&self, bucket: &str, key: &str) -> PathBuf {
        self.folder.path().join(bucket).join(key)
    }

    pub(super) fn has(&self, bucket: &str, key: &str) -> bool {
        self.path(bucket, key).exists()
    }

    /// The bytes of an object, if it is there.
    pub(in crate::cloud) fn read(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        std::fs::read(self.path(bucket, key)).ok()
    }

    /// The keys of all objects of a bucket, in order.
    pub(super) fn keys(&self, bucket: &str) -> Result<Vec<String>, Refusal> {
        let mut keys = Vec::new();
        let folder = self.folder.path().join(bucket);
        collect_keys(&folder, "", &mut keys).map_err(|error| internal(&error))?;
        keys.sort();
        Ok(keys)
    }

    pub(super) fn make_bucket(&self, bucket: &str) -> Result<(), Refusal> {
        std::fs::create_dir(self.folder.path().join(bucket)).map_err(|error| internal(&error))
    }

    /// Whether it was empty, and so is gone.
    pub(super) fn remove_bucket(&self, bucket: &str) -> Result<bool, Refusal> {
        let folder = self.folder.path().join(bucket);
        // Folders that deleted objects leave behind are no objects.
        let is_empty = is_empty(&folder).map_err(|error| internal(&error))?;
        if is_empty {
            std::fs::remove_dir_all(folder).map_err(|error| internal(&error))?;
        }
        Ok(is_empty)
    }
}

fn collect_keys(folder: &Path, prefix: &str, keys: &mut Vec<String>) -> io::Result<()> {
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let key = format!("{prefix}{}", entry.file_name().to_string_lossy());
        if entry.path().is_dir() {
            collect_keys(&entry.path(), &format!("{key}/"), keys)?;
        } else {
            keys.push(key);
        }
    }
    Ok(())
}

/// Whether no file lies in the folder or one below.
fn is_empty(folder: &Path) -> io::Result<bool> {
    for entry in std::fs::read_dir(folder)? {
        let path = entry?.path();
        if !path.is_dir() || !is_empty(&path)? {
            return Ok(false);
        }
    }
    Ok(true)
}

fn internal(error: &io::Error) -> Refusal {
    Refusal::new(500, "InternalError", error.to_string())
}
