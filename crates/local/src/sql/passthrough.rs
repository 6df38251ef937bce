//! `TABLE(system.query(QUERY => '…'))`: rows of a statement in the source's own language (protocol §5.4).
//!
//! Columns are known only when the connector was asked, and DataFusion's table functions cannot wait. So the statement is
//! looked through before it is planned: each call becomes a table under a name of its own.

use super::offer::PassthroughFunction;
use super::table::ConnectorTable;
use super::{Offer, external};
use athena_client::Query;
use athena_protocol::wire::TableName;
use datafusion::common::Result;
use datafusion::sql::parser::Statement;
use datafusion::sql::sqlparser::ast::{
    self, Expr, FunctionArg, FunctionArgExpr, FunctionArguments, Ident, ObjectName, TableFactor,
    Value, VisitMut, VisitorMut,
};
use std::collections::BTreeMap;
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

/// Puts a table in place of each call, and gives these by their names in the schema [`SCHEMA`] of `catalog`.
///
/// # Errors
/// [`BadCall`], or what the connector says of a statement.
pub(super) async fn resolve(
    statement: &mut Statement,
    query: &Query,
    catalog: &str,
    offer: &Arc<Offer>,
    pushes: bool,
) -> Result<BTreeMap<String, Arc<ConnectorTable>>> {
    let mut calls = Calls {
        catalog,
        function: offer.passthrough.as_ref(),
        found: Vec::new(),
    };
    if let Statement::Statement(statement) = statement
        && let ControlFlow::Break(problem) = statement.visit(&mut calls)
    {
        return Err(external(problem));
    }
    // EXPLAIN is a statement of DataFusion's own around another.
    if let Statement::Explain(explain) = statement {
        return Box::pin(resolve(
            &mut explain.statement,
            query,
            catalog,
            offer,
            pushes,
        ))
        .await;
    }
    let mut tables = BTreeMap::new();
    for (number, (table, arguments)) in calls.found.into_iter().enumerate() {
        let described = query.get_statement(&table, arguments.clone()).await;
        let described = described.map_err(external)?;
        let offer = pushes.then(|| offer.clone());
        let rows = ConnectorTable::new(query.clone(), described, offer).of_statement(arguments);
        tables.insert(name(number), Arc::new(rows));
    }
    Ok(tables)
}

/// The schema that the tables are put in. No connector names one so.
pub(super) const SCHEMA: &str = "table function";

fn name(number: usize) -> String {
    format!("call {}", number + 1)
}

struct Calls<'a> {
    catalog: &'a str,
    function: Option<&'a PassthroughFunction>,
    found: Vec<(TableName, BTreeMap<String, String>)>,
}

impl VisitorMut for Calls<'_> {
    type Break = BadCall;

    fn post_visit_table_factor(&mut self, factor: &mut TableFactor) -> ControlFlow<BadCall> {
        let TableFactor::TableFunction { expr, alias } = factor else {
            return ControlFlow::Continue(());
        };
        let (table, arguments) = match self.call(expr) {
            Ok(call) => call,
            Err(problem) => return ControlFlow::Break(problem),
        };
        let quoted = |part: &str| Ident::with_quote('"', part);
        let own = name(self.found.len());
        *factor = TableFactor::Table {
            name: ObjectName::from(vec![quoted(self.catalog), quoted(SCHEMA), quoted(&own)]),
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
        self.found.push((table, arguments));
        ControlFlow::Continue(())
    }
}

impl Calls<'_> {
    /// The table and the arguments that a call stands for.
    fn call(
        &self,
        expr: &Expr,
    ) -> std::result::Result<(TableName, BTreeMap<String, String>), BadCall> {
        let unknown = |name: String| BadCall::Unknown {
            name,
            offered: self
                .function
                .map(|own| format!("{}.{}", own.schema, own.name)),
        };
        let Expr::Function(ast::Function { name, args, .. }) = expr else {
            return Err(unknown(expr.to_string()));
        };
        let parts: Vec<&str> = name
            .0
            .iter()
            .filter_map(|part| Some(part.as_ident()?.value.as_str()))
            .collect();
        let is = |part: &str, own: &str| part.eq_ignore_ascii_case(own);
        let function = self.function.filter(|own| match parts.as_slice() {
            [schema, name] => is(schema, &own.schema) && is(name, &own.name),
            [catalog, schema, name] => {
                is(catalog, self.catalog) && is(schema, &own.schema) && is(name, &own.name)
            }
            _ => false,
        });
        let function = function.ok_or_else(|| unknown(name.to_string()))?;
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
        let table = TableName::new(&function.schema, &function.name);
        Ok((table, arguments))
    }
}
