//! Whole pages: by hand, and random ones against the slow and plain decoder in `model`.

mod model;
mod sampled;

use std::sync::Arc;

use arrow::array::AsArray;
use arrow::datatypes::{DataType, Field, Int32Type, Schema};
use proptest::prelude::*;

use self::model::{Case, Cell, cells, expected};
use super::PageDecoder;
use crate::json::{DecodeError, Tag};

fn decoder(columns: &[(&str, DataType, &[&str])]) -> PageDecoder {
    let fields: Vec<_> = columns
        .iter()
        .map(|(name, data_type, _)| Field::new(*name, data_type.clone(), true))
        .collect();
    let names: Vec<Vec<_>> = columns
        .iter()
        .map(|(.., names)| names.iter().map(|name| (*name).to_owned()).collect())
        .collect();
    PageDecoder::new(Arc::new(Schema::new(fields)), &names).unwrap()
}

fn numbers(decoder: &mut PageDecoder, page: &str) -> Vec<Option<i32>> {
    let batch = decoder.decode(page.as_bytes()).unwrap();
    batch.column(0).as_primitive::<Int32Type>().iter().collect()
}

#[test]
fn the_preferred_spelling_wins_unless_it_is_null() {
    let mut decoder = decoder(&[("id", DataType::Int32, &["id", "Id", "ID"])]);
    let page = r#"{"Items":[
        {"ID":{"N":"3"},"Id":{"N":"2"},"id":{"N":"1"}},
        {"id":{"N":"1"},"ID":{"N":"3"}},
        {"ID":{"N":"3"},"id":{"NULL":true},"Id":{"N":"2"}},
        {"ID":{"N":"3"}},
        {"Id":{"NULL":true}},
        {"iD":{"N":"4"}},
        {"id":{"S":"x"},"Id":{"N":"2"}}
    ]}"#;
    assert_eq!(
        numbers(&mut decoder, page),
        [Some(1), Some(1), Some(2), Some(3), None, None, None]
    );
    assert_eq!(
        decoder.mismatches().columns()[0].iter().collect::<Vec<_>>(),
        [(Tag::S, 1)]
    );
}

