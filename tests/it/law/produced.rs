//! The law, for plans that another program wrote: DataFusion's own Substrait producer, and DataFusion's own word on which rows qualify
//! (`tests/producer` made both).
//!
//! Columns have the values that DynamoDB's attributes show, among them attributes of a wrong type, which show null.

use super::answer::{Rows, cells, rows};
use super::rig::Rig;
use crate::stack::{Index, Kept, NewTable, key, table_name};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use athena_client::Table;
use athena_protocol::predicate::{Asked, Constraints, QueryPlan};
use athena_testkit::LocalAws;
use serde::Deserialize;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

#[derive(Deserialize)]
struct Head {
    table: String,
    items: Vec<Value>,
}

/// A statement, and what DataFusion says of it.
#[derive(Debug, Deserialize)]
struct Statement {
    sql: String,
    /// The same plan, as it was parsed and as it was optimized.
    plans: Vec<String>,
    /// Columns that it needs.
    columns: BTreeSet<String>,
    /// Numbers of the rows that qualify, in the order of the statement.
    rows: Vec<u64>,
    /// The place of each in the order, if there is one. Those that are equal share it.
    ranks: Option<Vec<u64>>,
    /// How many of them are enough.
    first: Option<usize>,
}

/// How much of a plan reaches the reader of rows.
#[derive(Debug, Default)]
struct Understood {
    wholly: usize,
    partly: usize,
    not: usize,
    /// Answers that were checked to have no row too many.
    exact: usize,
    /// Plans that were answered without reading all of the table.
    without_scan: usize,
    /// Rows that came, and rows that would have come without any plan.
    rows: usize,
    unasked: usize,
    /// What was not understood, by how many plans.
    reasons: BTreeMap<String, usize>,
}

#[tokio::test]
async fn no_row_is_missing_whatever_datafusion_plans() {
    let mut lines = include_str!("../../fixtures/plans/plans.jsonl").lines();
    let head: Head = serde_json::from_str(lines.next().unwrap()).unwrap();
    let rig = Rig::over(LocalAws::start().await.unwrap());
    load(&rig, &head).await;
    let schema = schema();
    let table = Table {
        name: table_name(&head.table),
        schema: schema.clone(),
        partition_columns: Vec::new(),
    };
    let everything = rig.read(&table, Constraints::default(), &schema).await;
    let all = rows(&everything.unwrap().0).unwrap();
    assert_eq!(all.len(), head.items.len());

    let (mut understood, mut plans, mut problems) = (Understood::default(), 0, Vec::new());
    for line in lines {
        let statement: Statement = serde_json::from_str(line).unwrap();
        for (number, plan) in statement.plans.iter().enumerate() {
            plans += 1;
            let outcome = hold(&rig, &table, &all, &statement, plan, &mut understood).await;
            problems.extend(
                outcome
                    .err()
                    .map(|problem| format!("plan {number} of {}: {problem}", statement.sql)),
            );
        }
    }
    println!("{plans} plans: {understood:#?}");
    understood.assert_enough();
    let count = problems.len();
    problems.truncate(3);
    assert!(
        problems.is_empty(),
        "{count} problems: {}",
        problems.join("\n")
    );
}

