//! `ConsumedCapacity`, as the calls send it.

use super::{Cursor, DecodeError};

/// Reads the total of a `ConsumedCapacity` object, or of a list of them, as batches send it; `None` if none is told.
///
/// # Errors
/// If the text is malformed.
pub fn capacity_units(cursor: &mut Cursor<'_>) -> Result<Option<f64>, DecodeError> {
    cursor.skip_whitespace();
    match cursor.peek() {
        Some(b'{') => of_object(cursor),
        Some(b'[') => {
            let mut total = None;
            let mut more = cursor.open(b'[', b']')?;
            while more {
                if let Some(units) = of_object(cursor)? {
                    total = Some(total.unwrap_or(0.0) + units);
                }
                more = cursor.more(b']')?;
            }
            Ok(total)
        }
        _ => {
            cursor.skip_value()?;
            Ok(None)
        }
    }
}

fn of_object(cursor: &mut Cursor<'_>) -> Result<Option<f64>, DecodeError> {
    let mut units = None;
    let mut more = cursor.open(b'{', b'}')?;
    while more {
        if cursor.name()?.bytes == b"CapacityUnits" {
            units = Some(cursor.number()?);
        } else {
            cursor.skip_value()?;
        }
        more = cursor.more(b'}')?;
    }
    Ok(units)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_and_a_list_tell_their_total() {
        for (text, units) in [
            (r#"{"TableName":"t","CapacityUnits":2.5}"#, Some(2.5)),
            (r#"{"Table":{"CapacityUnits":1}}"#, None),
            (r#"[{"CapacityUnits":2.5},{"CapacityUnits":1}]"#, Some(3.5)),
            (r#"[{"TableName":"t"}]"#, None),
            ("[]", None),
            ("null", None),
        ] {
            let found = capacity_units(&mut Cursor::new(text.as_bytes())).unwrap();
            assert_eq!(found, units, "{text}");
        }
        assert!(capacity_units(&mut Cursor::new(b"[1]")).is_err());
    }
}
