//! Bodies in gzip.

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use flate2::bufread::MultiGzDecoder;
use http_body::{Body, Frame};
use std::io::Read;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

/// The text in `compressed`, all members of it.
///
/// Time is linear in the text, of which there is at most `limit`; memory is set aside as the last member announces.
pub(super) fn inflate(compressed: &[u8], limit: usize) -> Result<Vec<u8>, BrokenGzip> {
    let mut text = Vec::new();
    inflate_into(compressed, limit, &mut text)?;
    Ok(text)
}

/// [`inflate`] into a buffer that is empty.
pub(super) fn inflate_into(
    compressed: &[u8],
    limit: usize,
    text: &mut Vec<u8>,
) -> Result<(), BrokenGzip> {
    let announced = compressed
        .last_chunk()
        .map_or(0, |bytes| u32::from_le_bytes(*bytes));
    let announced = usize::try_from(announced).unwrap_or(usize::MAX);
    // More than any deflated text can hold is no announcement.
    let capacity = announced
        .min(compressed.len().saturating_mul(MOST_RATIO))
        .min(limit);
    text.reserve(capacity + 1);
    let mut decoder = MultiGzDecoder::new(compressed).take(limit as u64 + 1);
    decoder.read_to_end(text).map_err(|_| BrokenGzip::Damaged)?;
    if text.len() > limit {
        return Err(BrokenGzip::TooLong { limit });
    }
    Ok(())
}

/// Why a compressed body cannot be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub(super) enum BrokenGzip {
    #[error("its compression is damaged")]
    Damaged,
    #[error("it holds more than {limit} bytes")]
    TooLong { limit: usize },
}

/// A compressed answer for the SDK's own parser, which knows no compression. An error is short, so it comes in one piece.
#[derive(Debug)]
pub(super) struct Inflated {
    body: SdkBody,
    compressed: Vec<u8>,
}

impl Inflated {
    /// `body` as text.
    pub(super) fn of(body: SdkBody) -> SdkBody {
        SdkBody::from_body_1_x(Self {
            body,
            compressed: Vec::new(),
        })
    }
}

impl Body for Inflated {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        while let Some(frame) = ready!(Pin::new(&mut self.body).poll_frame(context)?) {
            if let Some(bytes) = frame.data_ref() {
                self.compressed.extend_from_slice(bytes);
                if self.compressed.len() > MAX_ERROR_BYTES {
                    return Poll::Ready(Some(Err("an error of more than a MiB".into())));
                }
            }
        }
        if self.compressed.is_empty() {
            return Poll::Ready(None);
        }
        let compressed = std::mem::take(&mut self.compressed);
        let text = inflate(&compressed, MAX_ERROR_BYTES)?;
        Poll::Ready(Some(Ok(Frame::data(text.into()))))
    }
}

/// Deflate makes at most so much of a byte.
const MOST_RATIO: usize = 1032;

/// Longer than any error of the service, compressed or not.
const MAX_ERROR_BYTES: usize = 1 << 20;

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::Compression;
    use flate2::write::GzEncoder;
    use http_body_util::BodyExt;
    use std::io::Write;

    fn gzip(text: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn all_members_are_read_up_to_the_limit() {
        let compressed = [gzip(b"one "), gzip(b""), gzip(b"two")].concat();
        assert_eq!(inflate(&compressed, 7).unwrap(), b"one two");
        assert_eq!(
            inflate(&compressed, 6),
            Err(BrokenGzip::TooLong { limit: 6 })
        );
    }

    #[test]
    fn what_is_cut_changed_or_no_gzip_is_damaged() {
        let compressed = gzip(&b"text ".repeat(100));
        for end in 0..compressed.len() {
            let cut = inflate(&compressed[..end], 1000);
            assert_eq!(cut, Err(BrokenGzip::Damaged), "{end}");
        }
        let mut changed = compressed.clone();
        let sum = changed.len() - 6;
        changed[sum] ^= 1;
        assert_eq!(inflate(&changed, 1000), Err(BrokenGzip::Damaged));
        assert_eq!(inflate(b"{\"Items\":[]}", 1000), Err(BrokenGzip::Damaged));
    }

    #[test]
    fn a_small_body_that_would_be_huge_takes_no_more_than_the_limit() {
        let bomb = gzip(&vec![b' '; 1 << 22]);
        assert!(bomb.len() < 1 << 16);
        let limit = 1 << 16;
        assert_eq!(inflate(&bomb, limit), Err(BrokenGzip::TooLong { limit }));
    }

    #[tokio::test]
    async fn a_body_for_the_sdk_is_text() {
        let body = Inflated::of(SdkBody::from(gzip(b"{\"__type\":\"x\"}")));
        let text = body.collect().await.unwrap().to_bytes();
        assert_eq!(&text[..], b"{\"__type\":\"x\"}");
        let broken = Inflated::of(SdkBody::from("plain"));
        assert!(broken.collect().await.is_err());
    }
}
