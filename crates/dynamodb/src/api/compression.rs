//! Whether pages are asked for compressed (option `page_compression`).
//!
//! DynamoDB answers in gzip where a request accepts it. That makes a page four to nine times smaller and costs about a millisecond of
//! processor time for each MB of it: worth it where the network is the limit, as behind the 75 MB a second that a Lambda function has
//! once its burst is used up, and a loss where the processor is.

use crate::config::PageCompression;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;
use tokio::time::Instant;

/// What all readers of a process know of the network between them and DynamoDB.
///
/// [`PageCompression::Auto`] begins without compression. It looks at windows of eight pages: where decoding was starved for more than half of the
/// time while bodies were on their way, the next window is compressed, and compression stays if that window was a tenth faster. What was found out holds for a minute.
#[derive(Debug)]
pub struct Link {
    choice: PageCompression,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    gzip: bool,
    /// When it was found out what is best; it is not looked at again for a while.
    settled: Option<Instant>,
    /// Bodies on their way.
    transfers: usize,
    /// Since when any is.
    busy_since: Option<Instant>,
    /// Pages of the other kind that may still come after a change.
    skip: usize,
    /// Bytes a second of the last window without compression.
    plain_rate: f64,
    window: Window,
}

#[derive(Debug, Default)]
struct Window {
    since: Option<Instant>,
    pages: usize,
    bytes: usize,
    busy: Duration,
    starved: Duration,
}

/// A body on its way.
#[derive(Debug)]
pub(super) struct Transfer(Arc<Link>);

impl Link {
    /// A link of which nothing is known yet.
    pub fn new(choice: PageCompression) -> Arc<Self> {
        Arc::new(Self {
            choice,
            state: Mutex::new(State {
                gzip: choice == PageCompression::Always,
                settled: None,
                transfers: 0,
                busy_since: None,
                skip: 0,
                plain_rate: 0.0,
                window: Window::default(),
            }),
        })
    }

    /// Notes that a call begins to read: the time before it was not spent on pages.
    pub(super) fn begin(&self) {
        self.state().window = Window::default();
    }

    /// Whether the next page is asked for compressed.
    pub(super) fn gzip(&self) -> bool {
        let mut state = self.state();
        if state.settled.is_some_and(|since| since.elapsed() > HOLDS) {
            state.settled = None;
            state.gzip = self.choice == PageCompression::Always;
            state.window = Window::default();
        }
        state.gzip
    }

    /// Notes that a body begins to come; it has come when the value is dropped.
    pub(super) fn transfer(self: &Arc<Self>) -> Transfer {
        let mut state = self.state();
        state.transfers += 1;
        if state.transfers == 1 {
            state.busy_since = Some(Instant::now());
        }
        Transfer(self.clone())
    }

    /// Notes how long decoding waited for a page.
    pub fn starved(&self, time: Duration) {
        self.state().window.starved += time;
    }

    /// Notes a page of so many bytes of JSON.
    pub(super) fn came(&self, bytes: usize) {
        let now = Instant::now();
        let mut state = self.state();
        if state.settled.is_some() || self.choice != PageCompression::Auto {
            return;
        }
        if state.skip > 0 {
            state.skip -= 1;
            state.restart(now);
            return;
        }
        let window = &mut state.window;
        let Some(since) = window.since else {
            state.restart(now);
            return;
        };
        window.pages += 1;
        window.bytes += bytes;
        if window.pages < WINDOW {
            return;
        }
        let elapsed = now - since;
        let busy = state.window.busy + state.busy_since.map_or(Duration::ZERO, |start| now - start);
        #[expect(
            clippy::cast_precision_loss,
            reason = "a window has less than 2^53 bytes"
        )]
        let rate = state.window.bytes as f64 / elapsed.as_secs_f64().max(1e-9);
        if state.gzip {
            state.settled = Some(now);
            state.gzip = rate > state.plain_rate * WORTH;
            tracing::debug!(
                compressed = state.gzip,
                rate,
                plain_rate = state.plain_rate,
                "settled how pages are asked for"
            );
        } else if state.window.starved * 2 > elapsed && busy * 2 > elapsed {
            state.gzip = true;
            state.plain_rate = rate;
            state.skip = SKIP;
        }
        state.restart(now);
    }

    /// Notes an answer whose compression was broken: it is not asked for again for a while.
    pub(super) fn broken(&self) {
        let mut state = self.state();
        state.gzip = false;
        state.settled = Some(Instant::now());
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect("nothing panics while it is held")
    }
}

