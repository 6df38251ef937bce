//! Limits and first rows: never too few, and no more than was offered to be left out (protocol §5.8, §8).

use super::handshake::Offer;
use super::questions;
use super::rows::Rows;
use super::rules::Rule;
use super::session::{Failure, Session};
use super::tables::Sample;
use athena_protocol::predicate::{Constraints, Direction, OrderByField, Scalar};
use athena_protocol::wire::Version;
use std::cmp::Ordering;

/// What is judged here; answers themselves are judged everywhere.
pub(super) const RULES: &[Rule] = &[
    Rule::LimitEnough,
    Rule::LimitHonoured,
    Rule::LimitFiltered,
    Rule::OrderFirst,
    Rule::RecordsComplete,
    Rule::AnswerTime,
];

/// Judges limits on one table.
pub(super) async fn judge(session: &mut Session, sample: &Sample, offer: &Offer) {
    if session.version < Version::V4 {
        let why = "limits came with version 4";
        for rule in [Rule::LimitEnough, Rule::LimitHonoured, Rule::LimitFiltered] {
            session.ledger.skip(rule, why);
        }
        return session.ledger.skip(Rule::OrderFirst, why);
    }
    let name = &sample.table.name;
    for (rule, outcome) in [
        (Rule::LimitEnough, plain(session, sample, offer).await),
        (Rule::LimitFiltered, filtered(session, sample).await),
        (Rule::OrderFirst, ordered(session, sample, offer).await),
    ] {
        if let Err(failure) = outcome
            && !failure.is_told()
        {
            session.ledger.fail(rule, format!("{name}: {failure}"));
        }
    }
}

async fn read(
    session: &mut Session,
    sample: &Sample,
    constraints: &Constraints,
) -> Result<(Rows, Vec<usize>), Failure> {
    let planned = session.plan(&sample.table, constraints).await?;
    session.read_all(&sample.table, &planned, usize::MAX).await
}

async fn plain(session: &mut Session, sample: &Sample, offer: &Offer) -> Result<(), Failure> {
    let (name, all) = (&sample.table.name, sample.rows.len());
    if !offer.limit {
        let why = "the connector does not offer limits";
        session.ledger.skip(Rule::LimitHonoured, why);
    }
    let mut limits = vec![1, all.div_ceil(3), all + 7];
    limits.dedup();
    for limit in limits {
        let constraints = Constraints {
            limit: i64::try_from(limit).unwrap_or(i64::MAX),
            ..Constraints::default()
        };
        let (rows, of_splits) = read(session, sample, &constraints).await?;
        let (came, wanted) = (rows.len(), limit.min(all));
        session.ledger.check(Rule::LimitEnough, came >= wanted, || {
            format!("{name}, limit {limit}: {came} rows came, {wanted} are there")
        });
        let strange = rows.all_missing_in(&sample.rows);
        session
            .ledger
            .check(Rule::RecordsComplete, strange.is_none(), || {
                format!("{name}, limit {limit}: of {came} rows that came some are not among those of the whole table")
            });
        // A split that has no more rows than the limit shows nothing.
        if offer.limit && sample.of_splits.iter().any(|rows| *rows > limit) {
            let over = of_splits.iter().position(|rows| *rows > limit);
            session
                .ledger
                .check(Rule::LimitHonoured, over.is_none(), || {
                    let split = over.unwrap_or_default();
                    let rows = of_splits[split];
                    format!("{name}, limit {limit}: split {split} gave {rows} rows")
                });
        }
    }
    Ok(())
}

/// Limits beside a condition: half and all of the rows that qualify.
async fn filtered(session: &mut Session, sample: &Sample) -> Result<(), Failure> {
    let (name, rule) = (&sample.table.name, Rule::LimitFiltered);
    let columns = questions::columns(&sample.table.schema, &sample.rows);
    let sets = questions::in_value_sets(&sample.table.schema, &columns);
    let mut tried = 0;
    for question in sets {
        let wanted = question.truth.of(&sample.rows);
        // Where all or none qualify, a limit that counts the wrong rows is not seen.
        if wanted.is_empty() || wanted.len() * 2 > sample.rows.len() {
            continue;
        }
        if tried == MOST_FILTERED {
            break;
        }
        tried += 1;
        for limit in [wanted.len().div_ceil(2), wanted.len()] {
            let constraints = Constraints {
                limit: i64::try_from(limit).unwrap_or(i64::MAX),
                ..question.constraints.clone()
            };
            let (rows, _) = read(session, sample, &constraints).await?;
            let lack = sample.rows.missing_in(wanted.iter().copied(), &rows);
            let came = wanted.len() - lack.map_or(0, |lack| lack.rows);
            session.ledger.check(rule, came >= limit, || {
                format!(
                    "{name}, limit {limit} under {}: {came} rows that qualify came, {} are there",
                    question.what,
                    wanted.len()
                )
            });
        }
    }
    if tried == 0 {
        let why = "no condition is met by a part of the rows alone";
        session.ledger.skip(rule, why);
    }
    Ok(())
}

