//! What can be typed next: commands, keywords, and the names that the connectors tell when they are asked for.

use super::commands::COMMANDS;
use crate::sql::Shell;
use crate::statements::Statements;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use tokio::runtime::Handle;

/// Completes over the catalogs of a shell. Connectors are started by the first completion of a name, if no statement did it before.
pub(super) struct Vocabulary {
    shell: Shell,
    runtime: Handle,
    /// Columns of tables by their whole names, so that each is asked for once.
    columns: Mutex<BTreeMap<[String; 3], Vec<String>>>,
}

/// Schemas and tables by catalog.
#[derive(Debug, Default)]
struct Names {
    catalogs: BTreeMap<String, BTreeMap<String, Vec<String>>>,
    default_catalog: String,
    default_schema: String,
}

/// Whether there is nothing to add before it can be answered: statements that end, or a command.
pub(super) fn is_complete(text: &str) -> bool {
    if text.trim_start().starts_with('\\') {
        return true;
    }
    let mut statements = Statements::default();
    for line in text.lines() {
        statements.push(line);
    }
    !statements.is_begun()
}

impl Vocabulary {
    pub(super) fn of(shell: Shell, runtime: Handle) -> Self {
        Self {
            shell,
            runtime,
            columns: Mutex::default(),
        }
    }

    /// Where the word before `at` begins, and what it may become. Waits for connectors, but not for long.
    pub(super) fn complete(&self, text: &str, at: usize) -> (usize, Vec<String>) {
        let names = || self.runtime.block_on(self.names());
        let columns = |table: &[String; 3]| self.runtime.block_on(self.columns(table));
        complete(text, at, &names, &columns)
    }

    async fn names(&self) -> Names {
        let mut names = Names::default();
        for (place, catalog) in self.shell.catalogs().iter().enumerate() {
            let opened = tokio::time::timeout(PATIENCE, catalog.opened()).await;
            // What cannot be opened is told by the statement that needs it.
            let Ok(Ok(opened)) = opened else { continue };
            let schemas = opened.names.schemas();
            let schemas = schemas.map(|(schema, tables)| {
                let tables = tables.unwrap_or_default().to_vec();
                (schema.to_owned(), tables)
            });
            names
                .catalogs
                .insert(catalog.name().to_owned(), schemas.collect());
            if place == 0 {
                catalog.name().clone_into(&mut names.default_catalog);
                opened
                    .names
                    .default_schema()
                    .clone_into(&mut names.default_schema);
            }
        }
        names
    }

    async fn columns(&self, table: &[String; 3]) -> Vec<String> {
        let known = |columns: &BTreeMap<[String; 3], Vec<String>>| columns.get(table).cloned();
        let lock = || self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = known(&lock()) {
            return columns;
        }
        let quoted = table.iter().map(|part| format!("\"{part}\""));
        let name = quoted.collect::<Vec<_>>().join(".");
        let described = tokio::time::timeout(PATIENCE, self.shell.describe(&name)).await;
        let Ok(Ok((_, schema))) = described else {
            return Vec::new();
        };
        let columns = schema.fields().iter().map(|field| field.name().clone());
        let columns: Vec<String> = columns.collect();
        lock().insert(table.clone(), columns.clone());
        columns
    }
}

fn complete(
    text: &str,
    at: usize,
    names: &dyn Fn() -> Names,
    columns: &dyn Fn(&[String; 3]) -> Vec<String>,
) -> (usize, Vec<String>) {
    let before = &text[..at];
    if before.starts_with('\\') && !before.contains(char::is_whitespace) {
        return (0, starting_with(before, COMMANDS.map(str::to_owned)));
    }
    // Inside a text there is nothing to know.
    if before.matches('\'').count() % 2 == 1 {
        return (at, Vec::new());
    }
    let path = before
        .rfind(|letter: char| !is_part(letter) && letter != '.')
        .map_or(before, |last| {
            let letter = before[last..].chars().next().map_or(0, char::len_utf8);
            &before[last + letter..]
        });
    let parts: Vec<&str> = path.split('.').collect();
    let (word, qualifiers) = parts.split_last().unwrap_or((&"", &[]));
    let start = at - word.len();
    if qualifiers.is_empty() && word.is_empty() && before.trim().is_empty() {
        return (at, Vec::new());
    }
    let names = names();
    let found = if qualifiers.is_empty() {
        let earlier = before[..start]
            .split_whitespace()
            .next_back()
            .unwrap_or_default();
        let wants_table = TABLE_FOLLOWS
            .iter()
            .any(|word| earlier.eq_ignore_ascii_case(word));
        names.first_parts(text, word, wants_table, columns)
    } else {
        names.parts_behind(text, qualifiers, columns)
    };
    (start, starting_with(word, found))
}

