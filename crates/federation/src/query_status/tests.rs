//! Questions under a clock that never really waits.

use super::*;
use crate::clock::tests::Skipping;
use futures::FutureExt;
use std::sync::Mutex;

/// Answers in this order, and then for ever with the last.
struct Script {
    answers: Mutex<Vec<Result<QueryState, StatusError>>>,
    asked: Mutex<Vec<String>>,
}

#[async_trait]
impl QueryStates for Script {
    async fn state(
        &self,
        query_id: &str,
        _: Option<&Credentials>,
    ) -> Result<QueryState, StatusError> {
        self.asked.lock().unwrap().push(query_id.to_owned());
        let mut answers = self.answers.lock().unwrap();
        if answers.len() > 1 {
            answers.remove(0)
        } else {
            answers[0].clone()
        }
    }
}

struct World {
    clock: Arc<Skipping>,
    script: Arc<Script>,
    status: QueryStatus,
}

fn world(answers: &[Result<QueryState, StatusError>]) -> World {
    let clock = Arc::new(Skipping::default());
    let script = Arc::new(Script {
        answers: Mutex::new(answers.to_vec()),
        asked: Mutex::default(),
    });
    let status = QueryStatus::new(script.clone(), ThrottleConfig::default(), clock.clone());
    World {
        clock,
        script,
        status,
    }
}

impl World {
    /// The end of the query, if there is one within this many steps of the clock.
    fn ended_within(&self, steps: usize) -> Option<QueryState> {
        let mut ended = std::pin::pin!(self.status.ended("q7", None));
        (0..steps).find_map(|_| ended.as_mut().now_or_never())
    }

    fn asked(&self) -> usize {
        self.script.asked.lock().unwrap().len()
    }
}

const RUNNING: Result<QueryState, StatusError> = Ok(QueryState::Running);

#[test]
fn the_waits_are_fibonaccis_up_to_55_seconds() {
    let seconds: Vec<u64> = waits().take(13).map(|wait| wait.as_secs()).collect();
    assert_eq!(seconds, [1, 1, 2, 3, 5, 8, 13, 21, 34, 55, 55, 55, 55]);
}

#[test]
fn each_end_of_a_query_is_noticed_at_the_next_question() {
    for state in [
        QueryState::Succeeded,
        QueryState::Failed,
        QueryState::Cancelled,
    ] {
        let world = world(&[RUNNING, RUNNING, RUNNING, Ok(state)]);
        assert_eq!(world.ended_within(20), Some(state));
        assert_eq!(world.clock.slept_ms(), [1000, 1000, 2000, 3000]);
        assert_eq!(*world.script.asked.lock().unwrap(), ["q7"; 4]);
        assert!(state.fault().message.contains(state.as_str()));
    }
}

#[test]
fn a_running_query_is_asked_for_less_and_less_often() {
    let world = world(&[RUNNING]);
    assert_eq!(world.ended_within(12), None);
    assert_eq!(world.clock.slept_ms()[..4], [1000, 1000, 2000, 3000]);
    assert_eq!(world.clock.slept_ms().last(), Some(&55_000));
}

#[test]
fn a_query_that_is_not_known_or_not_ours_to_see_is_asked_for_once() {
    for error in [StatusError::UnknownQuery, StatusError::Denied] {
        let world = world(&[RUNNING, Err(error.clone()), Ok(QueryState::Cancelled)]);
        assert_eq!(world.ended_within(20), None, "{error}");
        assert_eq!(world.asked(), 2);
    }
}

#[test]
fn a_failure_to_ask_is_not_an_end_and_the_next_question_follows() {
    let failed = Err(StatusError::Other("unreachable".to_owned()));
    let world = world(&[failed.clone(), failed, RUNNING, Ok(QueryState::Failed)]);
    assert_eq!(world.ended_within(20), Some(QueryState::Failed));
    assert_eq!(world.clock.slept_ms(), [1000, 1000, 2000, 3000]);
}

#[test]
fn throttled_questions_are_repeated_after_the_delay_of_throttling() {
    let throttled = Err(StatusError::Throttled);
    let world = world(&[
        RUNNING,
        throttled.clone(),
        throttled.clone(),
        throttled,
        RUNNING,
        Ok(QueryState::Cancelled),
    ]);
    assert_eq!(world.ended_within(20), Some(QueryState::Cancelled));
    assert_eq!(
        world.clock.slept_ms(),
        [1000, 1000, 10, 20, 40, 2030],
        "one success takes 10 ms off the delay"
    );
}
