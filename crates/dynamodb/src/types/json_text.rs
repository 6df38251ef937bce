//! A nested value as plain JSON text, for columns of type text.
//!
//! The tags go: `{"L":[{"S":"a"},{"N":"1"},{"NULL":true}]}` is written as `["a",1,null]`. Numbers are written as they were sent,
//! bytes as base64 text, sets as arrays, members in the order in which they were sent; no white space. The text is valid JSON,
//! and equal values give equal text, whatever escapes the page had.

use std::io::Write;

use crate::json::{Cursor, DecodeError, Tag};

/// Levels of attributes that may lie within each other. `DynamoDB` allows 32.
pub const MAX_LEVELS: u32 = 64;

/// Reads the value of type `tag` at the cursor and appends it to `out` as JSON. On error `out` may have grown.
///
/// # Errors
/// If the value is malformed, or nested deeper than [`MAX_LEVELS`].
pub fn write(cursor: &mut Cursor<'_>, tag: Tag, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    write_level(cursor, tag, out, 0)
}

fn write_level(
    cursor: &mut Cursor<'_>,
    tag: Tag,
    out: &mut Vec<u8>,
    level: u32,
) -> Result<(), DecodeError> {
    if level == MAX_LEVELS {
        return Err(DecodeError::TooDeep {
            offset: cursor.offset(),
        });
    }
    match tag {
        Tag::S | Tag::B => write_string(cursor, out)?,
        Tag::N => write_number(cursor, out)?,
        Tag::Bool => out.extend_from_slice(if cursor.boolean()? { b"true" } else { b"false" }),
        Tag::Null => {
            cursor.boolean()?;
            out.extend_from_slice(b"null");
        }
        Tag::Ss | Tag::Ns | Tag::Bs => {
            out.push(b'[');
            let mut more = cursor.open(b'[', b']')?;
            while more {
                if tag == Tag::Ns {
                    write_number(cursor, out)?;
                } else {
                    write_string(cursor, out)?;
                }
                more = cursor.more(b']')?;
                if more {
                    out.push(b',');
                }
            }
            out.push(b']');
        }
        Tag::L => {
            out.push(b'[');
            let mut more = cursor.open(b'[', b']')?;
            while more {
                write_tagged(cursor, out, level)?;
                more = cursor.more(b']')?;
                if more {
                    out.push(b',');
                }
            }
            out.push(b']');
        }
        Tag::M => {
            out.push(b'{');
            let mut more = cursor.open(b'{', b'}')?;
            while more {
                write_string(cursor, out)?;
                cursor.expect(b':')?;
                out.push(b':');
                write_tagged(cursor, out, level)?;
                more = cursor.more(b'}')?;
                if more {
                    out.push(b',');
                }
            }
            out.push(b'}');
        }
    }
    Ok(())
}

fn write_tagged(cursor: &mut Cursor<'_>, out: &mut Vec<u8>, level: u32) -> Result<(), DecodeError> {
    let tag = cursor.tag()?;
    write_level(cursor, tag, out, level + 1)?;
    cursor.expect(b'}')
}

/// Reads a JSON string at the cursor and appends it to `out`, with no escape but those that JSON needs.
///
/// # Errors
/// If the string is malformed.
pub(super) fn write_string(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let start = cursor.clone();
    let raw = cursor.raw_string()?;
    if !raw.escaped && !has_control(raw.bytes) {
        out.push(b'"');
        out.extend_from_slice(raw.bytes);
        out.push(b'"');
        return Ok(());
    }
    *cursor = start;
    let mut scratch = Vec::new();
    write_escaped(cursor.string(&mut scratch)?, out);
    Ok(())
}

/// `DynamoDB` sends numbers that are JSON numbers too; other text, which an emulator may let through, becomes a string.
fn write_number(cursor: &mut Cursor<'_>, out: &mut Vec<u8>) -> Result<(), DecodeError> {
    let mut scratch = Vec::new();
    let text = cursor.string(&mut scratch)?;
    if is_json_number(text) {
        out.extend_from_slice(text);
    } else {
        write_escaped(text, out);
    }
    Ok(())
}

fn write_escaped(text: &[u8], out: &mut Vec<u8>) {
    out.push(b'"');
    for byte in text {
        match byte {
            b'"' => out.extend_from_slice(b"\\\""),
            b'\\' => out.extend_from_slice(b"\\\\"),
            0x08 => out.extend_from_slice(b"\\b"),
            0x0c => out.extend_from_slice(b"\\f"),
            b'\n' => out.extend_from_slice(b"\\n"),
            b'\r' => out.extend_from_slice(b"\\r"),
            b'\t' => out.extend_from_slice(b"\\t"),
            0..0x20 => write!(out, "\\u{byte:04x}").expect("a vector takes all that is written"),
            _ => out.push(*byte),
        }
    }
    out.push(b'"');
}