impl Names {
    /// What a name may begin with.
    fn first_parts(
        &self,
        text: &str,
        word: &str,
        wants_table: bool,
        columns: &dyn Fn(&[String; 3]) -> Vec<String>,
    ) -> BTreeSet<String> {
        let mut found: BTreeSet<String> = self.catalogs.keys().cloned().collect();
        if let Some(schemas) = self.catalogs.get(&self.default_catalog) {
            found.extend(schemas.keys().cloned());
            found.extend(
                schemas
                    .get(&self.default_schema)
                    .into_iter()
                    .flatten()
                    .cloned(),
            );
        }
        if wants_table {
            return found;
        }
        let is_upper = word.chars().any(char::is_alphabetic) && word == word.to_uppercase();
        found.extend(KEYWORDS.iter().map(|keyword| {
            if is_upper {
                keyword.to_uppercase()
            } else {
                (*keyword).to_owned()
            }
        }));
        for (alias, table) in self.tables_in(text) {
            found.extend(alias);
            found.extend(columns(&table));
        }
        found
    }

    /// What may follow behind `qualifiers` and a point.
    fn parts_behind(
        &self,
        text: &str,
        qualifiers: &[&str],
        columns: &dyn Fn(&[String; 3]) -> Vec<String>,
    ) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        if let [one] = qualifiers {
            let of_text = self.tables_in(text).into_iter();
            let meant = of_text.filter(|(alias, table)| {
                let name = alias.as_deref().unwrap_or(&table[2]);
                name.eq_ignore_ascii_case(one)
            });
            found.extend(meant.flat_map(|(_, table)| columns(&table)));
            found.extend(
                self.catalogs
                    .get(*one)
                    .into_iter()
                    .flat_map(|schemas| schemas.keys().cloned()),
            );
            let schema = self
                .catalogs
                .get(&self.default_catalog)
                .and_then(|schemas| schemas.get(*one));
            found.extend(schema.into_iter().flatten().cloned());
        }
        if let [catalog, schema] = qualifiers {
            let schema = self
                .catalogs
                .get(*catalog)
                .and_then(|schemas| schemas.get(*schema));
            found.extend(schema.into_iter().flatten().cloned());
        }
        if let Some(table) = self.resolve(qualifiers) {
            found.extend(columns(&table));
        }
        found
    }

    /// The whole name of a table.
    fn resolve(&self, parts: &[&str]) -> Option<[String; 3]> {
        let (catalog, schema, table) = match parts {
            [table] => (
                self.default_catalog.as_str(),
                self.default_schema.as_str(),
                *table,
            ),
            [schema, table] => (self.default_catalog.as_str(), *schema, *table),
            [catalog, schema, table] => (*catalog, *schema, *table),
            _ => return None,
        };
        let tables = self.catalogs.get(catalog)?.get(schema)?;
        let found = tables
            .iter()
            .find(|name| name.eq_ignore_ascii_case(table))?;
        Some([catalog.to_owned(), schema.to_owned(), found.clone()])
    }

    /// The tables that a text names, with their aliases.
    fn tables_in(&self, text: &str) -> Vec<(Option<String>, [String; 3])> {
        let words = text.split(|letter: char| !is_part(letter) && letter != '.');
        let words: Vec<&str> = words.filter(|word| !word.is_empty()).collect();
        let mut tables = Vec::new();
        for (at, word) in words.iter().enumerate() {
            let parts: Vec<&str> = word.split('.').collect();
            let Some(table) = self.resolve(&parts) else {
                continue;
            };
            let mut behind = words[at + 1..].iter();
            let next = behind
                .next()
                .filter(|word| !word.eq_ignore_ascii_case("as"));
            let alias = next.or_else(|| words.get(at + 2));
            let alias = alias.filter(|word| {
                let is_keyword = KEYWORDS
                    .iter()
                    .any(|keyword| word.eq_ignore_ascii_case(keyword));
                !is_keyword && !word.contains('.')
            });
            tables.push((alias.map(|alias| (*alias).to_owned()), table));
        }
        tables
    }
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// Those of `found` that begin with `word` in any case, as they have to be written.
fn starting_with(word: &str, found: impl IntoIterator<Item = String>) -> Vec<String> {
    let word = word.to_lowercase();
    let found = found
        .into_iter()
        .filter(|name| name.to_lowercase().starts_with(&word));
    let written = found.map(|name| {
        let is_plain = name
            .chars()
            .all(|letter| is_part(letter) || letter == '\\' || letter == '?');
        let is_keyword = KEYWORDS
            .iter()
            .any(|keyword| keyword.to_uppercase() == name);
        if is_plain && (is_keyword || name == name.to_lowercase()) {
            name
        } else {
            format!("\"{name}\"")
        }
    });
    let written: BTreeSet<String> = written.collect();
    written.into_iter().collect()
}

