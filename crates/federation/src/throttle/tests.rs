//! The arithmetic against a plain model, and the loop under a clock that never really waits.

use super::*;
use crate::clock::tests::Skipping;
use futures::FutureExt;
use futures::future::join_all;
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering};

#[test]
fn the_delay_doubles_from_10_to_1000_ms() {
    let mut delay = Delay::new(ThrottleConfig::default());
    let grown: Vec<u128> = (0..9)
        .map(|_| delay.on(Outcome::Throttled).as_millis())
        .collect();
    assert_eq!(grown, [10, 20, 40, 80, 160, 320, 640, 1000, 1000]);
    let shrunk: Vec<u128> = (0..3)
        .map(|_| delay.on(Outcome::Done).as_millis())
        .collect();
    assert_eq!(shrunk, [990, 980, 970]);
}

proptest! {
    #[test]
    fn the_delay_follows_the_rule(
        initial in 0u64..2000, max in 1u64..5000, increase in 1u64..500, thousandths in 1u64..=1000,
        outcomes in prop::collection::vec(any::<bool>(), 0..60),
    ) {
        let limits = ThrottleConfig {
            initial_ms: initial,
            max_ms: max,
            decrease_factor: f64::from(u32::try_from(thousandths).unwrap()) / 1000.0,
            increase_ms: increase,
            ..ThrottleConfig::default()
        };
        let mut delay = Delay::new(limits);
        let mut expected = 0u64;
        for throttled in outcomes {
            let outcome = if throttled { Outcome::Throttled } else { Outcome::Done };
            let given = u64::try_from(delay.on(outcome).as_millis()).unwrap();
            if throttled && expected > 0 {
                // A binary fraction may lie a hair above the decimal one, so the exact quotient has a neighbour.
                let exact = (expected * 1000).div_ceil(thousandths);
                prop_assert!([exact.min(max), (exact + 1).min(max)].contains(&given), "{given} of {exact}");
                expected = given;
            } else {
                expected = if throttled { initial.clamp(1, max) } else { expected.saturating_sub(increase) };
            }
            prop_assert_eq!(given, expected);
            prop_assert!(given <= max);
            prop_assert_eq!(delay.current().as_millis(), u128::from(given));
        }
    }
}

struct World {
    clock: Arc<Skipping>,
    metrics: Arc<Metrics>,
    throttle: Throttle,
}

fn world(insistence: Insistence, patience: Duration, time: Duration) -> World {
    let clock = Arc::new(Skipping::default());
    let metrics = Arc::new(Metrics::default());
    let limits = ThrottleConfig {
        patience,
        ..ThrottleConfig::default()
    };
    let throttle = Throttle::new(
        Arc::new(Sources::new(limits)),
        insistence,
        clock.since_epoch() + time,
        metrics.clone(),
        clock.clone(),
    );
    World {
        clock,
        metrics,
        throttle,
    }
}

fn throttled() -> Fault {
    Fault::new(SourceErrorCode::Throttling, "the source is busy").with_hint("wait")
}

/// Runs a call that is throttled this often before it succeeds, and gives the attempts made.
async fn after(throttle: &Throttle, throttles: usize) -> (Result<(), Fault>, usize) {
    let attempts = AtomicUsize::new(0);
    let answer = throttle
        .run("t", || {
            let attempt = attempts.fetch_add(1, Ordering::Relaxed);
            async move {
                if attempt < throttles {
                    Err(throttled())
                } else {
                    Ok(())
                }
            }
        })
        .await;
    (answer, attempts.into_inner())
}

const HOUR: Duration = Duration::from_hours(1);

#[tokio::test]
async fn a_throttled_call_is_made_again_after_each_delay_and_the_waiting_is_counted() {
    let world = world(Insistence::UntilPatienceEnds, HOUR, HOUR);
    let (answer, attempts) = after(&world.throttle, 4).await;
    assert_eq!((answer, attempts), (Ok(()), 5));
    assert_eq!(world.clock.slept_ms(), [10, 20, 40, 80]);
    assert_eq!(
        (
            world.metrics.throttles.get(),
            world.metrics.throttled_ms.get()
        ),
        (4, 150)
    );
    // One success takes 10 ms off, and the next call waits for the rest.
    after(&world.throttle, 0).await.0.unwrap();
    assert_eq!(world.clock.slept_ms().last(), Some(&70));
}

#[tokio::test]
async fn an_answer_throttled_in_part_is_handed_on_and_makes_the_next_call_wait() {
    let world = world(Insistence::UntilPatienceEnds, Duration::ZERO, HOUR);
    for _ in 0..3 {
        let answer = || async { Ok((7, Outcome::Throttled)) };
        let answer = world.throttle.run_telling("t", answer).await;
        assert_eq!(answer, Ok(7), "however little patience there is");
    }
    assert_eq!(world.clock.slept_ms(), [10, 20]);
    assert_eq!(world.metrics.throttles.get(), 3);
    assert_eq!(world.throttle.out_of_time(), None);
    after(&world.throttle, 0).await.0.unwrap();
    assert_eq!(world.clock.slept_ms().last(), Some(&40));
}

#[tokio::test]
async fn another_fault_ends_the_call_at_once() {
    let world = world(Insistence::UntilDeadline, HOUR, HOUR);
    let fault = Fault::invalid_input("no");
    let answer: Result<(), Fault> = world
        .throttle
        .run("t", || async { Err(Fault::invalid_input("no")) })
        .await;
    assert_eq!(answer, Err(fault));
    assert!(world.clock.slept_ms().is_empty());
}

