//! Percent escapes in the paths of requests.

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

#[cfg(test)]
mod tests {
    use super::decode;

    #[test]
    fn escapes_are_decoded_and_stray_percents_kept() {
        assert_eq!(decode("a%3Ab%2fc"), "a:b/c");
        assert_eq!(decode("50%é%4"), "50%é%4");
    }
}
