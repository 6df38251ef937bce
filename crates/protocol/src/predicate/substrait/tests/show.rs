//! Plans as text: `and(equal(a, string alpha), in(s.x, i64 1, i64 2))`.

use super::super::{Column, Expr, Literal, Output, Plan, SortKey, Type};
use crate::predicate::Direction;
use serde_json::{Map, Value, json};

/// What a plan says; what it does not say is left out.
pub(super) fn plan(plan: &Plan) -> Value {
    let mut shown = Map::new();
    let mut put = |name: &str, value: Value| {
        shown.insert(name.to_owned(), value);
    };
    put("table", json!(plan.table.join(".")));
    put("columns", json!(plan.columns.join(" ")));
    if let Some(filter) = &plan.filter {
        put("filter", json!(expr(filter)));
    }
    if let Some(filter) = &plan.best_effort_filter {
        put("bestEffortFilter", json!(expr(filter)));
    }
    if let Some(outputs) = &plan.projection {
        let outputs: Vec<_> = outputs.iter().map(output).collect();
        put("projection", json!(outputs));
    }
    if !plan.sort.is_empty() {
        let keys: Vec<_> = plan.sort.iter().map(key).collect();
        put("sort", json!(keys));
    }
    if let Some(fetch) = plan.fetch {
        put("fetch", json!([fetch.offset, fetch.count]));
    }
    if !plan.is_complete() {
        put("notUnderstood", json!(plan.not_understood));
    }
    Value::Object(shown)
}

pub(super) fn expr(of: &Expr) -> String {
    match of {
        Expr::Column(of) => column(of),
        Expr::Literal(of) => literal(of),
        Expr::Call {
            function,
            arguments,
        } => format!("{function}({})", all(arguments)),
        Expr::InList { value, options } => format!("in({}; {})", expr(value), all(options)),
        Expr::Cast { input, to } => format!("cast({} as {})", expr(input), data_type(*to)),
        Expr::Unknown => "?".to_owned(),
    }
}

fn all(of: &[Expr]) -> String {
    of.iter().map(expr).collect::<Vec<_>>().join(", ")
}

fn column(of: &Column) -> String {
    let path = std::iter::once(&of.name).chain(&of.nested);
    path.map(AsRef::as_ref).collect::<Vec<_>>().join(".")
}

fn output(of: &Output) -> String {
    let name = of.name.as_deref().unwrap_or("-");
    match &of.column {
        Some(of) => format!("{name} = {}", column(of)),
        None => format!("{name} = ?"),
    }
}

fn key(of: &SortKey) -> String {
    let direction = match of.direction {
        Some(Direction::AscNullsFirst) => "asc nulls first",
        Some(Direction::AscNullsLast) => "asc nulls last",
        Some(Direction::DescNullsFirst) => "desc nulls first",
        Some(Direction::DescNullsLast) => "desc nulls last",
        None => "?",
    };
    format!("{} {direction}", expr(&of.expression))
}

fn literal(of: &Literal) -> String {
    match of {
        Literal::Null(of) => format!("null {}", data_type(*of)),
        Literal::Bool(truth) => truth.to_string(),
        Literal::I8(int) => format!("i8 {int}"),
        Literal::I16(int) => format!("i16 {int}"),
        Literal::I32(int) => format!("i32 {int}"),
        Literal::I64(int) => format!("i64 {int}"),
        Literal::Fp32(float) => format!("fp32 {float}"),
        Literal::Fp64(float) => format!("fp64 {float}"),
        Literal::String(text) => format!("string {text}"),
        Literal::FixedChar(text) => format!("fixedChar {text}"),
        Literal::Binary(bytes) => format!("binary {bytes:x?}"),
        Literal::Decimal {
            unscaled,
            precision,
            scale,
        } => format!("decimal({precision},{scale}) {unscaled}"),
        Literal::Date(days) => format!("date {days}"),
        Literal::Timestamp { value, precision } => format!("timestamp({precision}) {value}"),
        Literal::TimestampTz { value, precision } => format!("timestampTz({precision}) {value}"),
        Literal::List(values) => {
            let values: Vec<_> = values.iter().map(literal).collect();
            format!("[{}]", values.join(", "))
        }
    }
}

/// As its variant is written, in one word: `Decimal(9,2)`.
fn data_type(of: Type) -> String {
    match of {
        Type::VarChar { length } => format!("VarChar({length})"),
        Type::FixedChar { length } => format!("FixedChar({length})"),
        Type::FixedBinary { length } => format!("FixedBinary({length})"),
        Type::Decimal { precision, scale } => format!("Decimal({precision},{scale})"),
        Type::Timestamp { precision } => format!("Timestamp({precision})"),
        Type::TimestampTz { precision } => format!("TimestampTz({precision})"),
        plain => format!("{plain:?}"),
    }
}
