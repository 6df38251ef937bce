//! S3 in a temporary folder: embedded s3s, which checks signatures and checksums, behind a count of the puts.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use aws_sdk_s3::config::{BehaviorVersion, Credentials, Region};
use bytes::Bytes;
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE, HeaderValue};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use s3s::auth::SimpleAuth;
use s3s::service::{S3Service, S3ServiceBuilder};
use s3s_fs::FileSystem;
use tempfile::TempDir;

use crate::credentials::{
    ACCESS_KEY_ID, CALLERS_ACCESS_KEY_ID, CALLERS_SECRET_ACCESS_KEY, REGION, SECRET_ACCESS_KEY,
    signer,
};
use crate::server::Server;
use crate::{Error, percent};

const NAME: &str = "S3";

/// An S3 of its own, without buckets at first. Dropping it ends it and deletes its folder.
#[derive(Debug)]
pub struct S3 {
    server: Server,
    front: Arc<Front>,
    client: aws_sdk_s3::Client,
    _folder: TempDir,
}

/// One PUT of an object, or of a part of one.
#[derive(Clone, Debug)]
pub struct Put {
    /// The bucket.
    pub bucket: String,
    /// The object's key.
    pub key: String,
    /// The bytes of the object, without what a chunked signature adds.
    pub bytes: u64,
    /// The request's `x-amz-` headers, in lower case: encryption, expected owner and the like.
    pub headers: BTreeMap<String, String>,
    /// The HTTP status of the answer.
    pub status: u16,
}

/// One request of any kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Asked {
    /// The HTTP method.
    pub method: String,
    /// Bucket and key as in the URL.
    pub path: String,
    /// Who signed it.
    pub access_key_id: Option<String>,
}

/// What happens to a PUT instead of a plain answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutFault {
    /// 503 `SlowDown`.
    SlowDown,
    /// 500 `InternalError`.
    InternalError,
    /// 403 `AccessDenied`.
    AccessDenied,
    /// The true answer, this much later.
    Delay(Duration),
}

impl S3 {
    /// Starts an S3 without buckets.
    ///
    /// # Errors
    /// [`Error::Folder`], [`Error::Listen`] or [`Error::Embedded`], as the name says.
    pub async fn start() -> Result<Self, Error> {
        Self::start_for(&[]).await
    }

    /// Starts an S3 without buckets that takes requests signed with these access keys and secrets too.
    ///
    /// # Errors
    /// As [`start`](Self::start).
    pub async fn start_for(keys: &[(&str, &str)]) -> Result<Self, Error> {
        let folder = TempDir::with_prefix("testkit-s3-");
        let folder = folder.map_err(|source| Error::Folder {
            server: NAME,
            source,
        })?;
        let files = FileSystem::new(folder.path());
        let files = files.map_err(|error| Error::Embedded {
            server: NAME,
            reason: format!("{error:?}"),
        })?;
        let mut service = S3ServiceBuilder::new(files);
        let mut accepted = SimpleAuth::from_single(ACCESS_KEY_ID, SECRET_ACCESS_KEY);
        accepted.register(
            CALLERS_ACCESS_KEY_ID.into(),
            CALLERS_SECRET_ACCESS_KEY.into(),
        );
        for (access_key_id, secret) in keys {
            accepted.register((*access_key_id).into(), (*secret).into());
        }
        service.set_auth(accepted);
        let front = Arc::new(Front {
            service: service.build(),
            record: Mutex::default(),
        });
        let asked = front.clone();
        let server = Server::start(NAME, move |request| asked.clone().answer(request)).await?;
        let client = client(&server.endpoint());
        Ok(Self {
            server,
            front,
            client,
            _folder: folder,
        })
    }

    /// Where it listens: `http://127.0.0.1:port`.
    pub fn endpoint(&self) -> String {
        self.server.endpoint()
    }

    /// A client for it, in [`REGION`], with the keys of this crate and buckets in the path.
    pub fn client(&self) -> aws_sdk_s3::Client {
        self.client.clone()
    }

    /// Makes a bucket.
    ///
    /// # Errors
    /// [`Error::Request`] when S3 refuses, for one because the bucket exists.
    pub async fn create_bucket(&self, bucket: &str) -> Result<(), Error> {
        let made = self.client.create_bucket().bucket(bucket).send().await;
        made.map_err(Error::request("create bucket", bucket))?;
        Ok(())
    }

    /// The keys of a bucket's objects, in S3's order.
    ///
    /// # Errors
    /// [`Error::Request`] when S3 refuses, for one because there is no such bucket.
    pub async fn objects(&self, bucket: &str) -> Result<Vec<String>, Error> {
        let mut pages = self
            .client
            .list_objects_v2()
            .bucket(bucket)
            .into_paginator()
            .send();
        let mut keys = Vec::new();
        while let Some(page) = pages.next().await {
            let page = page.map_err(Error::request("list bucket", bucket))?;
            keys.extend(
                page.contents
                    .unwrap_or_default()
                    .into_iter()
                    .filter_map(|object| object.key),
            );
        }
        Ok(keys)
    }

