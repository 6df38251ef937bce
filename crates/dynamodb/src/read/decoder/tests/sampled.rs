//! The law of inference: the schema of a sample has room for every value in it.

use std::sync::Arc;

use proptest::prelude::*;
use serde_json::{Map, Value, json};

use crate::read::PageDecoder;
use crate::read::mismatch::Tally;
use crate::types::infer::{NumberType, Sample};
use crate::types::names::attribute_names;

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop::sample::select(vec![
        json!({"S": "x"}),
        json!({"S": "7"}),
        json!({"N": "1"}),
        json!({"N": "-2.5"}),
        json!({"N": "12345678901234567890123456789.123456789"}),
        json!({"B": "AQ=="}),
        json!({"BOOL": true}),
        json!({"NULL": true}),
        json!({"SS": ["x", "y"]}),
        json!({"NS": ["1", "2.5"]}),
        json!({"BS": ["AQ=="]}),
    ]);
    leaf.prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(|values| json!({"L": values})),
            members(inner).prop_map(|members| json!({"M": members})),
        ]
    })
}

/// Few names, each in one of two spellings.
fn members(value: impl Strategy<Value = Value>) -> impl Strategy<Value = Value> {
    let names = prop::sample::select(vec!["a", "b", "cc"]);
    prop::collection::btree_map(names, (any::<bool>(), value), 0..4).prop_map(|members| {
        let members = members.into_iter().map(|(name, (upper, value))| {
            let name = if upper {
                name.to_uppercase()
            } else {
                name.to_owned()
            };
            (name, value)
        });
        Value::Object(members.collect::<Map<_, _>>())
    })
}

proptest! {
    #[test]
    fn every_sampled_value_is_shown_under_the_schema_of_its_sample(
        items in prop::collection::vec(members(value()), 1..8),
        auto: bool,
    ) {
        let page = json!({"Items": items}).to_string();
        let mut sample = Sample::new();
        sample.push_page(page.as_bytes()).unwrap();
        let numbers = if auto { NumberType::Auto } else { NumberType::Decimal };
        let schema = Arc::new(sample.schema(&[], numbers).schema);
        let names = attribute_names(&schema).unwrap();
        let mut decoder = PageDecoder::new(schema.clone(), &names).unwrap();
        let batch = decoder.decode(page.as_bytes()).unwrap();
        prop_assert!(decoder.mismatches().columns().iter().all(Tally::is_empty), "{schema:?}");
        for (row, item) in items.iter().enumerate() {
            for (name, value) in item.as_object().unwrap() {
                let column = batch.column_by_name(&name.to_lowercase());
                let shown = column.is_some_and(|column| column.is_valid(row));
                prop_assert_eq!(shown, value.get("NULL").is_none(), "{} of {}", name, item);
            }
        }
    }
}
