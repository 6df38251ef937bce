//! Spilled blocks in S3.

use crate::store::{SpillStore, StoreError};
use async_trait::async_trait;
use aws_config::SdkConfig;
use aws_config::timeout::TimeoutConfig;
use aws_sdk_s3::Client;
use bytes::Bytes;
use std::time::Duration;

/// Reads spilled objects with an S3 client.
#[derive(Debug, Clone)]
pub struct S3Store {
    client: Client,
}

impl S3Store {
    /// Reads with `client` as it is configured.
    pub fn new(client: Client) -> Self {
        Self { client }
    }

    /// Makes a client of Region and credentials of `config`, at `endpoint` if there is one.
    ///
    /// With an endpoint buckets are addressed in the path, since names like `bucket.127.0.0.1` lead nowhere.
    pub fn connect(config: &SdkConfig, endpoint: Option<&str>) -> Self {
        let limits = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .read_timeout(Duration::from_secs(30))
            .operation_attempt_timeout(Duration::from_mins(2))
            .operation_timeout(Duration::from_mins(5))
            .build();
        let mut builder = aws_sdk_s3::config::Builder::from(config).timeout_config(limits);
        if let Some(endpoint) = endpoint {
            builder = builder.endpoint_url(endpoint).force_path_style(true);
        }
        Self::new(Client::from_conf(builder.build()))
    }

    /// The client, for whoever has more to ask of the bucket.
    pub fn client(&self) -> &Client {
        &self.client
    }
}

#[async_trait]
impl SpillStore for S3Store {
    async fn get(&self, bucket: &str, key: &str) -> Result<Bytes, StoreError> {
        let object = self
            .client
            .get_object()
            .bucket(bucket)
            .key(key)
            .send()
            .await
            .map_err(|error| {
                match error
                    .raw_response()
                    .map(|response| response.status().as_u16())
                {
                    Some(404) => StoreError::NotFound,
                    Some(403) => StoreError::Denied,
                    _ => StoreError::Failed {
                        source: error.into(),
                    },
                }
            })?;
        let body = object
            .body
            .collect()
            .await
            .map_err(|error| StoreError::Failed {
                source: error.into(),
            })?;
        Ok(body.into_bytes())
    }
}