    /// The bytes of an object.
    ///
    /// # Errors
    /// [`Error::Request`] when S3 refuses, for one because there is no such object.
    pub async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, Error> {
        let got = self
            .client
            .get_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await;
        let got = got.map_err(Error::request("get object", key))?;
        let body = got
            .body
            .collect()
            .await
            .map_err(Error::request("read object", key))?;
        Ok(body.into_bytes())
    }

    /// The PUTs since the start or the last [`reset`](Self::reset), by the order of their answers.
    pub fn puts(&self) -> Vec<Put> {
        self.front.lock().puts.clone()
    }

    /// All requests since the start or the last [`reset`](Self::reset), by the order in which they came.
    pub fn asked(&self) -> Vec<Asked> {
        self.front.lock().asked.clone()
    }

    /// Forgets the requests and the faults to come; buckets and objects stay.
    pub fn reset(&self) {
        *self.front.lock() = Record::default();
    }

    /// Has the next `puts` PUTs of objects meet `fault`, after those that were asked for before.
    pub fn fail_puts(&self, puts: usize, fault: PutFault) {
        self.front
            .lock()
            .faults
            .extend(std::iter::repeat_n(fault, puts));
    }
}

fn client(endpoint: &str) -> aws_sdk_s3::Client {
    let config = aws_sdk_s3::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new(REGION))
        .endpoint_url(endpoint)
        .force_path_style(true)
        .credentials_provider(Credentials::new(
            ACCESS_KEY_ID,
            SECRET_ACCESS_KEY,
            None,
            None,
            "testkit",
        ))
        .build();
    aws_sdk_s3::Client::from_conf(config)
}

/// Stands between the callers and the service.
#[derive(Debug)]
struct Front {
    service: S3Service,
    record: Mutex<Record>,
}

#[derive(Debug, Default)]
struct Record {
    asked: Vec<Asked>,
    puts: Vec<Put>,
    faults: VecDeque<PutFault>,
}

impl Front {
    async fn answer(self: Arc<Self>, request: Request<Incoming>) -> Response<s3s::Body> {
        self.lock().asked.push(Asked {
            method: request.method().to_string(),
            path: request.uri().path().to_owned(),
            access_key_id: signer(request.headers()),
        });
        let Some(mut put) = put(&request) else {
            return self.forward(request).await;
        };
        let fault = self.lock().faults.pop_front();
        let response = match fault {
            Some(PutFault::SlowDown) => {
                let status = StatusCode::SERVICE_UNAVAILABLE;
                refuse(
                    request,
                    status,
                    "SlowDown",
                    "Please reduce your request rate.",
                )
                .await
            }
            Some(PutFault::InternalError) => {
                let status = StatusCode::INTERNAL_SERVER_ERROR;
                let message = "We encountered an internal error. Please try again.";
                refuse(request, status, "InternalError", message).await
            }
            Some(PutFault::AccessDenied) => {
                refuse(
                    request,
                    StatusCode::FORBIDDEN,
                    "AccessDenied",
                    "Access Denied",
                )
                .await
            }
            Some(PutFault::Delay(delay)) => {
                tokio::time::sleep(delay).await;
                self.forward(request).await
            }
            None => self.forward(request).await,
        };
        put.status = response.status().as_u16();
        self.lock().puts.push(put);
        response
    }

    async fn forward(&self, request: Request<Incoming>) -> Response<s3s::Body> {
        match self.service.call(request.map(s3s::Body::from)).await {
            Ok(response) => response,
            Err(error) => {
                tracing::error!(?error, "the embedded S3 does not answer");
                let mut response = Response::new(s3s::Body::empty());
                *response.status_mut() = StatusCode::INTERNAL_SERVER_ERROR;
                response
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Record> {
        self.record.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The PUT of an object that `request` is, if it is one.
fn put(request: &Request<Incoming>) -> Option<Put> {
    let path = request.uri().path().strip_prefix('/')?;
    let (bucket, key) = path.split_once('/').filter(|(_, key)| !key.is_empty())?;
    let headers = request.headers();
    let length = |name: &str| headers.get(name)?.to_str().ok()?.parse().ok();
    (request.method() == Method::PUT).then(|| Put {
        bucket: percent::decode(bucket),
        key: percent::decode(key),
        bytes: length("x-amz-decoded-content-length")
            .or_else(|| length(CONTENT_LENGTH.as_str()))
            .unwrap_or(0),
        headers: amazon_headers(headers),
        status: 0,
    })
}

fn amazon_headers(headers: &HeaderMap) -> BTreeMap<String, String> {
    let amazon = headers
        .iter()
        .filter(|(name, _)| name.as_str().starts_with("x-amz-"));
    amazon
        .map(|(name, value)| {
            (
                name.to_string(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect()
}

/// An error of S3, after reading the request to its end: a client that is still writing would not see it.
async fn refuse(
    request: Request<Incoming>,
    status: StatusCode,
    code: &str,
    message: &str,
) -> Response<s3s::Body> {
    let mut body = request.into_body();
    while let Some(Ok(_)) = body.frame().await {}
    let text = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n\
         <Error><Code>{code}</Code><Message>{message}</Message></Error>"
    );
    let mut response = Response::new(s3s::Body::from(text));
    *response.status_mut() = status;
    response
        .headers_mut()
        .insert(CONTENT_TYPE, HeaderValue::from_static("application/xml"));
    response
}
