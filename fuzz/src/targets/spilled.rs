//! Spilled objects after decryption: rows in the legacy framing, against the schema that the request had.

use std::sync::{Arc, LazyLock};

use arrow::datatypes::SchemaRef;
use athena_protocol::block::frame;
use athena_protocol::spill::{EncryptionKey, open};

use super::Target;
use crate::fixtures;

/// One byte that chooses among the schemas; the object.
pub(super) const TARGET: Target = Target {
    name: "spilled",
    seeds: || {
        RUNS.iter()
            .zip(0..)
            .flat_map(|(run, number)| {
                run.objects
                    .iter()
                    .map(move |object| [&[number][..], object].concat())
            })
            .collect()
    },
    check: |input| {
        let Some((number, object)) = input.split_first() else {
            return;
        };
        let run = &RUNS[usize::from(*number) % RUNS.len()];
        if let Ok(batch) = frame::decode_batch(&run.schema, object) {
            assert_eq!(batch.schema(), run.schema);
            assert!(batch.num_rows() <= 65_536.max(8 * object.len()));
        }
        // Bytes that were not sealed with the key are never opened.
        let key = EncryptionKey::new(vec![7; 32], vec![7; 12]);
        assert!(open(&key, object.to_vec()).is_err());
    },
};

struct Run {
    schema: SchemaRef,
    objects: Vec<Vec<u8>>,
}

static RUNS: LazyLock<Vec<Run>> = LazyLock::new(|| {
    let index = fixtures::json("spill/index.json");
    let runs = index.as_object().expect("an object of runs");
    runs.values()
        .map(|run| {
            let schema = frame::decode_schema(&fixtures::base64(&run["schemaLegacyBase64"]));
            let key = run["keyBase64"].is_string().then(|| {
                EncryptionKey::new(
                    fixtures::base64(&run["keyBase64"]),
                    fixtures::base64(&run["nonceBase64"]),
                )
            });
            let objects = run["objects"].as_array().expect("a list of objects");
            let objects = objects.iter().map(|object| {
                let file = object["file"].as_str().expect("the name of a file");
                let bytes = fixtures::bytes(&format!("spill/{file}"));
                match &key {
                    Some(key) => open(key, bytes).expect("the key belongs to the object"),
                    None => bytes,
                }
            });
            Run {
                schema: Arc::new(schema.expect("a schema that Java wrote")),
                objects: objects.collect(),
            }
        })
        .collect()
});
