//! Percent escapes in the paths of requests and in documents.

use std::fmt::Write;

/// `text` with its escapes resolved; a percent sign that begins none stays.
pub(crate) fn decode(text: &str) -> String {
    let mut pieces = text.split('%');
    let mut decoded = pieces.next().unwrap_or_default().as_bytes().to_vec();
    for piece in pieces {
        if let Some(byte) = piece
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            decoded.push(byte);
            decoded.extend_from_slice(&piece.as_bytes()[2..]);
        } else {
            decoded.push(b'%');
            decoded.extend_from_slice(piece.as_bytes());
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// `text` with everything but unreserved characters escaped (RFC 3986), as IAM returns documents.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{decode, encode};

    #[test]
    fn what_was_escaped_is_the_same_again() {
        assert_eq!(encode("{\"a+b\": é}"), "%7B%22a%2Bb%22%3A%20%C3%A9%7D");
        assert_eq!(decode(&encode("{\"a+b\": é}")), "{\"a+b\": é}");
    }

    #[test]
    fn escapes_are_decoded_and_stray_percents_kept() {
        assert_eq!(decode("a%3Ab%2fc"), "a:b/c");
        assert_eq!(decode("50%é%4"), "50%é%4");
    }
}
