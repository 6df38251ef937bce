//! Where in a statement an error is.

use super::UnknownTable;
use datafusion::common::{Location, Span};
use datafusion::error::DataFusionError;
use datafusion::sql::parser::{DFParser, Statement};
use datafusion::sql::sqlparser::ast::visit_relations;
use std::error::Error as StdError;
use std::ops::ControlFlow;

/// A part of a statement. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The line of the statement.
    pub line: usize,
    /// The column in that line.
    pub column: usize,
    /// How many characters of that line the part has, at least one.
    pub length: usize,
    /// The line itself.
    pub text: String,
}

impl Place {
    /// The place that `error` tells of, or that can be found in `sql`.
    pub(super) fn of(error: &DataFusionError, sql: &str) -> Option<Self> {
        let told = error.diagnostic().and_then(|diagnostic| diagnostic.span);
        if let Some(span) = told.filter(|span| span.start.line > 0) {
            return Self::at(sql, span);
        }
        let mut inner: Option<&(dyn StdError + 'static)> = Some(error);
        while let Some(error) = inner {
            if let Some(unknown) = error.downcast_ref::<UnknownTable>() {
                return Self::at(sql, relation(sql, unknown.table())?);
            }
            inner = error.source();
        }
        match error.find_root() {
            DataFusionError::SQL(error, _) => Self::of_parser(&error.to_string(), sql),
            _ => None,
        }
    }

    /// What the parser says of the place in its message.
    fn of_parser(message: &str, sql: &str) -> Option<Self> {
        let end = Location {
            line: sql.lines().count().max(1) as u64,
            column: sql.lines().last().unwrap_or_default().chars().count() as u64 + 1,
        };
        let found = message.rsplit_once(" at Line: ").and_then(|(_, place)| {
            let (line, column) = place.split_once(", Column: ")?;
            let digits = column
                .split(|letter: char| !letter.is_ascii_digit())
                .next()?;
            Some(Location {
                line: line.parse().ok()?,
                column: digits.parse().ok()?,
            })
        });
        let start = match found {
            Some(start) => start,
            None if message.contains("found: EOF") => end,
            None => return None,
        };
        let line = sql
            .lines()
            .nth(usize::try_from(start.line).ok()?.checked_sub(1)?);
        // The parser tells where a word begins.
        let word = line.unwrap_or_default().chars();
        let word = word.skip(usize::try_from(start.column).ok()?.saturating_sub(1));
        let letters = word.take_while(|letter| letter.is_alphanumeric() || *letter == '_');
        let end = Location {
            column: start.column + letters.count() as u64,
            ..start
        };
        Self::at(sql, Span { start, end })
    }

    fn at(sql: &str, span: Span) -> Option<Self> {
        let number = |number: u64| usize::try_from(number).ok();
        let (line, column) = (number(span.start.line)?, number(span.start.column)?.max(1));
        // Behind the last line there is nothing to show but its end.
        let text = sql.lines().nth(line.checked_sub(1)?).unwrap_or_default();
        let rest = (text.chars().count() + 1).saturating_sub(column).max(1);
        let length = if span.end.line == span.start.line {
            number(span.end.column)?
                .saturating_sub(column)
                .clamp(1, rest)
        } else {
            rest.saturating_sub(1).max(1)
        };
        Some(Self {
            line,
            column,
            length,
            text: text.to_owned(),
        })
    }
}

/// Where a table of this name is read.
fn relation(sql: &str, table: &str) -> Option<Span> {
    let mut statement = DFParser::parse_sql(sql).ok()?.pop_front()?;
    while let Statement::Explain(explain) = statement {
        statement = *explain.statement;
    }
    let Statement::Statement(statement) = statement else {
        return None;
    };
    let found = visit_relations(&*statement, |name| {
        let last = name.0.last().and_then(|part| part.as_ident());
        match last.filter(|ident| ident.value.eq_ignore_ascii_case(table)) {
            Some(ident) => ControlFlow::Break(ident.span),
            None => ControlFlow::Continue(()),
        }
    });
    match found {
        ControlFlow::Break(span) => Span::try_from_sqlparser_span(span),
        ControlFlow::Continue(()) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use datafusion::prelude::{SessionConfig, SessionContext};

    /// Line, column and length of the place in what comes of the statement, and the text there.
    async fn place(sql: &str) -> Option<(usize, usize, String)> {
        let mut config = SessionConfig::new();
        config.options_mut().sql_parser.collect_spans = true;
        let context = SessionContext::new_with_config(config);
        context
            .sql("create table orders (id int, total int)")
            .await
            .unwrap();
        let error = context.sql(sql).await.unwrap_err();
        let place = Place::of(&error, sql)?;
        let marked = place.text.chars().skip(place.column - 1);
        Some((
            place.line,
            place.column,
            marked.take(place.length).collect(),
        ))
    }

    #[tokio::test]
    async fn the_place_of_an_error_is_the_word_that_is_wrong() {
        let check = async |sql: &str, line, column, marked: &str| {
            let found = place(sql).await;
            assert_eq!(found, Some((line, column, marked.to_owned())), "{sql}");
        };
        check("select totl from orders", 1, 8, "totl").await;
        check("select id,\n  totl\nfrom orders", 2, 3, "totl").await;
        check("select o.totl from orders o", 1, 8, "o.totl").await;
        check("select id from ordrs", 1, 16, "ordrs").await;
        check("select id\n  form orders", 2, 8, "orders").await;
        check("select '注文', totl from orders", 1, 14, "totl").await;
        check("selct id from orders", 1, 1, "selct").await;
        check("select id from orders where", 1, 28, "").await;
        check("select lenght('a') from orders", 1, 8, "lenght").await;
    }
}