/// How long somebody who pressed a key waits for a connector.
const PATIENCE: Duration = Duration::from_secs(3);

/// Words behind which a table is named.
const TABLE_FOLLOWS: [&str; 6] = ["from", "join", "describe", "table", "\\d", "desc"];

const KEYWORDS: [&str; 58] = [
    "all",
    "and",
    "array",
    "as",
    "asc",
    "between",
    "by",
    "case",
    "cast",
    "count",
    "cross",
    "current_date",
    "date",
    "desc",
    "describe",
    "distinct",
    "else",
    "end",
    "except",
    "exists",
    "explain",
    "false",
    "from",
    "full",
    "group",
    "having",
    "in",
    "inner",
    "intersect",
    "interval",
    "is",
    "join",
    "left",
    "like",
    "limit",
    "max",
    "min",
    "not",
    "null",
    "nulls",
    "offset",
    "on",
    "or",
    "order",
    "over",
    "partition",
    "right",
    "select",
    "show",
    "sum",
    "tables",
    "then",
    "timestamp",
    "true",
    "union",
    "unnest",
    "when",
    "where",
];

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let tables = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
        let ddb = [
            (
                "default".to_owned(),
                tables(&["customers", "orders", "Returns"]),
            ),
            ("sales".to_owned(), tables(&["quotas"])),
        ];
        let far = [("default".to_owned(), tables(&["orders"]))];
        Names {
            catalogs: BTreeMap::from([
                ("ddb".to_owned(), BTreeMap::from(ddb)),
                ("far".to_owned(), BTreeMap::from(far)),
            ]),
            default_catalog: "ddb".to_owned(),
            default_schema: "default".to_owned(),
        }
    }

    fn columns(table: &[String; 3]) -> Vec<String> {
        let found: &[&str] = match (table[0].as_str(), table[2].as_str()) {
            ("ddb", "customers") => &["customer_id", "name", "vip"],
            ("ddb", "orders") => &["order_id", "total", "status"],
            ("far", "orders") => &["order_id", "freight"],
            ("ddb", "quotas") => &["quota"],
            _ => &[],
        };
        found.iter().map(|name| (*name).to_owned()).collect()
    }

    /// Completes at the bar.
    #[track_caller]
    fn check(text: &str, expected: &[&str]) {
        let (before, after) = text.split_once('|').unwrap();
        let text = format!("{before}{after}");
        let (start, found) = complete(&text, before.len(), &names, &columns);
        assert_eq!(found, expected, "{text}");
        let word = &before[start..];
        assert!(
            word.chars().all(|letter| is_part(letter) || letter == '\\'),
            "{word}"
        );
    }

    #[test]
    fn commands_and_keywords_are_completed() {
        check("\\ex|", &["\\explain", "\\export"]);
        check("sel|", &["select"]);
        check("SEL|", &["SELECT"]);
        check("select 1 wh|", &["when", "where"]);
        check("|", &[]);
    }

    #[test]
    fn behind_from_stand_tables_schemas_and_catalogs() {
        check("select * from o|", &["orders"]);
        check(
            "select * from |",
            &[
                "\"Returns\"",
                "customers",
                "ddb",
                "default",
                "far",
                "orders",
                "sales",
            ],
        );
        check("select * from sales.|", &["quotas"]);
        check("select * from far.|", &["default"]);
        check("select * from far.default.|", &["orders"]);
        check("select * from r|", &["\"Returns\""]);
        check("\\d cu|", &["customers"]);
    }

    #[test]
    fn columns_are_those_of_the_tables_that_the_text_names() {
        check("select st| from orders", &["status"]);
        check(
            "select ord| from far.default.orders",
            &["order", "order_id", "orders"],
        );
        check(
            "select f| from far.default.orders",
            &["false", "far", "freight", "from", "full"],
        );
        check(
            "select c.| from customers c",
            &["customer_id", "name", "vip"],
        );
        check(
            "select x.fr| from customers as c join far.default.orders as x",
            &["freight"],
        );
        check("select orders.t| from orders where", &["total"]);
        check("select sales.quotas.| from sales.quotas", &["quota"]);
        check("select * from orders where status = 'st|", &[]);
    }

    #[test]
    fn a_statement_is_complete_at_its_end_and_a_command_at_once() {
        for complete in [
            "select 1;",
            "select ';' ;",
            "\\d orders",
            "",
            "  ",
            "select\n1;",
        ] {
            assert!(is_complete(complete), "{complete}");
        }
        for begun in [
            "select 1",
            "select ';",
            "select 1; select 2",
            "select 1 -- ;",
        ] {
            assert!(!is_complete(begun), "{begun}");
        }
    }
}
