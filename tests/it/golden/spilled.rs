//! Objects that the Java spiller wrote: opened and compared with their rows, and produced again.

use super::{fixtures, json, neutral};
use arrow::array::RecordBatch;
use arrow::compute::concat_batches;
use arrow::datatypes::SchemaRef;
use arrow::ipc::{MessageHeader, MetadataVersion, root_as_message};
use athena_federation::spill::{BlockCutter, Origin};
use athena_protocol::block::{Framing, frame, size};
use athena_protocol::spill::{EncryptionKey, SealError, TAG_BYTES, open, seal};
use athena_protocol::token::decode_text;
use serde_json::Value;
use std::sync::Arc;

/// What one call of the Java spiller put to S3.
struct Run {
    name: String,
    schema: SchemaRef,
    key: Option<EncryptionKey>,
    max_block_bytes: u64,
    objects: Vec<Vec<u8>>,
    row_counts: Vec<u64>,
    /// The rows of all objects, in the neutral form.
    rows: Vec<Value>,
}

fn runs() -> Vec<Run> {
    let index = json(&fixtures().join("spill/index.json"));
    let bytes = |value: &Value| value.as_str().map(|text| decode_text(text).unwrap());
    let run = |(name, run): (&String, &Value)| {
        let schema = frame::decode_schema(&bytes(&run["schemaLegacyBase64"]).unwrap()).unwrap();
        let pair = bytes(&run["keyBase64"]).zip(bytes(&run["nonceBase64"]));
        let objects = run["objects"].as_array().unwrap();
        let file = |object: &Value| {
            let file = fixtures()
                .join("spill")
                .join(object["file"].as_str().unwrap());
            std::fs::read(&file).unwrap_or_else(|e| panic!("{}: {e}", file.display()))
        };
        let sidecar = json(&fixtures().join(format!("spill/{name}.expected.json")));
        Run {
            name: name.clone(),
            schema: Arc::new(schema),
            key: pair.map(|(key, nonce)| EncryptionKey::new(key, nonce)),
            max_block_bytes: run["maxBlockBytes"].as_u64().unwrap(),
            objects: objects.iter().map(file).collect(),
            row_counts: objects
                .iter()
                .map(|object| object["rowCount"].as_u64().unwrap())
                .collect(),
            rows: sidecar["rows"].as_array().unwrap().clone(),
        }
    };
    index.as_object().unwrap().iter().map(run).collect()
}

/// Fails with the first cell that is not as `rows` say.
#[track_caller]
fn assert_rows(batch: &RecordBatch, rows: &[Value], what: &str) {
    let ours = Value::Array(neutral::rows(batch));
    let difference = neutral::differs(&ours, &Value::Array(rows.to_vec()));
    assert_eq!(difference, None, "{what}");
}

impl Run {
    fn clear(&self, object: &[u8]) -> Vec<u8> {
        match &self.key {
            None => object.to_vec(),
            Some(key) => open(key, object.to_vec()).unwrap(),
        }
    }

    fn batches(&self) -> Vec<RecordBatch> {
        let objects = self.objects.iter();
        let batch = |object: &Vec<u8>| frame::decode_batch(&self.schema, &self.clear(object));
        objects.map(|object| batch(object).unwrap()).collect()
    }
}

/// What can be told of a message apart from its content: version, rows, nulls by node, buffers by length, and framing.
#[derive(Debug, PartialEq, Eq)]
struct Shape {
    version: MetadataVersion,
    rows: i64,
    nodes: Vec<(i64, i64)>,
    buffers: usize,
    compressed: bool,
}

/// The shape of a message in the legacy framing: four bytes of length, metadata up to a multiple of eight, body to the end.
#[track_caller]
fn shape(message: &[u8], what: &str) -> Shape {
    let (length, rest) = message.split_first_chunk::<4>().unwrap();
    let metadata_bytes = usize::try_from(u32::from_le_bytes(*length)).unwrap();
    assert_eq!((4 + metadata_bytes) % 8, 0, "{what}: the body is aligned");
    let (metadata, body) = rest.split_at(metadata_bytes);
    let metadata = root_as_message(metadata).unwrap();
    assert_eq!(metadata.header_type(), MessageHeader::RecordBatch, "{what}");
    assert_eq!(
        metadata.bodyLength(),
        i64::try_from(body.len()).unwrap(),
        "{what}"
    );
    let batch = metadata.header_as_record_batch().unwrap();
    let nodes = batch.nodes().unwrap();
    Shape {
        version: metadata.version(),
        rows: batch.length(),
        nodes: nodes
            .iter()
            .map(|node| (node.length(), node.null_count()))
            .collect(),
        buffers: batch.buffers().unwrap().len(),
        compressed: batch.compression().is_some(),
    }
}

