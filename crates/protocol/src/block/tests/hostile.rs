//! Valid messages of every type, changed at random: reading them ends with an error or with arrays that keep Arrow's rules.

use crate::block::model::{any_rows, every_type, rows_of};
use crate::block::{Framing, frame, size};
use arrow::datatypes::Schema;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::Index;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use std::sync::{Arc, LazyLock};

/// A schema and its rows as messages in one framing.
struct Sample {
    schema: Arc<Schema>,
    schema_message: Vec<u8>,
    batch_message: Vec<u8>,
}

/// Small blocks of every type and of random ones, in both framings; the same in each run.
static SAMPLES: LazyLock<Vec<Sample>> = LazyLock::new(|| {
    let mut runner = TestRunner::deterministic();
    let every = rows_of(every_type(), 3)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let random = (0..60).map(|_| any_rows(8).new_tree(&mut runner).unwrap().current());
    let rows: Vec<_> = std::iter::once(every)
        .chain(random.collect::<Vec<_>>())
        .collect();
    rows.iter()
        .flat_map(|rows| {
            [Framing::Current, Framing::Legacy].map(|framing| Sample {
                schema: rows.schema.clone(),
                schema_message: frame::encode_schema_as(&rows.schema, framing),
                batch_message: frame::encode_batch(&rows.batch(), framing).unwrap(),
            })
        })
        .collect()
});

/// One change of a message.
#[derive(Debug, Clone)]
enum Change {
    FlipBit(Index, u8),
    SetWord(Index, i32),
    SetLong(Index, i64),
    Cut(Index),
    Remove(Index, usize),
    Insert(Index, Vec<u8>),
    Repeat(Index, usize),
}

impl Change {
    fn apply(&self, bytes: &mut Vec<u8>) {
        if bytes.is_empty() {
            return;
        }
        let all = bytes.len();
        match self {
            Self::FlipBit(at, bit) => bytes[at.index(all)] ^= 1 << bit,
            Self::SetWord(at, word) => set(bytes, at.index(all) / 4 * 4, &word.to_le_bytes()),
            Self::SetLong(at, long) => set(bytes, at.index(all) / 8 * 8, &long.to_le_bytes()),
            Self::Cut(at) => bytes.truncate(at.index(all)),
            Self::Remove(at, len) => {
                let start = at.index(all);
                bytes.drain(start..all.min(start + len));
            }
            Self::Insert(at, more) => {
                let start = at.index(all + 1);
                bytes.splice(start..start, more.iter().copied());
            }
            Self::Repeat(at, len) => {
                let start = at.index(all);
                let again = bytes[start..all.min(start + len)].to_vec();
                bytes.splice(start..start, again);
            }
        }
    }
}

fn set(bytes: &mut [u8], at: usize, with: &[u8]) {
    for (place, byte) in bytes.iter_mut().skip(at).zip(with) {
        *place = *byte;
    }
}

fn change() -> impl Strategy<Value = Change> {
    let at = any::<Index>;
    let words = prop_oneof![
        proptest::sample::select(vec![0, 1, -1, 3, 8, 255, i32::MAX, i32::MIN, 1 << 20, -8]),
        -64..64i32,
        any::<i32>(),
    ];
    let longs = prop_oneof![
        proptest::sample::select(vec![
            0,
            1,
            -1,
            8,
            1 << 31,
            1 << 32,
            1 << 61,
            1 << 62,
            i64::MAX,
            i64::MIN
        ]),
        -64..64i64,
        any::<i64>(),
    ];
    prop_oneof![
        3 => (at(), 0..8u8).prop_map(|(at, bit)| Change::FlipBit(at, bit)),
        3 => (at(), words).prop_map(|(at, word)| Change::SetWord(at, word)),
        3 => (at(), longs).prop_map(|(at, long)| Change::SetLong(at, long)),
        1 => at().prop_map(Change::Cut),
        1 => (at(), 1..20usize).prop_map(|(at, len)| Change::Remove(at, len)),
        1 => (at(), vec(any::<u8>(), 1..20)).prop_map(|(at, more)| Change::Insert(at, more)),
        1 => (at(), 1..64usize).prop_map(|(at, len)| Change::Repeat(at, len)),
    ]
}

fn changed(message: &[u8], changes: &[Change]) -> Vec<u8> {
    let mut bytes = message.to_vec();
    for change in changes {
        change.apply(&mut bytes);
    }
    bytes
}

