//! Where blocks go: S3.

use crate::fault::Fault;
use async_trait::async_trait;
use athena_protocol::spill::SpillLocation;
use athena_protocol::wire::SourceErrorCode;
use aws_credential_types::Credentials;
use aws_sdk_s3::config::IdentityCache;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A store of objects.
#[async_trait]
pub trait SpillStore: Send + Sync + 'static {
    /// Writes an object; it is complete when this returns.
    async fn put(
        &self,
        location: &SpillLocation,
        headers: &BTreeMap<String, String>,
        object: Bytes,
    ) -> Result<(), Fault>;

    /// Whether the bucket can be used: the HTTP status of asking for it, `None` if it cannot be reached.
    async fn head_bucket(&self, bucket: &str) -> Result<(), Option<u16>>;

    /// The same store, asked with the caller's credentials (protocol §12).
    fn signed_by(self: Arc<Self>, credentials: &Credentials) -> Arc<dyn SpillStore>;
}

/// S3 itself.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: aws_sdk_s3::Client,
}

impl S3Store {
    /// Stores through `client`.
    pub fn new(client: aws_sdk_s3::Client) -> Self {
        Self { client }
    }
}

#[async_trait]
impl SpillStore for S3Store {
    async fn put(
        &self,
        location: &SpillLocation,
        headers: &BTreeMap<String, String>,
        object: Bytes,
    ) -> Result<(), Fault> {
        let bytes = object.len();
        let headers = headers.clone();
        let put = self
            .client
            .put_object()
            .bucket(&location.bucket)
            .key(&location.key)
            .body(ByteStream::from(object));
        // The SDK adds a CRC32, and a sealed block proves itself by its tag: SHA-256 for the signature took a seventh of a read.
        let put = put
            .customize()
            .disable_payload_signing()
            .mutate_request(move |request| {
                for (name, value) in &headers {
                    request.headers_mut().insert(name.clone(), value.clone());
                }
            });
        put.send().await.map(drop).map_err(|error| {
            let service = error
                .as_service_error()
                .and_then(ProvideErrorMetadata::code);
            let code = match service {
                Some("AccessDenied" | "InvalidAccessKeyId" | "SignatureDoesNotMatch") => {
                    SourceErrorCode::AccessDenied
                }
                Some("NoSuchBucket") => SourceErrorCode::InvalidInput,
                Some("SlowDown") => SourceErrorCode::Throttling,
                _ => SourceErrorCode::InternalService,
            };
            let reason = service.unwrap_or("S3 cannot be reached");
            let bucket = &location.bucket;
            Fault::new(
                code,
                format!(
                    "cannot write a spilled block of {bytes} bytes to bucket `{bucket}`: {reason}"
                ),
            )
            .with_hint(format!(
                "the function's role needs s3:PutObject on `{bucket}` below the spill prefix"
            ))
        })
    }

    async fn head_bucket(&self, bucket: &str) -> Result<(), Option<u16>> {
        match self.client.head_bucket().bucket(bucket).send().await {
            Ok(_) => Ok(()),
            Err(error) => Err(error
                .raw_response()
                .map(|response| response.status().as_u16())),
        }
    }

    fn signed_by(self: Arc<Self>, credentials: &Credentials) -> Arc<dyn SpillStore> {
        let config = self.client.config().to_builder();
        let config = config
            .credentials_provider(credentials.clone())
            .identity_cache(IdentityCache::no_cache());
        Arc::new(Self::new(aws_sdk_s3::Client::from_conf(config.build())))
    }
}
