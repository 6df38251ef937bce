//! A message's body: one piece or frames, each with a number, an IV and a tag.

use super::TokenError;
use super::cursor::Cursor;
use super::header::{Framing, Header};
use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};
use zeroize::Zeroizing;

/// Bytes of an IV.
pub(super) const IV_BYTES: usize = 12;
/// Bytes of a tag.
pub(super) const TAG_BYTES: usize = 16;

/// A body whose pieces are all there and in order. What they hold is not looked at yet.
pub(super) struct Body<'a> {
    pieces: Cursor<'a>,
    framing: Framing,
    clear_bytes: usize,
}

/// The whole body, or a frame of it.
struct Piece<'a> {
    /// What it is, as its tag proves.
    kind: &'static str,
    number: u32,
    iv: [u8; IV_BYTES],
    sealed: &'a [u8],
    tag: [u8; TAG_BYTES],
}

impl<'a> Body<'a> {
    pub(super) fn read(cursor: &mut Cursor<'a>, framing: Framing) -> Result<Self, TokenError> {
        let pieces = cursor.clone();
        let (mut clear_bytes, mut number) = (0, 1);
        loop {
            let piece = Piece::read(cursor, framing, number)?;
            clear_bytes += piece.sealed.len();
            if piece.is_last() {
                return Ok(Self {
                    pieces,
                    framing,
                    clear_bytes,
                });
            }
            number += 1;
        }
    }

    /// What the body holds, once every piece is proven.
    pub(super) fn open(
        &self,
        header: &Header<'_>,
        key: &LessSafeKey,
    ) -> Result<Zeroizing<Vec<u8>>, TokenError> {
        // As long as it will be from the start: growing would leave copies behind.
        let mut clear = Zeroizing::new(vec![0; self.clear_bytes]);
        let (mut pieces, mut at, mut number) = (self.pieces.clone(), 0, 1);
        loop {
            let piece = Piece::read(&mut pieces, self.framing, number)?;
            let end = at + piece.sealed.len();
            piece.open(header.message_id, key, &mut clear[at..end])?;
            if piece.is_last() {
                return Ok(clear);
            }
            (at, number) = (end, number + 1);
        }
    }
}

impl<'a> Piece<'a> {
    /// The piece that must be number `number`.
    fn read(cursor: &mut Cursor<'a>, framing: Framing, number: u32) -> Result<Self, TokenError> {
        let Framing::Frames(frame_bytes) = framing else {
            let iv = cursor.array("body's IV")?;
            let bytes = cursor.u64("body's length")?;
            return Ok(Self {
                kind: "AWSKMSEncryptionClient Single Block",
                number,
                iv,
                sealed: cursor.take("body", bytes)?,
                tag: cursor.array("body's tag")?,
            });
        };
        let mut got = cursor.u32("frame number")?;
        let is_last = got == LAST;
        if is_last {
            got = cursor.u32("frame number")?;
        }
        // Numbers go up by one, so `number` cannot reach the mark of the last frame unnoticed.
        if got != number {
            return Err(TokenError::Field {
                field: "frame number",
                expected: "one more than the one before",
                got: got.into(),
            });
        }
        let iv = cursor.array("frame's IV")?;
        let bytes = if is_last {
            let bytes = cursor.u32("length of the last frame")?;
            if bytes > frame_bytes.get() {
                return Err(TokenError::Field {
                    field: "length of the last frame",
                    expected: "that of a frame at most",
                    got: bytes.into(),
                });
            }
            bytes
        } else {
            frame_bytes.get()
        };
        Ok(Self {
            kind: if is_last { LAST_FRAME } else { FRAME },
            number,
            iv,
            sealed: cursor.take("frame", bytes.into())?,
            tag: cursor.array("frame's tag")?,
        })
    }

    fn is_last(&self) -> bool {
        self.kind != FRAME
    }

    fn open(
        &self,
        message_id: &[u8],
        key: &LessSafeKey,
        clear: &mut [u8],
    ) -> Result<(), TokenError> {
        let length = self.sealed.len() as u64;
        let proven = [
            message_id,
            self.kind.as_bytes(),
            &self.number.to_be_bytes(),
            &length.to_be_bytes(),
        ]
        .concat();
        let iv = Nonce::assume_unique_for_key(self.iv);
        key.open_separate_gather(iv, Aad::from(proven), self.sealed, &self.tag, clear)
            .map_err(|_| TokenError::Frame { frame: self.number })
    }
}

/// Stands where a number would, before the number of the last frame.
const LAST: u32 = u32::MAX;
const FRAME: &str = "AWSKMSEncryptionClient Frame";
const LAST_FRAME: &str = "AWSKMSEncryptionClient Final Frame";
