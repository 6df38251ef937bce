//! The answer of a batch: its items lie under the table's name in `Responses`.

use super::capacity::capacity_units;
use super::items::each_response;
use super::{Cursor, DecodeError};

/// What the answer to `BatchGetItem` says, apart from the items themselves.
#[derive(Debug, Default, Clone, Copy, PartialEq)]
pub struct BatchAnswer<'a> {
    /// How many items there are.
    pub items: usize,
    /// `UnprocessedKeys`, a JSON object; `None` if it is absent or null.
    pub unprocessed_keys: Option<&'a [u8]>,
    /// Capacity units of all tables.
    pub consumed_capacity: Option<f64>,
}

impl<'a> BatchAnswer<'a> {
    /// Reads the answer; items are only passed over.
    ///
    /// # Errors
    /// If it is not one whole object with `Responses` for one table at most, or names a member twice that counts.
    pub fn of(page: &'a [u8]) -> Result<Self, DecodeError> {
        let mut answer = Self::default();
        let mut items = None;
        let mut cursor = Cursor::new(page);
        let mut more = cursor.open(b'{', b'}')?;
        while more {
            let name = cursor.name()?.bytes;
            let offset = cursor.offset();
            match name {
                b"Responses" => {
                    let count =
                        each_response(&mut cursor, &mut |cursor| cursor.skip_value().map(drop))?;
                    if items.replace(count).is_some() {
                        return Err(DecodeError::Duplicate { offset });
                    }
                }
                b"UnprocessedKeys" => {
                    let keys = cursor.skip_value()?;
                    if answer.unprocessed_keys.is_some() {
                        return Err(DecodeError::Duplicate { offset });
                    }
                    answer.unprocessed_keys = (keys != b"null").then_some(keys);
                }
                b"ConsumedCapacity" => {
                    answer.consumed_capacity = capacity_units(&mut cursor)?;
                }
                _ => drop(cursor.skip_value()?),
            }
            more = cursor.more(b'}')?;
        }
        cursor.end()?;
        answer.items = items.ok_or(DecodeError::Expected {
            expected: "`Responses`",
            offset: page.len(),
        })?;
        Ok(answer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_tells_its_items_what_is_left_and_what_it_cost() {
        let page = br#"{"ConsumedCapacity":[{"CapacityUnits":1.5,"TableName":"t"}],"Responses":{"t":[{"a":{"S":"UnprocessedKeys"}},{}]},"UnprocessedKeys":{"t":{"Keys":[]}}}"#;
        let expected = BatchAnswer {
            items: 2,
            unprocessed_keys: Some(br#"{"t":{"Keys":[]}}"#),
            consumed_capacity: Some(1.5),
        };
        assert_eq!(BatchAnswer::of(page).unwrap(), expected);
        assert_eq!(BatchAnswer::of(br#"{"Responses":{}}"#).unwrap().items, 0);
    }

    #[test]
    fn an_answer_that_does_not_say_what_became_of_the_keys_is_refused() {
        for page in [
            "",
            "{}",
            "[]",
            r#"{"Responses":[]}"#,
            r#"{"Responses":{"t":{}}}"#,
            r#"{"Responses":{"t":[]}"#,
            r#"{"Responses":{"t":[]}}x"#,
            r#"{"Responses":{"t":[],"u":[]}}"#,
            r#"{"Responses":{"t":[]},"Responses":{"t":[]}}"#,
            r#"{"Responses":{"t":[]},"UnprocessedKeys":{},"UnprocessedKeys":{}}"#,
        ] {
            assert!(BatchAnswer::of(page.as_bytes()).is_err(), "{page}");
        }
    }
}
