//! Random tables: keys, indexes, items, and sometimes columns that a catalog declares.

use super::values::{Flavour, hash_value, key_value};
use crate::stack::{Index, Kept, Key, NewTable, key};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use aws_sdk_dynamodb::Client;
use fastrand::Rng;
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

/// A table, and what is in it.
#[derive(Debug)]
pub(super) struct World {
    pub(super) name: String,
    keys: Vec<Key<'static>>,
    indexes: Vec<IndexOfWorld>,
    pub(super) items: Vec<Value>,
    /// Columns in place of those that the connector infers.
    pub(super) declared: Option<SchemaRef>,
    /// Whether it is certain how the members of maps are spelled, so that they can be read alone.
    spelled: bool,
}

#[derive(Debug)]
struct IndexOfWorld {
    name: &'static str,
    keys: Vec<Key<'static>>,
    kept: Kept<'static>,
    local: bool,
}

impl World {
    /// The world that a seed stands for.
    pub(super) fn of(seed: u64) -> Self {
        let mut rng = Rng::with_seed(seed);
        let kinds = ["S", "N", "B"];
        let kind = |rng: &mut Rng| kinds[[0, 0, 1, 1, 2][rng.usize(..5)]];
        let mut keys = vec![key("Pk", kind(&mut rng))];
        if rng.u8(..3) > 0 {
            keys.push(key("sk", kind(&mut rng)));
        }
        let sparse: Vec<Key<'static>> = ["X1", "x2", "x3"]
            .map(|name| key(name, kind(&mut rng)))
            .into();
        let indexes = indexes(&keys, &sparse, &mut rng);
        let attributes: Vec<(&str, Flavour)> = ["a", "B", "c", "D", "e", "F"]
            .map(|name| (name, Flavour::ALL[rng.usize(..Flavour::ALL.len())]))
            .into();
        let hashes: Vec<&str> = indexes.iter().map(|index| index.keys[0].name).collect();
        let items = items(&keys, &sparse, &hashes, &attributes, &mut rng);
        let declared = rng
            .bool()
            .then(|| declared(&keys, &sparse, &attributes, &mut rng));
        Self {
            name: format!("law.{seed}"),
            keys,
            indexes,
            items,
            declared,
            spelled: rng.u8(..4) > 0,
        }
    }

    /// The schema, with the spelling of members if that is certain.
    pub(super) fn spelled(&self, schema: &SchemaRef) -> SchemaRef {
        let mut metadata = schema.metadata().clone();
        if self.spelled {
            let columns = schema.fields().iter().map(|field| field.name());
            let members = columns.flat_map(|column| {
                let spelled = [("x", "x"), ("y", "Y"), ("z", "z")];
                spelled.map(|(child, member)| (format!("{column}.{child}"), member))
            });
            let members: BTreeMap<String, &str> = members.collect();
            metadata.insert("memberNames".to_owned(), json!(members).to_string());
        }
        Arc::new(schema.as_ref().clone().with_metadata(metadata))
    }

    /// Makes the table and writes the items.
    pub(super) async fn load(&self, client: &Client) {
        let table = NewTable::named(&self.name, &self.keys);
        let indexes = self.indexes.iter().map(|index| Index {
            name: index.name,
            keys: &index.keys,
            kept: index.kept,
            local: index.local,
        });
        let table = indexes.fold(table, NewTable::with_index);
        table.load_by(client, &self.items).await;
    }

    /// The columns of the keys of table and indexes, hash key first: conditions should name them more often than others.
    pub(super) fn key_columns(&self) -> Vec<Vec<String>> {
        let indexes = self.indexes.iter().map(|index| &index.keys);
        let columns = |keys: &Vec<Key<'static>>| {
            let keys = keys.iter().map(|key| key.name.to_lowercase());
            keys.collect()
        };
        [&self.keys]
            .into_iter()
            .chain(indexes)
            .map(columns)
            .collect()
    }
}

fn indexes(keys: &[Key<'static>], sparse: &[Key<'static>], rng: &mut Rng) -> Vec<IndexOfWorld> {
    let names = ["first", "second", "third"];
    let indexes = names
        .iter()
        .take(rng.usize(..4))
        .enumerate()
        .map(|(number, name)| {
            let local = keys.len() == 2 && rng.bool();
            let of_index = if local {
                vec![keys[0], sparse[number]]
            } else {
                let mut of_index = vec![sparse[number]];
                match rng.u8(..4) {
                    0 => of_index.push(sparse[(number + 1) % sparse.len()]),
                    1 => of_index.push(keys[0]),
                    2 => of_index.extend(keys.get(1)),
                    _ => {}
                }
                of_index
            };
            IndexOfWorld {
                name,
                keys: of_index,
                kept: match rng.u8(..4) {
                    0 => Kept::KeysOnly,
                    1 => Kept::And(&["id", "a", "B"]),
                    _ => Kept::All,
                },
                local,
            }
        });
    indexes.collect()
}

