//! Tails of pages built member by member, and of every cut of them.

use proptest::prelude::*;

use super::PageTail;
use crate::json::DecodeError;

const KEY: &str = r#"{"pk":{"S":"a]},\"ScannedCount\":9}"},"sk":{"N":"7"}}"#;

fn tail(page: &str) -> Result<PageTail<'_>, DecodeError> {
    PageTail::of(page.as_bytes())
}

#[track_caller]
fn check_key(page: &str, key: Option<&str>) {
    assert_eq!(
        tail(page).unwrap().last_evaluated_key,
        key.map(str::as_bytes),
        "{page}"
    );
}

#[test]
fn a_page_as_dynamodb_sends_it_tells_all() {
    let page = format!(
        r#"{{"ConsumedCapacity":{{"CapacityUnits":12.5,"TableName":"t"}},"Count":1,"Items":[{{"a":{{"SS":["x"]}}}}],"LastEvaluatedKey":{KEY},"ScannedCount":20}}"#
    );
    let expected = PageTail {
        last_evaluated_key: Some(KEY.as_bytes()),
        next_token: None,
        count: Some(1),
        scanned_count: Some(20),
        consumed_capacity: Some(12.5),
    };
    assert_eq!(tail(&page).unwrap(), expected);
    assert_eq!(
        PageTail::from_the_end(page.as_bytes()),
        Some(expected),
        "the quick way must do for the usual page"
    );
}

#[test]
fn an_attribute_of_that_name_is_not_the_key() {
    check_key(
        r#"{"Count":1,"Items":[{"LastEvaluatedKey":{"M":{"a":{"S":"x"}}}}],"ScannedCount":1}"#,
        None,
    );
    check_key(r#"{"Items":[{"LastEvaluatedKey":{"S":"x"}}]}"#, None);
    check_key(
        r#"{"Items":[{"a":{"S":"\"LastEvaluatedKey\":{\"pk\":{\"S\":\"x\"}}}"}}],"Count":1}"#,
        None,
    );
    let inside = r#"{"LastEvaluatedKey":{"S":"x"}}"#;
    check_key(
        &format!(r#"{{"Items":[],"LastEvaluatedKey":{inside}}}"#),
        Some(inside),
    );
    check_key(
        &format!(r#"{{"Items":[],"LastEvaluatedKey":{inside},"ScannedCount":1}}"#),
        Some(inside),
    );
}

#[test]
fn an_unknown_array_behind_the_key_does_not_hide_it() {
    check_key(
        &format!(r#"{{"Items":[{{}}],"LastEvaluatedKey":{KEY},"Notes":[{{}}],"Count":1}}"#),
        Some(KEY),
    );
    let page = r#"{"Items":[],"NextToken":"abc","Notes":[],"Count":1}"#;
    assert_eq!(tail(page).unwrap().next_token, Some(&br#""abc""#[..]));
}

#[test]
fn an_empty_key_is_the_end() {
    for key in ["null", "{}", "{ }"] {
        check_key(
            &format!(r#"{{"Items":[],"LastEvaluatedKey":{key},"Count":0}}"#),
            None,
        );
    }
    assert_eq!(
        tail(r#"{"Items":[],"NextToken":null}"#).unwrap().next_token,
        None
    );
}

#[test]
fn a_bracket_within_a_string_does_not_end_the_items() {
    let page = r#"{"Items":[{"a":{"S":"],"},":1}":{"S":""}}],"Count":1}"#;
    assert_eq!(tail(page).unwrap().count, Some(1));
    let cut = page.find(r#"":{"S":""}"#).unwrap();
    assert!(page[..cut].ends_with('}'));
    assert!(tail(&page[..cut]).is_err());
}

#[test]
fn a_key_full_of_brackets_is_found_by_skimming() {
    let key = format!(r#"{{"pk":{{"S":"{}"}}}}"#, "]".repeat(200));
    check_key(
        &format!(r#"{{"Items":[],"LastEvaluatedKey":{key},"Count":0}}"#),
        Some(&key),
    );
}

#[test]
fn what_is_not_a_page_is_an_error() {
    for page in [
        "",
        "[]",
        "null",
        "{]",
        r#"{"Count":"1"}"#,
        r#"{"Count":-1}"#,
        r#"{"Items":[],"Count":1}}"#,
    ] {
        assert!(tail(page).is_err(), "{page}");
    }
}

fn member(name: &'static str) -> BoxedStrategy<String> {
    match name {
        "Items" => prop_oneof![
            Just(r"[]".to_owned()),
            Just(r#"[{"a":{"SS":["x","]"]}},{"LastEvaluatedKey":{"L":[{"S":"z"}]}}]"#.to_owned()),
            Just(r#"[ {"Count":{"N":"3"},"Items":{"M":{"LastEvaluatedKey":{"S":"],\"Count\":1}"}}}} ]"#.to_owned()),
        ]
        .boxed(),
        "LastEvaluatedKey" => prop_oneof![
            Just(KEY.to_owned()),
            Just(r#"{ "LastEvaluatedKey" : {"S":"x"} }"#.to_owned()),
            Just(r#"{"Items":{"B":"AA=="},":":{"S":"],"}}"#.to_owned()),
        ]
        .boxed(),
        "ConsumedCapacity" => Just(r#"{"Table":{"CapacityUnits":1},"CapacityUnits":2.5}"#.to_owned()).boxed(),
        _ => (0_u64..1000).prop_map(|count| count.to_string()).boxed(),
    }
}

fn page() -> impl Strategy<Value = (String, Vec<(&'static str, String)>)> {
    let names = [
        "Items",
        "LastEvaluatedKey",
        "ConsumedCapacity",
        "Count",
        "ScannedCount",
    ];
    let members = prop::sample::subsequence(names.to_vec(), 0..=names.len()).prop_shuffle();
    (members, prop::sample::select(vec!["", " ", "\n\t"])).prop_flat_map(|(names, space)| {
        let values: Vec<_> = names.iter().map(|name| member(name)).collect();
        values.prop_map(move |values| {
            let members: Vec<_> = names.iter().copied().zip(values).collect();
            let texts: Vec<_> = members
                .iter()
                .map(|(name, value)| format!("{space}\"{name}\"{space}:{space}{value}{space}"))
                .collect();
            (format!("{space}{{{}{space}}}", texts.join(",")), members)
        })
    })
}

proptest! {
    #[test]
    fn the_order_of_members_does_not_matter((page, members) in page()) {
        let found = tail(&page).unwrap();
        let value = |name| members.iter().find(|(member, _)| *member == name).map(|(_, value)| value.as_str());
        prop_assert_eq!(found.last_evaluated_key, value("LastEvaluatedKey").map(str::as_bytes), "{}", &page);
        prop_assert_eq!(found.count, value("Count").map(|count| count.parse().unwrap()));
        prop_assert_eq!(found.scanned_count, value("ScannedCount").map(|count| count.parse().unwrap()));
        prop_assert_eq!(found.consumed_capacity, value("ConsumedCapacity").map(|_| 2.5));
    }

    #[test]
    fn a_page_that_breaks_off_is_an_error((page, _) in page()) {
        for cut in 0..page.len() {
            prop_assert!(tail(&page[..cut]).is_err(), "{}", &page[..cut]);
        }
    }

    #[test]
    fn random_bytes_never_panic(text in "[\\[\\]{},:\"a1\\\\]{0,60}") {
        let _ = tail(&text);
        let _ = tail(&format!("{{\"Items\":[{text}"));
    }
}
