//! Plans by DataFusion's own Substrait producer, and the rows that qualify for each by DataFusion's own execution.
//!
//! The connector is held to both by `tests/it/law/produced.rs`, so none of what decides there was written by the one who wrote the reader.
//! Apart from the workspace, because it takes DataFusion whole and `protoc` (Debian's `protobuf-compiler`, or
//! any package that brings the program) on the path. To make the plans again, byte by byte the same ones:
//!
//! ```console
//! $ cargo run --manifest-path tests/producer/Cargo.toml > tests/fixtures/plans/plans.jsonl
//! ```
//!
//! What DataFusion cannot write as a plan, or cannot answer, is told on the error stream and left out.
#![forbid(unsafe_code)]

mod table;
mod question;
mod random;
mod written;
mod oracle;
mod plan;

use fastrand::Rng;
use oracle::Oracle;
use question::Question;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::io::Write as _;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut rng = Rng::with_seed(SEED);
    let table = table::Table::of(&mut rng);
    let mut out = std::io::stdout().lock();
    let head = json!({
        "producer": "datafusion-substrait 55.2.0, substrait 0.63.0",
        "table": table::NAME,
        "items": table.items,
    });
    writeln!(out, "{head}")?;
    let oracle = Oracle::over(&table)?;
    let random = (0..RANDOM).map(|_| random::question(&mut rng));
    let questions: Vec<Question> = written::questions().into_iter().chain(random).collect();
    let (mut seen, mut left_out) = (BTreeSet::new(), BTreeMap::<String, usize>::new());
    for (number, question) in questions.iter().enumerate() {
        if !seen.insert(question.sql()) {
            continue;
        }
        match record(question, number, &oracle).await {
            Ok(line) => writeln!(out, "{line}")?,
            Err(problem) => {
                eprintln!("left out: {}\n  {problem}", question.sql());
                let reason: String = problem.to_string().chars().take(60).collect();
                *left_out.entry(reason).or_default() += 1;
            }
        }
    }
    eprintln!("left out, by reason: {left_out:#?}");
    Ok(())
}

/// A question's line.
async fn record(
    question: &Question,
    number: usize,
    oracle: &Oracle,
) -> Result<Value, Box<dyn Error>> {
    let sql = question.sql();
    let plans = plan::plans(&sql, number).await?;
    let plans: Vec<String> = plans
        .iter()
        .map(|plan| base64_simd::STANDARD.encode_to_string(plan))
        .collect();
    let mut line = json!({
        "sql": sql,
        "plans": plans,
        "columns": oracle.columns(&sql).await?,
        "rows": oracle.rows(question).await?,
    });
    if let Some(first) = question.first {
        line["first"] = first.into();
    }
    if let Some(ranks) = oracle.ranks(question).await? {
        line["ranks"] = ranks.into();
    }
    Ok(line)
}

const SEED: u64 = 7;
const RANDOM: usize = 300;
