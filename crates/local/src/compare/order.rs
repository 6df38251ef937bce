//! The columns of an answer that say its order, read from the statement.

use datafusion::sql::sqlparser::ast::{Expr, OrderByKind, Statement, Value};
use datafusion::sql::sqlparser::dialect::GenericDialect;
use datafusion::sql::sqlparser::parser::Parser;

/// The columns that ORDER BY names, as far as the answer has them; `None` if the statement asks for no order.
///
/// Behind a column that the answer does not show the order cannot be told.
pub(super) fn columns(statement: &str, columns: &[String]) -> Option<Vec<usize>> {
    let statements = Parser::parse_sql(&GenericDialect {}, statement).ok()?;
    let [Statement::Query(query)] = statements.as_slice() else {
        return None;
    };
    let OrderByKind::Expressions(keys) = &query.order_by.as_ref()?.kind else {
        return Some((0..columns.len()).collect());
    };
    let place = |key: &Expr| match key {
        Expr::Identifier(name) => named(&name.value, columns),
        Expr::CompoundIdentifier(names) => named(&names.last()?.value, columns),
        Expr::Value(value) => match &value.value {
            Value::Number(number, _) => {
                let place = number.parse::<usize>().ok()?.checked_sub(1)?;
                (place < columns.len()).then_some(place)
            }
            _ => None,
        },
        _ => None,
    };
    Some(keys.iter().map_while(|key| place(&key.expr)).collect())
}

/// The only column of this name.
fn named(name: &str, columns: &[String]) -> Option<usize> {
    let mut found = columns
        .iter()
        .enumerate()
        .filter(|(_, column)| column.eq_ignore_ascii_case(name));
    match (found.next(), found.next()) {
        (Some((place, _)), None) => Some(place),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    #[track_caller]
    fn check(statement: &str, expected: Option<&[usize]>) {
        let columns = ["id", "n", "total"].map(str::to_owned);
        let found = super::columns(statement, &columns);
        assert_eq!(found.as_deref(), expected, "{statement}");
    }

    #[test]
    fn keys_are_found_by_name_and_by_number_up_to_the_first_that_is_not_shown() {
        check("select id, n, total from t", None);
        check(
            "select id, n, total from t order by n desc, t.ID",
            Some(&[1, 0]),
        );
        check("select id, n, total from t order by 3 limit 4", Some(&[2]));
        check(
            "select id, n, total from t order by n, other, id",
            Some(&[1]),
        );
        check("select id, n, total from t order by length(id)", Some(&[]));
        // The order of a part is no order of the whole.
        check(
            "select id, n, total from (select * from t order by n limit 3) s",
            None,
        );
        check("not a statement", None);
    }
}
