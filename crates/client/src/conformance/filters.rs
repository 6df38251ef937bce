//! The law of pushdown: what comes under a condition is at least what qualifies, and nothing that is not in the table (protocol §8).

use super::expressions;
use super::handshake::Offer;
use super::questions::{self, Question};
use super::rules::Rule;
use super::session::Session;
use super::tables::Sample;
use athena_protocol::wire::Version;

/// What is judged here; answers themselves are judged everywhere.
pub(super) const RULES: &[Rule] = &[
    Rule::FilterValues,
    Rule::FilterRanges,
    Rule::FilterNulls,
    Rule::FilterColumns,
    Rule::FilterExpressions,
    Rule::RecordsComplete,
    Rule::AnswerTime,
    Rule::AnswerReadable,
    Rule::AnswerFields,
    Rule::AnswerSize,
    Rule::BlockFrame,
    Rule::BlockEmpty,
];

/// Asks a table questions of all forms, as many as are allowed.
pub(super) async fn judge(session: &mut Session, sample: &Sample, offer: &Offer, most: usize) {
    let schema = &sample.table.schema;
    let columns = questions::columns(schema, &sample.rows);
    let sets = questions::in_value_sets(schema, &columns);
    let calls = if session.version >= Version::V4 {
        expressions::in_expressions(offer, &columns)
    } else {
        Vec::new()
    };
    if calls.is_empty() {
        let why = "the connector offers no function of expressions";
        session.ledger.skip(Rule::FilterExpressions, why);
    }
    let tells = |question: &Question| question.tells(&sample.rows);
    for question in share(sets, calls, most, tells) {
        ask(session, sample, &question).await;
    }
}

/// Questions of both kinds where there are too many: those that tell most before the others, spread over all forms.
fn share(
    sets: Vec<Question>,
    expressions: Vec<Question>,
    most: usize,
    tells: impl Fn(&Question) -> bool,
) -> Vec<Question> {
    let of_expressions = expressions.len().min(most / 2);
    let of_sets = sets.len().min(most - of_expressions);
    let chosen = |all: Vec<Question>, count: usize| {
        let (telling, others): (Vec<_>, Vec<_>) = all.into_iter().partition(&tells);
        let of_telling = telling.len().min(count);
        spread(telling, of_telling).chain(spread(others, count - of_telling))
    };
    chosen(sets, of_sets)
        .chain(chosen(expressions, of_expressions))
        .collect()
}

fn spread(all: Vec<Question>, count: usize) -> impl Iterator<Item = Question> {
    let len = all.len();
    let numbered = all.into_iter().enumerate();
    numbered
        .filter(move |(at, _)| (at + 1) * count / len > at * count / len)
        .map(|(_, question)| question)
}

async fn ask(session: &mut Session, sample: &Sample, question: &Question) {
    let (name, what, rule) = (&sample.table.name, &question.what, question.rule);
    let outcome = async {
        let planned = session.plan(&sample.table, &question.constraints).await?;
        session.read_all(&sample.table, &planned, usize::MAX).await
    };
    let rows = match outcome.await {
        Ok((rows, _)) => rows,
        Err(failure) => {
            let complaint = format!("{name}, {what}: {failure}");
            return session.ledger.fail(rule, complaint);
        }
    };
    let wanted = question.truth.of(&sample.rows);
    let count = wanted.len();
    let lack = sample.rows.missing_in(wanted, &rows);
    session.ledger.check(rule, lack.is_none(), || {
        let (missing, first) = lack.map_or((0, 0), |lack| (lack.rows, lack.first));
        format!("{name}, {what}: of {count} rows that qualify {missing} are missing, the first is row {first} of the table")
    });
    let strange = rows.all_missing_in(&sample.rows);
    session
        .ledger
        .check(Rule::RecordsComplete, strange.is_none(), || {
            let strange = strange.map_or(0, |lack| lack.rows);
            format!("{name}, {what}: {strange} of {} rows that came are not among those of the whole table", rows.len())
        });
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conformance::truth::Truth;
    use athena_protocol::predicate::Constraints;

    fn questions(count: usize, what: &str) -> Vec<Question> {
        let question = |at| Question {
            rule: Rule::FilterValues,
            what: format!("{what} {at}"),
            constraints: Constraints::default(),
            truth: Truth::All(Vec::new()),
            columns: Vec::new(),
        };
        (0..count).map(question).collect()
    }

    #[test]
    fn few_questions_are_spread_over_all_forms() {
        let chosen = |sets, expressions, most| -> Vec<String> {
            let tells = |question: &Question| question.what != "s 1";
            share(
                questions(sets, "s"),
                questions(expressions, "e"),
                most,
                tells,
            )
            .into_iter()
            .map(|question| question.what)
            .collect()
        };
        assert_eq!(chosen(2, 1, 100), ["s 0", "s 1", "e 0"]);
        assert_eq!(chosen(4, 4, 4), ["s 2", "s 3", "e 1", "e 3"]);
        assert_eq!(chosen(10, 0, 3), ["s 3", "s 6", "s 9"]);
        assert_eq!(chosen(3, 0, 3), ["s 0", "s 2", "s 1"]);
        assert_eq!(chosen(0, 9, 4).len(), 2);
        assert!(chosen(3, 3, 0).is_empty());
    }
}
