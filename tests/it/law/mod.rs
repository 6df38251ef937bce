//! The law of planning: on random tables and random conditions, in every form that the protocol has for them, the rows that come
//! through the connector and are filtered again are the rows of the filtered table.
//!
//! Rows that do not qualify may come, since the engine filters again; one that qualifies may never be missing. The oracle is an
//! evaluator of its own over the rows of an unconstrained read, which come in several splits and each once. `LAW_SEED` chooses the first table and `LAW_CASES` the number of
//! questions, for long runs and to repeat a failure, which names both.

mod values;
mod predicate;
mod truth;
mod protobuf;
mod questions;
mod sets;
mod calls;
mod plans;
mod forms;
mod world;
mod answer;
mod rig;
mod tally;
mod fields;
mod produced;

use crate::stack::{NewTable, key, second_opinion, table_name};
use answer::{cells, check, rows};
use arrow::datatypes::{Schema, SchemaRef};
use athena_client::Table;
use athena_protocol::predicate::Constraints;
use athena_testkit::LocalAws;
use fastrand::Rng;
use forms::Form;
use questions::Questions;
use rig::Rig;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::sync::Arc;
use tally::Tally;
use world::World;

/// Questions that one table is asked.
const PER_TABLE: u64 = 40;

/// Four tests of the same, so that they can run side by side.
async fn quarter(number: u64) {
    let rig = Rig::over(LocalAws::start().await.unwrap());
    hold(&rig, 1 + number * 100_000, 2_500).await;
}

#[tokio::test]
async fn no_row_is_missing_whatever_is_asked() {
    quarter(0).await;
}

#[tokio::test]
async fn no_row_is_missing_from_a_second_lot_of_tables() {
    quarter(1).await;
}

#[tokio::test]
async fn no_row_is_missing_from_a_third_lot_of_tables() {
    quarter(2).await;
}

#[tokio::test]
async fn no_row_is_missing_from_a_fourth_lot_of_tables() {
    quarter(3).await;
}

#[tokio::test]
async fn no_row_is_missing_over_dynamodb_local() {
    let Some((_server, aws)) = second_opinion().await else {
        return;
    };
    hold(&Rig::over(aws), 1_000_000, 1_000).await;
}

#[tokio::test]
async fn thousands_of_splits_come_page_by_page_and_hold_each_segment_once() {
    let rig = Rig::over(LocalAws::start().await.unwrap());
    let items: Vec<Value> = (0..200)
        .map(|id| json!({"id": {"S": id.to_string()}, "text": {"S": "x".repeat(10_000)}}))
        .collect();
    NewTable::named("large", &[key("id", "S")])
        .load(&rig.aws, &items)
        .await;
    let query = rig.query();
    let table = query.get_table(&table_name("large")).await.unwrap();
    let plan = query.plan(&table, Constraints::default()).await.unwrap();
    let pages = query.stats().figures().calls["GetSplitsRequest"];
    assert_eq!(pages, plan.splits().len().div_ceil(1_000) as u64);
    assert!(pages > 1, "{} splits", plan.splits().len());
    let mut segments = BTreeSet::new();
    let mut of_scan = 0;
    for split in plan.splits() {
        let work: Value = serde_json::from_str(&split.properties["splitWork"]).unwrap();
        let work = &work["body"]["work"]["segments"];
        let number = |name: &str| work[name].as_u64().unwrap();
        of_scan = number("total");
        for segment in number("first")..number("first") + number("count") {
            assert!(segments.insert(segment), "segment {segment} comes twice");
        }
    }
    assert!(segments.into_iter().eq(0..of_scan));
}

/// Asks `cases` questions of tables from seed `first` on, unless the environment says otherwise.
async fn hold(rig: &Rig, first: u64, cases: u64) {
    let first = number("LAW_SEED").unwrap_or(first);
    let cases = number("LAW_CASES").unwrap_or(cases);
    let mut tally = Tally::default();
    for table in 0..cases.div_ceil(PER_TABLE) {
        let seed = first + table;
        let of_table = PER_TABLE.min(cases - table * PER_TABLE);
        ask(rig, seed, of_table, &mut tally).await;
    }
    println!("{tally}");
    // A few questions may well miss a kind.
    if cases >= 1_000 {
        tally.assert_met();
    }
}

