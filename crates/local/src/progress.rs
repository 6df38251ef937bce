//! How far a long read is: splits done, rows, how fast, and about how long it will take.

use crate::print::{Talk, counted, size};
use crate::sql::Watch;
use athena_client::Figures;
use std::fmt::Write as _;
use std::io;
use std::time::Duration;
use tokio::time::{Interval, MissedTickBehavior, interval};

/// Tells of one statement while it is read. On a terminal the line goes away at the end.
pub(crate) struct Progress<'a> {
    watch: Watch,
    talk: &'a mut Talk,
    ticks: Option<Interval>,
}

impl<'a> Progress<'a> {
    /// Of the statement that `watch` looks at; silent where nobody asked for it.
    pub(crate) fn of(watch: &Watch, talk: &'a mut Talk) -> Self {
        let ticks = talk.wants_progress().then(|| {
            let mut ticks = interval(if talk.is_live() { SOON } else { SELDOM });
            ticks.set_missed_tick_behavior(MissedTickBehavior::Skip);
            ticks
        });
        Self {
            watch: watch.clone(),
            talk,
            ticks,
        }
    }

    /// Waits until it is time to tell, and tells. Never comes back where nobody asked for it.
    pub(crate) async fn tick(&mut self) {
        let Some(ticks) = &mut self.ticks else {
            return std::future::pending().await;
        };
        ticks.tick().await;
        let elapsed = self.watch.elapsed();
        if elapsed >= QUIET {
            // A terminal that is gone shows in what is written next.
            let _ = self.talk.replace(&line(&self.watch.figures(), elapsed));
        }
    }

    /// The reading is done.
    ///
    /// # Errors
    /// If nothing can be written.
    pub(crate) fn end(self) -> io::Result<()> {
        self.talk.clear()?;
        if self.ticks.is_some() && !self.talk.is_live() {
            self.talk
                .line(&line(&self.watch.figures(), self.watch.elapsed()))?;
        }
        Ok(())
    }
}

/// `3 of 12 splits · 41,200 rows · 18.3 MB · 6.1 MB/s · about 9 s left`
fn line(figures: &Figures, elapsed: Duration) -> String {
    let Figures {
        splits,
        splits_done,
        rows,
        received_bytes,
        ..
    } = figures;
    let rate = per_second(*received_bytes, elapsed);
    let mut line = format!(
        "{splits_done} of {} · {} · {} · {}/s",
        counted(*splits, "split"),
        counted(*rows, "row"),
        size(*received_bytes),
        size(rate)
    );
    if let Some(left) = left(*splits_done, *splits, elapsed) {
        // Writing into a string does not fail.
        let _ = write!(line, " · about {} s left", left.as_secs().max(1));
    }
    line
}

fn per_second(bytes: u64, elapsed: Duration) -> u64 {
    let millis = elapsed.as_millis().max(1);
    u64::try_from(u128::from(bytes) * 1000 / millis).unwrap_or(u64::MAX)
}

/// As long a split as those before.
fn left(done: u64, all: u64, elapsed: Duration) -> Option<Duration> {
    let open = u32::try_from(all.checked_sub(done)?).ok()?;
    let done = u32::try_from(done).ok().filter(|done| *done > 0)?;
    (open > 0).then(|| elapsed * open / done)
}

/// Who waits no longer than this needs no line.
const QUIET: Duration = Duration::from_millis(500);
const SOON: Duration = Duration::from_millis(200);
const SELDOM: Duration = Duration::from_secs(5);

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(splits: (u64, u64), bytes: u64, millis: u64, expected: &str) {
        let figures = Figures {
            splits: splits.1,
            splits_done: splits.0,
            rows: 41_200,
            received_bytes: bytes,
            ..Figures::default()
        };
        assert_eq!(line(&figures, Duration::from_millis(millis)), expected);
    }

    #[test]
    fn the_line_tells_what_is_done_and_what_is_left() {
        check(
            (3, 12),
            18_300_000,
            3000,
            "3 of 12 splits · 41,200 rows · 18.3 MB · 6.1 MB/s · about 9 s left",
        );
        check(
            (0, 1),
            500,
            2000,
            "0 of 1 split · 41,200 rows · 500 B · 250 B/s",
        );
        check(
            (2, 2),
            500,
            0,
            "2 of 2 splits · 41,200 rows · 500 B · 500.0 KB/s",
        );
    }
}
