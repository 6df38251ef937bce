//! Takes a message's fields one after the other, and never more than there is.

use super::TokenError;

/// A place in a message. Numbers are big-endian.
#[derive(Debug, Clone)]
pub(super) struct Cursor<'a> {
    message: &'a [u8],
    at: usize,
}

impl<'a> Cursor<'a> {
    pub(super) fn new(message: &'a [u8]) -> Self {
        Self { message, at: 0 }
    }

    /// How many bytes were taken.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// What was taken since the position `start`.
    pub(super) fn since(&self, start: usize) -> &'a [u8] {
        &self.message[start..self.at]
    }

    /// How many bytes there are still.
    pub(super) fn left(&self) -> usize {
        self.message.len() - self.at
    }

    pub(super) fn take(&mut self, field: &'static str, bytes: u64) -> Result<&'a [u8], TokenError> {
        let left = self.left();
        let taken = usize::try_from(bytes)
            .ok()
            .filter(|bytes| *bytes <= left)
            .ok_or(TokenError::Truncated {
                field,
                needed: bytes,
                left,
            })?;
        let start = self.at;
        self.at += taken;
        Ok(self.since(start))
    }

    pub(super) fn array<const N: usize>(
        &mut self,
        field: &'static str,
    ) -> Result<[u8; N], TokenError> {
        let bytes = self.take(field, N as u64)?;
        Ok(bytes.try_into().expect("as many were taken"))
    }

    pub(super) fn u8(&mut self, field: &'static str) -> Result<u8, TokenError> {
        self.array(field).map(u8::from_be_bytes)
    }

    pub(super) fn u16(&mut self, field: &'static str) -> Result<u16, TokenError> {
        self.array(field).map(u16::from_be_bytes)
    }

    pub(super) fn u32(&mut self, field: &'static str) -> Result<u32, TokenError> {
        self.array(field).map(u32::from_be_bytes)
    }

    pub(super) fn u64(&mut self, field: &'static str) -> Result<u64, TokenError> {
        self.array(field).map(u64::from_be_bytes)
    }

    /// Bytes behind their length in two bytes.
    pub(super) fn counted(&mut self, field: &'static str) -> Result<&'a [u8], TokenError> {
        let bytes = self.u16(field)?;
        self.take(field, bytes.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_that_lies_takes_nothing() {
        let mut cursor = Cursor::new(&[0, 3, 1, 2]);
        let lie = TokenError::Truncated {
            field: "name",
            needed: 3,
            left: 2,
        };
        assert_eq!(cursor.counted("name"), Err(lie));
        assert_eq!((cursor.position(), cursor.left()), (2, 2));
        assert!(cursor.take("rest", u64::MAX).is_err());
        assert_eq!(cursor.take("rest", 2).unwrap(), [1, 2]);
        assert!(cursor.take("nothing", 0).unwrap().is_empty());
        assert!(cursor.u8("end").is_err());
    }
}