#[test]
fn an_attribute_named_twice_is_an_error_and_nothing_is_kept() {
    let mut decoder = decoder(&[("a", DataType::Int32, &["a", "A"])]);
    for page in [
        r#"{"Items":[{"a":{"S":"x"}},{"a":{"N":"1"},"a":{"N":"2"}}]}"#,
        r#"{"Items":[{"a":{"S":"x"}},{"A":{"N":"1"},"\u0041":{"N":"2"}}]}"#,
    ] {
        assert!(
            matches!(
                decoder.decode(page.as_bytes()),
                Err(DecodeError::Duplicate { .. })
            ),
            "{page}"
        );
        assert!(decoder.mismatches().is_empty());
        assert_eq!(
            numbers(&mut decoder, r#"{"Items":[{"A":{"N":"5"}},{}]}"#),
            [Some(5), None]
        );
    }
}

#[test]
fn a_schema_without_columns_counts_rows() {
    let metadata = [("k".to_owned(), "v".to_owned())].into();
    let schema = Arc::new(Schema::new_with_metadata(Vec::<Field>::new(), metadata));
    let mut decoder = PageDecoder::new(Arc::clone(&schema), &[]).unwrap();
    let batch = decoder
        .decode(br#"{"Items":[{"a":{"S":"x"}},{},{"b":{"M":{"c":{"L":[]}}}}]}"#)
        .unwrap();
    assert_eq!((batch.num_rows(), batch.num_columns()), (3, 0));
    assert_eq!(batch.schema(), schema);
    assert_eq!(
        decoder
            .decode(br#"{"Count":12,"ScannedCount":12}"#)
            .unwrap()
            .num_rows(),
        0
    );
}

#[test]
fn text_that_is_not_utf8_is_an_error_where_it_stands() {
    let mut decoder = decoder(&[("a", DataType::Utf8, &["a"])]);
    let mut page = br#"{"Items":[{"a":{"S":"x"}},{"a":{"S":"y"}}]}"#.to_vec();
    let place = page.iter().position(|byte| *byte == b'y').unwrap();
    page[place] = 0xff;
    assert!(
        matches!(decoder.decode(&page), Err(DecodeError::NotUtf8 { offset }) if offset == place)
    );
    // Two halves of a character in two cells are valid together, and are not text all the same.
    let mut halves = br#"{"Items":[{"a":{"S":"x"}},{"a":{"S":"y"}}]}"#.to_vec();
    halves[place - 16] = 0xc3;
    halves[place] = 0xa9;
    assert!(matches!(
        decoder.decode(&halves),
        Err(DecodeError::NotUtf8 { .. })
    ));
    assert_eq!(
        decoder
            .decode(br#"{"Items":[{"a":{"S":"x"}}]}"#)
            .unwrap()
            .num_rows(),
        1
    );
}

#[test]
fn what_no_column_asks_for_is_passed_over() {
    let mut decoder = decoder(&[("n", DataType::Int32, &["n"])]);
    let page = r#"{"Items":[{"x":{"S":"}\"]"},"n":{"N":"1"},"y":{"M":{"n":{"N":"2"}}}},{"n":{"N":"3"},"z":{"NS":["4"]}}]}"#;
    assert_eq!(numbers(&mut decoder, page), [Some(1), Some(3)]);
    for broken in [
        r#"{"Items":[{"x":{"Q":"1"}}]}"#,
        r#"{"Items":[{"x":{"S":1}}]}"#,
        r#"{"Items":[{"x":{"S":"a","N":"1"}}]}"#,
        r#"{"Items":[{"x":"a"}]}"#,
    ] {
        assert!(decoder.decode(broken.as_bytes()).is_err(), "{broken}");
    }
}

#[test]
fn names_without_end_are_read_right_though_not_all_are_kept() {
    let mut decoder = decoder(&[
        ("n", DataType::Int32, &["n"]),
        ("m", DataType::Int32, &["m"]),
    ]);
    for round in 0..3 {
        let items: Vec<_> = (0..2500)
            .map(|item| format!(r#"{{"x{round}-{item}":{{"S":"s"}},"n":{{"N":"{item}"}},"y{item}":{{"L":[]}},"m":{{"N":"1"}}}}"#))
            .collect();
        let page = format!(r#"{{"Items":[{}]}}"#, items.join(","));
        let batch = decoder.decode(page.as_bytes()).unwrap();
        assert!(
            batch
                .column(0)
                .as_primitive::<Int32Type>()
                .iter()
                .eq((0..2500).map(Some))
        );
        assert_eq!(batch.column(1).null_count(), 0);
    }
}

#[test]
fn a_schema_that_cannot_be_fed_is_refused() {
    let schema = Arc::new(Schema::new(vec![
        Field::new("a", DataType::Utf8, true),
        Field::new("b", DataType::Utf8, true),
    ]));
    let names = |names: &[&[&str]]| -> Vec<Vec<String>> {
        names
            .iter()
            .map(|names| names.iter().map(|name| (*name).to_owned()).collect())
            .collect()
    };
    let refused = |given: &[&[&str]]| {
        PageDecoder::new(Arc::clone(&schema), &names(given))
            .unwrap_err()
            .to_string()
    };
    assert_eq!(
        refused(&[&["a"]]),
        "schema has 2 columns, but attribute names for 1"
    );
    assert_eq!(refused(&[&["a"], &[]]), "column `b` is fed by no attribute");
    assert_eq!(
        refused(&[&["a", "x"], &["x"]]),
        "attribute `x` feeds both column `a` and column `b`"
    );
}

#[test]
fn a_null_in_a_column_that_forbids_it_is_an_error() {
    let schema = Arc::new(Schema::new(vec![Field::new("a", DataType::Utf8, false)]));
    let mut decoder = PageDecoder::new(schema, &[vec!["a".to_owned()]]).unwrap();
    assert!(matches!(
        decoder.decode(br#"{"Items":[{}]}"#),
        Err(DecodeError::Batch { rows: 1, .. })
    ));
    assert_eq!(
        decoder
            .decode(br#"{"Items":[{"a":{"S":"x"}}]}"#)
            .unwrap()
            .num_rows(),
        1
    );
}

/// All columns of a page as the decoder reads it.
fn decoded(decoder: &mut PageDecoder, page: &str) -> Result<Vec<Vec<Cell>>, DecodeError> {
    let batch = decoder.decode(page.as_bytes())?;
    assert_eq!(batch.schema(), *decoder.schema());
    Ok(batch.columns().iter().map(|array| cells(array)).collect())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn any_pages_are_read_as_the_model_reads_them(case in Case::any()) {
        let mut decoder = case.decoder();
        let mut sum = decoder.mismatches().clone();
        for page in &case.pages {
            let (rows, mismatches) = expected(&case, page);
            sum.merge(&mismatches);
            let text = page.text();
            serde_json::from_str::<serde_json::Value>(&text).unwrap();
            prop_assert_eq!(decoded(&mut decoder, &text).unwrap(), rows, "{}", text);
            prop_assert_eq!(decoder.mismatches(), &sum, "{}", text);
        }
    }

    #[test]
    fn a_page_that_breaks_off_anywhere_is_an_error(case in Case::small()) {
        let mut decoder = case.decoder();
        for page in &case.pages {
            let text = page.text();
            let (rows, mismatches) = expected(&case, page);
            for cut in (0..text.len()).filter(|cut| text.is_char_boundary(*cut)) {
                prop_assert!(decoder.decode(&text.as_bytes()[..cut]).is_err(), "{}", &text[..cut]);
            }
            let before = decoder.mismatches().clone();
            prop_assert_eq!(decoded(&mut decoder, &text).unwrap(), rows, "{}", &text);
            let mut after = before;
            after.merge(&mismatches);
            prop_assert_eq!(decoder.mismatches(), &after);
        }
    }

    #[test]
    fn a_page_with_wrong_bytes_never_panics_nor_spoils_the_next(
        case in Case::small(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut decoder = case.decoder();
        let page = &case.pages[0];
        let mut bytes = page.text().into_bytes();
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        let _ = decoder.decode(&bytes);
        prop_assert_eq!(decoded(&mut decoder, &page.text()).unwrap(), expected(&case, page).0);
    }
}
