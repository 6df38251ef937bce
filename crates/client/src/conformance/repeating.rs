//! Asks the same again, in pieces, in another order and in other versions: the answers have to be the same.

use super::planning::Planned;
use super::reading::Sizes;
use super::rows::Rows;
use super::rules::Rule;
use super::session::{Failure, Session};
use super::tables::{Sample, columns};
use athena_protocol::predicate::Constraints;
use athena_protocol::wire::{Split, Version};
use std::collections::HashSet;
use std::sync::Arc;

/// What is judged here; answers themselves are judged everywhere.
pub(super) const RULES: &[Rule] = &[
    Rule::TableAgain,
    Rule::SplitsAgain,
    Rule::RecordsAgain,
    Rule::RecordsColumns,
    Rule::RecordsVersions,
    Rule::RecordsComplete,
];

/// Judges one table.
pub(super) async fn judge(session: &mut Session, sample: &Sample) {
    let name = &sample.table.name;
    table_again(session, sample).await;
    for (rule, outcome) in [
        (Rule::SplitsAgain, plan_again(session, sample).await),
        (Rule::RecordsAgain, splits_again(session, sample).await),
        (Rule::RecordsColumns, some_columns(session, sample).await),
        (Rule::RecordsVersions, versions(session, sample).await),
    ] {
        if let Err(failure) = outcome
            && !failure.is_told()
        {
            session
                .ledger
                .fail(rule, format!("{name}: {}", failure.in_full()));
        }
    }
}

async fn table_again(session: &mut Session, sample: &Sample) {
    let name = &sample.table.name;
    match session.get_table(name, session.version).await {
        Ok(again) => {
            let same = columns(&again.schema) == columns(&sample.table.schema);
            session.ledger.check(Rule::TableAgain, same, || {
                format!("{name} has other columns when it is asked for again")
            });
        }
        Err(failure) => {
            let complaint = format!("{name}: {}", failure.in_full());
            session.ledger.fail(Rule::TableAgain, complaint);
        }
    }
}

/// Plans the same question again: as many splits, the same on each page, and the same rows in all.
async fn plan_again(session: &mut Session, sample: &Sample) -> Result<(), Failure> {
    let (name, rule) = (&sample.table.name, Rule::SplitsAgain);
    let again = session.plan(&sample.table, &Constraints::default()).await?;
    let (first, second) = (sample.planned.splits.len(), again.splits.len());
    session.ledger.check(rule, first == second, || {
        format!("{name} has {first} splits, and {second} when it is asked again")
    });
    for (token, count) in pages_to_try(&sample.planned) {
        let page = session
            .splits(&sample.table, &sample.planned, token)
            .await?;
        let got = page.splits.len();
        session.ledger.check(rule, got == count, || {
            format!("{name}: a page has {count} splits, and {got} when it is asked for again")
        });
    }
    let (rows, _) = session.read_all(&sample.table, &again, usize::MAX).await?;
    let (lost, added) = (
        sample.rows.all_missing_in(&rows),
        rows.all_missing_in(&sample.rows),
    );
    session.ledger.check(
        Rule::RecordsComplete,
        lost.is_none() && added.is_none(),
        || {
            let count = |lack: Option<super::rows::Lack>| lack.map_or(0, |lack| lack.rows);
            format!(
                "{name}: of {} rows {} are missing when they are read by another plan, and {} are new",
                sample.rows.len(),
                count(lost),
                count(added)
            )
        },
    );
    Ok(())
}

/// The first pages and the last.
fn pages_to_try(planned: &Planned) -> Vec<(Option<String>, usize)> {
    let mut pages: Vec<_> = planned.pages.iter().take(3).cloned().collect();
    if planned.pages.len() > pages.len() {
        pages.extend(planned.pages.last().cloned());
    }
    pages
}

