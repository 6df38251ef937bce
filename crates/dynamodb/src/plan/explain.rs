//! A plan in words for whoever wrote the query.
//!
//! The texts show attributes' values, which the user typed. They belong on that user's screen and never in a log: there
//! [`Plan::describe`] is the word.

use std::collections::BTreeMap;
use std::fmt::{self, Write as _};

use super::access::{Access, Plan};
use super::estimate::Estimate;
use super::key_condition::KeyCondition;
use super::value::Value;
use super::work::{SplitWork, Work};

/// What a plan will do, part by part. [`Display`](fmt::Display) writes it as aligned lines.
#[derive(Clone, PartialEq, Eq)]
pub struct Explanation {
    /// Name or ARN of the table.
    pub table: String,
    /// Name of the index that is read instead of the table.
    pub index: Option<String>,
    /// In which way items are found.
    pub how: How,
    /// The conditions on the key, one for each request or item, with names and values.
    pub keys: Vec<String>,
    /// What `DynamoDB` filters by, with names and values.
    pub filter: Option<String>,
    /// What is read of each item; `None` for all of it.
    pub columns: Option<Vec<String>>,
    /// The first rows that are enough, and in which order they come.
    pub first_rows: Option<String>,
    /// What each split reads, in a few words.
    pub splits: Vec<String>,
    /// Whether reads are strongly consistent.
    pub consistent: bool,
    /// What will be read; `None` if that cannot be told.
    pub estimate: Option<Estimate>,
    /// Thousandths of read units a second that all splits may consume together; `None` for no limit.
    pub pace: Option<u64>,
    /// What is left to the engine, one phrase each.
    pub left: Vec<String>,
}

/// In which way items are found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum How {
    /// There is nothing to read.
    Nothing,
    /// By reading all, in this many segments.
    Scan {
        /// Segments of the whole scan.
        segments: u32,
    },
    /// One by one, each by its whole key.
    Get {
        /// Number of keys.
        items: usize,
    },
    /// Those of certain keys, in order.
    Query {
        /// Number of queries.
        queries: usize,
    },
}

impl Plan {
    /// Says what the plan will do, values included.
    pub fn explain(&self) -> Explanation {
        let (how, keys) = match &self.access {
            Access::Nothing => (How::Nothing, Vec::new()),
            Access::Scan { segments, .. } => {
                let segments = *segments;
                (How::Scan { segments }, Vec::new())
            }
            Access::Batch {
                hash, range, keys, ..
            } => {
                let texts = keys.iter().map(|key| {
                    let mut text = format!("{} = {}", name(hash), value(&key.hash));
                    if let (Some(range), Some(wanted)) = (range, &key.range) {
                        text = format!("{text} AND {} = {}", name(range), value(wanted));
                    }
                    text
                });
                (How::Get { items: keys.len() }, texts.collect())
            }
            Access::Query {
                hash,
                range,
                conditions,
                ..
            } => {
                let texts = conditions
                    .iter()
                    .map(|condition| key_condition(condition, hash, range.as_deref()));
                let queries = conditions.len();
                (How::Query { queries }, texts.collect())
            }
        };
        let expressions = &self.expressions;
        let columns = expressions.projection.as_ref().map(|projection| {
            let paths = projection.split(',').map(str::trim);
            paths
                .map(|path| filled(path, &expressions.names, &expressions.values))
                .collect()
        });
        Explanation {
            table: self.table.clone(),
            index: self.index.clone(),
            how,
            keys,
            filter: expressions
                .filter
                .as_ref()
                .map(|filter| filled(filter, &expressions.names, &expressions.values)),
            columns,
            first_rows: self.top.as_ref().map(|top| {
                let order = if top.descending {
                    "greatest"
                } else {
                    "smallest"
                };
                let rows = counted(top.rows, "row");
                format!("{rows}, {order} {} first", name(&top.column))
            }),
            splits: self.splits().map(|split| share(&split)).collect(),
            consistent: self.consistent,
            estimate: self.estimate,
            pace: self.budget,
            left: self.left.clone(),
        }
    }
}

