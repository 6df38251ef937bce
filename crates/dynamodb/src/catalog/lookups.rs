//! What was looked up lately: kept for a short time, few at once, and asked for once by calls side by side.
//!
//! A query asks for the same table several times within seconds, and a dashboard asks a dozen queries about it. Only what was found
//! is kept: what failed, or is not there, is asked for again. Whoever looks up for several callers keeps one of these for
//! each of them, or has the caller in the key.

use std::sync::{Arc, Mutex, MutexGuard, Weak};
use std::time::{Duration, Instant};

use athena_federation::clock::Clock;

/// Answers by key.
pub(super) struct Lookups<K, V> {
    most: usize,
    /// The one that was asked for last stands last.
    kept: Mutex<Vec<Kept<K, V>>>,
    /// Held while an answer is asked for; gone when nobody waits.
    gates: Mutex<Vec<(K, Weak<Gate>)>>,
}

struct Kept<K, V> {
    key: K,
    asked_at: Instant,
    answer: V,
}

type Gate = tokio::sync::Mutex<()>;

impl<K: Clone + PartialEq, V: Clone> Lookups<K, V> {
    /// Keeps up to `most` answers.
    pub(super) fn new(most: usize) -> Self {
        Self {
            most,
            kept: Mutex::default(),
            gates: Mutex::default(),
        }
    }

    /// The answer for `key`: one that is younger than `expiry`, else what `look_up` finds.
    ///
    /// # Errors
    /// That of `look_up`, which is not kept.
    pub(super) async fn get<E>(
        &self,
        key: K,
        expiry: Duration,
        clock: &dyn Clock,
        look_up: impl Future<Output = Result<V, E>>,
    ) -> Result<V, E> {
        if expiry.is_zero() {
            return look_up.await;
        }
        if let Some(answer) = self.fresh(&key, expiry, clock.now()) {
            return Ok(answer);
        }
        let gate = self.gate(&key);
        let _held = gate.lock().await;
        // Whoever held it before may have found it.
        let asked_at = clock.now();
        if let Some(answer) = self.fresh(&key, expiry, asked_at) {
            return Ok(answer);
        }
        let answer = look_up.await?;
        self.keep(key, asked_at, answer.clone(), expiry);
        Ok(answer)
    }

    /// Keeps an answer that was asked for at `asked_at`, in place of older ones.
    pub(super) fn keep(&self, key: K, asked_at: Instant, answer: V, expiry: Duration) {
        if expiry.is_zero() {
            return;
        }
        let mut kept = held(&self.kept);
        kept.retain(|other| other.key != key && is_fresh(other.asked_at, asked_at, expiry));
        if kept.len() >= self.most {
            kept.remove(0);
        }
        kept.push(Kept {
            key,
            asked_at,
            answer,
        });
    }

    /// Forgets the answers that `stale` names.
    pub(super) fn forget(&self, stale: impl Fn(&K, &V) -> bool) {
        held(&self.kept).retain(|kept| !stale(&kept.key, &kept.answer));
    }

    fn fresh(&self, key: &K, expiry: Duration, now: Instant) -> Option<V> {
        let kept = held(&self.kept);
        let found = kept.iter().find(|kept| kept.key == *key)?;
        is_fresh(found.asked_at, now, expiry).then(|| found.answer.clone())
    }

    fn gate(&self, key: &K) -> Arc<Gate> {
        let mut gates = held(&self.gates);
        gates.retain(|(_, gate)| gate.strong_count() > 0);
        let known = gates.iter().find(|(of, _)| of == key);
        if let Some(gate) = known.and_then(|(_, gate)| gate.upgrade()) {
            return gate;
        }
        let gate = Arc::new(Gate::default());
        gates.push((key.clone(), Arc::downgrade(&gate)));
        gate
    }
}

fn is_fresh(asked_at: Instant, now: Instant, expiry: Duration) -> bool {
    now.saturating_duration_since(asked_at) < expiry
}

