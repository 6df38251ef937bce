//! Objects that the Java spiller wrote.

use super::{fixtures, json};
use arrow::array::RecordBatch;
use athena_protocol::block::{Framing, frame};
use athena_protocol::spill::{EncryptionKey, SealError, TAG_BYTES, open, seal};
use serde_json::Value;
use std::sync::Arc;

fn bytes(value: &Value) -> Option<Vec<u8>> {
    #[derive(serde::Deserialize)]
    struct Key {
        key: EncryptionKey,
    }
    // The crate's own reader of keys decodes base64 too.
    let text = value.as_str()?;
    let wrapped = serde_json::json!({"key": {"key": text, "nonce": ""}});
    Some(
        serde_json::from_value::<Key>(wrapped)
            .unwrap()
            .key
            .expose_key()
            .to_vec(),
    )
}

#[test]
fn every_object_opens_with_its_key_and_is_sealed_again_to_the_same_bytes() {
    let index = json(&fixtures().join("spill/index.json"));
    let (mut opened, mut sealed) = (0, 0);
    for (name, run) in index.as_object().unwrap() {
        let schema =
            Arc::new(frame::decode_schema(&bytes(&run["schemaLegacyBase64"]).unwrap()).unwrap());
        let pair = bytes(&run["keyBase64"]).zip(bytes(&run["nonceBase64"]));
        let key = pair.map(|(key, nonce)| EncryptionKey::new(key, nonce));
        for object in run["objects"].as_array().unwrap() {
            let file = object["file"].as_str().unwrap();
            let stored = std::fs::read(
                fixtures()
                    .join("spill")
                    .join(file.trim_start_matches("spill/")),
            )
            .unwrap();
            let clear = match &key {
                None => stored.clone(),
                Some(key) => {
                    let clear = open(key, stored.clone()).unwrap();
                    assert_eq!(clear.len() + TAG_BYTES, stored.len(), "{name}");
                    let mut again = clear.clone();
                    seal(key, &mut again).unwrap();
                    assert!(
                        again == stored,
                        "{name}: sealing again gives the same object"
                    );
                    let mut forged = stored.clone();
                    forged[5] ^= 1;
                    assert_eq!(open(key, forged), Err(SealError::Forged), "{name}");
                    sealed += 1;
                    clear
                }
            };
            let batch = frame::decode_batch(&schema, &clear).unwrap();
            assert_eq!(
                batch.num_rows() as u64,
                object["rowCount"].as_u64().unwrap(),
                "{name}"
            );
            // What is written here is read back as the same rows, in the framing of spilled objects.
            let written = frame::encode_batch(&batch, Framing::Legacy).unwrap();
            assert_ne!(
                &written[..4],
                [0xFF; 4],
                "{name}: legacy framing has no continuation marker"
            );
            let again: RecordBatch = frame::decode_batch(&schema, &written).unwrap();
            assert_eq!(again, batch, "{name}");
            opened += 1;
        }
    }
    println!("{opened} spilled objects, {sealed} of them sealed");
    assert_eq!((opened, sealed), (5, 4));
}
