//! What happens to a block: framing, sealing, base64.

use arrow::array::RecordBatch;
use athena_protocol::block::{Framing, frame, size};
use athena_protocol::spill::{EncryptionKey, TAG_BYTES, seal};
use athena_testkit::pages::Shape;
use divan::counter::BytesCount;
use divan::{Bencher, black_box};

use crate::page::{canned, decoded};

const SHAPES: [Shape; 4] = [Shape::Mixed, Shape::Narrow, Shape::Wide, Shape::Nested];

/// The batches of several pages into one message.
#[divan::bench(args = SHAPES)]
fn framing(bencher: Bencher<'_, '_>, shape: Shape) {
    let batches = block(shape);
    let bytes: usize = batches.iter().map(size::batch_bytes).sum();
    bencher.counter(BytesCount::new(bytes)).bench(|| {
        let message = frame::encode_batches(black_box(&batches), Framing::Legacy);
        message.expect("decoded pages fit a message")
    });
}

/// Encryption in place.
#[divan::bench]
fn sealing(bencher: Bencher<'_, '_>) {
    let mut message = message();
    let clear_bytes = message.len();
    message.reserve_exact(TAG_BYTES);
    let key = EncryptionKey::new(vec![7; 32], vec![9; 12]);
    bencher
        .counter(BytesCount::new(clear_bytes))
        .bench_local(|| {
            message.truncate(clear_bytes);
            seal(&key, black_box(&mut message)).expect("a key of 32 bytes seals");
        });
}

/// Blocks that are answered and not spilled are text.
#[divan::bench]
fn base64(bencher: Bencher<'_, '_>) {
    let message = message();
    bencher
        .counter(BytesCount::new(message.len()))
        .bench(|| base64_simd::STANDARD.encode_to_string(black_box(&message)));
}

fn message() -> Vec<u8> {
    frame::encode_batches(&block(Shape::Mixed), Framing::Legacy)
        .expect("decoded pages fit a message")
}

/// Batches of as many pages as make a block of the usual size.
fn block(shape: Shape) -> Vec<RecordBatch> {
    let (_, batch) = decoded(&canned(shape));
    let pages = (BLOCK_BYTES / size::batch_bytes(&batch).max(1)).max(1);
    vec![batch; pages]
}

const BLOCK_BYTES: usize = 16_000_000;
