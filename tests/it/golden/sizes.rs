//! The size of a block as the engine counts it.

use super::{fixtures, json};
use athena_protocol::block::size;
use athena_protocol::wire::Response;

#[test]
fn blocks_count_for_what_java_says() {
    let sizes = json(&fixtures().join("block_sizes.json"));
    let sizes = sizes.as_array().unwrap();
    for expected in sizes {
        let file = expected["file"].as_str().unwrap();
        let text = std::fs::read(fixtures().join(file)).unwrap();
        let Response::ReadRecords(response) = Response::from_json(&text).unwrap() else {
            panic!("{file} holds records")
        };
        let batch = response.records.batch();
        assert_eq!(
            batch.num_rows() as u64,
            expected["rowCount"].as_u64().unwrap(),
            "{file}"
        );
        assert_eq!(
            size::batch_bytes(batch) as u64,
            expected["blockSizeBytes"].as_u64().unwrap(),
            "{file}"
        );
        // Any cut of the block counts for its rows alone.
        let half = batch.slice(0, batch.num_rows() / 2);
        assert_eq!(
            size::batch_bytes(&half),
            size::slice_bytes(batch, 0, half.num_rows()),
            "{file}"
        );
    }
    println!("{} block sizes", sizes.len());
    assert_eq!(sizes.len(), 25);
}
