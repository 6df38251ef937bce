//! Tables, and items written in DynamoDB's own JSON.

use athena_testkit::LocalAws;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::primitives::Blob;
use aws_sdk_dynamodb::types::{
    AttributeDefinition, AttributeValue, BillingMode, GlobalSecondaryIndex, KeySchemaElement,
    KeyType, LocalSecondaryIndex, Projection, ProjectionType, PutRequest, ScalarAttributeType,
    WriteRequest,
};
use serde_json::Value;
use std::collections::HashMap;

/// A table to be made.
pub(crate) struct NewTable<'a> {
    pub(crate) name: &'a str,
    /// Hash key, and range key if there are two.
    pub(crate) keys: &'a [Key<'a>],
    indexes: Vec<Index<'a>>,
}

/// A secondary index: a local one if it has the table's hash key and the table a range key.
#[derive(Debug, Clone)]
pub(crate) struct Index<'a> {
    pub(crate) name: &'a str,
    pub(crate) keys: &'a [Key<'a>],
    pub(crate) kept: Kept<'a>,
    pub(crate) local: bool,
}

/// The attributes that an index keeps.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Kept<'a> {
    All,
    KeysOnly,
    And(&'a [&'a str]),
}

/// A key attribute's name and type.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Key<'a> {
    pub(crate) name: &'a str,
    pub(crate) kind: &'a str,
}

/// A key attribute of type `S`, `N` or `B`.
pub(crate) const fn key<'a>(name: &'a str, kind: &'a str) -> Key<'a> {
    Key { name, kind }
}

impl<'a> NewTable<'a> {
    pub(crate) fn named(name: &'a str, keys: &'a [Key<'a>]) -> Self {
        Self {
            name,
            keys,
            indexes: Vec::new(),
        }
    }

    /// With a global index of whole items.
    pub(crate) fn indexed(self, name: &'a str, keys: &'a [Key<'a>]) -> Self {
        self.with_index(Index {
            name,
            keys,
            kept: Kept::All,
            local: false,
        })
    }

    pub(crate) fn with_index(mut self, index: Index<'a>) -> Self {
        self.indexes.push(index);
        self
    }

    /// Makes the table and writes `items`, each an object of DynamoDB's JSON. The calls are forgotten.
    pub(crate) async fn load(self, aws: &LocalAws, items: &[Value]) {
        self.load_by(&aws.dynamodb.client(), items).await;
        aws.dynamodb.reset();
    }

    /// The same with a client that is there already, for many tables: making one takes longer than making a table.
    pub(crate) async fn load_by(self, client: &Client, items: &[Value]) {
        items.iter().for_each(super::secrecy::note);
        let mut attributes: Vec<Key<'_>> = self.keys.to_vec();
        attributes.extend(self.indexes.iter().flat_map(|index| index.keys.iter()));
        attributes.sort_by_key(|key| key.name);
        attributes.dedup_by_key(|key| key.name);
        let mut create = client
            .create_table()
            .table_name(self.name)
            .billing_mode(BillingMode::PayPerRequest)
            .set_attribute_definitions(Some(attributes.into_iter().map(definition).collect()))
            .set_key_schema(Some(key_schema(self.keys)));
        for index in &self.indexes {
            let (keys, projection) = (key_schema(index.keys), projection(index.kept));
            create = if index.local {
                let local = LocalSecondaryIndex::builder()
                    .index_name(index.name)
                    .set_key_schema(Some(keys))
                    .projection(projection);
                create.local_secondary_indexes(local.build().unwrap())
            } else {
                let global = GlobalSecondaryIndex::builder()
                    .index_name(index.name)
                    .set_key_schema(Some(keys))
                    .projection(projection);
                create.global_secondary_indexes(global.build().unwrap())
            };
        }
        create.send().await.unwrap();
        for batch in items.chunks(25) {
            let requests = batch.iter().map(|item| {
                let put = PutRequest::builder().set_item(Some(attributes_of(item)));
                let put = put.build().unwrap();
                WriteRequest::builder().put_request(put).build()
            });
            let write = client
                .batch_write_item()
                .request_items(self.name, requests.collect());
            let left = write.send().await.unwrap().unprocessed_items;
            assert!(left.is_none_or(|left| left.is_empty()), "{}", self.name);
        }
    }
}

fn projection(kept: Kept<'_>) -> Projection {
    let projection = Projection::builder();
    match kept {
        Kept::All => projection.projection_type(ProjectionType::All),
        Kept::KeysOnly => projection.projection_type(ProjectionType::KeysOnly),
        Kept::And(names) => names.iter().fold(
            projection.projection_type(ProjectionType::Include),
            |projection, name| projection.non_key_attributes(*name),
        ),
    }
    .build()
}

fn definition(key: Key<'_>) -> AttributeDefinition {
    AttributeDefinition::builder()
        .attribute_name(key.name)
        .attribute_type(ScalarAttributeType::from(key.kind))
        .build()
        .unwrap()
}

fn key_schema(keys: &[Key<'_>]) -> Vec<KeySchemaElement> {
    let kinds = [KeyType::Hash, KeyType::Range];
    let elements = keys.iter().zip(kinds).map(|(key, kind)| {
        let element = KeySchemaElement::builder()
            .attribute_name(key.name)
            .key_type(kind);
        element.build().unwrap()
    });
    elements.collect()
}

fn attributes_of(item: &Value) -> HashMap<String, AttributeValue> {
    let attributes = item.as_object().unwrap().iter();
    attributes
        .map(|(name, value)| (name.clone(), attribute_of(value)))
        .collect()
}

#[track_caller]
fn attribute_of(value: &Value) -> AttributeValue {
    let (tag, value) = value.as_object().unwrap().iter().next().unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let bytes = |value: &Value| {
        let bytes = base64_simd::STANDARD.decode_to_vec(value.as_str().unwrap());
        Blob::new(bytes.unwrap())
    };
    let elements = || value.as_array().unwrap().iter();
    match tag.as_str() {
        "S" => AttributeValue::S(text(value)),
        "N" => AttributeValue::N(text(value)),
        "B" => AttributeValue::B(bytes(value)),
        "BOOL" => AttributeValue::Bool(value.as_bool().unwrap()),
        "NULL" => AttributeValue::Null(true),
        "SS" => AttributeValue::Ss(elements().map(text).collect()),
        "NS" => AttributeValue::Ns(elements().map(text).collect()),
        "BS" => AttributeValue::Bs(elements().map(bytes).collect()),
        "L" => AttributeValue::L(elements().map(attribute_of).collect()),
        "M" => AttributeValue::M(attributes_of(value)),
        other => panic!("DynamoDB has no type {other}"),
    }
}