impl State {
    fn restart(&mut self, now: Instant) {
        self.window = Window {
            since: Some(now),
            ..Window::default()
        };
        if let Some(since) = &mut self.busy_since {
            *since = now;
        }
    }
}

impl Drop for Transfer {
    fn drop(&mut self) {
        let now = Instant::now();
        let mut state = self.0.state();
        state.transfers -= 1;
        if state.transfers == 0
            && let Some(since) = state.busy_since.take()
        {
            state.window.busy += now - since;
        }
    }
}

/// Pages after which the link is judged: enough that each of four readers brought two.
const WINDOW: usize = 8;

/// Pages that may have been asked for before a change: two for each of four readers.
const SKIP: usize = 8;

/// How long a verdict holds.
const HOLDS: Duration = Duration::from_mins(1);

/// How much faster a compressed window must be.
const WORTH: f64 = 1.1;

#[cfg(test)]
mod tests {
    use super::*;

    /// Pages that come one after another: how long each is on its way, and how long it is decoded; of `bytes` each.
    async fn pages(link: &Arc<Link>, count: usize, wire: u64, decode: u64) {
        for _ in 0..count {
            let asked = Instant::now();
            link.gzip();
            let transfer = link.transfer();
            tokio::time::advance(Duration::from_millis(wire)).await;
            drop(transfer);
            link.starved(asked.elapsed());
            link.came(1 << 20);
            tokio::time::advance(Duration::from_millis(decode)).await;
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_slow_link_is_compressed_and_stays_so_where_that_is_faster() {
        let link = Link::new(PageCompression::Auto);
        assert!(!link.gzip());
        pages(&link, WINDOW + 1, 20, 2).await;
        assert!(link.gzip());
        pages(&link, SKIP + WINDOW + 1, 4, 3).await;
        assert!(link.gzip());
        // For a while nothing is judged any more, whoever reads.
        link.begin();
        pages(&link, 5 * WINDOW, 1, 90).await;
        assert!(link.gzip());
        tokio::time::advance(HOLDS).await;
        assert!(!link.gzip());
        pages(&link, 5 * WINDOW, 1, 90).await;
        assert!(!link.gzip(), "the link has become faster");
    }

    #[tokio::test(start_paused = true)]
    async fn compression_that_gains_nothing_is_given_up() {
        let link = Link::new(PageCompression::Auto);
        pages(&link, WINDOW + 1, 20, 2).await;
        assert!(link.gzip());
        pages(&link, SKIP + WINDOW, 5, 16).await;
        assert!(!link.gzip());
        pages(&link, 5 * WINDOW, 20, 2).await;
        assert!(!link.gzip(), "it is not tried again");
        tokio::time::advance(HOLDS).await;
        pages(&link, WINDOW + 1, 20, 2).await;
        assert!(link.gzip(), "but after a while it is");
    }

    #[tokio::test(start_paused = true)]
    async fn time_between_calls_is_not_counted() {
        let link = Link::new(PageCompression::Auto);
        pages(&link, WINDOW / 2, 20, 2).await;
        tokio::time::advance(Duration::from_secs(30)).await;
        link.begin();
        pages(&link, WINDOW + 1, 20, 2).await;
        assert!(link.gzip());
    }

    #[tokio::test(start_paused = true)]
    async fn a_fast_link_and_a_slow_service_are_left_alone() {
        let link = Link::new(PageCompression::Auto);
        pages(&link, 5 * WINDOW, 2, 3).await;
        assert!(!link.gzip(), "the processor is the limit");
        for _ in 0..5 * WINDOW {
            // Thirty milliseconds until the first byte, then all at once.
            tokio::time::advance(Duration::from_millis(30)).await;
            link.starved(Duration::from_millis(30));
            pages(&link, 1, 2, 1).await;
        }
        assert!(!link.gzip(), "the service is the limit");
    }

    #[tokio::test(start_paused = true)]
    async fn a_choice_is_kept_and_broken_compression_is_not_asked_for_again() {
        for (choice, expected) in [
            (PageCompression::Always, true),
            (PageCompression::Never, false),
        ] {
            let link = Link::new(choice);
            pages(&link, 5 * WINDOW, 20, 2).await;
            assert_eq!((link.gzip(), link.choice), (expected, choice));
            link.broken();
            assert!(!link.gzip());
            tokio::time::advance(HOLDS + Duration::from_millis(1)).await;
            assert_eq!(link.gzip(), expected);
        }
    }
}