impl Explanation {
    /// The lines of the text: what each is about, and what it says.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("source", self.source()), ("how", self.way())];
        if self.how == How::Nothing {
            return lines;
        }
        for (place, key) in self.keys.iter().take(SHOWN_KEYS).enumerate() {
            lines.push((if place == 0 { "key" } else { "" }, key.clone()));
        }
        if let Some(more @ 1..) = self.keys.len().checked_sub(SHOWN_KEYS) {
            lines.push(("", format!("… and {} more", thousands(more as u64))));
        }
        let filter = self.filter.clone().unwrap_or_else(|| "none".to_owned());
        lines.push(("filter", filter));
        let all = || "all attributes".to_owned();
        lines.push((
            "columns",
            self.columns
                .as_ref()
                .map_or_else(all, |columns| columns.join(", ")),
        ));
        if let Some(rows) = &self.first_rows {
            lines.push(("rows", rows.clone()));
        }
        lines.push(("splits", counted(self.splits.len() as u64, "split")));
        lines.push(("estimate", self.figures()));
        if let Some(pace) = self.pace {
            lines.push(("pace", format!("at most {}", units_a_second(pace))));
        }
        for (place, phrase) in self.left.iter().enumerate() {
            lines.push((if place == 0 { "engine" } else { "" }, phrase.clone()));
        }
        if self.left.is_empty() {
            lines.push(("engine", "nothing is left to filter".to_owned()));
        }
        lines
    }

    /// The table or index that is read.
    pub fn source(&self) -> String {
        match &self.index {
            None => format!("table {}", self.table),
            Some(index) => format!("index {index} of table {}", self.table),
        }
    }

    /// In which way, in a few words.
    pub fn way(&self) -> String {
        let consistent = if self.consistent { ", consistent" } else { "" };
        match self.how {
            How::Nothing => "nothing is read: no item can qualify".to_owned(),
            How::Scan { segments } => {
                format!("scan, {}{consistent}", counted(segments.into(), "segment"))
            }
            How::Get { items } => {
                format!("get by key, {}{consistent}", counted(items as u64, "item"))
            }
            How::Query { queries } => {
                let queries = counted(queries as u64, "key condition");
                format!("query, {queries}{consistent}")
            }
        }
    }

    /// Bytes and read units, or that they are not known.
    pub fn figures(&self) -> String {
        self.estimate
            .map_or("not known".to_owned(), |Estimate { bytes, read_units }| {
                format!("{}, {}", size(bytes), counted(read_units, "read unit"))
            })
    }
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, (label, text)) in self.lines().into_iter().enumerate() {
            if place > 0 {
                writeln!(f)?;
            }
            write!(f, "{label:<LABEL$}{text}")?;
        }
        Ok(())
    }
}

/// Shows no value, as logs are written with it.
impl fmt::Debug for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Explanation")
            .field("table", &self.table)
            .field("index", &self.index)
            .field("how", &self.how)
            .finish_non_exhaustive()
    }
}

fn key_condition(condition: &KeyCondition, hash: &str, range: Option<&str>) -> String {
    let (text, values) = condition.expression("#h", "#r");
    let names = [("#h", Some(hash)), ("#r", range)];
    let names = names
        .into_iter()
        .filter_map(|(alias, name)| Some((alias.to_owned(), name?.to_owned())));
    filled(&text, &names.collect(), &values)
}

