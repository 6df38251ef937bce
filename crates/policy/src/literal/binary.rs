//! Bytes in base 64.

/// Decodes standard base 64, padded or not; `None` for other characters, lengths, or bits left over.
pub(crate) fn decode_base64(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim_end_matches('=').as_bytes();
    if text.len() - digits.len() > 2
        || (text.len() != digits.len() && !text.len().is_multiple_of(4))
    {
        return None;
    }
    let mut bytes = Vec::with_capacity(digits.len() * 3 / 4);
    for group in digits.chunks(4) {
        let mut bits = 0_u32;
        for digit in group {
            bits = bits << 6 | u32::from(value(*digit)?);
        }
        bits <<= 6 * (4 - group.len());
        let whole = group.len() * 6 / 8;
        let [_, decoded @ ..] = bits.to_be_bytes();
        if group.len() == 1 || decoded[whole..].iter().any(|byte| *byte != 0) {
            return None;
        }
        bytes.extend_from_slice(&decoded[..whole]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_vectors_of_rfc_4648_are_decoded_with_and_without_padding() {
        for (text, bytes) in [
            ("", ""),
            ("Zg==", "f"),
            ("Zm8=", "fo"),
            ("Zm9v", "foo"),
            ("Zm9vYg==", "foob"),
            ("Zm9vYmE=", "fooba"),
            ("Zm9vYmFy", "foobar"),
        ] {
            assert_eq!(
                decode_base64(text).as_deref(),
                Some(bytes.as_bytes()),
                "{text}"
            );
            assert_eq!(
                decode_base64(text.trim_end_matches('=')).as_deref(),
                Some(bytes.as_bytes()),
                "{text}"
            );
        }
        assert_eq!(decode_base64("+/8="), Some(vec![0xfb, 0xff]));
    }

    #[test]
    fn what_is_not_base_64_is_refused() {
        for text in [
            "Z", "Zg=", "Zh==", "Zm9", "Z===", "Zg==Zg==", "Zm9v\n", "_-8=",
        ] {
            assert_eq!(decode_base64(text), None, "{text}");
        }
    }
}