async fn ordered(session: &mut Session, sample: &Sample, offer: &Offer) -> Result<(), Failure> {
    let rule = Rule::OrderFirst;
    if !offer.top_n {
        let why = "the connector does not offer the first rows of an order";
        session.ledger.skip(rule, why);
        return Ok(());
    }
    let columns = questions::columns(&sample.table.schema, &sample.rows);
    let limit = sample.rows.len().div_ceil(4);
    for column in columns {
        let Some(values) = comparable(&sample.rows, column.number) else {
            continue;
        };
        for direction in DIRECTIONS {
            let constraints = Constraints {
                limit: i64::try_from(limit).unwrap_or(i64::MAX),
                order_by_clause: vec![OrderByField {
                    column_name: column.name.clone(),
                    direction,
                }],
                ..Constraints::default()
            };
            let (rows, _) = read(session, sample, &constraints).await?;
            let complaint = too_few(&values, direction, limit, sample, &rows);
            session.ledger.check(rule, complaint.is_none(), || {
                format!(
                    "{}, the first {limit} by `{}` {direction:?}: {}",
                    sample.table.name,
                    column.name,
                    complaint.unwrap_or_default()
                )
            });
        }
    }
    Ok(())
}

/// The column's values, if all of them have a place in one order.
fn comparable(rows: &Rows, column: usize) -> Option<Vec<Option<Scalar>>> {
    let values: Vec<Option<Scalar>> = (0..rows.len())
        .map(|row| {
            let (array, row) = rows.cell(row, column);
            Scalar::of(array.as_ref(), row)
        })
        .collect();
    let known = |value: &Scalar| {
        let number = match value {
            Scalar::Float32(number) => f64::from(*number),
            Scalar::Float64(number) => *number,
            _ => 1.0,
        };
        value.order(value).is_some() && value.is_ordered_alike() && number.is_finite()
    };
    // Timestamps of several zones may have no order.
    let pairs = values.windows(2);
    let ordered = pairs
        .filter_map(|pair| Some(pair[0].as_ref()?.order(pair[1].as_ref()?).is_some()))
        .all(|known| known);
    (ordered && values.iter().flatten().all(known)).then_some(values)
}

/// What the answer lacks of the first rows; among equals any will do.
fn too_few(
    values: &[Option<Scalar>],
    direction: Direction,
    limit: usize,
    sample: &Sample,
    answer: &Rows,
) -> Option<String> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|a, b| compare(direction, values[*a].as_ref(), values[*b].as_ref()));
    let last = *order.get(limit.checked_sub(1)?).or(order.last())?;
    let against = |row: usize| compare(direction, values[row].as_ref(), values[last].as_ref());
    let before = order.iter().copied().filter(|row| against(*row).is_lt());
    let up_to = order.iter().copied().filter(|row| against(*row).is_le());
    if let Some(lack) = sample.rows.missing_in(before, answer) {
        return Some(format!(
            "{} rows that come before the last of them are missing, the first is row {} of the table",
            lack.rows, lack.first
        ));
    }
    let up_to: Vec<usize> = up_to.collect();
    let there = up_to.len()
        - sample
            .rows
            .missing_in(up_to, answer)
            .map_or(0, |lack| lack.rows);
    let wanted = limit.min(values.len());
    (there < wanted).then(|| format!("{there} of them came"))
}

fn compare(direction: Direction, a: Option<&Scalar>, b: Option<&Scalar>) -> Ordering {
    let (descending, nulls_first) = match direction {
        Direction::AscNullsFirst => (false, true),
        Direction::AscNullsLast => (false, false),
        Direction::DescNullsFirst => (true, true),
        Direction::DescNullsLast => (true, false),
    };
    match (a, b) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) if nulls_first => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (Some(_), None) if nulls_first => Ordering::Greater,
        (Some(_), None) => Ordering::Less,
        (Some(a), Some(b)) => {
            let order = a.order(b).unwrap_or(Ordering::Equal);
            if descending { order.reverse() } else { order }
        }
    }
}

/// Conditions that a limit is tried beside.
const MOST_FILTERED: usize = 4;
const DIRECTIONS: [Direction; 4] = [
    Direction::AscNullsFirst,
    Direction::AscNullsLast,
    Direction::DescNullsFirst,
    Direction::DescNullsLast,
];