/// The expression with what its placeholders stand for.
fn filled(
    expression: &str,
    names: &BTreeMap<String, String>,
    values: &BTreeMap<String, Value>,
) -> String {
    let (mut text, mut rest) = (String::new(), expression);
    while let Some(start) = rest.find(['#', ':']) {
        text.push_str(&rest[..start]);
        let end = rest[start + 1..]
            .find(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '_'))
            .map_or(rest.len(), |length| start + 1 + length);
        let alias = &rest[start..end];
        let meaning = names.get(alias).map(|attribute| name(attribute));
        text.push_str(
            &meaning
                .or_else(|| values.get(alias).map(value))
                .unwrap_or_else(|| alias.to_owned()),
        );
        rest = &rest[end..];
    }
    text.push_str(rest);
    text
}

/// A name as SQL writes it: in quotes unless it is a plain word.
fn name(attribute: &str) -> String {
    let mut letters = attribute.chars();
    let begins = letters
        .next()
        .is_some_and(|letter| letter.is_alphabetic() || letter == '_');
    if begins && letters.all(|letter| letter.is_alphanumeric() || letter == '_') {
        attribute.to_owned()
    } else {
        format!("\"{}\"", printable(attribute).replace('"', "\"\""))
    }
}

/// A value as SQL writes it, cut where it gets long.
fn value(value: &Value) -> String {
    let cut = |text: &str, length: usize| {
        if length > MAX_VALUE {
            let head: String = text.chars().take(MAX_VALUE).collect();
            format!("{head}…")
        } else {
            text.to_owned()
        }
    };
    match value {
        Value::S(text) => {
            let text = cut(text, text.chars().count());
            format!("'{}'", printable(&text).replace('\'', "''"))
        }
        Value::N(number) => cut(number, number.len()),
        Value::B(bytes) => {
            let mut hex = String::new();
            for byte in bytes.iter().take(MAX_VALUE / 2 + 1) {
                // Writing into a string does not fail.
                let _ = write!(hex, "{byte:02X}");
            }
            format!("X'{}'", cut(&hex, hex.len()))
        }
        Value::Bool(truth) => truth.to_string(),
    }
}

/// Without letters that would move the cursor or break the line.
fn printable(text: &str) -> String {
    let mut shown = String::new();
    for letter in text.chars() {
        if letter.is_control() {
            shown.extend(letter.escape_default());
        } else {
            shown.push(letter);
        }
    }
    shown
}

fn share(split: &SplitWork) -> String {
    match &split.work {
        Work::Segments { first, count, .. } if *count <= 1 => format!("segment {first}"),
        Work::Segments { first, count, .. } => {
            format!("segments {first}–{}", first + count - 1)
        }
        Work::Items { keys, .. } => counted(keys.len() as u64, "item"),
        Work::Keys { conditions, .. } => counted(conditions.len() as u64, "key"),
    }
}

/// Bytes in the unit that suits them, in powers of 1000.
fn size(bytes: u64) -> String {
    let (unit, name) = match bytes {
        0..1_000 => return format!("{bytes} B"),
        1_000..1_000_000 => (1_000, "KB"),
        1_000_000..1_000_000_000 => (1_000_000, "MB"),
        1_000_000_000..1_000_000_000_000 => (1_000_000_000, "GB"),
        _ => (1_000_000_000_000, "TB"),
    };
    let tenths = bytes / (unit / 10);
    format!("{}.{} {name}", thousands(tenths / 10), tenths % 10)
}

fn units_a_second(thousandths: u64) -> String {
    let (whole, part) = (thousandths / 1000, thousandths % 1000);
    if part == 0 {
        return format!("{} a second", counted(whole, "read unit"));
    }
    let part = format!("{part:03}");
    let part = part.trim_end_matches('0');
    format!("{}.{part} read units a second", thousands(whole))
}

fn counted(count: u64, noun: &str) -> String {
    if count == 1 {
        format!("1 {noun}")
    } else {
        format!("{} {noun}s", thousands(count))
    }
}

fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Keys that are written out.
const SHOWN_KEYS: usize = 5;
/// Letters or digits of a value that are written.
const MAX_VALUE: usize = 60;
/// Columns of what comes before a line's text.
const LABEL: usize = 10;

#[cfg(test)]
mod tests;