/// What was read of a schema is no larger than a multiple of its bytes, and is written and read again.
fn check_schema(bytes: &[u8]) -> Option<Arc<Schema>> {
    let schema = frame::decode_schema(bytes).ok()?;
    let held = schema.fields().size();
    assert!(held <= 64 * bytes.len(), "{held} of {}", bytes.len());
    let again = frame::decode_schema(&frame::encode_schema(&schema)).unwrap();
    assert_eq!(again, schema);
    Some(Arc::new(schema))
}

/// The same of a batch; and whatever works on it does not fail.
fn check_batch(schema: &Arc<Schema>, bytes: &[u8]) -> bool {
    let Ok(batch) = frame::decode_batch(schema, bytes) else {
        return false;
    };
    for column in batch.columns() {
        column.to_data().validate_full().unwrap();
    }
    let held: usize = batch
        .columns()
        .iter()
        .map(|column| column.get_buffer_memory_size())
        .sum();
    // Each buffer counts the body it is a part of.
    let parts = 3 * schema.flattened_fields().len().max(1) + bytes.len() / 16;
    assert!(
        held <= 2 * parts * (bytes.len() + 128),
        "{held} of {}",
        bytes.len()
    );
    assert_eq!(size::slice_bytes(&batch, 0, 0), 0);
    assert!(size::batch_bytes(&batch) <= 16 * MOST * (parts + 1));
    if batch.num_columns() > 0 {
        let message = frame::encode_batch(&batch, Framing::Legacy).unwrap();
        assert_eq!(frame::decode_batch(schema, &message).unwrap(), batch);
    }
    true
}

/// Enough cases to be worth a run; the variable `PROPTEST_CASES` asks for more.
fn many() -> ProptestConfig {
    let asked = ProptestConfig::default();
    ProptestConfig {
        cases: asked.cases.max(20_000),
        ..asked
    }
}

/// More values than any changed sample can have: those that take no bytes.
const MOST: usize = 65_537;

proptest! {
    #![proptest_config(many())]

    #[test]
    fn a_changed_schema_is_refused_or_a_schema(sample in any::<Index>(), changes in vec(change(), 1..3)) {
        let sample = sample.get(&SAMPLES);
        let bytes = changed(&sample.schema_message, &changes);
        // A batch under a schema that is not its own.
        if let Some(schema) = check_schema(&bytes) {
            check_batch(&schema, &sample.batch_message);
        }
    }

    #[test]
    fn a_changed_batch_is_refused_or_a_batch(sample in any::<Index>(), changes in vec(change(), 1..3)) {
        let sample = sample.get(&SAMPLES);
        check_batch(&sample.schema, &changed(&sample.batch_message, &changes));
    }

    #[test]
    fn a_batch_under_a_strange_schema_is_refused_or_a_batch(schema in any::<Index>(), batch in any::<Index>()) {
        check_batch(&schema.get(&SAMPLES).schema, &batch.get(&SAMPLES).batch_message);
    }

    #[test]
    fn random_bytes_are_no_message_and_no_harm(
        start in proptest::sample::select(vec![&[][..], &[0xff; 4], &[0xff, 0xff, 0xff, 0xff, 40, 0, 0, 0], &[40, 0, 0, 0, 16, 0, 0, 0]]),
        bytes in vec(any::<u8>(), 0..200),
        schema in any::<Index>(),
    ) {
        let bytes = [start, &bytes[..]].concat();
        check_schema(&bytes);
        check_batch(&schema.get(&SAMPLES).schema, &bytes);
    }
}

/// If next to nothing survived its changes, the tests above would test the verifier alone.
#[test]
fn many_changed_messages_get_past_the_metadata() {
    let mut runner = TestRunner::deterministic();
    let strategy = (any::<Index>(), vec(change(), 1..3));
    let (mut schemas, mut batches) = (0, 0);
    for _ in 0..1_000 {
        let (sample, changes) = strategy.new_tree(&mut runner).unwrap().current();
        let sample = sample.get(&SAMPLES);
        schemas += usize::from(check_schema(&changed(&sample.schema_message, &changes)).is_some());
        batches += usize::from(check_batch(
            &sample.schema,
            &changed(&sample.batch_message, &changes),
        ));
    }
    assert!(
        schemas > 50 && batches > 50,
        "{schemas} schemas, {batches} batches of 1000"
    );
}
