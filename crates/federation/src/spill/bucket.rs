//! Asks once whether the spill bucket can be used, and whether it is the function's account that owns it (protocol §9.6).

use super::SpillStore;
use crate::fault::Fault;
use athena_protocol::wire::SourceErrorCode;
use std::collections::BTreeMap;
use std::sync::Mutex;

/// Remembers each bucket that can be used, and whose it is. One that is refused is asked for again by the next query: somebody may
/// have mended it.
#[derive(Debug, Default)]
pub struct BucketCheck {
    verdicts: Mutex<BTreeMap<String, Ownership>>,
}

/// Whose a bucket is that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ownership {
    /// That of the account that was asked about.
    Own,
    /// Another account's, which opened it to us, or not known.
    Other,
}

impl BucketCheck {
    /// Tells whether `bucket` belongs to `account`; fails if it does not exist or may not be used.
    ///
    /// # Errors
    /// An `InvalidInput` fault for a bucket that is refused, an `AccessDenied` fault for anything else.
    pub async fn check(
        &self,
        store: &dyn SpillStore,
        bucket: &str,
        account: Option<&str>,
    ) -> Result<Ownership, Fault> {
        let known = self
            .verdicts
            .lock()
            .expect("nothing panics while it is held")
            .get(bucket)
            .copied();
        if let Some(ownership) = known {
            return Ok(ownership);
        }
        let ownership = account.map_or(Ownership::Other, |_| Ownership::Own);
        let mut answer = (store.head_bucket(bucket, account).await).map(|()| ownership);
        if account.is_some() && answer == Err(Some(403)) {
            // Of another owner, or not to be used at all: S3 tells both alike.
            answer = (store.head_bucket(bucket, None).await).map(|()| Ownership::Other);
        }
        let ownership = answer.map_err(|status| match status {
            Some(status @ (403 | 404)) => refused_bucket(bucket, status),
            other => unreachable_bucket(bucket, other),
        })?;
        self.verdicts
            .lock()
            .expect("nothing panics while it is held")
            .insert(bucket.to_owned(), ownership);
        Ok(ownership)
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

        async fn head_bucket(&self, _bucket: &str, owner: Option<&str>) -> Result<(), Option<u16>> {
            self.asked.fetch_add(1, Ordering::Relaxed);
            self.together.wait().await;
            match owner {
                Some(OTHER) => Err(Some(403)),
                _ => self.answer,
            }
        }
    }

    async fn three_checks(answer: Result<(), Option<u16>>) -> (Result<(), Fault>, usize) {
        let (check, store) = (BucketCheck::default(), Heads::answering(answer, 1));
        let mut last = Ok(());
        for _ in 0..3 {
            last = check.check(&store, "b", None).await.map(drop);
        }
        (last, store.asked.into_inner())
    }

    #[tokio::test]
    async fn a_bucket_that_can_be_used_is_remembered_and_nothing_else() {
        assert_eq!(three_checks(Ok(())).await, (Ok(()), 1));
        for status in [403, 404] {
            let (fault, asked) = three_checks(Err(Some(status))).await;
            let fault = fault.unwrap_err();
            assert_eq!(
                (fault.code, asked),
                (SourceErrorCode::InvalidInput, 3),
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
    async fn an_owner_is_known_only_where_s3_confirmed_it() {
        for (account, answer, verdict, asked) in [
            (Some(OWN), Ok(()), Ok(Ownership::Own), 1),
            // A bucket that another account opened to us.
            (Some(OTHER), Ok(()), Ok(Ownership::Other), 2),
            (None, Ok(()), Ok(Ownership::Other), 1),
            (
                Some(OTHER),
                Err(Some(403)),
                Err(SourceErrorCode::InvalidInput),
                4,
            ),
            (
                Some(OWN),
                Err(Some(404)),
                Err(SourceErrorCode::InvalidInput),
                2,
            ),
        ] {
            let (check, store) = (BucketCheck::default(), Heads::answering(answer, 1));
            for _ in 0..2 {
                let got = check.check(&store, "b", account).await;
                assert_eq!(got.map_err(|fault| fault.code), verdict, "{account:?}");
            }
            assert_eq!(store.asked.into_inner(), asked, "{account:?}");
        }
    }

    const OWN: &str = "111111111111";
    const OTHER: &str = "222222222222";

    #[tokio::test]
    async fn each_bucket_has_a_verdict_of_its_own_and_one_that_was_mended_is_used() {
        let check = BucketCheck::default();
        let (good, bad) = (
            Heads::answering(Ok(()), 1),
            Heads::answering(Err(Some(404)), 1),
        );
        check.check(&good, "a", None).await.unwrap();
        check.check(&bad, "b", None).await.unwrap_err();
        check.check(&bad, "a", None).await.unwrap();
        assert!(check.check(&good, "b", None).await.is_ok());
    }

    #[tokio::test]
    async fn calls_side_by_side_get_the_same_verdict() {
        let (check, store) = (BucketCheck::default(), Heads::answering(Ok(()), 2));
        // Each waits inside for the other, so neither may keep the other out.
        let (one, other) = tokio::join!(
            check.check(&store, "b", None),
            check.check(&store, "b", None)
        );
        assert_eq!(one.unwrap(), other.unwrap());
        assert!(check.check(&store, "b", None).await.is_ok());
        assert_eq!(store.asked.into_inner(), 2);
    }
}
