//! The servers that one connector needs, and the environment that points it at them.

use std::collections::BTreeMap;

use crate::credentials::{ACCESS_KEY_ID, REGION, SECRET_ACCESS_KEY};
use crate::{Athena, DynamoDb, Error, Glue, Kms, S3, Sts};

/// The bucket that blocks are spilled to.
pub const SPILL_BUCKET: &str = "athena-spill-local";
/// The folder in that bucket.
pub const SPILL_PREFIX: &str = "athena-spill";

/// A DynamoDB, an S3 with the spill bucket, a KMS, an Athena that knows no query, an empty Glue, and an STS without roles.
#[derive(Debug)]
pub struct LocalAws {
    /// The DynamoDB, empty at first.
    pub dynamodb: DynamoDb,
    /// The S3, with [`SPILL_BUCKET`].
    pub s3: S3,
    /// The KMS, without keys at first.
    pub kms: Kms,
    /// The Athena, without queries at first.
    pub athena: Athena,
    /// The Glue Data Catalog, empty at first.
    pub glue: Glue,
    /// The STS, without roles at first.
    pub sts: Sts,
}

impl LocalAws {
    /// Starts the servers and makes the bucket.
    ///
    /// # Errors
    /// What [`DynamoDb::start`], [`S3::start`], [`S3::create_bucket`], [`Kms::start`], [`Athena::start`], [`Glue::start`] and [`Sts::start`]
    /// return.
    pub async fn start() -> Result<Self, Error> {
        let (dynamodb, s3) = (DynamoDb::start().await?, S3::start().await?);
        s3.create_bucket(SPILL_BUCKET).await?;
        let (kms, athena) = (Kms::start().await?, Athena::start().await?);
        Ok(Self {
            dynamodb,
            s3,
            kms,
            athena,
            glue: Glue::start().await?,
            sts: Sts::start().await?,
        })
    }

    /// The environment of a connector's function that uses these servers; Glue only once `disable_glue` is taken away.
    pub fn function_environment(&self) -> BTreeMap<String, String> {
        let endpoints = [
            ("AWS_ENDPOINT_URL_DYNAMODB", self.dynamodb.endpoint()),
            ("AWS_ENDPOINT_URL_S3", self.s3.endpoint()),
            ("AWS_ENDPOINT_URL_KMS", self.kms.endpoint()),
            ("AWS_ENDPOINT_URL_ATHENA", self.athena.endpoint()),
            ("AWS_ENDPOINT_URL_GLUE", self.glue.endpoint()),
            ("AWS_ENDPOINT_URL_STS", self.sts.endpoint()),
        ];
        let settings = [
            ("AWS_REGION", REGION),
            ("AWS_ACCESS_KEY_ID", ACCESS_KEY_ID),
            ("AWS_SECRET_ACCESS_KEY", SECRET_ACCESS_KEY),
            ("spill_bucket", SPILL_BUCKET),
            ("spill_prefix", SPILL_PREFIX),
            ("disable_glue", "true"),
        ];
        let settings = settings.map(|(name, value)| (name, value.to_owned()));
        settings
            .into_iter()
            .chain(endpoints)
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    }
}