fn items(
    keys: &[Key<'static>],
    sparse: &[Key<'static>],
    hashes_of_indexes: &[&str],
    attributes: &[(&str, Flavour)],
    rng: &mut Rng,
) -> Vec<Value> {
    // Few values of the hash key, so that there are item collections, unless it has to tell items apart alone.
    let hashes: Vec<Value> = (0..5).map(|_| hash_value(keys[0].kind, rng)).collect();
    let mut seen = HashSet::new();
    let mut items = Vec::new();
    for number in 0..rng.usize(5..60) {
        let mut item = json!({"id": {"S": format!("id{number:02}")}});
        let hash = match keys.len() {
            1 => hash_value(keys[0].kind, rng),
            _ => hashes[rng.usize(..hashes.len())].clone(),
        };
        item[keys[0].name] = hash;
        for range in &keys[1..] {
            item[range.name] = key_value(range.kind, rng);
        }
        let key: Vec<String> = keys.iter().map(|key| item[key.name].to_string()).collect();
        if !seen.insert(key) {
            continue;
        }
        for key in sparse {
            // An item without the attribute is not in the index.
            if rng.u8(..4) > 0 {
                let is_hash = hashes_of_indexes.contains(&key.name);
                let value = if is_hash { hash_value } else { key_value };
                item[key.name] = value(key.kind, rng);
            }
        }
        for (name, flavour) in attributes {
            match rng.u8(..20) {
                0..3 => {}
                3 => item[name] = json!({"NULL": true}),
                4..7 => item[name] = Flavour::Anything.value(rng),
                _ => item[name] = flavour.value(rng),
            }
        }
        items.push(item);
    }
    items
}

/// A schema as the connector makes it of a table in the Glue Data Catalog.
fn declared(
    keys: &[Key<'static>],
    sparse: &[Key<'static>],
    attributes: &[(&str, Flavour)],
    rng: &mut Rng,
) -> SchemaRef {
    // Two attributes have no column of their own and may feed another one, where an item lacks the first.
    let (attributes, others) = attributes.split_at(attributes.len() - 2);
    let mut others = others.iter();
    let mut names: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let mut fields = vec![Field::new("id", DataType::Utf8, true)];
    let keys = keys.iter().chain(sparse).map(|key| {
        let flavour = match key.kind {
            "S" => Flavour::Text,
            "N" => Flavour::Number,
            _ => Flavour::Bytes,
        };
        (key.name, flavour)
    });
    for (name, flavour) in keys.chain(attributes.iter().copied()) {
        let column = name.to_lowercase();
        let mut feeds = vec![name];
        if rng.u8(..6) == 0 {
            feeds.extend(others.next().map(|(name, _)| *name));
        }
        fields.push(Field::new(&column, data_type(&column, flavour, rng), true));
        names.insert(column, feeds);
    }
    let zone = ["UTC", "Europe/Berlin"][usize::from(rng.u8(..3) == 0)];
    let unit = ["millis", "seconds", "auto"][rng.usize(..3)];
    let mut metadata = HashMap::from([
        ("attributeNames".to_owned(), json!(names).to_string()),
        ("defaultTimeZone".to_owned(), zone.to_owned()),
        ("epochUnit".to_owned(), unit.to_owned()),
    ]);
    if rng.u8(..4) == 0 {
        let formats = names.keys().map(|column| format!("{column}=yyyy-MM-dd"));
        let formats: Vec<String> = formats.collect();
        metadata.insert("datetimeFormatMapping".to_owned(), formats.join(","));
    }
    Arc::new(Schema::new_with_metadata(fields, metadata))
}

/// A type that takes most of the attribute's values, or any.
fn data_type(column: &str, flavour: Flavour, rng: &mut Rng) -> DataType {
    let list = |of| DataType::List(Arc::new(Field::new(column, of, true)));
    let structure = || {
        let children = [
            Field::new("x", DataType::Decimal128(12, 2), true),
            Field::new("y", DataType::Utf8, true),
        ];
        DataType::Struct(children.to_vec().into())
    };
    let zoned = || DataType::Timestamp(TimeUnit::Millisecond, Some("UTC".into()));
    let numbers = [
        DataType::Int8,
        DataType::Int16,
        DataType::Int32,
        DataType::Int64,
        DataType::Float32,
        DataType::Float64,
        DataType::Decimal128(5, 1),
        DataType::Decimal128(12, 2),
        DataType::Decimal128(20, 0),
        DataType::Decimal128(38, 9),
        DataType::Decimal128(38, 18),
    ];
    let times = [DataType::Date32, DataType::Date64, zoned()];
    let mut one = |types: &[DataType]| types[rng.usize(..types.len())].clone();
    match flavour {
        Flavour::Text => one(&[
            DataType::Utf8,
            DataType::Utf8,
            DataType::Int32,
            DataType::Float64,
            DataType::Boolean,
            DataType::Date32,
            DataType::Decimal128(5, 1),
        ]),
        Flavour::Number => one(&[&numbers[..], &[DataType::Utf8, DataType::Date64]].concat()),
        Flavour::Time => one(&[&times[..], &[DataType::Utf8]].concat()),
        Flavour::Bytes => one(&[DataType::Binary, DataType::Binary, DataType::Utf8]),
        Flavour::Truth => one(&[DataType::Boolean, DataType::Boolean, DataType::Utf8]),
        Flavour::List => one(&[list(DataType::Utf8), list(DataType::Int32), DataType::Utf8]),
        Flavour::Map => one(&[structure(), structure(), DataType::Utf8]),
        Flavour::Anything => one(&[
            &numbers[..],
            &times[..],
            &[DataType::Utf8, DataType::Boolean, structure()],
        ]
        .concat()),
    }
}