#[test]
fn every_object_opens_to_its_rows_and_is_sealed_again_to_the_same_bytes() {
    let (mut opened, mut sealed, mut rows) = (0, 0, 0);
    for run in runs() {
        let name = &run.name;
        let mut first = 0;
        for (object, row_count) in run.objects.iter().zip(&run.row_counts) {
            let clear = run.clear(object);
            if let Some(key) = &run.key {
                assert_eq!(clear.len() + TAG_BYTES, object.len(), "{name}");
                let mut again = clear.clone();
                seal(key, &mut again).unwrap();
                assert!(again == *object, "{name}: sealed again to the same object");
                let mut forged = object.clone();
                forged[5] ^= 1;
                assert_eq!(open(key, forged), Err(SealError::Forged), "{name}");
                sealed += 1;
            }
            let batch = frame::decode_batch(&run.schema, &clear).unwrap();
            assert_eq!(batch.num_rows() as u64, *row_count, "{name}");
            let end = first + batch.num_rows();
            assert_rows(&batch, &run.rows[first..end], name);
            (first, rows, opened) = (end, rows + batch.num_rows(), opened + 1);
        }
        assert_eq!(first, run.rows.len(), "{name}: all rows are in an object");
    }
    println!("{opened} spilled objects with {rows} rows, {sealed} of them sealed");
    assert_eq!((opened, sealed), (5, 4));
}

#[test]
fn what_is_spilled_here_equals_what_java_spills_in_content_and_framing() {
    let mut produced = 0;
    for run in runs() {
        let name = &run.name;
        for (object, batch) in run.objects.iter().zip(run.batches()) {
            let java = run.clear(object);
            // Rows taken out of a larger batch are written as if they had been alone.
            let among_others = concat_batches(&run.schema, [&batch, &batch, &batch]).unwrap();
            let sliced = among_others.slice(batch.num_rows(), batch.num_rows());
            for batch in [&batch, &sliced] {
                let mut ours = frame::encode_batch(batch, Framing::Legacy).unwrap();
                assert_eq!(shape(&ours, name), shape(&java, name), "{name}");
                assert_eq!(shape(&ours, name).version, MetadataVersion::V4, "{name}");
                if let Some(key) = &run.key {
                    let clear_bytes = ours.len();
                    seal(key, &mut ours).unwrap();
                    assert_eq!(ours.len(), clear_bytes + TAG_BYTES, "{name}");
                }
                let again = frame::decode_batch(&run.schema, &run.clear(&ours)).unwrap();
                assert_eq!(again, *batch, "{name}");
            }
            produced += 1;
        }
    }
    println!("{produced} spilled objects produced");
    assert_eq!(produced, 5);
}

#[test]
fn java_cuts_a_block_after_the_row_that_passes_the_limit_and_we_before() {
    let run = runs().into_iter().find(|run| run.name == "multi").unwrap();
    let limit = run.max_block_bytes;
    let bytes = |batch: &RecordBatch, rows| size::slice_bytes(batch, 0, rows) as u64;
    let java = run.batches();
    let first = &java[0];
    let rows = first.num_rows();
    assert!(
        bytes(first, rows) > limit,
        "with its last row it is too large"
    );
    assert!(bytes(first, rows - 1) <= limit, "and without it is not");

    let all = concat_batches(&run.schema, &java).unwrap();
    for rows_a_batch in [1, 7, all.num_rows()] {
        let mut cutter = BlockCutter::new(limit, Origin::default());
        let mut blocks = Vec::new();
        for start in (0..all.num_rows()).step_by(rows_a_batch) {
            let rows = rows_a_batch.min(all.num_rows() - start);
            blocks.extend(cutter.push(all.slice(start, rows)).unwrap());
        }
        blocks.push(cutter.finish());
        let blocks = blocks.into_iter().map(|block| block.joined(&run.schema));
        let blocks = blocks.collect::<Result<Vec<_>, _>>().unwrap();
        for block in &blocks {
            assert!(size::batch_bytes(block) as u64 <= limit);
        }
        assert!(blocks.len() >= java.len(), "{}", blocks.len());
        if rows_a_batch == all.num_rows() {
            assert_eq!(blocks[0].num_rows(), rows - 1, "one row less than Java's");
        }
        let ours = concat_batches(&run.schema, &blocks).unwrap();
        assert_eq!(ours, all, "the same rows in the same order");
        assert_rows(&ours, &run.rows, "multi");
    }
}
