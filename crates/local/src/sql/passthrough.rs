//! `TABLE(system.query(QUERY => '…'))`: rows of a statement in the source's own language (protocol §5.4).
//!
//! Columns are known only when the connector was asked, and DataFusion's table functions cannot wait. So the statement is
//! looked through before it is planned: each call becomes a table under a name of its own.

use super::table::ConnectorTable;
use super::{Offer, external};
use athena_client::Query;
use athena_protocol::wire::TableName;
use datafusion::common::Result;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, TableFactor,
    Value, Visit, VisitMut, Visitor, VisitorMut,
};
use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::Arc;

/// A call that cannot be made.
#[derive(Debug, thiserror::Error)]
pub enum BadCall {
    /// There is no such function.
    #[error("the connector has no table function `{name}`")]
    Unknown {
        /// As it was written.
        name: String,
        /// The one that it has.
        offered: Option<String>,
    },
    /// An argument is no text, or has no name.
    #[error("the table function `{name}` takes texts by name, such as {argument} => '…'")]
    Argument {
        /// The function.
        name: String,
        /// One that it takes.
        argument: String,
    },
    /// There is no such argument.
    #[error("the table function `{name}` has no argument `{argument}`; it has {has}")]
    UnknownArgument {
        /// The function.
        name: String,
        /// As it was written.
        argument: String,
        /// Those that it takes.
        has: String,
    },
}

/// A connector that the statement asks.
pub(super) struct Asked {
    /// The name of its catalog.
    pub(super) catalog: String,
    /// What it can be left to do.
    pub(super) offer: Arc<Offer>,
    /// The statement, as far as it is concerned.
    pub(super) query: Query,
}

/// The rows of statements that are handed on, by catalog and by the names of their tables in the schema [`SCHEMA`].
pub(super) type HandedOn = BTreeMap<String, BTreeMap<String, Arc<ConnectorTable>>>;

/// The catalogs whose table functions are called; `None` for that of the shell.
pub(super) fn catalogs(statement: &Statement) -> BTreeSet<Option<String>> {
    struct Named(BTreeSet<Option<String>>);
    impl Visitor for Named {
        type Break = ();

        fn pre_visit_table_factor(&mut self, factor: &TableFactor) -> ControlFlow<()> {
            if let TableFactor::TableFunction { expr, .. } = factor {
                self.0.insert(match parts(expr).as_slice() {
                    [catalog, _, _] => Some(catalog.to_lowercase()),
                    _ => None,
                });
            }
            ControlFlow::Continue(())
        }
    }
    let mut named = Named(BTreeSet::new());
    let mut statement = statement;
    while let Statement::Explain(explain) = statement {
        statement = &explain.statement;
    }
    if let Statement::Statement(statement) = statement {
        let _ = statement.visit(&mut named);
    }
    named.0
}

/// The parts of the name of a function that is called.
fn parts(expr: &Expr) -> Vec<&str> {
    let Expr::Function(ast::Function { name, .. }) = expr else {
        return Vec::new();
    };
    let parts = name.0.iter();
    parts
        .filter_map(|part| Some(part.as_ident()?.value.as_str()))
        .collect()
}

/// Puts a table in place of each call, and gives these.
///
/// # Errors
/// [`BadCall`], or what a connector says of a statement.
pub(super) async fn resolve(
    statement: &mut Statement,
    asked: &[Asked],
    default: &str,
    pushes: bool,
) -> Result<HandedOn> {
    let mut calls = Calls {
        asked,
        default,
        found: Vec::new(),
    };
    let mut inner = statement;
    // EXPLAIN is a statement of DataFusion's own around another.
    while let Statement::Explain(explain) = inner {
        inner = &mut explain.statement;
    }
    if let Statement::Statement(statement) = inner
        && let ControlFlow::Break(problem) = statement.visit(&mut calls)
    {
        return Err(external(problem));
    }
    let mut tables = HandedOn::new();
    for (number, call) in calls.found.into_iter().enumerate() {
        let Asked {
            catalog,
            offer,
            query,
        } = call.of;
        let described = query.get_statement(&call.table, call.arguments.clone());
        let described = described.await.map_err(external)?;
        let offer = pushes.then(|| offer.clone());
        let rows = ConnectorTable::new(query.clone(), described, offer);
        let rows = Arc::new(rows.of_statement(call.arguments));
        let of_catalog = tables.entry(catalog.clone()).or_default();
        of_catalog.insert(name(number), rows);
    }
    Ok(tables)
}

