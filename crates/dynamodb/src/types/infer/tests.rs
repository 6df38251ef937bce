//! Schemas of small samples, and the laws of the lattice.

use arrow::datatypes::{DataType, Field, Schema};
use proptest::prelude::*;

use super::{KeyType, MAX_LEVELS, NumberType, Sample};
use crate::types::names::{ATTRIBUTE_NAMES, attribute_names};

fn sample(items: &[&str]) -> Sample {
    let mut sample = Sample::new();
    let page = format!(r#"{{"Count":0,"Items":[{}]}}"#, items.join(","));
    assert_eq!(sample.push_page(page.as_bytes()).unwrap(), items.len());
    sample
}

/// The type of the column `a` for these values of the attribute `a`.
#[track_caller]
fn check(values: &[&str], expected: Option<&str>) {
    let items: Vec<_> = values
        .iter()
        .map(|value| format!(r#"{{"a":{value}}}"#))
        .collect();
    let items: Vec<_> = items.iter().map(String::as_str).collect();
    let schema = sample(&items).schema(&[], NumberType::Decimal).schema;
    let found = schema.fields().first().map(|field| {
        assert!(field.is_nullable());
        describe(field.data_type())
    });
    assert_eq!(found.as_deref(), expected, "{values:?}");
}

/// A type with the names of its children, which must all be nullable.
fn describe(data_type: &DataType) -> String {
    let child = |field: &Field| {
        assert!(field.is_nullable(), "{field}");
        format!("{}:{}", field.name(), describe(field.data_type()))
    };
    match data_type {
        DataType::Utf8 => "text".to_owned(),
        DataType::Decimal128(38, 9) => "number".to_owned(),
        DataType::Binary => "bytes".to_owned(),
        DataType::Boolean => "bool".to_owned(),
        DataType::List(element) => format!("[{}]", child(element)),
        DataType::Struct(children) => format!(
            "<{}>",
            children
                .iter()
                .map(|field| child(field))
                .collect::<Vec<_>>()
                .join(",")
        ),
        other => unreachable!("{other}"),
    }
}

const S: &str = r#"{"S":"x"}"#;
const N: &str = r#"{"N":"1"}"#;
const NULL: &str = r#"{"NULL":true}"#;

#[test]
fn one_kind_keeps_its_type() {
    check(&[S, NULL, S], Some("text"));
    check(&[N, N], Some("number"));
    check(&[r#"{"B":"AQ=="}"#], Some("bytes"));
    check(&[r#"{"BOOL":true}"#], Some("bool"));
    check(&[r#"{"SS":["x"]}"#], Some("[a.element:text]"));
    check(&[r#"{"NS":["1"]}"#], Some("[a.element:number]"));
    check(&[r#"{"BS":["AQ=="]}"#], Some("[a.element:bytes]"));
    check(&[NULL, NULL], None);
    check(&[], None);
}

#[test]
fn kinds_that_do_not_agree_become_text() {
    check(&[N, S, N], Some("text"));
    check(&[S, r#"{"M":{"b":{"S":"x"}}}"#], Some("text"));
    check(&[r#"{"L":[]}"#, N], Some("text"));
    check(
        &[r#"{"M":{"b":{"N":"1"}}}"#, r#"{"M":{"b":{"S":"x"}}}"#],
        Some("<b:text>"),
    );
}

#[test]
fn elements_of_all_lists_are_joined() {
    check(
        &[r#"{"L":[]}"#, r#"{"L":[{"NULL":true},{"N":"1"}]}"#],
        Some("[a.element:number]"),
    );
    check(
        &[r#"{"SS":["x"]}"#, r#"{"L":[{"S":"x"}]}"#],
        Some("[a.element:text]"),
    );
    check(
        &[r#"{"L":[{"S":"x"},{"N":"1"}]}"#],
        Some("[a.element:text]"),
    );
    check(
        &[r#"{"NS":["1"]}"#, r#"{"SS":["x"]}"#],
        Some("[a.element:text]"),
    );
    check(
        &[r#"{"L":[{"L":[]},{"L":[{"N":"1"}]},{"NS":["1"]}]}"#],
        Some("[a.element:[a.element.element:number]]"),
    );
    check(
        &[r#"{"L":[{"M":{"x":{"S":"1"}}},{"M":{"y":{"N":"1"}}}]}"#],
        Some("[a.element:<x:text,y:number>]"),
    );
    check(
        &[r#"{"L":[]}"#, r#"{"L":[{"NULL":true}]}"#],
        Some("[a.element:text]"),
    );
}

#[test]
fn members_of_all_maps_are_joined() {
    let one = r#"{"M":{"y":{"N":"1"},"In":{"M":{"p":{"S":"x"}}},"z":{"NULL":true}}}"#;
    let other = r#"{"M":{"Y":{"NULL":true},"x":{"L":[]},"in":{"M":{"q":{"BOOL":true}}}}}"#;
    check(
        &[one, other],
        Some("<in:<p:text,q:bool>,x:[x.element:text],y:number>"),
    );
    check(&[r#"{"M":{}}"#], Some("text"));
    check(&[r#"{"M":{"x":{"NULL":true}}}"#], Some("text"));
    check(
        &[r#"{"M":{"x":{"NULL":true}}}"#, r#"{"M":{"x":{"N":"1"}}}"#],
        Some("<x:number>"),
    );
}

#[test]
fn keys_come_first_and_always() {
    let keys = [("Pk".to_owned(), KeyType::S), ("sk".to_owned(), KeyType::N)];
    let names = |schema: &Schema| {
        schema
            .fields()
            .iter()
            .map(|field| field.name().clone())
            .collect::<Vec<_>>()
    };
    let empty = Sample::new().schema(&keys, NumberType::Decimal);
    assert_eq!(names(&empty.schema), ["pk", "sk"]);
    assert_eq!(
        *empty.schema.field(1).data_type(),
        DataType::Decimal128(38, 9)
    );
    assert_eq!(empty.names, [["Pk"], ["sk"]]);
    let some = sample(&[r#"{"a":{"S":"x"},"sk":{"N":"1"},"Pk":{"S":"x"},"z":{"NULL":true}}"#])
        .schema(&keys, NumberType::Decimal);
    assert_eq!(names(&some.schema), ["pk", "sk", "a"]);
    let bytes = Sample::new().schema(&[("k".to_owned(), KeyType::B)], NumberType::Decimal);
    assert_eq!(*bytes.schema.field(0).data_type(), DataType::Binary);
}

#[test]
fn names_that_differ_in_case_only_share_a_column() {
    let items = [
        r#"{"Id":{"N":"1"},"Größe":{"N":"1"},"plain":{"S":"x"}}"#,
        r#"{"ID":{"S":"x"}}"#,
        r#"{"id":{"N":"1"}}"#,
    ];
    let inferred = sample(&items).schema(&[], NumberType::Decimal);
    assert_eq!(
        inferred.names,
        [vec!["Größe"], vec!["id", "ID", "Id"], vec!["plain"]]
    );
    assert_eq!(inferred.schema.field(0).name(), "größe");
    assert_eq!(*inferred.schema.field(1).data_type(), DataType::Utf8);
    assert_eq!(
        inferred.schema.metadata()[ATTRIBUTE_NAMES],
        r#"{"größe":["Größe"],"id":["id","ID","Id"]}"#
    );
    assert_eq!(attribute_names(&inferred.schema).unwrap(), inferred.names);
    assert!(
        sample(&items[2..])
            .schema(&[], NumberType::Decimal)
            .schema
            .metadata()
            .is_empty()
    );
}

#[test]
fn a_bad_page_leaves_the_sample_as_it_was() {
    let mut sample = sample(&[r#"{"a":{"S":"x"}}"#]);
    let page = r#"{"Items":[{"b":{"S":"x"}},{"a":{"N":"1"}}],"Count":2}"#;
    for cut in 0..page.len() {
        assert!(sample.push_page(&page.as_bytes()[..cut]).is_err(), "{cut}");
    }
    assert_eq!(
        sample
            .schema(&[], NumberType::Decimal)
            .schema
            .fields()
            .len(),
        1
    );
    let levels = MAX_LEVELS as usize + 1;
    let deep = format!(
        r#"{{"Items":[{{"b":{}{}}}]}}"#,
        r#"{"L":["#.repeat(levels),
        "]}".repeat(levels)
    );
    assert!(sample.push_page(deep.as_bytes()).is_err());
    assert_eq!(sample.schema(&[], NumberType::Decimal).names, [["a"]]);
}

fn value() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(vec![
        S,
        N,
        NULL,
        r#"{"B":"AQ=="}"#,
        r#"{"BOOL":true}"#,
        r#"{"SS":["x"]}"#,
        r#"{"NS":["1"]}"#,
    ])
    .prop_map(str::to_owned);
    leaf.prop_recursive(3, 10, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|values| format!(r#"{{"L":[{}]}}"#, values.join(","))),
            item(inner).prop_map(|members| format!(r#"{{"M":{members}}}"#)),
        ]
    })
}

fn item(value: impl Strategy<Value = String>) -> impl Strategy<Value = String> {
    let names = prop::sample::select(vec!["a", "A", "b", "Cc", "cC", "d"]);
    prop::collection::btree_map(names, value, 0..4).prop_map(|members| {
        let members: Vec<_> = members
            .iter()
            .map(|(name, value)| format!(r#""{name}":{value}"#))
            .collect();
        format!("{{{}}}", members.join(","))
    })
}

proptest! {
    #[test]
    fn neither_order_nor_paging_matters(
        (items, shuffled) in prop::collection::vec(item(value()), 0..8)
            .prop_flat_map(|items| (Just(items.clone()), Just(items).prop_shuffle())),
        cut: prop::sample::Index,
    ) {
        let together = sample(&items.iter().map(String::as_str).collect::<Vec<_>>());
        let mut paged = Sample::new();
        let (first, second) = shuffled.split_at(cut.index(shuffled.len() + 1));
        for part in [first, second, first] {
            paged.push_page(format!(r#"{{"Items":[{}]}}"#, part.join(",")).as_bytes()).unwrap();
        }
        let keys = [("d".to_owned(), KeyType::N)];
        prop_assert_eq!(together.schema(&keys, NumberType::Decimal), paged.schema(&keys, NumberType::Decimal));
    }
}

#[test]
fn numbers_become_what_every_one_of_them_fits() {
    let auto = |values: &[&str]| {
        let items: Vec<_> = values
            .iter()
            .map(|value| format!(r#"{{"a":{value}}}"#))
            .collect();
        let items: Vec<_> = items.iter().map(String::as_str).collect();
        let schema = sample(&items).schema(&[], NumberType::Auto).schema;
        schema.field(0).data_type().clone()
    };
    let decimal = DataType::Decimal128(38, 9);
    for (values, expected) in [
        (
            &[r#"{"N":"1"}"#, r#"{"N":"-9223372036854775808"}"#][..],
            DataType::Int64,
        ),
        (&[r#"{"N":"3.0"}"#, r#"{"N":"1E+3"}"#], DataType::Int64),
        (&[r#"{"N":"1"}"#, r#"{"N":"0.5"}"#], DataType::Float64),
        (&[r#"{"N":"1E+100"}"#], DataType::Float64),
        (&[r#"{"N":"9223372036854775808"}"#], decimal.clone()),
        (
            &[r#"{"N":"9007199254740993"}"#, r#"{"N":"0.5"}"#],
            decimal.clone(),
        ),
        (&[r#"{"N":"1.234567890123456"}"#], decimal),
        (&[r#"{"N":"1"}"#, NULL], DataType::Int64),
    ] {
        assert_eq!(auto(values), expected, "{values:?}");
    }
    let DataType::List(element) = auto(&[r#"{"NS":["1","2"]}"#, r#"{"L":[{"N":"0.5"}]}"#]) else {
        panic!("a list")
    };
    assert_eq!(element.data_type(), &DataType::Float64);
    // A key without any item keeps room for every number.
    let empty = Sample::new().schema(&[("k".to_owned(), KeyType::N)], NumberType::Auto);
    assert_eq!(
        empty.schema.field(0).data_type(),
        &DataType::Decimal128(38, 9)
    );
}

#[test]
fn samples_of_parts_make_the_sample_of_all() {
    let (one, two) = ([S, N], [r#"{"L":[{"N":"1"}]}"#, NULL]);
    let item = |value: &&str| format!(r#"{{"a":{value},"b":{{"M":{{"c":{value}}}}}}}"#);
    let items = |values: &[&str]| values.iter().map(item).collect::<Vec<_>>();
    let sampled = |items: &[String]| sample(&items.iter().map(String::as_str).collect::<Vec<_>>());
    let mut merged = sampled(&items(&one));
    merged.merge(sampled(&items(&two)));
    let all = sampled(&[items(&one), items(&two)].concat());
    assert_eq!(
        merged.schema(&[], NumberType::Auto),
        all.schema(&[], NumberType::Auto)
    );
}
