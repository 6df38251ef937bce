//! The spilled block: written, read back, listed and taken away.

use aws_sdk_s3::primitives::{AggregatedBytes, ByteStream};

use crate::aws::Account;
use crate::stack::Stack;
use crate::verify::link::Outcome;
use crate::verify::query::Spilled;

/// A block below the spill prefix.
pub(super) struct Block {
    bucket: String,
    key: String,
    /// What is in it, where it was written here.
    words: Option<&'static [u8]>,
}

impl Block {
    /// One that the function wrote.
    pub(super) fn of(spilled: Spilled) -> Self {
        let Spilled { bucket, key } = spilled;
        Self {
            bucket,
            key,
            words: None,
        }
    }

    /// Writes one with an account's own credentials.
    pub(super) async fn write(
        stack: &Stack,
        account: &Account,
        id: &str,
    ) -> (Outcome, Option<Self>) {
        let settings = &stack.settings;
        let block = Self {
            bucket: settings.spill_bucket.clone(),
            key: format!("{}/{id}", settings.spill_prefix),
            words: Some(WORDS),
        };
        let call = account
            .s3
            .put_object()
            .bucket(&block.bucket)
            .key(&block.key);
        let call = call.expected_bucket_owner(account.id.as_str());
        let done = call.body(ByteStream::from_static(WORDS)).send().await;
        match done.map_err(account.refused("s3:PutObject", block.arn())) {
            Ok(_) => {
                let place = format!("s3://{}/{}", block.bucket, block.key);
                (Outcome::Holds(place), Some(block))
            }
            Err(error) => (Outcome::refused(&error), None),
        }
    }

    fn arn(&self) -> String {
        format!("{}/{}", self.bucket, self.key)
    }

    /// Reads it.
    pub(super) async fn read(&self, stack: &Stack, reader: &Account) -> Outcome {
        let call = reader.s3.get_object().bucket(&self.bucket).key(&self.key);
        let call = call.expected_bucket_owner(stack.account.as_str());
        let answer = call.send().await;
        let answer = match answer.map_err(reader.refused("s3:GetObject", self.arn())) {
            Ok(answer) => answer,
            Err(error) if reader.id == stack.account => return Outcome::refused(&error),
            Err(error) => return Outcome::refused_across(&error),
        };
        let bytes = answer.body.collect().await.map(AggregatedBytes::to_vec);
        match (bytes, self.words) {
            (Ok(bytes), Some(words)) if bytes == words => {
                Outcome::Holds("the same bytes".to_owned())
            }
            (Ok(bytes), None) if !bytes.is_empty() => {
                Outcome::Holds(format!("{} bytes", bytes.len()))
            }
            (Err(_), _) => Outcome::broken(
                "the block broke off",
                "run `verify` again; see the network if it stays so",
            ),
            _ => Outcome::broken(
                "other bytes came back than were written",
                "see who else writes to the bucket",
            ),
        }
    }

    /// Takes it away again.
    pub(super) async fn delete(&self, account: &Account) -> Outcome {
        let call = account.s3.delete_object();
        let gone = call.bucket(&self.bucket).key(&self.key).send().await;
        match gone.map_err(account.refused("s3:DeleteObject", self.arn())) {
            Ok(_) => Outcome::Holds("deleted".to_owned()),
            // It is deleted after a day in any case.
            Err(error) => Outcome::Skipped(format!("its end of life does that: {error}")),
        }
    }
}

/// Lists the folder of spilled blocks with the credentials of another account.
pub(super) async fn list(stack: &Stack, reader: &Account) -> Outcome {
    let settings = &stack.settings;
    let call = reader.s3.list_objects_v2().bucket(&settings.spill_bucket);
    let call = call
        .prefix(format!("{}/", settings.spill_prefix))
        .max_keys(1)
        .expected_bucket_owner(stack.account.as_str());
    let answer = call.send().await;
    match answer.map_err(reader.refused("s3:ListBucket", settings.spill_bucket.clone())) {
        Ok(_) => Outcome::Holds(format!("{}/", settings.spill_prefix)),
        Err(error) => Outcome::refused_across(&error),
    }
}

const WORDS: &[u8] = b"written by `athena-dynamodb-deploy verify`; may be deleted";