/// The splits to try things on: the first, the one with the most rows, the last.
pub(super) fn splits_to_try(sample: &Sample) -> Vec<(usize, &Split)> {
    let largest = (0..sample.of_splits.len()).max_by_key(|split| sample.of_splits[*split]);
    let last = sample.planned.splits.len().checked_sub(1);
    let mut numbers: Vec<usize> = last
        .map(|_| 0)
        .into_iter()
        .chain(largest)
        .chain(last)
        .collect();
    let mut seen = HashSet::new();
    numbers.retain(|number| seen.insert(*number));
    let splits = &sample.planned.splits;
    numbers
        .into_iter()
        .filter_map(|number| Some((number, splits.get(number)?)))
        .collect()
}

/// The rows that a split gave in the first reading.
pub(super) fn rows_of_split(sample: &Sample, split: usize) -> std::ops::Range<usize> {
    let before: usize = sample.of_splits.iter().take(split).sum();
    before..before + sample.of_splits.get(split).copied().unwrap_or_default()
}

async fn splits_again(session: &mut Session, sample: &Sample) -> Result<(), Failure> {
    let (name, schema) = (&sample.table.name, &sample.table.schema);
    for (number, split) in splits_to_try(sample) {
        let answer = session
            .read(
                &sample.table,
                &sample.planned,
                split,
                schema,
                Sizes::default(),
            )
            .await?;
        let before = rows_of_split(sample, number);
        let (first, second) = (before.len(), answer.rows());
        let mut rows = Rows::default();
        rows.extend(answer.batches);
        let same = first == second && sample.rows.missing_in(before, &rows).is_none();
        session.ledger.check(Rule::RecordsAgain, same, || {
            format!("{name}: split {number} gave {first} rows, and {second} or others when it was read again")
        });
    }
    Ok(())
}

/// Every second column, from the last to the first.
async fn some_columns(session: &mut Session, sample: &Sample) -> Result<(), Failure> {
    let (name, rule) = (&sample.table.name, Rule::RecordsColumns);
    let all = sample.table.schema.fields().len();
    let lots: [Vec<usize>; 2] = [(0..all).rev().step_by(2).collect(), vec![all / 2]];
    for wanted in lots {
        let Ok(schema) = sample.table.schema.project(&wanted) else {
            continue;
        };
        let schema = Arc::new(schema);
        let mut rows = Rows::default();
        for split in &sample.planned.splits {
            let answer = session
                .read(
                    &sample.table,
                    &sample.planned,
                    split,
                    &schema,
                    Sizes::default(),
                )
                .await?;
            rows.extend(answer.batches);
        }
        let whole = sample.rows.project(&wanted);
        let equal = rows.len() == whole.len() && whole.all_missing_in(&rows).is_none();
        session.ledger.check(rule, equal, || {
            let (few, got, had) = (wanted.len(), rows.len(), whole.len());
            format!("{name}: {few} of {all} columns in another order have {got} rows, {had} among all columns, and not all with the same values")
        });
    }
    Ok(())
}

/// The whole way in each version that the connector says it speaks.
async fn versions(session: &mut Session, sample: &Sample) -> Result<(), Failure> {
    let (name, highest) = (&sample.table.name, session.version);
    for version in Version::ALL {
        if version >= highest {
            continue;
        }
        let in_version = |failure: Failure| match failure {
            Failure::Fault { kind, message } => Failure::Fault {
                kind,
                message: format!("in {version}: {message}"),
            },
            other => other,
        };
        let table = session.get_table(name, version).await.map_err(in_version)?;
        let planned = session
            .plan_as(&table, &Constraints::default(), version)
            .await
            .map_err(in_version)?;
        let (rows, _) = session
            .read_all(&table, &planned, usize::MAX)
            .await
            .map_err(in_version)?;
        let same = rows.len() == sample.rows.len() && sample.rows.all_missing_in(&rows).is_none();
        session.ledger.check(Rule::RecordsVersions, same, || {
            let (got, had) = (rows.len(), sample.rows.len());
            format!("{name}: {got} rows in {version}, {had} in {highest}, or not the same")
        });
    }
    if highest == Version::V2 {
        let why = "the connector speaks no version but the lowest";
        session.ledger.skip(Rule::RecordsVersions, why);
    }
    Ok(())
}
