//! What carries the answers: bodies in pieces, and the speed of the link that all of them share.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Instant, Sleep, sleep_until};

/// A link of limited speed. Each piece waits until those before it, of any body, have passed.
#[derive(Debug)]
pub(super) struct Wire {
    bytes_per_second: u64,
    free_at: Mutex<Option<Instant>>,
}

impl Wire {
    pub(super) fn new(bytes_per_second: u64) -> Arc<Self> {
        Arc::new(Self {
            bytes_per_second,
            free_at: Mutex::new(None),
        })
    }

    /// When `bytes` more have passed.
    fn passed(&self, bytes: usize) -> Instant {
        let nanoseconds = (bytes as u64).saturating_mul(1_000_000_000) / self.bytes_per_second;
        let now = Instant::now();
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let start = free_at.map_or(now, |free_at| free_at.max(now));
        *free_at.insert(start + Duration::from_nanos(nanoseconds))
    }
}

/// A body in pieces, none of them copied.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    pieces: VecDeque<Bytes>,
    /// By how much the body is smaller than it would be without gzip, in bytes.
    saved: u64,
    wire: Option<Arc<Wire>>,
    passing: Option<(Bytes, Pin<Box<Sleep>>)>,
}

impl Chunks {
    pub(super) fn new(pieces: impl IntoIterator<Item = Bytes>) -> Self {
        Self {
            pieces: pieces
                .into_iter()
                .filter(|piece| !piece.is_empty())
                .collect(),
            ..Self::default()
        }
    }

    /// The same body over a link.
    pub(super) fn over(self, wire: Option<&Arc<Wire>>) -> Self {
        Self {
            wire: wire.cloned(),
            ..self
        }
    }

    /// The same body, which was compressed from `clear_bytes`.
    pub(super) fn instead_of(self, clear_bytes: u64) -> Self {
        Self {
            saved: clear_bytes.saturating_sub(self.left()),
            ..self
        }
    }

    /// By how much compression made the body smaller, in bytes.
    pub(super) fn saved(&self) -> u64 {
        self.saved
    }

    /// The bytes that are still to be sent.
    pub(super) fn left(&self) -> u64 {
        let passing = self.passing.iter().map(|(piece, _)| piece);
        let pieces = self.pieces.iter().chain(passing);
        pieces.map(|piece| piece.len() as u64).sum()
    }
}

impl Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let Some(wire) = self.wire.clone() else {
            let piece = self.pieces.pop_front();
            return Poll::Ready(piece.map(|piece| Ok(Frame::data(piece))));
        };
        if self.passing.is_none() {
            let Some(mut piece) = self.pieces.pop_front() else {
                return Poll::Ready(None);
            };
            if piece.len() > PACKET {
                let rest = piece.split_off(PACKET);
                self.pieces.push_front(rest);
            }
            let passed = wire.passed(piece.len());
            self.passing = Some((piece, Box::pin(sleep_until(passed))));
        }
        if let Some((_, sleep)) = &mut self.passing {
            ready!(sleep.as_mut().poll(context));
        }
        let passed = self.passing.take();
        Poll::Ready(passed.map(|(piece, _)| Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.left() == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left())
    }
}

/// Bytes that pass at once.
const PACKET: usize = 64 << 10;

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn bodies_share_the_link() {
        let wire = Wire::new(1_000_000);
        let body = || Chunks::new(vec![Bytes::from(vec![7; 300_000]); 2]).over(Some(&wire));
        let start = Instant::now();
        let (one, other) = tokio::join!(body().collect(), body().collect());
        assert_eq!(one.unwrap().to_bytes().len(), 600_000);
        assert_eq!(other.unwrap().to_bytes().len(), 600_000);
        let took = start.elapsed();
        let expected = Duration::from_millis(1200)..Duration::from_millis(1210);
        assert!(expected.contains(&took), "{took:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn without_a_link_a_body_takes_no_time() {
        let start = Instant::now();
        let body = Chunks::new([
            Bytes::from_static(b"a"),
            Bytes::new(),
            Bytes::from_static(b"b"),
        ]);
        assert_eq!(body.left(), 2);
        assert_eq!(&body.collect().await.unwrap().to_bytes()[..], b"ab");
        assert_eq!(start.elapsed(), Duration::ZERO);
    }
}
