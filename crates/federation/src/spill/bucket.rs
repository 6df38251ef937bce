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
    let hint = match status {
        // HEAD has no body that would name the Region.
        Some(301 | 307 | 400) => {
            "the bucket seems to lie in another Region: it must be in that of the function"
        }
        _ => "check the function's network, Region and credentials",
    };
    Fault::new(
        SourceErrorCode::AccessDenied,
        format!("cannot check the spill bucket `{bucket}`: {what}"),
    )
    .with_hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use athena_protocol::spill::SpillLocation;
    use bytes::Bytes;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use tokio::sync::Barrier;

    /// Gives one answer, when as many have asked as the barrier waits for.
    struct Heads {
        answer: Result<(), Option<u16>>,
        together: Barrier,
        asked: AtomicUsize,
    }

    impl Heads {
        fn answering(answer: Result<(), Option<u16>>, together: usize) -> Self {
            Self {
                answer,
                together: Barrier::new(together),
                asked: AtomicUsize::new(0),
            }
        }
    }

    #[async_trait]
    impl SpillStore for Heads {
        fn signed_by(
            self: std::sync::Arc<Self>,
            _: &aws_credential_types::Credentials,
        ) -> std::sync::Arc<dyn SpillStore> {
            self
        }
        async fn put(
            &self,
            _: &SpillLocation,
            _: &BTreeMap<String, String>,
            _: Bytes,
        ) -> Result<(), Fault> {
            Ok(())
        }

        async fn head_bucket(&self, _bucket: &str) -> Result<(), Option<u16>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.together.wait().await;
            self.answer
        }
    }

    async fn three_checks(answer: Result<(), Option<u16>>) -> (Result<(), Fault>, usize) {
        let (check, store) = (BucketCheck::default(), Heads::answering(answer, 1));
        let mut last = Ok(());
        for _ in 0..3 {
            last = check.check(&store, "b").await;
        }
        (last, store.asked.into_inner())
    }

    #[tokio::test]
    async fn a_verdict_is_remembered_and_a_failure_to_ask_is_not() {
        assert_eq!(three_checks(Ok(())).await, (Ok(()), 1));
        for status in [403, 404] {
            let (fault, asked) = three_checks(Err(Some(status))).await;
            let fault = fault.unwrap_err();
            assert_eq!(
                (fault.code, asked),
                (SourceErrorCode::InvalidInput, 1),
                "{fault}"
            );
            assert!(fault.message.contains("`b`") && fault.hint.is_some());
        }
        for status in [None, Some(301), Some(400), Some(500), Some(503)] {
            let (fault, asked) = three_checks(Err(status)).await;
            let fault = fault.unwrap_err();
            assert_eq!(
                (fault.code, asked),
                (SourceErrorCode::AccessDenied, 3),
                "{fault}"
            );
            let elsewhere = fault.to_string().contains("another Region");
            assert_eq!(elsewhere, matches!(status, Some(301 | 400)), "{fault}");
        }
    }

    #[tokio::test]
    async fn each_bucket_has_a_verdict_of_its_own() {
        let check = BucketCheck::default();
        let (good, bad) = (
            Heads::answering(Ok(()), 1),
            Heads::answering(Err(Some(404)), 1),
        );
        check.check(&good, "a").await.unwrap();
        check.check(&bad, "b").await.unwrap_err();
        check.check(&bad, "a").await.unwrap();
        assert!(check.check(&good, "b").await.is_err());
    }

    #[tokio::test]
    async fn calls_side_by_side_get_the_same_verdict() {
        let (check, store) = (BucketCheck::default(), Heads::answering(Err(Some(403)), 2));
        // Each waits inside for the other, so neither may keep the other out.
        let (one, other) = tokio::join!(check.check(&store, "b"), check.check(&store, "b"));
        assert_eq!(one.unwrap_err(), other.unwrap_err());
        assert!(check.check(&store, "b").await.is_err());
        assert_eq!(store.asked.into_inner(), 2);
    }
}
