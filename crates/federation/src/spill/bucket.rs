//! Asks once whether the spill bucket can be used (protocol §9.6).

use super::SpillStore;
use crate::fault::Fault;
use athena_protocol::wire::SourceErrorCode;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Remembers the verdict on each bucket: usable, or refused.
#[derive(Debug, Default)]
pub struct BucketCheck {
    verdicts: Mutex<BTreeMap<String, Result<(), u16>>>,
}

impl BucketCheck {
    /// Fails if `bucket` does not exist or is not ours.
    ///
    /// # Errors
    /// An `InvalidInput` fault for a bucket that is refused, now and later; an `AccessDenied` fault, not remembered, for
    /// anything else.
    pub async fn check(&self, store: &dyn SpillStore, bucket: &str) -> Result<(), Fault> {
        let known = self
            .verdicts
            .lock()
            .expect("nothing panics while it is held")
            .get(bucket)
            .copied();
        let verdict = if let Some(verdict) = known {
            verdict
        } else {
            let verdict = match store.head_bucket(bucket).await {
                Ok(()) => Ok(()),
                Err(Some(status @ (403 | 404))) => Err(status),
                Err(other) => return Err(unreachable_bucket(bucket, other)),
            };
            self.verdicts
                .lock()
                .expect("nothing panics while it is held")
                .insert(bucket.to_owned(), verdict);
            verdict
        };
        verdict.map_err(|status| refused_bucket(bucket, status))
    }
}

fn refused_bucket(bucket: &str, status: u16) -> Fault {
    let (what, hint) = match status {
        404 => (
            "does not exist",
            "create it, or set `spill_bucket` to one that exists",
        ),
        _ => (
            "may not be used",
            "it must belong to this account, and the role needs s3:ListBucket on it",
        ),
    };
    Fault::invalid_input(format!(
        "the spill bucket `{bucket}` {what} (status {status})"
    ))
    .with_hint(hint)
}

fn unreachable_bucket(bucket: &str, status: Option<u16>) -> Fault {
    let what = status.map_or("S3 cannot be reached".to_owned(), |status| {
        format!("S3 answered status {status}")
    });
    Fault::new(
        SourceErrorCode::AccessDenied,
        format!("cannot check the spill bucket `{bucket}`: {what}"),
    )
    .with_hint("check the function's network, Region and credentials")
}
