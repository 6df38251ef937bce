//! Where blocks go: S3.

use crate::aws::is_late;
use crate::fault::Fault;
use async_trait::async_trait;
use athena_protocol::spill::SpillLocation;
use athena_protocol::wire::SourceErrorCode;
use aws_credential_types::Credentials;
use aws_sdk_s3::config::IdentityCache;
use aws_sdk_s3::primitives::ByteStream;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::sync::Arc;

/// The header of a PUT that has S3 refuse it if the bucket belongs to another account.
pub(crate) const EXPECTED_OWNER: &str = "x-amz-expected-bucket-owner";

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

    /// Whether the bucket can be used, and belongs to `owner` if one is given: the HTTP status of asking for it, 403 for another
    /// owner's; `None` if it cannot be reached.
    async fn head_bucket(&self, bucket: &str, owner: Option<&str>) -> Result<(), Option<u16>>;

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
        let owned = headers.contains_key(EXPECTED_OWNER);
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
        let put = put.send().await.map_err(|error| {
            let service = error
                .as_service_error()
                .and_then(ProvideErrorMetadata::code);
            let (code, reason) = match (&error, service) {
                (_, Some(service)) => (code_of(service), service),
                (late, _) if is_late(late) => (
                    SourceErrorCode::OperationTimeout,
                    "S3 did not answer in time",
                ),
                (SdkError::DispatchFailure(_), _) => {
                    (SourceErrorCode::InternalService, "S3 cannot be reached")
                }
                _ => (
                    SourceErrorCode::InvalidResponse,
                    "S3's answer cannot be used",
                ),
            };
            let bucket = &location.bucket;
            Fault::new(
                code,
                format!(
                    "cannot write a spilled block of {bytes} bytes to bucket `{bucket}`: {reason}"
                ),
            )
            .with_hint(match service {
                Some(
                    "PermanentRedirect" | "TemporaryRedirect" | "AuthorizationHeaderMalformed",
                ) => "the bucket lies in another Region: it must be in that of the function"
                    .to_owned(),
                _ if owned => format!(
                    "the function's role, or the caller whose credentials came with the request, needs s3:PutObject on `{bucket}` below the spill prefix, and the bucket must still belong to the account that it belonged to when the query began"
                ),
                _ => format!(
                    "the function's role, or the caller whose credentials came with the request, needs s3:PutObject on `{bucket}` below the spill prefix"
                ),
            })
        })?;
        // S3 always tells one. A proxy that says 200 in its place has not kept the block.
        if put.e_tag.is_some() {
            return Ok(());
        }
        let bucket = &location.bucket;
        Err(Fault::new(
            SourceErrorCode::InvalidResponse,
            format!(
                "cannot write a spilled block of {bytes} bytes to bucket `{bucket}`: what answered as S3 does not tell of an object"
            ),
        )
        .with_hint("check what stands between the function and S3: a proxy, or the endpoint URL"))
    }

    async fn head_bucket(&self, bucket: &str, owner: Option<&str>) -> Result<(), Option<u16>> {
        let head = (self.client.head_bucket().bucket(bucket))
            .set_expected_bucket_owner(owner.map(str::to_owned));
        match head.send().await {
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

/// The kind of an error of S3, by its code.
fn code_of(service: &str) -> SourceErrorCode {
    match service {
        "AccessDenied" | "AllAccessDisabled" => SourceErrorCode::AccessDenied,
        "InvalidAccessKeyId" | "SignatureDoesNotMatch" | "ExpiredToken" | "InvalidToken" => {
            SourceErrorCode::InvalidCredentials
        }
        "NoSuchBucket"
        | "InvalidRequest"
        | "InvalidArgument"
        | "PermanentRedirect"
        | "TemporaryRedirect"
        | "AuthorizationHeaderMalformed" => SourceErrorCode::InvalidInput,
        "SlowDown" | "RequestLimitExceeded" | "ThrottlingException" => SourceErrorCode::Throttling,
        "RequestTimeout" => SourceErrorCode::OperationTimeout,
        _ => SourceErrorCode::InternalService,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_error_of_s3_has_its_kind() {
        for (service, code) in [
            ("AccessDenied", SourceErrorCode::AccessDenied),
            ("ExpiredToken", SourceErrorCode::InvalidCredentials),
            ("SignatureDoesNotMatch", SourceErrorCode::InvalidCredentials),
            ("NoSuchBucket", SourceErrorCode::InvalidInput),
            ("PermanentRedirect", SourceErrorCode::InvalidInput),
            ("SlowDown", SourceErrorCode::Throttling),
            ("RequestTimeout", SourceErrorCode::OperationTimeout),
            ("InternalError", SourceErrorCode::InternalService),
            ("NewerThanThis", SourceErrorCode::InternalService),
        ] {
            assert_eq!(code_of(service), code, "{service}");
        }
    }
}
