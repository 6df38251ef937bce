//! The percent-encoding in which IAM answers with documents.

use crate::json::read::ParseError;

/// Decodes the text of a document as IAM's `Get…Policy` calls return it. `+` stands for itself, not for a space.
///
/// ```
/// use iam_policy_kit::json::decode_percent;
/// assert_eq!(decode_percent("%7B%22Id%22%3A%22a+b%C3%A9%22%7D")?, r#"{"Id":"a+bé"}"#);
/// # Ok::<(), iam_policy_kit::ParseError>(())
/// ```
///
/// # Errors
/// [`ParseError::Percent`] where `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8.
pub fn decode_percent(text: &str) -> Result<String, ParseError> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        if *first != b'%' {
            bytes.push(*first);
            rest = after;
            continue;
        }
        let digit = |at: usize| char::from(*after.get(at)?).to_digit(16);
        let byte = digit(0)
            .zip(digit(1))
            .and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
        bytes.push(byte.ok_or(ParseError::Percent {
            at: text.len() - rest.len(),
        })?);
        rest = &after[2..];
    }
    String::from_utf8(bytes).map_err(|error| ParseError::Percent {
        at: error.utf8_error().valid_up_to(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_is_not_percent_encoded_text_is_refused_by_place() {
        for (text, place) in [("%", 0), ("a%4", 1), ("ab%zz", 2), ("%+1", 0), ("a%ff", 1)] {
            let error = decode_percent(text).unwrap_err();
            assert!(
                matches!(error, ParseError::Percent { at } if at == place),
                "{text}: {error}"
            );
        }
    }

    proptest! {
        #[test]
        fn every_text_comes_back_from_its_encoded_bytes(text in "\\PC{0,20}") {
            let encoded: Vec<String> = text.bytes().map(|byte| format!("%{byte:02X}")).collect();
            prop_assert_eq!(decode_percent(&encoded.concat()).unwrap(), text);
        }
    }
}