/// Looks at every byte, because a loop that stops early is not vectorised.
fn has_control(text: &[u8]) -> bool {
    text.iter()
        .fold(0, |found, byte| found | u8::from(*byte < 0x20))
        != 0
}

fn is_json_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let unsigned = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(unsigned);
    if whole == 0 || (whole > 1 && unsigned[0] == b'0') {
        return false;
    }
    let mut rest = &unsigned[whole..];
    if let [b'.', fraction @ ..] = rest {
        let places = digits(fraction);
        if places == 0 {
            return false;
        }
        rest = &fraction[places..];
    }
    match rest {
        [] => true,
        [b'e' | b'E', b'+' | b'-', exponent @ ..] | [b'e' | b'E', exponent @ ..] => {
            !exponent.is_empty() && digits(exponent) == exponent.len()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::{MAX_LEVELS, is_json_number, write};
    use crate::json::{Cursor, DecodeError};

    fn text_of(tagged: &str) -> Result<String, DecodeError> {
        let mut cursor = Cursor::new(tagged.as_bytes());
        let tag = cursor.tag()?;
        let mut out = Vec::new();
        write(&mut cursor, tag, &mut out)?;
        cursor.expect(b'}')?;
        cursor.end()?;
        Ok(String::from_utf8(out).unwrap())
    }

    #[track_caller]
    fn check(tagged: &str, expected: &str) {
        assert_eq!(text_of(tagged).unwrap(), expected, "{tagged}");
        let compact: serde_json::Value = serde_json::from_str(expected).unwrap();
        assert_eq!(
            serde_json::to_string(&compact).unwrap().len(),
            expected.len(),
            "{expected}"
        );
    }

    #[test]
    fn every_type_is_written_without_its_tag() {
        check(r#"{"S":"a"}"#, r#""a""#);
        check(r#"{"N":"-12.5"}"#, "-12.5");
        check(r#"{"B":"AQI="}"#, r#""AQI=""#);
        check(r#"{"BOOL":false}"#, "false");
        check(r#"{"NULL":true}"#, "null");
        check(r#"{"SS":["a","b"]}"#, r#"["a","b"]"#);
        check(r#"{"NS":["1","2"]}"#, "[1,2]");
        check(r#"{"BS":["AQ=="]}"#, r#"["AQ=="]"#);
        check(
            r#" { "L" : [ {"S":"a"} , { "N" : "1" } ,{"NULL":true},{"L":[]},{"M":{}}]}"#,
            r#"["a",1,null,[],{}]"#,
        );
        check(
            r#"{"M":{"b":{"N":"1"},"a":{"M":{"c":{"S":""}}}}}"#,
            r#"{"b":1,"a":{"c":""}}"#,
        );
    }

    #[test]
    fn escapes_are_written_in_one_way_only() {
        check(r#"{"S":"\u0061\/\u00e9\ud83d\ude00"}"#, r#""a/é😀""#);
        check(r#"{"S":"\u0001\u0008\t\"\\"}"#, r#""\u0001\b\t\"\\""#);
        check("{\"S\":\"raw\ttab\"}", r#""raw\ttab""#);
        check(r#"{"M":{"\u0022":{"S":"x"}}}"#, r#"{"\"":"x"}"#);
    }

    #[test]
    fn a_number_that_json_does_not_know_becomes_a_string() {
        for text in ["0", "-0", "10", "1.5", "1E+100", "1e5", "0.5e-7"] {
            assert!(is_json_number(text.as_bytes()), "{text}");
        }
        for text in ["", "-", "+1", "01", ".5", "5.", "1e", "1e+", "NaN", "1 "] {
            assert!(!is_json_number(text.as_bytes()), "{text}");
        }
        check(r#"{"NS":["007","\"1"]}"#, r#"["007","\"1"]"#);
    }

    #[test]
    fn nesting_beyond_the_limit_is_an_error() {
        let nested = |levels: u32| {
            let levels = levels as usize;
            format!(
                "{}{{\"S\":\"x\"}}{}",
                "{\"L\":[".repeat(levels),
                "]}".repeat(levels)
            )
        };
        assert!(text_of(&nested(MAX_LEVELS - 1)).is_ok());
        assert!(matches!(
            text_of(&nested(MAX_LEVELS)),
            Err(DecodeError::TooDeep { .. })
        ));
    }
}