/// Asks one table.
async fn ask(rig: &Rig, seed: u64, cases: u64, tally: &mut Tally) {
    let world = World::of(seed);
    world.load(&rig.client).await;
    let name = table_name(&world.name);
    let inferred = rig.query().get_table(&name).await.unwrap();
    let schema = world.declared.clone().unwrap_or(inferred.schema);
    let schema = world.spelled(&schema);
    let table = Table {
        name,
        schema: schema.clone(),
        partition_columns: Vec::new(),
    };
    let everything = rig.read(&table, Constraints::default(), &schema).await;
    let all = rows(&everything.unwrap().0).unwrap();
    let ids = world
        .items
        .iter()
        .map(|item| item["id"]["S"].as_str().unwrap());
    let (ids, read): (BTreeSet<&str>, BTreeSet<&str>) =
        (ids.collect(), all.keys().map(String::as_str).collect());
    assert_eq!(read, ids, "the full scan of {world:#?}");

    let of_rows: Vec<_> = all.values().cloned().collect();
    let questions = Questions::on(&schema, &of_rows, &world.key_columns());
    let mut rng = Rng::with_seed(seed);
    for case in 0..cases {
        let mut question = questions.ask(&mut rng);
        let form = Form::ALL[rng.usize(..Form::ALL.len())];
        let constraints = form.of(&mut question, &table.name.table_name, &schema, &mut rng);
        let (shown, projected) = projection(&schema, &question.predicate.columns(), &mut rng);
        rig.aws.dynamodb.reset();
        let answered = rig.read(&table, constraints, &projected).await;
        let calls = rig.aws.dynamodb.calls();
        let outcome = match &answered {
            Ok((batches, _)) => rows(batches).and_then(|answer| {
                tally.add(form, &question, &all, &answer);
                check(&question, &all, &answer, &shown)
            }),
            Err(error) => Err(format!("{error:?}")),
        };
        tally.add_calls(&calls, answered.map_or(0, |(_, splits)| splits));
        if let Err(problem) = outcome {
            let columns = schema.fields().iter().zip(0..);
            let columns: Vec<_> = columns
                .map(|(field, at)| format!("#{at} {} {}", field.name(), field.data_type()))
                .collect();
            let requests = calls.iter().map(|call| {
                format!(
                    "{} {}",
                    call.operation,
                    String::from_utf8_lossy(&call.request)
                )
            });
            panic!(
                "{problem}\nasked as {form:?}: {question:#?}\ncolumns: {columns:#?}\nmetadata: {:?}\nrequests: {:#?}\n\
                 case {case} of table {seed}; repeat with LAW_SEED={seed} LAW_CASES={}\nall rows: {:#?}",
                schema.metadata(),
                requests.collect::<Vec<_>>(),
                case + 1,
                all.values().map(|row| cells(row)).collect::<Vec<_>>(),
            );
        }
    }
}

/// The columns that are asked for: some of the table's, those of the condition, and the id.
fn projection(schema: &SchemaRef, needed: &[usize], rng: &mut Rng) -> (Vec<usize>, SchemaRef) {
    let whole = rng.bool();
    let shown: Vec<usize> = (0..schema.fields().len())
        .filter(|at| {
            whole || schema.field(*at).name() == "id" || needed.contains(at) || rng.u8(..4) == 0
        })
        .collect();
    let fields: Vec<_> = shown.iter().map(|at| schema.field(*at).clone()).collect();
    let projected = Schema::new_with_metadata(fields, schema.metadata().clone());
    (shown, Arc::new(projected))
}

/// A number from the environment.
fn number(name: &str) -> Option<u64> {
    #[expect(
        clippy::disallowed_methods,
        reason = "whoever runs the tests says how long, and where to begin"
    )]
    let text = std::env::var(name).ok()?;
    Some(
        text.parse()
            .expect("LAW_SEED and LAW_CASES are whole numbers"),
    )
}
