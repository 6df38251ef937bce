//! The items of a page: the elements of its top-level `Items` array, or of the array under `Responses`, as batches have it.

use super::{Cursor, DecodeError};

/// Calls `read` before each item of `page` in turn and returns how many there were; `read` has to pass over its item.
///
/// The page is one JSON object whose members may stand in any order. It need not have `Items`: the answer to a count has none.
///
/// # Errors
/// What `read` says, and whatever keeps the page from being one whole object: nothing may be missing and nothing may follow.
#[inline]
pub fn each_item<'a>(
    page: &'a [u8],
    mut read: impl FnMut(&mut Cursor<'a>) -> Result<(), DecodeError>,
) -> Result<usize, DecodeError> {
    let mut cursor = Cursor::new(page);
    let mut items = None;
    let mut more = cursor.open(b'{', b'}')?;
    while more {
        let name = cursor.name()?.bytes;
        let offset = cursor.offset();
        let count = match name {
            b"Items" => Some(each_element(&mut cursor, &mut read)?),
            b"Responses" => Some(each_response(&mut cursor, &mut read)?),
            _ => {
                cursor.skip_value()?;
                None
            }
        };
        if let Some(count) = count
            && items.replace(count).is_some()
        {
            return Err(DecodeError::Duplicate { offset });
        }
        more = cursor.more(b'}')?;
    }
    cursor.end()?;
    Ok(items.unwrap_or(0))
}

/// The items of `Responses`: an object with one table's array, or none.
pub(super) fn each_response<'a>(
    cursor: &mut Cursor<'a>,
    read: &mut impl FnMut(&mut Cursor<'a>) -> Result<(), DecodeError>,
) -> Result<usize, DecodeError> {
    if !cursor.open(b'{', b'}')? {
        return Ok(0);
    }
    cursor.name()?;
    let count = each_element(cursor, read)?;
    let offset = cursor.offset();
    if cursor.more(b'}')? {
        // Items of another table would be taken for this one's.
        return Err(DecodeError::Expected {
            expected: "end of `Responses`",
            offset,
        });
    }
    Ok(count)
}

#[inline]
fn each_element<'a>(
    cursor: &mut Cursor<'a>,
    read: &mut impl FnMut(&mut Cursor<'a>) -> Result<(), DecodeError>,
) -> Result<usize, DecodeError> {
    let mut count = 0;
    let mut another = cursor.open(b'[', b']')?;
    while another {
        read(cursor)?;
        count += 1;
        another = cursor.more(b']')?;
    }
    Ok(count)
}

#[cfg(test)]
mod tests {
    use super::each_item;
    use crate::json::DecodeError;

    fn items(page: &str) -> Result<Vec<String>, DecodeError> {
        let mut found = Vec::new();
        let count = each_item(page.as_bytes(), |cursor| {
            found.push(String::from_utf8(cursor.skip_value()?.to_vec()).unwrap());
            Ok(())
        })?;
        assert_eq!(count, found.len());
        Ok(found)
    }

    #[test]
    fn items_are_found_wherever_they_stand() {
        assert_eq!(
            items(r#"{"Count":2,"Items":[{"a":1},{}],"ScannedCount":2}"#).unwrap(),
            [r#"{"a":1}"#, "{}"]
        );
        assert_eq!(items(" { \"Items\" : [ {} ] }\n").unwrap(), ["{}"]);
        assert!(
            items(r#"{"Count":7,"LastEvaluatedKey":{"Items":[1]}}"#)
                .unwrap()
                .is_empty()
        );
        assert!(items("{}").unwrap().is_empty());
        let batch =
            r#"{"Responses":{"Items":[{"a":1},{}]},"UnprocessedKeys":{"t":{"Keys":[{"b":2}]}}}"#;
        assert_eq!(items(batch).unwrap(), [r#"{"a":1}"#, "{}"]);
        assert!(items(r#"{"Responses":{}}"#).unwrap().is_empty());
    }

    #[test]
    fn a_page_that_is_not_one_whole_object_is_refused() {
        for page in [
            "",
            "[]",
            "{",
            r#"{"Items":[{}]"#,
            r#"{"Items":[{}]}x"#,
            r#"{"Items":[{}],}"#,
            r#"{"Items":[],"Items":[]}"#,
            r#"{"Items":[],"Responses":{"t":[]}}"#,
            r#"{"Responses":{"t":[{}],"u":[{}]}}"#,
            r#"{"Responses":[{}]}"#,
        ] {
            assert!(items(page).is_err(), "{page}");
        }
    }
}