fn held<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().expect("nothing panics while it is held")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::convert::Infallible;
    use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

    const EXPIRY: Duration = Duration::from_secs(30);

    /// Stands still until it is told how late it is.
    struct ByHand {
        start: Instant,
        seconds: AtomicU64,
    }

    impl ByHand {
        fn new() -> Self {
            Self {
                start: athena_federation::clock::SystemClock.now(),
                seconds: AtomicU64::new(0),
            }
        }

        fn set(&self, seconds: u64) {
            self.seconds.store(seconds, Ordering::SeqCst);
        }
    }

    impl Clock for ByHand {
        fn now(&self) -> Instant {
            self.start + self.since_epoch()
        }

        fn since_epoch(&self) -> Duration {
            Duration::from_secs(self.seconds.load(Ordering::SeqCst))
        }
    }

    /// Answers with how often it was asked.
    #[derive(Default)]
    struct Source(AtomicUsize);

    impl Source {
        async fn ask(&self) -> Result<usize, Infallible> {
            // Others run before it answers.
            tokio::task::yield_now().await;
            Ok(self.0.fetch_add(1, Ordering::SeqCst) + 1)
        }
    }

    async fn got(
        lookups: &Lookups<&'static str, usize>,
        key: &'static str,
        clock: &ByHand,
        source: &Source,
    ) -> usize {
        let answer = lookups.get(key, EXPIRY, clock, source.ask()).await;
        answer.unwrap()
    }

    #[tokio::test]
    async fn an_answer_is_used_until_it_expires_and_no_longer_since_it_was_used() {
        let (lookups, clock, source) = (Lookups::new(4), ByHand::new(), Source::default());
        for (second, answer) in [(0, 1), (29, 1), (30, 2), (59, 2), (60, 3), (200, 4)] {
            clock.set(second);
            assert_eq!(
                got(&lookups, "a", &clock, &source).await,
                answer,
                "{second} s"
            );
        }
    }

    #[tokio::test]
    async fn an_answer_is_as_old_as_its_question() {
        let (lookups, clock) = (Lookups::new(4), ByHand::new());
        let slow = async {
            clock.set(20);
            Ok::<_, Infallible>(1)
        };
        lookups.get("a", EXPIRY, &clock, slow).await.unwrap();
        let source = Source::default();
        clock.set(29);
        got(&lookups, "a", &clock, &source).await;
        assert_eq!(source.0.load(Ordering::SeqCst), 0);
        clock.set(30);
        got(&lookups, "a", &clock, &source).await;
        assert_eq!(source.0.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn without_an_expiry_nothing_is_kept() {
        let (lookups, clock, source) = (Lookups::new(4), ByHand::new(), Source::default());
        for answer in 1..4 {
            let found = lookups.get("a", Duration::ZERO, &clock, source.ask()).await;
            assert_eq!(found, Ok(answer));
        }
        assert!(held(&lookups.kept).is_empty());
    }

    #[tokio::test]
    async fn what_failed_is_asked_for_again() {
        let (lookups, clock) = (Lookups::new(4), ByHand::new());
        for answer in [Err("not there"), Err("refused"), Ok(7)] {
            let found = lookups.get("a", EXPIRY, &clock, async { answer }).await;
            assert_eq!(found, answer);
        }
        let found = lookups.get("a", EXPIRY, &clock, async { Err("refused") });
        assert_eq!(found.await, Ok(7));
        assert!(held(&lookups.gates).len() <= 1, "gates go with who waits");
    }

    #[tokio::test]
    async fn calls_side_by_side_share_one_question_for_each_key() {
        let (lookups, clock, source) = (Lookups::new(4), ByHand::new(), Source::default());
        let same = (0..5).map(|_| got(&lookups, "a", &clock, &source));
        let (same, other) = tokio::join!(
            futures::future::join_all(same),
            got(&lookups, "b", &clock, &source)
        );
        assert!(same.iter().all(|answer| *answer == same[0]), "{same:?}");
        assert_ne!(same[0], other);
        assert_eq!(source.0.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_question_that_is_given_up_or_fails_does_not_hold_up_the_next() {
        let (lookups, clock, source) = (Lookups::new(4), ByHand::new(), Source::default());
        let never = lookups.get(
            "a",
            EXPIRY,
            &clock,
            std::future::pending::<Result<_, Infallible>>(),
        );
        let waiting = got(&lookups, "a", &clock, &source);
        tokio::pin!(never, waiting);
        assert!(futures::poll!(&mut never).is_pending());
        assert!(futures::poll!(&mut waiting).is_pending());
        assert_eq!(source.0.load(Ordering::SeqCst), 0, "it waits for the first");
        never.set(lookups.get("b", EXPIRY, &clock, std::future::pending()));
        assert_eq!(waiting.await, 1);
    }

    #[tokio::test]
    async fn few_answers_are_kept_the_latest_ones() {
        let (lookups, clock, source) = (Lookups::new(2), ByHand::new(), Source::default());
        for key in ["a", "b", "c"] {
            got(&lookups, key, &clock, &source).await;
        }
        assert_eq!(held(&lookups.kept).len(), 2);
        assert_eq!(got(&lookups, "b", &clock, &source).await, 2);
        assert_eq!(got(&lookups, "a", &clock, &source).await, 4);
        // What has expired goes with the next that comes.
        clock.set(30);
        got(&lookups, "d", &clock, &source).await;
        assert_eq!(held(&lookups.kept).len(), 1);
    }

    #[tokio::test]
    async fn what_is_stale_can_be_forgotten() {
        let (lookups, clock, source) = (Lookups::new(4), ByHand::new(), Source::default());
        for key in ["a", "b"] {
            got(&lookups, key, &clock, &source).await;
        }
        lookups.forget(|_, answer| *answer == 1);
        assert_eq!(got(&lookups, "a", &clock, &source).await, 3);
        assert_eq!(got(&lookups, "b", &clock, &source).await, 2);
    }
}
