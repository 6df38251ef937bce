//! A cursor over JSON text, for readers that know what they look for.
//!
//! Strings without escapes are borrowed from the text; others are unescaped into a buffer of the caller. What is passed over
//! (`skip_*`) is checked for balanced brackets and closed strings only, what is read is checked in full. Control characters
//! inside strings are let through. That strings are UTF-8 is checked where they become text, not here.

use super::{DecodeError, Tag, scan};

/// Brackets that may be open within one value. `DynamoDB` allows 32 levels of attributes, two brackets each.
pub const MAX_DEPTH: u32 = 128;

type Result<T> = std::result::Result<T, DecodeError>;

/// A position in JSON text. After an error the position is unspecified.
#[derive(Debug, Clone)]
pub struct Cursor<'a> {
    text: &'a [u8],
    at: usize,
}

/// A string as it stands between its quotes, with escapes.
#[derive(Debug, Clone, Copy)]
pub struct RawString<'a> {
    /// The bytes between the quotes.
    pub bytes: &'a [u8],
    /// Whether there is a backslash among them.
    pub escaped: bool,
}

impl<'a> Cursor<'a> {
    /// Stands before the first byte of `text`.
    pub fn new(text: &'a [u8]) -> Self {
        Self::at(text, 0)
    }

    /// Stands before the byte of `text` at `offset`.
    pub fn at(text: &'a [u8], offset: usize) -> Self {
        Self { text, at: offset }
    }

    /// The offset of the next byte.
    pub fn offset(&self) -> usize {
        self.at
    }