/// Sends one plan and checks the rows that come.
async fn hold(
    rig: &Rig,
    table: &Table,
    all: &Rows,
    statement: &Statement,
    plan: &str,
    understood: &mut Understood,
) -> Result<(), String> {
    let constraints = Constraints {
        query_plan: Some(QueryPlan {
            substrait_version: "0.77.0".to_owned(),
            substrait_plan: plan.to_owned(),
        }),
        ..Constraints::default()
    };
    let shown: Vec<usize> = (0..table.schema.fields().len())
        .filter(|at| {
            let name = table.schema.field(*at).name();
            name == "id" || statement.columns.contains(name)
        })
        .collect();
    let projected = Arc::new(table.schema.project(&shown).unwrap());
    let asked = Asked::of(&constraints, &table.name.table_name, &table.schema);
    rig.aws.dynamodb.reset();
    let (batches, _) = rig
        .read(table, constraints, &projected)
        .await
        .map_err(|error| format!("{error:?}"))?;
    let answer = rows(&batches)?;
    understood.add(&asked, &answer, all);
    let calls = rig.aws.dynamodb.calls();
    let is_scan = |operation: &str| operation == "Scan";
    understood.without_scan += usize::from(!calls.iter().any(|call| is_scan(&call.operation)));

    for (id, row) in &answer {
        let whole = all.get(id).ok_or(format!("row {id} is not in the table"))?;
        let expected: Vec<_> = shown.iter().map(|at| whole[*at].clone()).collect();
        if *row != expected {
            return Err(format!(
                "row {id} shows {}, the table {}",
                cells(row),
                cells(&expected)
            ));
        }
    }
    let came: Vec<usize> = (0..statement.rows.len())
        .filter(|at| answer.contains_key(&id(statement.rows[*at])))
        .collect();
    let enough = statement
        .first
        .unwrap_or(usize::MAX)
        .min(statement.rows.len());
    if came.len() < enough {
        return Err(format!(
            "{} qualifying rows of {enough} came: {:?} of {:?}\nasked: {asked:#?}",
            came.len(),
            answer.keys().collect::<Vec<_>>(),
            statement.rows
        ));
    }
    if let Some(ranks) = &statement.ranks {
        let came: Vec<u64> = came.iter().take(enough).map(|at| ranks[*at]).collect();
        if came != ranks[..enough] {
            return Err(format!(
                "the first rows have ranks {came:?}, not {:?}\nasked: {asked:#?}",
                &ranks[..enough]
            ));
        }
    }
    if asked.not_understood.is_empty() && asked.predicate.decides(&table.schema) {
        understood.exact += 1;
        let too_many: Vec<_> = answer
            .keys()
            .filter(|of_row| !statement.rows.iter().any(|number| id(*number) == **of_row))
            .collect();
        if !too_many.is_empty() {
            return Err(format!(
                "rows that do not qualify: {too_many:?}\nasked: {asked:#?}"
            ));
        }
    }
    Ok(())
}

impl Understood {
    fn add(&mut self, asked: &Asked, answer: &Rows, all: &Rows) {
        let has_part = !asked.predicate.tests().is_empty() || asked.limit.is_some();
        if asked.not_understood.is_empty() {
            self.wholly += 1;
        } else if has_part {
            self.partly += 1;
        } else {
            self.not += 1;
        }
        self.rows += answer.len();
        self.unasked += all.len();
        for reason in &asked.not_understood {
            *self.reasons.entry(reason.clone()).or_default() += 1;
        }
    }
}

impl Understood {
    /// Whoever leaves everything to the engine holds the law too.
    #[track_caller]
    fn assert_enough(&self) {
        assert!(
            self.wholly >= 180 && self.wholly + self.partly >= 580,
            "{self:#?}"
        );
        assert!(self.exact >= 180 && self.without_scan >= 210, "{self:#?}");
        assert!(self.rows * 3 < self.unasked * 2, "{self:#?}");
    }
}

fn id(number: u64) -> String {
    format!("id{number:02}")
}

async fn load(rig: &Rig, head: &Head) {
    let (hash, other) = ([key("id", "S")], [key("sk", "N"), key("id", "S")]);
    let keys = [key("pk", "S"), key("sk", "N")];
    let table = NewTable::named(&head.table, &keys)
        .indexed("by_id", &hash)
        .with_index(Index {
            name: "by_sk",
            keys: &other,
            kept: Kept::KeysOnly,
            local: false,
        });
    table.load_by(&rig.client, &head.items).await;
}

/// The types of `tests/producer`; a timestamp without zone is the protocol's Date64.
fn schema() -> SchemaRef {
    let place = vec![
        Field::new("city", DataType::Utf8, true),
        Field::new("zip", DataType::Int32, true),
    ];
    let tags = Arc::new(Field::new("tags", DataType::Utf8, true));
    let fields = [
        ("id", DataType::Utf8),
        ("pk", DataType::Utf8),
        ("sk", DataType::Int64),
        ("name", DataType::Utf8),
        ("tiny", DataType::Int8),
        ("n", DataType::Int32),
        ("big", DataType::Int64),
        ("price", DataType::Decimal128(12, 2)),
        ("amount", DataType::Decimal128(38, 9)),
        ("half", DataType::Float32),
        ("ratio", DataType::Float64),
        ("flag", DataType::Boolean),
        ("raw", DataType::Binary),
        ("day", DataType::Date32),
        ("moment", DataType::Date64),
        ("place", DataType::Struct(place.into())),
        ("tags", DataType::List(tags)),
    ];
    let fields = fields.map(|(name, data_type)| Field::new(name, data_type, true));
    Arc::new(Schema::new(fields.to_vec()))
}
