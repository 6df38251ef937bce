//! The cursor against small texts, and against `serde_json` on random ones.

use proptest::prelude::*;

use super::{Cursor, DecodeError, MAX_DEPTH};

#[track_caller]
fn check_string(text: &str, expected: &str) {
    let mut scratch = Vec::new();
    let mut cursor = Cursor::new(text.as_bytes());
    assert_eq!(
        cursor.string(&mut scratch).unwrap(),
        expected.as_bytes(),
        "{text}"
    );
    assert_eq!(cursor.offset(), text.len(), "{text}");
    let mut out = b"before".to_vec();
    Cursor::new(text.as_bytes()).string_into(&mut out).unwrap();
    assert_eq!(out, [b"before", expected.as_bytes()].concat(), "{text}");
    let mut skipped = Cursor::new(text.as_bytes());
    skipped.skip_string().unwrap();
    assert_eq!(skipped.offset(), text.len(), "{text}");
}

#[track_caller]
fn refusal(text: &str) -> DecodeError {
    Cursor::new(text.as_bytes())
        .string(&mut Vec::new())
        .map(drop)
        .unwrap_err()
}

#[test]
fn a_string_loses_its_escapes() {
    check_string(r#""""#, "");
    check_string(r#""plain""#, "plain");
    check_string(r#""\"\\\/\b\f\n\r\t""#, "\"\\/\u{8}\u{c}\n\r\t");
    check_string(
        r#""sixteen bytes or more \u0041\u00e9\uD83D\ude00 and on""#,
        "sixteen bytes or more Aé😀 and on",
    );
    check_string("\"grüße\"", "grüße");
    check_string(r#""\\\\""#, r"\\");
}

#[test]
fn an_escape_that_is_none_is_refused_where_it_begins() {
    assert!(matches!(
        refusal(r#""ab\x""#),
        DecodeError::InvalidEscape { offset: 3 }
    ));
    assert!(matches!(
        refusal(r#""ab\u12g4""#),
        DecodeError::InvalidEscape { offset: 3 }
    ));
    for lone in [
        r#""ab\ud800""#,
        r#""ab\ud800x""#,
        r#""ab\ud800\u0041""#,
        r#""ab\udc00""#,
        r#""ab\ud800\ud800""#,
    ] {
        assert!(
            matches!(refusal(lone), DecodeError::LoneSurrogate { offset: 3 }),
            "{lone}"
        );
    }
}

#[test]
fn a_string_that_is_not_closed_is_an_early_end() {
    let text = r#""a fairly long text \ud83d\ude00 \" and more""#;
    for cut in 0..text.len() {
        assert!(
            matches!(refusal(&text[..cut]), DecodeError::UnexpectedEnd { offset } if offset == cut),
            "{cut}"
        );
        assert!(
            Cursor::new(&text.as_bytes()[..cut]).skip_value().is_err(),
            "{cut}"
        );
    }
}

#[test]
fn brackets_that_do_not_match_are_refused() {
    for text in [
        "[}", "{]", "[[{]]", "[{}}", "]", "}", "", " ", "nul", "tru", "x", "-",
    ] {
        assert!(Cursor::new(text.as_bytes()).skip_value().is_err(), "{text}");
    }
}

#[test]
fn the_deepest_value_is_passed_over_and_a_deeper_one_refused() {
    let nested = |levels: u32| "[".repeat(levels as usize) + &"]".repeat(levels as usize);
    assert!(
        Cursor::new(nested(MAX_DEPTH).as_bytes())
            .skip_value()
            .is_ok()
    );
    let refused = Cursor::new(nested(MAX_DEPTH + 1).as_bytes())
        .skip_value()
        .map(drop);
    assert!(
        matches!(refused, Err(DecodeError::TooDeep { offset }) if offset == MAX_DEPTH as usize)
    );
}

#[test]
fn an_unknown_tag_is_refused() {
    for text in [r#"{"X":1}"#, r#"{"SSS":[]}"#, r#"{"":1}"#, r#"{"s":"a"}"#] {
        let refused = Cursor::new(text.as_bytes()).tag();
        assert!(
            matches!(
                refused,
                Err(DecodeError::Expected {
                    expected: "attribute type",
                    offset: 2
                })
            ),
            "{text}"
        );
    }
}

fn json() -> impl Strategy<Value = serde_json::Value> {
    let leaf = prop_oneof![
        Just(serde_json::Value::Null),
        any::<bool>().prop_map(Into::into),
        any::<i32>().prop_map(Into::into),
        any::<f64>()
            .prop_filter("JSON has no NaN", |x| x.is_finite())
            .prop_map(Into::into),
        ".{0,40}".prop_map(Into::into),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..5).prop_map(Into::into),
            prop::collection::vec((".{0,12}", inner), 0..5)
                .prop_map(|members| serde_json::Value::Object(members.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_value_is_passed_over_exactly(value in json(), pretty: bool) {
        let mut text = if pretty { serde_json::to_string_pretty(&value) } else { serde_json::to_string(&value) }.unwrap();
        let length = text.len();
        text.push_str(",[\"next\"]");
        let mut cursor = Cursor::new(text.as_bytes());
        prop_assert_eq!(cursor.skip_value().unwrap(), &text.as_bytes()[..length]);
        prop_assert_eq!(cursor.offset(), length);
    }

    #[test]
    fn any_string_is_read_as_serde_reads_it(text in "(.|[\"\\\\\u{1}-\u{20}]){0,60}") {
        check_string(&serde_json::to_string(&text).unwrap(), &text);
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
        let _ = Cursor::new(&bytes).skip_value().map(drop);
        let _ = Cursor::new(&bytes).string(&mut Vec::new()).map(drop);
        let _ = Cursor::new(&bytes).tag();
    }
}