#[tokio::test]
async fn a_read_that_spilled_nothing_asks_for_a_slow_down_when_patience_ends() {
    let patience = Duration::from_secs(30);
    let world = world(Insistence::UntilPatienceEnds, patience, HOUR);
    let fault = after(&world.throttle, usize::MAX).await.0.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::Throttling);
    for words in [
        "ThrottlingInvoker requesting slow down",
        "busy",
        "30 seconds",
        "wait",
    ] {
        assert!(fault.to_string().contains(words), "{fault}");
    }
    let waited: u64 = world.clock.slept_ms().iter().sum();
    assert!((30_000..31_000).contains(&waited), "{waited} ms");
}

#[tokio::test]
async fn without_patience_the_first_throttle_asks_for_a_slow_down() {
    let world = world(Insistence::UntilPatienceEnds, Duration::ZERO, HOUR);
    let (answer, attempts) = after(&world.throttle, 1).await;
    assert!(answer.unwrap_err().message.contains("slow down"));
    assert_eq!(attempts, 1);
}

#[tokio::test]
async fn a_success_renews_the_patience() {
    let world = world(Insistence::UntilPatienceEnds, Duration::from_secs(5), HOUR);
    // Four waits between five throttles are 4 seconds at most; with those of the row before, they would be too long.
    for _ in 0..5 {
        assert_eq!(after(&world.throttle, 5).await.0, Ok(()));
    }
    let waited: u64 = world.clock.slept_ms().iter().sum();
    assert!(waited > 10_000, "{waited} ms");
}

#[tokio::test]
async fn a_read_that_spilled_goes_on_for_as_long_as_it_has_time() {
    let world = world(
        Insistence::UntilPatienceEnds,
        Duration::ZERO,
        Duration::from_mins(1),
    );
    world.metrics.taken_blocks.add(1);
    let fault = after(&world.throttle, usize::MAX).await.0.unwrap_err();
    assert_eq!(fault.code, SourceErrorCode::Throttling);
    assert!(fault.message.contains("time is almost up"), "{fault}");
    let waited: u64 = world.clock.slept_ms().iter().sum();
    assert!((58_000..60_000).contains(&waited), "{waited} ms");
}

#[tokio::test]
async fn a_call_for_metadata_has_no_other_end_than_its_deadline() {
    let world = world(
        Insistence::UntilDeadline,
        Duration::ZERO,
        Duration::from_mins(1),
    );
    assert_eq!(after(&world.throttle, 50).await.0, Ok(()));
    assert_eq!(world.throttle.out_of_time(), None, "it is over");
    let fault = after(&world.throttle, usize::MAX).await.0.unwrap_err();
    assert!(fault.message.contains("time is almost up"), "{fault}");
    assert_eq!(world.throttle.out_of_time(), Some(fault));
}

#[tokio::test]
async fn streams_that_are_throttled_together_raise_the_delay_once() {
    let world = world(Insistence::UntilDeadline, HOUR, HOUR);
    let gate = tokio::sync::Barrier::new(4);
    let streams = (0..4).map(|_| {
        let attempts = AtomicUsize::new(0);
        let (gate, throttle) = (&gate, &world.throttle);
        async move {
            let attempt = || {
                let first = attempts.fetch_add(1, Ordering::Relaxed) == 0;
                async move {
                    if first {
                        gate.wait().await;
                        Err(throttled())
                    } else {
                        Ok(())
                    }
                }
            };
            throttle.run("t", attempt).await.unwrap();
        }
    });
    join_all(streams).await;
    assert_eq!(
        world.clock.slept_ms()[0],
        10,
        "{:?}",
        world.clock.slept_ms()
    );
    assert!(world.clock.slept_ms().iter().all(|millis| *millis <= 10));
    assert_eq!(world.metrics.throttles.get(), 4);
}

#[tokio::test]
async fn each_source_has_a_delay_of_its_own_and_calls_share_it() {
    let first = world(Insistence::UntilDeadline, HOUR, HOUR);
    after(&first.throttle, 3).await.0.unwrap();
    let second = Throttle {
        standing: Mutex::new(None),
        sources: first.throttle.sources.clone(),
        metrics: Arc::default(),
        clock: first.clock.clone(),
        ..world(Insistence::UntilDeadline, HOUR, HOUR).throttle
    };
    let slept = first.clock.slept_ms().len();
    second.run("other", || async { Ok(()) }).await.unwrap();
    assert_eq!(
        first.clock.slept_ms().len(),
        slept,
        "another source waits for nothing"
    );
    second.run("t", || async { Ok(()) }).await.unwrap();
    assert_eq!(
        first.clock.slept_ms().last(),
        Some(&30),
        "40 less one success"
    );
}

#[tokio::test]
async fn a_call_that_is_dropped_stops_waiting() {
    let sources = Arc::new(Sources::new(ThrottleConfig::default()));
    let throttle = Throttle::new(
        sources,
        Insistence::UntilDeadline,
        Duration::MAX,
        Arc::default(),
        Arc::new(crate::clock::SystemClock),
    );
    let attempts = AtomicUsize::new(0);
    let call = throttle.run("t", || {
        attempts.fetch_add(1, Ordering::Relaxed);
        async { Err::<(), _>(throttled()) }
    });
    assert_eq!(call.now_or_never(), None);
    assert_eq!(attempts.into_inner(), 1, "it was dropped in its first wait");
}
