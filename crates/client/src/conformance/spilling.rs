//! Forces a split to spill: in small blocks, sealed with its key and with others, without any, and at another place (protocol §9).

use super::reading::Sizes;
use super::repeating::rows_of_split;
use super::rows::Rows;
use super::rules::Rule;
use super::session::Session;
use super::tables::Sample;
use arrow::array::RecordBatch;
use athena_protocol::block::size;
use athena_protocol::spill::EncryptionKey;
use athena_protocol::wire::Split;

/// What is judged here; answers themselves are judged everywhere.
pub(super) const RULES: &[Rule] = &[
    Rule::SpillInline,
    Rule::SpillForced,
    Rule::SpillBlocks,
    Rule::SpillRows,
    Rule::SpillFrame,
    Rule::SpillSealed,
    Rule::SpillPlain,
    Rule::SpillPlace,
];

/// Judges the split with the most rows of all tables.
pub(super) async fn judge(session: &mut Session, samples: &[Sample]) {
    let splits = samples.iter().flat_map(|sample| {
        let splits = sample.planned.splits.iter().zip(&sample.of_splits);
        splits
            .enumerate()
            .map(move |(number, (split, rows))| (sample, number, split, *rows))
    });
    let largest = splits.max_by_key(|(.., rows)| *rows);
    let Some((sample, number, split, 1..)) = largest else {
        return skip(session, "no table has a row to spill");
    };
    let Some(place) = split.spill_location.clone() else {
        return skip(session, "splits have no place to spill to");
    };
    let batches = &rows_of(sample, number);
    let sizes = Sizes {
        block: small_block(batches),
        inline: 0,
    };
    let with_key = |key: Option<EncryptionKey>, suffix: &str| {
        let mut changed = split.clone();
        changed.encryption_key = key;
        // A place of its own, so that no two readings write the same objects.
        let mut own = place.clone();
        own.key = format!("{}-{suffix}", own.key);
        changed.spill_location = Some(own);
        changed
    };
    let given = |bytes: u8| Some(EncryptionKey::new(vec![bytes; bytes.into()], vec![7; 12]));
    let ways = [
        ("as it was given", split.clone()),
        ("without a key", with_key(None, "plain")),
        ("with a key of 32 bytes", with_key(given(32), "long")),
        ("with a key of 16 bytes", with_key(given(16), "short")),
    ];
    for (way, split) in &ways {
        force(session, sample, number, split, sizes, way).await;
    }
    // All rows in one block: the largest that there is.
    let whole = Sizes {
        inline: 0,
        ..Sizes::default()
    };
    force(
        session,
        sample,
        number,
        &with_key(given(32), "whole"),
        whole,
        "in one block",
    )
    .await;
}

async fn force(
    session: &mut Session,
    sample: &Sample,
    number: usize,
    split: &Split,
    sizes: Sizes,
    way: &str,
) {
    let (name, schema) = (&sample.table.name, &sample.table.schema);
    let answer = match session
        .read(&sample.table, &sample.planned, split, schema, sizes)
        .await
    {
        Ok(answer) => answer,
        Err(failure) => {
            if !failure.is_told() {
                let complaint = format!("{name}, {way}: {}", failure.in_full());
                session.ledger.fail(Rule::SpillForced, complaint);
            }
            return;
        }
    };
    let spilled = answer.spilled.is_some();
    session.ledger.check(Rule::SpillForced, spilled, || {
        let rows = answer.rows();
        format!("{name}, {way}: {rows} rows came inline, and nothing may")
    });
    let before = rows_of_split(sample, number);
    let (had, got) = (before.len(), answer.rows());
    let mut rows = Rows::default();
    rows.extend(answer.batches);
    let same = had == got && sample.rows.missing_in(before, &rows).is_none();
    session.ledger.check(Rule::SpillRows, same, || {
        format!(
            "{name}, {way}: {got} rows were spilled, inline there are {had}, or they are others"
        )
    });
}

fn skip(session: &mut Session, why: &str) {
    for rule in [
        Rule::SpillForced,
        Rule::SpillBlocks,
        Rule::SpillRows,
        Rule::SpillFrame,
        Rule::SpillSealed,
        Rule::SpillPlain,
        Rule::SpillPlace,
    ] {
        session.ledger.skip(rule, why);
    }
}

/// The blocks of a split's rows, as they came at first.
fn rows_of(sample: &Sample, split: usize) -> Vec<RecordBatch> {
    let wanted = rows_of_split(sample, split);
    let mut at = 0;
    let mut batches = Vec::new();
    for batch in sample.rows.batches() {
        if wanted.contains(&at) {
            batches.push(batch.clone());
        }
        at += batch.num_rows();
    }
    batches
}

/// Room for every row, and for a quarter of all.
fn small_block(batches: &[RecordBatch]) -> u64 {
    let all: usize = batches.iter().map(size::batch_bytes).sum();
    let rows = batches
        .iter()
        .flat_map(|batch| (0..batch.num_rows()).map(|row| size::slice_bytes(batch, row, 1)));
    let largest = rows.max().unwrap_or_default();
    (all / 4).max(2 * largest).max(1) as u64
}
