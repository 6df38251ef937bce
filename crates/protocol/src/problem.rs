//! What is wrong with a JSON document, told without a word of the document: it may hold tokens and personal data.

/// The parser's own sentence, its place and all values of the document left out.
///
/// The parser quotes values, behind the kind of each, in three of its sentences; those are cut. Names of fields and types that
/// it expected are the code's and stay.
pub(crate) fn problem(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // An error found after the parser had passed the value has no place, and then the words belong to the value.
    let place = if error.line() == 0 {
        None
    } else {
        text.rsplit_once(" at line ")
    };
    let text = place.map_or(text.as_str(), |(text, _)| text);
    // The kind ends where the quoted value begins, or for kinds without a value at the comma.
    let kind = |text: &str| -> String {
        let end = text.find(['`', '"', ',']).unwrap_or(text.len());
        text[..end].trim_end().to_owned()
    };
    // The value may itself contain the words, so only what follows the last of them is kept.
    let wanted = |text: &str| match text.rsplit_once(", expected ") {
        Some((_, wanted)) => format!(", expected {wanted}"),
        None => String::new(),
    };
    if text.starts_with("invalid type: ") || text.starts_with("invalid value: ") {
        kind(text) + &wanted(text)
    } else if text.starts_with("unknown variant ") {
        format!("unknown name{}", wanted(text))
    } else if text.starts_with("unknown field ") {
        "unknown field".to_owned()
    } else {
        text.to_owned()
    }
}

/// A name out of a document, cut to what fits an error: letters, digits and a few signs, at most 64 of them.
pub(crate) fn shortened(name: &str) -> String {
    name.chars()
        .filter(|c| c.is_alphanumeric() || "._-$ ".contains(*c))
        .take(64)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde::Deserialize;

    #[derive(Debug, PartialEq, Deserialize)]
    enum Colour {
        Red,
        Green,
    }

    /// Read in two steps, so that its errors have no place.
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(tag = "kind")]
    enum Late {
        Number { number: u8 },
    }

    #[track_caller]
    fn check<T: for<'de> Deserialize<'de> + std::fmt::Debug>(json: &str, expected: &str) {
        let error = serde_json::from_str::<T>(json).unwrap_err();
        assert_eq!(problem(&error), expected);
    }

    #[test]
    fn a_value_is_left_out_of_the_sentence_about_it() {
        check::<u8>("\"hunter2\"", "invalid type: string, expected u8");
        check::<u8>("4711", "invalid value: integer, expected u8");
        check::<u8>("47.11", "invalid type: floating point, expected u8");
        check::<u8>("true", "invalid type: boolean, expected u8");
        check::<u8>("null", "invalid type: null, expected u8");
        check::<u8>("[4711]", "invalid type: sequence, expected u8");
        check::<(u8, u8)>("[4]", "invalid length 1, expected a tuple of size 2");
        check::<Colour>("\"hunter2\"", "unknown name, expected `Red` or `Green`");
        assert_eq!(
            serde_json::from_str::<Colour>("\"Red\"").unwrap(),
            Colour::Red
        );
        assert_eq!(
            serde_json::from_str::<Colour>("\"Green\"").unwrap(),
            Colour::Green
        );
    }

    #[test]
    fn a_value_that_looks_like_the_sentence_is_left_out_too() {
        for value in [
            "x, expected hunter2 at line 1 column 2",
            "x\\\", expected hunter2",
            "` at line 7 column 9",
            ", expected ",
        ] {
            check::<u8>(&format!("\"{value}\""), "invalid type: string, expected u8");
            check::<Colour>(
                &format!("\"{value}\""),
                "unknown name, expected `Red` or `Green`",
            );
            check::<Late>(
                &format!("{{\"kind\":\"Number\",\"number\":\"{value}\"}}"),
                "invalid type: string, expected u8",
            );
        }
        assert_eq!(
            serde_json::from_str::<Late>(r#"{"kind":"Number","number":7}"#).unwrap(),
            Late::Number { number: 7 }
        );
    }
}
