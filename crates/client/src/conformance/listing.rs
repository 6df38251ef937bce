//! Lists schemas and tables, at once and page by page (protocol §5.2, §5.3).

use super::rules::Rule;
use super::session::{Failure, Session, identity, query_id};
use athena_protocol::wire::{
    ListSchemasRequest, ListTablesRequest, ListTablesResponse, Request, Response, TableName,
};
use std::collections::HashSet;

/// All tables, schema by schema.
pub(super) async fn list(session: &mut Session) -> Vec<TableName> {
    let schemas = match schemas(session).await {
        Ok(schemas) => schemas,
        Err(failure) => {
            session.ledger.fail(Rule::SchemasList, failure.in_full());
            return Vec::new();
        }
    };
    let distinct: HashSet<&String> = schemas.iter().collect();
    let twice = schemas.len() - distinct.len();
    session.ledger.check(Rule::SchemasList, twice == 0, || {
        format!("{twice} of {} schemas are listed again", schemas.len())
    });
    session
        .ledger
        .check(Rule::SchemasList, !schemas.is_empty(), || {
            "there is no schema".to_owned()
        });
    let mut tables = Vec::new();
    for schema in &schemas {
        match pages(session, schema, -1, Rule::TablesList).await {
            Ok(listed) => {
                judge(session, schema, &listed);
                let listed: Vec<TableName> = listed.into_iter().flatten().collect();
                by_pages(session, schema, &listed).await;
                tables.extend(listed);
            }
            Err(failure) if failure.is_told() => {}
            Err(failure) => {
                let complaint = format!("schema `{schema}`: {}", failure.in_full());
                session.ledger.fail(Rule::TablesList, complaint);
            }
        }
    }
    if tables.is_empty() {
        let why = "there are no tables";
        session.ledger.skip(Rule::TablesList, why);
        session.ledger.skip(Rule::TablesPages, why);
    }
    tables
}

fn judge(session: &mut Session, schema: &str, pages: &[Vec<TableName>]) {
    let mut seen = HashSet::new();
    for table in pages.iter().flatten() {
        let own = table.schema_name.eq_ignore_ascii_case(schema);
        session.ledger.check(Rule::TablesList, own, || {
            format!("`{table}` is listed under schema `{schema}`")
        });
        let new = seen.insert(table);
        session.ledger.check(Rule::TablesList, new, || {
            format!("`{table}` is listed twice")
        });
    }
}

/// The same tables in pages. What a page is to hold at most is a wish: some sources give a first page whole.
async fn by_pages(session: &mut Session, schema: &str, all: &[TableName]) {
    if all.len() < 2 {
        let why = "no schema has two tables";
        return session.ledger.skip(Rule::TablesPages, why);
    }
    let size = all.len().div_ceil(3).clamp(1, 100);
    let size = i32::try_from(size).unwrap_or(100);
    let listed = match pages(session, schema, size, Rule::TablesPages).await {
        Ok(listed) => listed,
        Err(failure) if failure.is_told() => return,
        Err(failure) => {
            let complaint = format!("schema `{schema}`: {}", failure.in_full());
            return session.ledger.fail(Rule::TablesPages, complaint);
        }
    };
    let count = listed.len();
    let listed: Vec<TableName> = listed.into_iter().flatten().collect();
    let distinct: HashSet<&TableName> = listed.iter().collect();
    let doubled = listed.len() - distinct.len();
    let lost = all.iter().filter(|table| !distinct.contains(table)).count();
    let added = distinct.iter().filter(|table| !all.contains(table)).count();
    session.ledger.check(
        Rule::TablesPages,
        (doubled, lost, added) == (0, 0, 0),
        || {
            format!(
                "schema `{schema}`, {count} pages: of {} tables {lost} are lost, {doubled} come twice, {added} are new",
                all.len()
            )
        },
    );
}

async fn schemas(session: &mut Session) -> Result<Vec<String>, Failure> {
    let request = Request::ListSchemas(ListSchemasRequest {
        identity: Some(identity()),
        query_id: query_id(),
        catalog_name: session.target.catalog.clone(),
    });
    match session.ask(&request).await? {
        Response::ListSchemas(answer) => Ok(answer.schemas),
        other => Err(Failure::Unexpected(other.kind())),
    }
}

/// The pages of a list, to its end.
async fn pages(
    session: &mut Session,
    schema: &str,
    page_size: i32,
    rule: Rule,
) -> Result<Vec<Vec<TableName>>, Failure> {
    let query_id = query_id();
    let (mut pages, mut seen) = (Vec::new(), HashSet::new());
    let mut next_token: Option<String> = None;
    loop {
        let request = Request::ListTables(ListTablesRequest {
            identity: Some(identity()),
            query_id: query_id.clone(),
            catalog_name: session.target.catalog.clone(),
            schema_name: schema.to_owned(),
            next_token,
            page_size,
        });
        let ListTablesResponse {
            tables,
            next_token: next,
            ..
        } = match session.ask(&request).await? {
            Response::ListTables(answer) => answer,
            other => return Err(Failure::Unexpected(other.kind())),
        };
        pages.push(tables);
        let Some(token) = &next else {
            return Ok(pages);
        };
        if !seen.insert(token.clone()) || pages.len() >= MOST_PAGES {
            let count = pages.len();
            let complaint = format!(
                "schema `{schema}`: after {count} pages the token of an earlier one came, or there is no end"
            );
            session.ledger.fail(rule, complaint);
            return Err(Failure::Told);
        }
        next_token = next;
    }
}

/// Pages after which nobody waits for the end.
const MOST_PAGES: usize = 10_000;