/// The schema that the tables are put in. No connector names one so.
pub(super) const SCHEMA: &str = "table function";

fn name(number: usize) -> String {
    format!("call {}", number + 1)
}

struct Calls<'a> {
    asked: &'a [Asked],
    /// The shell's own catalog.
    default: &'a str,
    found: Vec<Call<'a>>,
}

struct Call<'a> {
    of: &'a Asked,
    table: TableName,
    arguments: BTreeMap<String, String>,
}

impl VisitorMut for Calls<'_> {
    type Break = BadCall;

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<BadCall> {
        let TableFactor::TableFunction { expr, alias } = factor else {
            return ControlFlow::Continue(());
        };
        let call = match self.call(expr) {
            Ok(call) => call,
            Err(problem) => return ControlFlow::Break(problem),
        };
        let quoted = |part: &str| Ident::with_quote('"', part);
        let own = name(self.found.len());
        *factor = TableFactor::Table {
            name: ObjectName::from(vec![quoted(&call.of.catalog), quoted(SCHEMA), quoted(&own)]),
            alias: alias.take(),
            args: None,
            with_hints: Vec::new(),
            version: None,
            with_ordinality: false,
            partitions: Vec::new(),
            json_path: None,
            sample: None,
            index_hints: Vec::new(),
        };
        self.found.push(call);
        ControlFlow::Continue(())
    }
}

impl<'a> Calls<'a> {
    /// The table and the arguments that a call stands for.
    fn call(&self, expr: &Expr) -> std::result::Result<Call<'a>, BadCall> {
        let is = |part: &str, own: &str| part.eq_ignore_ascii_case(own);
        let parts = parts(expr);
        let (catalog, in_catalog) = match parts.as_slice() {
            [catalog, in_catalog @ ..] if in_catalog.len() == 2 => (*catalog, in_catalog),
            in_catalog => (self.default, in_catalog),
        };
        let of = self.asked.iter().find(|asked| is(catalog, &asked.catalog));
        let own = of.and_then(|asked| Some((asked, asked.offer.passthrough.as_ref()?)));
        let unknown = |name: String| BadCall::Unknown {
            name,
            offered: own.map(|(_, own)| format!("{}.{}", own.schema, own.name)),
        };
        let Expr::Function(ast::Function { name, args, .. }) = expr else {
            return Err(unknown(expr.to_string()));
        };
        let found = own.filter(|(_, own)| match in_catalog {
            [schema, name] => is(schema, &own.schema) && is(name, &own.name),
            _ => false,
        });
        let (of, function) = found.ok_or_else(|| unknown(name.to_string()))?;
        let full = format!("{}.{}", function.schema, function.name);
        let first = || function.arguments.first().cloned().unwrap_or_default();
        let not_named = || BadCall::Argument {
            name: full.clone(),
            argument: first(),
        };
        let FunctionArguments::List(list) = args else {
            return Err(not_named());
        };
        let mut arguments =
            BTreeMap::from([("schemaFunctionName".to_owned(), full.to_uppercase())]);
        for argument in &list.args {
            let (named, value) = match argument {
                FunctionArg::Named { name, arg, .. }
                | FunctionArg::ExprNamed {
                    name: Expr::Identifier(name),
                    arg,
                    ..
                } => (name.value.clone(), arg),
                _ => return Err(not_named()),
            };
            let FunctionArgExpr::Expr(Expr::Value(value)) = value else {
                return Err(not_named());
            };
            let Value::SingleQuotedString(text) = &value.value else {
                return Err(not_named());
            };
            let own = function.arguments.iter().find(|own| is(&named, own));
            let own = own.ok_or_else(|| BadCall::UnknownArgument {
                name: full.clone(),
                argument: named.clone(),
                has: function.arguments.join(", "),
            })?;
            arguments.insert(own.clone(), text.clone());
        }
        Ok(Call {
            of,
            table: TableName::new(&function.schema, &function.name),
            arguments,
        })
    }
}