    /// The whole text, of which [`offset`](Self::offset) counts the bytes.
    pub fn text(&self) -> &'a [u8] {
        self.text
    }

    /// The next byte, which stays unread.
    #[inline]
    pub fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Passes over blanks, tabs and line ends.
    #[inline]
    pub fn skip_whitespace(&mut self) {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.peek() {
            self.at += 1;
        }
    }

    /// Passes over `bytes` if they come next, without any white space in front.
    #[inline]
    pub fn take(&mut self, bytes: &[u8]) -> bool {
        let found = self
            .text
            .get(self.at..)
            .is_some_and(|rest| rest.starts_with(bytes));
        if found {
            self.at += bytes.len();
        }
        found
    }

    /// Passes over white space, and over `byte` if it comes next.
    #[inline]
    pub fn accept(&mut self, byte: u8) -> bool {
        if self.peek() != Some(byte) {
            self.skip_whitespace();
            if self.peek() != Some(byte) {
                return false;
            }
        }
        self.at += 1;
        true
    }

    /// Passes over white space and one of the bytes `{}[]:,"`.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if something else comes next.
    #[inline]
    pub fn expect(&mut self, byte: u8) -> Result<()> {
        if self.accept(byte) {
            Ok(())
        } else {
            Err(self.missing(byte_name(byte)))
        }
    }

    /// Opens an object or array and tells whether it holds anything; an empty one is passed over.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if something else than `open` comes next.
    #[inline]
    pub fn open(&mut self, open: u8, close: u8) -> Result<bool> {
        self.expect(open)?;
        Ok(!self.accept(close))
    }

    /// After an element: passes over a comma and says `true`, or over `close` and says `false`.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if neither comes next.
    #[inline]
    pub fn more(&mut self, close: u8) -> Result<bool> {
        if self.peek() == Some(b',') {
            self.at += 1;
            return Ok(true);
        }
        if self.accept(close) {
            return Ok(false);
        }
        if self.accept(b',') {
            return Ok(true);
        }
        Err(self.missing(if close == b']' {
            "`,` or `]`"
        } else {
            "`,` or `}`"
        }))
    }

    /// Makes sure that nothing but white space is left.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] otherwise.
    pub fn end(&mut self) -> Result<()> {
        self.skip_whitespace();
        if self.at >= self.text.len() {
            Ok(())
        } else {
            Err(self.missing("end"))
        }
    }

    /// Reads a string and leaves its escapes as they are; they were not checked.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if no string comes next, [`DecodeError::UnexpectedEnd`] if it is not closed.
    #[inline]
    pub fn raw_string(&mut self) -> Result<RawString<'a>> {
        self.expect(b'"')?;
        let start = self.at;
        let stop = self.quote_or_backslash(start)?;
        if self.text[stop] == b'"' {
            self.at = stop + 1;
            return Ok(RawString {
                bytes: &self.text[start..stop],
                escaped: false,
            });
        }
        self.at = stop;
        self.close_string()?;
        Ok(RawString {
            bytes: &self.text[start..self.at - 1],
            escaped: true,
        })
    }

    /// Reads a string; `scratch` is overwritten if it has escapes.
    ///
    /// # Errors
    /// As [`raw_string`](Self::raw_string), and for escapes that are invalid or half of a surrogate pair.
    #[inline]
    pub fn string<'s>(&mut self, scratch: &'s mut Vec<u8>) -> Result<&'s [u8]>
    where
        'a: 's,
    {
        let start = self.clone();
        let raw = self.raw_string()?;
        if !raw.escaped {
            return Ok(raw.bytes);
        }
        *self = start;
        scratch.clear();
        self.string_into(scratch)?;
        Ok(scratch)
    }

    /// Reads a string and appends it, unescaped, to `out`. On error `out` may have grown.
    ///
    /// # Errors
    /// As [`string`](Self::string).
    #[inline]
    pub fn string_into(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.expect(b'"')?;
        let start = self.at;
        let stop = self.quote_or_backslash(start)?;
        out.extend_from_slice(&self.text[start..stop]);
        if self.text[stop] == b'"' {
            self.at = stop + 1;
            return Ok(());
        }
        self.at = stop;
        self.unescape_into(out)
    }

    /// Reads a member's name, with its escapes, and the colon.
    ///
    /// # Errors
    /// As [`raw_string`](Self::raw_string).
    pub fn name(&mut self) -> Result<RawString<'a>> {
        let name = self.raw_string()?;
        self.expect(b':')?;
        Ok(name)
    }

    /// Reads the `{"S":` of a tagged value and stands before the value proper.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if there is no such thing, or the tag is none of the ten.
    #[inline]
    pub fn tag(&mut self) -> Result<Tag> {
        self.expect(b'{')?;
        self.expect(b'"')?;
        self.tag_after_quote()
    }

    /// Reads the `S":` of a tagged value whose brace and quote were read.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if the tag is none of the ten.
    #[inline]
    pub fn tag_after_quote(&mut self) -> Result<Tag> {
        let (tag, length) = match self.text.get(self.at..).unwrap_or_default() {
            [b'S', b'"', ..] => (Tag::S, 2),
            [b'N', b'"', ..] => (Tag::N, 2),
            [b'B', b'"', ..] => (Tag::B, 2),
            [b'L', b'"', ..] => (Tag::L, 2),
            [b'M', b'"', ..] => (Tag::M, 2),
            [b'S', b'S', b'"', ..] => (Tag::Ss, 3),
            [b'N', b'S', b'"', ..] => (Tag::Ns, 3),
            [b'B', b'S', b'"', ..] => (Tag::Bs, 3),
            [b'B', b'O', b'O', b'L', b'"', ..] => (Tag::Bool, 5),
            [b'N', b'U', b'L', b'L', b'"', ..] => (Tag::Null, 5),
            rest if rest.len() < 5 && !rest.contains(&b'"') => {
                return Err(DecodeError::UnexpectedEnd {
                    offset: self.text.len(),
                });
            }
            _ => return Err(self.missing("attribute type")),
        };
        self.at += length;
        self.expect(b':')?;
        Ok(tag)
    }

    /// Reads `true` or `false`.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if neither comes next.
    pub fn boolean(&mut self) -> Result<bool> {
        self.skip_whitespace();
        if self.take(b"true") {
            return Ok(true);
        }
        if self.take(b"false") {
            return Ok(false);
        }
        let rest = self.text.get(self.at..).unwrap_or_default();
        if b"true".starts_with(rest) || b"false".starts_with(rest) {
            return Err(DecodeError::UnexpectedEnd {
                offset: self.text.len(),
            });
        }
        Err(self.missing("truth value"))
    }

    /// Reads a JSON number that `T` can hold.
    ///
    /// # Errors
    /// [`DecodeError::Expected`] if something else comes next.
    pub fn number<T: std::str::FromStr>(&mut self) -> Result<T> {
        self.skip_whitespace();
        let start = self.at;
        while let Some(b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E') = self.peek() {
            self.at += 1;
        }
        let digits = std::str::from_utf8(&self.text[start..self.at]).unwrap_or_default();
        digits
            .parse()
            .map_err(|_| Cursor::at(self.text, start).missing("number"))
    }

    /// Passes over a string.
    ///
    /// # Errors
    /// As [`raw_string`](Self::raw_string).
    #[inline]
    pub fn skip_string(&mut self) -> Result<()> {
        self.expect(b'"')?;
        self.close_string()
    }

    /// Passes over the value proper of an attribute tagged `tag`.
    ///
    /// # Errors
    /// As [`skip_value`](Self::skip_value), and if the value is not of the form that the tag wants.
    #[inline]
    pub fn skip_tagged(&mut self, tag: Tag) -> Result<()> {
        match tag {
            Tag::S | Tag::N | Tag::B => self.skip_string(),
            Tag::Bool | Tag::Null => self.boolean().map(drop),
            Tag::Ss | Tag::Ns | Tag::Bs | Tag::L => self.skip_bracketed(b'['),
            Tag::M => self.skip_bracketed(b'{'),
        }
    }

    /// Passes over any value and returns its text.
    ///
    /// # Errors
    /// If the text ends before the value does, brackets do not match, more than [`MAX_DEPTH`] are open, or there is no value.
    pub fn skip_value(&mut self) -> Result<&'a [u8]> {
        self.skip_whitespace();
        let start = self.at;
        match self.peek() {
            Some(b'"') => self.skip_string()?,
            Some(open @ (b'{' | b'[')) => self.skip_bracketed(open)?,
            Some(b't' | b'f') => self.boolean().map(drop)?,
            Some(b'n') if self.take(b"null") => {}
            Some(b'n') if b"null".starts_with(&self.text[start..]) => {
                return Err(DecodeError::UnexpectedEnd {
                    offset: self.text.len(),
                });
            }
            _ => self.number::<f64>().map(drop)?,
        }
        Ok(&self.text[start..self.at])
    }

    /// The error of a missing `expected` at the cursor, or of the text's end.
    #[cold]
    pub fn missing(&self, expected: &'static str) -> DecodeError {
        let mut ahead = self.clone();
        ahead.skip_whitespace();
        if ahead.at >= ahead.text.len() {
            DecodeError::UnexpectedEnd {
                offset: self.text.len(),
            }
        } else {
            DecodeError::Expected {
                expected,
                offset: ahead.at,
            }
        }
    }

    /// Passes over an object or array. The kinds of the open brackets are the bits of a stack.
    fn skip_bracketed(&mut self, open: u8) -> Result<()> {
        self.expect(open)?;
        let mut objects = u128::from(open == b'{');
        let mut depth = 1;
        while depth > 0 {
            let Some(byte) = self.peek() else {
                return Err(DecodeError::UnexpectedEnd {
                    offset: self.text.len(),
                });
            };
            self.at += 1;
            match byte {
                b'"' => self.close_string()?,
                b'{' | b'[' => {
                    if depth == MAX_DEPTH {
                        return Err(DecodeError::TooDeep {
                            offset: self.at - 1,
                        });
                    }
                    depth += 1;
                    objects = objects << 1 | u128::from(byte == b'{');
                }
                b'}' | b']' => {
                    if (objects & 1 == 1) != (byte == b'}') {
                        self.at -= 1;
                        return Err(self.missing(if byte == b'}' { "`]`" } else { "`}`" }));
                    }
                    depth -= 1;
                    objects >>= 1;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Passes over the rest of a string and its closing quote; escapes are not checked.
    #[inline]
    fn close_string(&mut self) -> Result<()> {
        loop {
            let stop = self.quote_or_backslash(self.at)?;
            if self.text[stop] == b'"' {
                self.at = stop + 1;
                return Ok(());
            }
            // The escaped byte may itself be a quote or a backslash.
            self.at = stop + 2;
        }
    }

    /// Appends the rest of a string, from a backslash on, and passes over the closing quote.
    #[cold]
    fn unescape_into(&mut self, out: &mut Vec<u8>) -> Result<()> {
        loop {
            let stop = self.quote_or_backslash(self.at)?;
            out.extend_from_slice(&self.text[self.at..stop]);
            self.at = stop + 1;
            if self.text[stop] == b'"' {
                return Ok(());
            }
            let Some(escape) = self.peek() else {
                return Err(DecodeError::UnexpectedEnd {
                    offset: self.text.len(),
                });
            };
            self.at += 1;
            out.push(match escape {
                b'"' | b'\\' | b'/' => escape,
                b'b' => 0x08,
                b'f' => 0x0c,
                b'n' => b'\n',
                b'r' => b'\r',
                b't' => b'\t',
                b'u' => {
                    let character = self.unicode_escape(stop)?;
                    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
                    continue;
                }
                _ => return Err(DecodeError::InvalidEscape { offset: stop }),
            });
        }
    }

    /// Reads what follows the `\u` at `start`: four hex digits, and the second half if they are half of a surrogate pair.
    fn unicode_escape(&mut self, start: usize) -> Result<char> {
        let lone = DecodeError::LoneSurrogate { offset: start };
        let first = self.hex_digits(start)?;
        if !(0xd800..0xdc00).contains(&first) {
            return char::from_u32(first).ok_or(lone);
        }
        if !self.take(b"\\u") {
            // Cut off, or a surrogate on its own.
            let rest = self.text.get(self.at..).unwrap_or_default();
            let cut = b"\\u".starts_with(rest);
            return Err(if cut {
                DecodeError::UnexpectedEnd {
                    offset: self.text.len(),
                }
            } else {
                lone
            });
        }
        let second = self.hex_digits(start)?;
        if !(0xdc00..0xe000).contains(&second) {
            return Err(lone);
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(lone)
    }

    fn hex_digits(&mut self, start: usize) -> Result<u32> {
        let mut value = 0;
        for _ in 0..4 {
            let Some(byte) = self.peek() else {
                return Err(DecodeError::UnexpectedEnd {
                    offset: self.text.len(),
                });
            };
            let Some(digit) = char::from(byte).to_digit(16) else {
                return Err(DecodeError::InvalidEscape { offset: start });
            };
            value = value << 4 | digit;
            self.at += 1;
        }
        Ok(value)
    }

    #[inline]
    fn quote_or_backslash(&self, from: usize) -> Result<usize> {
        scan::quote_or_backslash(self.text, from).ok_or(DecodeError::UnexpectedEnd {
            offset: self.text.len(),
        })
    }
}

fn byte_name(byte: u8) -> &'static str {
    match byte {
        b'{' => "`{`",
        b'}' => "`}`",
        b'[' => "`[`",
        b']' => "`]`",
        b':' => "`:`",
        b',' => "`,`",
        _ => "string",
    }
}

#[cfg(test)]
mod tests;
